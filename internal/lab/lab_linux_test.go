package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// program builds twinpath, or says why the lab cannot run here.
func program(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("the lab is not run by go test -short")
	}
	if err := Ready(); err != nil {
		// Where the lab must run, a reason why it cannot is a failure.
		require.NotEqual(t, "required", os.Getenv("TWINPATH_LAB"), err)
		t.Skip(err)
	}
	bin := filepath.Join(t.TempDir(), "twinpath")
	out, err := exec.Command("go", "build", "-o", bin, "../../cmd/twinpath").CombinedOutput()
	require.NoError(t, err, string(out))
	return bin
}

// traces lists what a lab could leave on the host: namespaces, mounts, links,
// files and processes.
func traces(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, c := range [][]string{{"ip", "netns", "list"}, {"ip", "-o", "link"}, {"cat", "/proc/self/mounts"}, {"sh", "-c", "ls -A /run /etc/netns /var/tmp 2>/dev/null"}} {
		out, err := exec.Command(c[0], c[1:]...).Output()
		if err != nil && c[0] != "sh" {
			require.NoError(t, err, c)
		}
		b.Write(out)
	}
	return b.String()
}

// insiders lists the processes of other pid namespaces than this one's, which
// is where the lab's are.
func insiders(t *testing.T) []string {
	t.Helper()
	own, err := os.Readlink("/proc/self/ns/pid")
	require.NoError(t, err)
	links, err := filepath.Glob("/proc/[0-9]*/ns/pid")
	require.NoError(t, err)
	var out []string
	for _, l := range links {
		if ns, err := os.Readlink(l); err == nil && ns != own && ns != "" {
			out = append(out, l)
		}
	}
	return out
}

func TestLabRunsAndLeavesNothingBehind(t *testing.T) {
	bin := program(t)
	before, strangers := traces(t), insiders(t)
	cmd := exec.CommandContext(t.Context(), bin, "lab", "run", "--format", "json")
	cmd.Dir = "../.."
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	err := cmd.Run()
	require.NoError(t, err, log.String()+out.String())
	var r Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &r))
	assert.True(t, r.OK)
	require.Len(t, r.Negatives, 4)
	for _, n := range r.Negatives {
		assert.True(t, n.Caught, n.Mistake)
	}
	assert.Less(t, r.TotalSeconds, 110.0)
	assert.Equal(t, before, traces(t))
	assert.Subset(t, strangers, insiders(t))
}

func TestKilledLabLeavesNothingBehind(t *testing.T) {
	bin := program(t)
	before, strangers := traces(t), insiders(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, bin, "lab", "run")
	cmd.Dir = "../.."
	log, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	buf := make([]byte, 4096)
	n, err := log.Read(buf) // the first thing that a lab says is that it is up
	require.NoError(t, err)
	assert.Contains(t, string(buf[:n]), "up:")
	assert.NotSubset(t, strangers, insiders(t), "the lab runs")
	require.NoError(t, cmd.Process.Signal(syscall.SIGKILL))
	_ = cmd.Wait() // it was killed
	assert.Eventually(t, func() bool {
		for _, p := range insiders(t) {
			if !slices.Contains(strangers, p) {
				return false
			}
		}
		return true
	}, 5*time.Second, 20*time.Millisecond)
	assert.Equal(t, before, traces(t))
}

func TestUpDrillDown(t *testing.T) {
	bin := program(t)
	run := func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), bin, args...)
		cmd.Dir = "../.."
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	before, strangers := traces(t), insiders(t)
	if out, err := run("lab", "up"); err != nil {
		t.Fatal(out)
	}
	out, err := run("lab", "up")
	require.Error(t, err)
	assert.Contains(t, out, "up already")
	out, err = run("drill", "inventory/lab/scenario.yaml", "--circuit", "ec9")
	require.Error(t, err)
	assert.Contains(t, out, `no circuit "ec9" (ec1, ec2)`)
	out, err = run("lab", "down")
	require.NoError(t, err, out)
	assert.Equal(t, before, traces(t))
	assert.Subset(t, strangers, insiders(t))
	out, err = run("lab", "down")
	require.Error(t, err)
	assert.Contains(t, out, "no lab is up")
}

// TestReadySaysWhatIsMissing keeps the sentence that a user without root sees.
func TestReadySaysWhatIsMissing(t *testing.T) {
	if runtime.GOOS == "linux" && os.Geteuid() == 0 {
		t.Setenv("TWINPATH_CACHE", t.TempDir())
		require.ErrorContains(t, Ready(), "tools/lab/install.sh")
		return
	}
	require.ErrorContains(t, Ready(), "the lab needs")
}
