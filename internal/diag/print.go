package diag

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Sources maps a file name to its content. Printers take lines from it to show
// where a problem is; a file that is missing is printed without its line.
type Sources map[string][]byte

// maxPrinted bounds what one run prints: a file that is wrong in every line
// should not scroll the first, telling lines away.
const maxPrinted = 500

// Style is what the text printer needs to know of the terminal.
type Style struct {
	// Color turns ANSI colours on.
	Color bool
}

var severityColor = map[Severity]string{Error: "\x1b[1;31m", Warning: "\x1b[1;33m", Info: "\x1b[1;36m"}

// PrintText writes each diagnostic as "file:line:col: severity: text [CODE]",
// followed by the source line, the help and the related places.
func PrintText(w io.Writer, l *List, src Sources, st Style) error {
	bw := bufio.NewWriter(w)
	lines := newLineIndex(src)
	all := l.Sorted()
	for _, d := range all {
		if d.Code == CodeLiteralSecret {
			lines.hidden[Position{File: d.Pos.File, Line: d.Pos.Line}] = true
		}
	}
	all, alike := fold(all)
	for i, d := range all {
		if i == maxPrinted {
			fmt.Fprintf(bw, "%d more are not shown; mend these first\n", len(all)-i)
			break
		}
		sev := d.Severity.String()
		if st.Color {
			sev = severityColor[d.Severity] + sev + "\x1b[0m"
		}
		fmt.Fprintf(bw, "%s: %s: %s [%s]\n", d.Pos, sev, d.Text, d.Code)
		printSnippet(bw, lines, d.Pos)
		if d.Help != "" {
			fmt.Fprintf(bw, "    help: %s\n", d.Help)
		}
		for _, r := range d.Related {
			fmt.Fprintf(bw, "    note: %s: %s\n", r.Pos, r.Text)
		}
		if n := alike[d]; n > 0 {
			fmt.Fprintf(bw, "    note: the same holds at %d more places\n", n)
		}
	}
	return bw.Flush()
}

// fold leaves one of the warnings and notes that say the same of many places,
// as of each gateway of a fleet, with the number of the others. When there is
// more than is printed, the worst come first.
func fold(all []*Diagnostic) ([]*Diagnostic, map[*Diagnostic]int) {
	type saying struct {
		code       Code
		text, help string
	}
	first, alike := map[saying]*Diagnostic{}, map[*Diagnostic]int{}
	out := make([]*Diagnostic, 0, len(all))
	for _, d := range all {
		k := saying{d.Code, d.Text, d.Help}
		if o := first[k]; o != nil && d.Severity != Error {
			alike[o]++
			continue
		}
		first[k] = d
		out = append(out, d)
	}
	if len(out) > maxPrinted {
		slices.SortStableFunc(out, func(a, b *Diagnostic) int { return cmp.Compare(a.Severity, b.Severity) })
	}
	return out, alike
}

// printSnippet writes the line of the position and a mark below it.
func printSnippet(w io.Writer, lines *lineIndex, p Position) {
	text, ok := lines.line(p.File, p.Line)
	if !ok || p.Column == 0 || lines.hidden[Position{File: p.File, Line: p.Line}] || secretLine.MatchString(text) {
		return
	}
	const maxWidth = 160
	runes := []rune(text)
	if len(runes) > maxWidth || p.Column > len(runes)+1 {
		return
	}
	width := min(max(p.Width, 1), max(len(runes)-p.Column+1, 1))
	// The mark follows tabs of the source line so that both stay aligned.
	pad := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, string(runes[:p.Column-1]))
	fmt.Fprintf(w, "%5d | %s\n", p.Line, text)
	fmt.Fprintf(w, "      | %s^%s\n", pad, strings.Repeat("~", width-1))
}

// jsonDiagnostic is the machine-readable form.
type jsonDiagnostic struct {
	File     string        `json:"file"`
	Line     int           `json:"line,omitempty"`
	Column   int           `json:"column,omitempty"`
	Severity string        `json:"severity"`
	Code     string        `json:"code"`
	Text     string        `json:"text"`
	Help     string        `json:"help,omitempty"`
	Related  []jsonRelated `json:"related,omitempty"`
}

type jsonRelated struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Text   string `json:"text"`
}

// JSON returns the diagnostics in the shape of `--format json`: a slice of
// objects with file, line, column, severity, code, text, help, related.
func (l *List) JSON() any {
	out := []jsonDiagnostic{}
	for _, d := range l.Sorted() {
		j := jsonDiagnostic{
			File: d.Pos.File, Line: d.Pos.Line, Column: d.Pos.Column, Severity: d.Severity.String(),
			Code: string(d.Code), Text: d.Text, Help: d.Help,
		}
		for _, r := range d.Related {
			j.Related = append(j.Related, jsonRelated{File: r.Pos.File, Line: r.Pos.Line, Column: r.Pos.Column, Text: r.Text})
		}
		out = append(out, j)
	}
	return out
}

// PrintJSON writes the diagnostics as one JSON array.
func PrintJSON(w io.Writer, l *List) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(l.JSON())
}

// githubLevel is the workflow command of a severity.
var githubLevel = map[Severity]string{Error: "error", Warning: "warning", Info: "notice"}

// PrintGitHub writes GitHub workflow commands, which the web page of a pull
// request shows beside the line.
func PrintGitHub(w io.Writer, l *List) error {
	bw := bufio.NewWriter(w)
	prop := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	for _, d := range l.Sorted() {
		parts := []string{d.Text}
		if d.Help != "" {
			parts = append(parts, d.Help)
		}
		for _, r := range d.Related {
			parts = append(parts, r.Pos.String()+": "+r.Text)
		}
		fmt.Fprintf(bw, "::%s file=%s", githubLevel[d.Severity], prop.Replace(d.Pos.File))
		if d.Pos.Line > 0 {
			fmt.Fprintf(bw, ",line=%d", d.Pos.Line)
		}
		if d.Pos.Column > 0 {
			fmt.Fprintf(bw, ",col=%d", d.Pos.Column)
		}
		fmt.Fprintf(bw, ",title=%s::%s\n", prop.Replace(string(d.Code)), data.Replace(strings.Join(parts, "\n")))
	}
	return bw.Flush()
}

// lineIndex finds lines of sources; a file is split once, when first asked for.
type lineIndex struct {
	src   Sources
	split map[string][]string
	// hidden are the lines that hold a secret; they are never printed.
	hidden map[Position]bool
}

func newLineIndex(src Sources) *lineIndex {
	return &lineIndex{src: src, split: map[string][]string{}, hidden: map[Position]bool{}}
}

func (x *lineIndex) line(file string, n int) (string, bool) {
	data, ok := x.src[file]
	if !ok || n < 1 || !utf8.Valid(data) {
		return "", false
	}
	lines, ok := x.split[file]
	if !ok {
		lines = strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n")
		x.split[file] = lines
	}
	if n > len(lines) {
		return "", false
	}
	text := strings.TrimSuffix(lines[n-1], "\r")
	for _, r := range text {
		// What a terminal would act on must not be echoed from a user's file.
		if r != '\t' && !Printable(r) {
			return "", false
		}
	}
	return text, true
}
