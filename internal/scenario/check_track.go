package scenario

import (
	"net/netip"
	"time"

	"github.com/twinpath/twinpath/internal/diag"
)

// checkTracking holds the rules of the gateway's own probes.
func (s *Scenario) checkTracking(list *diag.List) {
	t := &s.Tracking
	if !t.Method.Set {
		return
	}
	switch t.Method.Val {
	case MethodICMP:
		if !t.Timeout.Bad() && !t.Interval.Bad() && t.Timeout.Val > t.Interval.Val {
			pos := t.Timeout.Pos
			if !t.Timeout.Set {
				pos = t.Interval.Pos
			}
			list.Add(diag.CodeTimerOrder, pos, "the probe's timeout (%s) is longer than its interval (%s)", diag.Duration(t.Timeout.Val), diag.Duration(t.Interval.Val)).
				WithHelp("threshold, timeout and interval must rise in this order, or the device never starts the probe").
				WithRelated(t.Interval.Pos, "the interval")
		}
	case MethodBFD:
		if p := s.Provider(); p != nil && !p.StaticBFD {
			list.Add(diag.CodeBFDUndocumented, t.Method.Pos, "%s does not document BFD for static routes", p.Title).
				WithHelp("a session that never comes up takes the route away for good; have the cloud confirm it, or use method: icmp")
		}
	case MethodNone:
		list.Add(diag.CodeTrackingNone, t.Method.Pos, "without tracking, traffic stays on a circuit that is silently dead").
			WithHelp("use method: icmp, unless something else withdraws the routes")
		if t.MaxDetection.Set {
			list.Add(diag.CodeMaxDetection, t.MaxDetection.Pos, "nothing watches the circuits with method: none, so no max_detection can be held").
				WithHelp("use method: icmp or bfd, or remove max_detection").WithRelated(t.Method.Pos, "the method")
		}
	}
	s.checkUnusedTimers(list)
	s.checkTargets(list)
}

// checkUnusedTimers finds timers of a method that is not in use. One place is
// told: the first key.
func (s *Scenario) checkUnusedTimers(list *diag.List) {
	t := &s.Tracking
	if t.Method.Val != MethodBFD && !t.BFD.Pos.IsZero() {
		list.Add(diag.CodeBFDKeys, t.BFD.Pos, "bfd timers have no effect with method: %s", t.Method.Val).
			WithHelp("set method: bfd, or remove them").WithRelated(t.Method.Pos, "the method")
	}
	if t.Method.Val != MethodBFD {
		return
	}
	for _, k := range []struct {
		name string
		pos  diag.Position
	}{{"interval", t.Interval.Pos}, {"timeout", t.Timeout.Pos}, {"failures", t.Failures.Pos}} {
		if !k.pos.IsZero() {
			list.Add(diag.CodeBFDKeys, k.pos, "tracking.%s has no effect with method: bfd", k.name).
				WithHelp("write bfd: {interval: 300ms, multiplier: 3}, or set method: icmp").WithRelated(t.Method.Pos, "the method")
			return
		}
	}
}

// checkTargets: an address behind the cloud's end needs a route pinned to one
// circuit of a gateway, so on a gateway it can serve only one.
func (s *Scenario) checkTargets(list *diag.List) {
	s.checkSharedTarget(list)
	type table struct {
		gateway string
		addr    netip.Addr
	}
	pinned := map[table]*Circuit{}
	for _, c := range s.Circuits {
		for _, l := range c.Links() {
			if l.Health != nil && l.Health.Source.Set {
				pinned[table{c.Gateway.Val, l.Health.Source.Val}] = c
			}
		}
	}
	links := s.linkIndex()
	for _, c := range s.Circuits {
		t := c.TrackTarget
		if !t.Set {
			continue
		}
		k := table{c.Gateway.Val, t.Val}
		o := pinned[k]
		switch {
		case s.Tracking.Method.Val != MethodICMP:
			list.Add(diag.CodeTrackingTarget, t.Pos, "track_target has no effect with method: %s", s.Tracking.Method.Val).
				WithHelp("remove it, or set method: icmp")
		case s.badTarget(list, "track_target", t, c, links):
		case o != nil && o != c:
			list.Add(diag.CodeTrackingTarget, t.Pos, "%s is already pinned to circuit %s", t.Val, diag.Quote(o.Name.Val)).
				WithHelp("a probe target is reached over its own circuit only; give each circuit a target of its own").
				WithRelated(o.Pos, "the other circuit")
		}
		pinned[k] = c
	}
}

// checkSharedTarget holds the rules of tracking.target, which is the target of
// every circuit without one of its own.
func (s *Scenario) checkSharedTarget(list *diag.List) {
	t := s.Tracking.Target
	if !t.Set {
		return
	}
	if s.Tracking.Method.Val != MethodICMP {
		list.Add(diag.CodeTrackingTarget, t.Pos, "tracking.target has no effect with method: %s", s.Tracking.Method.Val).
			WithHelp("a BFD session ends on the circuit's cloud address; remove target, or set method: icmp")
		return
	}
	if s.badTarget(list, "tracking.target", t, nil, s.linkIndex()) {
		return
	}
	first := map[string]*Circuit{}
	for _, c := range s.Circuits {
		if !c.TrackTarget.Pos.IsZero() {
			continue
		}
		if o := first[c.Gateway.Val]; o != nil {
			list.Add(diag.CodeTrackingTarget, t.Pos, "one target, %s, cannot test the circuits %s and %s of one gateway", t.Val, diag.Quote(o.Name.Val), diag.Quote(c.Name.Val)).
				WithHelp("its route is pinned to one circuit; set `track_target` on each circuit, or leave target away")
			return
		}
		first[c.Gateway.Val] = c
	}
}

// linkIndex is the circuit of each link subnet.
type linkIndex struct {
	byPrefix map[netip.Prefix]*Circuit
	// bits are the lengths that occur, so that a look-up tries few.
	bits map[int]bool
}

func (s *Scenario) linkIndex() linkIndex {
	x := linkIndex{byPrefix: make(map[netip.Prefix]*Circuit, len(s.Circuits)), bits: map[int]bool{}}
	for _, c := range s.Circuits {
		for _, l := range c.Links() {
			if l.Cloud.Set {
				p := l.Cloud.Val.Masked()
				x.byPrefix[p], x.bits[p.Bits()] = c, true
			}
		}
	}
	return x
}

// circuit returns the circuit whose link holds an address, or nil.
func (x linkIndex) circuit(a netip.Addr) *Circuit {
	for n := a.BitLen(); n >= 0; n-- {
		if !x.bits[n] {
			continue
		}
		if p, err := a.Prefix(n); err == nil && x.byPrefix[p] != nil {
			return x.byPrefix[p]
		}
	}
	return nil
}

// badTarget reports a target whose pinned route could not work: of the wrong
// family, on this side of the circuits, on a link, or a route already.
func (s *Scenario) badTarget(list *diag.List, key string, t Of[netip.Addr], own *Circuit, links linkIndex) bool {
	if !t.Val.Is4() {
		list.Add(diag.CodeTrackingTarget, t.Pos, "the %s %s is not IPv4", key, t.Val).
			WithHelp("the IPv6 side of a circuit is probed at its own cloud address")
		return true
	}
	if own != nil && own.V4 != nil && own.V4.Cloud.Set && own.V4.Cloud.Val.Addr() == t.Val {
		return false // the default, written out
	}
	if o := links.circuit(t.Val); o != nil {
		list.Add(diag.CodeTrackingTarget, t.Pos, "the %s %s is on the link of circuit %s: a route pinned to it would take the link's own next hop away", key, t.Val, diag.Quote(o.Name.Val)).
			WithHelp("leave it away to probe each circuit's cloud address, or name an address behind the cloud's router").
			WithRelated(o.Pos, "the circuit")
		return true
	}
	for _, p := range s.Site.Prefixes {
		if p.Val.Contains(t.Val) {
			list.Add(diag.CodeTrackingTarget, t.Pos, "the %s %s is in the site, the probe would never cross a circuit", key, t.Val).
				WithHelp("name an address behind the cloud's router").WithRelated(p.Pos, "the site's prefix")
			return true
		}
	}
	for _, p := range s.Cloud.Prefixes {
		if p.Val.IsSingleIP() && p.Val.Addr() == t.Val {
			list.Add(diag.CodeTrackingTarget, t.Pos, "the %s %s is also a prefix of the cloud: it would get two routes", key, t.Val).
				WithHelp("choose another address behind the cloud's router").WithRelated(p.Pos, "the cloud's prefix")
			return true
		}
	}
	return false
}

// checkDetection says what the chosen timers of both ends make of a silent
// failure: who notices after how long, and which direction stays dark.
func (s *Scenario) checkDetection(list *diag.List) {
	type seenTimers struct {
		interval time.Duration
		probes   int
	}
	seen := map[seenTimers]bool{}
	for _, c := range s.Circuits {
		if c.V4 == nil || c.V4.Health == nil {
			continue
		}
		h := c.V4.Health
		if h.Interval.Bad() || h.Probes.Bad() {
			continue
		}
		k := seenTimers{h.Interval.Val, h.Probes.Val}
		if seen[k] {
			continue
		}
		seen[k] = true
		cloud := h.Detection()
		list.Add(diag.CodeDetectionCloud, h.Pos, "the cloud withdraws a dead circuit after about %s (%s × %d probes)", diag.Duration(cloud), diag.Duration(h.Interval.Val), h.Probes.Val)
		if s.Tracking.Method.Val == MethodNone || !s.Tracking.Method.Set || s.Tracking.refused() {
			continue
		}
		gw := s.Tracking.Nominal()
		if d := (cloud - gw).Abs(); d > h.Interval.Val {
			first, last, dir := "the gateway", "the cloud", "cloud → site"
			fast, slow := gw, cloud
			if gw > cloud {
				first, last, dir = last, first, "site → cloud"
				fast, slow = cloud, gw
			}
			list.Add(diag.CodeDetectionSkew, h.Pos, "%s leaves a dead circuit after about %s, %s after %s: %s stays dark %s longer", first, diag.Duration(fast), last, diag.Duration(slow), dir, diag.Duration(d)).
				WithHelp("bring the two together with health_check.probes (3 to 8) and the tracking timers").
				WithRelated(s.Tracking.Pos, "the gateway's timers")
		}
	}
}

// refused reports whether a timer that Nominal needs was reported already.
func (t *Tracking) refused() bool {
	return t.Interval.Bad() || t.Failures.Bad() || t.BFD.Interval.Bad() || t.BFD.Multiplier.Bad()
}

// checkFlow holds the rules of the flow export.
func (s *Scenario) checkFlow(list *diag.List) {
	f := s.FlowExport
	if f == nil || !f.Collector.Set {
		return
	}
	for _, p := range s.Cloud.Prefixes {
		if p.Val.Contains(f.Collector.Val.Addr()) {
			list.Add(diag.CodeCollector, f.Collector.Pos, "the collector %s is in the cloud: the export itself crosses the circuits", f.Collector.Val.Addr()).
				WithHelp("it is counted in its own split and is lost when both circuits are; a collector in the data centre is better").
				WithRelated(p.Pos, "the cloud's prefix")
		}
	}
}

// checkSplit holds the rules of what verify must confirm.
func (s *Scenario) checkSplit(list *diag.List) {
	n := float64(len(s.Circuits))
	if s.Split.MinShare.Set && s.Split.MinShare.Val*n > 1 {
		list.Add(diag.CodeSplitShare, s.Split.MinShare.Pos, "%d circuits cannot all have a share of at least %g", len(s.Circuits), s.Split.MinShare.Val).
			WithHelp("an equal share is %.2f; leave room below it", 1/n)
	}
	if s.Split.StandbyMaxShare.Set && s.Mode.Val == ActiveActive {
		list.Add(diag.CodeSplitShare, s.Split.StandbyMaxShare.Pos, "standby_max_share has no meaning in mode %s", ActiveActive).
			WithHelp("remove it, or set mode: %s", ActiveStandby)
	}
}
