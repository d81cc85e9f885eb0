package vendor

import (
	"maps"
	"regexp"
	"slices"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// Check says how to see that a statement does what it is for: the reply to
// Command, read by the parser Show, has a record with the values of Want. The
// parts {group} are filled in with the values of the statement and of its
// sections, and {network}, a route's prefix with its length.
type Check struct {
	// Kinds are those of the statements, Name what is looked at: of all checks
	// of one name the first is used whose groups the statement has.
	Kinds []string
	Name  string
	// Needs are groups that the statement must have beside those filled in,
	// Without are groups that it must not have.
	Needs, Without []string
	// Title completes "wait until ...".
	Title         string
	Show, Command string
	Want          map[string]string
	// Best is true for what only the best of several routes for a prefix shows:
	// that it is in the forwarding table.
	Best    bool
	Sources []string
}

// open finds a part of a form that no value was filled into.
var open = regexp.MustCompile(`\{[a-z]+\}`)

// Fill returns the check of one statement, false when the statement lacks a
// group.
func (c Check) Fill(values map[string]string) (Check, bool) {
	ok := !slices.ContainsFunc(c.Needs, func(g string) bool { return values[g] == "" }) &&
		!slices.ContainsFunc(c.Without, func(g string) bool { return values[g] != "" })
	fill := func(form string) string {
		form = Fill(form, values)
		ok = ok && !open.MatchString(form)
		return form
	}
	c.Title, c.Command, c.Want = fill(c.Title), fill(c.Command), maps.Clone(c.Want)
	for _, k := range slices.Sorted(maps.Keys(c.Want)) {
		c.Want[k] = fill(c.Want[k])
	}
	return c, ok
}

func decodeCheck(v yamlpos.Value) Check {
	c := Check{Want: map[string]string{}}
	v.Map("a check",
		yamlpos.Required("kinds", func(v yamlpos.Value) { c.Kinds = texts(v, "kinds") }),
		yamlpos.Required("name", func(v yamlpos.Value) { c.Name = text(v, "name") }),
		yamlpos.Optional("needs", func(v yamlpos.Value) { c.Needs = texts(v, "needs") }),
		yamlpos.Optional("without", func(v yamlpos.Value) { c.Without = texts(v, "without") }),
		yamlpos.Required("title", func(v yamlpos.Value) { c.Title = text(v, "title") }),
		yamlpos.Required("show", func(v yamlpos.Value) { c.Show = text(v, "show") }),
		yamlpos.Required("command", func(v yamlpos.Value) { c.Command = text(v, "command") }),
		yamlpos.Required("want", func(v yamlpos.Value) {
			v.Entries("want", func(k, v yamlpos.Value) { c.Want[text(k, "a field")] = text(v, "a value") })
		}),
		yamlpos.Optional("best", func(v yamlpos.Value) { c.Best = v.Bool("best").Val }),
		yamlpos.Required("source", func(v yamlpos.Value) { c.Sources = texts(v, "source") }),
	)
	if len(c.Want) == 0 {
		v.Add(diag.CodeValue, "a check without want would hold whatever the gateway says")
	}
	return c
}
