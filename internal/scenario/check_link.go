package scenario

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/twinpath/twinpath/internal/diag"
)

// checkLink holds the rules of one circuit's link addresses.
func (s *Scenario) checkLink(list *diag.List, c *Circuit, l *Link, v6 bool) {
	if l == nil || !l.Cloud.Set || !l.Gateway.Set {
		return
	}
	for _, a := range []Of[netip.Prefix]{l.Cloud, l.Gateway} {
		if a.Val.Addr().Is6() != v6 {
			s.addFamily(list, a, v6)
			return
		}
	}
	cloud, gw := l.Cloud.Val, l.Gateway.Val
	switch {
	case cloud.Bits() != gw.Bits():
		list.Add(diag.CodeLinkSubnet, l.Gateway.Pos, "the two ends of circuit %s have different lengths, /%d and /%d", diag.Quote(c.Name.Val), cloud.Bits(), gw.Bits()).
			WithRelated(l.Cloud.Pos, "the other end")
		return
	case cloud.Masked() != gw.Masked():
		list.Add(diag.CodeLinkSubnet, l.Gateway.Pos, "%s and %s are not in one subnet", cloud.Addr(), gw).
			WithHelp("the cloud's end is in %s", cloud.Masked()).
			WithRelated(l.Cloud.Pos, "the other end")
		return
	case cloud.Addr() == gw.Addr():
		list.Add(diag.CodeLinkHost, l.Gateway.Pos, "both ends of circuit %s have the address %s", diag.Quote(c.Name.Val), gw.Addr()).
			WithRelated(l.Cloud.Pos, "the other end")
		return
	}
	checkHost(list, l.Cloud)
	checkHost(list, l.Gateway)
	if p := s.Provider(); p != nil && !v6 && (cloud.Bits() < p.LinkBits4[0] || cloud.Bits() > p.LinkBits4[1]) {
		list.Add(diag.CodeLinkMask, l.Cloud.Pos, "the link %s has length /%d, the cloud takes /%d to /%d",
			cloud.Masked(), cloud.Bits(), p.LinkBits4[0], p.LinkBits4[1])
	}
}

func (s *Scenario) addFamily(list *diag.List, a Of[netip.Prefix], v6 bool) {
	want, help := "IPv4", "the circuit's own addresses are IPv4; put the IPv6 pair under `ipv6:` (no IPv6-only border router is documented)"
	if v6 {
		want, help = "IPv6", "`ipv6:` holds the IPv6 pair of a dual-stack circuit"
	}
	list.Add(diag.CodeLinkFamily, a.Pos, "an %s address is needed here, found %s", want, a.Val).WithHelp("%s", help)
}

// checkHost finds an address that no interface can have: the network or
// broadcast address of its subnet, or none of the unicast addresses.
func checkHost(list *diag.List, a Of[netip.Prefix]) {
	addr := a.Val.Addr()
	switch {
	case addr.IsUnspecified() || addr.IsMulticast() || addr.IsLoopback() || reserved4(addr):
		list.Add(diag.CodeLinkHost, a.Pos, "%s is no address of an interface", addr)
	case addr.Is6() && addr.IsLinkLocalUnicast():
		list.Add(diag.CodeLinkHost, a.Pos, "%s is a link-local address, a static route cannot name it as its next hop", addr).
			WithHelp("use a global or a unique local address on both ends")
	case addr.Is4() && a.Val.Bits() < 31 && addr == a.Val.Masked().Addr():
		list.Add(diag.CodeLinkHost, a.Pos, "%s is the network address of %s, no interface can have it", addr, a.Val.Masked())
	case addr.Is4() && a.Val.Bits() < 31 && addr == lastAddr(a.Val):
		list.Add(diag.CodeLinkHost, a.Pos, "%s is the broadcast address of %s, no interface can have it", addr, a.Val.Masked())
	case addr.Is4() && a.Val.Bits() == 32, addr.Is6() && a.Val.Bits() == 128:
		list.Add(diag.CodeLinkSubnet, a.Pos, "a link of length /%d has room for one address, two are needed", a.Val.Bits())
	case addr.Is6() && a.Val.Bits() < 127 && addr == a.Val.Masked().Addr():
		// RFC 4291 section 2.6.1: the subnet-router anycast address.
		list.Add(diag.CodeLinkHost, a.Pos, "%s is the subnet-router anycast address of %s, no interface can have it", addr, a.Val.Masked())
	}
}

// lastAddr returns the last address of an IPv4 prefix.
func lastAddr(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	return netip.AddrFrom4(b)
}

// labelled is a prefix with what it is, for the overlap rule.
type labelled struct {
	prefix netip.Prefix
	pos    diag.Position
	what   string
	group  group
}

// group says which prefixes may overlap each other: prefixes of one end may,
// links may not, and a link between two gateways is part of the data centre.
type group int

const (
	groupLink group = iota
	groupSite
	groupCloud
	groupGatewayLink
)

// isLink reports whether prefixes of the group are links.
func (g group) isLink() bool { return g == groupLink || g == groupGatewayLink }

// mayOverlap reports whether prefixes of two groups may overlap.
func (g group) mayOverlap(o group) bool {
	if g == o {
		return !g.isLink()
	}
	return min(g, o) == groupSite && max(g, o) == groupGatewayLink
}

// overlapping returns every prefix that the overlap rule looks at.
func (s *Scenario) overlapping() []labelled {
	var all []labelled
	for _, c := range s.Circuits {
		for _, l := range c.Links() {
			if l.Cloud.Set && l.Gateway.Set && l.Cloud.Val.Addr().Is6() == (l == c.V6) {
				all = append(all, labelled{l.Cloud.Val.Masked(), l.Cloud.Pos, "the link of circuit " + diag.Quote(c.Name.Val), groupLink})
			}
		}
	}
	for _, p := range s.Site.Prefixes {
		if p.Val.Bits() > 0 {
			all = append(all, labelled{p.Val, p.Pos, "the site's prefix", groupSite})
		}
	}
	for _, p := range s.Cloud.Prefixes {
		if p.Val.Bits() > 0 {
			all = append(all, labelled{p.Val, p.Pos, "the cloud's prefix", groupCloud})
		}
	}
	for _, l := range s.Links {
		if len(l.Ends) > 0 && l.Ends[0].Address.Set {
			all = append(all, labelled{l.Ends[0].Address.Val.Masked(), l.Ends[0].Address.Pos, "the gateway link", groupGatewayLink})
		}
	}
	return all
}

// checkOverlaps finds links, site and cloud prefixes that overlap (V6, V7).
func (s *Scenario) checkOverlaps(list *diag.List) {
	type pair struct{ site, cloud netip.Prefix }
	hit := map[diag.Position]*diag.Diagnostic{}
	more := map[diag.Position]int{}
	ends := map[pair]bool{}
	for _, o := range sweep(s.overlapping()) {
		a, b := o[0], o[1]
		if !a.group.isLink() && !b.group.isLink() {
			k := pair{a.prefix, b.prefix}
			if !ends[k] {
				ends[k] = true
				reportOverlap(list, diag.CodePrefixOverlap, a, b)
			}
			continue
		}
		if a.group.isLink() != b.group.isLink() {
			// One prefix may swallow all links; it is told once, at the prefix.
			if a.group.isLink() {
				a, b = b, a
			}
			if d := hit[a.pos]; d != nil {
				more[a.pos]++
				d.WithHelp("links, site and cloud need address ranges of their own; it overlaps %d links in all", more[a.pos]+1)
				continue
			}
			hit[a.pos] = reportOverlap(list, diag.CodeLinkOverlap, b, a)
			continue
		}
		reportOverlap(list, diag.CodeLinkOverlap, a, b)
	}
}

// sweep returns the pairs that overlap and may not, the one that stands first in
// the file first. It sorts and keeps the prefixes that are still open, so a
// fleet of thousands of circuits stays cheap. Of equal prefixes of one group
// each is paired with the first only.
func sweep(all []labelled) [][2]labelled {
	slices.SortStableFunc(all, func(a, b labelled) int {
		return cmp.Or(a.prefix.Addr().Compare(b.prefix.Addr()), cmp.Compare(a.prefix.Bits(), b.prefix.Bits()))
	})
	var out [][2]labelled
	var open []labelled
	for _, p := range all {
		for len(open) > 0 && !open[len(open)-1].prefix.Overlaps(p.prefix) {
			open = open[:len(open)-1]
		}
		repeated := false
		for _, o := range open {
			repeated = repeated || o.group == p.group && o.prefix == p.prefix
			if o.group.mayOverlap(p.group) {
				continue
			}
			if before(p.pos, o.pos) {
				out = append(out, [2]labelled{p, o})
			} else {
				out = append(out, [2]labelled{o, p})
			}
		}
		if !repeated {
			open = append(open, p)
		}
	}
	slices.SortStableFunc(out, func(x, y [2]labelled) int {
		return cmp.Or(comparePos(x[1].pos, y[1].pos), comparePos(x[0].pos, y[0].pos))
	})
	return out
}

func comparePos(a, b diag.Position) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

func before(a, b diag.Position) bool { return comparePos(a, b) < 0 }

// reportOverlap reports a pair at the place of the second.
func reportOverlap(list *diag.List, code diag.Code, a, b labelled) *diag.Diagnostic {
	return list.Add(code, b.pos, "%s overlaps %s", describe(b), describe(a)).
		WithHelp("links, site and cloud need address ranges of their own").
		WithRelated(a.pos, "%s", describe(a))
}

func describe(l labelled) string { return fmt.Sprintf("%s (%s)", l.what, l.prefix) }

// gatewayPort is a port of a gateway.
type gatewayPort struct{ gateway, port string }

// linkRules is what the rules of links between gateways share.
type linkRules struct {
	list *diag.List
	// gateways are those with circuits, taken the ports in use.
	gateways []string
	has      map[string]bool
	taken    map[gatewayPort]diag.Position
}

// checkGatewayLinks holds the rules of links between gateways.
func (s *Scenario) checkGatewayLinks(list *diag.List) {
	r := &linkRules{list: list, has: map[string]bool{}, taken: map[gatewayPort]diag.Position{}}
	for _, c := range s.Circuits {
		if c.Gateway.Set && !r.has[c.Gateway.Val] {
			r.has[c.Gateway.Val] = true
			r.gateways = append(r.gateways, c.Gateway.Val)
		}
		if k := (gatewayPort{c.Gateway.Val, c.Port.Val}); c.Gateway.Set && c.Port.Set && r.taken[k].IsZero() {
			r.taken[k] = c.Port.Pos
		}
	}
	for _, l := range s.Links {
		if len(l.Ends) != 2 {
			list.Add(diag.CodeLinkEnds, l.Pos, "a gateway link has two ends, found %d", len(l.Ends))
			continue
		}
		a, b := l.Ends[0], l.Ends[1]
		r.end(a)
		r.end(b)
		r.pair(a, b)
	}
	s.checkLinkLoop(r)
}

// checkLinkLoop says what two gateways do whose circuits are all dead: each has
// a backup route to the other. The first pair says it for the others.
func (s *Scenario) checkLinkLoop(r *linkRules) {
	for _, l := range s.Links {
		if len(l.Ends) != 2 {
			continue
		}
		a, b := l.Ends[0].Gateway, l.Ends[1].Gateway
		if a.Val == b.Val || !r.has[a.Val] || !r.has[b.Val] {
			continue
		}
		r.list.Add(diag.CodeLinkLoop, l.Pos, "when all circuits of %s and %s are dead, each sends packets for the cloud back to the other until their time to live ends",
			diag.Quote(a.Val), diag.Quote(b.Val)).
			WithHelp("no packet is lost that a circuit could have carried; if the load on the link hurts, let the site's routing withdraw the cloud's prefixes when the circuits are gone")
		return
	}
}

// end holds the rules of one end.
func (r *linkRules) end(e LinkEnd) {
	if e.Gateway.Set && !r.has[e.Gateway.Val] {
		r.list.Add(diag.CodeLinkEnds, e.Gateway.Pos, "gateway %s has no circuit, the link leads nowhere", diag.Quote(e.Gateway.Val)).
			WithHelp("%s", diag.DidYouMean(e.Gateway.Val, r.gateways))
	}
	if k := (gatewayPort{e.Gateway.Val, e.Port.Val}); e.Gateway.Set && e.Port.Set {
		if !r.taken[k].IsZero() {
			r.list.Add(diag.CodePortShared, e.Port.Pos, "port %s already carries a circuit or a link", diag.Quote(e.Port.Val)).
				WithHelp("a gateway link needs a port of its own").WithRelated(r.taken[k], "the other one")
		}
		r.taken[k] = e.Port.Pos
	}
	if !e.Address.Set {
		return
	}
	// The backup route over the link is an IPv4 route, so is its next hop.
	if e.Address.Val.Addr().Is6() {
		r.list.Add(diag.CodeLinkFamily, e.Address.Pos, "an IPv4 address is needed here, found %s", e.Address.Val).
			WithHelp("the backup route over a gateway link is an IPv4 route")
		return
	}
	checkHost(r.list, e.Address)
}

// pair holds the rules of both ends together.
func (r *linkRules) pair(a, b LinkEnd) {
	if a.Gateway.Set && b.Gateway.Set && a.Gateway.Val == b.Gateway.Val {
		r.list.Add(diag.CodeLinkEnds, b.Gateway.Pos, "both ends of the link are on gateway %s", diag.Quote(b.Gateway.Val)).
			WithRelated(a.Gateway.Pos, "the other end")
	}
	x, y := a.Address.Val, b.Address.Val
	if !a.Address.Set || !b.Address.Set || x.Addr().Is6() || y.Addr().Is6() {
		return
	}
	if x.Masked() != y.Masked() || x.Addr() == y.Addr() {
		r.list.Add(diag.CodeLinkSubnet, b.Address.Pos, "%s and %s are no two addresses of one subnet", x, y).
			WithRelated(a.Address.Pos, "the other end")
	}
}
