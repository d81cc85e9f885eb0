package cloud

import (
	"cmp"
	"net/netip"
	"slices"
)

// far takes over the hub and the network behind it.
func (d *Draft) far(s *State, m *Mapping) {
	hubs := s.rows(m, "hub")
	for _, r := range hubs {
		d.Network.ID = cmp.Or(d.Network.ID, only(importID, r.text("id")))
		d.HubNetwork = cmp.Or(d.HubNetwork, only(importID, r.text("hub_network")))
		d.HubRouter = cmp.Or(d.HubRouter, only(importID, r.text("hub_router")))
		d.Region = cmp.Or(d.Region, only(importWord, r.text("region")))
	}
	if len(hubs) > 1 {
		d.odd("%d networks are attached; the draft has the first only", len(hubs))
	}
	for _, r := range s.rows(m, "zone") {
		sub := Subnet{Zone: only(importWord, r.text("zone")), ID: only(importID, r.text("subnet"))}
		if sub.Zone != "" && !slices.ContainsFunc(d.Network.Subnets, func(o Subnet) bool { return o.Zone == sub.Zone }) {
			d.Network.Subnets = append(d.Network.Subnets, sub)
		}
	}
	slices.SortFunc(d.Network.Subnets, func(a, b Subnet) int { return cmp.Compare(a.Zone, b.Zone) })
	for _, r := range append(s.rows(m, "network"), s.rows(m, "network_made")...) {
		if d.Network.ID != "" && r.text("id") != d.Network.ID {
			continue
		}
		for _, p := range append([]string{r.text("prefix")}, r.list("prefixes")...) {
			if p, err := netip.ParsePrefix(p); err == nil && !slices.Contains(d.Cloud, p.Masked()) {
				d.Cloud = append(d.Cloud, p.Masked())
			}
		}
	}
	if len(d.Cloud) == 0 {
		d.unknown("cloud.prefixes: the state does not hold the network")
	}
	if d.Region == "" {
		d.unknown("cloud.region")
	}
	if slices.ContainsFunc(d.Circuits, func(c *draftCircuit) bool { return c.account != "" }) {
		d.unknown("cloud.account: circuits name an owner; the account of the network is not in the state")
	}
}

// ranks takes over which circuit carries the traffic.
func (d *Draft) ranks(s *State, m *Mapping) {
	seen := map[int]bool{}
	for _, r := range s.rows(m, "rank") {
		n, ok := r.number("preference")
		for _, id := range r.list("routers") {
			if c := d.byID(id); c != nil && ok && n > 0 {
				c.preference = n
				seen[n] = true
			}
		}
	}
	if len(seen) == 0 {
		return
	}
	for _, c := range d.Circuits {
		if c.preference == 0 {
			c.preference = defaultRank
			seen[defaultRank] = true
		}
	}
	if d.Standby = len(seen) == len(d.Circuits); !d.Standby {
		d.odd("route maps prefer some circuits, and others are equal; a scenario knows all equal or all different")
	}
}

// defaultRank is the preference of a route without a map.
const defaultRank = 50

// joined finds attachments that carry no traffic: without association or
// propagation.
func (d *Draft) joined(s *State, m *Mapping) {
	if m.tables["joined"] == nil {
		return
	}
	have := func(table, attachment string) bool {
		return slices.ContainsFunc(s.rows(m, table), func(r row) bool { return r.text("attachment") == attachment })
	}
	look := func(what, attachment string) {
		for _, table := range []string{"association", "propagation"} {
			if !have(table, attachment) {
				d.odd("the attachment of %s has no %s in the state; without it no traffic passes, unless it was made by hand", what, table)
			}
		}
	}
	attached := map[*draftCircuit]bool{}
	for _, r := range s.rows(m, "joined") {
		if c := d.byID(r.text("router")); c != nil {
			attached[c] = true
			c.account = cmp.Or(c.account, only(importAcct, r.text("account")))
			look(c.name, r.text("attachment"))
		}
	}
	for _, r := range s.rows(m, "hub") {
		look("the network", r.text("attachment"))
	}
	for _, c := range d.Circuits {
		if !attached[c] {
			d.odd("the border router of %s is not attached to a hub in the state", c.name)
		}
	}
}

// sitePrefixes joins what the routers lead to the site, and says where they
// differ.
func (d *Draft) sitePrefixes() {
	isLink := func(p netip.Prefix) bool {
		return slices.ContainsFunc(d.Circuits, func(c *draftCircuit) bool { return c.v4 != nil && c.v4.Cloud.Masked() == p })
	}
	for _, c := range d.Circuits {
		// Some clouds want the link among the routes; it is none to the site.
		c.prefixes = slices.DeleteFunc(c.prefixes, isLink)
		for _, p := range c.prefixes {
			if !slices.Contains(d.Site, p) {
				d.Site = append(d.Site, p)
			}
		}
	}
	byAddress := func(a, b netip.Prefix) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	}
	slices.SortFunc(d.Site, byAddress)
	for _, p := range d.Site {
		for _, c := range d.Circuits {
			if !slices.Contains(c.prefixes, p) {
				d.odd("the border router of %s has no route to %s, another has; a scenario renders it on each", c.name, p)
			}
		}
	}
	if len(d.Site) == 0 {
		d.unknown("site.prefixes: the state holds no route to the site")
	}
}
