package intent

import (
	"net/netip"

	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// Example returns a gateway with the profile's example ports, bound to the
// scenario's ports in the order of their first use, circuits before links.
func Example(s *scenario.Scenario, name string, p *vendor.Profile) *inventory.Gateway {
	return ExampleOn(s, name, p, p.DefaultPlatform)
}

// ExampleOn is Example for one platform of the system.
func ExampleOn(s *scenario.Scenario, name string, p *vendor.Profile, platform string) *inventory.Gateway {
	example := p.ExampleOf(platform)
	g := &inventory.Gateway{
		Name:     set(name),
		OS:       set(p.ID),
		Platform: set(platform),
	}
	add := func(logical string) {
		if logical == "" || g.PortOf(logical) != nil || len(g.Ports) >= len(example.Ports) {
			return
		}
		port := &inventory.Port{Logical: set(logical), Name: set(example.Ports[len(g.Ports)])}
		if example.Negotiation != "" {
			port.Negotiation = set(example.Negotiation)
		}
		if example.Slot > 0 {
			port.Slot = set(example.Slot)
		}
		g.Ports = append(g.Ports, port)
	}
	for _, c := range s.CircuitsOf(name) {
		add(c.Port.Val)
	}
	for _, l := range s.Links {
		for _, e := range l.Ends {
			if e.Gateway.Val == name {
				add(e.Port.Val)
			}
		}
	}
	g.FlowSource = &inventory.FlowSource{Interface: set(example.FlowInterface)}
	if a, err := netip.ParseAddr(example.FlowAddress); err == nil {
		g.FlowSource.Address = set(a)
	}
	if example.ZoneCircuits != "" {
		g.SecurityZone = &inventory.SecurityZone{Circuits: set(example.ZoneCircuits), Site: set(example.ZoneSite)}
	}
	return g
}

func set[T any](v T) yamlpos.Of[T] { return yamlpos.Of[T]{Val: v, Set: true} }
