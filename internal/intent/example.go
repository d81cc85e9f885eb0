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
	g := &inventory.Gateway{
		Name:     set(name),
		OS:       set(p.ID),
		Platform: set(p.DefaultPlatform),
	}
	add := func(logical string) {
		if logical == "" || g.PortOf(logical) != nil || len(g.Ports) >= len(p.Example.Ports) {
			return
		}
		port := &inventory.Port{Logical: set(logical), Name: set(p.Example.Ports[len(g.Ports)])}
		if p.Example.Negotiation != "" {
			port.Negotiation = set(p.Example.Negotiation)
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
	g.FlowSource = &inventory.FlowSource{Interface: set(p.Example.FlowInterface)}
	if a, err := netip.ParseAddr(p.Example.FlowAddress); err == nil {
		g.FlowSource.Address = set(a)
	}
	if p.Example.ZoneCircuits != "" {
		g.SecurityZone = &inventory.SecurityZone{Circuits: set(p.Example.ZoneCircuits), Site: set(p.Example.ZoneSite)}
	}
	return g
}

func set[T any](v T) yamlpos.Of[T] { return yamlpos.Of[T]{Val: v, Set: true} }
