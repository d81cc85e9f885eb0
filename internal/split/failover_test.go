package split_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/split"
	"github.com/twinpath/twinpath/internal/vendor"
)

// drill is two minutes before a failure of ec1, two of failure and two after.
type drill struct {
	// during and after are the circuit of the flows of ec1 then, -1 for lost.
	during, after int
	// active is the exporter's active timeout.
	active time.Duration
	// sticky is true when a flow keeps the interface of its first packet until
	// it is exported.
	sticky bool
	// ingress is true when the packets are seen where they come in.
	ingress bool
}

var failure = split.Failover{Circuit: "ec1", Down: noon.Add(2 * time.Minute), Up: noon.Add(4 * time.Minute), Grace: 2 * time.Second}

const drillEnds = 6 * time.Minute

// samples gives the records of 100 flows on each circuit with four sampled
// packets a second, as a flow cache writes them: one per active timeout, each
// flow with its own phase, and one more where the interface is part of the key.
func (d drill) samples() []flow.Sample {
	var out []flow.Sample
	for f := range 200 {
		home := f % 2
		phase := d.active * time.Duration(f) / 200
		at := func(t time.Duration) int {
			switch {
			case home == 1 || t < 2*time.Minute:
				return home
			case t < 4*time.Minute:
				return d.during
			}
			return d.after
		}
		var cur *flow.Sample
		begin := time.Duration(0)
		for t := time.Duration(0); t < drillEnds; t += 250 * time.Millisecond {
			c := at(t)
			if c < 0 {
				continue
			}
			if cur == nil || t-begin >= d.active || !d.sticky && cur.Out != uint32(12+c) {
				out = append(out, flow.Sample{
					Stream: flow.Stream{Exporter: gw, Protocol: flow.NetFlowV9}, Rate: 100, RateSource: flow.RateFromOptions,
					Src: netip.MustParseAddr("172.16.1.1"), Dst: netip.MustParseAddr("192.168.1.1"), SrcPort: uint16(1000 + f), DstPort: 443, Proto: 17,
					In: 2, Out: uint32(12 + c), Observed: flow.ObservedEgress, Start: noon.Add(t),
				})
				cur, begin = &out[len(out)-1], t
				if t == 0 {
					begin -= phase // it began before
				}
				if d.ingress {
					cur.Observed = flow.ObservedIngress
				}
			}
			cur.Packets++
			cur.Bytes += 700
			cur.End = noon.Add(t)
		}
	}
	return out
}

func (d drill) tally(t *testing.T, traps ...vendor.Trap) *split.Tally {
	m := shanghai(t, nil)
	m.Distrust("gw1", traps)
	tally := m.NewTally(noon, 1)
	tally.Mark(failure.Down)
	tally.Mark(failure.Up)
	for _, s := range d.samples() {
		s.Received = s.End.Add(time.Second)
		tally.Add(&s)
	}
	return tally
}

func whole() split.Evidence {
	ev := heard()
	ev.From, ev.Until = noon, noon.Add(drillEnds)
	return ev
}

var firstPacket = vendor.Trap{Kind: vendor.FirstPacket, Unless: "a monitor on output"}

func TestMoved(t *testing.T) {
	for _, c := range []struct {
		name    string
		drill   drill
		traps   []vendor.Trap
		verdict split.Verdict
		reason  string
	}{
		{"moved", drill{during: 1, after: 0, active: 10 * time.Second}, nil, split.Pass, "the traffic left ec1"},
		{"did not move", drill{during: 0, after: 0, active: 10 * time.Second}, nil, split.Fail, "still has 50 %"},
		{"was lost", drill{during: -1, after: 0, active: 10 * time.Second}, nil, split.Fail, "the rest is lost"},
		{"short records that stick", drill{during: 1, after: 0, active: 10 * time.Second, sticky: true, ingress: true}, []vendor.Trap{firstPacket}, split.Pass, "the traffic left ec1"},
		{"long records that stick", drill{during: 1, after: 0, active: time.Minute, sticky: true, ingress: true}, []vendor.Trap{firstPacket}, split.Inconclusive, "began before the failure"},
		{"sticking that nobody knows of", drill{during: 1, after: 0, active: time.Minute, sticky: true, ingress: true}, nil, split.Fail, "still has"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := c.drill.tally(t, c.traps...).Moved(failure, whole())
			assert.Equal(t, c.verdict, m.Verdict, m.Reason)
			assert.Contains(t, m.Reason, c.reason)
			assert.Equal(t, split.Moved, m.Kind)
			if c.verdict == split.Pass {
				assert.InDelta(t, 1, m.Surviving.Share, .03)
				assert.Less(t, m.Share.High, .01)
			}
		})
	}
	early := whole()
	early.Until = failure.Down.Add(time.Second)
	m := drill{during: 1, active: 10 * time.Second}.tally(t).Moved(failure, early)
	assert.Equal(t, split.Inconclusive, m.Verdict, "the records have not come: %s", m.Reason)

	lossy := whole()
	lossy.Stats.Exporters[0].Lost = 50
	m = drill{during: 1, active: 10 * time.Second}.tally(t).Moved(failure, lossy)
	assert.Equal(t, split.Inconclusive, m.Verdict, "the export was lost: %s", m.Reason)
}

func TestReturned(t *testing.T) {
	for _, c := range []struct {
		name    string
		drill   drill
		verdict split.Verdict
	}{
		{"returned", drill{during: 1, after: 0, active: 10 * time.Second}, split.Pass},
		{"did not return", drill{during: 1, after: 1, active: 10 * time.Second}, split.Fail},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := c.drill.tally(t).Returned(failure, whole())
			assert.Equal(t, c.verdict, m.Verdict, m.Reason)
			assert.Equal(t, split.Returned, m.Kind)
		})
	}
}

// TestSeriesShowsTheFailure: judged as one window the drill passes, and the
// series shows when the circuit was left and taken again. By the arrival of the
// records it would be seconds later.
func TestSeriesShowsTheFailure(t *testing.T) {
	r := drill{during: 1, after: 0, active: 30 * time.Second}.tally(t).Verdict(whole())
	assert.Equal(t, split.Pass, r.Verdict, r.Reason)
	assert.LessOrEqual(t, len(r.Series.Points), 120)
	assert.Contains(t, codes(r.Notes), "changed")
	assert.NotContains(t, codes(r.Notes), "lopsided", "a failed circuit is no matter of the hash")
	var kinds []split.EventKind
	for i, e := range r.Events {
		kinds = append(kinds, e.Kind)
		assert.WithinDuration(t, []time.Time{failure.Down, failure.Up}[i], e.At, 2*r.Series.Width)
	}
	assert.Equal(t, []split.EventKind{split.Moved, split.Returned}, kinds)
	sum := 0.0
	for _, p := range r.Series.Points {
		sum += p.Packets[0] + p.Packets[1]
	}
	assert.InEpsilon(t, r.Circuits[0].Packets+r.Circuits[1].Packets, sum, 1e-6)
	last := r.Series.Points[len(r.Series.Points)-1].Running[0]
	assert.InDelta(t, r.Circuits[0].Share.Share, last.Share, 1e-6)
}

// TestRecordsCountByTheirPartOfTheWindow: a window that cuts through the
// records of every flow, all with the same phase on a circuit as after a
// repair, still counts what went by in it.
func TestRecordsCountByTheirPartOfTheWindow(t *testing.T) {
	start, until := noon.Add(33*time.Second), noon.Add(87*time.Second)
	tally := shanghai(t, nil).NewTally(start, 1)
	for _, s := range (drill{during: 1, after: 0, active: 10 * time.Second}).samples() {
		s.Received, s.Rate = s.End.Add(time.Second), 1
		tally.Add(&s)
	}
	ev := heard()
	ev.From, ev.Until = start, until
	r := tally.Verdict(ev)
	assert.Equal(t, split.Pass, r.Verdict, r.Reason)
	assert.True(t, r.Census)
	const truth = 100 * 4 * 54
	for _, c := range r.Circuits {
		assert.InEpsilon(t, truth, c.Packets, .02)
		assert.Less(t, c.Share.Low, .5)
		assert.Greater(t, c.Share.High, .5)
		assert.Less(t, c.Share.High-c.Share.Low, .02, "the edges leave little open")
	}
	assert.Positive(t, r.Before)
}
