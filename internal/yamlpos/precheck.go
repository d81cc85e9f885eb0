package yamlpos

import (
	"bytes"
	"unicode/utf8"

	"github.com/twinpath/twinpath/internal/diag"
)

// precheck finds what must not reach the parser: binary data, text encodings
// other than UTF-8, tabs as indentation, control characters, too much of it.
func (d *document) precheck(data []byte) ([]byte, bool) {
	whole := diag.Position{File: d.file}
	if len(data) > MaxBytes {
		d.list.Add(diag.CodeFileLimit, whole, "the file has more than the %d MB that are read", MaxBytes>>20)
		return nil, false
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if n := countTokens(data); n > maxTokens {
		d.list.Add(diag.CodeFileLimit, whole, "the file holds more than %d values", maxTokens).
			WithHelp("split the scenario; several files may be given in one run")
		return nil, false
	}
	c := &cursor{doc: d, line: 1, col: 1, indent: true, blank: true}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			d.list.Add(diag.CodeEncoding, c.pos(), "this is not UTF-8 text (byte 0x%02x)", data[i]).
				WithHelp("save the file as UTF-8")
			return nil, false
		}
		if !c.character(r) || !c.nesting(r) || !c.advance(r) {
			return nil, false
		}
		i += size
	}
	return data, true
}

// cursor is the place of precheck in a file.
type cursor struct {
	doc       *document
	line, col int
	// depth counts brackets that are open.
	depth int
	// indent holds before the first character of a line that is no blank,
	// blank behind a blank, comment behind a #.
	indent, blank, comment bool
}

func (c *cursor) pos() diag.Position {
	return diag.Position{File: c.doc.file, Line: c.line, Column: c.col}
}

// character refuses characters that a terminal or a router would act on.
func (c *cursor) character(r rune) bool {
	switch {
	case r == '\t' && c.indent:
		c.doc.list.Add(diag.CodeTab, c.pos(), "a tab is used as indentation; YAML allows only spaces").
			WithHelp("replace it with spaces")
		return false
	case r == '\n' || r == '\r' || r == '\t' || diag.Printable(r):
		return true
	}
	c.doc.list.Add(diag.CodeControl, c.pos(), "the character U+%04X is not allowed", r).
		WithHelp("control and invisible characters could change what a terminal or a router sees; remove it")
	return false
}

// nesting bounds the brackets that are open at once, so that the parser never
// sees a depth that costs it more than the file is worth.
func (c *cursor) nesting(r rune) bool {
	switch {
	case c.comment:
	case r == '#' && c.blank:
		c.comment = true
	case r == '[' || r == '{':
		if c.depth++; c.depth > 4*maxDepth {
			c.doc.list.Add(diag.CodeDepth, c.pos(), "brackets nest too deep")
			return false
		}
	case (r == ']' || r == '}') && c.depth > 0:
		c.depth--
	case c.col == 1 && r != ' ' && r != ',' && r != ']' && r != '}' && r != '\n' && r != '\r':
		// A key at the left edge ends every bracket that was only text.
		c.depth = 0
	}
	return true
}

// advance moves on by one character and bounds the indentation.
func (c *cursor) advance(r rune) bool {
	if r == '\n' {
		c.line, c.col = c.line+1, 1
		c.indent, c.blank, c.comment = true, true, false
		return true
	}
	c.col++
	c.blank = r == ' ' || r == '\t'
	c.indent = c.indent && c.blank
	if c.indent && c.col > 8*maxDepth {
		c.doc.list.Add(diag.CodeDepth, c.pos(), "the line is indented by more than %d spaces", 8*maxDepth)
		return false
	}
	return true
}

// countTokens returns an upper bound of the number of YAML nodes.
func countTokens(data []byte) int {
	n := 1
	for _, c := range data {
		switch c {
		case '\n', ',', ':', '[', '{', '-', '?':
			n++
		}
	}
	return n
}
