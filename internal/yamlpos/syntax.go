package yamlpos

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/twinpath/twinpath/internal/diag"
)

var (
	lineOfError   = regexp.MustCompile(`line (\d+)(?:, column (\d+))?: ?(.*)`)
	unknownAnchor = regexp.MustCompile(`unknown anchor '([^']*)' referenced`)
)

// parserErrors are the messages of the library's parser, as opposed to its
// scanner. It counts their lines from 0 (decode.go, parser.fail).
var parserErrors = []string{
	"did not find expected <document start>",
	"did not find expected node content",
	"did not find expected key",
	"did not find expected '-' indicator",
	"did not find expected ',' or ']'",
	"did not find expected ',' or '}'",
	"found undefined tag handle",
	"found duplicate %TAG directive",
	"found duplicate %YAML directive",
}

// plainWords says the library's messages for someone who does not think in
// tokens. The help follows the bar.
var plainWords = map[string]string{
	"mapping values are not allowed in this context":               `no key can stand here|align the key with those above it; a value that holds ": " needs quotes`,
	"mapping keys are not allowed in this context":                 `no key can stand here|align the key with those above it; a value that begins with ? needs quotes`,
	"block sequence entries are not allowed in this context":       `no list can begin here|put each "- " on a line of its own below the key; a value that begins with "- " needs quotes`,
	"did not find expected ',' or '}'":                             `the bracket { that opens here is not closed|close it with }, or put a comma between the entries`,
	"did not find expected ',' or ']'":                             `the bracket [ that opens here is not closed|close it with ], or put a comma between the entries`,
	"did not find expected key":                                    `the mapping that begins here holds a line that is no key|look for a line below with wrong indentation or without its colon; text behind a closing quote or bracket needs quotes around all of it, as in "[2001:db8::1]:2055"`,
	"did not find expected '-' indicator":                          `the list that begins here holds a line without "- "|look for a line below with wrong indentation`,
	"did not find expected node content":                           `a value is expected here, and what stands here is none|put a value that begins with : or [ in quotes, such as the IPv6 address "::1"; look for a comma too many or a bracket that nothing opened`,
	"did not find expected <document start>":                       `the file ends before this line, and something still follows|look for a line ... or a closing bracket too many; one file holds one mapping`,
	"did not find expected alphabetic or numeric character":        `the name of an anchor (&) or an alias (*) is missing|put a value that begins with & or * in quotes`,
	"did not find expected comment or line break":                  `something stands behind a place where the line must end|behind | or > begin a new line; put a value that begins with one of | > % in quotes`,
	"found an indentation indicator equal to 0":                    `something stands behind a place where the line must end|behind | or > begin a new line`,
	"did not find expected whitespace or line break":               `a blank is missing here|put the value in quotes`,
	"did not find expected whitespace":                             `a blank is missing here|put the value in quotes`,
	"did not find expected hexdecimal number":                      `the backslash in this quote begins no known escape|write \\ for a backslash, or use single quotes`,
	"found unknown escape character":                               `the backslash in this quote begins no known escape|write \\ for a backslash, or use single quotes`,
	"found invalid Unicode character escape code":                  `the backslash in this quote begins no known escape|write \\ for a backslash, or use single quotes`,
	"could not find expected ':'":                                  `a key lacks its colon|write it as key: value`,
	"found unexpected end of stream":                               `a quote is not closed|close it on this line`,
	"found unexpected document indicator":                          `a quote is not closed|close it before the line that begins with --- or ...`,
	"found character that cannot start any token":                  `a value cannot begin with this character|put the value in quotes`,
	"found a tab character that violates indentation":              `a tab is used as indentation|replace it with spaces`,
	"found a tab character where an indentation space is expected": `a tab is used as indentation|replace it with spaces`,
}

// begins maps the first words of further messages, of forms that no file of
// this program needs, to plain ones.
var begins = []struct{ prefix, said string }{
	{"found unknown directive", tagWords},
	{"could not find expected directive", tagWords},
	{"found unexpected non-alphabetical", tagWords},
	{"found duplicate %", tagWords},
	{"found extremely long version", tagWords},
	{"did not find expected version", tagWords},
	{"did not find expected digit or '.'", tagWords},
	{"did not find expected tag URI", bangWords},
	{"did not find URI", bangWords},
	{"did not find the expected '>'", bangWords},
	{"did not find expected '!'", bangWords},
	{"found undefined tag", bangWords},
	{"found an incorrect", bangWords},
}

const (
	tagWords  = `a line that begins with % is a directive, which is not read here|remove the line`
	bangWords = `a value that begins with ! is a tag, which is not read here|put the value in quotes`
	// otherWords stands for what no list above knows: the library's own words
	// speak of tokens and streams.
	otherWords = `this cannot be read as YAML|` + syntaxHelp
)

const syntaxHelp = "check the indentation and the quotes of this line and the one above it"

// syntaxError turns the library's error text into a diagnostic with a place.
func (d *document) syntaxError(err error, data []byte) {
	pos, text := diag.Position{File: d.file}, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := lineOfError.FindStringSubmatch(text); m != nil {
		pos.Line, _ = strconv.Atoi(m[1])
		if text = m[3]; slices.Contains(parserErrors, text) {
			pos.Line++
		}
		pos = onLine(pos, data)
	} else if words(text) != otherWords {
		pos.Line = 1 // the library leaves the first line away
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
	said, help, _ := strings.Cut(words(text), "|")
	d.list.Add(diag.CodeSyntax, pos, "%s", said).WithHelp("%s", help)
}

// words returns what is said instead of a message of the library.
func words(text string) string {
	if w, ok := plainWords[text]; ok {
		return w
	}
	for _, b := range begins {
		if strings.HasPrefix(text, b.prefix) {
			return b.said
		}
	}
	return otherWords
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
