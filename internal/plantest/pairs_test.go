// Package plantest holds the planner against the simulator: two packages that
// share no code and no data.
package plantest

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/simulate"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/vendors"
)

// TestPlanner runs all, and then looks at the list of what is known.
func TestPlanner(t *testing.T) {
	ok := t.Run("pairs", testEveryPairOfGoldenConfigs)
	ok = t.Run("plans", testPlansAreAccepted) && ok
	if ok {
		gone(t)
	}
}

// system is an operating system with one of its grammars, and all its golden
// running configurations by scenario and gateway.
type system struct {
	profile *vendor.Profile
	device  *simulate.Device
	configs map[string]string
}

// systems reads every folder of golden/.
func systems(tb testing.TB) map[string]*system {
	tb.Helper()
	reg, err := vendor.NewRegistry(vendors.FS)
	require.NoError(tb, err)
	files, err := filepath.Glob("../../golden/*/*/*.running.cfg")
	require.NoError(tb, err)
	require.NotEmpty(tb, files)
	out := map[string]*system{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		require.NoError(tb, err)
		scenario, folder := filepath.Base(filepath.Dir(filepath.Dir(f))), filepath.Base(filepath.Dir(f))
		s := out[folder]
		if s == nil {
			s = newSystem(tb, reg, folder)
			out[folder] = s
		}
		s.configs[scenario+"/"+strings.TrimSuffix(filepath.Base(f), ".running.cfg")] = string(data)
	}
	return out
}

func newSystem(tb testing.TB, reg *vendor.Registry, folder string) *system {
	tb.Helper()
	for _, id := range reg.IDs() {
		platform, found := strings.CutPrefix(folder, id)
		if !found || platform != "" && platform[0] != '-' {
			continue
		}
		p, err := reg.Profile(id)
		require.NoError(tb, err)
		d, err := simulate.Load(vendors.FS, id, strings.TrimPrefix(platform, "-"))
		require.NoError(tb, err)
		return &system{profile: p, device: d, configs: map[string]string{"factory": ""}}
	}
	require.Failf(tb, "no system", "golden folder %s", folder)
	return nil
}

// husk matches what is left of a port, a slot, a zone or a table of routes when the last
// statement in it is gone, or that BFD is switched on, which is not taken back:
// somebody else may use it. None says anything.
var husk = regexp.MustCompile(`^(bfd|set (interfaces \S+|chassis fpc \S+|security zones security-zone \S+|(routing-instances \S+ )?routing-options rib \S+))$`)

// differs returns the first statement that one configuration has and the other
// lacks, "" when they say the same.
func (s *system) differs(got, want string) string {
	a, b := s.device.Canonical(got), s.device.Canonical(want)
	a, b = slices.DeleteFunc(a, husk.MatchString), slices.DeleteFunc(b, husk.MatchString)
	for _, l := range b {
		if !slices.Contains(a, l) {
			return "missing: " + l
		}
	}
	for _, l := range a {
		if !slices.Contains(b, l) {
			return "left over: " + l
		}
	}
	return ""
}

// testEveryPairOfGoldenConfigs: for every two configurations of one system,
// fresh devices included, the lines of diff are all accepted by the simulator
// and lead from the one to the other; of equal ones there are none.
func testEveryPairOfGoldenConfigs(t *testing.T) {
	for folder, s := range systems(t) {
		t.Run(folder, func(t *testing.T) {
			names := slices.Sorted(maps.Keys(s.configs))
			pairs, lines := 0, 0
			for _, from := range names {
				for _, to := range names {
					pairs++
					lines += s.pair(t, from, to)
				}
			}
			t.Logf("%d pairs, %d lines", pairs, lines)
		})
	}
}

// pair checks one pair and returns how many lines its change has.
func (s *system) pair(t *testing.T, from, to string) int {
	t.Helper()
	d, err := plan.Diff(s.profile, s.configs[from], s.configs[to])
	require.NoErrorf(t, err, "%s to %s", from, to)
	if from == to {
		assert.Emptyf(t, d.Commands, "%s to itself", from)
		return 0
	}
	text := strings.Join(d.Commands, "\n")
	got, err := s.device.Run(s.configs[from], text)
	if r, ok := errors.AsType[*simulate.RefusalError](err); ok {
		report(t, from+" to "+to+": "+r.Error(), text)
		return 0
	}
	if diff := s.differs(got.Config, s.configs[to]); diff != "" {
		report(t, from+" to "+to+": "+diff, text)
	}
	s.needed(t, from, to, d.Commands, got.Config)
	return len(d.Commands)
}

// needed leaves out one command of a change, another one for every pair: the
// rest is refused or leads elsewhere. A way into or out of a section, what
// confirms one, and the removal of what is made again are no such commands.
func (s *system) needed(t *testing.T, from, to string, lines []string, whole string) {
	t.Helper()
	n := len(from) * len(to) % len(lines)
	line := strings.TrimSpace(lines[n])
	depth := func(l string) int { return len(l) - len(strings.TrimLeft(l, " ")) }
	target, removal := strings.CutPrefix(line, s.profile.Manage.Negate+" ")
	switch {
	case n+1 < len(lines) && depth(lines[n+1]) > depth(lines[n]):
		return
	case line == s.profile.Manage.LeaveLine || line == "undo shutdown" || line == "no shutdown":
		return
	case slices.ContainsFunc(s.profile.Manage.Kinds, func(k *vendor.Kind) bool { return k.Leave == line || k.Again && k.Line.MatchString(line) }):
		return
	case removal && slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(strings.TrimSpace(l), target) }):
		return
	}
	got, err := s.device.Run(s.configs[from], strings.Join(slices.Delete(slices.Clone(lines), n, n+1), "\n"))
	// Where the device itself takes away what the line would have, it says so.
	if err == nil && len(got.Notes) == 0 && slices.Equal(s.device.Canonical(got.Config), s.device.Canonical(whole)) {
		report(t, fmt.Sprintf("%s to %s: %q can be left out", from, to, line), strings.Join(lines, "\n"))
	}
}
