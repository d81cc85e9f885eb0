package split

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/twinpath/twinpath/internal/flow"
)

// rateOf is a cell's rate after everything was heard.
type rateOf struct {
	rate   float64
	source string
}

// The words for where a rate comes from beside those of package flow.
const (
	rateFromScenario = "scenario"
	rateUnknown      = "unknown"
)

// cells returns the cells in a fixed order, so that sums are the same each time.
func (t *Tally) sorted() []cellKey {
	return slices.SortedFunc(maps.Keys(t.cells), func(a, b cellKey) int {
		return cmp.Or(
			a.stream.Exporter.Compare(b.stream.Exporter), cmp.Compare(a.stream.Protocol, b.stream.Protocol),
			cmp.Compare(a.stream.Domain, b.stream.Domain), cmp.Compare(a.stream.Sampler, b.stream.Sampler),
			cmp.Compare(a.rate, b.rate), cmp.Compare(a.source, b.source), cmp.Compare(a.circuit, b.circuit),
			cmp.Compare(a.direction, b.direction), cmp.Compare(a.observed, b.observed),
		)
	})
}

// rates finds the rate of every stream. Options that came after the first
// records hold for those too. Two rates of one stream in one window leave open
// which holds for which packet.
func (t *Tally) rates() (later map[flow.Stream]float64, changed []flow.Stream) {
	later = map[flow.Stream]float64{}
	seen := map[flow.Stream]bool{}
	for _, k := range t.sorted() {
		if k.source != flow.RateFromOptions {
			continue
		}
		if r, ok := later[k.stream]; ok && r != k.rate && !seen[k.stream] {
			seen[k.stream] = true
			changed = append(changed, k.stream)
		}
		later[k.stream] = k.rate
	}
	return later, changed
}

func (t *Tally) rateOf(k cellKey, later map[flow.Stream]float64) rateOf {
	if k.source != flow.RateUnknown {
		return rateOf{k.rate, k.source.String()}
	}
	if r, ok := later[k.stream]; ok {
		return rateOf{r, flow.RateFromOptions.String()}
	}
	if t.m.configured > 0 {
		return rateOf{t.m.configured, rateFromScenario}
	}
	return rateOf{1, rateUnknown}
}

// sums are the weighted sums of one circuit.
type sums struct {
	packets, packets2 float64
	bytes, bytes2     float64
	samples           float64
	records           uint64
	conflicts         float64
	edge              float64
	method            map[string]float64
}

// add takes a cell in, or of a judged span the part that lies in it.
func (s *sums) add(c *cell, rate float64, sp span) {
	packets, bytes, open := c.packets, c.bytes, 0.0
	if sp.set {
		var in amount
		in, open = c.series.span(sp.from, sp.to)
		packets, bytes = min(in.packets, packets), min(in.bytes, bytes)
	}
	part, bytePart := 1.0, 1.0
	if sp.set {
		part, bytePart = ratioOf(packets, c.packets), ratioOf(bytes, c.bytes)
	}
	s.packets += packets * rate
	s.packets2 += packets * rate * rate
	s.bytes += bytes * rate
	s.bytes2 += c.squares * bytePart * rate * rate
	s.samples += packets
	s.records += c.records
	s.conflicts += c.conflicts * part * rate
	// Of a record of n packets with a part f inside, n·f·(1-f) is the variance of
	// their number there; over all f that is n/6 on average.
	s.edge += (c.edge + open/6) * rate * rate
	for m, n := range c.byMethod {
		if n > 0 {
			if s.method == nil {
				s.method = map[string]float64{}
			}
			s.method[Method(m).String()] += n * part * rate
		}
	}
}

func ratioOf(part, all float64) float64 {
	if all <= 0 {
		return 0
	}
	return part / all
}

// span is the time that is judged, in nanoseconds since the epoch. When it is
// not set, all counts.
type span struct {
	from, to int64
	set      bool
}

func spanOf(from, to time.Time) span {
	if to.IsZero() {
		return span{}
	}
	sp := span{from: math.MinInt64, to: to.UnixNano(), set: true}
	if !from.IsZero() {
		sp.from = from.UnixNano()
	}
	return sp
}

// readable is from when on all that came could be read: data that came before
// its template did not count, and of one circuit it may have been more than of
// another. Until half of the time is over it is only late; beyond, it is missing
// (see judge.exporter). Series know no finer time than their buckets.
func (t *Tally) readable(ev Evidence) time.Time {
	from := ev.From
	for i := range ev.Stats.Exporters {
		if at := ev.Stats.Exporters[i].LastUnknown; at.After(from) {
			from = at
		}
	}
	if ev.Until.IsZero() || !from.After(ev.From) {
		return ev.From
	}
	width := int64(narrowest)
	for _, c := range t.cells {
		width = max(width, c.series.width)
	}
	from = time.Unix(0, (from.UnixNano()+width-1)/width*width)
	if from.Sub(ev.From) > ev.Until.Sub(ev.From)/2 {
		return ev.From
	}
	return from
}

// spanOf is the judged time. A tally has nothing from before its own start: the
// bucket of the series that holds it is partly empty there, not partly outside;
// and so is the last one, where the judged time reaches beyond all that came.
func (t *Tally) spanOf(from, to time.Time) span {
	sp := spanOf(from, to)
	if sp.set && !t.start.IsZero() && sp.from <= t.start.UnixNano() {
		sp.from = math.MinInt64
	}
	if sp.set && sp.to >= t.newest {
		sp.to = math.MaxInt64
	}
	return sp
}

// side is one direction at one point of observation.
type side struct {
	circuits     []sums
	unattributed sums
}

func (s *side) total() (all sums) {
	for i := range s.circuits {
		c := &s.circuits[i]
		all.packets += c.packets
		all.packets2 += c.packets2
		all.bytes += c.bytes
		all.bytes2 += c.bytes2
		all.samples += c.samples
		all.conflicts += c.conflicts
		all.edge += c.edge
	}
	return all
}

// collect adds up what the cells have in a span, by direction and point of
// observation.
func (t *Tally) collect(later map[flow.Stream]float64, sp span) map[Direction]map[flow.Observed]*side {
	out := map[Direction]map[flow.Observed]*side{ToCloud: {}, FromCloud: {}}
	for _, k := range t.sorted() {
		s := out[k.direction][k.observed]
		if s == nil {
			s = &side{circuits: make([]sums, len(t.m.circuits))}
			out[k.direction][k.observed] = s
		}
		r := t.rateOf(k, later)
		if k.circuit == unattributed {
			s.unattributed.add(t.cells[k], r.rate, sp)
		} else {
			s.circuits[k.circuit].add(t.cells[k], r.rate, sp)
		}
	}
	return out
}

// choose takes one point of observation, so that a packet that was seen where
// it came in and where it went out is counted once: the one at the circuits
// when there is one.
func choose(d Direction, by map[flow.Observed]*side, n int) (flow.Observed, *side) {
	order := []flow.Observed{flow.ObservedEgress, flow.ObservedIngress, flow.ObservedUnknown}
	if d == FromCloud {
		order = []flow.Observed{flow.ObservedIngress, flow.ObservedEgress, flow.ObservedUnknown}
	}
	for _, o := range order {
		if s := by[o]; s != nil && s.total().packets > 0 {
			return o, s
		}
	}
	for _, o := range order {
		if s := by[o]; s != nil {
			return o, s
		}
	}
	return flow.ObservedUnknown, &side{circuits: make([]sums, n)}
}

// disagree reports whether another point of observation gives a circuit a share
// that is more than five points away from the chosen one's.
func disagree(by map[flow.Observed]*side, chosen flow.Observed) (flow.Observed, bool) {
	mine := by[chosen]
	if mine == nil {
		return 0, false
	}
	total := mine.total()
	for _, o := range []flow.Observed{flow.ObservedEgress, flow.ObservedIngress, flow.ObservedUnknown} {
		s := by[o]
		if s == nil || o == chosen || total.packets == 0 {
			continue
		}
		other := s.total()
		if other.samples < minSamples {
			continue
		}
		for i := range s.circuits {
			if diff := s.circuits[i].packets/other.packets - mine.circuits[i].packets/total.packets; diff > 0.05 || diff < -0.05 {
				return o, true
			}
		}
	}
	return 0, false
}

// rateList returns the rates that were applied, by exporter.
func (t *Tally) rateList(later map[flow.Stream]float64) []Rate {
	type key struct {
		exporter, gateway, protocol, source string
		rate                                float64
	}
	samples := map[key]float64{}
	for _, k := range t.sorted() {
		r := t.rateOf(k, later)
		id := key{exporter: k.stream.Exporter.String(), protocol: k.stream.Protocol.String(), source: r.source, rate: r.rate}
		if g := t.m.gateways[k.stream.Exporter]; g != nil {
			id.gateway = g.name
		}
		samples[id] += t.cells[k].packets
	}
	out := make([]Rate, 0, len(samples))
	for k, n := range samples {
		out = append(out, Rate{Exporter: k.exporter, Gateway: k.gateway, Protocol: k.protocol, Rate: k.rate, Source: k.source, Samples: n})
	}
	slices.SortFunc(out, func(a, b Rate) int {
		return cmp.Or(cmp.Compare(a.Exporter, b.Exporter), cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Rate, b.Rate), cmp.Compare(a.Source, b.Source))
	})
	return out
}

// percent writes a share for a person.
func percent(p float64) string {
	switch {
	case p > 0 && p < 0.001:
		return "less than 0.1 %"
	case p > 0 && p < 0.1:
		return fmt.Sprintf("%.1f %%", p*100)
	}
	return fmt.Sprintf("%.0f %%", p*100)
}
