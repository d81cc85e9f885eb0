package cloud

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Text writes a draft as a scenario file. What the state could not tell is
// marked: NOT KNOWN stands where a value must be filled in before the file is
// valid, GUESSED where a usual value stands.
func (d *Draft) Text(name string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Drafted by `twinpath cloud import` from an existing set-up. NOT KNOWN and GUESSED mark")
	line("# what the state does not tell: the data centre's side is not in it at all.")
	for _, o := range d.Odd {
		line("# LOOK: %s.", o)
	}
	line("version: 1")
	line("name: %s  # GUESSED", name)
	mode := "active-active"
	if d.Standby {
		mode = "active-standby"
	}
	line("mode: %s", mode)
	d.textCloud(line)
	line("site:")
	line("  prefixes: %s", listOr(d.Site))
	line("circuits:")
	for i, c := range d.Circuits {
		d.textCircuit(line, c, i)
	}
	d.textTracking(line)
	return b.String()
}

// textTracking guesses how the gateways watch the circuits: as the cloud does
// where that is BFD, which takes two ends.
func (d *Draft) textTracking(line func(string, ...any)) {
	line("tracking:  # GUESSED: how the gateways watch the circuits")
	if d.bfd != nil && d.bfd.Interval > 0 && d.bfd.Multiplier > 0 {
		line("  method: bfd")
		line("  recovery: 10s")
		line("  bfd: {interval: %dms, multiplier: %d, mode: async}", d.bfd.Interval, d.bfd.Multiplier)
		return
	}
	line("  method: icmp")
	line("  interval: 2s")
	line("  timeout: 1s")
	line("  failures: 3")
	line("  recovery: 10s")
}

func listOr(ps []netip.Prefix) string {
	if len(ps) == 0 {
		return "[]  # NOT KNOWN"
	}
	return quoteAll(ps)
}

func (d *Draft) textCloud(line func(string, ...any)) {
	line("cloud:")
	line("  provider: %s", d.Provider)
	if d.Region == "" {
		line("  region: unknown  # NOT KNOWN")
	} else {
		line("  region: %s", d.Region)
	}
	line("  prefixes: %s", listOr(d.Cloud))
	if slices.ContainsFunc(d.Circuits, func(c *draftCircuit) bool { return c.v6 != nil }) {
		line("  ipv6_routes: elsewhere  # GUESSED")
	}
	for _, c := range d.Circuits {
		if c.account != "" {
			line("  # account: \"...\"  # NOT KNOWN: the account that owns the network; circuits below name theirs")
			break
		}
	}
	if d.Network.ID != "" || len(d.Network.Subnets) > 0 {
		line("  network:")
		if d.Network.ID != "" {
			line("    id: %s", quote(d.Network.ID))
		}
		if len(d.Network.Subnets) > 0 {
			line("    subnets:")
		}
		for _, s := range d.Network.Subnets {
			line("      - {zone: %s, id: %s}", s.Zone, quote(s.ID))
		}
	}
	if d.HubNetwork != "" || d.HubRouter != "" {
		line("  hub:")
		if d.HubNetwork != "" {
			line("    network: %s", quote(d.HubNetwork))
		}
		if d.HubRouter != "" {
			line("    router: %s", quote(d.HubRouter))
		}
	}
}

func (d *Draft) textCircuit(line func(string, ...any), c *draftCircuit, i int) {
	line("  - name: %s", c.name)
	line("    gateway: gw1  # GUESSED")
	line("    port: %s  # GUESSED", d.port(c, i))
	line("    vlan: %d", c.vlan)
	if c.v4 == nil {
		line("    # NOT KNOWN: cloud_address, gateway_address")
	} else {
		line("    cloud_address: %s", c.v4.Cloud)
		line("    gateway_address: %s", c.v4.Gateway)
	}
	if c.v6 != nil {
		line("    ipv6: {cloud_address: %s, gateway_address: %s}", quote(c.v6.Cloud), quote(c.v6.Gateway))
	}
	if d.Standby {
		line("    preference: %d", c.preference)
	}
	if c.mtu > 0 && c.mtu != defaultMTU {
		line("    mtu: %d", c.mtu)
	}
	c.textCheck(line)
	var far []string
	add := func(key, value string) {
		if value != "" {
			far = append(far, key+": "+value)
		}
	}
	text := func(s string) string {
		if s == "" {
			return ""
		}
		return quote(s)
	}
	add("connection", text(c.connection))
	add("access_point", text(c.point))
	add("redundant_to", c.redundant)
	add("router", c.router)
	if c.bandwidth > 0 {
		add("bandwidth", fmt.Sprint(c.bandwidth))
	}
	add("account", text(c.account))
	if len(far) > 0 {
		line("    cloud: {%s}", strings.Join(far, ", "))
	}
}

// port guesses the port: circuits on one physical circuit share it.
func (d *Draft) port(c *draftCircuit, i int) string {
	for j, o := range d.Circuits {
		if j < i && o.connection == c.connection && c.connection != "" {
			return d.port(o, j)
		}
	}
	return fmt.Sprintf("wan%d", i+1)
}

func (c *draftCircuit) textCheck(line func(string, ...any)) {
	h := c.check
	if h == nil {
		line("    # The state holds no health check of this circuit.")
		return
	}
	source := "auto"
	if h.source.IsValid() {
		source = h.source.String()
	}
	parts := []string{"source: " + source}
	if h.target.IsValid() && (c.v4 == nil || h.target != c.v4.Gateway.Addr()) {
		parts = append(parts, "target: "+h.target.String())
	}
	if h.interval > 0 {
		parts = append(parts, fmt.Sprintf("interval: %ds", h.interval))
	}
	if h.probes > 0 {
		parts = append(parts, fmt.Sprintf("probes: %d", h.probes))
	}
	line("    health_check: {%s}", strings.Join(parts, ", "))
}
