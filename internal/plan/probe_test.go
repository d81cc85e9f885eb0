package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/simulate"
	"github.com/twinpath/twinpath/vendors"
)

// ofCircuit are parts of the statements that belong to a circuit's tracking
// alone, on any system.
var ofCircuit = map[string][]string{
	"ec1": {"ip sla 1", "track 1", "twinpath ec1", "test ec1", "10.0.0.1"},
	"ec2": {"ip sla 2", "track 2", "twinpath ec2", "test ec2", "10.0.0.5"},
}

// tracking returns the statements of a circuit's tracking and routes.
func tracking(t *testing.T, s setting, config, circuit string) []string {
	t.Helper()
	paths, err := plan.Paths(s.profile, config)
	require.NoError(t, err)
	return slices.DeleteFunc(paths, func(p string) bool {
		// A policy of the one circuit names the other's next hop.
		return strings.Contains(p, "preferred-route") || !slices.ContainsFunc(ofCircuit[circuit], func(part string) bool {
			return strings.Contains(p+" ", part+" ") || strings.Contains(p, part+"/") || strings.Contains(p, part+";")
		})
	})
}

// TestRunningProbesChangeOneCircuitAtATime: whatever of a running probe
// changes, its circuit is drained by its own tracking while the other one is
// not touched: on the simulated device, after each command where they take
// effect one by one, after each commit otherwise. The plan says what carries the
// traffic, and waits for the circuit before it goes to the next.
func TestRunningProbesChangeOneCircuitAtATime(t *testing.T) {
	changes := map[string][]string{
		"failures": {"failures: 3", "failures: 5"},
		"timeout":  {"timeout: 1s", "timeout: 2s"},
		"recovery": {"recovery: 10s", "recovery: 20s"},
		"all":      {"failures: 3", "failures: 5", "timeout: 1s", "timeout: 2s"},
		"ec1":      {"10.0.0.1/30", "10.0.0.9/30", "10.0.0.2/30", "10.0.0.10/30"},
	}
	for _, id := range inventories(t) {
		if id == frr {
			continue // It has no probes; its sessions share one profile, see TestSharedTimersAreNoHitlessChange.
		}
		for name, edit := range changes {
			t.Run(id+"/"+name, func(t *testing.T) {
				s, old := rendered(t, "shanghai", id), rendered(t, "shanghai", id, edit...)
				g := s.plan(t, aroundOn(s.profile, old.running))
				if g.Empty() {
					t.Logf("%s has no such value", id)
					return
				}
				assert.True(t, g.Hitless, g.HitlessReason)
				assert.Contains(t, g.HitlessReason, "at most 1 of 2 circuits carries nothing at a time")
				s.oneAtATime(t, g, aroundOn(s.profile, old.running))
			})
		}
	}
}

func (s setting) oneAtATime(t *testing.T, g *plan.Gateway, config string) {
	t.Helper()
	d, err := simulate.Load(vendors.FS, s.profile.ID, s.device.Platform)
	require.NoError(t, err)
	for _, st := range g.Steps {
		if st.Circuit == "" {
			continue
		}
		other, hop := "ec2", "10.0.0.5"
		if st.Circuit == "ec2" {
			other, hop = "ec1", "10.0.0.1"
		}
		assert.Contains(t, st.Effect, st.Circuit+" may carry nothing during this step: 1 of 2 circuits")
		assert.Contains(t, st.While, "192.168.0.0/16 via "+hop)
		assert.Contains(t, st.Wait, "192.168.0.0/16")
		assert.NotContains(t, st.Wait, hop+" ")
		want := tracking(t, s, config, other)
		require.NotEmpty(t, want)
		for _, lines := range [][]string{st.Commands, st.Rollback} {
			for n := range lines {
				if s.profile.Manage.Candidate && n+1 < len(lines) {
					continue
				}
				got, err := d.Run(config, strings.Join(lines[:n+1], "\n")+"\n")
				require.NoError(t, err)
				assert.Equal(t, want, tracking(t, s, got.Config, other), "after %q", lines[n])
			}
			config = s.types(t, d, config, lines)
		}
		config = s.types(t, d, config, st.Commands)
	}
}
