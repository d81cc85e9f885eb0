package cli_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var sealed = regexp.MustCompile(`seal: (\S+)`)

// TestDrillOnAGateway is the story of a drill, from the plan that is reviewed to
// the traffic that returned.
func TestDrillOnAGateway(t *testing.T) {
	w := newWindow(t, "frr")
	w.indexed(t)
	scenario := w.write(t, "scenario.yaml", strings.NewReplacer("netflow-v9", "sflow", "  active_timeout: 60s\n", "").Replace(read(t, "inventory/lab/scenario.yaml")))
	before := w.Running()
	listen := free(t)
	args := func(more ...string) []string {
		return append([]string{
			"drill", scenario, "--circuit", "ec1", "--window", "2020-01-01T00:00:00Z/2090-01-01T00:00:00Z", "--journal", w.path("journal"),
			"--hold", "4s", "--grace", "1s", "--verify-listen", listen, "--verify-for", "2s",
		}, more...)
	}
	code, _, errors := w.run("drill", scenario, "--circuit", "ec1", "--hold", "4s")
	assert.Equal(t, 2, code)
	assert.Contains(t, errors, "needs a --window")
	code, _, errors = w.run(args("--how", "silent")...)
	assert.Equal(t, 5, code)
	assert.Contains(t, errors, "has no packet filter")

	code, out, errors := w.run(args()...)
	require.Equal(t, 0, code, errors)
	assert.Contains(t, errors, "nothing was changed")
	assert.Contains(t, out, "shutdown")
	seal := sealed.FindStringSubmatch(out)[1]
	code, _, errors = w.run(args("--expect-seal", "another")...)
	assert.Equal(t, 5, code, errors)
	code, out, _ = w.run(args("--expect-seal", seal)...)
	assert.Equal(t, 5, code)
	assert.Contains(t, out, "--accept-no-confirm-timer")
	assert.Equal(t, before, w.Running())

	export(t, listen, func() float64 {
		if strings.Contains(w.Running(), "shutdown") {
			return 1
		}
		return 0.5
	})
	code, out, errors = w.run(args("--expect-seal", seal, "--accept-no-confirm-timer")...)
	require.Equal(t, 0, code, "%s%s", out, errors)
	assert.Contains(t, out, "gw1: taken back: the drill is over, held: ec1 was failed (shutdown) for 4s")
	assert.Contains(t, out, "PASS  ec1 moved: the traffic left ec1")
	assert.Contains(t, out, "PASS  ec1 returned: ec1 carries its part again")
	assert.ElementsMatch(t, strings.Split(before, "\n"), strings.Split(w.Running(), "\n"))
}

// TestDrillThatMovesNothing: a circuit that is down and that the exporter still
// reports is a failed drill, and it is given back all the same.
func TestDrillThatMovesNothing(t *testing.T) {
	w := newWindow(t, "frr")
	w.indexed(t)
	scenario := w.write(t, "scenario.yaml", strings.NewReplacer("netflow-v9", "sflow", "  active_timeout: 60s\n", "").Replace(read(t, "inventory/lab/scenario.yaml")))
	before := w.Running()
	listen := free(t)
	args := []string{
		"drill", scenario, "--circuit", "ec1", "--window", "2020-01-01T00:00:00Z/2090-01-01T00:00:00Z", "--journal", w.path("journal"),
		"--hold", "4s", "--grace", "1s", "--verify-listen", listen, "--verify-for", "1s", "--accept-no-confirm-timer",
	}
	_, out, _ := w.run(args...)
	args = append(args, "--expect-seal", sealed.FindStringSubmatch(out)[1])
	export(t, listen, func() float64 { return 0.5 })
	code, out, errors := w.run(args...)
	require.Equal(t, 8, code, "%s%s", out, errors)
	assert.Contains(t, out, "FAIL  ec1 moved: ec1 failed and still has")
	assert.ElementsMatch(t, strings.Split(before, "\n"), strings.Split(w.Running(), "\n"))
}
