package cli_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/gateway"
)

// moved is the scenario of the lab with one circuit moved, or both.
func (w *window) moved(t *testing.T, both bool) string {
	t.Helper()
	edits := []string{"10.0.0.1/30", "10.0.0.9/30", "10.0.0.2/30", "10.0.0.10/30"}
	if both {
		edits = append(edits, "10.0.0.5/30", "10.0.0.13/30", "10.0.0.6/30", "10.0.0.14/30")
	}
	return w.write(t, "scenario.yaml", strings.NewReplacer(edits...).Replace(read(t, "inventory/lab/scenario.yaml")))
}

// archived is what an IOS-XE gateway needs beside the scenario to be changed.
const archived = "hostname gw1\n!\narchive\n path bootflash:twinpath\n!\nsnmp-server community planted-secret RO\n!\n"

// TestPushRefusesWhatWasNotReviewed: a gateway that was changed by hand since
// the plan, another seal than the expected one, and a second circuit that is
// down end with exit code 5, and nothing is changed.
func TestPushRefusesWhatWasNotReviewed(t *testing.T) {
	w := newWindow(t, "cisco-iosxe", archived)
	plan := w.planned(t)
	before := w.Running()

	code, out, errors := w.run("push", plan, "--expect-seal", "0000000000000000")
	assert.Equal(t, 5, code)
	assert.Empty(t, out)
	assert.Contains(t, errors, "the one that was reviewed is 0000000000000000")

	text := read(t, plan)
	changed := w.write(t, "changed", strings.Replace(text, "10.0.0.9", "10.0.0.7", 1))
	code, _, errors = w.run("push", changed)
	assert.Equal(t, 5, code)
	assert.Contains(t, errors, "is not what was sealed")

	hops := func() int { return len(w.Forwarding("192.168.0.0/16")) }
	require.Equal(t, 2, hops())
	w.SetCircuit("10.0.0.5", false)
	require.Eventually(t, func() bool { return hops() == 1 }, 30*time.Second, 10*time.Millisecond)
	code, out, errors = w.run("push", plan)
	assert.Equal(t, 5, code, errors)
	assert.Contains(t, out, "it does not hold that")
	w.SetCircuit("10.0.0.5", true)
	assert.Equal(t, before, w.Running())

	require.NoError(t, w.Type("ip route 10.99.0.0 255.255.0.0 Null0"))
	after := w.Running()
	code, out, errors = w.run("push", plan)
	assert.Equal(t, 5, code, errors)
	assert.Contains(t, out, "gw1: refused: the gateway is not as it was when the plan was made")
	assert.Contains(t, out, "+ ip route 10.99.0.0 255.255.0.0 Null0")
	assert.Equal(t, after, w.Running())
}

// TestTwoStepsAreTwoConfirmedCommits: on a system with a candidate each circuit
// is a commit of its own, and what fails in the second leaves the first.
func TestTwoStepsAreTwoConfirmedCommits(t *testing.T) {
	w := newWindow(t, "juniper-junos", "")
	code, _, errors := w.run("plan", w.moved(t, true), "-o", w.path("plan"))
	require.Equal(t, 0, code, errors)
	w.Forget()
	// The second text that is loaded has a line that is refused.
	steps := regexp.MustCompile(`(?s)"commands": \[(.*?)\]`).FindAllStringSubmatch(read(t, w.path("plan")), -1)
	require.GreaterOrEqual(t, len(steps), 2)
	first := len(regexp.MustCompile(`(?m)^\s*"`).FindAllString(steps[0][1], -1))
	require.NoError(t, w.Set(gateway.Fault{Kind: "refuse", At: "line", N: first + 2}))

	code, out, errors := w.run("push", w.path("plan"))
	assert.Equal(t, 6, code, "%s%s", out, errors)
	assert.Contains(t, out, "gw1: taken back: ")
	assert.Contains(t, out, "step 1 stands, verified and confirmed")
	assert.Contains(t, w.Running(), "10.0.0.10/30", "the first circuit has moved")
	assert.NotContains(t, w.Running(), "10.0.0.14/30", "the second has not")
	commits := regexp.MustCompile(`# ?commit confirmed \d`)
	assert.Len(t, commits.FindAllString(w.Dialogue(), -1), 1, "the second never came to its commit")

	code, _, errors = w.run("plan", w.path("scenario.yaml"), "-o", w.path("rest"))
	require.Equal(t, 0, code, errors)
	require.NoError(t, w.Set())
	code, out, errors = w.run("push", w.path("rest"))
	require.Equal(t, 0, code, "%s%s", out, errors)
	assert.Len(t, commits.FindAllString(w.Dialogue(), -1), 2)
	_, runs := w.PendingRevert()
	assert.False(t, runs)
}

// TestNoSecretLeaves: a password that logs in and a community of the running
// configuration are in nothing that the program prints or writes, but for the
// backup; nor in any file of the repository that is made by a program.
func TestNoSecretLeaves(t *testing.T) {
	for name, faults := range map[string][]gateway.Fault{
		"done":    nil,
		"refused": {{Kind: "refuse", At: "line", N: 3}},
		"lost":    {{Kind: "drop", At: "line", N: 3}},
		"edited":  {{Kind: "edit", At: "line", N: 3, Lines: []string{"snmp-server community planted-other RW"}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWindow(t, "cisco-iosxe", archived)
			t.Setenv("TWINPATH_TEST_PASSWORD", gatewayPassword)
			text := regexp.MustCompile(`auth: .*`).ReplaceAllString(read(t, w.inventory), "auth: {password_env: TWINPATH_TEST_PASSWORD}")
			w.inventory = w.write(t, "inventory.yaml", text)
			var said strings.Builder
			say := func(args ...string) {
				_, out, errors := w.run(args...)
				said.WriteString(out + errors)
			}
			say("plan", w.moved(t, true), "-o", w.path("plan"))
			require.NoError(t, w.Set(faults...))
			say("push", w.path("plan"))
			require.NoError(t, w.Set())
			say("resume", w.path("plan.journal"))
			say("rollback", w.path("plan.journal"))
			assert.Contains(t, said.String(), "gw1: ", "the gateway was worked at: %s", said.String())
			clean(t, "what was printed", said.String())
			files, err := filepath.Glob(w.path("*"))
			require.NoError(t, err)
			kept := 0
			for _, f := range files {
				text := read(t, f)
				if strings.HasSuffix(f, ".cfg") {
					kept++
					assert.Contains(t, text, "planted-secret", "a backup is whole")
					info, err := os.Stat(f)
					require.NoError(t, err)
					assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
					continue
				}
				clean(t, f, text)
			}
			assert.Positive(t, kept)
		})
	}
}

// gatewayPassword logs in to the gateways of newWindow.
const gatewayPassword = "planted-password"

func clean(t *testing.T, where, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		assert.NotContains(t, line, "planted-", where)
	}
}

// TestNoSecretInGoldenFiles greps everything that programs have written into the
// repository, and the documents.
func TestNoSecretInGoldenFiles(t *testing.T) {
	repoRoot(t)
	seen := 0
	for _, dir := range []string{"golden", "docs", "internal/change/testdata", "internal/cli/testdata", "internal/gateway/testdata", "internal/plan/testdata"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			seen++
			clean(t, path, read(t, path))
			return nil
		})
		require.NoError(t, err, fmt.Sprint(dir))
	}
	assert.Greater(t, seen, 50)
}
