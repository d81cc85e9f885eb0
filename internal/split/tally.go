package split

import (
	"net/netip"
	"time"

	"github.com/twinpath/twinpath/internal/flow"
)

// The bounds of a tally. Beyond them it says so instead of growing.
const (
	maxCells = 1 << 14
	// maxFlows is shared by the tallies of one run.
	maxFlows = 1 << 17
)

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
}

// flowKey names a flow of IP packets.
type flowKey struct {
	src, dst         [16]byte
	srcPort, dstPort uint16
	proto            uint8
	circuit          int
	observed         flow.Observed
}

// Tally adds up the samples of one exporter. It belongs to one goroutine;
// Merge brings several together.
type Tally struct {
	m     *Map
	cells map[cellKey]*cell
	last  cellKey
	cell  *cell
	// flows are towards the cloud, with their bytes.
	flows    map[flowKey]float64
	maxFlows int
	// moreFlows is true when flows were seen that had no room.
	moreFlows bool
	// start is the beginning of the window, zero when all counts.
	start time.Time
	// before are packets of records that began before the window, notTimed those
	// of records without times.
	before, timed, notTimed float64
	dropped                 float64
	other, linked           float64
	foreign                 uint64
	full                    bool
}

// NewTally returns an empty tally for one of n exporters. Records that began
// before start are left out: they tell of another time.
func (m *Map) NewTally(start time.Time, n int) *Tally {
	return &Tally{
		m: m, start: start, cells: map[cellKey]*cell{}, flows: map[flowKey]float64{},
		maxFlows: max(maxFlows/max(n, 1), 64),
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
	if !t.inWindow(s, packets) {
		return
	}
	p := g.place(s, d)
	if p.skip {
		t.linked += packets
		return
	}
	t.add(s, d, p)
	if d == ToCloud && p.circuit != unattributed {
		t.flow(s, p.circuit)
	}
}

// inWindow judges a record by when its flow began, never by when it came: a
// flow cache still reports a dead circuit when its packets have long moved.
func (t *Tally) inWindow(s *flow.Sample, packets float64) bool {
	if s.Start.IsZero() {
		t.notTimed += packets
		return true
	}
	t.timed += packets
	// Exporters write whole seconds in some formats.
	if !t.start.IsZero() && s.Start.Before(t.start.Add(-time.Second)) {
		t.before += packets
		return false
	}
	return true
}

func (t *Tally) add(s *flow.Sample, d Direction, p place) {
	k := cellKey{circuit: p.circuit, direction: d, observed: s.Observed, stream: s.Stream, rate: s.Rate, source: s.RateSource}
	c := t.cell
	if c == nil || k != t.last {
		if c = t.cells[k]; c == nil {
			if len(t.cells) >= maxCells {
				t.full = true
				return
			}
			c = &cell{}
			t.cells[k] = c
		}
		t.last, t.cell = k, c
	}
	packets, bytes := float64(s.Packets), float64(s.Bytes)
	c.records++
	c.packets += packets
	c.bytes += bytes
	c.squares += bytes * bytes / packets
	if p.circuit != unattributed {
		c.byMethod[p.method] += packets
	}
	if p.conflict {
		c.conflicts += packets
	}
}

func (t *Tally) flow(s *flow.Sample, circuit int) {
	k := flowKey{
		src: s.Src.As16(), dst: s.Dst.As16(), srcPort: s.SrcPort, dstPort: s.DstPort,
		proto: s.Proto, circuit: circuit, observed: s.Observed,
	}
	weight := float64(s.Bytes) * t.weight(s.Rate)
	if _, known := t.flows[k]; !known && len(t.flows) >= t.maxFlows {
		t.moreFlows = true
		return
	}
	t.flows[k] += weight
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

// Merge adds another tally of the same map. o must not be used afterwards.
func (t *Tally) Merge(o *Tally) {
	for k, c := range o.cells {
		mine := t.cells[k]
		if mine == nil {
			t.cells[k] = c
			continue
		}
		mine.packets += c.packets
		mine.bytes += c.bytes
		mine.squares += c.squares
		mine.records += c.records
		mine.conflicts += c.conflicts
		for i := range c.byMethod {
			mine.byMethod[i] += c.byMethod[i]
		}
	}
	for k, w := range o.flows {
		t.flows[k] += w
	}
	t.before += o.before
	t.timed += o.timed
	t.notTimed += o.notTimed
	t.dropped += o.dropped
	t.other += o.other
	t.linked += o.linked
	t.foreign += o.foreign
	t.moreFlows = t.moreFlows || o.moreFlows
	t.full = t.full || o.full
	t.cell = nil
}

// FlowName is a flow as a person writes it.
func (k *flowKey) name() string {
	src, dst := netip.AddrFrom16(k.src).Unmap(), netip.AddrFrom16(k.dst).Unmap()
	return netip.AddrPortFrom(src, k.srcPort).String() + " > " + netip.AddrPortFrom(dst, k.dstPort).String()
}
