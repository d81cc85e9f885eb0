package plan

import "net/netip"

// ours answers what of the running configuration lies beside a name of the
// templates. It is made once for each plan: asking every statement about every
// other takes minutes when there are 100,000.
type ours struct {
	// described are the ids of the sections in which something carries a name.
	described map[string]bool
	// inside are the statements that could carry a name by what leads to the
	// section that they stand in, ports those of ports, by unitOf.
	inside, ports map[string][]*statement
	links         []link
}

// link is an address of a port whose lines stand in no section.
type link struct {
	s      *statement
	prefix netip.Prefix
}

// ours returns the index, which it makes when it is first asked for.
func (p *planner) ours() *ours {
	if p.index != nil {
		return p.index
	}
	out := &ours{described: map[string]bool{}, inside: map[string][]*statement{}, ports: map[string][]*statement{}}
	p.index = out
	for _, s := range p.running.list {
		if s.kind == nil {
			continue
		}
		if len(s.kind.Own) > 0 {
			out.add(s, p.named(s))
		}
		if s.kind.Exclusive && s.value("port") != "" && s.value("address") != "" {
			if prefix, err := netip.ParsePrefix(s.value("address")); err == nil {
				out.links = append(out.links, link{s, prefix})
			}
		}
	}
	return out
}

func (o *ours) add(s *statement, named bool) {
	if sec := s.parent; sec != nil {
		o.inside[sec.ref] = append(o.inside[sec.ref], s)
		o.described[sec.id] = o.described[sec.id] || named
	}
	if !s.kind.Exclusive {
		o.ports[unitOf(s)] = append(o.ports[unitOf(s)], s)
	}
}

// unitOf names the port of a statement with the unit of it.
func unitOf(s *statement) string { return s.value("port") + "\x00" + s.value("unit") }

// named reports whether a statement carries a name of the templates.
func (p *planner) named(s *statement) bool {
	for _, g := range s.kind.Own {
		if v := s.groups.Get(g); v != "" && p.m.Owned.MatchString(v) {
			return true
		}
	}
	return false
}
