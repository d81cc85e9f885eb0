package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/plan"
)

// shape is a pair of texts of any number of lines, of a kind on which a careless
// comparison takes the square of the time.
type shape struct {
	name string
	// before and after write line i of the two texts.
	before, after func(i int) string
}

func same(line string) func(int) string { return func(int) string { return line } }

func numbered(format string) func(int) string {
	return func(i int) string { return fmt.Sprintf(format, i) }
}

// under puts the first line before the others.
func under(section string, line func(int) string) func(int) string {
	return func(i int) string {
		if i == 0 {
			return section
		}
		return line(i)
	}
}

// shapes are for every family; what a family cannot read is a line like any
// other to it.
var shapes = []shape{
	{"other lines", numbered("a %d"), numbered("b %d")},
	{"other words", numbered("a%d x"), numbered("b%d x")},
	{"lines that go", numbered("a%d x"), same("")},
	{"lines that come", same(""), numbered("a%d x")},
	{"one line again and again", same("a b"), same("a c")},
	{"a section with other lines", under("section", numbered(" a%d x")), under("section", numbered(" b%d x"))},
	{"a section with other values", under("section", numbered(" a%d x")), under("section", numbered(" a%d y"))},
	{"a section that goes", under("section", numbered(" a%d x")), same("")},
	{"other sections", func(i int) string { return fmt.Sprintf("%sa%d", strings.Repeat(" ", i%2), i) }, func(i int) string { return fmt.Sprintf("%sb%d", strings.Repeat(" ", i%2), i) }},
	{"routes", func(i int) string { return fmt.Sprintf("ip route 10.%d.%d.0 255.255.255.0 10.0.0.1", i/250, i%250) }, func(i int) string { return fmt.Sprintf("ip route 10.%d.%d.0 255.255.255.0 10.0.0.2", i/250, i%250) }},
	{"static routes", func(i int) string { return fmt.Sprintf("ip route-static 10.%d.%d.0 24 10.0.0.1", i/250, i%250) }, func(i int) string { return fmt.Sprintf("ip route-static 10.%d.%d.0 24 10.0.0.2", i/250, i%250) }},
	{"set lines", numbered("set a b%d c"), numbered("set a b%d d")},
	{"set lines that go", numbered("set a b%d c"), numbered("set b")},
	{"open braces", same("a {"), same("b {")},
	{"closed braces", same("}"), same("a;")},
	{"leaves", under("a {", numbered("b%d c;")), under("a {", numbered("b%d d;"))},
	{"blocks", numbered("a%d { b; c; }"), numbered("a%d { b; d; }")},
	{"a statement without an end", same("a b"), same("{")},
}

func text(line func(int) string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i) + "\n")
	}
	return b.String()
}

// families are the systems that stand for the three families of syntax.
var families = []string{iosxe, "huawei-vrp8", "juniper-junos"}

// BenchmarkShapes compares hostile texts of 10,000 lines with such of 100,000:
// ten times the lines must not take a hundred times as long. tools/bench looks
// at the ratio.
func BenchmarkShapes(b *testing.B) {
	for _, id := range families {
		p, err := profiles(b).Profile(id)
		require.NoError(b, err)
		for _, s := range shapes {
			for _, n := range []int{1_000, 10_000} {
				before, after := text(s.before, n), text(s.after, n)
				b.Run(fmt.Sprintf("%s/%s/%d-lines", id, strings.ReplaceAll(s.name, " ", "_"), n), func(b *testing.B) {
					for b.Loop() {
						_, _ = plan.Diff(p, before, after)
					}
				})
			}
		}
	}
}
