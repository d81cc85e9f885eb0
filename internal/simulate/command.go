package simulate

import (
	"strings"

	"github.com/twinpath/twinpath/internal/yamlpos"
)

// Command is a form of a line that is typed outside the configuration, with
// <values> and [parts] that may be left out.
type Command struct {
	form form
	// Text is how it is written in the data.
	Text string
}

// CompileCommand reads a form of command.
func CompileCommand(text string) (Command, error) {
	f, err := compile(text)
	return Command{form: f, Text: text}, err
}

// CommandMatch says how well a line fits a form: whether it does, how many of
// its words do, and with which values.
type CommandMatch struct {
	Values map[string]string
	// UpTo is how many words are understood when the line does not fit.
	UpTo int
	OK   bool
	// Whole are the words in full, as far as they were understood.
	Whole []string
}

// Match compares the words of a line with a form. With short, a word may be cut
// off after its first letters.
func (d *Device) Match(c Command, words []string, short bool) CommandMatch {
	full := words
	if short {
		full = c.form.lengthen(words)
	}
	m := d.match(c.form, nil, nil, full, false)
	return CommandMatch{Values: m.values, UpTo: m.upTo, OK: m.ok, Whole: m.words}
}

// lengthen writes words in full that are the beginning of one of the form, as
// far as it can be told which: the words of the form come in its order.
func (f form) lengthen(words []string) []string {
	var all []string
	var collect func(form)
	collect = func(f form) {
		for _, e := range f {
			switch {
			case e.optional != nil:
				collect(e.optional)
			case e.word != "":
				all = append(all, e.word)
			}
			all = append(all, e.words...)
		}
	}
	collect(f)
	out := make([]string, len(words))
	at := 0
	for i, w := range words {
		out[i] = w
		for j := at; j < len(all); j++ {
			if len(w) > 0 && len(w) <= len(all[j]) && strings.EqualFold(all[j][:len(w)], w) {
				out[i], at = all[j], j+1
				break
			}
		}
	}
	return out
}

// Cite resolves the names of the sources that a part of a device's file gives:
// their titles, and how sure the first of them is.
type Cite func(v yamlpos.Value) (titles, confidence string)
