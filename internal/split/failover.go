package split

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/vendor"
)

// The limits of a failover.
const (
	// maxDead is the share of the packets that a failed circuit may still have.
	maxDead = 0.01
	// minSurviving is how much of the rate before the failure must go on.
	minSurviving = 0.8
	// maxStraddling is the part of the packets that may be in records of which
	// nobody knows on which side of the failure they were sent.
	maxStraddling = 0.05
	// maxMarks bounds the failures that one tally keeps apart.
	maxMarks = 4
)

// Mark tells a tally that something happened to a circuit at a time. Records
// that straddle it are then known apart. It is for before such records come, so
// at that time at the latest; a capture's marks are set before it is read.
func (t *Tally) Mark(at time.Time) {
	if len(t.marks) < maxMarks && !slices.Contains(t.marks, at.UnixNano()) {
		t.marks = append(t.marks, at.UnixNano())
	}
}

// straddle keeps what a record that straddles a mark tells of the time after it.
func (t *Tally) straddle(c *cell, w window, packets float64) {
	for _, at := range t.marks {
		if w.from >= at || w.to <= at {
			continue
		}
		if c.after == nil {
			c.after = map[int64]*series{}
		}
		s := c.after[at]
		if s == nil {
			n := newSeries(t.buckets)
			s = &n
			c.after[at] = s
		}
		s.add(at, w.to, packets*float64(w.to-at)/float64(w.to-w.from), 0)
	}
}

// Failover is a failure of one circuit that the caller knows of.
type Failover struct {
	Circuit string
	// Down and Up are when it was failed and repaired; a zero Up is not yet.
	Down, Up time.Time
	// Grace is how long the gateways and the cloud may take to notice.
	Grace time.Duration
}

// Move is the verdict whether the traffic left a failed circuit, or came back.
type Move struct {
	Kind    EventKind
	Circuit string
	Verdict Verdict
	Reason  string
	// Causes are why no verdict was possible.
	Causes []Finding
	// From and Until are the span that was judged.
	From, Until time.Time
	// Share is the circuit's part of the packets in that span.
	Share Interval
	// Surviving is the packet rate of the other circuits as a part of the rate of
	// all before the failure, with what the sampling leaves open. A share alone
	// hides an outage: of nothing, the survivor has all.
	Surviving Interval
	// Straddling is the part of the packets in records that began before the
	// failure and went on after it, of systems that do not tell the two apart.
	Straddling float64
}

// Moved judges whether the packets left a failed circuit and arrived at the
// others. ev is of the whole time; its From is when the time before the failure
// begins, and its Until what the exporters have reported by now.
func (t *Tally) Moved(f Failover, ev Evidence) *Move {
	t = t.unscaled(&ev.Stats)
	from, until := f.Down.Add(f.Grace), ev.Until
	if !f.Up.IsZero() && f.Up.Before(until) {
		until = f.Up
	}
	m := &Move{Kind: Moved, Circuit: f.Circuit, From: from, Until: until}
	dead := t.m.index(f.Circuit)
	if dead < 0 || !until.After(from) || !ev.From.Before(f.Down) {
		return m.open("too-short", "the records of the time from %s to %s have not all come", from.Format(time.TimeOnly), until.Format(time.TimeOnly))
	}
	ev.Until = until
	before, _ := t.between(ev, ev.From, f.Down)
	after, j := t.between(ev, from, until)
	m.Causes = j.r.Causes
	total, gone := after.total(), after.circuits[dead]
	if straddling := t.straddling(dead, f.Down, j, from, until); straddling > 0 {
		m.Straddling = ratioOf(straddling, total.packets)
		gone.packets = max(gone.packets-straddling, 0)
		total.packets -= straddling
		if m.Straddling > maxStraddling {
			m.cause("straddling", "%s of the packets are in records that began before the failure, and the gateway does not tell which of them were sent after it: listen longer", percent(m.Straddling))
		}
	}
	base := before.total()
	if n := effective(base.packets, base.packets2); n < minSamples {
		m.cause("too-few-samples", "only %.0f samples before the failure, at least %d are needed", n, minSamples)
	}
	n := effective(total.packets, total.packets2)
	m.Share = wilson(ratioOf(gone.packets, total.packets), n, quantile(t.m.level, len(t.m.circuits)))
	m.Surviving = rateRatio(
		rated{total.packets - gone.packets, n * (1 - m.Share.Share), until.Sub(from)},
		rated{base.packets, effective(base.packets, base.packets2), f.Down.Sub(ev.From)}, quantile(t.m.level, 2))
	return m.decide()
}

// between adds up a span and finds what stands in the way of judging it.
func (t *Tally) between(ev Evidence, from, until time.Time) (*side, *judge) {
	ev.From, ev.Until = from, until
	j, by, observed := t.measure(ev)
	s := by[ToCloud][observed]
	if s == nil {
		s = &side{circuits: make([]sums, len(t.m.circuits))}
	}
	return s, j
}

// straddling returns the packets that records across the failure put on the
// dead circuit after it, where its gateway keeps the interface of a flow's
// first packet. Elsewhere a record ends with the last packet on that circuit.
func (t *Tally) straddling(dead int, at time.Time, j *judge, from, until time.Time) (sum float64) {
	g := t.m.byName[t.m.circuits[dead].gateway]
	kept := func(x vendor.Trap) bool {
		return x.Kind == vendor.FirstPacket && !slices.Contains(j.ev.Avoided[g.name], x.Kind)
	}
	if !slices.ContainsFunc(g.traps, kept) {
		return 0
	}
	for _, k := range t.sorted() {
		s := t.cells[k].after[at.UnixNano()]
		// Where a packet was seen going out, it went out.
		if s == nil || k.circuit != dead || k.direction != ToCloud || k.observed == flow.ObservedEgress || k.observed.String() != j.r.Observed {
			continue
		}
		in, _ := s.span(from.UnixNano(), until.UnixNano())
		sum += in.packets * t.rateOf(k, j.later).rate
	}
	return sum
}

// rated is a number of packets in a time, with the samples that it rests on.
type rated struct {
	packets, samples float64
	in               time.Duration
}

// rateRatio is one rate as a part of another. Given the sum of two counts, how
// it is divided is binomial, so that the interval is Wilson's of that part.
func rateRatio(a, b rated, z float64) Interval {
	if b.packets <= 0 || b.samples <= 0 || a.in <= 0 || b.in <= 0 {
		return Interval{Low: 0, High: math.Inf(1)}
	}
	ratio := a.packets / a.in.Seconds() / (b.packets / b.in.Seconds())
	part := wilson(a.samples/(a.samples+b.samples), a.samples+b.samples, z)
	odds := func(p float64) float64 { return p / (1 - p) }
	if a.samples <= 0 {
		return Interval{Share: 0, Low: 0, High: odds(part.High) * b.in.Seconds() / a.in.Seconds()}
	}
	scale := ratio / odds(part.Share)
	return Interval{Share: ratio, Low: scale * odds(part.Low), High: scale * odds(part.High)}
}

// decide gives the verdict of a move away.
func (m *Move) decide() *Move {
	switch {
	case len(m.Causes) > 0:
	case m.Share.Low >= maxDead:
		m.Verdict, m.Reason = Fail, fmt.Sprintf("%s failed and still has %s of the packets (at least %s)", m.Circuit, percent(m.Share.Share), percent(m.Share.Low))
		return m
	case m.Surviving.High < minSurviving:
		m.Verdict, m.Reason = Fail, fmt.Sprintf("after %s failed the other circuits carry %s of the packets of before (at most %s): the rest is lost", m.Circuit,
			percent(m.Surviving.Share), percent(m.Surviving.High))
		return m
	case m.Share.High < maxDead && m.Surviving.Low >= minSurviving:
		m.Verdict, m.Reason = Pass, fmt.Sprintf("the traffic left %s: it has at most %s of the packets, and the other circuits carry %s of the rate of before", m.Circuit,
			percent(m.Share.High), percent(m.Surviving.Share))
		return m
	case m.Share.High >= maxDead:
		m.cause("too-few-samples", "too few samples to tell that %s is left: it has at most %s of the packets, and %s are allowed", m.Circuit, percent(m.Share.High), percent(maxDead))
	default:
		m.cause("too-few-samples", "too few samples to tell that nothing is lost: the other circuits carry %s to %s of the rate of before, and %s are asked for",
			percent(m.Surviving.Low), percent(m.Surviving.High), percent(minSurviving))
	}
	m.Verdict, m.Reason = Inconclusive, words(m.Causes)
	return m
}

func (m *Move) cause(code, format string, args ...any) {
	m.Causes = append(m.Causes, Finding{code, fmt.Sprintf(format, args...)})
}

func (m *Move) open(code, format string, args ...any) *Move {
	m.cause(code, format, args...)
	m.Verdict, m.Reason = Inconclusive, words(m.Causes)
	return m
}

// Returned judges whether a repaired circuit carries its part again: the split
// must pass in two spans that follow each other, since a circuit that flaps
// passes once.
func (t *Tally) Returned(f Failover, ev Evidence) *Move {
	from := f.Up.Add(f.Grace)
	m := &Move{Kind: Returned, Circuit: f.Circuit, From: from, Until: ev.Until}
	i := t.m.index(f.Circuit)
	if i < 0 || f.Up.IsZero() || !ev.Until.After(from) {
		return m.open("too-short", "the records of the time after %s have not all come", from.Format(time.TimeOnly))
	}
	half := from.Add(ev.Until.Sub(from) / 2)
	for _, sp := range [][2]time.Time{{from, half}, {half, ev.Until}} {
		ev := ev
		ev.From, ev.Until = sp[0], sp[1]
		r := t.Verdict(ev)
		m.Share, m.Verdict = r.Circuits[i].Share, r.Verdict
		m.Causes = r.Causes
		m.Reason = fmt.Sprintf("from %s to %s: %s", sp[0].Format(time.TimeOnly), sp[1].Format(time.TimeOnly), r.Reason)
		if r.Verdict != Pass {
			return m
		}
	}
	m.Reason = fmt.Sprintf("%s carries its part again, in two spans one after the other: %s of the packets (at least %s)", m.Circuit, percent(m.Share.Share), percent(m.Share.Low))
	return m
}

// index returns the number of a circuit, -1 when there is none of that name.
func (m *Map) index(name string) int {
	return slices.IndexFunc(m.circuits, func(c circuit) bool { return c.name == name })
}
