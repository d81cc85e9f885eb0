package plan

import (
	"fmt"
	"slices"
	"strings"
)

// stage is the work of one step, before it is written as commands.
type stage struct {
	circuit string
	ops     []*operation
}

// unit is the part of one circuit in one statement at the top and what stands
// under it. It is written in one go.
type unit struct {
	circuit string
	ops     []*operation
	// after are the units that must come first.
	after []*unit
	state int
}

// order puts the operations into steps: first what circuits share, then
// circuit by circuit in the scenario's order, what is new before what goes,
// and last what circuits shared and nobody needs any more. Inside a step, what
// a statement refers to comes before it, and goes after it.
func (p *planner) order() ([]stage, bool) {
	made := p.units(func(o *operation) bool { return o.action != Remove })
	gone := p.units(func(o *operation) bool { return o.action == Remove })
	p.link(made, false)
	p.link(gone, true)
	circuits := []string{""}
	for _, c := range p.in.Device.Circuits {
		circuits = append(circuits, c.Name)
	}
	var stages []stage
	done := map[*unit]bool{}
	add := func(circuit string, units []*unit) []*operation {
		var ops []*operation
		for _, u := range sorted(units, circuit) {
			for _, need := range u.after {
				if !done[need] && need.circuit != circuit {
					p.refuse("%q needs %q of another step first; this cannot be ordered circuit by circuit yet",
						u.ops[0].statement().text, need.ops[0].statement().text)
				}
			}
			done[u] = true
			ops = append(ops, u.ops...)
		}
		return ops
	}
	for _, c := range circuits {
		ops := add(c, made)
		if c != "" {
			ops = append(ops, add(c, gone)...)
		}
		if len(ops) > 0 {
			stages = append(stages, stage{c, ops})
		}
	}
	if ops := add("", gone); len(ops) > 0 {
		stages = append(stages, stage{"", ops})
	}
	return stages, len(p.refused) == 0
}

// units groups the operations of one direction.
func (p *planner) units(keep func(*operation) bool) []*unit {
	var out []*unit
	byKey := map[string]*unit{}
	for _, o := range p.ops {
		if !keep(o) {
			continue
		}
		s := o.statement()
		top := s
		for top.parent != nil {
			top = top.parent
		}
		key := o.circuit + "\x00" + top.id
		u := byKey[key]
		if u == nil {
			u = &unit{circuit: o.circuit}
			byKey[key], out = u, append(out, u)
		}
		u.ops = append(u.ops, o)
	}
	return out
}

// link finds which unit must come before which: what is referred to before
// what refers to it, or with reverse the other way round.
func (p *planner) link(units []*unit, reverse bool) {
	owner := map[string][]*unit{}
	for _, u := range units {
		for _, o := range u.ops {
			for s := o.statement(); s != nil; s = s.parent {
				if list := owner[s.ref]; !slices.Contains(list, u) {
					owner[s.ref] = append(list, u)
				}
			}
		}
	}
	for _, u := range units {
		for _, o := range u.ops {
			s := o.statement()
			for _, ref := range s.refs {
				for _, target := range owner[ref] {
					switch {
					case target == u:
					case reverse:
						target.after = append(target.after, u)
					default:
						u.after = append(u.after, target)
					}
				}
			}
		}
	}
}

// sorted returns the units of a circuit, each after those that it needs, as
// far as they are of the same circuit; otherwise in the order of the text.
func sorted(units []*unit, circuit string) []*unit {
	var out []*unit
	var visit func(*unit)
	visit = func(u *unit) {
		if u.circuit != circuit || u.state != 0 {
			return
		}
		u.state = 1
		for _, need := range u.after {
			visit(need)
		}
		out = append(out, u)
	}
	for _, u := range units {
		visit(u)
	}
	return out
}

// step writes the work of a step as commands, with its way back.
func (p *planner) step(st stage) Step {
	out := Step{Circuit: st.circuit, Needs: []Check{}, Checks: []Check{}, Changes: []Change{}}
	w := &writer{}
	for _, o := range st.ops {
		if !o.statement().kind.Keep {
			out.Changes = append(out.Changes, change(o))
		}
		p.forward(w, o)
	}
	out.Commands = w.finish()
	w = &writer{}
	for _, o := range slices.Backward(st.ops) {
		p.backward(w, o)
	}
	out.Rollback = w.finish()
	p.wait(&out, st)
	return out
}

func change(o *operation) Change {
	c := Change{Action: o.action, Path: o.statement().path()}
	if o.action == Replace {
		c.Old = o.old.text
	}
	return c
}

// forward writes the commands of one operation.
func (p *planner) forward(w *writer, o *operation) {
	switch o.action {
	case Remove:
		w.remove(o.old)
	case Add:
		w.write(o.now, o.now.isSection())
	case Replace:
		w.write(o.now, false)
	}
}

// backward writes the commands that take one operation back.
func (p *planner) backward(w *writer, o *operation) {
	switch o.action {
	case Remove:
		w.write(o.old, true)
		for _, s := range p.running.list {
			if s.under(o.old) {
				w.write(s, true)
			}
		}
	case Replace:
		w.write(o.old, false)
	case Add:
		if o.now.kind.Keep || p.goesWithSection(o.now) {
			return
		}
		w.remove(o.now)
	}
}

// goesWithSection reports whether a new statement stands in a new section that
// is removed whole on the way back.
func (p *planner) goesWithSection(s *statement) bool {
	for q := s.parent; q != nil; q = q.parent {
		if p.running.byID[q.id] == nil && !q.kind.Keep {
			return true
		}
	}
	return false
}

// wait says what must be seen after a step, and what must hold before it.
func (p *planner) wait(out *Step, st stage) {
	touched := map[string]bool{}
	prefixes := map[string]bool{}
	var titles []string
	for _, o := range st.ops {
		s := o.statement()
		if !s.kind.Route {
			continue
		}
		touched[s.id] = true
		if o.action == Remove {
			prefixes[table(s)+" "+s.prefix.String()] = true
			continue
		}
		if o.action == Replace {
			prefixes[table(s)+" "+s.prefix.String()] = true
		}
		if c, ok := p.check(s); ok {
			out.Checks = append(out.Checks, c)
			titles = append(titles, c.Title)
		}
	}
	out.Wait = strings.Join(titles, ", ")
	for _, s := range p.running.list {
		if s.kind != nil && s.kind.Route && !s.kind.Foreign && !touched[s.id] && prefixes[table(s)+" "+s.prefix.String()] {
			if c, ok := p.check(s); ok {
				out.Needs = append(out.Needs, c)
			}
		}
	}
}

// check returns how to see that a route's next hop carries traffic.
func (p *planner) check(s *statement) (Check, bool) {
	if p.m.Session == nil {
		return Check{}, false
	}
	for _, w := range p.m.Session.Waits {
		if command, expect, ok := w.Fill(s.values); ok {
			return Check{
				Title:   fmt.Sprintf("%s via %s is in the forwarding table", s.prefix, s.values["hop"]),
				Command: command, Expect: expect,
			}, true
		}
	}
	return Check{}, false
}
