package vendor

import (
	"iter"
	"strings"
)

// Line is one line of a configuration text.
type Line struct {
	Number int
	// Raw is the line as it stands, Text without indentation and, in a family
	// with braces, without the brace or semicolon.
	Raw, Text string
	// Parent is the line that it stands under, "" at the top.
	Parent string
}

// Walk yields the lines of a configuration text that say something, each with
// the line it stands under. Separators ("!", "#", "}") are left out.
func Walk(syntax, text string) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		w := walker{braces: syntax == "braces"}
		n := 0
		for raw := range strings.Lines(text) {
			n++
			line, ok := w.next(strings.TrimRight(raw, "\r\n"))
			line.Number = n
			if ok && !yield(line) {
				return
			}
		}
	}
}

// walker knows the lines that the current one stands under.
type walker struct {
	braces  bool
	stack   []string
	indents []int
}

// next returns the line, and false for a separator.
func (w *walker) next(raw string) (Line, bool) {
	t := strings.TrimSpace(raw)
	indent := len(raw) - len(strings.TrimLeft(raw, " "))
	inBraces := w.braces && !isSet(t)
	switch {
	case t == "" || t == "!" || t == "#":
		return Line{}, false
	case inBraces && t == "}":
		w.pop()
		return Line{}, false
	case !inBraces:
		for len(w.indents) > 0 && w.indents[len(w.indents)-1] >= indent {
			w.pop()
		}
	}
	opens := !inBraces || strings.HasSuffix(t, "{")
	if inBraces {
		t = strings.TrimSpace(strings.TrimRight(t, "{;"))
	}
	line := Line{Raw: raw, Text: t, Parent: w.parent()}
	if opens {
		w.stack, w.indents = append(w.stack, t), append(w.indents, indent)
	}
	return line, true
}

func (w *walker) pop() {
	if n := len(w.stack); n > 0 {
		w.stack, w.indents = w.stack[:n-1], w.indents[:n-1]
	}
}

// parent is the line above, or in a family with braces the whole path, since
// the same word means different things in different places there.
func (w *walker) parent() string {
	switch {
	case len(w.stack) == 0:
		return ""
	case w.braces:
		return strings.Join(w.stack, " ")
	}
	return w.stack[len(w.stack)-1]
}

// isSet reports whether a line of a family with braces is in the set form.
func isSet(line string) bool {
	word, _, _ := strings.Cut(line, " ")
	switch word {
	case "set", "delete", "activate", "deactivate", "insert", "commit":
		return true
	}
	return false
}
