// Package scenario reads a scenario file: one data centre, one cloud network,
// and the circuits between them. It names no vendor. What the file says is
// checked against the rules of the cloud and of the two ends taken together;
// what a gateway's operating system can do is checked later, by intent.
package scenario

import (
	"net/netip"
	"time"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// Of is a value with the place where it was written.
type Of[T any] = yamlpos.Of[T]

// The words of the mode key.
const (
	// ActiveActive loads every circuit equally.
	ActiveActive = "active-active"
	// ActiveStandby tracks every circuit; the lowest preference carries the traffic.
	ActiveStandby = "active-standby"
)

// The words of tracking.method.
const (
	MethodICMP = "icmp"
	MethodBFD  = "bfd"
	MethodNone = "none"
)

// The words of tracking.bfd.mode.
const (
	BFDAsync = "async"
	BFDEcho  = "echo"
)

// The words of flow_export.protocol.
const (
	NetFlowV9 = "netflow-v9"
	IPFIX     = "ipfix"
	SFlow     = "sflow"
)

// Scenario is a scenario file.
type Scenario struct {
	File       string
	Pos        diag.Position
	Name       Of[string]
	Mode       Of[string]
	Cloud      Cloud
	Site       Site
	Circuits   []*Circuit
	Links      []*GatewayLink
	Tracking   Tracking
	FlowExport *FlowExport
	Split      Split
	// Protected are prefixes that a change must never leave without a next
	// hop, beside the cloud's own.
	Protected []Of[netip.Prefix]

	circuitsPos diag.Position
	byGateway   map[string][]*Circuit
}

// Cloud is the far end.
type Cloud struct {
	Pos      diag.Position
	Provider Of[string]
	Region   Of[string]
	Prefixes []Of[netip.Prefix]
	// Account owns the network and the hub; it is needed only when a circuit
	// is another account's.
	Account Of[string]
	Network Network
	Hub     Hub
	// IPv6Elsewhere is true when the cloud's IPv6 routes to the site are made
	// outside of this scenario, such as by BGP.
	IPv6Elsewhere bool
}

// Site is the data centre.
type Site struct {
	Pos      diag.Position
	Prefixes []Of[netip.Prefix]
}

// Circuit is one leased circuit, from a gateway's port to a virtual border
// router.
type Circuit struct {
	Pos     diag.Position
	Name    Of[string]
	Gateway Of[string]
	Port    Of[string]
	VLAN    Of[int]
	// ID is the number that the circuit's probe and track get on the gateway.
	// It is 0 until AssignIDs has run, when the file does not set it.
	ID         Of[int]
	Preference Of[int]
	MTU        Of[int]
	VRF        Of[string]
	// TrackTarget overrides tracking.target for this circuit.
	TrackTarget Of[netip.Addr]
	// V4 is always there in a valid scenario, V6 on a dual-stack circuit.
	V4, V6 *Link
	// Far is what the cloud side must know; it is never nil.
	Far *Far
}

// Link is one address family of a circuit.
type Link struct {
	Pos     diag.Position
	Cloud   Of[netip.Prefix]
	Gateway Of[netip.Prefix]
	Health  *HealthCheck
}

// HealthCheck is the probe that the cloud sends over one circuit.
type HealthCheck struct {
	Pos diag.Position
	// Auto is true for `source: auto`: Source is known only after the cloud
	// side exists.
	Auto        bool
	Source      Of[netip.Addr]
	Target      Of[netip.Addr]
	Interval    Of[time.Duration]
	Probes      Of[int]
	ChangeRoute Of[bool]
}

// Detection returns after how long the cloud withdraws the circuit.
func (h *HealthCheck) Detection() time.Duration {
	return h.Interval.Val * time.Duration(h.Probes.Val)
}

// GatewayLink is a link between two gateways that share the circuits.
type GatewayLink struct {
	Pos        diag.Position
	Ends       []LinkEnd
	Preference Of[int]
}

// LinkEnd is one end of a GatewayLink.
type LinkEnd struct {
	Pos     diag.Position
	Gateway Of[string]
	Port    Of[string]
	Address Of[netip.Prefix]
}

// Tracking says how a gateway watches its circuits.
type Tracking struct {
	Pos    diag.Position
	Method Of[string]
	// Target is the zero Addr when each circuit's cloud address is probed.
	Target       Of[netip.Addr]
	Interval     Of[time.Duration]
	Timeout      Of[time.Duration]
	Failures     Of[int]
	Recovery     Of[time.Duration]
	MaxDetection Of[time.Duration]
	BFD          BFD
}

// BFD are the timers of method bfd.
type BFD struct {
	Pos        diag.Position
	Interval   Of[time.Duration]
	Multiplier Of[int]
	Mode       Of[string]
}

// Nominal returns the detection time that the timers ask for, before an
// operating system maps them to its own mechanism.
func (t *Tracking) Nominal() time.Duration {
	if t.Method.Val == MethodBFD {
		return t.BFD.Interval.Val * time.Duration(t.BFD.Multiplier.Val)
	}
	return t.Interval.Val * time.Duration(t.Failures.Val)
}

// FlowExport says what the gateways export of the traffic on the circuits.
type FlowExport struct {
	Pos           diag.Position
	Protocol      Of[string]
	Collector     Of[netip.AddrPort]
	Sampling      Of[int]
	ActiveTimeout Of[time.Duration]
	// External is true when something beside the gateway exports: nothing is
	// rendered.
	External bool
}

// Split is what a verification must confirm.
type Split struct {
	Pos             diag.Position
	MinShare        Of[float64]
	Confidence      Of[float64]
	StandbyMaxShare Of[float64]
}

// Links returns the address families of a circuit that are in use.
func (c *Circuit) Links() []*Link {
	var out []*Link
	for _, l := range []*Link{c.V4, c.V6} {
		if l != nil {
			out = append(out, l)
		}
	}
	return out
}

// Gateways returns the names of the gateways on which circuits or gateway links
// end, in the order of the file.
func (s *Scenario) Gateways() []string {
	var out []string
	seen := map[string]bool{}
	add := func(name string) {
		if name != "" && !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	for _, c := range s.Circuits {
		add(c.Gateway.Val)
	}
	for _, l := range s.Links {
		for _, e := range l.Ends {
			add(e.Gateway.Val)
		}
	}
	return out
}

// CircuitsOf returns the circuits of one gateway, in the order of the file.
func (s *Scenario) CircuitsOf(gateway string) []*Circuit { return s.byGateway[gateway] }

// index prepares CircuitsOf, so that a fleet of thousands of gateways does not
// search all circuits for each of them.
func (s *Scenario) index() {
	s.byGateway = make(map[string][]*Circuit, len(s.Circuits))
	for _, c := range s.Circuits {
		s.byGateway[c.Gateway.Val] = append(s.byGateway[c.Gateway.Val], c)
	}
}
