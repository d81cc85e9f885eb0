package scenario

import (
	"maps"
	"net/netip"
	"slices"
	"time"
)

// Provider holds what a cloud states about its side. The numbers carry the
// rule ids of docs/diagnostics.md.
type Provider struct {
	// Title is the product's name in messages.
	Title string
	// LinkBits4 is the shortest and the longest length of an IPv4 link (V4).
	LinkBits4 [2]int
	// MTUs are the sizes that the cloud's end takes (V13).
	MTUs []int
	// RouterRoutes is how many routes the cloud's router holds (V9), and
	// RoutersPerCircuit how many routers share one circuit (V11).
	RouterRoutes, RoutersPerCircuit int
	// ReservedSite are prefixes that cannot be routed to the site (V8).
	ReservedSite []netip.Prefix
	// AutoSources is where automatic probe sources come from, CustomSources
	// where chosen ones may come from (H2, H3).
	AutoSources   netip.Prefix
	CustomSources []netip.Prefix
	// StaticBFD is true when the cloud documents BFD for static routes.
	StaticBFD bool
	// IPv6Health is true when the cloud documents a health check over IPv6.
	IPv6Health bool
	// ChangeRoute is true when `change_route: false` can be set from a file.
	ChangeRoute bool
	// AutoNegotiation is false when the cloud asks for fixed speed and duplex.
	AutoNegotiation bool
}

// providers is the table of clouds. A second cloud is a second row.
var providers = map[string]*Provider{
	"alibaba": {
		Title:             "Alibaba Cloud Express Connect",
		LinkBits4:         [2]int{24, 30},
		MTUs:              []int{0, 1500, 8500},
		RouterRoutes:      48,
		RoutersPerCircuit: 5,
		ReservedSite:      []netip.Prefix{netip.MustParsePrefix("100.64.0.0/10")},
		AutoSources:       netip.MustParsePrefix("100.96.0.0/16"),
		CustomSources: []netip.Prefix{
			netip.MustParsePrefix("10.0.0.0/8"),
			netip.MustParsePrefix("172.16.0.0/12"),
			netip.MustParsePrefix("192.168.0.0/16"),
		},
	},
}

// LookupProvider returns the cloud's row, or nil.
func LookupProvider(name string) *Provider { return providers[name] }

// Providers returns the names of the clouds, sorted.
func Providers() []string { return slices.Sorted(maps.Keys(providers)) }

// Provider returns the row of the scenario's cloud, or nil when it is unknown.
func (s *Scenario) Provider() *Provider { return providers[s.Cloud.Provider.Val] }

// CloudDetection returns the longest time after which the cloud withdraws a
// circuit, 0 when no circuit has a health check.
func (s *Scenario) CloudDetection() time.Duration {
	var longest time.Duration
	for _, c := range s.Circuits {
		if c.V4 != nil && c.V4.Health != nil {
			longest = max(longest, c.V4.Health.Detection())
		}
	}
	return longest
}
