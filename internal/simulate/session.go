package simulate

import (
	"fmt"
	"slices"
	"strings"
)

// session is a person at the keyboard of a device of the family "lines".
type session struct {
	d *Device
	// root is what is edited, running what is in force: two trees where the
	// device has a candidate.
	root, running *node
	at            *node
	// outside is true after the configuration mode was left.
	outside bool
	dirty   bool
	notes   []string
	// body collects a text that is no configuration until its mark.
	body *node
	mark string
}

// refuse is the reason why a line is refused; the caller adds the line.
func refuse(f Fact, format string, args ...any) *RefusalError {
	return &RefusalError{Say: fmt.Sprintf(format, args...), Source: f.Source, Confidence: f.Confidence}
}

// unended refuses what was typed when it leaves a text without its end: the
// device still waits for it, and has nothing of the text.
func (s *session) unended() *RefusalError {
	if s.mark == "" {
		return nil
	}
	s.body.remove()
	return refuse(s.d.Session.Invalid, "the text that %q begins has no end, the device waits for %q", s.body.text, s.mark)
}

// typed carries out one line. next is the line that follows: its indentation
// is the only sign that an unknown statement opens a sub-mode.
func (s *session) typed(raw, next string) *RefusalError {
	if s.mark != "" {
		s.body.body += strings.TrimRight(raw, "\r\n") + "\n"
		if strings.Contains(raw, s.mark) {
			s.mark = ""
		}
		return nil
	}
	text := strings.TrimSpace(raw)
	c := s.d.Session
	if text == "" || text != c.Reset && c.Comment != "" && strings.HasPrefix(text, c.Comment) {
		return nil
	}
	if done, r := s.moves(text); done {
		return r
	}
	if s.outside {
		return refuse(c.Invalid, "%s (the configuration mode was left before)", c.Invalid.Say)
	}
	words := strings.Fields(text)
	if c.Candidate && words[0] == "commit" {
		return s.commit(words)
	}
	if words[0] == c.No {
		if len(words) == 1 {
			return refuse(c.Invalid, "incomplete command")
		}
		r := s.negated(words[1:])
		if r != nil {
			r.Word++
		}
		return r
	}
	if s.membered(words) {
		return nil
	}
	for _, spec := range s.d.Statements {
		for _, f := range spec.Negates {
			if spec.in(s.at) && s.d.match(f, nil, nil, words, false).ok {
				return s.negated(spec.head)
			}
		}
	}
	return s.entered(text, words, opens(raw, next))
}

// opens reports whether the next line is indented deeper.
func opens(raw, next string) bool {
	depth := func(l string) int { return len(l) - len(strings.TrimLeft(l, " \t")) }
	return strings.TrimSpace(next) != "" && depth(next) > depth(raw)
}

// moves carries out a line that only changes the mode.
func (s *session) moves(text string) (bool, *RefusalError) {
	c := s.d.Session
	switch {
	case slices.Contains(c.Up, text):
		switch {
		case s.outside:
			return true, refuse(c.Invalid, "the session would end: the configuration mode was left before")
		case s.at.parent == nil:
			s.outside = true
		default:
			s.at = s.at.parent
		}
		return true, nil
	case text == c.Reset && c.Reset != "":
		// That the separator of the printed text leaves all views when it is
		// typed is the habit of those who paste, and in no manual.
		if s.at != s.root {
			s.notes = append(s.notes, fmt.Sprintf("unconfirmed: a typed %s is taken to leave %q and all views around it", c.Reset, s.at.text))
		}
		s.at = s.root
		return true, nil
	case slices.Contains(c.Leave, text):
		s.outside, s.at = true, s.root
		return true, nil
	case slices.Contains(c.Enter, text):
		s.outside, s.at = false, s.root
		return true, nil
	}
	return false, nil
}

// commit makes the candidate the running configuration.
func (s *session) commit(words []string) *RefusalError {
	c := s.d.Session
	if len(words) > 1 && !slices.Contains([]string{"trial", "description", "label", "comment"}, words[1]) {
		return refuse(c.Invalid, "%s", c.Invalid.Say)
	}
	s.running, s.dirty = s.root.clone(nil), false
	return nil
}

// place returns the section in which the device looks for a line: the one it
// is in or, where it tries them, those around.
func (s *session) place(words []string, look func(under *node, words []string) bool) (*node, bool) {
	for at := s.at; at != nil; at = at.parent {
		if look(at, words) {
			return at, true
		}
		if !s.d.Session.Fallback {
			break
		}
	}
	return s.at, false
}

// entered carries out a statement.
func (s *session) entered(text string, words []string, opens bool) *RefusalError {
	var spec *Statement
	var m match
	at, known := s.place(words, func(under *node, words []string) bool {
		spec, m = s.d.find(under, words)
		return spec != nil
	})
	if !known {
		return s.unknown(text, words, opens)
	}
	n := &node{spec: spec, values: m.values, text: strings.Join(m.words, " "), parent: at}
	old := same(at, n)
	if old != nil && spec.Block {
		if r := s.check("enter", old, old); r != nil {
			return r
		}
		s.at = old
		if old.has(n.values) {
			return nil
		}
	}
	if old != nil && !spec.Block && old.text == n.text && old.off == n.off {
		s.at = at
		return s.check("set", n, old)
	}
	if r := s.check("set", n, old); r != nil {
		return r
	}
	s.dirty = true
	s.at = at
	n = s.put(at, n, old)
	s.effects("set", n)
	if spec.Block {
		s.at = n
	}
	if mark := s.d.verbatim(text); mark != "" {
		n.body, s.body, s.mark = "", n, mark
	}
	return nil
}

// has reports whether a statement has all these values.
func (n *node) has(values map[string]string) bool {
	for k, v := range values {
		if !strings.EqualFold(n.values[k], v) {
			return false
		}
	}
	return true
}

// put writes a statement, in place of the old one if there is one.
func (s *session) put(at, n, old *node) *node {
	spec := n.spec
	hidden := !n.off && spec.Shows == ShowsUnset || n.off && spec.Shows == ShowsSet || n.text == spec.Default
	switch {
	case old != nil && hidden:
		old.remove()
		return n
	case old != nil:
		old.text, old.values, old.off = n.text, n.values, n.off
		return old
	case !hidden:
		at.insert(n)
	}
	return n
}

// unknown carries out a statement that the data does not know.
func (s *session) unknown(text string, words []string, opens bool) *RefusalError {
	if r := s.misplaced(words); r != nil {
		return r
	}
	s.dirty = true
	opens = (opens || s.d.block(text)) && s.at.depth() < maxDepth
	off := s.d.Session.No + " " + text
	for _, c := range s.at.children {
		if !s.at.mayHave(off, text) {
			break
		}
		if c.text == off {
			c.remove()
			return nil
		}
		if c.text == text {
			if opens || len(c.children) > 0 {
				s.at = c
			}
			return nil
		}
	}
	n := &node{text: text, parent: s.at, values: map[string]string{}}
	s.at.insert(n)
	if opens {
		s.at = n
	}
	if mark := s.d.verbatim(text); mark != "" {
		s.body, s.mark = n, mark
	}
	return nil
}

func (d *Device) block(text string) bool {
	for _, re := range d.Blocks {
		if re.MatchString(text) {
			return true
		}
	}
	return false
}

// misplaced refuses a line that is a wrong use of a known statement: malformed,
// or of another mode.
func (s *session) misplaced(words []string) *RefusalError {
	inv := s.d.Session.Invalid
	for at := s.at; at != nil; at = at.parent {
		for _, spec := range s.d.begin(words) {
			if spec.Strict && spec.in(at) && hasHead(spec.head, words) {
				return s.malformed(at, words)
			}
		}
		if !s.d.Session.Fallback {
			break
		}
	}
	if s.at.parent != nil && s.at.spec == nil {
		return nil // Of this mode nothing is known.
	}
	for _, spec := range s.d.begin(words) {
		if slices.Contains(spec.In, "*") || !hasHead(spec.head, words) {
			continue
		}
		if m := s.d.match(spec.Line, spec.Options, nil, words, false); m.ok {
			return refuse(inv, "%s (this line belongs %s, the session is %s)", inv.Say, where(spec.In), s.mode())
		}
	}
	return nil
}

func (s *session) malformed(at *node, words []string) *RefusalError {
	inv := s.d.Session.Invalid
	_, m := s.d.find(at, words)
	if m.upTo >= len(words) {
		r := refuse(inv, "%s (the line is incomplete, expected %s)", inv.Say, m.wanted)
		r.Word, r.Incomplete = len(words), true
		return r
	}
	r := refuse(inv, "%s (at %q, expected %s)", inv.Say, words[m.upTo], m.wanted)
	r.Word = m.upTo
	return r
}

func where(in []string) string {
	var out []string
	for _, id := range in {
		if id == "" {
			out = append(out, "at the top")
		} else {
			out = append(out, "under "+id)
		}
	}
	return strings.Join(out, " or ")
}

func (s *session) mode() string {
	if s.at.parent == nil {
		return "at the top"
	}
	return fmt.Sprintf("under %q", s.at.text)
}
