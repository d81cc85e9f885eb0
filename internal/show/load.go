package show

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// Load returns the parsers of a system, none for one that has no show data. A
// broken file is an error that names file and line.
func Load(r *vendor.Registry, id string) (Parsers, error) {
	files, err := r.Shows(id)
	if err != nil {
		return nil, err
	}
	out := Parsers{}
	for name, data := range files {
		var list diag.List
		p := decode("vendors/"+id+"/show/"+name+".yaml", name, data, &list)
		if list.HasErrors() {
			d := list.Sorted()[0]
			return nil, fmt.Errorf("show data: %s: %s [%s]", d.Pos, d.Text, d.Code)
		}
		out[name] = p
	}
	return out, nil
}

// kinds are the types of a field that are no list of words.
var kinds = []string{"text", "address", "prefix", "number"}

func decode(file, name string, data []byte, list *diag.List) *Parser {
	p := &Parser{Name: name, fields: map[string]field{}, states: map[string][]rule{}, end: map[string]bool{}, keep: map[string]bool{}}
	top, ok := yamlpos.Parse(file, data, list)
	if !ok {
		return p
	}
	var sources []string
	known := map[string]bool{}
	top.Map("show data",
		yamlpos.Required("version", func(v yamlpos.Value) { v.Int("version", 1, 1, diag.CodeValue) }),
		yamlpos.Required("title", func(v yamlpos.Value) { p.Title = text(v) }),
		yamlpos.Optional("unconfirmed", func(v yamlpos.Value) { p.Unconfirmed = text(v) }),
		yamlpos.Required("fields", func(v yamlpos.Value) {
			v.Entries("fields", func(k, v yamlpos.Value) { p.fields[text(k)] = decodeField(v) })
		}),
		yamlpos.Optional("key", func(v yamlpos.Value) { p.key = texts(v) }),
		yamlpos.Optional("keep", func(v yamlpos.Value) { set(p.keep, texts(v)) }),
		yamlpos.Optional("join", func(v yamlpos.Value) { p.join = words(v) }),
		yamlpos.Optional("each", func(v yamlpos.Value) { p.each = text(v) }),
		yamlpos.Optional("count", func(v yamlpos.Value) { p.count = text(v) }),
		yamlpos.Optional("last", func(v yamlpos.Value) { p.last = v.Bool("last").Val }),
		yamlpos.Optional("least", func(v yamlpos.Value) { p.least = v.Int("least", 1, 1000, diag.CodeValue).Val }),
		yamlpos.Optional("ignore", func(v yamlpos.Value) {
			v.Seq("ignore", func(v yamlpos.Value) { p.ignore = append(p.ignore, pattern(v)) })
		}),
		yamlpos.Required("states", func(v yamlpos.Value) { p.decodeStates(v) }),
		yamlpos.Required("end", func(v yamlpos.Value) { set(p.end, texts(v)) }),
		yamlpos.Required("source", func(v yamlpos.Value) { sources = texts(v) }),
		yamlpos.Required("sources", func(v yamlpos.Value) {
			v.Entries("sources", func(k, v yamlpos.Value) {
				known[text(k)] = true
				v.Map("a source",
					yamlpos.Required("title", func(v yamlpos.Value) { text(v) }),
					yamlpos.Required("confidence", func(v yamlpos.Value) {
						v.OneOf("confidence", "device", "vendor", "third-party", "unconfirmed")
					}),
					yamlpos.Optional("where", func(v yamlpos.Value) { text(v) }),
				)
			})
		}),
	)
	p.check(top, sources, known)
	return p
}

func (p *Parser) decodeStates(v yamlpos.Value) {
	v.Entries("states", func(k, v yamlpos.Value) {
		name := text(k)
		if p.start == "" {
			p.start = name
		}
		p.states[name] = []rule{}
		v.Seq("a state", func(v yamlpos.Value) {
			r := rule{line: regexp.MustCompile("^$")}
			v.Map("a rule",
				yamlpos.Required("line", func(v yamlpos.Value) { r.line = pattern(v) }),
				yamlpos.Optional("when", func(v yamlpos.Value) { r.when = words(v) }),
				yamlpos.Optional("set", func(v yamlpos.Value) { r.set = words(v) }),
				yamlpos.Optional("record", func(v yamlpos.Value) { r.record = v.Bool("record").Val }),
				yamlpos.Optional("next", func(v yamlpos.Value) { r.next = text(v) }),
			)
			p.states[name] = append(p.states[name], r)
		})
	})
}

// check holds the parts against each other: what one names must be there.
func (p *Parser) check(v yamlpos.Value, sources []string, known map[string]bool) {
	for name, rules := range p.states {
		for _, r := range rules {
			p.checkRule(v, name, r)
		}
	}
	for e := range p.end {
		if _, ok := p.states[e]; !ok {
			v.Add(diag.CodeValue, "end names %s, which is no state", diag.Quote(e))
		}
	}
	named := slices.Concat(p.key, slices.Collect(maps.Keys(p.keep)), slices.Collect(maps.Keys(p.join)), []string{p.count, p.each})
	for _, f := range named {
		if _, ok := p.fields[f]; f != "" && !ok {
			v.Add(diag.CodeValue, "key, keep, join, count or each names %s, which is no field", diag.Quote(f))
		}
	}
	for _, s := range sources {
		if !known[s] {
			v.Add(diag.CodeValue, "source %s is not explained under sources", diag.Quote(s))
		}
	}
}

// checkRule makes sure that what a rule of a state names is there.
func (p *Parser) checkRule(v yamlpos.Value, state string, r rule) {
	for _, g := range r.line.SubexpNames() {
		if _, ok := p.fields[g]; g != "" && !ok {
			v.Add(diag.CodeValue, "a line of %s names %s, which is no field", state, diag.Quote(g))
		}
	}
	if _, ok := p.states[r.next]; r.next != "" && !ok {
		v.Add(diag.CodeValue, "a line of %s goes on with %s, which is no state", state, diag.Quote(r.next))
	}
	for _, values := range []map[string]string{r.set, r.when} {
		if _, err := p.normal(values); err != nil {
			v.Add(diag.CodeValue, "set or when in %s: %v", state, err)
		}
	}
}

func decodeField(v yamlpos.Value) field {
	if v.IsSeq() {
		return field{kind: "words", words: texts(v)}
	}
	return field{kind: v.OneOf("the type of a field", kinds...).Val}
}

func text(v yamlpos.Value) string {
	t, _ := v.LongText("a text")
	return t.Val
}

func texts(v yamlpos.Value) []string {
	var out []string
	v.Seq("a list", func(v yamlpos.Value) { out = append(out, text(v)) })
	return out
}

func words(v yamlpos.Value) map[string]string {
	out := map[string]string{}
	v.Entries("values", func(k, v yamlpos.Value) { out[text(k)] = text(v) })
	return out
}

func set(into map[string]bool, names []string) {
	for _, n := range names {
		into[n] = true
	}
}

// pattern returns a pattern for a whole line.
func pattern(v yamlpos.Value) *regexp.Regexp {
	re, err := regexp.Compile("^(?:" + text(v) + ")$")
	if err != nil {
		v.Add(diag.CodeValue, "no regular expression: %v", err)
		return regexp.MustCompile("^$")
	}
	return re
}
