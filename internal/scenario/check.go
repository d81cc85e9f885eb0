package scenario

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/twinpath/twinpath/internal/diag"
)

// check runs the rules in the order of the file. Each rule tolerates values
// that are missing, since what is missing was reported by the decoder.
func (s *Scenario) check(list *diag.List) {
	s.index()
	if p := s.Cloud.Provider; p.Set && s.Provider() == nil {
		list.Add(diag.CodeProvider, p.Pos, "the cloud provider %s is not known", diag.Quote(p.Val)).
			WithHelp("%s", diag.DidYouMean(p.Val, Providers()))
	}
	if n := len(s.Circuits); n < 2 && !s.circuitsPos.IsZero() {
		list.Add(diag.CodeTooFewCircuits, s.circuitsPos, "two circuits or more are needed, found %d", n).
			WithHelp("one circuit has nothing to fail over to; add the second")
	}
	s.checkNames(list)
	s.checkPrefixes(list)
	s.checkPorts(list)
	for _, c := range s.Circuits {
		s.checkLink(list, c, c.V4, false)
		s.checkLink(list, c, c.V6, true)
		s.checkMTU(list, c)
	}
	s.checkOverlaps(list)
	s.checkGatewayLinks(list)
	s.checkGateways(list)
	s.checkPreferences(list)
	s.checkHealth(list)
	s.checkTracking(list)
	s.checkDetection(list)
	s.checkFlow(list)
	s.checkSplit(list)
	s.checkFar(list)
	s.assignIDs(list)
}

// checkNames finds circuits of one name. Names differ in more than case, since
// some systems ignore case.
func (s *Scenario) checkNames(list *diag.List) {
	seen := map[string]*Circuit{}
	for _, c := range s.Circuits {
		if !c.Name.Set {
			continue
		}
		k := strings.ToLower(c.Name.Val)
		if first := seen[k]; first != nil {
			list.Add(diag.CodeDuplicateName, c.Name.Pos, "a second circuit is named %s", diag.Quote(c.Name.Val)).
				WithHelp("names differ in more than upper and lower case, since some systems ignore it").
				WithRelated(first.Name.Pos, "first defined here")
			continue
		}
		seen[k] = c
	}
}

// checkPrefixes holds the rules of cloud and site prefixes.
func (s *Scenario) checkPrefixes(list *diag.List) {
	s.checkRepeated(list, "the cloud's", s.Cloud.Prefixes)
	s.checkRepeated(list, "the site's", s.Site.Prefixes)
	for _, p := range append(append([]Of[netip.Prefix]{}, s.Cloud.Prefixes...), s.Site.Prefixes...) {
		switch a := p.Val.Addr(); {
		case p.Val.Bits() == 0:
			list.Add(diag.CodePrefixSpecial, p.Pos, "%s is the default route, it holds the other end's networks too", p.Val).
				WithHelp("name the networks that are reached over the circuits, such as 192.168.0.0/16")
		case a.IsMulticast() || a.IsLoopback() || a.IsLinkLocalUnicast() || reserved4(a):
			list.Add(diag.CodePrefixSpecial, p.Pos, "%s is no unicast prefix that can be routed", p.Val)
		}
	}
	s.checkFamilies(list)
	prov := s.Provider()
	if prov == nil {
		return
	}
	for _, p := range s.Site.Prefixes {
		for _, r := range prov.ReservedSite {
			if r.Bits() <= p.Val.Bits() && r.Contains(p.Val.Addr()) {
				list.Add(diag.CodePrefixShared, p.Pos, "the site's prefix %s lies in %s, which the cloud's router does not route", p.Val, r).
					WithHelp("%s keeps that range for itself; use another range in the data centre", prov.Title)
			}
		}
	}
	if n := len(s.Site.Prefixes); n > prov.RouterRoutes {
		list.Add(diag.CodeRouteQuota, s.Site.Prefixes[prov.RouterRoutes].Pos,
			"the site has %d prefixes, the cloud's router holds %d routes", n, prov.RouterRoutes).
			WithHelp("aggregate the site's prefixes")
	}
}

func (s *Scenario) checkRepeated(list *diag.List, whose string, ps []Of[netip.Prefix]) {
	seen := map[netip.Prefix]Of[netip.Prefix]{}
	for _, p := range ps {
		if first, ok := seen[p.Val]; ok {
			list.Add(diag.CodePrefixRepeated, p.Pos, "%s prefix %s stands twice", whose, p.Val).
				WithRelated(first.Pos, "first written here")
			continue
		}
		seen[p.Val] = p
	}
}

// reserved4 reports whether an IPv4 address is of "this network" (RFC 791) or
// of the range that was never assigned (RFC 1112 section 4).
func reserved4(a netip.Addr) bool {
	return a.Is4() && (a.As4()[0] == 0 || a.As4()[0] >= 240)
}

// checkFamilies finds prefixes of a family that a circuit does not have: both
// circuits must carry the same destinations (R1).
func (s *Scenario) checkFamilies(list *diag.List) {
	var without *Circuit
	for _, c := range s.Circuits {
		if c.V6 == nil {
			without = c
			break
		}
	}
	if without == nil {
		return
	}
	for _, end := range []struct {
		whose    string
		prefixes []Of[netip.Prefix]
	}{{"the cloud's", s.Cloud.Prefixes}, {"the site's", s.Site.Prefixes}} {
		for _, p := range end.prefixes {
			if p.Val.Addr().Is6() {
				list.Add(diag.CodePrefixFamily, p.Pos, "%s prefix %s is IPv6, circuit %s has no ipv6 side", end.whose, p.Val, diag.Quote(without.Name.Val)).
					WithHelp("every circuit carries the same destinations: add `ipv6:` to the circuit or leave the prefix away").
					WithRelated(without.Pos, "the circuit")
				break // the first of an end says it for the others
			}
		}
	}
}

// checkPorts holds the rules of VLANs on shared ports.
func (s *Scenario) checkPorts(list *diag.List) {
	type port struct{ gateway, port string }
	first := map[port][]*Circuit{}
	for _, c := range s.Circuits {
		if !c.Gateway.Set || !c.Port.Set || c.VLAN.Bad() {
			continue
		}
		k := port{c.Gateway.Val, c.Port.Val}
		s.checkSharedPort(list, c, first[k])
		first[k] = append(first[k], c)
	}
	for _, c := range s.Circuits {
		if c.VLAN.Val == 0 && c.Port.Set && !c.VLAN.Bad() {
			list.Add(diag.CodeVLANUntagged, c.Port.Pos, "circuit %s is untagged (VLAN 0): it has the whole port %s, without dot1q",
				diag.Quote(c.Name.Val), diag.Quote(c.Port.Val))
			break
		}
	}
}

func (s *Scenario) checkSharedPort(list *diag.List, c *Circuit, others []*Circuit) {
	for _, o := range others {
		switch {
		case c.VLAN.Val == 0 || o.VLAN.Val == 0:
			list.Add(diag.CodePortShared, c.Port.Pos, "circuits %s and %s share port %s, and one of them is untagged",
				diag.Quote(o.Name.Val), diag.Quote(c.Name.Val), diag.Quote(c.Port.Val)).
				WithHelp("an untagged circuit needs a port of its own; give each a VLAN or another port").
				WithRelated(o.Port.Pos, "the other circuit")
			return
		case c.VLAN.Val == o.VLAN.Val:
			list.Add(diag.CodeVLANShared, c.VLAN.Pos, "circuits %s and %s use VLAN %d on one port",
				diag.Quote(o.Name.Val), diag.Quote(c.Name.Val), c.VLAN.Val).
				WithHelp("two virtual border routers on one circuit never share a VLAN; a deleted one keeps its VLAN for 7 days").
				WithRelated(o.VLAN.Pos, "the other circuit")
			return
		}
	}
	if p := s.Provider(); p != nil && p.RoutersPerCircuit > 0 && len(others) == p.RoutersPerCircuit {
		list.Add(diag.CodeVBRQuota, c.Port.Pos, "port %s carries more than %d circuits", diag.Quote(c.Port.Val), p.RoutersPerCircuit).
			WithHelp("the cloud allows %d virtual border routers per physical circuit unless the quota was raised", p.RoutersPerCircuit)
	}
}

func (s *Scenario) checkMTU(list *diag.List, c *Circuit) {
	p := s.Provider()
	if p == nil || !c.MTU.Set {
		return
	}
	if slices.Contains(p.MTUs, c.MTU.Val) {
		return
	}
	list.Add(diag.CodeMTU, c.MTU.Pos, "an MTU of %d is not offered by the cloud's end", c.MTU.Val).
		WithHelp("use 1500 or 8500 on both ends; 0 stands for the default of 1500")
}

// checkGateways holds the rules about how many gateways there are.
func (s *Scenario) checkGateways(list *diag.List) {
	on := map[string]*Circuit{}
	var second *Circuit
	vrf := map[string]*Circuit{}
	for _, c := range s.Circuits {
		if !c.Gateway.Set {
			continue
		}
		if on[c.Gateway.Val] == nil && len(on) > 0 && second == nil {
			second = c
		}
		if on[c.Gateway.Val] == nil {
			on[c.Gateway.Val] = c
		}
		if o := vrf[c.Gateway.Val]; o != nil && o.VRF.Val != c.VRF.Val {
			pos := c.VRF.Pos
			if !c.VRF.Set {
				pos = c.Pos
			}
			list.Add(diag.CodeVRFMixed, pos, "circuits %s and %s of gateway %s are in different routing tables",
				diag.Quote(o.Name.Val), diag.Quote(c.Name.Val), diag.Quote(c.Gateway.Val)).
				WithHelp("routes of different VRFs are never equal-cost; put both circuits into one").
				WithRelated(o.Pos, "the other circuit")
		} else if o == nil {
			vrf[c.Gateway.Val] = c
		}
	}
	switch {
	case len(s.Circuits) < 2:
	case second == nil && len(on) == 1 && s.Circuits[1].Gateway.Set:
		c := s.Circuits[1]
		list.Add(diag.CodeSingleGateway, c.Gateway.Pos, "every circuit ends on gateway %s", diag.Quote(c.Gateway.Val)).
			WithHelp("the gateway is a single point of failure; end the circuits on two gateways with a gateway_links entry if it matters")
	case second != nil:
		list.Add(diag.CodeAsymmetric, second.Gateway.Pos, "circuits end on %d gateways: a flow may leave over one and return over another", len(on)).
			WithHelp("a stateful firewall or NAT behind them must see both directions, or share its sessions")
		if len(s.Links) == 0 {
			list.Add(diag.CodeNoGatewayLink, second.Gateway.Pos, "no gateway_links entry joins the gateways").
				WithHelp("a gateway whose only circuit is dead drops what still reaches it, unless your routing protocol withdraws it")
		}
	}
}

// checkPreferences: preferences belong to active-standby and must differ.
func (s *Scenario) checkPreferences(list *diag.List) {
	if gws := s.Gateways(); s.Mode.Val == ActiveStandby && len(gws) > 1 {
		list.Add(diag.CodePreference, s.Mode.Pos, "mode %s needs all circuits on one gateway, here are %d", ActiveStandby, len(gws)).
			WithHelp("preferences are compared inside one gateway; between gateways the site's own routing decides")
	}
	seen := map[int]*Circuit{}
	for _, c := range s.Circuits {
		switch {
		case s.Mode.Val == ActiveActive && c.Preference.Set:
			list.Add(diag.CodePreference, c.Preference.Pos, "a preference in mode %s would take the load off a circuit", ActiveActive).
				WithHelp("leave it away, or set mode: %s", ActiveStandby)
		case c.Preference.Bad():
		case s.Mode.Val == ActiveStandby && !c.Preference.Set:
			list.Add(diag.CodePreference, c.Pos, "circuit %s has no preference, mode %s needs one on each", diag.Quote(c.Name.Val), ActiveStandby).
				WithHelp("add `preference: N`; the lowest carries the traffic")
		case s.Mode.Val == ActiveStandby && seen[c.Preference.Val] != nil:
			list.Add(diag.CodePreference, c.Preference.Pos, "circuits %s and %s have the same preference %d",
				diag.Quote(seen[c.Preference.Val].Name.Val), diag.Quote(c.Name.Val), c.Preference.Val).
				WithHelp("equal preferences share the load; make them differ or set mode: %s", ActiveActive).
				WithRelated(seen[c.Preference.Val].Preference.Pos, "the other circuit")
		}
		if c.Preference.Set {
			seen[c.Preference.Val] = c
		}
	}
}
