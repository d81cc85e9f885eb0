package plan_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/vendor"
)

// longest bounds what a fuzz target looks at: what goes wrong does so in a few
// lines, and long inputs only make each try slow. BenchmarkShapes is about those.
const longest = 2000

// systems returns all profiles. A fuzz target takes one for each try, chosen by
// a byte of the input: with all of them it is eight times as slow.
func systems(tb testing.TB) []*vendor.Profile {
	tb.Helper()
	all, err := profiles(tb).Profiles()
	require.NoError(tb, err)
	return all
}

// cases yields the texts before and after of every file of testdata/cases, with
// its system.
func cases(tb testing.TB, each func(id, before, after string)) {
	tb.Helper()
	files, err := filepath.Glob("testdata/cases/*.txt")
	require.NoError(tb, err)
	require.NotEmpty(tb, files)
	for _, f := range files {
		data, err := os.ReadFile(f)
		require.NoError(tb, err)
		_, text, _ := strings.Cut("\n"+string(data), "\n--- before\n")
		before, text, _ := strings.Cut(text, "--- after\n")
		after, _, _ := strings.Cut(text, "--- ")
		id, _ := strings.CutSuffix(filepath.Base(f), ".txt")
		_, id, _ = strings.Cut(id, ".")
		each(id, before, after)
	}
}

// FuzzDiff: whatever two texts are compared, nothing panics, and a text needs
// nothing to become itself.
func FuzzDiff(f *testing.F) {
	all := systems(f)
	for i, p := range all {
		cases(f, func(id, before, after string) {
			if id == p.ID {
				f.Add(uint8(i), before, after)
			}
		})
	}
	for i := range all {
		f.Add(uint8(i), "bfd\n#\nbfd a bind peer-ip 10.0.0.1\n discriminator local 1\n commit\n", "undo bfd\n")
		f.Add(uint8(i), "a {\n b [ c d ];\n inactive: e;\n}\n", "set a b c\ndeactivate a\n")
		f.Add(uint8(i), "banner motd ^C\nx\n^C\n", "banner motd #\n")
	}
	f.Fuzz(func(t *testing.T, which uint8, a, b string) {
		if len(a)+len(b) > longest {
			return
		}
		p := all[int(which)%len(all)]
		if d, err := plan.Diff(p, a, b); err == nil {
			plan.Lands(p, a, b, d.Commands)
		}
		if d, err := plan.Diff(p, a, a); err == nil {
			require.Empty(t, d.Commands, "%s: %q to itself", p.ID, a)
		}
	})
}

// FuzzPlan: whatever a gateway is running, planning for it does not panic, and
// refuses with a reason or gives a change with its way back.
func FuzzPlan(f *testing.F) {
	var all []setting
	for _, p := range systems(f) {
		if _, err := os.Stat("../../inventory/lab/" + p.ID + ".yaml"); errors.Is(err, os.ErrNotExist) {
			continue
		}
		s := rendered(f, "lab", p.ID)
		all = append(all, s)
		f.Add(uint8(len(all)-1), s.running)
		cases(f, func(id, before, _ string) {
			if id == p.ID {
				f.Add(uint8(len(all)-1), before)
			}
		})
	}
	f.Fuzz(func(t *testing.T, which uint8, running string) {
		s := all[int(which)%len(all)]
		if len(running) > longest+len(s.running) {
			return
		}
		g, err := s.compute(running)
		if err != nil {
			assert.NotEmpty(t, err.Error())
			return
		}
		assert.Equal(t, len(g.Commands) == 0, len(g.Rollback) == 0, "a change without a way back:\n%s", strings.Join(g.Commands, "\n"))
	})
}
