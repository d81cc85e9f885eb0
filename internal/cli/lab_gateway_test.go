package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/cli"
)

// screen is an output that is read while it is written.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// rehearsal plays gateways by the command, with a keyboard.
type rehearsal struct {
	out, err screen
	keys     *os.File
	code     chan int
}

func rehearse(t *testing.T, args ...string) *rehearsal {
	t.Helper()
	in, keys, err := os.Pipe()
	require.NoError(t, err)
	old := os.Stdin
	os.Stdin = in
	t.Cleanup(func() { os.Stdin = old })
	r := &rehearsal{keys: keys, code: make(chan int, 1)}
	go func() {
		r.code <- cli.Main(append([]string{"lab", "gateway"}, args...), cli.Streams{Out: &r.out, Err: &r.err})
	}()
	r.waits(t, "push  ")
	return r
}

// waits until the output holds a text.
func (r *rehearsal) waits(t *testing.T, text string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(r.out.String(), text) }, 10*time.Second, time.Millisecond, r.err.String)
}

func (r *rehearsal) types(t *testing.T, line string) {
	t.Helper()
	_, err := fmt.Fprintln(r.keys, line)
	require.NoError(t, err)
}

// TestRehearsal: what the command writes is enough to plan with.
func TestRehearsal(t *testing.T) {
	repoRoot(t)
	for _, system := range []string{"cisco-iosxe", "huawei-vrp5", "huawei-vrp8", "juniper-junos", "juniper-srx"} {
		t.Run(system, func(t *testing.T) {
			const scenario = "inventory/shanghai/scenario.yaml"
			dir := t.TempDir()
			r := rehearse(t, "--scenario", scenario, "-i", "inventory/shanghai/"+system+".yaml", "--startup", "scenario", "--dir", dir)
			var out, errs bytes.Buffer
			code := cli.Main([]string{"plan", scenario, "-i", filepath.Join(dir, "inventory.yaml"), "--exit-code"}, cli.Streams{Out: &out, Err: &errs})
			assert.Zero(t, code, "it has what the scenario renders: %s%s", out.String(), errs.String())
			r.types(t, "dance")
			require.Eventually(t, func() bool { return strings.Contains(r.err.String(), `"dance" is none of`) }, 5*time.Second, time.Millisecond)
			r.types(t, "down ec9")
			require.Eventually(t, func() bool { return strings.Contains(r.err.String(), `no gateway here has a circuit "ec9"`) }, 5*time.Second, time.Millisecond)
			r.types(t, "dialogue")
			r.waits(t, "=== gateway gw1\n=== connection 1 (netops)")
			r.types(t, "running")
			r.waits(t, "192.168.0.0")
			r.types(t, "quit")
			assert.Zero(t, <-r.code)
		})
	}
}

func TestRehearsalUsage(t *testing.T) {
	repoRoot(t)
	for say, args := range map[string][]string{
		"say what to play":    {},
		"-i needs --scenario": {"-i", "inventory/lab/frr.yaml"},
		"needs --scenario":    {"--os", "frr", "--startup", "scenario"},
		"there is no fault":   {"--os", "frr", "--fault", "earthquake"},
		`"vms" is not known`:  {"--os", "vms"},
		"has a circuit":       {"--os", "frr", "--fault", "down=ec1"},
		"read the startup":    {"--os", "frr", "--startup", "no-such-file"},
	} {
		var out, errs bytes.Buffer
		assert.NotZero(t, cli.Main(append([]string{"lab", "gateway"}, args...), cli.Streams{Out: &out, Err: &errs}))
		assert.Contains(t, errs.String(), say)
	}
}
