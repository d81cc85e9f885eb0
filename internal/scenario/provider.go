package scenario

import (
	"net/netip"
	"time"
)

// Provider holds what a cloud states about its side, read from vendors/. The
// numbers carry the rule ids of docs/rules.md.
type Provider struct {
	// ID is the word of cloud.provider, Title the product's name in messages.
	ID, Title string
	// LinkBits4 is the shortest and the longest length of an IPv4 link (V4).
	LinkBits4 [2]int
	// MTUs are the sizes that the cloud's end takes (V13).
	MTUs []int
	// Bandwidths are the speeds in Mbit/s that a border router can have; empty
	// when any is taken.
	Bandwidths []int
	// RouterRoutes is how many routes the cloud's router holds (V9),
	// RoutersPerCircuit how many routers share one circuit and
	// CircuitsPerAccessPoint how many circuits of one account end there (V11).
	RouterRoutes, RoutersPerCircuit, CircuitsPerAccessPoint int
	// ReservedSite are prefixes that cannot be routed to the site (V8).
	ReservedSite []netip.Prefix
	// AutoSources is where automatic probe sources come from, CustomSources
	// where chosen ones may come from (H2, H3).
	AutoSources   netip.Prefix
	CustomSources []netip.Prefix
	// LinkSource is true when the cloud is taken to probe from its own end of
	// the link: `source: auto` is that address, and needs no return route.
	LinkSource bool
	// StaticBFD is true when the cloud documents BFD for static routes; then
	// BFDInterval (milliseconds) and BFDMultiplier are the ranges that it takes,
	// and a circuit has either BFD or a health check.
	StaticBFD                  bool
	BFDInterval, BFDMultiplier [2]int
	// IPv6Health is true when the cloud documents a health check over IPv6,
	// IPv6Static when it documents static IPv6 routes towards a circuit.
	IPv6Health, IPv6Static bool
	// ChangeRoute is true when `change_route: false` can be set from a file.
	ChangeRoute bool
	// NoAlert is true when the cloud states that a failed check tells nobody.
	NoAlert bool
	// AutoNegotiation is false when the cloud asks for fixed speed and duplex.
	AutoNegotiation bool
	// NoStandby is true when static routes of the cloud's end cannot prefer one
	// circuit.
	NoStandby bool
	// Unused are the keys that this cloud has no use for; Build refuses them.
	Unused []string
	// Words say what the keys of a scenario are called by this cloud, Manual
	// how to do by hand what a file cannot say. Both are sentences in parts,
	// by a key that the messages know.
	Words, Manual map[string]string
}

// LookupProvider returns the cloud's row, or nil.
func LookupProvider(name string) *Provider { return catalogue().byID[name] }

// Providers returns the names of the clouds, sorted.
func Providers() []string { return catalogue().ids }

// Provider returns the row of the scenario's cloud, or nil when it is unknown.
func (s *Scenario) Provider() *Provider { return LookupProvider(s.Cloud.Provider.Val) }

// CloudDetection returns the longest time after which the cloud withdraws a
// circuit, 0 when it watches none.
func (s *Scenario) CloudDetection() time.Duration {
	var longest time.Duration
	for _, c := range s.Circuits {
		if c.V4 != nil && c.V4.Health != nil {
			longest = max(longest, c.V4.Health.Detection())
		}
	}
	if t, ok := s.FarBFD(); ok && longest == 0 {
		return t.Interval.Val * time.Duration(t.Multiplier.Val)
	}
	return longest
}
