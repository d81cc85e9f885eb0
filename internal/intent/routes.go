package intent

import (
	"math/bits"
	"net/netip"
	"slices"
	"time"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/vendor"
)

// routes builds the pins and the legs of every cloud prefix.
func (b *builder) routes() {
	for _, c := range b.d.Circuits {
		b.pins(c)
	}
	sortRoutes(b.d.Pins)
	prefixes := make([]netip.Prefix, 0, len(b.s.Cloud.Prefixes))
	for _, p := range b.s.Cloud.Prefixes {
		prefixes = append(prefixes, p.Val)
	}
	slices.SortStableFunc(prefixes, comparePrefix)
	for _, p := range prefixes {
		if g := b.group(p); g != nil {
			b.d.Groups = append(b.d.Groups, g)
		}
	}
}

// pins builds the untracked host routes of one circuit: where the cloud's
// probe comes from, and what the gateway's own probe tests behind the cloud's
// router. They go over this circuit and no other, and they do not follow the
// probe, so that the cloud's check can succeed again after a repair.
func (b *builder) pins(c *Circuit) {
	sc := b.circuitOf(c.Name)
	pin := func(suffix string, a netip.Addr, f *Family) {
		b.d.Pins = append(b.d.Pins, &Route{
			Name: c.Name + suffix, Prefix: netip.PrefixFrom(a, a.BitLen()), Six: f.Six, VRF: c.VRF,
			Interface: c.Interface, NextHop: f.Peer, Pin: true, Circuit: c,
		})
	}
	for _, side := range []struct {
		l      *scenario.Link
		f      *Family
		suffix string
	}{{sc.V4, c.V4, "-return"}, {sc.V6, c.V6, "-return"}} {
		if side.l == nil || side.l.Health == nil {
			continue
		}
		h := side.l.Health
		if side.l.FromLink() {
			continue
		}
		b.need(vendor.FeatureReturn, h.Pos)
		if h.Auto {
			b.list.Add(diag.CodeHealthUnknown, h.Source.Pos, "the source of circuit %s is not known yet, its return route cannot be rendered", diag.Quote(c.Name)).
				WithHelp("where the cloud side was applied: `terraform output -json > outputs.json`; then: `twinpath render %s --cloud-outputs outputs.json` with the flags of now", b.s.File)
			continue
		}
		if h.Source.Set {
			pin(side.suffix, h.Source.Val, side.f)
		}
	}
	if p := c.V4.Probe; p != nil && p.Target != c.V4.Peer {
		b.need(vendor.FeatureTarget, b.s.Tracking.Pos)
		pinned := slices.ContainsFunc(b.d.Pins, func(r *Route) bool { return r.Prefix.Addr() == p.Target && r.Circuit == c })
		if !pinned {
			pin("-target", p.Target, c.V4)
		}
	}
}

// group builds the legs of one cloud prefix over the gateway's circuits.
func (b *builder) group(prefix netip.Prefix) *Group {
	six := prefix.Addr().Is6()
	g := &Group{Prefix: prefix, Six: six}
	for _, c := range b.d.Circuits {
		f := c.V4
		if six {
			f = c.V6
		}
		if f == nil {
			continue
		}
		g.VRF = c.VRF
		r := &Route{
			Name: c.Name, Prefix: prefix, Six: six, VRF: c.VRF, Interface: c.Interface, NextHop: f.Peer,
			Circuit: c, Probe: f.Probe, Session: f.Session,
		}
		if b.d.Mode == scenario.ActiveStandby {
			r.Distance = b.distance(c)
		}
		g.Legs = append(g.Legs, r)
	}
	if len(g.Legs) == 0 {
		return nil
	}
	if len(b.d.Links) == 1 && six {
		b.list.Add(diag.CodeNoGatewayLink, b.s.Links[0].Pos, "the gateway link is IPv4, the prefix %s has no backup over it", prefix).
			WithHelp("when the gateway's circuit is dead, what still reaches it for that prefix is dropped")
	}
	if len(b.d.Links) == 1 && !six {
		l := b.d.Links[0]
		g.Backup = &Route{
			Name: "to-" + l.Name, Prefix: prefix, VRF: g.VRF, Interface: l.Interface, NextHop: l.Peer, Distance: l.Distance,
		}
	}
	for _, r := range g.Legs {
		for _, o := range g.Legs {
			if o != r {
				r.Others = append(r.Others, o.NextHop)
			}
		}
		if len(r.Others) == 0 && g.Backup != nil {
			r.Others = append(r.Others, g.Backup.NextHop)
		}
	}
	if b.d.Mode == scenario.ActiveActive && len(g.Legs) > 1 {
		b.d.ECMP = true
		b.need(vendor.FeatureECMP, b.s.Mode.Pos)
	}
	// The leg that carries the traffic stands first.
	slices.SortStableFunc(g.Legs, func(x, y *Route) int { return x.Distance - y.Distance })
	for _, r := range g.Legs {
		if r.Distance == b.p.DefaultDistance { // which no system prints
			r.Distance = 0
		}
	}
	return g
}

func (b *builder) distance(c *Circuit) int {
	pref := b.circuitOf(c.Name).Preference
	if !b.p.Distance.Holds(pref.Val) {
		b.list.Add(diag.CodePreference, pref.Pos, "%s: a preference of %d is not possible, the system takes %s", b.p.Title, pref.Val, b.p.Distance)
	}
	return pref.Val
}

// flow builds the export of sampled traffic.
func (b *builder) flow(pl *vendor.Platform) {
	sf := b.s.FlowExport
	if sf == nil || sf.External {
		return
	}
	if !b.need(sf.Protocol.Val, sf.Protocol.Pos) {
		return
	}
	lim := b.p.FlowOf(b.platform)
	f := &Flow{
		Protocol: sf.Protocol.Val, Collector: sf.Collector.Val.Addr(), Port: int(sf.Collector.Val.Port()),
		Sampling: sf.Sampling.Val, V4: true, V6: b.d.IPv6,
	}
	if f.V6 && sf.Protocol.Val != scenario.SFlow {
		b.need(vendor.FeatureIPv6Prefix+sf.Protocol.Val, sf.Protocol.Pos)
	}
	b.sampling(f, pl)
	if unit := lim.ActiveUnit; unit > 0 {
		f.Active = int((sf.ActiveTimeout.Val + unit - 1) / unit)
		if time.Duration(f.Active)*unit != sf.ActiveTimeout.Val {
			b.list.Add(diag.CodeRounded, b.flowPos(sf.ActiveTimeout.Pos), "%s: the active timeout of %s becomes %s, it is set in steps of %s",
				b.p.Title, diag.Duration(sf.ActiveTimeout.Val), diag.Duration(time.Duration(f.Active)*unit), diag.Duration(unit))
		}
		if !lim.Active.Holds(f.Active) {
			b.list.Add(diag.CodeFlowTimeout, b.flowPos(sf.ActiveTimeout.Pos), "%s: an active timeout of %s is not possible, the system takes %s × %s", b.p.Title, diag.Duration(sf.ActiveTimeout.Val), lim.Active, diag.Duration(unit))
		}
	}
	if !lim.Port.Holds(f.Port) {
		b.list.Add(diag.CodeValue, sf.Collector.Pos, "%s: the collector's port %d is not possible, the system takes %s", b.p.Title, f.Port, lim.Port)
	}
	b.flowSource(f)
	for _, c := range b.d.Circuits {
		if c.Port.Slot >= 0 && !slices.Contains(f.Slots, c.Port.Slot) {
			f.Slots = append(f.Slots, c.Port.Slot)
		}
	}
	slices.Sort(f.Slots)
	b.d.Flow = f
}

func (b *builder) flowPos(pos diag.Position) diag.Position {
	if pos.IsZero() {
		return b.s.FlowExport.Pos
	}
	return pos
}

func (b *builder) sampling(f *Flow, pl *vendor.Platform) {
	limit := b.p.FlowOf(b.platform).Sampling
	if (pl.Sampling != vendor.Range{}) {
		limit = pl.Sampling
	}
	pos := b.flowPos(b.s.FlowExport.Sampling.Pos)
	switch {
	case !limit.Holds(f.Sampling):
		b.list.Add(diag.CodeFlowSampling, pos, "%s (%s): sampling 1 in %d is not possible, the system takes %s", b.p.Title, pl.ID, f.Sampling, limit)
	case pl.SamplingPow2 && bits.OnesCount(uint(f.Sampling)) != 1:
		// Shares do not depend on the rate as long as every circuit has the
		// same, so the next power of two is rendered, which samples less.
		n := 1 << bits.Len(uint(f.Sampling))
		b.list.Add(diag.CodeRounded, pos, "%s (%s): sampling 1 in %d becomes 1 in %d, the system takes powers of two", b.p.Title, pl.ID, f.Sampling, n)
		f.Sampling = n
	}
}

// flowSource takes from the inventory where the exporter sends from.
func (b *builder) flowSource(f *Flow) {
	lim, src := b.p.FlowOf(b.platform), b.g.FlowSource
	if src != nil {
		f.Interface, f.Address = src.Interface.Val, src.Address.Val
	}
	missing := ""
	switch {
	case lim.NeedsInterface && f.Interface == "":
		missing = "interface"
	case lim.NeedsAddress && !f.Address.IsValid():
		missing = "address"
	}
	pos := b.g.Pos
	if src != nil {
		pos = src.Pos
		if re := b.p.Ports.FlowSource; re != nil && src.Interface.Val != "" && !re.MatchString(src.Interface.Val) {
			b.list.Add(diag.CodePortName, src.Interface.Pos, "%s is no interface of %s", diag.Quote(src.Interface.Val), b.p.Title).
				WithHelp("write it in full as the device prints it, such as %s", b.p.ExampleOf(b.platform).FlowInterface)
		}
		if lim.NeedsAddress && f.Address.IsValid() && f.Address.Is4() != f.Collector.Is4() {
			b.list.Add(diag.CodeFlowSource, src.Address.Pos, "%s: the exporter's source %s and the collector %s are of different families", b.p.Title, f.Address, f.Collector).
				WithRelated(b.s.FlowExport.Collector.Pos, "the collector")
		}
	}
	if missing == "" {
		return
	}
	b.list.Add(diag.CodeFlowSource, pos, "%s: the exporter's source %s is not named", b.p.Title, missing).
		WithHelp("add flow_source: {interface: NAME, address: ADDRESS} to gateway %s", b.g.Name.Val)
}
