// Package conftree reads the text of a configuration into a tree of statements
// and prints it back, byte for byte. It knows the syntax families; what is
// noise or closes a section is data that the caller hands in.
//
// Built now is the family "indent", in which the indentation of a line says
// what it stands under. Other families are refused.
package conftree

import (
	"errors"
	"fmt"
	"iter"
	"regexp"
	"strings"
)

// ErrFamily is returned for a syntax family that cannot be read yet.
var ErrFamily = errors.New("this syntax family cannot be read yet")

// Syntax says how a text is read.
type Syntax struct {
	// Family is "indent".
	Family string
	// Noise are lines that say nothing about the configuration, Leave lines
	// that only close a section; both match without indentation.
	Noise, Leave []*regexp.Regexp
	// Verbatim matches the first line of a text that is no configuration; its
	// one group is the mark that ends the text. It may be nil.
	Verbatim *regexp.Regexp
}

// Kind says what a line is.
type Kind int

// The kinds of line.
const (
	// Statement is a line of configuration.
	Statement Kind = iota
	// Body is a line inside a verbatim text, such as a banner.
	Body
	// Filler is a separator, a comment, noise, or the end of a section.
	Filler
)

// String returns the kind in words.
func (k Kind) String() string {
	switch k {
	case Statement:
		return "statement"
	case Body:
		return "body"
	case Filler:
		return "filler"
	}
	return "unknown"
}

// Node is one line of the text.
type Node struct {
	Kind Kind
	// Line is the number of the line, from 1.
	Line int
	// Raw is the line as it stands, with its end of line; Text is what it
	// says, without indentation and trailing blanks.
	Raw, Text string
	// Parent is nil at the top.
	Parent   *Node
	Children []*Node
}

// Tree is a configuration.
type Tree struct {
	// Top are the lines that stand under no other, in the order of the text.
	Top []*Node
}

// Parse reads a text. It does not fail on what it does not understand: every
// line becomes a node.
func Parse(text string, s Syntax) (*Tree, error) {
	if s.Family != "indent" {
		return nil, fmt.Errorf("%w: %q (built: indent)", ErrFamily, s.Family)
	}
	t := &Tree{}
	type level struct {
		node   *Node
		indent int
	}
	var open []level
	mark := ""
	line := 0
	for raw := range strings.Lines(text) {
		line++
		n := &Node{Line: line, Raw: raw, Text: strings.TrimSpace(raw)}
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
		mark = s.opens(n.Text)
	}
	return t, nil
}

// filler reports whether a line says nothing about the configuration.
func (s Syntax) filler(text string) bool {
	if text == "" || strings.HasPrefix(text, "!") {
		return true
	}
	for _, list := range [][]*regexp.Regexp{s.Leave, s.Noise} {
		for _, re := range list {
			if re.MatchString(text) {
				return true
			}
		}
	}
	return false
}

// opens returns the mark that ends the verbatim text that a line begins, or "".
func (s Syntax) opens(text string) string {
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

// String returns the text that was parsed.
func (t *Tree) String() string {
	var b strings.Builder
	for n := range t.all() {
		b.WriteString(n.Raw)
	}
	return b.String()
}

// all yields every line in the order of the text.
func (t *Tree) all() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		var walk func([]*Node) bool
		walk = func(list []*Node) bool {
			for _, n := range list {
				if !yield(n) || !walk(n.Children) {
					return false
				}
			}
			return true
		}
		walk(t.Top)
	}
}

// Lines yields the lines that say something, in the order of the text: the
// statements, each before what stands under it, and verbatim texts.
func (t *Tree) Lines() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		for n := range t.all() {
			if n.Kind != Filler && !yield(n) {
				return
			}
		}
	}
}
