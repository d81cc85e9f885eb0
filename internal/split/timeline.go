package split

import (
	"math"
	"slices"
	"time"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/scenario"
)

// maxPoints is how many points a chart gets: more than a phone has room for
// and few enough for a page.
const maxPoints = 120

// Series is how the packets towards the cloud lie in time, at the point of
// observation that was counted. Its points follow each other without a gap.
type Series struct {
	Start time.Time
	// Width is the time of one point.
	Width  time.Duration
	Points []Point
}

// Point is one part of a series. Its slices are in the order of the circuits.
type Point struct {
	At time.Time
	// Packets and Bytes are scaled up to the traffic.
	Packets, Bytes []float64
	// Share is of this point alone, with Wilson's interval. Running is of all up
	// to the end of this point, with the confidence sequence.
	Share, Running []Interval
	Unattributed   float64
	// Effective is the number of equal samples that the packets count for.
	Effective float64
}

// timeline adds the series of the cells up.
func (t *Tally) timeline(later map[flow.Stream]float64, observed flow.Observed, sp span) Series {
	var keys []cellKey
	lo, hi, width := int64(math.MaxInt64), int64(math.MinInt64), int64(narrowest)
	for _, k := range t.sorted() {
		s := &t.cells[k].series
		if k.direction != ToCloud || k.observed != observed || len(s.buckets) == 0 {
			continue
		}
		lo, hi = min(lo, s.first*s.width), max(hi, (s.first+int64(len(s.buckets)))*s.width)
		width = max(width, s.width)
		keys = append(keys, k)
	}
	if sp.set {
		lo, hi = max(lo, sp.from), min(hi, sp.to)
	}
	if len(keys) == 0 || lo >= hi {
		return Series{}
	}
	for (hi-lo)/width >= maxPoints {
		width *= 2
	}
	lo -= lo % width
	sides := make([]side, (hi-lo+width-1)/width)
	for i := range sides {
		sides[i].circuits = make([]sums, len(t.m.circuits))
	}
	for _, k := range keys {
		rate := t.rateOf(k, later).rate
		t.cells[k].series.each(func(at int64, a amount, _ float64) {
			from, to := max(at, lo), min(at+t.cells[k].series.width, hi)
			if from >= to {
				return
			}
			part := float64(to-from) / float64(t.cells[k].series.width)
			sd := &sides[(from-lo)/width]
			sum := &sd.unattributed
			if k.circuit != unattributed {
				sum = &sd.circuits[k.circuit]
			}
			sum.put(amount{a.packets * part, a.bytes * part}, rate)
		})
	}
	return t.points(sides, lo, width)
}

// put adds sampled packets and bytes without what only a whole cell knows.
func (s *sums) put(a amount, rate float64) {
	s.packets += a.packets * rate
	s.packets2 += a.packets * rate * rate
	s.bytes += a.bytes * rate
}

// points turns sums into shares, each alone and all up to it.
func (t *Tally) points(sides []side, lo, width int64) Series {
	n := len(t.m.circuits)
	out := Series{Start: time.Unix(0, lo), Width: time.Duration(width), Points: make([]Point, len(sides))}
	z, alpha := quantile(t.m.level, n), tail(t.m.level, n)
	so := make([]float64, n)
	var all sums
	for i := range sides {
		total := sides[i].total()
		all.packets += total.packets
		all.packets2 += total.packets2
		p := Point{
			At: out.Start.Add(time.Duration(int64(i) * width)), Packets: make([]float64, n), Bytes: make([]float64, n),
			Share: make([]Interval, n), Running: make([]Interval, n),
			Unattributed: sides[i].unattributed.packets, Effective: effective(total.packets, total.packets2),
		}
		for c := range n {
			s := &sides[i].circuits[c]
			so[c] += s.packets
			p.Packets[c], p.Bytes[c] = s.packets, s.bytes
			p.Share[c] = wilson(ratioOf(s.packets, total.packets), p.Effective, z)
			p.Running[c] = sequence(min(ratioOf(so[c], all.packets), 1), effective(all.packets, all.packets2), alpha)
		}
		out.Points[i] = p
	}
	return out
}

// events finds where the series shows that a circuit lost its traffic or got it
// back: intervals that lie wholly below a quarter of the floor, or above the
// floor, of points with enough samples.
func (t *Tally) events(r *Result) []Event {
	if t.m.mode != scenario.ActiveActive || len(r.Series.Points) == 0 {
		return nil
	}
	var out []Event
	for c := range r.Circuits {
		carries, known := false, false
		var group []Point
		sum := 0.0
		for _, p := range r.Series.Points {
			group = append(group, p)
			if sum += p.Effective; sum < minSamples {
				continue
			}
			share := join(group, quantile(r.Level, len(r.Circuits))).Share[c]
			at := group[0].At
			group, sum = nil, 0
			switch {
			case share.High < t.m.minShare/4:
				if known && carries {
					out = append(out, Event{At: at, Circuit: r.Circuits[c].Name, Kind: Moved, Text: "the traffic of " + r.Circuits[c].Name + " went to the other circuits"})
				}
				carries, known = false, true
			case share.Low > t.m.minShare:
				if known && !carries {
					out = append(out, Event{At: at, Circuit: r.Circuits[c].Name, Kind: Returned, Text: r.Circuits[c].Name + " carries its part again"})
				}
				carries, known = true, true
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Event) int { return a.At.Compare(b.At) })
	return out
}
