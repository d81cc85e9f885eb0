package yamlpos

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/twinpath/twinpath/internal/diag"
)

var (
	lineOfError   = regexp.MustCompile(`line (\d+)(?:, column (\d+))?: ?(.*)`)
	unknownAnchor = regexp.MustCompile(`unknown anchor '([^']*)' referenced`)
)

// parserError begins the messages that the library's parser gives, as opposed
// to its scanner. It counts their lines from 0 (decode.go, parser.fail).
const parserError = "did not find expected"

// plainWords says the library's messages for someone who does not think in
// tokens. The help follows the bar.
var plainWords = map[string]string{
	"mapping values are not allowed in this context": `no key can stand here|align the key with those above it; a value that holds ": " needs quotes`,
	"did not find expected ',' or '}'":               `the bracket { that opens here is not closed|close it with }, or put a comma between the entries`,
	"did not find expected ',' or ']'":               `the bracket [ that opens here is not closed|close it with ], or put a comma between the entries`,
	"did not find expected key":                      `the mapping that begins here holds a line that is no key|look for a line below with wrong indentation or without its colon`,
	"did not find expected '-' indicator":            `the list that begins here holds a line without "- "|look for a line below with wrong indentation`,
	"could not find expected ':'":                    `a key lacks its colon|write it as key: value`,
	"found unexpected end of stream":                 `a quote is not closed|close it on this line`,
	"found character that cannot start any token":    `a value cannot begin with this character|put the value in quotes`,
}

const syntaxHelp = "check the indentation and the quotes of this line and the one above it"

// syntaxError turns the library's error text into a diagnostic with a place.
func (d *document) syntaxError(err error, data []byte) {
	pos, text := diag.Position{File: d.file}, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := lineOfError.FindStringSubmatch(text); m != nil {
		pos.Line, _ = strconv.Atoi(m[1])
		if text = m[3]; strings.HasPrefix(text, parserError) {
			pos.Line++
		}
		pos = onLine(pos, data)
	}
	if m := unknownAnchor.FindStringSubmatch(text); m != nil {
		d.list.Add(diag.CodeSyntax, find(d.file, data, "*"+m[1]), "the anchor %s is not defined", diag.Quote("&"+m[1])).
			WithHelp("define it above, or write the value out")
		return
	}
	switch {
	case strings.Contains(text, "exceeded max depth"):
		d.list.Add(diag.CodeDepth, pos, "values nest deeper than %d levels", maxDepth)
		return
	case strings.Contains(text, "incompatible YAML document"):
		// The library takes no version but 1.1 in this line.
		d.list.Add(diag.CodeSyntax, find(d.file, data, "%YAML"), "the %s line names a version that is not read", "%YAML").WithHelp("remove the line")
		return
	case text == secondDocument:
		d.list.Add(diag.CodeSyntax, pos, "%s", text).WithHelp("remove the --- line, or make two files of it")
		return
	}
	said, help, ok := strings.Cut(plainWords[text], "|")
	if !ok {
		said, help = clean(text), syntaxHelp
	}
	d.list.Add(diag.CodeSyntax, pos, "%s", said).WithHelp("%s", help)
}

// onLine adds the column and the width of what stands on the position's line.
func onLine(pos diag.Position, data []byte) diag.Position {
	lines := bytes.SplitN(data, []byte("\n"), pos.Line+1)
	pos.Column = 1
	if pos.Line < 1 || pos.Line > len(lines) {
		return pos
	}
	line := bytes.TrimRight(lines[pos.Line-1], " \r\n")
	text := bytes.TrimLeft(line, " ")
	pos.Column = len(line) - len(text) + 1
	pos.Width = utf8.RuneCount(text)
	return pos
}

// find returns the place of a text in a file, or the file as a whole.
func find(file string, data []byte, text string) diag.Position {
	before, _, ok := bytes.Cut(data, []byte(text))
	if !ok {
		return diag.Position{File: file}
	}
	start := bytes.LastIndexByte(before, '\n') + 1
	return diag.Position{
		File: file, Line: bytes.Count(before, []byte("\n")) + 1,
		Column: utf8.RuneCount(before[start:]) + 1, Width: utf8.RuneCountInString(text),
	}
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
