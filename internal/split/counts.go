package split

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/axiomhq/hyperloglog"

	"github.com/twinpath/twinpath/internal/flow"
)

// Counts is a tally in a form that can be written to a file as JSON and brought
// back without a loss, so that the counts of several verifications become one
// verdict. Numbers survive exactly: JSON has as many digits as they need.
type Counts struct {
	// Map is a digest of the circuits, gateways and bounds that were counted by.
	Map   string
	Cells []storedCell
	// Kept are the flows that had room, Sketches the distinct flows once not all
	// had.
	Kept     []storedFlow
	All      [flow.ObservedEgress + 1]float64
	Missing  float64
	Sketches []storedSketch
	// Before, Timed and NotTimed, Dropped, Other and Linked are packets, Foreign
	// samples; see Tally.
	Before, Timed, NotTimed, Dropped, Other, Linked float64
	Foreign                                         uint64
	Full                                            bool
	// Start is the beginning of the window, zero without one, Newest the end of
	// the latest record, in nanoseconds since the epoch.
	Start  time.Time
	Newest int64
}

type storedCell struct {
	Circuit   int
	Direction Direction
	Observed  flow.Observed
	Stream    flow.Stream
	Rate      float64
	Source    flow.RateSource

	Packets, Bytes, Squares float64
	Records                 uint64
	Method                  [methods]float64
	Conflicts, Edge         float64

	Series storedSeries
	// After is, by mark, what came of records that straddle it.
	After map[int64]storedSeries
}

type storedSeries struct {
	Width, First int64
	// Buckets have packets, bytes, slope, slope of bytes and open packets.
	Buckets [][5]float64
}

func storeSeries(s *series) storedSeries {
	out := storedSeries{Width: s.width, First: s.first}
	for _, b := range s.buckets {
		out.Buckets = append(out.Buckets, [5]float64{b.packets, b.bytes, b.slope, b.byteSlope, b.open})
	}
	return out
}

// restore returns the series with room for most buckets, and whether it can be
// one.
func (s *storedSeries) restore(most int) (series, bool) {
	out := series{width: s.Width, first: s.First, most: most}
	for _, b := range s.Buckets {
		out.buckets = append(out.buckets, bucket{b[0], b[1], b[2], b[3], b[4]})
	}
	return out, s.Width >= int64(narrowest) && s.First >= 0 && len(s.Buckets) <= maxBuckets
}

type storedFlow struct {
	Src, Dst         [16]byte
	SrcPort, DstPort uint16
	Proto            uint8
	Circuit          int
	Observed         flow.Observed
	Weight           float64
}

type storedSketch struct {
	Circuit  int
	Observed flow.Observed
	Sketch   []byte
}

// digest names what counts depend on: sums of another scenario or inventory
// mean something else, however alike they look.
func (m *Map) digest() string {
	h := sha256.New()
	fmt.Fprintln(h, m.scenario, m.mode, m.minShare, m.standby, m.level, m.configured, m.cloud)
	for i := range m.circuits {
		fmt.Fprintln(h, m.circuits[i])
	}
	for _, n := range m.names {
		as := slices.Clone(m.addresses[n])
		slices.SortFunc(as, func(a, b netip.Addr) int { return a.Compare(b) })
		fmt.Fprintln(h, n, as)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Counts returns what the tally has, apart from it.
func (t *Tally) Counts() (Counts, error) {
	c := Counts{
		Map: t.m.digest(), All: t.flows.all, Missing: t.flows.missing, Before: t.before, Timed: t.timed, NotTimed: t.notTimed,
		Dropped: t.dropped, Other: t.other, Linked: t.linked, Foreign: t.foreign, Full: t.full,
		Start: t.start, Newest: t.newest,
	}
	for _, k := range t.sorted() {
		v := t.cells[k]
		s := storedCell{
			Circuit: k.circuit, Direction: k.direction, Observed: k.observed, Stream: k.stream, Rate: k.rate, Source: k.source,
			Packets: v.packets, Bytes: v.bytes, Squares: v.squares, Records: v.records, Method: v.byMethod,
			Conflicts: v.conflicts, Edge: v.edge, Series: storeSeries(&v.series),
		}
		for at, x := range v.after {
			if s.After == nil {
				s.After = map[int64]storedSeries{}
			}
			s.After[at] = storeSeries(x)
		}
		c.Cells = append(c.Cells, s)
	}
	for k, w := range t.flows.weights {
		c.Kept = append(c.Kept, storedFlow{k.src, k.dst, k.srcPort, k.dstPort, k.proto, k.circuit, k.observed, w})
	}
	slices.SortFunc(c.Kept, func(a, b storedFlow) int {
		return cmp.Or(slices.Compare(a.Src[:], b.Src[:]), slices.Compare(a.Dst[:], b.Dst[:]), cmp.Compare(a.SrcPort, b.SrcPort),
			cmp.Compare(a.DstPort, b.DstPort), cmp.Compare(a.Proto, b.Proto), cmp.Compare(a.Circuit, b.Circuit), cmp.Compare(a.Observed, b.Observed))
	})
	for k, s := range t.flows.distinct {
		b, err := s.MarshalBinary()
		if err != nil {
			return c, fmt.Errorf("write the counts of distinct flows: %w", err)
		}
		c.Sketches = append(c.Sketches, storedSketch{k.circuit, k.observed, b})
	}
	slices.SortFunc(c.Sketches, func(a, b storedSketch) int {
		return cmp.Or(cmp.Compare(a.Circuit, b.Circuit), cmp.Compare(a.Observed, b.Observed))
	})
	return c, nil
}

// ErrOtherMap says that counts were made by other files.
var ErrOtherMap = errors.New("they were counted by another scenario or inventory than the ones given now")

var errCounts = errors.New("they are damaged")

// Restore returns a tally with the counts, which can be merged with others of
// the same map.
func (m *Map) Restore(c *Counts) (*Tally, error) {
	if c.Map != m.digest() {
		return nil, ErrOtherMap
	}
	t := m.NewTally(c.Start, 1)
	t.newest = c.Newest
	for i := range c.Cells {
		s := &c.Cells[i]
		placed, ok := s.Series.restore(t.buckets)
		if s.Circuit < unattributed || s.Circuit >= len(m.circuits) || !ok || len(s.After) > maxMarks || len(c.Cells) > maxCells {
			return nil, errCounts
		}
		v := &cell{
			packets: s.Packets, bytes: s.Bytes, squares: s.Squares, records: s.Records, byMethod: s.Method,
			conflicts: s.Conflicts, edge: s.Edge, series: placed,
		}
		for at, x := range s.After {
			after, ok := x.restore(t.buckets)
			if !ok {
				return nil, errCounts
			}
			if v.after == nil {
				v.after = map[int64]*series{}
			}
			v.after[at] = &after
		}
		t.cells[cellKey{s.Circuit, s.Direction, s.Observed, s.Stream, s.Rate, s.Source}] = v
	}
	t.flows.all = c.All
	t.flows.missing = c.Missing
	for i := range c.Kept {
		f := &c.Kept[i]
		t.flows.weights[flowKey{f.Src, f.Dst, f.SrcPort, f.DstPort, f.Proto, f.Circuit, f.Observed}] = f.Weight
	}
	for i := range c.Sketches {
		s := &hyperloglog.Sketch{}
		if err := s.UnmarshalBinary(c.Sketches[i].Sketch); err != nil {
			return nil, errors.Join(errCounts, err)
		}
		if t.flows.distinct == nil {
			t.flows.distinct = map[class]*hyperloglog.Sketch{}
		}
		t.flows.distinct[class{c.Sketches[i].Circuit, c.Sketches[i].Observed}] = s
	}
	t.before, t.timed, t.notTimed, t.dropped = c.Before, c.Timed, c.NotTimed, c.Dropped
	t.other, t.linked, t.foreign, t.full = c.Other, c.Linked, c.Foreign, c.Full
	return t, nil
}
