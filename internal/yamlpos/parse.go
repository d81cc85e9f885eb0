// Package yamlpos reads YAML that a person wrote and keeps, for every value,
// the place where it stands. It is the only importer of the YAML library.
//
// Reading never stops at the first problem and never trusts the input: size,
// depth, number of nodes and alias expansion are bounded before the values are
// looked at, and text that a terminal or a router would act on is refused.
package yamlpos

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/twinpath/twinpath/internal/diag"
)

// Bounds of an input. They are far above a scenario of 10,000 gateways and far
// below what makes a run slow.
const (
	// MaxBytes is the largest file that is read.
	MaxBytes = 24 << 20
	// maxTokens bounds the number of values; each needs one of the characters
	// that countTokens counts.
	maxTokens = 2 << 20
	// maxDepth bounds how deep mappings and lists nest. No file of this
	// project needs more than 8.
	maxDepth = 64
	// maxAliasNodes bounds how many nodes aliases may expand to in total.
	maxAliasNodes = 100_000
)

// ReadFile reads a file for Parse. A file that cannot be read, or is larger
// than MaxBytes, is a diagnostic and nil is returned.
func ReadFile(name string, list *diag.List) []byte {
	pos := diag.Position{File: name}
	info, err := os.Stat(name)
	if err == nil && info.IsDir() {
		list.Add(diag.CodeFile, pos, "this is a folder, a file is needed")
		return nil
	}
	if err == nil && info.Size() > MaxBytes {
		list.Add(diag.CodeFileLimit, pos, "the file has %d MB, more than the %d MB that are read", info.Size()>>20, MaxBytes>>20).
			WithHelp("split the scenario; several files may be given in one run")
		return nil
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(name)
	}
	if err != nil {
		var pe *os.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		list.Add(diag.CodeFile, pos, "cannot be read: %v", err)
		return nil
	}
	return data
}

// document is one parsed file.
type document struct {
	file       string
	list       *diag.List
	aliasNodes int
	aliasOver  bool
}

// Parse parses one YAML document whose top is a mapping. Problems go to list;
// ok is false when there is nothing to decode.
func Parse(file string, data []byte, list *diag.List) (top Value, ok bool) {
	doc := &document{file: file, list: list}
	data, ok = doc.precheck(data)
	if !ok {
		return Value{}, false
	}
	root, err := unmarshal(data)
	if err != nil {
		doc.syntaxError(err)
		return Value{}, false
	}
	if root == nil || root.Kind != yaml.DocumentNode || len(root.Content) == 0 {
		list.Add(diag.CodeEmpty, diag.Position{File: file}, "the file is empty")
		return Value{}, false
	}
	v := doc.value(root.Content[0])
	if v.node.Kind != yaml.MappingNode {
		list.Add(diag.CodeType, v.Pos(), "expected a mapping (key: value) at the top, found %s", v.kindWord())
		return Value{}, false
	}
	return v, true
}

// unmarshal parses the first document and refuses a second. The library
// panics on some malformed input; that is a syntax error like any other.
func unmarshal(data []byte) (root *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, fmt.Errorf("malformed: %v", r)
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var n yaml.Node
	if err := dec.Decode(&n); err != nil {
		if err.Error() == "EOF" {
			return nil, nil
		}
		return nil, err
	}
	var second yaml.Node
	switch err := dec.Decode(&second); {
	case err == nil:
		return nil, fmt.Errorf("line %d: a second document starts here; one file holds one document", second.Line)
	case err.Error() != "EOF":
		return nil, err
	}
	return &n, nil
}

// precheck finds what must not reach the parser: binary data, text encodings
// other than UTF-8, tabs as indentation, control characters, too much of it.
func (d *document) precheck(data []byte) ([]byte, bool) {
	at := func(line, col int) diag.Position { return diag.Position{File: d.file, Line: line, Column: col} }
	if len(data) > MaxBytes {
		d.list.Add(diag.CodeFileLimit, diag.Position{File: d.file}, "the file has %d MB, more than the %d MB that are read", len(data)>>20, MaxBytes>>20)
		return nil, false
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if n := countTokens(data); n > maxTokens {
		d.list.Add(diag.CodeFileLimit, diag.Position{File: d.file}, "the file holds more than %d values", maxTokens).
			WithHelp("split the scenario; several files may be given in one run")
		return nil, false
	}
	line, col, indent := 1, 1, true
	depth := 0
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			d.list.Add(diag.CodeEncoding, at(line, col), "this is not UTF-8 text (byte 0x%02x)", data[i]).
				WithHelp("save the file as UTF-8")
			return nil, false
		case r == '\t' && indent:
			d.list.Add(diag.CodeTab, at(line, col), "a tab is used as indentation; YAML allows only spaces").
				WithHelp("replace it with spaces")
			return nil, false
		case r == '\n', r == '\r':
		case r != '\t' && r != '\ufeff' && !diag.Printable(r):
			d.list.Add(diag.CodeControl, at(line, col), "the character U+%04X is not allowed", r).
				WithHelp("control and invisible characters could change what a terminal or a router sees; remove it")
			return nil, false
		case r == '[' || r == '{':
			if depth++; depth > 4*maxDepth {
				d.list.Add(diag.CodeDepth, at(line, col), "brackets nest too deep")
				return nil, false
			}
		case (r == ']' || r == '}') && depth > 0:
			depth--
		}
		if r == '\n' {
			line, col, indent = line+1, 1, true
		} else {
			col++
			indent = indent && (r == ' ' || r == '\t')
			if indent && col > 8*maxDepth {
				d.list.Add(diag.CodeDepth, at(line, col), "the line is indented by more than %d spaces", 8*maxDepth)
				return nil, false
			}
		}
		i += size
	}
	return data, true
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

var lineOfError = regexp.MustCompile(`line (\d+)(?:, column (\d+))?: ?(.*)`)

// syntaxError turns the library's error text into a diagnostic with a line.
func (d *document) syntaxError(err error) {
	pos, text := diag.Position{File: d.file}, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := lineOfError.FindStringSubmatch(text); m != nil {
		pos.Line, _ = strconv.Atoi(m[1])
		pos.Column, _ = strconv.Atoi(m[2])
		if pos.Column == 0 {
			pos.Column = 1
		}
		text = m[3]
	}
	d.list.Add(diag.CodeSyntax, pos, "%s", clean(text)).
		WithHelp("check the indentation and the quotes of this line and the one above it")
}

// clean removes what must not be echoed to a terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if diag.Printable(r) {
			return r
		}
		return -1
	}, s)
}
