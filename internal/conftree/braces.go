package conftree

import "strings"

// parseBraces reads the family in which braces are the tree. A text of commands
// ("set ...", "deactivate ...") is read too: each is a statement at the top.
func parseBraces(text string, s reader) *Tree {
	p := &bracesParser{tree: &Tree{}, s: s}
	line := 0
	for raw := range strings.Lines(text) {
		line++
		p.line, p.raw = line, raw
		if p.node != nil {
			// The statement goes on: the line is a part of it.
			p.more.WriteString(raw)
			p.raw = ""
		}
		p.read(strings.TrimSpace(raw))
		if p.raw != "" {
			p.add(Filler, "") // Nothing took the line: it is empty or a comment.
		}
	}
	p.flush()
	return p.tree
}

// bracesParser holds what is open while a text is read.
type bracesParser struct {
	tree *Tree
	s    reader
	// open is the statement whose braces are open, nil at the top.
	open *Node
	line int
	// raw is the present line until a node has taken it.
	raw string
	// word is a statement that no line has ended yet, begun at node.
	word strings.Builder
	node *Node
	// more are the lines of the statement behind its first one.
	more    strings.Builder
	comment bool
}

// add makes a node in the open braces.
func (p *bracesParser) add(k Kind, text string) *Node {
	n := &Node{Kind: k, Line: p.line, Raw: p.raw, Text: text, Parent: p.open}
	p.raw = ""
	if p.open == nil {
		p.tree.Top = append(p.tree.Top, n)
	} else {
		p.open.Children = append(p.open.Children, n)
	}
	return n
}

// read reads one line, letter by letter where it must.
func (p *bracesParser) read(text string) {
	if p.node == nil && !p.comment && (p.s.filler(text) || command(text)) {
		if command(text) && !p.s.filler(text) {
			p.add(Statement, text)
		}
		return
	}
	quoted := false
	start := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case p.comment:
			if strings.HasPrefix(text[i:], "*/") {
				p.comment = false
				i++
				start = i + 1
			}
		case quoted:
			switch c {
			case '\\':
				i++
			case '"':
				quoted = false
			}
		case c == '"':
			quoted = true
		case strings.HasPrefix(text[i:], "/*"):
			p.take(text[start:i])
			p.comment = true
			i++
		case strings.HasPrefix(text[i:], "## "):
			p.take(text[start:i]) // A remark of the system, such as "## SECRET-DATA".
			return
		case c == ';' || c == '{':
			p.take(text[start:i])
			p.end(c == '{')
			start = i + 1
		case c == '}':
			p.take(text[start:i])
			p.end(false)
			if p.raw != "" {
				p.add(Filler, "}")
			}
			if p.open != nil {
				p.open = p.open.Parent
			}
			start = i + 1
		}
	}
	if !p.comment && start < len(text) {
		p.take(text[start:])
	}
}

// take appends to the statement that is being read.
func (p *bracesParser) take(text string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	if p.node == nil {
		p.node = p.add(Statement, "")
	} else {
		p.word.WriteByte(' ')
	}
	p.word.WriteString(text)
}

// end ends the statement that is being read; opens says that braces follow.
func (p *bracesParser) end(opens bool) {
	if p.node == nil {
		if !opens {
			return
		}
		p.node = p.add(Statement, "") // Braces without a word: kept, and means nothing.
	}
	n := p.node
	p.flush()
	if opens {
		p.open = n
	}
}

// flush gives the statement that is being read its text.
func (p *bracesParser) flush() {
	if p.node == nil {
		return
	}
	text := p.word.String()
	for {
		rest, cut := strings.CutPrefix(text, "inactive: ")
		if !cut {
			rest, cut = strings.CutPrefix(text, "protect: ")
			if !cut {
				break
			}
		} else {
			p.node.Inactive = true
		}
		text = rest
	}
	p.node.Text = text
	if p.more.Len() > 0 {
		p.node.Raw += p.more.String()
		p.more.Reset()
	}
	p.word.Reset()
	p.node = nil
}

// commands are the words that a line of a text of commands begins with.
var commands = []string{"set ", "delete ", "deactivate ", "activate ", "protect ", "annotate ", "edit ", "insert "}

// command reports whether a line is a command and no part of a tree.
func command(text string) bool {
	if strings.HasSuffix(text, "{") || strings.HasSuffix(text, ";") {
		return false
	}
	for _, c := range commands {
		if strings.HasPrefix(text, c) {
			return true
		}
	}
	return false
}
