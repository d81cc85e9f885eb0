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
	at := func(o diag.Position) diag.Position {
		if o.IsZero() {
			return t.Method.Pos
		}
		return o
	}
	switch t.Method.Val {
	case MethodICMP:
		if t.Timeout.Val > t.Interval.Val {
			list.Add(diag.CodeTimerOrder, at(t.Timeout.Pos), "the probe's timeout (%s) is longer than its interval (%s)", t.Timeout.Val, t.Interval.Val).
				WithHelp("threshold, timeout and interval must rise in this order, or the device never starts the probe").
				WithRelated(t.Interval.Pos, "the interval")
		}
		if !t.BFD.Pos.IsZero() {
			list.Add(diag.CodeBFDKeys, t.BFD.Pos, "bfd timers have no effect with method: %s", t.Method.Val).
				WithHelp("set method: bfd, or remove them").WithRelated(t.Method.Pos, "the method")
		}
	case MethodBFD:
		if p := s.Provider(); p != nil && !p.StaticBFD {
			list.Add(diag.CodeBFDUndocumented, t.Method.Pos, "%s does not document BFD for static routes", p.Title).
				WithHelp("a session that never comes up takes the route away for good; have the cloud confirm it, or use method: icmp")
		}
		if t.Target.Set {
			list.Add(diag.CodeBFDKeys, t.Target.Pos, "BFD runs to the circuit's cloud address, it takes no other target").
				WithHelp("remove target, or use method: icmp")
		}
	case MethodNone:
		list.Add(diag.CodeTrackingNone, t.Method.Pos, "without tracking, traffic stays on a circuit that is silently dead").
			WithHelp("use method: icmp, unless something else withdraws the routes")
	}
	s.checkTargets(list)
}

// checkTargets: an address behind the cloud's end needs a route pinned to one
// circuit, so it can serve only one.
func (s *Scenario) checkTargets(list *diag.List) {
	if s.Tracking.Target.Set && len(s.Circuits) > 1 {
		list.Add(diag.CodeTrackingTarget, s.Tracking.Target.Pos, "one target, %s, cannot test several circuits", s.Tracking.Target.Val).
			WithHelp("its route can be pinned to one circuit only; set `track_target` on each circuit, or leave target away")
	}
	type table struct {
		gateway string
		addr    netip.Addr
	}
	pinned := map[table]*Circuit{}
	for _, c := range s.Circuits {
		if c.V4 != nil && c.V4.Health != nil && c.V4.Health.Source.Set {
			pinned[table{c.Gateway.Val, c.V4.Health.Source.Val}] = c
		}
	}
	for _, c := range s.Circuits {
		t := c.TrackTarget
		if !t.Set {
			continue
		}
		k := table{c.Gateway.Val, t.Val}
		o := pinned[k]
		switch {
		case !t.Val.Is4():
			list.Add(diag.CodeTrackingTarget, t.Pos, "the track_target %s is not IPv4", t.Val).
				WithHelp("the IPv6 side of a circuit is probed at its own cloud address")
		case s.Tracking.Method.Val != MethodICMP:
			list.Add(diag.CodeTrackingTarget, t.Pos, "track_target has no effect with method: %s", s.Tracking.Method.Val)
		case o != nil && o != c:
			list.Add(diag.CodeTrackingTarget, t.Pos, "%s is already pinned to circuit %s", t.Val, diag.Quote(o.Name.Val)).
				WithHelp("a probe target is reached over its own circuit only; give each circuit a target of its own").
				WithRelated(o.Pos, "the other circuit")
		}
		pinned[k] = c
	}
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
		k := seenTimers{h.Interval.Val, h.Probes.Val}
		if seen[k] {
			continue
		}
		seen[k] = true
		cloud := h.Detection()
		list.Add(diag.CodeDetectionCloud, h.Pos, "the cloud withdraws a dead circuit after about %s (%s × %d probes)", cloud, h.Interval.Val, h.Probes.Val)
		if s.Tracking.Method.Val == MethodNone || !s.Tracking.Method.Set {
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
			list.Add(diag.CodeDetectionSkew, h.Pos, "%s leaves a dead circuit after about %s, %s after %s: %s stays dark %s longer", first, fast, last, slow, dir, d).
				WithHelp("bring the two together with health_check.probes (3 to 8) and the tracking timers").
				WithRelated(s.Tracking.Pos, "the gateway's timers")
		}
	}
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
