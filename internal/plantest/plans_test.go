package plantest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/cli"
	"github.com/twinpath/twinpath/internal/simulate"
)

// planned is what the tests read of a plan's JSON.
type planned struct {
	Gateways []struct {
		Gateway            string
		Steps              []struct{ Commands, Rollback []string }
		Commands, Rollback []string
	}
}

// planFor runs the command plan; ok is false when it refuses with a reason.
func planFor(t *testing.T, inventory, running string) (p planned, ok bool, why string) {
	t.Helper()
	var out, errs bytes.Buffer
	args := []string{"plan", filepath.Join(filepath.Dir(inventory), "scenario.yaml"), "-i", inventory, "--running", running, "--format", "json"}
	code := cli.Main(args, cli.Streams{Out: &out, Err: &errs})
	if code != 0 {
		lines := strings.Split(strings.TrimSpace(errs.String()), "\n")
		return p, false, lines[len(lines)-1]
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &p))
	return p, true, ""
}

// testPlansAreAccepted: the plan of every shipped inventory, from a fresh
// device and from the configuration of every other scenario, is accepted line
// by line; planned again, nothing is left to do; and the way back leads to
// where it began, after each step and from the end.
func testPlansAreAccepted(t *testing.T) {
	all := systems(t)
	inventories, err := filepath.Glob("../../inventory/*/*.yaml")
	require.NoError(t, err)
	for _, inv := range inventories {
		s := all[strings.TrimSuffix(filepath.Base(inv), ".yaml")]
		if s == nil {
			continue // The scenario itself.
		}
		t.Run(strings.TrimSuffix(strings.TrimPrefix(inv, "../../inventory/"), ".yaml"), func(t *testing.T) {
			done, refused := 0, map[string]int{}
			for _, from := range slices.Sorted(maps.Keys(s.configs)) {
				why := s.plan(t, inv, from)
				if why == "" {
					done++
				} else {
					refused[why]++
				}
			}
			t.Logf("%d planned, refused: %v", done, refused)
		})
	}
}

// plan checks one plan; it returns why it was refused, "" when it was not.
func (s *system) plan(t *testing.T, inv, from string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "running.cfg")
	before := s.configs[from]
	require.NoError(t, os.WriteFile(file, []byte(before), 0o600))
	p, ok, why := planFor(t, inv, file)
	if !ok {
		return why
	}
	g := p.Gateways[0]
	if from == filepath.Base(filepath.Dir(inv))+"/"+g.Gateway {
		assert.Empty(t, g.Commands, "it is configured already")
	}
	after, ok := s.run(t, from+": forth", before, g.Commands)
	if !ok {
		return ""
	}
	back, ok := s.run(t, from+": back", after, g.Rollback)
	if ok {
		s.leadsBack(t, from, back, before, g.Commands, g.Rollback)
	}
	require.NoError(t, os.WriteFile(file, []byte(after), 0o600))
	again, ok, why := planFor(t, inv, file)
	if assert.Truef(t, ok, "%s: planned again: %s", from, why) {
		assert.Emptyf(t, again.Gateways[0].Commands, "%s: planned again after\n%s", from, strings.Join(g.Commands, "\n"))
	}
	s.steps(t, from, before, g.Steps)
	return ""
}

// steps carries out a plan step by step and each step's way back.
func (s *system) steps(t *testing.T, from, before string, steps []struct{ Commands, Rollback []string }) {
	t.Helper()
	at := before
	for i, st := range steps {
		next, ok := s.run(t, from, at, st.Commands)
		if !ok {
			return
		}
		if back, ok := s.run(t, from, next, st.Rollback); ok {
			s.leadsBack(t, fmt.Sprintf("%s: step %d", from, i+1), back, at, st.Commands, st.Rollback)
		}
		at = next
	}
}

// leadsBack reports a way back that does not lead to where it began.
func (s *system) leadsBack(t *testing.T, what, got, want string, forth, back []string) {
	t.Helper()
	if d := s.differs(got, want); d != "" {
		report(t, what+": the way back does not lead back: "+d,
			"forth:\n"+strings.Join(forth, "\n")+"\nback:\n"+strings.Join(back, "\n"))
	}
}

// run types lines at the simulator; a refused line fails the test.
func (s *system) run(t *testing.T, what, config string, lines []string) (string, bool) {
	t.Helper()
	text := strings.Join(lines, "\n")
	// Whether a typed separator leaves the views is not confirmed.
	assert.NotContains(t, lines, "#", what)
	got, err := s.device.Run(config, text)
	if r, ok := errors.AsType[*simulate.RefusalError](err); ok {
		report(t, what+": "+r.Error(), text)
		return "", false
	}
	return got.Config, true
}
