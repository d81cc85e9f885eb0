package gateway

import "strings"

// Change is one line that what is edited has and what is in force has not, or
// the other way round.
type Change struct {
	// Sign is "+" or "-".
	Sign string
	// Section is where the line stands: the first lines of the sections, from
	// the outside in. New is true when the change before was elsewhere.
	Section []string
	New     bool
	// Text is the line, Indent how deep it is below the section.
	Text   string
	Indent int
}

// entry is a line of a configuration with its place.
type entry struct {
	key     string
	section []string
	text    string
}

// entries are the lines of a printed configuration.
func entries(text string, braces bool) []entry {
	var out []entry
	var open []string
	for l := range strings.Lines(text) {
		l = strings.TrimRight(l, "\n")
		body := strings.TrimLeft(l, " ")
		if body == "" || body == "#" || body == "!" || body == "return" {
			continue
		}
		depth := len(l) - len(body)
		if braces {
			depth /= 4
		}
		if depth > len(open) {
			depth = len(open)
		}
		key := body
		if body == "}" && depth < len(open) {
			key += open[depth] // The brackets of two sections are not the same.
		}
		open = open[:depth]
		section := append([]string(nil), open...)
		out = append(out, entry{strings.Join(section, "\n") + "\n" + key, section, body})
		if body != "}" {
			open = append(open, strings.TrimSuffix(body, " {"))
		}
	}
	return out
}

// changes compares two printed configurations.
func changes(before, after string, braces bool) []Change {
	a, b := entries(before, braces), entries(after, braces)
	has := func(list []entry) map[string]bool {
		out := map[string]bool{}
		for _, e := range list {
			out[e.key] = true
		}
		return out
	}
	inA, inB := has(a), has(b)
	var out []Change
	add := func(sign string, e entry, other map[string]bool) {
		// A section that is new as a whole is shown from its first line on.
		section, indent := e.section, 0
		for len(section) > 0 && !known(other, section, braces) {
			section, indent = section[:len(section)-1], indent+1
		}
		place := strings.Join(section, "\n")
		moved := len(out) == 0 || strings.Join(out[len(out)-1].Section, "\n") != place
		out = append(out, Change{Sign: sign, Section: section, New: moved, Text: e.text, Indent: indent})
	}
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(a) > 0 && !inB[a[0].key]:
			add("-", a[0], inB)
			a = a[1:]
		case len(b) > 0 && !inA[b[0].key]:
			add("+", b[0], inA)
			b = b[1:]
		default:
			if len(a) > 0 {
				a = a[1:]
			}
			if len(b) > 0 {
				b = b[1:]
			}
		}
	}
	return out
}

// known reports whether a configuration has a section.
func known(keys map[string]bool, section []string, braces bool) bool {
	last := section[len(section)-1]
	if braces {
		last += " {"
	}
	return keys[strings.Join(section[:len(section)-1], "\n")+"\n"+last]
}

// Changes are what is edited against what is in force.
func (v *view) Changes() []Change {
	return changes(v.Running(), v.Candidate(), v.s.g.device.Family == "paths")
}
