package intent

import (
	"strings"
	"time"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/vendor"
)

// Timers are the scenario's timers as this operating system can hold them.
//
// The models, with I the time between probes, T the timeout, F the failures,
// R the recovery that the scenario asks for:
//
//	delayed  one probe every I. The first loss starts a hold-down of (F-1)·I,
//	         an answer within it cancels it; the first answer after a failure
//	         starts a hold-up of R.
//	cycle    a cycle of F probes, I apart, repeated every Period. A cycle
//	         without an answer withdraws the route, a cycle with one restores it.
//	burst    a test of F probes, I apart, with a Pause to the next. F losses in
//	         a row withdraw the route, the next good test restores it.
//	bfd      a session of Interval × Multiplier; some systems hold it down
//	         after it came up.
type Timers struct {
	Model string
	// Period, Interval and Pause are in seconds, Count and Loss in probes.
	Period, Interval, Pause, Count, Loss int
	// Timeout is in the profile's unit, TimeoutMS in milliseconds.
	Timeout, TimeoutMS int
	// DelayDown and DelayUp are in seconds.
	DelayDown, DelayUp int
	// BFD times are in milliseconds.
	BFDInterval, BFDMultiplier, BFDHoldUp int
	// Detection is how long a silently dead circuit keeps its route, Recovery
	// how long a repaired one waits for it.
	Detection, Recovery Bounds
}

// ceilSeconds returns d in whole seconds, rounded up.
func ceilSeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// timers maps the scenario's tracking to the profile's mechanism.
func (b *builder) timers() Timers {
	switch b.s.Tracking.Method.Val {
	case scenario.MethodICMP:
		return b.icmpTimers()
	case scenario.MethodBFD:
		return b.bfdTimers()
	}
	return Timers{}
}

func (b *builder) icmpTimers() Timers {
	t, lim := &b.s.Tracking, b.p.Probe
	out := Timers{Model: lim.Model}
	if lim.Model == "" {
		return out
	}
	interval := b.wholeSeconds("interval", t.Interval.Val, t.Interval.Pos)
	b.timeout(&out)
	switch lim.Model {
	case vendor.ModelDelayed:
		out.Period = b.within("the probe's period", interval, lim.Period, t.Interval.Pos)
		out.DelayDown = b.within("the hold-down", (t.Failures.Val-1)*interval, lim.Delay, t.Failures.Pos)
		out.DelayUp = b.within("the hold-up", ceilSeconds(t.Recovery.Val), lim.Delay, t.Recovery.Pos)
		base := time.Duration(out.TimeoutMS)*time.Millisecond + seconds(out.DelayDown)
		out.Detection = Bounds{base, base + seconds(out.Period)}
		out.Recovery = Bounds{seconds(out.DelayUp), seconds(out.DelayUp + out.Period)}
	case vendor.ModelCycle:
		out.Interval = b.within("the time between probes", max(interval, ceilSeconds(time.Duration(out.TimeoutMS)*time.Millisecond)), lim.Interval, t.Interval.Pos)
		out.Count = b.within("the probes of a cycle", t.Failures.Val, lim.Count, t.Failures.Pos)
		span := seconds(out.Interval*(out.Count-1)) + time.Duration(out.TimeoutMS)*time.Millisecond
		whole := ceilSeconds(span)
		if lim.WholeIntervals {
			whole += out.Interval
		}
		out.Period = b.within("the cycle", whole+lim.Margin, lim.Period, t.Interval.Pos)
		out.Detection = Bounds{span, seconds(out.Period) + span}
		out.Recovery = Bounds{0, seconds(out.Period) + span}
	case vendor.ModelBurst:
		out.Interval = b.within("the time between probes", interval, lim.Interval, t.Interval.Pos)
		out.Count = b.within("the probes of a test", t.Failures.Val, lim.Count, t.Failures.Pos)
		out.Loss = out.Count
		out.Pause = lim.Pause
		span := seconds(out.Interval * out.Count)
		out.Detection = Bounds{seconds(out.Interval * (out.Count - 1)), 2*span + seconds(out.Pause)}
		out.Recovery = Bounds{0, 2*span + seconds(out.Pause)}
	}
	return out
}

// timeout rounds the scenario's timeout up to the system's unit.
func (b *builder) timeout(out *Timers) {
	t, lim := &b.s.Tracking, b.p.Probe
	unit := lim.TimeoutUnit
	if (lim.Timeout == vendor.Range{}) {
		return
	}
	out.Timeout = int((t.Timeout.Val + unit - 1) / unit)
	out.TimeoutMS = int(time.Duration(out.Timeout) * unit / time.Millisecond)
	if time.Duration(out.Timeout)*unit != t.Timeout.Val {
		b.list.Add(diag.CodeRounded, b.at(t.Timeout.Pos), "%s: the timeout of %s becomes %s, it is set in steps of %s",
			b.p.Title, diag.Duration(t.Timeout.Val), diag.Duration(time.Duration(out.Timeout)*unit), diag.Duration(unit))
	}
	b.within("the timeout", out.Timeout, lim.Timeout, t.Timeout.Pos)
}

// wholeSeconds rounds up to seconds, with a warning when that changes it.
func (b *builder) wholeSeconds(what string, d time.Duration, pos diag.Position) int {
	n := ceilSeconds(d)
	if seconds(n) != d {
		b.list.Add(diag.CodeRounded, b.at(pos), "%s: the %s of %s becomes %d s, it is set in whole seconds", b.p.Title, what, diag.Duration(d), n)
	}
	return n
}

// within reports a timer that the system cannot hold.
func (b *builder) within(what string, n int, r vendor.Range, pos diag.Position) int {
	if !r.Holds(n) {
		b.list.Add(diag.CodeTimerRange, b.at(pos), "%s: %s would be %d, the system takes %s", b.p.Title, what, n, r).
			WithHelp("change interval, timeout, failures or recovery of the tracking")
	}
	return n
}

func (b *builder) bfdTimers() Timers {
	t, lim := &b.s.Tracking, b.p.BFDOf(b.platform)
	out := Timers{
		Model:         scenario.MethodBFD,
		BFDInterval:   int(t.BFD.Interval.Val / time.Millisecond),
		BFDMultiplier: t.BFD.Multiplier.Val,
	}
	if lim.Sources == nil {
		return out
	}
	b.within("the BFD interval in ms", out.BFDInterval, lim.Interval, t.BFD.Interval.Pos)
	b.within("the BFD multiplier", out.BFDMultiplier, lim.Multiplier, t.BFD.Multiplier.Pos)
	whole := t.BFD.Interval.Val * time.Duration(out.BFDMultiplier)
	// RFC 5880 section 6.8.4: the detection time runs from the last packet
	// received, which is at most one interval before the failure.
	out.Detection = Bounds{whole - t.BFD.Interval.Val, whole}
	if b.can(vendor.FeatureBFDRecovery) {
		out.BFDHoldUp = b.within("the BFD hold-up in ms", int(t.Recovery.Val/time.Millisecond), lim.HoldUp, t.Recovery.Pos)
		out.Recovery.Min = time.Duration(out.BFDHoldUp) * time.Millisecond
	}
	// Bringing a session up takes Down, Init, Up at no more than one packet a
	// second while it is down (RFC 5880 section 6.8.3).
	out.Recovery.Max = out.Recovery.Min + 3*max(time.Second, t.BFD.Interval.Val)
	return out
}

// checkBounds says where the system cannot hold what was asked.
func (b *builder) checkBounds(t Timers) {
	tr := &b.s.Tracking
	if tr.Method.Val == scenario.MethodNone || t.Model == "" {
		return
	}
	if m := tr.MaxDetection; m.Set && t.Detection.Max > m.Val {
		b.list.Add(diag.CodeMaxDetection, m.Pos, "%s: a silent failure may take %s to be noticed, max_detection is %s", b.p.Title, diag.Duration(t.Detection.Max), diag.Duration(m.Val)).
			WithHelp("lower interval or failures, or raise max_detection")
	}
	if tr.Recovery.Val > t.Recovery.Min {
		b.list.Add(diag.CodeRecovery, b.at(tr.Recovery.Pos), "%s: a recovery of %s cannot be held, the route may return after %s", b.p.Title, diag.Duration(tr.Recovery.Val), diag.Duration(t.Recovery.Min)).
			WithHelp("%s", b.recoveryHelp())
	}
}

// recoveryHelp says what the system does instead of holding a route down.
func (b *builder) recoveryHelp() string {
	feature := vendor.FeatureICMPRecovery
	if b.d.Method == scenario.MethodBFD {
		feature = vendor.FeatureBFDRecovery
	}
	parts := []string{"a circuit that flaps takes its traffic along"}
	c := b.p.Capability(b.platform, feature)
	for _, part := range []string{c.Note, c.Instead} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "; ")
}
