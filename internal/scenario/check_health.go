package scenario

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/twinpath/twinpath/internal/diag"
)

// healthRules is what the rules of the cloud's probes share.
type healthRules struct {
	s    *Scenario
	list *diag.List
	prov *Provider
	// addresses are those of circuits and gateway links, links the subnets.
	addresses map[netip.Addr]diag.Position
	links     linkIndex
	// sources are the probe sources seen so far, by routing table.
	sources map[sourceKey]Of[netip.Addr]
	owners  map[sourceKey]*Circuit
	// toldAssumed is true once the assumption about sources was told.
	toldAssumed bool
}

type sourceKey struct {
	gateway, vrf string
	source       netip.Addr
}

// checkHealth holds the rules of the cloud's probes.
func (s *Scenario) checkHealth(list *diag.List) {
	r := &healthRules{
		s: s, list: list, prov: s.Provider(), addresses: make(map[netip.Addr]diag.Position, 2*len(s.Circuits)), links: s.linkIndex(),
		sources: make(map[sourceKey]Of[netip.Addr], len(s.Circuits)), owners: make(map[sourceKey]*Circuit, len(s.Circuits)),
	}
	for _, c := range s.Circuits {
		for _, l := range c.Links() {
			r.addresses[l.Cloud.Val.Addr()] = l.Cloud.Pos
			r.addresses[l.Gateway.Val.Addr()] = l.Gateway.Pos
		}
	}
	for _, l := range s.Links {
		for _, e := range l.Ends {
			r.addresses[e.Address.Val.Addr()] = e.Address.Pos
		}
	}
	var checked *HealthCheck
	var unchecked []*Circuit
	toldIPv6 := false
	for _, c := range s.Circuits {
		if c.V6 != nil && c.V6.Health != nil {
			r.ipv6(c, &toldIPv6)
		}
		switch {
		case c.V4 == nil:
		case c.V4.Health == nil && (!c.Name.Set || s.bothEndsBFD()):
		case c.V4.Health == nil:
			unchecked = append(unchecked, c)
		default:
			if checked == nil {
				checked = c.V4.Health
			}
			r.ipv4(c)
		}
	}
	r.coverage(checked, unchecked)
}

// ipv4 holds the rules of one circuit's probe.
func (r *healthRules) ipv4(c *Circuit) {
	h := c.V4.Health
	r.target(c, c.V4)
	if !h.ChangeRoute.Val && h.ChangeRoute.Set && r.prov != nil && !r.prov.ChangeRoute {
		r.list.Add(diag.CodeHealthRoute, h.ChangeRoute.Pos, "change_route: false leaves a dead circuit %s in the cloud's routes", diag.Quote(c.Name.Val)).
			WithHelp("set it to true: the cloud would probe but not fail over, and its Terraform provider cannot express it. By hand: %s", r.prov.Manual["change_route"])
	}
	switch {
	case h.Auto:
		r.list.Add(diag.CodeHealthAuto, h.Source.Pos, "the source of circuit %s is known only after the cloud side exists", diag.Quote(c.Name.Val)).
			WithHelp("no gateway can be rendered before: the return route of the cloud's probe is missing. Apply what `twinpath cloud` renders, then use --cloud-outputs")
	case !h.Source.Set:
	case !h.Source.Val.Is4():
		r.list.Add(diag.CodeHealthSource, h.Source.Pos, "the source %s is not IPv4", h.Source.Val).
			WithHelp("the probe of the IPv6 side stands under ipv6.health_check")
	case r.prov != nil && r.prov.LinkSource && c.V4.FromLink():
		r.assumed(c)
	default:
		r.privateSource(h.Source)
		r.source(c, h.Source)
	}
}

// assumed says, once, that the cloud's end of the link is taken for the source
// because no document of this cloud names one.
func (r *healthRules) assumed(c *Circuit) {
	if r.toldAssumed {
		return
	}
	r.toldAssumed = true
	r.list.Add(diag.CodeHealthAssumed, c.V4.Health.Source.Pos, "%s does not say where its probes come from; its end of the link is assumed, %s, which needs no return route",
		r.prov.Title, c.V4.Cloud.Val.Addr()).
		WithHelp("look at the probes on the gateway once; when they come from elsewhere, write that address as the source")
}

// ipv6 holds the rules of the probe of a circuit's IPv6 side.
func (r *healthRules) ipv6(c *Circuit, told *bool) {
	h := c.V6.Health
	r.target(c, c.V6)
	if r.prov != nil && !r.prov.IPv6Health && !*told {
		*told = true
		r.list.Add(diag.CodeHealthIPv6, h.Pos, "no IPv6 health check is documented by %s", r.prov.Title).
			WithHelp("a circuit whose IPv6 alone is dead is not withdrawn by the cloud; the return route is rendered because a source is named")
	}
	switch {
	case h.Auto:
		r.list.Add(diag.CodeHealthUnknown, h.Source.Pos, "an automatic IPv6 source is not known to exist").
			WithHelp("name the source, or leave the IPv6 health_check away")
	case !h.Source.Set:
	case h.Source.Val.Is4():
		r.list.Add(diag.CodeHealthSource, h.Source.Pos, "the source %s is not IPv6", h.Source.Val)
	default:
		r.source(c, h.Source)
	}
}

// coverage says which circuits the cloud does not watch, and that it tells
// nobody when a check fails.
func (r *healthRules) coverage(checked *HealthCheck, unchecked []*Circuit) {
	if len(unchecked) > 0 {
		c := unchecked[0]
		r.list.Add(diag.CodeHealthMissing, c.Pos, "%s no health_check: the cloud never notices a dead circuit there", circuitsHave(unchecked)).
			WithHelp("configure one check per circuit on the cloud side and write its source here")
	}
	if checked != nil && (r.prov == nil || r.prov.NoAlert) {
		r.list.Add(diag.CodeHealthAlert, checked.Pos, "the cloud sends no message when a health check fails").
			WithHelp("add an alert rule for the border routers in the cloud's monitoring")
	}
}

// circuitsHave names up to four circuits as the subject of a sentence.
func circuitsHave(cs []*Circuit) string {
	if len(cs) == 1 {
		return "circuit " + diag.Quote(cs[0].Name.Val) + " has"
	}
	const most = 4
	names := make([]string, 0, most)
	for _, c := range cs[:min(len(cs), most)] {
		names = append(names, diag.Quote(c.Name.Val))
	}
	if len(cs) > most {
		names = append(names, "…")
	}
	return "circuits " + strings.Join(names, ", ") + " have"
}

// privateSource holds the ranges that a probe's source may come from (H2, H3).
func (r *healthRules) privateSource(src Of[netip.Addr]) {
	p := r.prov
	in := func(n netip.Prefix) bool { return n.Contains(src.Val) }
	if p == nil || p.LinkSource || in(p.AutoSources) || slices.ContainsFunc(p.CustomSources, in) {
		return
	}
	r.list.Add(diag.CodeHealthSource, src.Pos, "the source %s is neither in %s (automatic) nor in a private range (custom)", src.Val, p.AutoSources).
		WithHelp("copy the address that the cloud's console or Terraform output shows")
}

// source holds the rules of a source that both families share: it is idle, of
// one circuit only, and no address that is talked to.
func (r *healthRules) source(c *Circuit, source Of[netip.Addr]) {
	src := source.Val
	if pos, ok := r.addresses[src]; ok {
		r.list.Add(diag.CodeHealthSourceUsed, source.Pos, "the source %s is an address of a link", src).
			WithHelp("the source must be an idle address that neither end uses").
			WithRelated(pos, "the link's address")
	} else if o := r.links.circuit(src); o != nil {
		r.list.Add(diag.CodeHealthInside, source.Pos, "the source %s lies inside the link of circuit %s", src, diag.Quote(o.Name.Val)).
			WithHelp("the return route takes it away from there; an automatic source or one outside is safer").
			WithRelated(o.Pos, "the circuit")
	}
	r.insidePrefix(source)
	k := sourceKey{c.Gateway.Val, c.VRF.Val, src}
	first := r.owners[k]
	if first == nil {
		r.owners[k], r.sources[k] = c, source
		return
	}
	r.list.Add(diag.CodeHealthShared, source.Pos, "circuits %s and %s are probed from the same source %s",
		diag.Quote(first.Name.Val), diag.Quote(c.Name.Val), src).
		WithHelp("the reply has one return route; with one source for two circuits it takes the wrong one, and the cloud counts it as lost. Give each circuit its own source").
		WithRelated(r.sources[k].Pos, "the other circuit's source")
}

// insidePrefix finds a source among the addresses that are talked to (H4), or
// equal to a prefix that would get a second route (H6).
func (r *healthRules) insidePrefix(source Of[netip.Addr]) {
	src := source.Val
	var around *Of[netip.Prefix]
	for _, p := range slices.Concat(r.s.Cloud.Prefixes, r.s.Site.Prefixes) {
		if p.Val.IsSingleIP() && p.Val.Addr() == src {
			r.list.Add(diag.CodeHealthReturn, source.Pos, "the source %s is also a prefix of the scenario: it would get two routes", src).
				WithHelp("the return route goes over exactly one circuit; choose another source").
				WithRelated(p.Pos, "the prefix")
			return
		}
		if p.Val.Bits() > 0 && p.Val.Contains(src) && around == nil {
			around = &p
		}
	}
	if around == nil {
		return
	}
	r.list.Add(diag.CodeHealthInside, source.Pos, "the source %s lies inside %s, addresses that are talked to", src, around.Val).
		WithHelp("the return route takes it away from there; an automatic source or one outside is safer").
		WithRelated(around.Pos, "the prefix")
}

// target: the probe should end on the circuit's own address (H8).
func (r *healthRules) target(c *Circuit, l *Link) {
	t := l.Health.Target
	if !t.Set || !l.Gateway.Set || t.Val == l.Gateway.Val.Addr() {
		return
	}
	if t.Val.Is6() != (l == c.V6) {
		want := "IPv4"
		if l == c.V6 {
			want = "IPv6"
		}
		r.list.Add(diag.CodeLinkFamily, t.Pos, "an %s address is needed here, found %s", want, t.Val).
			WithHelp("leave `target` away: the probe then ends on %s", l.Gateway.Val.Addr())
		return
	}
	r.list.Add(diag.CodeHealthTarget, t.Pos, "the cloud's probe of circuit %s ends on %s, not on the circuit's own address %s",
		diag.Quote(c.Name.Val), t.Val, l.Gateway.Val.Addr()).
		WithHelp("a target that answers over either circuit hides a dead one; leave `target` away").
		WithRelated(l.Gateway.Pos, "the circuit's address")
}
