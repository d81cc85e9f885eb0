package split

import (
	"time"

	"github.com/twinpath/twinpath/internal/flow"
)

// maxCells bounds a tally. Beyond it, it says so instead of growing.
const maxCells = 1 << 14

// cellKey is what is added up apart: whatever a later decision may choose by,
// or that decides the weight of a packet.
type cellKey struct {
	circuit   int
	direction Direction
	observed  flow.Observed
	stream    flow.Stream
	rate      float64
	source    flow.RateSource
}

// cell is a sum over samples of the same weight.
type cell struct {
	// packets is the number of sampled packets, bytes their length, squares the
	// sum of the squared lengths with the mean of a record for each of its packets.
	packets, bytes, squares float64
	records                 uint64
	byMethod                [methods]float64
	conflicts               float64
	// edge is the variance of packets from records across the window's
	// beginning, of whose packets it is not known which lie inside.
	edge   float64
	series series
	// after is, by mark, what records that straddle it tell of the time after it.
	after map[int64]*series
}

// recent is a cell with its key.
type recent struct {
	key  cellKey
	cell *cell
}

// Tally adds up the samples of one exporter. It belongs to one goroutine;
// Merge brings several together.
type Tally struct {
	m     *Map
	cells map[cellKey]*cell
	// recent are the cells that were used last, by circuit and direction: most
	// records are of the same few.
	recent [8]recent
	// flows are towards the cloud, with their bytes.
	flows flows
	// start is the beginning of the window, zero when all counts.
	start time.Time
	// oldest is how far back series go, in nanoseconds, buckets how long they are.
	oldest  int64
	buckets int
	// newest is the end of the latest record, in nanoseconds.
	newest int64
	// learnt are circuits by the index that the exporter told for their names.
	learnt map[uint32]int
	// marks are times that records are told apart by, in nanoseconds.
	marks []int64
	// before are packets of records that began before the window, notTimed those
	// of records without times.
	before, timed, notTimed float64
	dropped                 float64
	other, linked           float64
	foreign                 uint64
	full                    bool
}

// NewTally returns an empty tally for one of n exporters. Of records that began
// before start the part after it counts: the rest tells of another time.
func (m *Map) NewTally(start time.Time, n int) *Tally {
	return &Tally{
		m: m, start: start, cells: map[cellKey]*cell{}, flows: newFlows(max(maxFlows/max(n, 1), 32)), buckets: bucketsFor(n),
	}
}

// Add takes in one sample.
func (t *Tally) Add(s *flow.Sample) {
	g := t.m.gateways[s.Stream.Exporter]
	if g == nil {
		t.foreign++
		return
	}
	packets := float64(s.Packets)
	d := t.m.direction(s)
	if d == Other {
		t.other += packets
		return
	}
	if s.Dropped {
		t.dropped += packets
		return
	}
	w, ok := t.window(s, packets)
	if !ok {
		return
	}
	p := g.place(s, d, t.learnt)
	if p.skip {
		t.linked += packets
		return
	}
	t.add(s, d, p, w)
	if d == ToCloud && p.circuit != unattributed {
		t.flow(s, p.circuit)
	}
}

// window is when a record's packets went by, in nanoseconds since the epoch,
// and which part of them lies in the window.
type window struct {
	from, to int64
	part     float64
}

// window places a record by when its flow began and ended, never by when it
// came: a flow cache still reports a dead circuit when its packets have long
// moved. The packets are taken to be spread evenly over that time.
func (t *Tally) window(s *flow.Sample, packets float64) (window, bool) {
	if s.Start.IsZero() {
		t.notTimed += packets
		at := s.Received.UnixNano()
		return window{at, at, 1}, true
	}
	t.timed += packets
	end := s.End
	if end.IsZero() {
		end = s.Received
	}
	from, to := s.Start.UnixNano(), end.UnixNano()
	to = max(from, to)
	if t.start.IsZero() || !s.Start.Before(t.start) {
		return window{from, to, 1}, true
	}
	start := t.start.UnixNano()
	part := 0.0
	switch {
	case to > start:
		part = float64(to-start) / float64(to-from)
	case from == to && start-to < int64(time.Second): // exporters write whole seconds in some formats
		return window{start, start, 1}, true
	}
	t.before += packets * (1 - part)
	return window{start, to, part}, part > 0
}

func (t *Tally) add(s *flow.Sample, d Direction, p place, w window) {
	k := cellKey{circuit: p.circuit, direction: d, observed: s.Observed, stream: s.Stream, rate: s.Rate, source: s.RateSource}
	last := &t.recent[((p.circuit+1)<<1|int(d)&1)&7]
	c := last.cell
	if c == nil || k != last.key {
		if c = t.cells[k]; c == nil {
			if len(t.cells) >= maxCells {
				t.full = true
				return
			}
			c = &cell{series: newSeries(t.buckets)}
			t.cells[k] = c
		}
		*last = recent{k, c}
	}
	t.newest = max(t.newest, w.to)
	packets, bytes := float64(s.Packets), float64(s.Bytes)
	c.edge += packets * w.part * (1 - w.part)
	squares := bytes * bytes / packets * w.part
	packets *= w.part
	bytes *= w.part
	c.records++
	c.packets += packets
	c.bytes += bytes
	c.squares += squares
	if p.circuit != unattributed {
		c.byMethod[p.method] += packets
	}
	if p.conflict {
		c.conflicts += packets
	}
	t.spread(c, w, packets, bytes, s.Received)
	t.straddle(c, w, packets)
}

// spread puts a record into the series of its cell. Of a record from long
// before the first one the rest is spread that the series reaches.
func (t *Tally) spread(c *cell, w window, packets, bytes float64, received time.Time) {
	if t.oldest == 0 {
		t.oldest = received.Add(-reach).UnixNano()
	}
	if w.from < t.oldest {
		if w.to <= t.oldest {
			return
		}
		part := float64(w.to-t.oldest) / float64(w.to-w.from)
		packets *= part
		bytes *= part
		w.from = t.oldest
	}
	c.series.add(w.from, w.to, packets, bytes)
}

func (t *Tally) flow(s *flow.Sample, circuit int) {
	k := flowKey{
		src: s.Src.As16(), dst: s.Dst.As16(), srcPort: s.SrcPort, dstPort: s.DstPort,
		proto: s.Proto, circuit: circuit, observed: s.Observed,
	}
	t.flows.add(&k, float64(s.Bytes)*t.weight(s.Rate))
}

// weight is how many packets one sampled packet stands for; when nobody says
// how it was sampled, the scenario's rate, or else one.
func (t *Tally) weight(rate float64) float64 {
	switch {
	case rate > 0:
		return rate
	case t.m.configured > 0:
		return t.m.configured
	}
	return 1
}

// Merge adds another tally of the same map, which is not changed and may go on.
func (t *Tally) Merge(o *Tally) {
	for k, c := range o.cells {
		mine := t.cells[k]
		if mine == nil {
			mine = &cell{series: newSeries(t.buckets)}
			t.cells[k] = mine
		}
		mine.series.merge(&c.series)
		for at, s := range c.after {
			if mine.after == nil {
				mine.after = map[int64]*series{}
			}
			if mine.after[at] == nil {
				n := newSeries(t.buckets)
				mine.after[at] = &n
			}
			mine.after[at].merge(s)
		}
		mine.edge += c.edge
		mine.packets += c.packets
		mine.bytes += c.bytes
		mine.squares += c.squares
		mine.records += c.records
		mine.conflicts += c.conflicts
		for i := range c.byMethod {
			mine.byMethod[i] += c.byMethod[i]
		}
	}
	if t.start.IsZero() || !o.start.IsZero() && o.start.Before(t.start) {
		t.start = o.start
	}
	t.newest = max(t.newest, o.newest)
	t.flows.merge(&o.flows)
	t.before += o.before
	t.timed += o.timed
	t.notTimed += o.notTimed
	t.dropped += o.dropped
	t.other += o.other
	t.linked += o.linked
	t.foreign += o.foreign
	t.full = t.full || o.full
	t.recent = [8]recent{}
}
