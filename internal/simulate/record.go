package simulate

import (
	"maps"
	"strings"
)

// Record is one statement of a configuration with its values.
type Record struct {
	// Values are those of the statement; block.X are those of the section
	// around it.
	Values map[string]string
	d      *Device
	n      *node
	w      *word
}

func record(d *Device, n *node) Record {
	r := Record{Values: map[string]string{}, d: d, n: n}
	before := ""
	for at := n; at != nil; at = at.parent {
		for k, v := range at.values {
			r.Values[before+k] = v
		}
		before += "block."
	}
	return r
}

// Records returns the statements of a form, in the order in which they are
// printed. Of the family "lines", a form is the id of a statement. Of the other
// one it is a way from the top, or from anywhere after "...", with {names} for
// values and "*" for any word; what is not in force is left out.
func (c *Config) Records(of string) []Record {
	var out []Record
	if c.lines != nil {
		c.lines.walk(func(n *node) bool {
			if n.id() == of && !n.off {
				out = append(out, record(c.d, n))
			}
			return true
		})
		return out
	}
	anywhere, pattern := splitWay(of)
	look := func(at *word) bool {
		at.records(pattern, map[string]string{"at": strings.Join(at.way(), " ")}, &out)
		return true
	}
	if anywhere {
		c.paths.walk(look)
	} else {
		look(c.paths)
	}
	return out
}

// Below returns the statements of a form directly under this one; the way of
// the family "paths" begins here.
func (r Record) Below(of string) []Record {
	var out []Record
	if r.w != nil {
		r.w.records(strings.Fields(of), r.Values, &out)
		return out
	}
	for _, c := range r.n.children {
		if c.id() == of && !c.off {
			out = append(out, record(r.d, c))
		}
	}
	return out
}

// records collects the ways below w that have a pattern.
func (w *word) records(pattern []string, values map[string]string, out *[]Record) {
	if w.inactive {
		return
	}
	if len(pattern) == 0 {
		*out = append(*out, Record{Values: maps.Clone(values), w: w})
		return
	}
	p := pattern[0]
	switch {
	case p == "*":
		for _, c := range w.children {
			c.records(pattern[1:], values, out)
		}
	case strings.HasPrefix(p, "{"):
		for _, c := range w.children {
			next := maps.Clone(values)
			next[strings.Trim(p, "{}")] = c.text
			c.records(pattern[1:], next, out)
		}
	default:
		if c := w.index[p]; c != nil {
			c.records(pattern[1:], values, out)
		}
	}
}

// Lines reports whether the record is of a system of the family "lines".
func (r Record) Lines() bool { return r.n != nil }
