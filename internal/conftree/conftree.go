// Package conftree reads the text of a configuration into a tree of statements
// and prints it back, byte for byte. It knows the syntax families; what is
// noise or closes a section is data that the caller hands in.
//
// The families are "indent" and "sections", in which the indentation of a line
// says what it stands under (the latter separates blocks with lines of "#"),
// and "braces", in which braces do, or in which every line is a command ("set
// ...").
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

// The syntax families.
const (
	Indent   = "indent"
	Sections = "sections"
	Braces   = "braces"
)

// Syntax says how a text is read.
type Syntax struct {
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
	// says, without indentation, trailing blanks and what only ends it. Of
	// several nodes in one line the first has all of Raw.
	Raw, Text string
	// Inactive marks a statement that is there and not applied.
	Inactive bool
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
	switch s.Family {
	case Indent, Sections:
		return parseIndent(text, newReader(s)), nil
	case Braces:
		return parseBraces(text, newReader(s)), nil
	}
	return nil, fmt.Errorf("%w: %q", ErrFamily, s.Family)
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
