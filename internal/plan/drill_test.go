package plan_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/plan"
)

// TestDrillOfEveryScenario: each circuit of every scenario can be failed, or the
// refusal says why not; what is failed is its own interface and nothing else.
func TestDrillOfEveryScenario(t *testing.T) {
	planned, refused := 0, map[string]int{}
	everySetting(t, func(name string, s setting) {
		for _, c := range s.device.Circuits {
			in := plan.Input{Device: s.device, Profile: s.profile, Running: s.running, Rendered: s.running, Load: s.load}
			g, err := plan.Drill(in, c.Name, "shutdown")
			if r, ok := errors.AsType[*plan.RefusedError](err); ok {
				refused[s.profile.ID+" "+name+" "+c.Name+": "+strings.Join(r.Reasons, " ")]++
				continue
			}
			require.NoError(t, err, "%s %s %s", s.profile.ID, name, c.Name)
			planned++
			require.Len(t, g.Steps, 1)
			st := g.Steps[0]
			assert.Equal(t, c.Name, st.Circuit)
			assert.True(t, g.Hitless)
			assert.Len(t, st.Changes, 1)
			assert.NotEmpty(t, st.Checks, "%s %s %s", s.profile.ID, name, c.Name)
			for _, k := range st.Checks {
				assert.Contains(t, st.Needs, k)
				for _, f := range c.Families() {
					assert.NotContains(t, k.Title, f.Peer.String()+" ", "%s %s: the failed circuit must not be asked for", s.profile.ID, name)
				}
			}
		}
	})
	for why := range refused {
		t.Log(why)
		assert.Regexp(t, "its only circuit is|leads to .* alone|lies on the same interface", why)
	}
	assert.Greater(t, planned, 100)
}

// TestDrillNeedsTheScenario: a gateway that is not as the scenario has it, or
// that has not the circuit, is not drilled.
func TestDrillNeedsTheScenario(t *testing.T) {
	done := false
	everySetting(t, func(name string, s setting) {
		if done || !strings.HasPrefix(name, "shanghai") {
			return
		}
		done = true
		in := plan.Input{Device: s.device, Profile: s.profile, Running: "", Rendered: s.running, Load: s.load}
		_, err := plan.Drill(in, "ec1", "shutdown")
		require.ErrorContains(t, err, "not as the scenario has it")
		in.Running = s.running
		_, err = plan.Drill(in, "ec9", "shutdown")
		require.ErrorContains(t, err, "it has no circuit ec9")
		_, err = plan.Drill(in, "ec1", "silent")
		require.ErrorContains(t, err, "is not failed by silent")
	})
	assert.True(t, done)
}
