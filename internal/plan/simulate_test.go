package plan_test

import (
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
	"github.com/twinpath/twinpath/internal/simulate"
	"github.com/twinpath/twinpath/templates"
	"github.com/twinpath/twinpath/vendors"
)

// everywhere calls f for every gateway of every shipped scenario on every
// system that can carry it.
func everywhere(t *testing.T, f func(t *testing.T, s setting)) {
	t.Helper()
	files, err := filepath.Glob("../../inventory/*/scenario.yaml")
	require.NoError(t, err)
	reg := profiles(t)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, id := range reg.IDs() {
			p, err := reg.Profile(id)
			require.NoError(t, err)
			var list diag.List
			sc := scenario.Decode(file, data, &list)
			for _, name := range sc.Gateways() {
				d := intent.Build(sc, intent.Example(sc, name, p), p, &list)
				if list.HasErrors() {
					continue // The system refuses the scenario.
				}
				s := setting{device: d, profile: p}
				r := render.New(templates.FS)
				s.running, err = r.Render(d, render.Running)
				require.NoError(t, err)
				s.load, err = r.Render(d, render.Load)
				require.NoError(t, err)
				t.Run(filepath.Base(filepath.Dir(file))+"/"+id+"/"+name, func(t *testing.T) { f(t, s) })
			}
		}
	}
}

// TestPlansHoldOnTheSimulatedDevice: on a fresh gateway every step of a plan is
// accepted by the simulated device, which then has what is rendered, and every
// step of the way back leads to where it began.
func TestPlansHoldOnTheSimulatedDevice(t *testing.T) {
	everywhere(t, func(t *testing.T, s setting) {
		fresh := aroundOn(s.profile, "")
		g, err := s.compute(fresh)
		require.NoError(t, err)
		d, err := simulate.Load(vendors.FS, s.profile.ID, s.device.Platform)
		require.NoError(t, err)
		config := fresh
		for _, st := range g.Steps {
			config = s.types(t, d, config, st.Commands)
		}
		rest, err := plan.Diff(s.profile, config, aroundOn(s.profile, s.running))
		require.NoError(t, err)
		assert.Empty(t, bare(s, rest.Commands), "left to do")
		for _, st := range slices.Backward(g.Steps) {
			config = s.types(t, d, config, st.Rollback)
		}
		s.isBack(t, config, fresh)
	})
}

// types types a step's lines at the simulated device.
func (s setting) types(t *testing.T, d *simulate.Device, config string, lines []string) string {
	t.Helper()
	lines = slices.Clone(lines)
	if s.profile.Manage.Candidate {
		lines = append(lines, "commit")
	}
	got, err := d.Run(config, strings.Join(lines, "\n")+"\n")
	require.NoError(t, err, "%s", strings.Join(lines, "\n"))
	return got.Config
}

// isBack checks that a configuration says what it said at first. What push
// compares is compared here.
func (s setting) isBack(t *testing.T, got, want string) {
	t.Helper()
	a, err := plan.Paths(s.profile, got)
	require.NoError(t, err)
	b, err := plan.Paths(s.profile, want)
	require.NoError(t, err)
	slices.Sort(a)
	slices.Sort(b)
	assert.Equal(t, b, a, "the way back leads back")
}

// bare drops what only says that a port is there.
func bare(s setting, lines []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(l string) bool {
		l = strings.TrimSpace(l)
		return l == s.profile.Manage.LeaveLine || strings.HasPrefix(l, "interface ") || l == "no shutdown" || l == "shutdown"
	})
}

// foreignLines are statements of somebody else, by syntax family.
var foreignLines = map[string]string{
	"indent":   "ip route 10.0.0.0 255.0.0.0 203.0.113.1\nrouter bgp 65000\n neighbor 203.0.113.9 remote-as 65001\n!\n",
	"sections": "ip route-static 10.0.0.0 255.0.0.0 203.0.113.1\n#\nbgp 65000\n peer 203.0.113.9 as-number 65001\n#\n",
	"braces":   "protocols {\n    bgp {\n        group x {\n            neighbor 203.0.113.9 {\n                peer-as 65001;\n            }\n        }\n    }\n}\n",
}

// TestBrownfield: a gateway that was set up by an older scenario and carries
// somebody else's statements is brought to the present one. The steps hold on
// the simulated device, there and back, and the foreign statements stay.
func TestBrownfield(t *testing.T) {
	for _, id := range inventories(t) {
		name := "shanghai"
		var edit []string
		if id == frr {
			name, edit = "lab", []string{"10.0.0.5/30", "10.0.0.13/30", "10.0.0.6/30", "10.0.0.14/30", "multiplier: 3", "multiplier: 4"}
		} else {
			edit = []string{"10.0.0.5/30", "10.0.0.13/30", "10.0.0.6/30", "10.0.0.14/30", "failures: 3", "failures: 4", "sampling: 1000", "sampling: 512", "172.16.255.10:", "172.16.255.20:"}
		}
		t.Run(id, func(t *testing.T) {
			s, old := rendered(t, name, id), rendered(t, name, id, edit...)
			foreign := foreignLines[s.profile.Syntax]
			if id == frr {
				foreign = strings.Replace(foreign, "10.0.0.0 255.0.0.0", "10.0.0.0/8", 1)
			}
			before := aroundOn(s.profile, foreign+old.running)
			g, err := s.compute(before)
			require.NoError(t, err)
			assert.NotEmpty(t, g.Commands)
			d, err := simulate.Load(vendors.FS, s.profile.ID, s.device.Platform)
			require.NoError(t, err)
			config := before
			for _, st := range g.Steps {
				config = s.types(t, d, config, st.Commands)
			}
			again, err := s.compute(config)
			require.NoError(t, err)
			assert.Empty(t, bare(s, again.Commands), "left to do")
			rest, err := plan.Diff(s.profile, config, aroundOn(s.profile, foreign))
			require.NoError(t, err)
			for _, c := range rest.Changes {
				assert.Equal(t, plan.Remove, c.Action, "a foreign statement is gone: %v", c.Path)
			}
			for _, st := range slices.Backward(g.Steps) {
				config = s.types(t, d, config, st.Rollback)
			}
			s.isBack(t, config, before)
			t.Logf("%d steps, %d commands, hitless %t: %s", len(g.Steps), len(g.Commands), g.Hitless, g.HitlessReason)
		})
	}
}
