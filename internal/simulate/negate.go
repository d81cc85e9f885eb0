package simulate

import (
	"slices"
	"strings"
)

// negated carries out a line that takes something back; words are without the
// negation.
func (s *session) negated(words []string) *RefusalError {
	if done, r := s.unmembered(words); done {
		return r
	}
	var spec *Statement
	var m match
	at, known := s.place(words, func(under *node, words []string) bool {
		spec, m = s.d.negation(under, words)
		return spec != nil
	})
	if !known {
		return s.forget(words)
	}
	s.dirty = true
	inv := s.d.Session.Invalid
	for _, need := range spec.Needs {
		if m.values[need] == "" {
			return refuse(inv, "%s (a negation needs the %s)", inv.Say, need)
		}
	}
	found := targets(at, spec, m.values)
	if len(found) == 0 {
		return s.unsetAbsent(at, spec, m, words)
	}
	for _, n := range found {
		if r := s.check("unset", n, n); r != nil {
			return r
		}
	}
	for _, n := range found {
		s.leave(n)
		n.remove()
		s.effects("unset", n)
		if spec.Shows != ShowsSet {
			s.negative(at, spec, n.values, words)
		}
	}
	return nil
}

// leave moves the session out of a section that is about to go.
func (s *session) leave(n *node) {
	for at := s.at; at != nil; at = at.parent {
		if at == n {
			s.at = n.parent
			return
		}
	}
}

// unsetAbsent takes back what is not there.
func (s *session) unsetAbsent(at *node, spec *Statement, m match, words []string) *RefusalError {
	if spec.Shows != ShowsSet {
		s.negative(at, spec, m.values, words)
		return nil
	}
	if spec.Absent != nil {
		return refuse(*spec.Absent, "%s", spec.Absent.Say)
	}
	return nil
}

// negative writes the negation of a statement whose negation is printed.
func (s *session) negative(at *node, spec *Statement, values map[string]string, words []string) {
	n := &node{spec: spec, off: true, values: values, parent: at}
	n.text = s.d.Session.No + " " + strings.Join(words, " ")
	if len(spec.Key) == 0 {
		n.text = s.d.Session.No + " " + strings.Join(spec.head, " ")
	}
	for _, c := range at.children {
		if c.spec == spec && c.off && c.key() == n.key() {
			return
		}
	}
	at.insert(n)
}

// negation returns the form that a negated line takes back.
func (d *Device) negation(under *node, words []string) (*Statement, match) {
	for _, s := range d.begin(words) {
		if !s.in(under) {
			continue
		}
		for _, f := range s.Unset {
			if m := d.match(f, nil, nil, words, false); m.ok {
				return s, m
			}
		}
	}
	// A full line is told from the beginning of another.
	if s, m := d.find(under, words); s != nil {
		return s, m
	}
	return d.shortened(under, words)
}

// targets returns the statements that a negation with these values takes back.
// One that fits exactly is taken rather than those that have more.
func targets(at *node, spec *Statement, values map[string]string) []*node {
	var fit, exact []*node
	for _, c := range at.children {
		if c.spec != spec || c.off {
			continue
		}
		ok := true
		for k, v := range values {
			if !slices.Contains(spec.Ignores, k) && !strings.EqualFold(c.values[k], v) {
				ok = false
			}
		}
		if !ok || !spec.whole(c.values, values) {
			continue
		}
		fit = append(fit, c)
		if spec.Twin != "" && len(c.values) == len(values) {
			exact = append(exact, c)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return fit
}

// whole reports whether a negation gives all the values that belong together,
// or none of them.
func (s *Statement) whole(has, given map[string]string) bool {
	if slices.ContainsFunc(s.Exact, func(v string) bool { return has[v] != given[v] }) {
		return false
	}
	some := slices.ContainsFunc(s.Together, func(v string) bool { return given[v] != "" })
	return !some || !slices.ContainsFunc(s.Together, func(v string) bool { return has[v] != given[v] })
}

// forget takes back a statement that the data does not know: whatever begins
// with the words. A negation of nothing may itself be what is printed.
func (s *session) forget(words []string) *RefusalError {
	if r := s.misnegated(words); r != nil {
		return r
	}
	s.dirty = true
	text := strings.Join(words, " ")
	var found []*node
	for _, c := range s.at.children {
		if c.text == text || strings.HasPrefix(c.text, text+" ") {
			found = append(found, c)
		}
	}
	for _, n := range found {
		if r := s.check("unset", n, n); r != nil {
			return r
		}
	}
	for _, n := range found {
		n.remove()
		if n.spec != nil {
			s.effects("unset", n)
		}
	}
	off := s.d.Session.No + " " + text
	if len(found) > 0 || slices.ContainsFunc(s.at.children, func(c *node) bool { return c.text == off }) {
		return nil
	}
	s.at.insert(&node{text: off, parent: s.at, values: map[string]string{}})
	return nil
}

// misnegated refuses the negation of a known statement of another mode.
func (s *session) misnegated(words []string) *RefusalError {
	inv := s.d.Session.Invalid
	if s.at.parent != nil && s.at.spec == nil {
		return nil
	}
	for _, spec := range s.d.begin(words) {
		if slices.Contains(spec.In, "*") || !hasHead(spec.head, words) {
			continue
		}
		if spec.in(s.at) && spec.Strict {
			return s.malformed(s.at, words)
		}
		if m := s.d.match(spec.Line, spec.Options, nil, words, true); m.ok && !spec.in(s.at) {
			return refuse(inv, "%s (this line belongs %s, the session is %s)", inv.Say, where(spec.In), s.mode())
		}
	}
	return nil
}
