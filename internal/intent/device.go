// Package intent decides what one gateway must have: scenario times profile.
// Everything is decided here (names, numbers, timers, which route goes where),
// so that templates only print. What the operating system cannot do is refused
// here, with what to use instead.
package intent

import (
	"net/netip"
	"time"

	"github.com/twinpath/twinpath/internal/vendor"
)

// Device is what one gateway must have.
type Device struct {
	Scenario  string
	Gateway   string
	OS        string
	Platform  string
	OSVersion string
	// Mode and Method are the scenario's words.
	Mode   string
	Method string
	// Ports are the physical ports in the order of the scenario, Circuits and
	// Links what lies on them.
	Ports    []*Port
	Circuits []*Circuit
	Links    []*Link
	// Pins are the untracked routes of single addresses (the cloud's probe
	// sources, probe targets behind the cloud's router), each over its own
	// circuit; Groups the cloud's prefixes with all their legs. Both are
	// sorted by prefix, IPv4 first.
	Pins   []*Route
	Groups []*Group
	// Probes and Sessions are sorted by circuit, IPv4 first.
	Probes   []*Probe
	Sessions []*Session
	Timers   Timers
	Flow     *Flow
	Zone     string
	// ECMP is true when a prefix has two legs or more of one distance.
	ECMP bool
	// IPv6 is true when a circuit has an IPv6 side.
	IPv6 bool
	// Load is set by the renderer: true while the load form is printed.
	Load bool

	routeOrder vendor.RouteOrder
}

// Port is a physical port.
type Port struct {
	Name string
	// Slot is -1 when it is not known and not needed.
	Slot int
	// Speed is in Mbit/s with full duplex, 0 for nothing rendered; Auto is
	// true for an explicit "auto".
	Speed int
	Auto  bool
	// MTU is the largest of its circuits', 0 when the default of 1500 holds.
	MTU int
	// FrameMTU is MTU with the frame's header, for systems whose ports count
	// it (vendor.Ports.FrameOverhead); 0 when nothing is to be set.
	FrameMTU int
	// Tagged is true when circuits lie on VLAN sub-interfaces.
	Tagged bool
	// Circuits are sorted by VLAN.
	Circuits []*Circuit
	Link     *Link
}

// Circuit is one circuit as this gateway sees it.
type Circuit struct {
	Name string
	// ID is the circuit's number on this device, offset included.
	ID   int
	Port *Port
	// Interface is the layer-3 interface.
	Interface string
	VLAN      int
	// MTU is 0 when the default of 1500 holds. OwnMTU is set where the port's
	// is larger, for systems whose sub-interfaces inherit the port's: it is what
	// the circuit must state for itself.
	MTU, OwnMTU int
	VRF         string
	V4, V6      *Family
}

// Families returns the address families in use.
func (c *Circuit) Families() []*Family {
	var out []*Family
	for _, f := range []*Family{c.V4, c.V6} {
		if f != nil {
			out = append(out, f)
		}
	}
	return out
}

// Family is one address family of a circuit.
type Family struct {
	Six     bool
	Address netip.Prefix
	Peer    netip.Addr
	// Probe or Session watches it; both are nil without tracking.
	Probe   *Probe
	Session *Session
}

// Link is a link to another gateway that shares the circuits.
type Link struct {
	// Name names the other gateway.
	Name      string
	Port      *Port
	Interface string
	Address   netip.Prefix
	Peer      netip.Addr
	Distance  int
}

// Route is one static route over one circuit (or gateway link).
type Route struct {
	Name      string
	Prefix    netip.Prefix
	Six       bool
	VRF       string
	Interface string
	NextHop   netip.Addr
	// Distance is 0 for the system's default.
	Distance int
	// Pin is true for the host routes that must stay when the circuit's probe
	// or session fails (Device.Pins).
	Pin     bool
	Circuit *Circuit
	Probe   *Probe
	Session *Session
	// Others are the next hops of the prefix's other legs, for systems that
	// fail over by injecting a route.
	Others []netip.Addr
}

// Group is a cloud prefix with the routes that lead to it.
type Group struct {
	Prefix netip.Prefix
	Six    bool
	VRF    string
	Legs   []*Route
	// Backup leads over a gateway link, nil without one.
	Backup *Route
}

// Probe is an ICMP probe of one circuit.
type Probe struct {
	ID        int
	Name      string
	Circuit   *Circuit
	Six       bool
	Target    netip.Addr
	Source    netip.Addr
	NextHop   netip.Addr
	Interface string
	VRF       string
}

// Session is a BFD session of one circuit.
type Session struct {
	ID        int
	Name      string
	Circuit   *Circuit
	Six       bool
	Peer      netip.Addr
	Source    netip.Addr
	Interface string
	VRF       string
	Echo      bool
}

// Flow is the export of sampled traffic.
type Flow struct {
	Protocol  string
	Collector netip.Addr
	Port      int
	Sampling  int
	// Active is the active timeout in the system's unit.
	Active    int
	Interface string
	Address   netip.Addr
	V4, V6    bool
	// Slots are the slots of the circuits' ports, sorted, without repetition.
	Slots []int
}

// Bounds are the shortest and the longest time of something.
type Bounds struct{ Min, Max time.Duration }
