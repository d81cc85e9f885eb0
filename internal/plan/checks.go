package plan

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/twinpath/twinpath/internal/show"
)

// watch says what must be seen after a step, and what must hold before it.
//
// After the step of a circuit, everything of that circuit must be up. Before
// it, if it changes or removes anything, everything of the other circuits:
// they carry the traffic meanwhile. A step for what the circuits share must
// leave those up that have no step of their own.
func (p *planner) watch(out *Step, st stage) {
	disturbs, changes := false, false
	for _, o := range st.ops {
		if k := o.statement().kind; k == nil || !k.Harmless {
			changes = true
			disturbs = disturbs || o.action != Add
		}
	}
	if !changes {
		return
	}
	own := map[string]bool{"": true}
	for _, o := range p.ops {
		own[o.circuit] = own[o.circuit] || st.circuit == ""
	}
	own[st.circuit] = true
	if st.circuit != "" {
		out.Checks = p.checks(st.after, func(circuit string) bool { return circuit == st.circuit })
	} else {
		out.Checks = p.checks(st.after, func(circuit string) bool { return !own[circuit] })
	}
	if disturbs {
		out.Needs = p.checks(st.before, func(circuit string) bool { return !own[circuit] })
	}
	var titles []string
	for _, c := range out.Checks {
		titles = append(titles, c.Title)
	}
	out.Wait = strings.Join(titles, ", ")
}

// checks returns how to see that circuits of a configuration are up.
func (p *planner) checks(c *config, of func(circuit string) bool) []Check {
	out := []Check{}
	for _, s := range c.list {
		if s.kind == nil || s.kind.Foreign || !p.watched(s) {
			continue
		}
		if circuit := p.circuit(s); circuit == "" || !of(circuit) {
			continue
		}
		for _, k := range p.checksOf(c, s) {
			if !slices.ContainsFunc(out, k.Equal) {
				out = append(out, k)
			}
		}
	}
	return out
}

// watched reports whether a statement is the scenario's, or what a step of this
// plan replaces by it. A route that somebody keeps beside them may be there for
// worse days.
func (p *planner) watched(s *statement) bool {
	return p.rendered.byID[s.id] != nil || slices.ContainsFunc(p.ops, func(o *operation) bool { return o.old == s })
}

// checksOf returns the checks of one statement: for each name the first whose
// groups it has.
func (p *planner) checksOf(c *config, s *statement) []Check {
	var out []Check
	values := s.values()
	if s.prefix.IsValid() {
		values["network"] = s.prefix.String()
	}
	made := map[string]bool{}
	for _, k := range p.m.Checks {
		if made[k.Name] || !slices.Contains(k.Kinds, s.kind.ID) {
			continue
		}
		k, ok := k.Fill(values)
		if !ok {
			continue
		}
		made[k.Name] = true
		if !k.Best || p.best(c, s) {
			out = append(out, show.Check{Title: k.Title, Show: k.Show, Command: k.Command, Want: maps.Clone(k.Want)})
		}
	}
	return out
}

// best reports whether no way for the same prefix is preferred to this one: the
// others are not in the forwarding table while it is up.
func (p *planner) best(c *config, s *statement) bool {
	mine := p.distance(c, s)
	return !slices.ContainsFunc(c.list, func(x *statement) bool {
		return x != s && sameDestination(x, s) && p.distance(c, x) < mine
	})
}

// sameDestination reports whether two statements are about next hops of one
// prefix.
func sameDestination(a, b *statement) bool {
	return a.kind != nil && a.groups.Get("hop") != "" && a.groups.Get("prefix") == b.groups.Get("prefix") && a.groups.Get("mask") == b.groups.Get("mask") &&
		b.groups.Get("prefix") != "" && table(a) == table(b)
}

// distance returns the distance of a route. Where it is a statement of its own,
// that one has the groups of the route and says word and value.
func (p *planner) distance(c *config, s *statement) int {
	text := s.value("distance")
	for _, x := range c.list {
		if text == "" && x.groups.Get("word") == "preference" && x.groups.Get("hop") == s.groups.Get("hop") && sameDestination(x, s) {
			text = x.groups.Get("value")
		}
	}
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return p.in.Profile.DefaultDistance
}
