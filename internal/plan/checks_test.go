package plan_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/render"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/show"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/templates"
	"github.com/twinpath/twinpath/vendors"
)

// everySetting yields every shipped scenario on every system that can hold it.
func everySetting(t *testing.T, each func(name string, s setting)) {
	t.Helper()
	files, err := filepath.Glob("../../inventory/*/scenario.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	reg, err := vendor.NewRegistry(vendors.FS)
	require.NoError(t, err)
	for _, id := range reg.IDs() {
		p, err := reg.Profile(id)
		require.NoError(t, err)
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			var list diag.List
			s := scenario.Decode(file, data, &list)
			for _, name := range s.Gateways() {
				d := intent.Build(s, intent.Example(s, name, p), p, &list)
				if list.HasErrors() {
					continue // The system refuses the scenario.
				}
				r := render.New(templates.FS)
				running, err := r.Render(d, render.Running)
				require.NoError(t, err)
				load, err := r.Render(d, render.Load)
				require.NoError(t, err)
				each(filepath.Base(filepath.Dir(file))+" "+name, setting{d, p, running, load})
			}
		}
	}
}

// TestChecksOfEveryScenario: what a push waits for is reviewed like what it
// types, and can be read by the parsers of the system.
func TestChecksOfEveryScenario(t *testing.T) {
	texts := map[string]*strings.Builder{}
	reg, err := vendor.NewRegistry(vendors.FS)
	require.NoError(t, err)
	everySetting(t, func(name string, s setting) {
		parsers, err := show.Load(reg, s.profile.ID)
		require.NoError(t, err)
		b := texts[s.profile.ID]
		if b == nil {
			b = &strings.Builder{}
			texts[s.profile.ID] = b
		}
		g := planOn(t, s)
		fmt.Fprintf(b, "%s\n", name)
		for _, st := range g.Steps {
			for _, c := range st.Checks {
				fmt.Fprintf(b, "  %s: %s\n    %s\n   ", st.Circuit, c.Title, c.Command)
				for _, k := range slices.Sorted(maps.Keys(c.Want)) {
					fmt.Fprintf(b, " %s=%s", k, c.Want[k])
				}
				b.WriteString("\n")
				_, err := show.Holds(parsers, c, "")
				assert.ErrorAs(t, err, new(*show.UnknownError), "%s %s: %s", s.profile.ID, name, c.Title)
			}
		}
	})
	for id, b := range texts {
		file := filepath.Join("testdata", "checks", id+".txt")
		if *update {
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
			require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o644))
			continue
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, string(want), b.String(), "run the test with -update and read the difference")
	}
}

// TestEveryCircuitIsWatched: after the step of a circuit, the best way to each
// prefix is in the forwarding table, and what tracks the circuit is up.
func TestEveryCircuitIsWatched(t *testing.T) {
	everySetting(t, func(name string, s setting) {
		g := planOn(t, s)
		seen := map[string]bool{}
		for _, st := range g.Steps {
			seen[st.Circuit] = true
			if st.Circuit == "" {
				continue
			}
			shows := map[string]bool{}
			for _, c := range st.Checks {
				shows[c.Show] = true
			}
			where := s.profile.ID + " " + name + " " + st.Circuit
			assert.True(t, shows["next-hop"], "%s: no next hop is looked at", where)
			if len(s.device.Probes) > 0 {
				assert.True(t, shows["probe"], "%s: its probe is not looked at", where)
			}
			if len(s.device.Sessions) > 0 {
				assert.True(t, shows["bfd"], "%s: its BFD session is not looked at", where)
			}
			assert.Contains(t, st.Wait, "forwarding table", where)
		}
		for _, c := range s.device.Circuits {
			assert.True(t, seen[c.Name], "%s %s: circuit %s has no step", s.profile.ID, name, c.Name)
		}
	})
}

// TestOthersMustBeUpWhileOneCircuitChanges: its probe, its track and its next
// hops, as they are before the step.
func TestOthersMustBeUpWhileOneCircuitChanges(t *testing.T) {
	old := rendered(t, "shanghai", iosxe)
	s := rendered(t, "shanghai", iosxe, "interval: 2s", "interval: 3s")
	g := s.plan(t, around(old.running))
	require.Len(t, g.Steps, 2)
	for i, other := range []string{"2", "1"} {
		var needs []string
		for _, c := range g.Steps[i].Needs {
			needs = append(needs, c.Title)
		}
		assert.Contains(t, needs, "track "+other+" is up")
		assert.Contains(t, needs, "probe "+other+" is answered")
		assert.Contains(t, strings.Join(needs, "; "), "192.168.0.0/16 via")
		for _, c := range g.Steps[i].Checks {
			assert.NotContains(t, needs, c.Title, "what the step changes cannot be relied on meanwhile")
		}
	}
}

// TestStandbyIsNotAwaitedInTheForwardingTable: while the better circuit is up
// its route is not there, but its probe or session is watched.
func TestStandbyIsNotAwaitedInTheForwardingTable(t *testing.T) {
	found := 0
	everySetting(t, func(name string, s setting) {
		if !strings.HasPrefix(name, "standby") {
			return
		}
		found++
		hops := map[string]bool{}
		for _, st := range planOn(t, s).Steps {
			for _, c := range st.Checks {
				if c.Show == "next-hop" && c.Want["prefix"] == "192.168.0.0/16" {
					hops[c.Want["hop"]] = true
				}
			}
		}
		assert.Equal(t, map[string]bool{"10.0.0.1": true}, hops, "%s %s", s.profile.ID, name)
	})
	assert.Greater(t, found, 6)
}

// planOn plans for a gateway that has nothing of the scenario.
func planOn(t *testing.T, s setting) *plan.Gateway {
	t.Helper()
	g, err := s.compute(aroundOn(s.profile, ""))
	require.NoError(t, err)
	return g
}
