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
	case addr.IsUnspecified() || addr.IsMulticast() || addr.IsLoopback():
		list.Add(diag.CodeLinkHost, a.Pos, "%s is no address of an interface", addr)
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
	// group says which prefixes may overlap each other: those of the same
	// group when shareable, any otherwise not.
	group     int
	shareable bool
}

const (
	groupLink = iota
	groupSite
	groupCloud
	groupGatewayLink
)

// checkOverlaps finds links, site and cloud prefixes that overlap (V6, V7). It
// sorts and sweeps, so a fleet of thousands of circuits stays cheap.
func (s *Scenario) checkOverlaps(list *diag.List) {
	var all []labelled
	for _, c := range s.Circuits {
		for _, l := range c.Links() {
			if l.Cloud.Set && l.Gateway.Set {
				all = append(all, labelled{l.Cloud.Val.Masked(), l.Cloud.Pos, "the link of circuit " + c.Name.Val, groupLink, false})
			}
		}
	}
	for _, p := range s.Site.Prefixes {
		all = append(all, labelled{p.Val, p.Pos, "the site's prefix", groupSite, true})
	}
	for _, p := range s.Cloud.Prefixes {
		all = append(all, labelled{p.Val, p.Pos, "the cloud's prefix", groupCloud, true})
	}
	for _, l := range s.Links {
		if len(l.Ends) > 0 && l.Ends[0].Address.Set {
			all = append(all, labelled{l.Ends[0].Address.Val.Masked(), l.Ends[0].Address.Pos, "the gateway link", groupGatewayLink, false})
		}
	}
	slices.SortStableFunc(all, func(a, b labelled) int {
		return cmp.Or(a.prefix.Addr().Compare(b.prefix.Addr()), cmp.Compare(a.prefix.Bits(), b.prefix.Bits()))
	})
	var open []labelled
	for _, p := range all {
		for len(open) > 0 && !open[len(open)-1].prefix.Overlaps(p.prefix) {
			open = open[:len(open)-1]
		}
		for _, o := range open {
			reportOverlap(list, o, p)
		}
		open = append(open, p)
	}
}

// reportOverlap reports one pair at the place that stands later in the file.
func reportOverlap(list *diag.List, a, b labelled) {
	if a.group == b.group && a.shareable {
		return
	}
	// A link between two gateways is part of the data centre.
	if a.group == groupSite && b.group == groupGatewayLink || a.group == groupGatewayLink && b.group == groupSite {
		return
	}
	if cmp.Or(cmp.Compare(a.pos.Line, b.pos.Line), cmp.Compare(a.pos.Column, b.pos.Column)) > 0 {
		a, b = b, a
	}
	code := diag.CodeLinkOverlap
	if a.shareable && b.shareable {
		code = diag.CodePrefixOverlap
	}
	list.Add(code, b.pos, "%s overlaps %s", describe(b), describe(a)).
		WithHelp("links, site and cloud need address ranges of their own").
		WithRelated(a.pos, "%s", describe(a))
}

func describe(l labelled) string { return fmt.Sprintf("%s (%s)", l.what, l.prefix) }

// checkGatewayLinks holds the rules of links between gateways.
func (s *Scenario) checkGatewayLinks(list *diag.List) {
	has := map[string]bool{}
	for _, c := range s.Circuits {
		has[c.Gateway.Val] = true
	}
	for _, l := range s.Links {
		if len(l.Ends) != 2 {
			list.Add(diag.CodeLinkEnds, l.Pos, "a gateway link has %d ends, two are needed", len(l.Ends))
			continue
		}
		a, b := l.Ends[0], l.Ends[1]
		if a.Gateway.Set && b.Gateway.Set && a.Gateway.Val == b.Gateway.Val {
			list.Add(diag.CodeLinkEnds, b.Gateway.Pos, "both ends of the link are on gateway %s", diag.Quote(b.Gateway.Val)).
				WithRelated(a.Gateway.Pos, "the other end")
		}
		for _, e := range l.Ends {
			if e.Gateway.Set && !has[e.Gateway.Val] {
				list.Add(diag.CodeLinkEnds, e.Gateway.Pos, "gateway %s has no circuit, the link leads nowhere", diag.Quote(e.Gateway.Val)).
					WithHelp("%s", diag.DidYouMean(e.Gateway.Val, s.Gateways()))
			}
			if e.Address.Set {
				checkHost(list, e.Address)
			}
		}
		if a.Address.Set && b.Address.Set && (a.Address.Val.Masked() != b.Address.Val.Masked() || a.Address.Val.Addr() == b.Address.Val.Addr()) {
			list.Add(diag.CodeLinkSubnet, b.Address.Pos, "%s and %s are no two addresses of one subnet", a.Address.Val, b.Address.Val).
				WithRelated(a.Address.Pos, "the other end")
		}
	}
}
