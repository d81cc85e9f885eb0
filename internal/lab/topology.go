package lab

import (
	"fmt"
	"strings"
)

// namespaces lists the names in the order of the data: site, gateway, border
// routers, cloud.
func (m *model) namespaces() []string {
	out := []string{nsSite, nsGateway}
	for _, c := range m.circuits {
		out = append(out, c.border)
	}
	return append(out, nsCloud)
}

// links returns the lines for `ip -batch` in the bubble's own namespace: every
// cable of the lab. The gateway's ports are made first and in this order, so
// that they have the interface indexes 2, 3 and 4.
func (m *model) links() string {
	var b strings.Builder
	cable := func(ns, dev, peerNS, peer string) {
		fmt.Fprintf(&b, "link add %s netns %s type veth peer name %s netns %s\n", dev, ns, peer, peerNS)
	}
	cable(nsGateway, sitePort, nsSite, "eth0")
	for _, c := range m.circuits {
		cable(nsGateway, c.port, c.border, "gw0")
	}
	for i, c := range m.circuits {
		cable(c.border, "vpc0", nsCloud, fmt.Sprintf("v%d", i+1))
	}
	return b.String()
}

// addresses returns the lines for `ip -batch` in one namespace. The gateway's
// ports come up without an address: its router software gives them theirs.
func (m *model) addresses(ns string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	port := func(dev string, addr fmt.Stringer) {
		line("addr add %s dev %s", addr, dev)
		line("link set %s up", dev)
	}
	line("link set lo up")
	switch ns {
	case nsSite:
		port("eth0", m.hostPrefix())
		if m.collector.Addr() != m.host {
			line("addr add %s/32 dev lo", m.collector.Addr())
		}
		line("route add default via %s src %s", m.management.Addr(), m.host)
	case nsGateway:
		line("link set %s up", sitePort)
		for _, c := range m.circuits {
			line("link set %s up", c.port)
		}
	case nsCloud:
		line("addr add %s/32 dev lo", m.server)
		for i, c := range m.circuits {
			port(fmt.Sprintf("v%d", i+1), c.far)
		}
		line("%s", m.cloudRoute(m.allUp()))
	default:
		for _, c := range m.circuits {
			if c.border != ns {
				continue
			}
			port("gw0", c.cloud)
			port("vpc0", c.inner)
			line("addr add %s/32 dev lo", c.source)
			line("route add %s via %s", m.cloud, c.far.Addr())
		}
	}
	return b.String()
}

// cloudRoute returns the line that gives the VPC its way to the site over the
// circuits that are up.
func (m *model) cloudRoute(up []bool) string {
	var hops strings.Builder
	for i, c := range m.circuits {
		if up[i] {
			fmt.Fprintf(&hops, " nexthop via %s", c.inner.Addr())
		}
	}
	if hops.Len() == 0 {
		return "route replace unreachable " + m.site.String()
	}
	return fmt.Sprintf("route replace %s src %s%s", m.site, m.server, hops.String())
}

func (m *model) allUp() []bool {
	up := make([]bool, len(m.circuits))
	for i := range up {
		up[i] = true
	}
	return up
}
