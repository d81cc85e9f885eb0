package plan_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
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

// foreign are the public patch cases of another tool, kept outside this
// repository.
const foreign = "../../../shared/peers/annet_cases.json"

type foreignCase struct {
	ID, Vendor, Soft, Before, After string
	Core                            []string
}

// foreignOS is the system that a vendor's cases are taken for. The others are
// of systems that are not supported.
var foreignOS = map[string]string{
	"huawei": "huawei-vrp8", "huawei ce": "huawei-vrp8", "cisco": "cisco-iosxe", "juniper": "juniper-junos",
}

// tally is how a vendor's cases went.
type tally struct{ all, exact, same, lands int }

// foreignFile is where the cases are, TWINPATH_PEER_CASES if that is set.
func foreignFile() string {
	if other := os.Getenv("TWINPATH_PEER_CASES"); other != "" {
		return other
	}
	return foreign
}

func readForeign(t *testing.T) []foreignCase {
	t.Helper()
	file := foreignFile()
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the patch cases of another tool are not at %s", file)
	}
	require.NoError(t, err)
	var cases []foreignCase
	require.NoError(t, json.Unmarshal(data, &cases))
	return cases
}

func TestForeignCases(t *testing.T) {
	cases := readForeign(t)
	reg := profiles(t)
	known := foreignReasons(t)
	tallies := map[string]*tally{}
	for _, c := range cases {
		id, ok := foreignOS[c.Vendor]
		if !ok {
			continue
		}
		p, err := reg.Profile(id)
		require.NoError(t, err)
		n := tallies[c.Vendor]
		if n == nil {
			n = &tally{}
			tallies[c.Vendor] = n
		}
		n.all++
		problem := c.run(p, n)
		if reason, listed := known[c.ID]; problem == "" {
			assert.False(t, listed, "%s lands, and is listed as one that does not: %s", c.ID, reason)
		} else {
			assert.True(t, listed, "%s does not land: %s", c.ID, problem)
		}
	}
	for _, v := range []string{"huawei", "huawei ce", "cisco", "juniper"} {
		n := tallies[v]
		t.Logf("%-9s %2d cases: exact %2d, same lines %2d, lands %2d (by the simulator)", v, n.all, n.exact, n.same, n.lands)
	}
}

// run computes the change of a case and grades it; it returns why it does not
// land.
func (c foreignCase) run(p *vendor.Profile, n *tally) string {
	before, after := c.text(c.Before), c.text(c.After)
	d, err := plan.Diff(p, before, after)
	if err != nil {
		return err.Error()
	}
	ours := typed(p, d.Commands)
	var theirs []string
	for _, l := range c.Core {
		if l = strings.TrimSpace(l); l != "" && l != "commit show-error" {
			theirs = append(theirs, l)
		}
	}
	if slices.Equal(ours, theirs) {
		n.exact++
	}
	a, b := slices.Sorted(slices.Values(ours)), slices.Sorted(slices.Values(theirs))
	if slices.Equal(a, b) {
		n.same++
	}
	if ok, why := plan.Lands(p, before, after, d.Commands); !ok {
		return "by the planner's own replay: " + why + "\n" + strings.Join(d.Commands, "\n")
	}
	if why := simulated(p, before, after, d.Commands); why != "" {
		return why + "\n" + strings.Join(d.Commands, "\n")
	}
	n.lands++
	return ""
}

// simulated types commands at the simulated device, which knows nothing of the
// planner; it returns why the result is not the configuration that was wanted.
func simulated(p *vendor.Profile, before, after string, commands []string) string {
	d, err := simulate.Load(vendors.FS, p.ID, "")
	if err != nil {
		return err.Error()
	}
	if p.Manage.Candidate {
		commands = append(slices.Clone(commands), "commit")
	}
	got, err := d.Run(before, strings.Join(commands, "\n")+"\n")
	if err != nil {
		return err.Error()
	}
	rest, err := plan.Diff(p, got.Config, after)
	if err != nil {
		return err.Error()
	}
	left := slices.DeleteFunc(slices.Clone(rest.Commands), func(c string) bool {
		target, set := strings.CutPrefix(c, "set ")
		return set && p.Syntax == "braces" && plan.IsParent(p, before, target)
	})
	if len(left) > 0 {
		return "after the commands this is left to do: " + strings.Join(left, " / ")
	}
	return ""
}

// text turns a case's configuration into one as the system prints it: the cases
// for the family of braces are written with indentation only.
func (c foreignCase) text(text string) string {
	if c.Vendor != "juniper" {
		return text + "\n"
	}
	lines := strings.Split(text, "\n")
	lines = slices.DeleteFunc(lines, func(l string) bool {
		s := strings.TrimSpace(l)
		return s == "" || s == "}" || strings.HasPrefix(s, "/*")
	})
	depth := func(l string) int { return len(l) - len(strings.TrimLeft(l, " ")) }
	var b strings.Builder
	var open []int
	for i, l := range lines {
		for len(open) > 0 && depth(l) <= open[len(open)-1] {
			b.WriteString("}\n")
			open = open[:len(open)-1]
		}
		word := strings.TrimSuffix(strings.TrimSpace(l), ";")
		if i+1 < len(lines) && depth(lines[i+1]) > depth(l) {
			fmt.Fprintf(&b, "%s {\n", word)
			open = append(open, depth(l))
		} else {
			fmt.Fprintf(&b, "%s;\n", word)
		}
	}
	b.WriteString(strings.Repeat("}\n", len(open)))
	return b.String()
}

// foreignReasons reads why a case does not land: testdata/foreign.txt, one case
// a line, a colon, and the reason.
func foreignReasons(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile("testdata/foreign.txt")
	require.NoError(t, err)
	out := map[string]string{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, reason, ok := strings.Cut(line, ": ")
		require.True(t, ok, line)
		out[id] = reason
	}
	return out
}
