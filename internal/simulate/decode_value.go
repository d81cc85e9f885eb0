package simulate

import (
	"regexp"
	"strings"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

func (l *loader) decodeNode(v yamlpos.Value) {
	p := &Path{Kind: "container"}
	v.Map("a node",
		yamlpos.Required("path", func(v yamlpos.Value) {
			t := text(v, "path")
			rest, anywhere := strings.CutPrefix(t, "... ")
			f, err := compile(strings.ReplaceAll(rest, "*", "<any>"))
			if err != nil || len(f) == 0 && rest != "" {
				v.Add(diag.CodeValue, "path: %v", err)
			}
			p.words, p.anywhere = f, anywhere
		}),
		yamlpos.Optional("kind", func(v yamlpos.Value) { p.Kind = v.OneOf("kind", "container", "keyed", "leaf", "list").Val }),
		yamlpos.Optional("line", func(v yamlpos.Value) { p.Line = v.OneOf("line", "all", "one", "word").Val }),
		yamlpos.Optional("stays", func(v yamlpos.Value) { p.Stays = v.Bool("stays").Val }),
		yamlpos.Optional("order", func(v yamlpos.Value) { p.Order = strings.Fields(text(v, "order")) }),
		yamlpos.Optional("closed", func(v yamlpos.Value) { p.Closed = v.Bool("closed").Val }),
		yamlpos.Optional("prefix", func(v yamlpos.Value) { p.Prefix = v.Bool("prefix").Val }),
		yamlpos.Required("source", func(v yamlpos.Value) { p.Source, _ = l.cite(v, "") }),
	)
	p.rank = map[string]int{}
	for i, w := range p.Order {
		p.rank[w] = i
	}
	l.d.Nodes = append(l.d.Nodes, p)
}

func (l *loader) decodeCommit(v yamlpos.Value) {
	c := &CommitRule{}
	v.Map("a check", l.fact(&c.Fact,
		yamlpos.Required("id", func(v yamlpos.Value) { c.ID = text(v, "id") }),
		yamlpos.Required("each", func(v yamlpos.Value) { c.Each = text(v, "each") }),
		yamlpos.Optional("needs", func(v yamlpos.Value) { c.Needs = texts(v, "needs") }),
		yamlpos.Optional("forbids", func(v yamlpos.Value) { c.Forbids = texts(v, "forbids") }),
		yamlpos.Optional("check", func(v yamlpos.Value) { c.Check = v.OneOf("check", "host-bits").Val }),
	)...)
	l.d.Commits = append(l.d.Commits, c)
}

func text(v yamlpos.Value, what string) string {
	t, _ := v.LongText(what)
	return t.Val
}

func texts(v yamlpos.Value, what string) []string {
	var out []string
	v.Seq(what, func(v yamlpos.Value) { out = append(out, text(v, what)) })
	return out
}

func pairs(v yamlpos.Value, what string) map[string]string {
	out := map[string]string{}
	v.Entries(what, func(k, v yamlpos.Value) { out[text(k, what)] = text(v, what) })
	return out
}

func expression(v yamlpos.Value, what string) *regexp.Regexp {
	re, err := regexp.Compile("^(?:" + text(v, what) + ")$")
	if err != nil {
		v.Add(diag.CodeValue, "%s is no regular expression: %v", what, err)
		return regexp.MustCompile("^$")
	}
	return re
}

func expressions(v yamlpos.Value, what string) []*regexp.Regexp {
	var out []*regexp.Regexp
	v.Seq(what, func(v yamlpos.Value) { out = append(out, expression(v, what)) })
	return out
}

func decodeForm(v yamlpos.Value) form {
	f, err := compile(text(v, "a form"))
	if err != nil {
		v.Add(diag.CodeValue, "%v", err)
	}
	return f
}

func decodeForms(v yamlpos.Value) []form {
	var out []form
	v.Seq("forms", func(v yamlpos.Value) { out = append(out, decodeForm(v)) })
	return out
}

func decodeMembers(v yamlpos.Value) *Members {
	m := &Members{}
	v.Map("members",
		yamlpos.Required("value", func(v yamlpos.Value) { m.Value = text(v, "value") }),
		yamlpos.Required("style", func(v yamlpos.Value) {
			m.Range, m.Join = "-", ","
			if v.OneOf("style", "commas", "to").Val == "to" {
				m.Range, m.Join = " to ", " "
			}
		}),
		yamlpos.Optional("implied", func(v yamlpos.Value) { m.Implied, _ = m.parse(text(v, "implied")) }),
		yamlpos.Optional("adds", func(v yamlpos.Value) { m.Adds = decodeForms(v) }),
		yamlpos.Optional("removes", func(v yamlpos.Value) { m.Removes = decodeForms(v) }),
	)
	return m
}
