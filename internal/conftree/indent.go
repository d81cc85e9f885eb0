package conftree

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// reader is a Syntax made ready: most lines are told from noise by their first
// letters, without a regular expression.
type reader struct {
	Syntax
	noise []prefixed
}

type prefixed struct {
	prefix string
	re     *regexp.Regexp
}

func newReader(s Syntax) reader {
	r := reader{Syntax: s}
	for _, list := range [][]*regexp.Regexp{s.Leave, s.Noise} {
		for _, re := range list {
			r.noise = append(r.noise, prefixed{Prefix(re), re})
		}
	}
	return r
}

// Prefix returns letters that every match of an anchored pattern begins with.
func Prefix(re *regexp.Regexp) string {
	tree, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return ""
	}
	out, _ := literal(tree.Simplify())
	return out
}

// literal returns the letters that a pattern begins with, and whether they are
// all of it.
func literal(re *syntax.Regexp) (string, bool) {
	switch re.Op { //nolint:exhaustive // every other operator ends the literal beginning
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return "", false
		}
		return string(re.Rune), true
	case syntax.OpEmptyMatch, syntax.OpBeginText, syntax.OpBeginLine:
		return "", true
	case syntax.OpCapture:
		return literal(re.Sub[0])
	case syntax.OpConcat:
		var b strings.Builder
		for _, sub := range re.Sub {
			s, whole := literal(sub)
			b.WriteString(s)
			if !whole {
				return b.String(), false
			}
		}
		return b.String(), true
	}
	return "", false
}

// parseIndent reads the families in which indentation is the tree.
func parseIndent(text string, s reader) *Tree {
	t := &Tree{}
	type level struct {
		node   *Node
		indent int
	}
	var open []level
	mark := ""
	// All nodes in one piece, which spares the garbage collector thousands.
	pool := make([]Node, strings.Count(text, "\n")+1)
	line := 0
	for raw := range strings.Lines(text) {
		n := &pool[line]
		line++
		n.Line, n.Raw, n.Text = line, raw, strings.TrimSpace(raw)
		indent := len(raw) - len(strings.TrimLeft(raw, " \t"))
		if mark != "" {
			n.Kind = Body
			n.Text = strings.TrimRight(raw, " \t\r\n")
			if strings.Contains(raw, mark) {
				mark = ""
			}
			last := open[len(open)-1].node
			n.Parent, last.Children = last, append(last.Children, n)
			continue
		}
		if s.filler(n.Text) {
			n.Kind = Filler
		}
		// A blank line has no place of its own; it stays where it is.
		for n.Text != "" && len(open) > 0 && open[len(open)-1].indent >= indent {
			open = open[:len(open)-1]
		}
		if len(open) == 0 {
			t.Top = append(t.Top, n)
		} else {
			p := open[len(open)-1].node
			n.Parent, p.Children = p, append(p.Children, n)
		}
		if n.Kind != Statement {
			continue
		}
		open = append(open, level{n, indent})
		mark = s.Opens(n.Text)
	}
	return t
}

// filler reports whether a line says nothing about the configuration.
func (s reader) filler(text string) bool {
	if text == "" || text[0] == '!' || text[0] == '#' && s.Family != Indent {
		return true
	}
	for _, p := range s.noise {
		if strings.HasPrefix(text, p.prefix) && p.re.MatchString(text) {
			return true
		}
	}
	return false
}

// Opens returns the mark that ends the verbatim text that a line begins, or "".
func (s Syntax) Opens(text string) string {
	if s.Verbatim == nil {
		return ""
	}
	m := s.Verbatim.FindStringSubmatchIndex(text)
	if len(m) < 4 || m[2] < 0 || m[2] == m[3] {
		return ""
	}
	mark := text[m[2]:m[3]]
	if strings.Contains(text[m[3]:], mark) {
		return "" // The text begins and ends in one line.
	}
	return mark
}
