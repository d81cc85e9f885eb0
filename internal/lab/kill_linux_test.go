package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// killing is a lab that is up, whose gateway is changed by pushes that die.
type killing struct {
	*testing.T

	pid  int
	root string
	// base is the running configuration before each push.
	base string
}

// The change that is pushed: two more prefixes of the cloud, so two lines for
// each of the two circuits.
const (
	morePrefixes = "[192.168.0.0/16, 192.0.2.0/24, 198.51.100.0/24]"
	addedRoute   = `(?m)^ip route (192\.0\.2\.0|198\.51\.100\.0)/24 10\.0\.0\.%d c\d bfd profile twinpath\n`
)

// TestKilledPushEndsRight kills twinpath with kill -9 at the lines of a push to
// the real router, over real SSH, and lets it resume. Each time the gateway must
// be as before the step in which that happened or as after the whole push, in
// what runs and in what is saved, and the exit code must say which; a rollback
// then leads back to where it began.
func TestKilledPushEndsRight(t *testing.T) {
	bin := program(t)
	k := &killing{T: t}
	k.up(bin)
	lines := k.whole()
	points := strikes(lines)
	require.Greater(t, len(points), 12, lines)
	for _, s := range points {
		when := "before"
		if s.After {
			when = "after"
		}
		t.Run(fmt.Sprintf("%s %s, %d", when, s.Line, s.Nth), func(t *testing.T) {
			each := *k
			each.T = t
			each.killAndResume(s)
		})
	}
}

// strikes chooses the lines to kill at: after each that moves between modes,
// configures or saves, and before the first of all, the first that changes
// anything, and each save.
func strikes(lines []string) []strike {
	looks := regexp.MustCompile(`^(show |terminal |ping |exit$)`)
	out := []strike{{Line: lines[0], Nth: 1}}
	nth := map[string]int{}
	for _, line := range lines {
		if looks.MatchString(line) {
			continue
		}
		nth[line]++
		if len(out) == 1 || line == "write memory" {
			out = append(out, strike{Line: line, Nth: nth[line]})
		}
		out = append(out, strike{Line: line, Nth: nth[line], After: true})
	}
	return out
}

// up starts the lab, with the relay before its gateway's command line.
func (k *killing) up(bin string) {
	k.Helper()
	cmd := exec.Command(bin, "lab", "up")
	cmd.Dir = "../.."
	out, err := cmd.CombinedOutput()
	require.NoError(k, err, string(out))
	k.Cleanup(func() {
		out, err := exec.Command(bin, "lab", "down").CombinedOutput()
		assert.NoError(k, err, string(out))
	})
	m := regexp.MustCompile(`nsenter -t (\d+)`).FindSubmatch(out)
	require.NotNil(k, m, string(out))
	k.pid, err = strconv.Atoi(string(m[1]))
	require.NoError(k, err)
	k.root, err = routerRoot()
	require.NoError(k, err)

	self, err := os.Executable()
	require.NoError(k, err)
	program, err := os.ReadFile(self)
	require.NoError(k, err)
	require.NoError(k, os.WriteFile(insideOf(k.pid, labDir+"/relay"), program, 0o700))
	shell := k.read(labDir + "/login.sh")
	k.write("login.sh", strings.Replace(shell, "exec /bin/sh ", "exec "+labDir+"/relay "+relayCommand+" /bin/sh ", 1))
	scenario := k.read(labDir + "/scenario.yaml")
	require.Contains(k, scenario, "[192.168.0.0/16]")
	k.write("more.yaml", strings.Replace(scenario, "[192.168.0.0/16]", morePrefixes, 1))
	k.base = k.running()
	k.aim(strike{})
	said, code := k.twinpath("plan", labDir+"/more.yaml", "-o", labDir+"/more.plan")
	require.Zero(k, code, said)
}

func (k *killing) read(path string) string {
	k.Helper()
	data, err := os.ReadFile(insideOf(k.pid, path))
	require.NoError(k, err)
	return string(data)
}

func (k *killing) write(name, text string) {
	k.Helper()
	require.NoError(k, os.WriteFile(insideOf(k.pid, labDir+"/"+name), []byte(text), 0o700))
}

// aim says when to kill, and starts counting.
func (k *killing) aim(s strike) {
	k.Helper()
	data, err := json.Marshal(s)
	require.NoError(k, err)
	k.write("strike.json", string(data))
	k.write("typed", "")
}

// enter runs a command in the lab and returns what it printed and its exit code,
// -1 when it was killed.
func (k *killing) enter(args ...string) (string, int) {
	k.Helper()
	ctx, cancel := context.WithTimeout(k.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "nsenter", append([]string{"-t", strconv.Itoa(k.pid), "-m", "-p", "-n", "-i"}, args...)...)
	cmd.Env = []string{"PATH=" + toolPath, "HOME=" + labDir, "TMPDIR=" + labDir, "XDG_STATE_HOME=" + labDir + "/state", "LC_ALL=C", "NO_COLOR=1"}
	out, err := cmd.CombinedOutput()
	require.NoError(k, ctx.Err(), string(out))
	if err == nil {
		return string(out), 0
	}
	return string(out), exitCode(err)
}

// twinpath runs the program in the data centre, known to the relay.
func (k *killing) twinpath(args ...string) (string, int) {
	k.Helper()
	script := `echo $$ >` + victimFile + `; exec /proc/1/exe "$@"`
	line := append([]string{"ip", "netns", "exec", nsSite, "sh", "-c", script, "sh"}, args...)
	return k.enter(append(line, "-i", labDir+"/inventory.yaml", "--known-hosts", labDir+"/known_hosts")...)
}

// push begins a push with a journal of its own.
func (k *killing) push() (string, int) {
	k.Helper()
	k.write("journal", "")
	return k.twinpath("push", labDir+"/more.plan", "--accept-no-confirm-timer", "--allow-outage", "192.0.2.0/24", "--allow-outage", "198.51.100.0/24",
		"--journal", labDir+"/journal")
}

// running asks the router itself, past SSH and twinpath.
func (k *killing) running() string {
	k.Helper()
	out, code := k.enter("chroot", k.root, "/usr/bin/vtysh", "-N", nsGateway, "-c", "show running-config")
	require.Zero(k, code, out)
	return out
}

// state returns how many circuits have the added routes, all of them, in what
// runs, and checks that nothing else is different and that the same is saved.
func (k *killing) state() int {
	k.Helper()
	now := k.running()
	steps := 0
	rest := now
	for i, c := range []int{1, 5} {
		added := regexp.MustCompile(fmt.Sprintf(addedRoute, c))
		switch n := len(added.FindAllString(now, -1)); n {
		case 0:
		case 2:
			assert.Equal(k, i, steps, "the second circuit was changed and the first was not")
			steps++
		default:
			assert.Fail(k, "half a step", now)
		}
		rest = added.ReplaceAllString(rest, "")
	}
	assert.Equal(k, k.base, rest)
	routes := regexp.MustCompile(`(?m)^ip route .*$`)
	saved := k.read(k.root + "/etc/frr/" + nsGateway + "/frr.conf")
	assert.ElementsMatch(k, routes.FindAllString(now, -1), routes.FindAllString(saved, -1), "what runs is what is saved")
	return steps
}

// whole carries the push out undisturbed and takes it back, and returns the
// lines that it typed.
func (k *killing) whole() []string {
	k.Helper()
	out, code := k.push()
	require.Zero(k, code, out)
	lines := strings.Split(strings.TrimSpace(k.read(typedFile)), "\n")
	require.Equal(k, 2, k.state())
	out, code = k.twinpath("rollback", labDir+"/journal")
	require.Zero(k, code, out)
	require.Equal(k, 0, k.state())
	return lines
}

// record is what of a journal's entry matters here.
type record struct {
	Event, Ending string
	Step          int
}

func (k *killing) journal() []record {
	k.Helper()
	var out []record
	for line := range strings.Lines(k.read(labDir + "/journal")) {
		var r record
		require.NoError(k, json.Unmarshal([]byte(line), &r), line)
		out = append(out, r)
	}
	return out
}

// killAndResume kills one push, resumes it, judges, and goes back.
func (k *killing) killAndResume(s strike) {
	k.Helper()
	k.aim(s)
	out, code := k.push()
	require.Equal(k, -1, code, "it was not killed: %s", out)
	k.aim(strike{})
	step := 0
	for _, r := range k.journal() {
		assert.NotEqual(k, "end", r.Event)
		if r.Event == "step" {
			step = r.Step
		}
	}
	out, code = k.twinpath("resume", labDir+"/journal")
	steps := k.state()
	switch code {
	case 0:
		assert.Equal(k, 2, steps, out)
	case 6:
		assert.Equal(k, step-1, steps, out)
	case 1:
		assert.Zero(k, step, "nothing was typed: %s", out)
		assert.Zero(k, steps, out)
	default:
		assert.Fail(k, "not a right end", "exit code %d: %s", code, out)
	}
	if steps > 0 {
		out, code = k.twinpath("rollback", labDir+"/journal")
		assert.Zero(k, code, out)
		assert.Zero(k, k.state(), out)
	}
	end := k.journal()
	assert.True(k, slices.ContainsFunc(end, func(r record) bool { return r.Event == "end" && r.Ending != "" }), "the journal names no end: %v", end)
}
