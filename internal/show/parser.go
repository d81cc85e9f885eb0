package show

import (
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"

	"github.com/twinpath/twinpath/internal/vendor"
)

// Parsers are those of one system, by name.
type Parsers map[string]*Parser

// Parser reads the reply to one kind of command. It is safe for concurrent use.
type Parser struct {
	Name, Title string
	// Unconfirmed is why no reply can be trusted yet; empty when one can.
	Unconfirmed string

	fields map[string]field
	states map[string][]rule
	// start is the first state, end those in which a whole reply ends.
	start string
	end   map[string]bool
	// key are the fields that say what a record is about.
	key []string
	// keep are the fields whose values hold for the records that follow.
	keep map[string]bool
	// join makes a field out of others, each is the field that may hold several
	// values, with commas between them: one record for each.
	join map[string]string
	each string
	// count is the field in which the reply says how many records it has.
	count string
	// last is true when only the last record says how things are now, and least
	// is how many there are at least in a whole reply.
	last   bool
	least  int
	ignore []*regexp.Regexp
}

// rule is what a line does while the record has the values of when: its named
// groups and set fill fields, record ends a record.
type rule struct {
	line   *regexp.Regexp
	when   map[string]string
	set    map[string]string
	record bool
	next   string
}

// maxLines bounds what is read of a reply: the longest known has some hundred
// lines, and a gateway is not trusted to stop.
const maxLines = 20_000

// Parse returns the records of a reply, with values in normal form. The error
// is an *UnknownError without a command.
func (p *Parser) Parse(text string) ([]map[string]string, error) {
	if p.Unconfirmed != "" {
		return nil, &UnknownError{Why: p.Unconfirmed}
	}
	r := run{p: p, state: p.start, now: map[string]string{}}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, " \t\r\n")
		if line == "" || vendor.Matches(p.ignore, line) {
			continue
		}
		if n > maxLines {
			return nil, &UnknownError{Line: n, Text: line, Why: "no such reply is this long"}
		}
		if err := r.take(line); err != nil {
			return nil, &UnknownError{Line: n, Text: line, Why: err.Error()}
		}
	}
	return r.finish()
}

// run is the reading of one reply.
type run struct {
	p       *Parser
	state   string
	now     map[string]string
	records []map[string]string
	total   string
}

// take reads one line.
func (r *run) take(line string) error {
	for _, rule := range r.p.states[r.state] {
		m := rule.line.FindStringSubmatch(line)
		if m == nil || !matches(r.now, rule.when) {
			continue
		}
		if err := r.fill(rule, m); err != nil {
			return err
		}
		if rule.record {
			if err := r.record(); err != nil {
				return err
			}
		}
		if rule.next != "" {
			r.state = rule.next
		}
		return nil
	}
	return fmt.Errorf("a line like it is not known here (%s)", r.p.Title)
}

// fill puts what a line says into the record.
func (r *run) fill(rule rule, m []string) error {
	for i, name := range rule.line.SubexpNames() {
		if name == "" || m[i] == "" {
			continue
		}
		v := m[i]
		if name != r.p.each {
			var err error
			if v, err = r.p.fields[name].normal(v); err != nil {
				return err
			}
		}
		r.now[name] = v
		if name == r.p.count {
			r.total = v
		}
	}
	maps.Copy(r.now, rule.set)
	return nil
}

// record ends a record.
func (r *run) record() error {
	for name, form := range r.p.join {
		if v := vendor.Fill(form, r.now); !strings.Contains(v, "{") {
			n, err := r.p.fields[name].normal(v)
			if err != nil {
				return err
			}
			r.now[name] = n
		}
	}
	values := []string{""}
	if r.p.each != "" {
		values = strings.Split(r.now[r.p.each], ",")
	}
	for _, v := range values {
		out := maps.Clone(r.now)
		if r.p.each != "" {
			n, err := r.p.fields[r.p.each].normal(strings.TrimSpace(v))
			if err != nil {
				return err
			}
			out[r.p.each] = n
		}
		r.records = append(r.records, out)
	}
	maps.DeleteFunc(r.now, func(k, _ string) bool { return !r.p.keep[k] })
	return nil
}

// finish judges the reply as a whole.
func (r *run) finish() ([]map[string]string, error) {
	switch {
	case !r.p.end[r.state]:
		return nil, &UnknownError{Why: "it ends before a whole reply does; something may have been cut off"}
	case len(r.records) == 0:
		return nil, &UnknownError{Why: "it says nothing about what was asked"}
	case r.total != "" && r.total != strconv.Itoa(len(r.records)):
		return nil, &UnknownError{Why: fmt.Sprintf("it speaks of %q entries and has %d", r.total, len(r.records))}
	case len(r.records) < r.p.least:
		return nil, &UnknownError{Why: fmt.Sprintf("it has %d of %d entries; it may be cut off, or they are not there yet", len(r.records), r.p.least)}
	}
	if r.p.last {
		return r.records[len(r.records)-1:], nil
	}
	return r.records, nil
}
