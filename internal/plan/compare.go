package plan

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/vendor"
)

// operation is one statement that changes. old is nil for Add, now for Remove.
type operation struct {
	action   Action
	old, now *statement
	// circuit is "" for what circuits share.
	circuit string
}

// statement returns what the operation is about.
func (o *operation) statement() *statement {
	if o.now != nil {
		return o.now
	}
	return o.old
}

// planner carries what the parts of Compute share.
type planner struct {
	in                Input
	m                 *vendor.Manage
	rules             *rules
	running, rendered *config
	ops               []*operation
	refused           []string
	index             *ours
}

func (p *planner) refuse(format string, args ...any) {
	p.refused = append(p.refused, fmt.Sprintf(format, args...))
}

// compare finds what must be added, replaced and removed.
func (p *planner) compare() {
	for _, s := range p.rendered.list {
		p.compareOne(s)
	}
	p.taken()
	removed := map[*statement]bool{}
	for _, s := range p.running.list {
		if s.kind == nil || p.rendered.byID[s.id] != nil || !p.owned(s) && !p.unwanted(s) {
			continue
		}
		if removed[s.parent] {
			removed[s] = true // It dies with its section.
			continue
		}
		switch {
		case s.kind.Keep, s.kind.Foreign:
			continue
		case s.kind.Remove == "" && len(s.kind.With) == 0:
			p.refuse("line %d, %q, must go, but how it is removed is not known", s.line, s.text)
			continue
		case p.m.AdditionsOnly != "" && !s.kind.Unwanted:
			p.refuse("line %d, %q, must go: %s", s.line, s.text, p.m.AdditionsOnly)
			continue
		}
		removed[s] = true
		p.ops = append(p.ops, &operation{action: Remove, old: s, circuit: p.circuit(s)})
	}
}

// compareOne compares one rendered statement with the running configuration.
func (p *planner) compareOne(s *statement) {
	if s.kind != nil && s.kind.Foreign {
		p.refuse("the rendered line %q is not one that can be planned for yet", s.text)
		return
	}
	old := p.running.byID[s.id]
	switch {
	case old == nil:
		p.ops = append(p.ops, &operation{action: Add, now: s, circuit: p.circuit(s)})
	case old.same != s.same && p.m.AdditionsOnly != "":
		p.refuse("line %d, %q, must become %q: %s", old.line, old.text, s.text, p.m.AdditionsOnly)
	case old.same != s.same:
		p.ops = append(p.ops, &operation{action: Replace, old: old, now: s, circuit: p.circuit(s)})
	}
}

// owned reports whether a statement was made by twinpath: it carries a name
// that the templates give, or it stands in a section of such a name.
func (p *planner) owned(s *statement) bool {
	if s.kind == nil {
		return false
	}
	if p.named(s) {
		return true
	}
	if sec := s.parent; sec != nil && sec.kind != nil && sec.kind.Exclusive && p.owned(sec) {
		return true
	}
	if sec := s.parent; sec != nil && sec.kind != nil && sec.kind.Keep && p.rendered.byID[sec.id] == nil && s.kind.Remove != "" && p.ours().described[sec.id] {
		return true // A port that the scenario no longer uses.
	}
	if s.kind.Exclusive && s.value("port") != "" {
		return p.ourPort(s)
	}
	return s.kind.Route && !s.kind.Foreign && p.routed(s) && (p.throughOurs(s) || p.overOurs(s) != nil)
}

// ourPort reports whether the port of a statement, which stands in no section,
// carries a name of the templates.
func (p *planner) ourPort(s *statement) bool {
	return slices.ContainsFunc(p.ours().ports[unitOf(s)], p.owned)
}

// overOurs returns the address of twinpath's on whose link the next hop of a
// route is, nil for none.
func (p *planner) overOurs(s *statement) *statement {
	hop, err := netip.ParseAddr(s.value("hop"))
	if err != nil {
		return nil
	}
	for _, l := range p.ours().links {
		if l.prefix.Contains(hop) && p.ourPort(l.s) {
			return l.s
		}
	}
	return nil
}

// routed reports whether a route is for a prefix that the scenario routes.
func (p *planner) routed(s *statement) bool {
	return p.pinned(s) || slices.ContainsFunc(p.in.Device.Groups, func(g *intent.Group) bool {
		return g.VRF == table(s) && g.Prefix.Masked() == s.prefix
	})
}

// pinned reports whether a route is for an address that must be reached over
// its own circuit alone, such as the source of the cloud's probe.
func (p *planner) pinned(s *statement) bool {
	return slices.ContainsFunc(p.in.Device.Pins, func(r *intent.Route) bool {
		return r.VRF == table(s) && r.Prefix.Masked() == s.prefix
	})
}

// throughOurs reports whether a statement refers to a section in which
// something carries a name of the templates: a port that twinpath described.
func (p *planner) throughOurs(s *statement) bool {
	for _, ref := range s.refs {
		if slices.ContainsFunc(p.ours().inside[ref], p.owned) {
			return true
		}
	}
	return false
}

// unwanted reports whether a statement defeats a section that is rendered.
func (p *planner) unwanted(s *statement) bool {
	return s.kind.Unwanted && s.parent != nil && p.rendered.byID[s.parent.id] != nil
}

// circuit returns the circuit that a statement belongs to, "" for none.
func (p *planner) circuit(s *statement) string {
	if port := s.value("port"); port != "" {
		return p.circuitOfPort(port, s.value("unit"))
	}
	for _, c := range p.in.Device.Circuits {
		port := s.value("interface")
		switch {
		case port != "" && port == c.Interface:
			return c.Name
		case s.value("hop") != "" && hasPeer(c, s.value("hop")):
			return c.Name
		case port == "" && (hasNumber(p.in.Device, c, s.value("circuit")) || hasNumber(p.in.Device, c, s.value("probe"))):
			return c.Name
		case port == "" && s.value("name") == c.Name:
			return c.Name
		}
	}
	if s.kind != nil && s.kind.Route {
		return p.circuitOfRoute(s)
	}
	if c := p.circuitOfReference(s); c != "" {
		return c
	}
	return p.circuitOfSection(s)
}

// circuitOfReference returns the circuit of what a line is about that stands
// beside it: of a session that is named.
func (p *planner) circuitOfReference(s *statement) string {
	for _, c := range []*config{p.rendered, p.running} {
		for _, ref := range s.refs {
			if x := c.byID[ref]; x != nil && x != s && len(x.kind.Taken) > 0 {
				return p.circuit(x)
			}
		}
	}
	return ""
}

// circuitOfSection returns the circuit whose address stands in the section of a
// statement: the port that it lay on.
func (p *planner) circuitOfSection(s *statement) string {
	if s.parent == nil || s.parent.kind == nil || !s.parent.kind.Keep {
		return ""
	}
	for _, x := range p.running.list {
		if x.parent == nil || x.parent.id != s.parent.id || x.groups.Get("address") == "" {
			continue
		}
		text, _, _ := strings.Cut(x.groups.Get("address"), "/")
		a, err := netip.ParseAddr(text)
		for _, c := range p.in.Device.Circuits {
			if err == nil && slices.ContainsFunc(c.Families(), func(f *intent.Family) bool { return f.Address.Addr() == a }) {
				return c.Name
			}
		}
	}
	return ""
}

// circuitOfRoute returns the circuit of a route over a next hop that the
// scenario does not know any more.
func (p *planner) circuitOfRoute(s *statement) string {
	for _, r := range p.in.Device.Pins {
		if r.VRF == table(s) && r.Prefix.Masked() == s.prefix && r.Circuit != nil {
			return r.Circuit.Name
		}
	}
	if x := p.overOurs(s); x != nil {
		return p.circuitOfPort(x.value("port"), x.value("unit"))
	}
	return ""
}

// circuitOfPort returns the circuit on a port, or on a unit of it; "" when
// several lie on it.
func (p *planner) circuitOfPort(port, unit string) string {
	name := ""
	for _, c := range p.in.Device.Circuits {
		switch {
		case unit != "" && c.Interface == port+"."+unit:
			return c.Name
		case unit == "" && (c.Interface == port || strings.HasPrefix(c.Interface, port+".")):
			if name != "" {
				return ""
			}
			name = c.Name
		}
	}
	return name
}

func hasPeer(c *intent.Circuit, hop string) bool {
	a, err := netip.ParseAddr(hop)
	return err == nil && slices.ContainsFunc(c.Families(), func(f *intent.Family) bool { return f.Peer == a })
}

// hasNumber reports whether a number is the circuit's or one of its probes'.
func hasNumber(d *intent.Device, c *intent.Circuit, text string) bool {
	n, err := strconv.Atoi(text)
	if err != nil {
		return false
	}
	return n == c.ID || slices.ContainsFunc(d.Probes, func(pr *intent.Probe) bool { return pr.Circuit == c && pr.ID == n })
}

// table names the routing table of a route.
func table(s *statement) string { return s.value("vrf") }

// prefixOf returns the prefix of a route's groups, the zero Prefix when they
// hold none.
func prefixOf(groups vendor.Groups) netip.Prefix {
	text := groups.Get("prefix")
	if mask := groups.Get("mask"); mask != "" && !strings.Contains(mask, ".") {
		text += "/" + mask
	} else if mask != "" {
		m, err := netip.ParseAddr(mask)
		if err != nil || !m.Is4() {
			return netip.Prefix{}
		}
		bits := 0
		for _, b := range m.As4() {
			for ; b&0x80 != 0; b <<= 1 {
				bits++
			}
		}
		text += "/" + strconv.Itoa(bits)
	}
	pre, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}
	}
	return pre.Masked()
}

// dotted turns the length of a prefix into a mask; what is none stays.
func dotted(text string) string {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 32 {
		return text
	}
	bits := ^uint32(0)
	if n < 32 {
		bits = ^(^uint32(0) >> n)
	}
	return netip.AddrFrom4([4]byte{byte(bits >> 24), byte(bits >> 16), byte(bits >> 8), byte(bits)}).String()
}
