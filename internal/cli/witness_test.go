package cli_test

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/flowtest"
)

// sampled writes a scenario that samples with sFlow, so that nobody waits for a
// cache, and the plan that moves its first circuit.
func (w *window) sampled(t *testing.T) (scenario, plan string) {
	t.Helper()
	s := read(t, "inventory/lab/scenario.yaml")
	s = strings.NewReplacer("10.0.0.1/30", "10.0.0.9/30", "10.0.0.2/30", "10.0.0.10/30", "netflow-v9", "sflow", "  active_timeout: 60s\n", "").Replace(s)
	scenario = w.write(t, "scenario.yaml", s)
	code, _, errors := w.run("plan", scenario, "-o", w.path("plan"))
	require.Equal(t, 0, code, errors)
	return scenario, w.path("plan")
}

// export sends the samples of a site whose second circuit carries what share
// says, until the test ends.
func export(t *testing.T, to string, share func() float64) {
	t.Helper()
	conn, err := net.Dial("udp", to)
	require.NoError(t, err)
	e := flowtest.Encoder{Protocol: flow.SFlow, Rate: 1000, Boot: time.Now().Add(-time.Hour)}
	rng := rand.New(rand.NewPCG(1, 2))
	end, ended := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() {
		close(end)
		<-ended
		_ = conn.Close() // Nothing waits in it.
	})
	go func() {
		defer close(ended)
		for {
			p := share()
			tr := flowtest.Traffic{
				Flows: 200, Out: []uint32{1, 2}, Share: []float64{1 - p, p}, Src: netip.MustParseAddr("172.16.1.1"), Dst: netip.MustParseAddr("192.168.1.1"),
			}
			now := time.Now()
			_, _ = conn.Write(e.Data(now, tr.Samples(rng, 20, now, now))) // Nobody may listen yet.
			select {
			case <-end:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
}

// indexed tells the inventory the interface indexes of the circuits.
func (w *window) indexed(t *testing.T) {
	t.Helper()
	s := strings.Replace(read(t, w.inventory), "    ports:", "    if_index: {ec1: 1, ec2: 2}\n    ports:", 1)
	require.NoError(t, os.WriteFile(w.inventory, []byte(s), 0o600))
}

// free is an address that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, c.Close()) }()
	return c.LocalAddr().String()
}

// TestPushVerified: the gateway's own export decides whether a push stands.
func TestPushVerified(t *testing.T) {
	w := newWindow(t, "frr")
	w.indexed(t)
	before := w.Running()
	scenario, plan := w.sampled(t)
	listen := free(t)
	args := []string{"push", plan, "--accept-no-confirm-timer", "--verify", scenario, "--verify-listen", listen, "--verify-for", "1s"}

	code, _, errors := w.run(slices.Clone(args[:5])...)
	assert.Equal(t, 2, code, errors)
	code, out, errors := w.run(args...)
	assert.Equal(t, 5, code, "%s%s", out, errors)
	assert.Contains(t, out, "the baseline gives inconclusive")
	assert.Equal(t, before, w.Running())

	changed := func() float64 {
		if strings.Contains(w.Running(), "10.0.0.9") {
			return 0.02
		}
		return 0.5
	}
	export(t, listen, changed)
	code, out, errors = w.run(args...)
	assert.Equal(t, 6, code, "%s%s", out, errors)
	assert.Contains(t, out, "gw1: taken back: the verification gives fail: ")
	assert.Contains(t, out, "verified before the first step: pass: ")
	assert.ElementsMatch(t, strings.Split(before, "\n"), strings.Split(w.Running(), "\n"))
	assert.Contains(t, read(t, plan+".journal"), `"verdict":"fail"`)
}

// TestPushVerifiedStands: two circuits that carry their parts, before and after.
func TestPushVerifiedStands(t *testing.T) {
	w := newWindow(t, "frr")
	w.indexed(t)
	scenario, plan := w.sampled(t)
	listen := free(t)
	export(t, listen, func() float64 { return 0.5 })
	code, out, errors := w.run("push", plan, "--accept-no-confirm-timer", "--verify", scenario, "--verify-listen", listen, "--verify-for", "1s", "--verify-each")
	require.Equal(t, 0, code, "%s%s", out, errors)
	assert.Regexp(t, `verified after step \d+: pass: .*of that before the change`, out)

	other := w.write(t, "other.yaml", strings.Replace(read(t, scenario), "sampling: 1000", "sampling: 500", 1))
	code, _, errors = w.run("push", plan, "--verify", other, "--verify-listen", listen)
	assert.Equal(t, 5, code)
	assert.Contains(t, errors, "was made from scenario lab")
}
