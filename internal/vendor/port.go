package vendor

import (
	"regexp"
	"strconv"
	"strings"
)

// Ports says what ports are called.
type Ports struct {
	Pattern *regexp.Regexp
	// Bundle matches ports that are bundles of others; nil when the system's
	// names do not tell. A bundle does not negotiate, its members do.
	Bundle *regexp.Regexp
	// VLANInterface matches interfaces that are no ports but the routed side of
	// a VLAN; its first group is the VLAN. It serves the help only.
	VLANInterface *regexp.Regexp
	// FlowSource matches the interfaces that an exporter can send from, nil
	// when the system has none.
	FlowSource *regexp.Regexp
	// Negotiation says which ports have lines about negotiation.
	Negotiation Negotiation
	// Slot finds the slot in a port's name, nil when slots do not matter.
	Slot *regexp.Regexp
	// Tagged and Untagged build the layer-3 interface from {port} and {vlan}.
	Tagged, Untagged string
	// FrameOverhead is set where a port's own MTU counts the frame's header
	// and must be that much above the circuit's; zero where it need not be set.
	FrameOverhead FrameOverhead
}

// Negotiation says which ports have lines about negotiation and speed: Gigabit
// those that take a fixed speed up to 1 Gbit/s, Faster those that take the line
// above it. Without Gigabit the templates decide by the speed alone.
type Negotiation struct{ Gigabit, Faster *regexp.Regexp }

// Has reports whether a port of that name has a line for a fixed speed in
// Mbit/s, or for negotiating when speed is 0.
func (n Negotiation) Has(port string, speed int) bool {
	slow := n.Gigabit == nil || n.Gigabit.MatchString(port)
	fast := n.Gigabit == nil || n.Faster != nil && n.Faster.MatchString(port)
	switch {
	case speed == 0:
		return slow || fast
	case speed <= 1000:
		return slow
	}
	return fast
}

// FrameOverhead is the size of a frame's header as a port's MTU counts it.
type FrameOverhead struct{ Untagged, Tagged int }

// Interface returns the name of a circuit's layer-3 interface.
func (p Ports) Interface(port string, vlan int) string {
	form := p.Untagged
	if vlan > 0 {
		form = p.Tagged
	}
	return strings.ReplaceAll(strings.ReplaceAll(form, "{vlan}", strconv.Itoa(vlan)), "{port}", port)
}

// NegotiationOf returns which ports of one platform have lines about
// negotiation.
func (p *Profile) NegotiationOf(platform string) Negotiation {
	if pl := p.Platform(platform); pl != nil && pl.Negotiation != nil {
		return *pl.Negotiation
	}
	return p.Ports.Negotiation
}
