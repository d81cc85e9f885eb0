package intent

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/vendor"
)

// builder carries what the steps of Build share.
type builder struct {
	s    *scenario.Scenario
	g    *inventory.Gateway
	p    *vendor.Profile
	list *diag.List
	d    *Device
	// platform is the profile's platform id.
	platform string
	asked    map[string]bool
}

// Build returns what a gateway must have. Problems go to list; the device is
// complete only when list has no errors.
func Build(s *scenario.Scenario, g *inventory.Gateway, p *vendor.Profile, list *diag.List) *Device {
	b := &builder{s: s, g: g, p: p, list: list, asked: map[string]bool{}}
	// An example device has no inventory to point at.
	defer list.Locate(diag.Position{File: s.File})
	pl := p.Platform(g.Platform.Val)
	if pl == nil {
		list.Add(diag.CodeUnknownPlatform, g.Platform.Pos, "%s has no platform %s", p.Title, diag.Quote(g.Platform.Val)).
			WithHelp("%s", diag.DidYouMean(g.Platform.Val, p.PlatformIDs()))
		return nil
	}
	if !g.Platform.Set && len(p.Platforms) > 1 && !b.example() {
		list.Add(diag.CodePlatformAssumption, g.OS.Pos, "no platform is stated for %s, %q is assumed (%s)", g.OS.Val, pl.ID, pl.Title).
			WithHelp("one of: %s", strings.Join(p.PlatformIDs(), ", "))
	}
	b.platform = pl.ID
	b.d = &Device{
		Scenario: s.Name.Val, Gateway: g.Name.Val, OS: p.ID, Platform: pl.ID, OSVersion: g.OSVersion.Val,
		Mode: s.Mode.Val, Method: s.Tracking.Method.Val, routeOrder: p.RouteOrder,
	}
	b.features()
	b.d.Timers = b.timers()
	b.checkBounds(b.d.Timers)
	b.circuits()
	b.links()
	b.routes()
	b.checkIDs()
	b.checkNames()
	b.flow(pl)
	b.zone()
	b.advice()
	return b.d
}

// at returns the position, or the tracking section's when a default holds.
func (b *builder) at(pos diag.Position) diag.Position {
	if pos.IsZero() {
		return b.s.Tracking.Pos
	}
	return pos
}

// circuits builds ports, circuits and what watches them.
func (b *builder) circuits() {
	for _, sc := range b.s.CircuitsOf(b.g.Name.Val) {
		port := b.port(sc.Port)
		if port == nil {
			continue
		}
		c := &Circuit{
			Name: sc.Name.Val, ID: sc.ID.Val + b.g.IDOffset.Val, Port: port, VLAN: sc.VLAN.Val, VRF: sc.VRF.Val,
			Interface: b.p.Ports.Interface(port.Name, sc.VLAN.Val),
		}
		if m := sc.MTU.Val; m != 0 && m != defaultMTU {
			c.MTU = m
		}
		port.MTU = max(port.MTU, c.MTU)
		port.Tagged = port.Tagged || c.VLAN > 0
		port.FrameMTU = b.frameMTU(port)
		port.Circuits = append(port.Circuits, c)
		c.V4 = b.family(c, sc, sc.V4, false)
		c.V6 = b.family(c, sc, sc.V6, true)
		b.d.IPv6 = b.d.IPv6 || c.V6 != nil
		b.d.Circuits = append(b.d.Circuits, c)
	}
	for _, p := range b.d.Ports {
		slices.SortStableFunc(p.Circuits, func(x, y *Circuit) int { return x.VLAN - y.VLAN })
		for _, c := range p.Circuits {
			if own := cmp.Or(c.MTU, defaultMTU); own < p.MTU {
				c.OwnMTU = own
			}
		}
	}
}

// family builds one address family of a circuit with its probe or session.
func (b *builder) family(c *Circuit, sc *scenario.Circuit, l *scenario.Link, six bool) *Family {
	if l == nil {
		return nil
	}
	f := &Family{Six: six, Address: l.Gateway.Val, Peer: l.Cloud.Val.Addr()}
	id := c.ID
	if six {
		id += scenario.IPv6Offset
	}
	switch b.d.Method {
	case scenario.MethodICMP:
		f.Probe = &Probe{
			ID: id, Name: b.name("probe", c.Name, six), Circuit: c, Six: six, Target: f.Peer,
			Source: f.Address.Addr(), NextHop: f.Peer, Interface: c.Interface, VRF: c.VRF,
		}
		if t := b.target(sc); t.IsValid() && !six {
			f.Probe.Target = t
		}
		b.d.Probes = append(b.d.Probes, f.Probe)
	case scenario.MethodBFD:
		f.Session = &Session{
			ID: id, Name: b.name("bfd", c.Name, six), Circuit: c, Six: six, Peer: f.Peer, Source: f.Address.Addr(),
			Interface: c.Interface, VRF: c.VRF, Echo: b.s.Tracking.BFD.Mode.Val == scenario.BFDEcho,
		}
		b.d.Sessions = append(b.d.Sessions, f.Session)
	}
	return f
}

// target returns the address behind the cloud's router that the circuit's
// probe tests, or the zero Addr.
func (b *builder) target(sc *scenario.Circuit) netip.Addr {
	if sc.TrackTarget.Set {
		return sc.TrackTarget.Val
	}
	return b.s.Tracking.Target.Val
}

// links builds the gateway's ends of gateway links.
func (b *builder) links() {
	for _, sl := range b.s.Links {
		for i, e := range sl.Ends {
			if e.Gateway.Val != b.g.Name.Val || len(sl.Ends) != 2 {
				continue
			}
			other := sl.Ends[1-i]
			b.need(vendor.FeatureGatewayLink, sl.Pos)
			port := b.port(e.Port)
			if port == nil {
				continue
			}
			if vrf := b.d.VRF(); vrf != "" {
				b.list.Add(diag.CodeVRFMixed, sl.Pos, "the gateway link is in the global routing table, the circuits of gateway %s are in VRF %s", diag.Quote(b.g.Name.Val), diag.Quote(vrf)).
					WithHelp("a backup route cannot leave the VRF over the link; leave vrf or the link away")
				continue
			}
			if len(port.Circuits) > 0 || port.Link != nil {
				b.list.Add(diag.CodePortShared, e.Port.Pos, "port %s already carries a circuit or a link", diag.Quote(e.Port.Val)).
					WithHelp("a gateway link needs a port of its own")
				continue
			}
			l := &Link{
				Name: other.Gateway.Val, Port: port, Interface: b.p.Ports.Interface(port.Name, 0),
				Address: e.Address.Val, Peer: other.Address.Val.Addr(), Distance: sl.Preference.Val,
			}
			if l.Distance <= b.p.DefaultDistance {
				b.list.Add(diag.CodePreference, b.at(sl.Preference.Pos), "%s: the link's preference %d does not yield to the circuits' routes (%d)", b.p.Title, l.Distance, b.p.DefaultDistance).
					WithHelp("set a preference above %d", b.p.DefaultDistance)
			}
			port.Link = l
			b.d.Links = append(b.d.Links, l)
		}
	}
	if len(b.d.Links) > 1 {
		b.list.Add(diag.CodeLinkEnds, b.s.Links[len(b.s.Links)-1].Pos, "gateway %s has %d gateway links, one is supported", diag.Quote(b.g.Name.Val), len(b.d.Links))
	}
}

// checkIDs holds probe and track numbers against the system's ranges.
func (b *builder) checkIDs() {
	for _, p := range b.d.Probes {
		if !b.p.ProbeIDs.Holds(p.ID) || !b.p.TrackIDs.Holds(p.ID) {
			limit := b.p.TrackIDs
			if limit == (vendor.Range{}) || !b.p.ProbeIDs.Holds(p.ID) {
				limit = b.p.ProbeIDs
			}
			b.list.Add(diag.CodeOSID, b.g.IDOffset.Pos, "%s: circuit %s would get number %d, the system takes %s", b.p.Title, diag.Quote(p.Circuit.Name), p.ID, limit).
				WithHelp("lower id_offset (IPv6 probes add %d)", scenario.IPv6Offset)
			return
		}
	}
}

func (b *builder) circuitOf(name string) *scenario.Circuit {
	for _, c := range b.s.CircuitsOf(b.g.Name.Val) {
		if c.Name.Val == name {
			return c
		}
	}
	return nil
}

// zone takes the security zone of the circuits from the inventory.
func (b *builder) zone() {
	has := b.p.Capability(b.platform, vendor.FeatureZones).Support != vendor.No
	switch z := b.g.SecurityZone; {
	case has && z == nil:
		b.list.Add(diag.CodeSecurityZone, b.g.Pos, "%s: the security zone of the circuits is not named", b.p.Title).
			WithHelp("add security_zone: {circuits: NAME} to the gateway; both circuits lie in one zone, or replies over the other are dropped")
	case !has && z != nil:
		b.list.Add(diag.CodeSecurityZone, z.Pos, "%s has no security zones", b.p.Title).WithHelp("remove security_zone")
	case has:
		b.d.Zone = z.Circuits.Val
	}
}

// advice warns of what must agree with the rendered lines but is not rendered.
func (b *builder) advice() {
	for _, sc := range b.s.CircuitsOf(b.g.Name.Val) {
		if sc.V4 == nil || sc.V4.Health == nil {
			continue
		}
		for _, a := range b.p.Advice {
			b.list.Add(a.Code, sc.V4.Health.Pos, "%s: %s", b.p.Title, a.Text).WithHelp("%s", a.Help)
		}
		return
	}
}

// comparePrefix sorts by family, address and length.
func comparePrefix(a, b netip.Prefix) int {
	return cmp.Or(cmp.Compare(a.Addr().BitLen(), b.Addr().BitLen()), a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
}

func sortRoutes(rs []*Route) {
	slices.SortStableFunc(rs, func(a, b *Route) int { return comparePrefix(a.Prefix, b.Prefix) })
}
