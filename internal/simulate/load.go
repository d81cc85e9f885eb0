package simulate

import (
	"strings"
)

// maxDepth bounds how deep sections nest. No system has a tenth of it; it keeps
// the time of a hostile text in bounds.
const maxDepth = 64

// load reads a printed configuration. Nothing is refused: it is what a device
// has.
func (d *Device) load(config string) *node {
	root := &node{}
	type level struct {
		n      *node
		indent int
	}
	open := []level{{root, -1}}
	mark := ""
	for raw := range strings.Lines(config) {
		last := open[len(open)-1].n
		if mark != "" {
			last.body += strings.TrimRight(raw, "\r\n") + "\n"
			if strings.Contains(raw, mark) {
				mark = ""
			}
			continue
		}
		text := strings.TrimSpace(raw)
		indent := len(raw) - len(strings.TrimLeft(raw, " \t"))
		if text == "" {
			continue
		}
		if d.skips(text) {
			// A separator at the margin ends whatever was open.
			for indent == 0 && len(open) > 1 {
				open = open[:len(open)-1]
			}
			continue
		}
		for open[len(open)-1].indent >= indent {
			open = open[:len(open)-1]
		}
		n := d.read(open[len(open)-1].n, text)
		if len(open) < maxDepth {
			open = append(open, level{n, indent})
		}
		mark = d.verbatim(text)
	}
	if mark != "" {
		// The printout was cut off inside the text: what is printed of it ends.
		open[len(open)-1].n.body += mark + "\n"
	}
	return root
}

// skips reports whether a line of a printed configuration says nothing.
func (d *Device) skips(text string) bool {
	s := d.Session
	if s.Comment != "" && strings.HasPrefix(text, s.Comment) || text == s.Reset {
		return true
	}
	if text == d.Print.Last || text == d.Print.Close && d.Print.Close != "" {
		return true
	}
	for _, re := range d.Noise {
		if re.MatchString(text) {
			return true
		}
	}
	return false
}

// verbatim returns the mark that ends the text which a line begins, or "".
func (d *Device) verbatim(text string) string {
	if d.Verbatim == nil {
		return ""
	}
	m := d.Verbatim.FindStringSubmatchIndex(text)
	if len(m) < 4 || m[2] < 0 || m[2] == m[3] {
		return ""
	}
	mark := text[m[2]:m[3]]
	if strings.Contains(text[m[3]:], mark) {
		return ""
	}
	return mark
}

// read puts a line of a printed configuration under a section.
func (d *Device) read(under *node, text string) *node {
	words := strings.Fields(text)
	off := words[0] == d.Session.No && len(words) > 1
	if off {
		words = words[1:]
	}
	n := &node{text: text, parent: under, values: map[string]string{}}
	if spec, set, adds := d.member(under, words); spec != nil && adds && !off {
		return d.join(under, spec, set)
	}
	if s, m := d.find(under, words); s != nil && (s.Members == nil || !off) {
		n.spec, n.values, n.off = s, m.values, off
		n.text = strings.Join(m.words, " ")
		if off {
			n.text = d.Session.No + " " + n.text
		}
	} else if off {
		// A negation may be shorter than the statement.
		if s, m := d.shortened(under, words); s != nil && s.Shows != ShowsSet {
			n.spec, n.values, n.off = s, m.values, true
		}
	}
	// What a device has is there once, and where it was printed.
	if n.spec != nil {
		if c := same(under, n); c != nil {
			c.text, c.values, c.off = n.text, n.values, n.off
			return c
		}
		under.index[n.ident()] = n
	}
	under.children, under.texts = append(under.children, n), nil
	return n
}

// begin returns the forms that begin as a line does.
func (d *Device) begin(words []string) []*Statement {
	return d.byWord[strings.ToLower(words[0])]
}

// find returns the form of a line in a section.
func (d *Device) find(under *node, words []string) (*Statement, match) {
	var best match
	for _, s := range d.begin(words) {
		if !s.in(under) || !hasHead(s.head, words) {
			continue
		}
		m := d.match(s.Line, s.Options, s.Hidden, words, false)
		if m.ok {
			return s, m
		}
		if m.upTo > best.upTo {
			best = m
		}
	}
	return nil, best
}

// printed returns the words of a statement of which the values are known; its
// line has no part that may be left out.
func (d *Device) printed(s *Statement, values map[string]string) []string {
	var out []string
	var fill func(form)
	fill = func(f form) {
		for _, e := range f {
			switch {
			case e.optional != nil:
				if e.optional.given(values) {
					fill(e.optional)
				}
			case e.word != "":
				out = append(out, e.word)
			default:
				out = append(out, values[e.name])
			}
		}
	}
	fill(s.Line)
	for _, f := range s.Options {
		if f.given(values) && !f.isHidden(s.Hidden, values) {
			fill(f)
		}
	}
	return out
}

// given reports whether one of the values of a form is known; a form without
// values has its first word for one.
func (f form) given(values map[string]string) bool {
	for _, e := range f {
		if e.name != "" && values[e.name] != "" || e.optional != nil && e.optional.given(values) {
			return true
		}
	}
	return len(f) > 0 && values[f[0].word] != ""
}

// shortened returns the form that a line is the beginning of.
func (d *Device) shortened(under *node, words []string) (*Statement, match) {
	for _, s := range d.begin(words) {
		if !s.in(under) {
			continue
		}
		if m := d.match(s.Line, s.Options, s.Hidden, words, true); m.ok {
			return s, m
		}
	}
	return nil, match{}
}

// in reports whether a form may stand in a section.
func (s *Statement) in(under *node) bool {
	for _, id := range s.In {
		if id == "*" || id == under.id() && (id != "" || under.parent == nil) {
			return true
		}
	}
	return false
}

func hasHead(head, words []string) bool {
	if len(words) < len(head) {
		return false
	}
	for i, h := range head {
		if !strings.EqualFold(h, words[i]) {
			return false
		}
	}
	return true
}
