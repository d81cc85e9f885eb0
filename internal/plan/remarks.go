package plan

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/twinpath/twinpath/internal/vendor"
)

// remarks finds statements that are left alone and defeat what is rendered.
func (p *planner) remarks() []Remark {
	legs := p.legs()
	gone := map[*statement]bool{}
	for _, o := range p.ops {
		gone[o.old] = true
	}
	out := []Remark{}
	for _, s := range p.running.list {
		if gone[s] || p.rendered.byID[s.id] != nil && p.rendered.byID[s.id].text == s.text {
			continue
		}
		why := p.defeats(s)
		switch sec := s.parent; {
		case why != "" || s.kind == nil:
		case s.kind.Route:
			why = p.besideOurs(s, legs)
		case sec != nil && s.value("address") != "" && p.rendered.byID[sec.id] != nil:
			why = fmt.Sprintf("%s has an address that the scenario does not render; it stays", sec.text)
		}
		if why != "" {
			out = append(out, Remark{Line: s.line, Text: s.text, Why: why})
		}
	}
	return out
}

// leg is a prefix of a table.
type leg struct {
	table  string
	prefix netip.Prefix
}

// legs returns the rendered routes of each prefix.
func (p *planner) legs() map[leg][]*statement {
	out := map[leg][]*statement{}
	for _, s := range p.rendered.list {
		if s.kind != nil && s.kind.Route {
			k := leg{table(s), s.prefix}
			out[k] = append(out[k], s)
		}
	}
	return out
}

// besideOurs says what a route that is not the scenario's does to the rendered
// ones, "" for nothing.
func (p *planner) besideOurs(s *statement, legs map[leg][]*statement) string {
	if why := p.twin(s, legs[leg{table(s), s.prefix}]); why != "" {
		return why
	}
	if p.throughOurs(s) {
		return "a route through a port of the circuits that the scenario does not render; it stays"
	}
	if !s.prefix.IsValid() || s.prefix.Bits() == 0 {
		return "" // A default route is beside everything.
	}
	for _, g := range p.in.Device.Groups {
		ours := g.Prefix.Masked()
		switch {
		case g.VRF != table(s) || !ours.Overlaps(s.prefix):
		case s.prefix.Bits() > ours.Bits():
			return fmt.Sprintf("a longer prefix within %s: it takes its part of the traffic from the circuits, dead or alive; it stays", ours)
		default:
			return fmt.Sprintf("a summary of %s: it takes the traffic when no circuit is left, whatever its distance; it stays", ours)
		}
	}
	return ""
}

// twin says what is wrong with a route beside the rendered ones of its prefix.
func (p *planner) twin(s *statement, legs []*statement) string {
	if len(legs) == 0 {
		return ""
	}
	for _, l := range legs {
		if l.groups.Get("hop") == s.groups.Get("hop") && l.groups.Get("tracking") != "" && s.groups.Get("tracking") == "" {
			return fmt.Sprintf("an untracked twin of %q: the route stays in use when the circuit is dead; remove it by hand", l.text)
		}
	}
	better := ""
	for _, l := range legs {
		if p.distance(p.running, s) < p.distance(p.running, l) {
			better = ", with a better distance: the circuits are not used while it is there"
		}
	}
	return fmt.Sprintf("another route for %s, which is not the scenario's%s; it stays", legs[0].prefix, better)
}

// defeats says why a statement, of whatever kind, makes what is rendered
// worthless: the profile knows some that do.
func (p *planner) defeats(s *statement) string {
	for _, d := range p.m.Defeats {
		m := d.Line.FindStringSubmatch(s.text)
		if m == nil || slices.ContainsFunc(m[1:], p.m.Owned.MatchString) {
			continue
		}
		values := map[string]string{}
		for i, name := range d.Line.SubexpNames() {
			values[name] = m[i]
		}
		delete(values, "")
		if d.With == "" || p.has(vendor.Fill(d.With, values), s.parent) {
			return vendor.Fill(d.Why, values)
		}
	}
	return ""
}

// has reports whether the running configuration has a line that begins so, at
// the top or in the section given.
func (p *planner) has(begin string, sec *statement) bool {
	return slices.ContainsFunc(p.running.list, func(s *statement) bool {
		return s.parent == sec && begins(s.text, begin)
	})
}

// taken refuses to take over an object of the number or name that is to be
// rendered, when it is somebody else's: a probe that watches something else.
func (p *planner) taken() {
	for _, s := range p.rendered.list {
		if s.kind == nil || len(s.kind.Taken) == 0 {
			continue
		}
		for _, id := range s.kind.Taken {
			k := p.m.Kind(id)
			for _, x := range p.running.list {
				if x.kind == k && x.ref == reference(k, s.groups) && !p.mine(x) && (k != s.kind || !p.sameInside(x, s)) {
					p.refuse("line %d, %q, is in use by somebody else, and the scenario would take it over: set id_offset in the inventory so that its numbers stay clear, give the circuit another name, or remove the object by hand", x.line, x.text)
				}
			}
		}
	}
}

// mine reports whether an object is the scenario's: it carries a name of the
// templates, what it names is a circuit's (an address, a port), or it says
// nothing yet.
func (p *planner) mine(x *statement) bool {
	if p.owned(x) {
		return true
	}
	empty := true
	for _, s := range p.running.list {
		if s != x && !s.under(x.id) || s.kind == nil {
			continue
		}
		for _, g := range []string{"hop", "source", "interface"} {
			if v := s.groups.Get(g); v != "" {
				empty = false
				if p.ofCircuit(v) {
					return true
				}
			}
		}
		// An object that only refers to another one is as that one is.
		for _, ref := range s.refs {
			for _, target := range p.running.list {
				if target.ref == ref && len(target.kind.Taken) > 0 && target != x && !s.under(x.id) {
					return p.mine(target)
				}
			}
		}
	}
	return empty && !x.kind.Other
}

// ofCircuit reports whether a value is an address or a port of a circuit, now or
// before the change: of a port that carries a name of the templates.
func (p *planner) ofCircuit(v string) bool {
	for _, c := range p.in.Device.Circuits {
		if v == c.Interface || hasPeer(c, v) {
			return true
		}
		for _, f := range c.Families() {
			if f.Address.Addr().String() == v {
				return true
			}
		}
	}
	for _, s := range p.running.list {
		if s.parent == nil || !p.ours().described[s.parent.id] {
			continue
		}
		a := s.groups.Get("address")
		if a == v && a != "" || s.parent.groups.Get("interface") == v {
			return true
		}
	}
	return false
}

// sameInside reports whether two sections hold the same statements.
func (p *planner) sameInside(a, b *statement) bool {
	if a.same != b.same {
		return false
	}
	inside := func(c *config, id string) map[string]bool {
		out := map[string]bool{}
		for _, s := range c.list {
			if s.under(id) {
				out[s.same] = true
			}
		}
		return out
	}
	x, y := inside(p.running, a.id), inside(p.rendered, b.id)
	for text := range x {
		if !y[text] {
			return false
		}
	}
	return len(x) == len(y)
}
