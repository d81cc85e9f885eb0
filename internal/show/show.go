// Package show reads what a gateway's command line prints about itself and
// says whether a check holds. What each system prints is data
// (vendors/<os>/show/*.yaml): patterns for every line that a reply may have.
//
// It refuses to guess. A line that no pattern matches, a reply that ends where
// a whole one does not, and one that says nothing about what was asked are an
// *UnknownError: neither up nor down.
//
// TextFSM, the usual language for this, was tried (gotextfsm v1.2.0, which is
// alive) and left aside for what the language means: a text that ends anywhere
// makes a record of what was read so far, a rule matches the beginning of a
// line, an unknown line is noise unless each state says otherwise, and an empty
// text is no error. Here the careful way is the only one, and a reply can be
// held to the number of entries that it announces.
package show

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/twinpath/twinpath/internal/diag"
)

// Check is something that must be seen on a gateway. It holds when the reply to
// Command, read by the parser Show, has a record with all the values of Want.
type Check struct {
	// Title says what holds, for a person: "10.0.0.1 answers the probe".
	Title   string            `json:"title"`
	Show    string            `json:"show"`
	Command string            `json:"command"`
	Want    map[string]string `json:"want"`
}

// Equal reports whether two checks look at the same thing in the same way.
func (c Check) Equal(o Check) bool {
	return c.Title == o.Title && c.Show == o.Show && c.Command == o.Command && maps.Equal(c.Want, o.Want)
}

// UnknownError is a reply that says nothing reliable about a check: the state
// is unknown, neither up nor down.
type UnknownError struct {
	// Command was typed; Line is the line of its reply that was not understood,
	// counted from 1, or 0 when it is the reply as a whole; Text is that line.
	Command string
	Line    int
	Text    string
	Why     string
}

func (e *UnknownError) Error() string {
	where := ""
	if e.Line > 0 {
		where = fmt.Sprintf(" at line %d, %s", e.Line, diag.Quote(e.Text))
	}
	return fmt.Sprintf("the reply to %q is not understood%s: %s; the state is unknown, so look at the gateway", e.Command, where, e.Why)
}

// Holds reports whether a check holds, by the reply to its command. An error is
// an *UnknownError, except for a check that no parser of the system can read.
func Holds(parsers Parsers, c Check, output string) (bool, error) {
	p := parsers[c.Show]
	if p == nil {
		return false, fmt.Errorf("no parser %q reads the reply to %q; plan again with this version of twinpath", c.Show, c.Command)
	}
	if len(c.Want) == 0 {
		return false, fmt.Errorf("the check %q asks for nothing; plan again with this version of twinpath", c.Title)
	}
	want, err := p.normal(c.Want)
	if err != nil {
		return false, fmt.Errorf("the check %q: %w", c.Title, err)
	}
	records, err := p.Parse(output)
	if err != nil {
		if u, ok := errors.AsType[*UnknownError](err); ok {
			u.Command = c.Command
		}
		return false, err
	}
	held := false
	for _, r := range records {
		if matches(r, want) {
			held = true
		} else if len(p.key) > 0 && matches(r, only(want, p.key)) {
			// Two records of the same thing that disagree: the worse one counts.
			return false, nil
		}
	}
	return held, nil
}

// matches reports whether a record has all the values.
func matches(record, want map[string]string) bool {
	for k, v := range want {
		if record[k] != v {
			return false
		}
	}
	return true
}

// only returns those of the values that belong to the fields.
func only(values map[string]string, fields []string) map[string]string {
	out := map[string]string{}
	for _, f := range fields {
		if v, ok := values[f]; ok {
			out[f] = v
		}
	}
	return out
}

// normal returns values in the form in which two can be compared.
func (p *Parser) normal(values map[string]string) (map[string]string, error) {
	out := make(map[string]string, len(values))
	for _, k := range slices.Sorted(maps.Keys(values)) {
		f, ok := p.fields[k]
		if !ok {
			return nil, fmt.Errorf("the parser %s has no field %q", p.Name, k)
		}
		v, err := f.normal(values[k])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k, err)
		}
		out[k] = v
	}
	return out, nil
}

// field is the type of a value; words are those that it may be, nil for a type
// that has others.
type field struct {
	kind  string
	words []string
}

// normal returns a value in the one form of its type.
func (f field) normal(v string) (string, error) {
	switch f.kind {
	case "address":
		a, err := netip.ParseAddr(v)
		if err != nil {
			return "", fmt.Errorf("%s is no address", diag.Quote(v))
		}
		return a.WithZone("").Unmap().String(), nil
	case "prefix":
		p, err := netip.ParsePrefix(v)
		if err != nil {
			return "", fmt.Errorf("%s is no prefix", diag.Quote(v))
		}
		return p.Masked().String(), nil
	case "number":
		n, err := strconv.ParseUint(v, 10, 63)
		if err != nil {
			return "", fmt.Errorf("%s is no number", diag.Quote(v))
		}
		return strconv.FormatUint(n, 10), nil
	case "words":
		if !slices.Contains(f.words, v) {
			return "", fmt.Errorf("%s is none of %s", diag.Quote(v), strings.Join(f.words, ", "))
		}
	}
	return v, nil
}
