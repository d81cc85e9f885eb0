package scenario

import (
	"net/netip"
	"slices"

	"github.com/twinpath/twinpath/internal/diag"
)

// checkHealth holds the rules of the cloud's probes.
func (s *Scenario) checkHealth(list *diag.List) {
	prov := s.Provider()
	links := map[netip.Addr]diag.Position{}
	for _, c := range s.Circuits {
		for _, l := range c.Links() {
			links[l.Cloud.Val.Addr()] = l.Cloud.Pos
			links[l.Gateway.Val.Addr()] = l.Gateway.Pos
		}
	}
	type table struct {
		gateway, vrf string
		source       netip.Addr
	}
	seen := map[table]*Circuit{}
	var checked, unchecked *Circuit
	for _, c := range s.Circuits {
		if c.V6 != nil && c.V6.Health != nil {
			s.checkHealthIPv6(list, c, prov)
		}
		if c.V4 == nil || c.V4.Health == nil {
			if unchecked == nil {
				unchecked = c
			}
			continue
		}
		if checked == nil {
			checked = c
		}
		h := c.V4.Health
		s.checkHealthTarget(list, c, h)
		if !h.ChangeRoute.Val && h.ChangeRoute.Set && prov != nil && !prov.ChangeRoute {
			list.Add(diag.CodeHealthRoute, h.ChangeRoute.Pos, "change_route: false leaves the dead circuit in the cloud's routes").
				WithHelp("the cloud would probe but not fail over, and its Terraform provider cannot express it; set it to true")
		}
		if h.Auto {
			list.Add(diag.CodeHealthAuto, h.Source.Pos, "the source of circuit %s is known only after the cloud side exists", diag.Quote(c.Name.Val)).
				WithHelp("until it is written here, no gateway can be rendered: the return route of the cloud's probe is missing")
			continue
		}
		if !h.Source.Set {
			continue
		}
		s.checkHealthSource(list, h, prov, links)
		k := table{c.Gateway.Val, c.VRF.Val, h.Source.Val}
		if first := seen[k]; first != nil {
			list.Add(diag.CodeHealthShared, h.Source.Pos, "circuits %s and %s are probed from the same source %s",
				diag.Quote(first.Name.Val), diag.Quote(c.Name.Val), h.Source.Val).
				WithHelp("the reply has one return route; with one source for two circuits it takes the wrong one, and the cloud counts it as lost. Give each circuit its own source").
				WithRelated(first.V4.Health.Source.Pos, "the other circuit")
		} else {
			seen[k] = c
		}
	}
	s.checkHealthCoverage(list, checked, unchecked)
}

func (s *Scenario) checkHealthCoverage(list *diag.List, checked, unchecked *Circuit) {
	if unchecked != nil {
		list.Add(diag.CodeHealthMissing, unchecked.Pos, "circuit %s has no health_check: the cloud never notices that it is dead", diag.Quote(unchecked.Name.Val)).
			WithHelp("configure one check per circuit on the cloud side and write its source here")
	}
	if checked != nil {
		list.Add(diag.CodeHealthAlert, checked.V4.Health.Pos, "the cloud sends no message when a health check fails").
			WithHelp("add an alert rule for the border routers in the cloud's monitoring")
	}
}

// checkHealthSource holds the rules of one probe source.
func (s *Scenario) checkHealthSource(list *diag.List, h *HealthCheck, prov *Provider, links map[netip.Addr]diag.Position) {
	src := h.Source.Val
	if !src.Is4() {
		list.Add(diag.CodeHealthSource, h.Source.Pos, "the source %s is not IPv4", src)
		return
	}
	if pos, ok := links[src]; ok {
		list.Add(diag.CodeHealthSourceUsed, h.Source.Pos, "the source %s is an address of a circuit", src).
			WithHelp("the source must be an idle address that neither end uses").
			WithRelated(pos, "the circuit's address")
	}
	if prov != nil && !prov.AutoSources.Contains(src) && !slices.ContainsFunc(prov.CustomSources, func(p netip.Prefix) bool { return p.Contains(src) }) {
		list.Add(diag.CodeHealthSource, h.Source.Pos, "the source %s is neither in %s (automatic) nor in a private range (custom)", src, prov.AutoSources).
			WithHelp("copy the address that the cloud's console or Terraform output shows")
	}
	for _, p := range append(append([]Of[netip.Prefix]{}, s.Cloud.Prefixes...), s.Site.Prefixes...) {
		if p.Val == netip.PrefixFrom(src, src.BitLen()) {
			list.Add(diag.CodeHealthReturn, h.Source.Pos, "the source %s is also a prefix of the scenario: it would get two routes", src).
				WithHelp("the return route goes over exactly one circuit; choose another source").
				WithRelated(p.Pos, "the prefix")
			return
		}
		if p.Val.Contains(src) {
			list.Add(diag.CodeHealthInside, h.Source.Pos, "the source %s lies inside %s, addresses that are talked to", src, p.Val).
				WithHelp("the /32 return route takes it away from there; an automatic source or one outside is safer").
				WithRelated(p.Pos, "the prefix")
		}
	}
}

// checkHealthTarget: the probe should end on the circuit's own address (H8).
func (s *Scenario) checkHealthTarget(list *diag.List, c *Circuit, h *HealthCheck) {
	if !h.Target.Set || h.Target.Val == c.V4.Gateway.Val.Addr() {
		return
	}
	list.Add(diag.CodeHealthTarget, h.Target.Pos, "the cloud's probe of circuit %s ends on %s, not on the circuit's own address %s",
		diag.Quote(c.Name.Val), h.Target.Val, c.V4.Gateway.Val.Addr()).
		WithHelp("a target that answers over either circuit hides a dead one; leave `target` away").
		WithRelated(c.V4.Gateway.Pos, "the circuit's address")
}

func (s *Scenario) checkHealthIPv6(list *diag.List, c *Circuit, prov *Provider) {
	h := c.V6.Health
	if prov == nil || prov.IPv6Health {
		return
	}
	list.Add(diag.CodeHealthIPv6, h.Pos, "no IPv6 health check is documented by %s", prov.Title).
		WithHelp("a circuit whose IPv6 alone is dead is not withdrawn by the cloud; the return route is rendered because a source is named")
	if h.Auto {
		list.Add(diag.CodeHealthUnknown, h.Source.Pos, "an automatic IPv6 source is not known to exist").
			WithHelp("name the source, or leave the IPv6 health_check away")
	} else if h.Source.Set && h.Source.Val.Is4() {
		list.Add(diag.CodeHealthSource, h.Source.Pos, "the source %s is not IPv6", h.Source.Val)
	}
}
