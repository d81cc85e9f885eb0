package plan_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/vendors"
)

// scored is one typical change of a gateway with two circuits, for one system.
type scored struct {
	// id is the case, os the system, original that the case was written for it.
	id, os, title string
	original      bool
	// real is what makes the configurations ones that a device can have: pairs
	// of what stands in them and what takes its place; beside is what else such
	// a device has.
	real   []string
	beside string
	// hier and annet are what two other tools make of it.
	hier, annet string
	// gap is why the only route of the case cannot be kept, "" where it is.
	gap                     string
	before, after, commands string
	exact, lands, comesBack bool
	got                     []string
	problem                 string
}

// readCases reads testdata/cases: CASE.OS.txt, with what other tools make of it
// for the system it was written for.
func readCases(t *testing.T) []*scored {
	t.Helper()
	files, err := filepath.Glob("testdata/cases/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var out []*scored
	for _, f := range files {
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		c := &scored{}
		var ok bool
		c.id, c.os, ok = strings.Cut(strings.TrimSuffix(filepath.Base(f), ".txt"), ".")
		require.True(t, ok, f)
		head, rest, ok := strings.Cut(string(data), "--- before\n")
		require.True(t, ok, f)
		c.before, rest, ok = strings.Cut(rest, "--- after\n")
		require.True(t, ok, f)
		c.after, c.commands, ok = strings.Cut(rest, "--- commands\n")
		require.True(t, ok, f)
		for line := range strings.Lines(head) {
			line = strings.TrimSpace(strings.TrimPrefix(line, "#"))
			if v, ok := strings.CutPrefix(line, "hier_config: "); ok {
				c.hier, c.original = v, true
			} else if v, ok := strings.CutPrefix(line, "annet: "); ok {
				c.annet = v
			} else if v, ok := strings.CutPrefix(line, "on a device: "); ok {
				was, is, found := strings.Cut(v, " => ")
				require.True(t, found, f)
				c.real = append(c.real, strings.ReplaceAll(was, `\n`, "\n"), strings.ReplaceAll(is, `\n`, "\n"))
			} else if v, ok := strings.CutPrefix(line, "beside it: "); ok {
				c.beside += strings.ReplaceAll(v, `\n`, "\n") + "\n"
			} else if v, ok := strings.CutPrefix(line, "gap: "); ok {
				c.gap = v
			} else if c.title == "" {
				c.title = line
			}
		}
		out = append(out, c)
	}
	return out
}

func profiles(tb testing.TB) *vendor.Registry {
	tb.Helper()
	reg, err := vendor.NewRegistry(vendors.FS)
	require.NoError(tb, err)
	return reg
}

// score runs a case.
func (c *scored) score(t *testing.T, reg *vendor.Registry) {
	t.Helper()
	p, err := reg.Profile(c.os)
	require.NoError(t, err)
	require.NotNil(t, p, c.os)
	d, err := plan.Diff(p, c.before, c.after)
	require.NoError(t, err, c.id)
	c.got = d.Commands
	c.exact = slices.Equal(typed(p, d.Commands), typed(p, strings.Split(c.commands, "\n")))
	c.lands, c.problem = plan.Lands(p, c.before, c.after, d.Commands)
	if c.lands {
		c.problem = c.simulate(t, p)
		c.lands = c.problem == ""
	}
	back, err := plan.Diff(p, c.after, c.before)
	require.NoError(t, err, c.id)
	c.comesBack, _ = plan.Lands(p, c.after, c.before, back.Commands)
	self, err := plan.Diff(p, c.after, c.after)
	require.NoError(t, err, c.id)
	assert.Empty(t, self.Commands, "%s %s: nothing changes", c.id, c.os)
}

// simulate types the change, and its way back, at the simulated device: it must
// land, and interrupt nothing. None of it knows the expected lines of the case.
func (c *scored) simulate(t *testing.T, p *vendor.Profile) string {
	t.Helper()
	r := strings.NewReplacer(c.real...)
	before, after := c.beside+r.Replace(c.before), c.beside+r.Replace(c.after)
	for _, way := range [][2]string{{before, after}, {after, before}} {
		d, err := plan.Diff(p, way[0], way[1])
		require.NoError(t, err, c.id)
		if why := simulated(p, way[0], way[1], d.Commands); why != "" {
			return why
		}
		why := interrupted(p, way[0], way[1], d.Commands)
		if c.gap != "" && why == "" {
			return "nothing is interrupted, and the case says: " + c.gap
		}
		if c.gap == "" && why != "" {
			return why
		}
	}
	return ""
}

// typed drops what only leaves a section.
func typed(p *vendor.Profile, lines []string) []string {
	var out []string
	for _, l := range lines {
		l = strings.TrimSpace(l)
		if l == "" || l == p.Manage.LeaveLine || slices.ContainsFunc(p.Manage.Kinds, func(k *vendor.Kind) bool { return k.Leave == l }) {
			continue
		}
		out = append(out, l)
	}
	return out
}

// write puts what came out into a translated case's file, for a person to
// judge.
func (c *scored) write(t *testing.T) {
	t.Helper()
	name := "testdata/cases/" + c.id + "." + c.os + ".txt"
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	head, _, _ := strings.Cut(string(data), "--- commands\n")
	require.NoError(t, os.WriteFile(name, []byte(head+"--- commands\n"+strings.Join(c.got, "\n")+"\n"), 0o644))
}

func TestCases(t *testing.T) {
	reg := profiles(t)
	right, all, also, translated := 0, 0, 0, 0
	for _, c := range readCases(t) {
		c.score(t, reg)
		if *update && !c.original {
			c.write(t)
		}
		ok := c.exact && c.lands && c.comesBack
		assert.True(t, ok, "%s on %s: exact %t, lands %t %s, comes back %t:\n%s", c.id, c.os, c.exact, c.lands, c.problem, c.comesBack, strings.Join(c.got, "\n"))
		switch {
		case c.original && ok:
			right++
			fallthrough
		case c.original:
			all++
		case ok:
			also++
			fallthrough
		default:
			translated++
		}
	}
	t.Logf("%d/%d cases, %d/%d of them translated to other systems", right, all, also, translated)
	assert.Equal(t, 18, all)
}
