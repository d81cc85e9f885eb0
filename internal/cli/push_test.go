package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/cli"
	"github.com/twinpath/twinpath/internal/gateway"
	"github.com/twinpath/twinpath/vendors"
)

// window is a gateway that is played, with the files of a change for it.
type window struct {
	*gateway.Gateway

	dir       string
	inventory string
}

// newWindow plays a gateway with the lab's configuration, and before it what a
// test wants there.
func newWindow(t *testing.T, system string, before ...string) *window {
	t.Helper()
	repoRoot(t)
	startup := read(t, "golden/lab/"+system+"/gw1.running.cfg")
	text := read(t, "inventory/lab/"+system+".yaml")
	user := regexp.MustCompile(`username: (\S+)`).FindStringSubmatch(text)
	require.NotNil(t, user)
	g, err := gateway.New(gateway.Options{Systems: vendors.FS, OS: system, Startup: strings.Join(before, "") + startup, Username: user[1], Password: gatewayPassword})
	require.NoError(t, err)
	t.Cleanup(func() { _ = g.Close() })
	w := &window{Gateway: g, dir: t.TempDir()}
	w.write(t, "known_hosts", g.KnownHosts())
	w.write(t, "id", string(g.UserPEM()))
	text = regexp.MustCompile(`(?m)^    address: .*\n(    port: .*\n)?`).ReplaceAllString(text, fmt.Sprintf("    address: 127.0.0.1\n    port: %d\n", g.Addr.Port))
	text = regexp.MustCompile(`(?m)^    auth: .*\n(    known_hosts: .*\n)?`).ReplaceAllString(text, "    auth: {key_file: "+w.path("id")+"}\n    known_hosts: "+w.path("known_hosts")+"\n")
	w.inventory = w.write(t, "inventory.yaml", text)
	return w
}

func (w *window) path(name string) string { return filepath.Join(w.dir, name) }

func (w *window) write(t *testing.T, name, text string) string {
	t.Helper()
	require.NoError(t, os.WriteFile(w.path(name), []byte(text), 0o600))
	return w.path(name)
}

// run runs the program and returns its exit code and what it says.
func (w *window) run(args ...string) (code int, out, errors string) {
	var o, e bytes.Buffer
	code = cli.Main(append(args, "-i", w.inventory), cli.Streams{Out: &o, Err: &e})
	return code, o.String(), e.String()
}

// planned writes a plan that moves the first circuit.
func (w *window) planned(t *testing.T) string {
	t.Helper()
	s := read(t, "inventory/lab/scenario.yaml")
	s = strings.NewReplacer("10.0.0.1/30", "10.0.0.9/30", "10.0.0.2/30", "10.0.0.10/30").Replace(s)
	code, _, errors := w.run("plan", w.write(t, "scenario.yaml", s), "-o", w.path("plan"))
	require.Equal(t, 0, code, errors)
	return w.path("plan")
}

// TestPushAndRollBack is the story of a window, from the plan to the regret.
func TestPushAndRollBack(t *testing.T) {
	w := newWindow(t, "frr")
	before := w.Running()
	plan := w.planned(t)
	journal := plan + ".journal"

	code, out, _ := w.run("push", plan)
	assert.Equal(t, 5, code)
	assert.Contains(t, out, "--accept-no-confirm-timer")
	code, _, errors := w.run("push", plan, "--accept-no-confirm-timer", "--expect-seal", "another")
	assert.Equal(t, 5, code)
	assert.Contains(t, errors, "the one that was reviewed is another")
	code, _, errors = w.run("push", plan, "--accept-no-confirm-timer", "--window", "yesterday")
	assert.Equal(t, 2, code)
	assert.Contains(t, errors, "Europe/Berlin")
	code, out, _ = w.run("push", plan, "--accept-no-confirm-timer", "--window", "2020-12-01 22:00/23:00 Europe/Berlin")
	assert.Equal(t, 5, code)
	assert.Contains(t, out, "the window closed")
	code, out, _ = w.run("push", plan, "--dry-run")
	assert.Equal(t, 0, code, out)
	assert.Equal(t, before, w.Running())

	code, out, errors = w.run("push", plan, "--accept-no-confirm-timer")
	require.Equal(t, 0, code, "%s%s", out, errors)
	assert.Contains(t, out, "gw1: done: ")
	assert.Contains(t, errors, "gw1: step 1/")
	assert.NotEqual(t, before, w.Running())

	code, _, errors = w.run("resume", journal)
	assert.Equal(t, 1, code)
	assert.Contains(t, errors, "nothing to do")
	code, out, errors = w.run("push", plan, "--accept-no-confirm-timer")
	assert.Equal(t, 5, code, errors)
	assert.Contains(t, out, "the gateway already has what the plan makes")
	assert.Contains(t, out, "10.0.0.9")

	code, out, errors = w.run("rollback", journal)
	require.Equal(t, 0, code, "%s%s", out, errors)
	assert.ElementsMatch(t, strings.Split(before, "\n"), strings.Split(w.Running(), "\n"), "routes are printed in the order in which they came")
	code, _, errors = w.run("rollback", journal)
	assert.Equal(t, 1, code, errors)
	assert.Contains(t, errors, "taken back already")
}
