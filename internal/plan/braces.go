package plan

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/twinpath/twinpath/internal/conftree"
)

// deactivate begins a statement that says that another one is not applied.
const deactivate = "deactivate "

// bracesReader turns a tree of braces, or commands, into lines as they are set:
// all words from the top, one value each.
type bracesReader struct {
	c *config
	// lines are the lines so far; a line that is the beginning of another one
	// says nothing.
	seen map[string]bool
	err  error
}

// maxWords bounds the words of a line, and with it how deep braces stand in each
// other. What has more is the text of another system, which has no end that this
// family knows.
const maxWords = 500

func (c *config) readBraces(tree *conftree.Tree) error {
	b := &bracesReader{c: c, seen: map[string]bool{}}
	for _, n := range tree.Top {
		b.node(n, nil, nil)
	}
	return b.err
}

// node reads a statement that stands behind words; ends are as in statement.
func (b *bracesReader) node(n *conftree.Node, words []string, ends []int) {
	if n.Kind != conftree.Statement || n.Text == "" || b.tooLong(n.Line, len(words)) {
		return
	}
	own := tokens(n.Text)
	if words == nil && len(own) > 1 {
		switch own[0] {
		case "set":
			b.leaf(n.Line, nil, nil, own[1:], true)
			return
		case "deactivate":
			b.add(n.Line, deactivate+strings.Join(own[1:], " "), nil)
			return
		}
	}
	path := append(slices.Clip(words), own...)
	if n.Inactive {
		b.add(n.Line, deactivate+strings.Join(path, " "), nil)
	}
	inner := append(slices.Clip(ends), b.split(own, words, n.Children == nil, false)...)
	empty := true
	for _, child := range n.Children {
		empty = empty && child.Kind != conftree.Statement
		b.node(child, path, inner)
	}
	if empty && !(len(own) == 1 && b.c.rules.Grammar.Arguments[own[0]] > 0) {
		// A keyword that lacks its name would say nothing.
		b.leaf(n.Line, words, ends, own, false)
	}
}

// tooLong reports whether a line has too many words, and keeps that as an error.
func (b *bracesReader) tooLong(line, words int) bool {
	if words > maxWords && b.err == nil {
		b.err = fmt.Errorf("line %d: a statement of more than %d words: a brace or a semicolon is missing, or this is the configuration of another system", line, maxWords)
	}
	return b.err != nil
}

// leaf adds the lines of a statement under which nothing stands.
func (b *bracesReader) leaf(line int, words []string, ends []int, own []string, command bool) {
	for _, each := range b.expand(own) {
		text := strings.Join(append(slices.Clip(words), each...), " ")
		b.add(line, text, append(slices.Clip(ends), b.split(each, words, true, command)...))
	}
}

// expand makes one line of each value of a list and of each attribute.
func (b *bracesReader) expand(own []string) [][]string {
	for i, w := range own {
		if w == "[" && own[len(own)-1] == "]" {
			var out [][]string
			for _, v := range own[i+1 : len(own)-1] {
				out = append(out, append(own[:i:i], v))
			}
			return out
		}
	}
	for i, w := range own {
		attributes := b.c.rules.Grammar.Attributes[w]
		start := i + 1 + b.c.rules.Grammar.Arguments[w]
		if attributes == nil || start >= len(own) {
			continue
		}
		var out [][]string
		for at := start; at < len(own); {
			n, known := attributes[own[at]]
			if !known {
				return [][]string{own}
			}
			end := min(at+1+n, len(own))
			out = append(out, append(own[:start:start], own[at:end]...))
			at = end
		}
		return out
	}
	return [][]string{own}
}

// split finds where the words of a statement, which stand behind others, may be
// cut off. Of a command only what the grammar knows is certain.
func (b *bracesReader) split(own, words []string, leaf, command bool) []int {
	at := 0
	for _, w := range words {
		at += len(w) + 1
	}
	var out []int
	for i := 0; i < len(own); {
		n, known := b.c.rules.Grammar.Arguments[own[i]]
		last := i == 0 && len(own) > 2 && leaf && !command && value(own[1])
		for j := i; j < min(i+n+1, len(own)); j++ {
			at += len(own[j]) + 1
		}
		i += n + 1
		switch {
		case i > len(own) && !leaf:
			// Its name is the next word inside the braces.
		case known || i >= len(own):
			out = append(out, at-1)
		case leaf && !command && i == 1 && len(own) == 2:
			out = append(out, at-1) // A word and its value.
		case last:
			out = append(out, at-1, at+len(own[1]))
		}
	}
	return out
}

// value reports whether a word looks like a name or a number and not like a
// keyword.
func value(w string) bool {
	return strings.ContainsAny(w, "0123456789./:\"_ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}

// add makes the statement of a line.
func (b *bracesReader) add(line int, text string, ends []int) {
	if b.tooLong(line, strings.Count(text, " ")) {
		return
	}
	r := b.c.rules
	text = r.normalised(text)
	if b.seen[text] || r.syntax.Noise != nil && matches(r.syntax.Noise, text) {
		return
	}
	b.seen[text] = true
	s := newStatement(r, nil, text)
	s.line, s.ends = line, ends
	if i := strings.LastIndexByte(text, ' '); (s.kind == nil || s.kind.Replaces == nil) && i >= 0 && !strings.HasPrefix(text, deactivate) {
		key := text[:i]
		if quoted := strings.Index(text, ` "`); quoted >= 0 {
			key = text[:quoted]
		}
		if r.Grammar.Single[key[strings.LastIndexByte(key, ' ')+1:]] {
			s.id = "?=" + key
		}
	}
	if b.c.byID[s.id] != nil {
		s.id += "\x00" + text
	}
	b.c.add(s)
}

func matches(list []*regexp.Regexp, text string) bool {
	for _, re := range list {
		if re.MatchString(text) {
			return true
		}
	}
	return false
}

// tokens returns the words of a line; a quoted text is one. Quotes that are not
// needed are left out, and IPv6 addresses are written as the system does.
func tokens(text string) []string {
	var out []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimLeft(text, " \t") {
		var end int
		if text[0] == '"' {
			for end = 1; end < len(text) && text[end] != '"'; end++ {
				if text[end] == '\\' {
					end++
				}
			}
			end = min(end+1, len(text))
		} else if end = strings.IndexAny(text, " \t"); end < 0 {
			end = len(text)
		}
		out = append(out, word(text[:end]))
		text = text[end:]
	}
	return out
}

var bare = regexp.MustCompile(`^"[A-Za-z0-9_./:@+,-]+"$`)

func word(w string) string {
	if bare.MatchString(w) {
		w = w[1 : len(w)-1]
	}
	if strings.Count(w, ":") < 2 {
		return w
	}
	if a, err := netip.ParseAddr(w); err == nil {
		return a.String()
	}
	if p, err := netip.ParsePrefix(w); err == nil {
		return p.String()
	}
	return w
}
