package vendor

import (
	"regexp"
	"slices"
	"strings"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

func patterns(v yamlpos.Value, what string) []*regexp.Regexp {
	var out []*regexp.Regexp
	v.Seq(what, func(v yamlpos.Value) { out = append(out, pattern(v, what)) })
	return out
}

func (p *Profile) decodeManage(v yamlpos.Value) {
	m := &Manage{}
	v.Map("manage",
		yamlpos.Optional("noise", func(v yamlpos.Value) { m.Noise = patterns(v, "noise") }),
		yamlpos.Optional("leave", func(v yamlpos.Value) { m.Leave = patterns(v, "leave") }),
		yamlpos.Optional("verbatim", func(v yamlpos.Value) { m.Verbatim = pattern(v, "verbatim") }),
		yamlpos.Required("owned", func(v yamlpos.Value) { m.Owned = pattern(v, "owned") }),
		yamlpos.Optional("secret", func(v yamlpos.Value) { m.Secret = patterns(v, "secret") }),
		yamlpos.Optional("additions_only", func(v yamlpos.Value) { m.AdditionsOnly = text(v, "additions_only") }),
		yamlpos.Required("source", func(v yamlpos.Value) { m.Sources = texts(v, "source") }),
		yamlpos.Optional("checks", func(v yamlpos.Value) {
			v.Seq("checks", func(v yamlpos.Value) { m.Checks = append(m.Checks, decodeCheck(v)) })
		}),
		yamlpos.Optional("failures", func(v yamlpos.Value) {
			v.Seq("failures", func(v yamlpos.Value) { m.Failures = append(m.Failures, decodeFailure(v)) })
		}),
		yamlpos.Optional("tests", func(v yamlpos.Value) {
			v.Seq("tests", func(v yamlpos.Value) { m.Tests = append(m.Tests, decodeTest(v)) })
		}),
		yamlpos.Optional("session", func(v yamlpos.Value) { m.Session = decodeSession(v) }),
		yamlpos.Optional("candidate", func(v yamlpos.Value) { m.Candidate = v.Bool("candidate").Val }),
		yamlpos.Optional("negate", func(v yamlpos.Value) { m.Negate = text(v, "negate") }),
		yamlpos.Optional("leave_line", func(v yamlpos.Value) { m.LeaveLine = text(v, "leave_line") }),
		yamlpos.Optional("normal", func(v yamlpos.Value) { m.Normal = decodeRewrites(v) }),
		yamlpos.Optional("grammar", m.Grammar.decode),
		yamlpos.Optional("defeats", func(v yamlpos.Value) { m.Defeats = decodeDefeats(v) }),
		yamlpos.Required("kinds", func(v yamlpos.Value) {
			v.Entries("kinds", func(k, v yamlpos.Value) { m.Kinds = append(m.Kinds, decodeKind(k, v)) })
		}),
	)
	if m.Verbatim != nil && m.Verbatim.NumSubexp() != 1 {
		v.Add(diag.CodeValue, "verbatim needs one group, the mark that ends the text")
	}
	m.check(v)
	p.Manage = m
}

func decodeKind(k, v yamlpos.Value) *Kind {
	out := &Kind{Pos: k.Pos(), ID: k.Match("a kind", idPattern, "lower case").Val, Line: regexp.MustCompile("^$")}
	v.Map("a kind",
		yamlpos.Required("line", func(v yamlpos.Value) { out.Line = pattern(v, "line") }),
		yamlpos.Optional("in", func(v yamlpos.Value) { out.In = texts(v, "in") }),
		yamlpos.Optional("top", func(v yamlpos.Value) { out.Top = v.Bool("top").Val }),
		yamlpos.Optional("key", func(v yamlpos.Value) { out.Key = texts(v, "key") }),
		yamlpos.Optional("held", func(v yamlpos.Value) { out.Held = v.Bool("held").Val }),
		yamlpos.Optional("rebuild", func(v yamlpos.Value) { out.Rebuild = v.Bool("rebuild").Val }),
		yamlpos.Optional("running", func(v yamlpos.Value) { out.Running = v.Bool("running").Val }),
		yamlpos.Optional("opaque", func(v yamlpos.Value) { out.Opaque = text(v, "opaque") }),
		yamlpos.Optional("again", func(v yamlpos.Value) { out.Again = v.Bool("again").Val }),
		yamlpos.Optional("with", func(v yamlpos.Value) { out.With = texts(v, "with") }),
		yamlpos.Optional("wipes", func(v yamlpos.Value) { out.Wipes = texts(v, "wipes") }),
		yamlpos.Optional("conflict", func(v yamlpos.Value) { out.Conflict = texts(v, "conflict") }),
		yamlpos.Optional("leave", func(v yamlpos.Value) { out.Leave = text(v, "leave") }),
		yamlpos.Optional("enter", func(v yamlpos.Value) { out.Enter = texts(v, "enter") }),
		yamlpos.Optional("keep", func(v yamlpos.Value) { out.Keep = v.Bool("keep").Val }),
		yamlpos.Optional("removable", func(v yamlpos.Value) { out.Removable = pattern(v, "removable") }),
		yamlpos.Optional("fixed", func(v yamlpos.Value) { out.Fixed = v.Bool("fixed").Val }),
		yamlpos.Optional("replaces", func(v yamlpos.Value) { out.Replaces = pattern(v, "replaces") }),
		yamlpos.Optional("remove", func(v yamlpos.Value) { out.Remove = text(v, "remove") }),
		yamlpos.Optional("refers", func(v yamlpos.Value) { out.Refers = texts(v, "refers") }),
		yamlpos.Optional("own", func(v yamlpos.Value) { out.Own = texts(v, "own") }),
		yamlpos.Optional("exclusive", func(v yamlpos.Value) { out.Exclusive = v.Bool("exclusive").Val }),
		yamlpos.Optional("unwanted", func(v yamlpos.Value) { out.Unwanted = v.Bool("unwanted").Val }),
		yamlpos.Optional("harmless", func(v yamlpos.Value) { out.Harmless = v.Bool("harmless").Val }),
		yamlpos.Optional("list", func(v yamlpos.Value) { out.List = decodeList(v) }),
		yamlpos.Optional("taken", func(v yamlpos.Value) { out.Taken = texts(v, "taken") }),
		yamlpos.Optional("other", func(v yamlpos.Value) { out.Other = v.Bool("other").Val }),
		yamlpos.Optional("listed", func(v yamlpos.Value) { out.Listed = text(v, "listed") }),
		yamlpos.Optional("route", func(v yamlpos.Value) { out.Route = v.Bool("route").Val }),
		yamlpos.Optional("foreign", func(v yamlpos.Value) { out.Foreign = v.Bool("foreign").Val }),
		yamlpos.Required("source", func(v yamlpos.Value) { out.Sources = texts(v, "source") }),
	)
	if slices.Equal(out.In, []string{"*"}) {
		out.Anywhere, out.In = true, nil
	}
	out.Top = out.Top || len(out.In) == 0
	return out
}

func decodeList(v yamlpos.Value) *NumberList {
	l := &NumberList{Range: "-", Join: ","}
	form := func(what string, into *string) func(yamlpos.Value) {
		return func(v yamlpos.Value) {
			*into = text(v, what)
			if !strings.HasSuffix(*into, " {list}") {
				v.Add(diag.CodeValue, "%s must end in {list}", what)
			}
		}
	}
	v.Map("list",
		yamlpos.Required("group", func(v yamlpos.Value) { l.Group = text(v, "group") }),
		yamlpos.Required("style", func(v yamlpos.Value) {
			if v.OneOf("style", "commas", "to").Val == "to" {
				l.Range, l.Join = " to ", " "
			}
		}),
		yamlpos.Required("form", form("form", &l.Form)),
		yamlpos.Required("add", form("add", &l.Add)),
		yamlpos.Required("remove", form("remove", &l.Remove)),
		yamlpos.Optional("most", func(v yamlpos.Value) { l.Most = v.Int("most", 1, 1000, diag.CodeValue).Val }),
	)
	return l
}

func decodeDefeats(v yamlpos.Value) []Defeat {
	var out []Defeat
	v.Seq("defeats", func(v yamlpos.Value) {
		var d Defeat
		v.Map("a defeat",
			yamlpos.Required("line", func(v yamlpos.Value) { d.Line = pattern(v, "line") }),
			yamlpos.Optional("with", func(v yamlpos.Value) { d.With = text(v, "with") }),
			yamlpos.Required("why", func(v yamlpos.Value) { d.Why = text(v, "why") }),
			yamlpos.Required("source", func(v yamlpos.Value) { d.Sources = texts(v, "source") }),
		)
		out = append(out, d)
	})
	return out
}

// check holds the kinds against each other: what one names must be there.
func (m *Manage) check(v yamlpos.Value) {
	m.checkChecks(v)
	for _, k := range m.Kinds {
		groups := k.Line.SubexpNames()
		need := func(what string, names []string) {
			for _, n := range names {
				if !slices.Contains(groups, n) {
					v.List().Add(diag.CodeValue, k.Pos, "kind %s: %s names the group %s, which its line has not", k.ID, what, diag.Quote(n))
				}
			}
		}
		need("key", k.Key)
		need("own", k.Own)
		need("conflict", k.Conflict)
		if k.List != nil {
			need("list", []string{k.List.Group})
		}
		m.checkListed(v, k)
		if k.Route {
			need("route", []string{"prefix", "hop"})
		}
		for _, in := range k.In {
			if s := m.Kind(in); s == nil || s.Leave == "" {
				v.List().Add(diag.CodeValue, k.Pos, "kind %s stands in %s, which opens no section", k.ID, diag.Quote(in))
			}
		}
		for _, id := range slices.Concat(k.Wipes, k.With, k.Taken) {
			if m.Kind(id) == nil {
				v.List().Add(diag.CodeValue, k.Pos, "kind %s names %s, which is no kind", k.ID, diag.Quote(id))
			}
		}
		for _, r := range k.Refers {
			if t := m.Kind(r); t == nil {
				v.List().Add(diag.CodeValue, k.Pos, "kind %s refers to %s, which is no kind", k.ID, diag.Quote(r))
			} else {
				need("a reference to "+r, t.Key)
			}
		}
	}
}

// checkChecks makes sure that the kinds of the checks are there.
func (m *Manage) checkChecks(v yamlpos.Value) {
	for _, c := range m.Checks {
		for _, id := range c.Kinds {
			if m.Kind(id) == nil {
				v.Add(diag.CodeValue, "the check %s is of %s, which is no kind", c.Name, diag.Quote(id))
			}
		}
	}
}

// checkListed holds a section against the list that names it.
func (m *Manage) checkListed(v yamlpos.Value, k *Kind) {
	if k.Listed == "" {
		return
	}
	if list := m.Kind(k.Listed); list == nil || list.List == nil || len(k.Key) != 1 {
		v.List().Add(diag.CodeValue, k.Pos, "kind %s is listed by %s, which is no list, or has not one key", k.ID, diag.Quote(k.Listed))
	}
}

// checkManageSources is called once the sources are known.
func (p *Profile) checkManageSources(check func(diag.Position, string, []string)) {
	if p.Manage == nil {
		return
	}
	check(diag.Position{}, "manage", p.Manage.Sources)
	for _, d := range p.Manage.Defeats {
		check(diag.Position{}, "a defeat", d.Sources)
	}
	for _, k := range p.Manage.Kinds {
		check(k.Pos, "kind "+k.ID, k.Sources)
		k.Unconfirmed = !slices.ContainsFunc(k.Sources, func(s string) bool { return p.Sources[s].Confidence != Inferred })
	}
	for _, c := range p.Manage.Checks {
		check(diag.Position{}, "the check "+c.Name, c.Sources)
	}
}

func decodeRewrites(v yamlpos.Value) []Rewrite {
	var out []Rewrite
	v.Seq("normal", func(v yamlpos.Value) {
		var r Rewrite
		v.Map("a rewrite",
			yamlpos.Required("line", func(v yamlpos.Value) { r.Line = pattern(v, "line") }),
			yamlpos.Optional("contains", func(v yamlpos.Value) { r.Contains = text(v, "contains") }),
			yamlpos.Required("form", func(v yamlpos.Value) { r.Form = text(v, "form") }),
		)
		if r.Line != nil {
			out = append(out, r)
		}
	})
	return out
}

func (g *Grammar) decode(v yamlpos.Value) {
	g.Arguments, g.Single, g.Attributes = map[string]int{}, map[string]bool{}, map[string]map[string]int{}
	v.Map("grammar",
		yamlpos.Optional("arguments", func(v yamlpos.Value) {
			v.Entries("arguments", func(k, v yamlpos.Value) { g.Arguments[text(k, "a keyword")] = number(v, "a number of words") })
		}),
		yamlpos.Optional("single", func(v yamlpos.Value) {
			for _, t := range texts(v, "single") {
				g.Single[t] = true
			}
		}),
		yamlpos.Optional("attributes", func(v yamlpos.Value) {
			v.Entries("attributes", func(k, v yamlpos.Value) {
				a := map[string]int{}
				v.Entries("attributes", func(k, v yamlpos.Value) { a[text(k, "an attribute")] = number(v, "a number of words") })
				g.Attributes[text(k, "a keyword")] = a
			})
		}),
		yamlpos.Optional("shared", func(v yamlpos.Value) { g.Shared = patterns(v, "shared") }),
		yamlpos.Optional("ordered", func(v yamlpos.Value) { g.Ordered = patterns(v, "ordered") }),
	)
}
