package cli

import (
	"context"
	"net/netip"
	"time"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/split"
)

// lookEvery is how often a verification asks itself whether it is settled.
const lookEvery = time.Second

// leastSpan is the least time that is judged, beside what is waited for the
// exporters' time-outs.
const leastSpan = 5 * time.Second

// settle returns how long a packet may wait in the exporters' caches before it
// is reported.
func settle(s *scenario.Scenario) time.Duration {
	f := s.FlowExport
	switch {
	case f == nil:
		return time.Minute + inactiveTimeout + exportSlack
	case f.Protocol.Val == scenario.SFlow:
		return 0
	}
	return f.ActiveTimeout.Val + min(f.ActiveTimeout.Val, inactiveTimeout) + exportSlack
}

// sayWhen says how long no verdict can come, and why.
func (v *verification) sayWhen(start time.Time, window time.Duration) {
	least, why := shortest(v.scenario)
	if least < window {
		v.say("note: no verdict is sound before %s: %s", start.Add(least).Format(time.TimeOnly), why)
	}
}

// config is what a receiver needs to fill the tallies of a window.
func (v *verification) config(start time.Time) flow.Config {
	return flow.Config{Exporters: v.from, Sink: v.sink(start), Interfaces: v.names}
}

// sink returns the sink of one exporter, with a tally of its own.
func (v *verification) sink(start time.Time) func(netip.Addr) flow.Sink {
	return func(a netip.Addr) flow.Sink {
		t := split.Share(v.m.NewTally(start, len(v.from)))
		v.mu.Lock()
		defer v.mu.Unlock()
		v.tallies = append(v.tallies, t)
		if v.byExporter == nil {
			v.byExporter = map[netip.Addr]*split.Shared{}
		}
		v.byExporter[a] = t
		return t.Add
	}
}

// names returns where the names of an exporter's interfaces go.
func (v *verification) names(a netip.Addr) func(*flow.Interface) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if t := v.byExporter[a]; t != nil {
		return t.Learn
	}
	return nil
}

// result gives the verdict of all that came until now.
func (v *verification) result(ev split.Evidence) *split.Result {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.counted, v.evidence = v.m.Sum(v.tallies), ev
	return v.counted.Verdict(ev)
}

// judged is what a verdict at a time is given of. What the exporters may
// still hold in their caches is not judged; a window too short for that, which
// only a person ends, is judged by all that came.
func (v *verification) judged(st flow.Stats, start, now time.Time) split.Evidence {
	ev := split.Evidence{Stats: st, Window: now.Sub(start)}
	if wait := settle(v.scenario) + v.slack; wait == 0 || now.Sub(start) >= wait+leastSpan {
		ev.From, ev.Until = start, now.Add(-wait)
	}
	return ev
}

// look gives the verdict so far, with the intervals of who watches.
func (v *verification) look(st flow.Stats, start time.Time) *split.Result {
	ev := v.judged(st, start, time.Now())
	ev.Watching = true
	return v.result(ev)
}

// untilSettled looks again and again, and stops the window at the first verdict
// of one that is long enough, which it returns; nil when the window ended first.
func (v *verification) untilSettled(ctx context.Context, stop func(), stats func() flow.Stats, start time.Time) *split.Result {
	least, _ := shortest(v.scenario)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if time.Since(start) < least {
			continue
		}
		if r := v.look(stats(), start); r.Verdict != split.Inconclusive {
			stop()
			return r
		}
	}
}
