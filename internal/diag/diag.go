// Package diag holds diagnostics: problems found in files that a user wrote.
//
// A diagnostic is a value. It is collected, never thrown, so that every
// problem of a file is reported in one run. It carries the place (file, line,
// column), a stable code that `twinpath explain` knows, plain text, what to do,
// and related places ("first defined here").
package diag

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity says what a diagnostic does to the run. Only Error makes the input
// invalid (exit code 3).
type Severity int

// The severities, worst first.
const (
	Error Severity = iota
	Warning
	Info
)

// String returns the word that stands in the text form.
func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	case Info:
		return "info"
	}
	return fmt.Sprintf("severity(%d)", int(s))
}

// Position is a place in a file. Line and Column count from 1; Column counts
// characters, not bytes. A zero Line means the file as a whole.
type Position struct {
	File   string
	Line   int
	Column int
	// Width is the number of characters that the place covers; 0 is taken as 1.
	Width int
}

// IsZero reports whether the position names nothing.
func (p Position) IsZero() bool { return p.File == "" && p.Line == 0 }

// String returns file:line:column, without the parts that are not known.
func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Related is a second place that a diagnostic speaks of.
type Related struct {
	Pos  Position
	Text string
}

// Diagnostic is one problem (or one computed fact) about a user's file.
type Diagnostic struct {
	Severity Severity
	Code     Code
	Pos      Position
	// Text says what is wrong, in one sentence without a final full stop.
	Text string
	// Help says what to do about it; empty where the text says it already.
	Help    string
	Related []Related
}

// WithHelp sets what to do and returns the diagnostic.
func (d *Diagnostic) WithHelp(format string, args ...any) *Diagnostic {
	d.Help = sprintf(format, args)
	return d
}

// WithRelated adds a second place, unless it is not known.
func (d *Diagnostic) WithRelated(pos Position, format string, args ...any) *Diagnostic {
	if !pos.IsZero() {
		d.Related = append(d.Related, Related{Pos: pos, Text: sprintf(format, args)})
	}
	return d
}

// List collects diagnostics. The zero value is ready to use. It is not safe
// for concurrent use.
type List struct {
	items []*Diagnostic
}

// Add appends a diagnostic whose severity is the code's own, and returns it so
// that help and related places can be added.
func (l *List) Add(code Code, pos Position, format string, args ...any) *Diagnostic {
	d := &Diagnostic{Severity: code.Severity(), Code: code, Pos: pos, Text: sprintf(format, args)}
	l.items = append(l.items, d)
	return d
}

// Append adds all diagnostics of another list.
func (l *List) Append(other *List) {
	if other != nil {
		l.items = append(l.items, other.items...)
	}
}

// Locate gives a place to every diagnostic that has none, such as a limit of a
// system that no line of a file asks for.
func (l *List) Locate(pos Position) {
	for _, d := range l.items {
		if d.Pos.IsZero() {
			d.Pos = pos
		}
	}
}

// DropInfo removes computed facts, which only validate prints.
func (l *List) DropInfo() {
	l.items = slices.DeleteFunc(l.items, func(d *Diagnostic) bool { return d.Severity == Info })
}

// Len returns the number of diagnostics.
func (l *List) Len() int { return len(l.items) }

// HasErrors reports whether one of them makes the input invalid.
func (l *List) HasErrors() bool { return l.Count(Error) > 0 }

// Count returns how many have the severity.
func (l *List) Count(s Severity) int {
	n := 0
	for _, d := range l.items {
		if d.Severity == s {
			n++
		}
	}
	return n
}

// Sorted returns the diagnostics by file, line, column, severity and code,
// without exact repetitions. Files keep the order in which they first occur.
func (l *List) Sorted() []*Diagnostic {
	files := map[string]int{}
	for _, d := range l.items {
		if _, ok := files[d.Pos.File]; !ok {
			files[d.Pos.File] = len(files)
		}
	}
	out := slices.Clone(l.items)
	slices.SortStableFunc(out, func(a, b *Diagnostic) int {
		return cmp.Or(
			cmp.Compare(files[a.Pos.File], files[b.Pos.File]),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.Severity, b.Severity),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Text, b.Text),
		)
	})
	return slices.CompactFunc(out, func(a, b *Diagnostic) bool {
		return a.Pos == b.Pos && a.Code == b.Code && a.Text == b.Text
	})
}

func sprintf(format string, args []any) string {
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, args...)
}
