package lab

import (
	"fmt"
	"net/netip"
	"strings"
)

// nsSwitch is an Open vSwitch that gets a copy of every packet that leaves by a
// circuit's port, as from a mirror port, and exports sFlow samples of them.
const nsSwitch = "sw"

// The switch's link to the data centre (RFC 2544 section C.2.2, as the links of
// the cloud).
var (
	switchAddress = netip.MustParsePrefix("198.18.1.2/30")
	switchPeer    = netip.MustParsePrefix("198.18.1.1/30")
)

// switchLinks returns the lines for `ip -batch` in the bubble's own namespace.
func (m *model) switchLinks() string {
	var b strings.Builder
	fmt.Fprintf(&b, "link add sw0 netns %s type veth peer name mg netns %s\n", nsSite, nsSwitch)
	for i := range m.circuits {
		fmt.Fprintf(&b, "link add m%d netns %s type veth peer name p%d netns %s\n", i+1, nsGateway, i+1, nsSwitch)
	}
	return b.String()
}

// switchPorts returns the lines for `ip -batch` in the switch's namespace. The
// ports that the copies leave by have the interface indexes that the circuits'
// ports have on the gateway: samples carry them.
func (m *model) switchPorts() string {
	var b strings.Builder
	for i := range m.circuits {
		fmt.Fprintf(&b, "link add name q%d index %d type veth peer name r%d index %d\n", i+1, circuitIndex(i), i+1, 100+i)
	}
	return b.String()
}

// switchUp returns the lines that bring the switch's ports up, once all are there.
func (m *model) switchUp() string {
	var b strings.Builder
	for i := range m.circuits {
		fmt.Fprintf(&b, "link set p%d up\nlink set q%d up\nlink set r%d up\n", i+1, i+1, i+1)
	}
	fmt.Fprintf(&b, "link set lo up\naddr add %s dev mg\nlink set mg up\nroute add default via %s\n", switchAddress, switchPeer.Addr())
	return b.String()
}

// mirrorUp brings the gateway's ports to the switch up.
func (m *model) mirrorUp() string {
	var b strings.Builder
	for i := range m.circuits {
		fmt.Fprintf(&b, "link set m%d up\n", i+1)
	}
	return b.String()
}

// mirrorRules copy what leaves by the circuits' ports to the switch.
func (m *model) mirrorRules() string {
	var b strings.Builder
	b.WriteString("table netdev mirror {\n")
	for i, c := range m.circuits {
		fmt.Fprintf(&b, "chain out%d { type filter hook egress device %s priority 0; dup to \"m%d\"; }\n", i, c.port, i+1)
	}
	b.WriteString("}\n")
	return b.String()
}

// circuitIndex is the interface index of a circuit's port on the gateway: lo is
// 1 and the site's port is made first.
func circuitIndex(i int) int { return i + 3 }
