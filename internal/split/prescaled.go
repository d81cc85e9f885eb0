package split

import (
	"slices"

	"github.com/twinpath/twinpath/internal/flow"
)

// unscaled returns the tally with the counts of exporters that multiply them
// themselves taken back to what was sampled, at the rate that they were
// multiplied by. Their shares are the same either way; what changes is how many
// samples they rest on, and that nothing is scaled up twice.
func (t *Tally) unscaled(st *flow.Stats) *Tally {
	by := map[flow.Stream]float64{}
	for i := range st.Exporters {
		e := &st.Exporters[i]
		for _, p := range e.Prescaled {
			by[flow.Stream{Exporter: e.Exporter, Protocol: p.Protocol, Domain: p.Domain}] = float64(p.By)
		}
	}
	if len(by) == 0 {
		return t
	}
	u := *t
	u.recent = [8]recent{}
	u.cells = make(map[cellKey]*cell, len(t.cells))
	for k, c := range t.cells {
		s := k.stream
		s.Sampler = 0
		n := by[s]
		// A rate that the exporter states is applied to what it sampled, so a
		// common divisor is chance there.
		if n > 1 && k.source == flow.RateUnknown {
			c = c.divided(n)
			k.rate, k.source = n, flow.RateFromRecord
		}
		u.cells[k] = c
	}
	return &u
}

// divided returns the cell with n times fewer packets of the same size.
func (c *cell) divided(n float64) *cell {
	d := *c
	d.packets /= n
	d.bytes /= n
	d.squares /= n
	d.conflicts /= n
	d.edge /= n
	for i := range d.byMethod {
		d.byMethod[i] /= n
	}
	d.series.buckets = slices.Clone(c.series.buckets)
	for i := range d.series.buckets {
		b := &d.series.buckets[i]
		b.packets /= n
		b.bytes /= n
		b.slope /= n
		b.byteSlope /= n
		b.open /= n
	}
	return &d
}
