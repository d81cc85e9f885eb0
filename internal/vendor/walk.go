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
		var stack []string
		indents := []int{}
		n := 0
		for raw := range strings.Lines(text) {
			n++
			raw = strings.TrimRight(raw, "\r\n")
			t := strings.TrimSpace(raw)
			if t == "" || t == "!" || t == "#" {
				continue
			}
			indent := len(raw) - len(strings.TrimLeft(raw, " "))
			opens := false
			if syntax == "braces" && !isSet(t) {
				if t == "}" {
					if len(stack) > 0 {
						stack, indents = stack[:len(stack)-1], indents[:len(indents)-1]
					}
					continue
				}
				opens = strings.HasSuffix(t, "{")
				t = strings.TrimSpace(strings.TrimRight(t, "{;"))
			} else {
				for len(indents) > 0 && indents[len(indents)-1] >= indent {
					stack, indents = stack[:len(stack)-1], indents[:len(indents)-1]
				}
				opens = true
			}
			parent := ""
			if len(stack) > 0 {
				parent = stack[len(stack)-1]
				if syntax == "braces" {
					parent = strings.Join(stack, " ")
				}
			}
			if !yield(Line{Number: n, Raw: raw, Text: t, Parent: parent}) {
				return
			}
			if opens {
				stack, indents = append(stack, t), append(indents, indent)
			}
		}
	}
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
