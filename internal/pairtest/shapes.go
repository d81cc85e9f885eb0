package pairtest

import (
	"fmt"
	"strings"
)

// Shape is a pair of texts of any number of lines, of a kind on which careless
// reading or comparing takes the square of the time.
type Shape struct {
	// Name has no blanks: it is a part of a benchmark's name.
	Name string

	before, after line
}

// line returns line i of a text.
type line func(i int) string

// Pair returns the two texts with n lines each.
func (s Shape) Pair(n int) (before, after string) { return s.before.text(n), s.after.text(n) }

func (l line) text(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(l(i) + "\n")
	}
	return b.String()
}

// Shapes returns all shapes. Each is for every family of syntax: what a family
// does not know is a line like any other to it.
func Shapes() []Shape {
	return []Shape{
		{"other-lines", numbered("a %d"), numbered("b %d")},
		{"other-words", numbered("a%d x"), numbered("b%d x")},
		{"lines-that-go", numbered("a%d x"), same("")},
		{"lines-that-come", same(""), numbered("a%d x")},
		{"one-line-again-and-again", same("a b"), same("a c")},
		{"section-with-other-lines", under("section", numbered(" a%d x")), under("section", numbered(" b%d x"))},
		{"section-with-other-values", under("section", numbered(" a%d x")), under("section", numbered(" a%d y"))},
		{"section-that-goes", under("section", numbered(" a%d x")), same("")},
		{"other-sections", alternating("a"), alternating("b")},
		{"deeper", deeper("a"), deeper("b")},
		{"routes", route("ip route", "255.255.255.0 10.0.0.1"), route("ip route", "255.255.255.0 10.0.0.2")},
		{"static-routes", route("ip route-static", "24 10.0.0.1"), route("ip route-static", "24 10.0.0.2")},
		{"set-lines", numbered("set a b%d c"), numbered("set a b%d d")},
		{"set-lines-that-go", numbered("set a b%d c"), numbered("set b")},
		{"set-without-end-of-quotes", same(`set a "`), same(`set b "`)},
		{"open-braces", same("a {"), same("b {")},
		{"closed-braces", same("}"), same("a;")},
		{"open-brackets", same("a [ b c ] [ d"), same("a [ b")},
		{"leaves", under("a {", numbered("b%d c;")), under("a {", numbered("b%d d;"))},
		{"blocks", numbered("a%d { b; c; }"), numbered("a%d { b; d; }")},
		{"statement-without-end", same("a b"), same("{")},
		{"comments", same("/* x"), same("#")},
		{"blanks", same(""), same(" ")},
	}
}

func same(text string) line { return func(int) string { return text } }

func numbered(format string) line {
	return func(i int) string { return strings.Replace(format, "%d", fmt.Sprint(i), 1) }
}

// under puts a line before the others.
func under(section string, l line) line {
	return func(i int) string {
		if i == 0 {
			return section
		}
		return l(i)
	}
}

// alternating has one line under every second one.
func alternating(word string) line {
	return func(i int) string { return fmt.Sprintf("%s%s%d", strings.Repeat(" ", i%2), word, i) }
}

// deeper has lines one under the other, 100 deep.
func deeper(word string) line {
	return func(i int) string { return fmt.Sprintf("%s%s%d", strings.Repeat(" ", i%100), word, i) }
}

func route(verb, behind string) line {
	return func(i int) string { return fmt.Sprintf("%s 10.%d.%d.0 %s", verb, i/250, i%250, behind) }
}
