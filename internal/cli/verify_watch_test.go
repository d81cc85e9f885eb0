package cli

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/flowtest"
	"github.com/twinpath/twinpath/internal/split"
)

// fed is a verification that has listened for a while, with its statistics.
func fed(t *testing.T, start time.Time, share float64) (*verification, flow.Stats) {
	t.Helper()
	v := local(t, Streams{Err: &log{}})
	a := v.from[0]
	add := v.sink(start)(a)
	traffic := flowtest.Traffic{
		Flows: 100, Out: []uint32{0, 0}, Share: []float64{share, 1 - share}, Src: netip.MustParseAddr("172.16.1.1"), Dst: netip.MustParseAddr("192.168.1.1"),
		NextHop: []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.5")},
	}
	at := start.Add(30 * time.Second)
	for _, s := range traffic.Samples(rand.New(rand.NewPCG(1, 2)), 2000, at, at) {
		s.Stream, s.Rate, s.RateSource, s.Received = flow.Stream{Exporter: a, Protocol: flow.NetFlowV9}, 100, flow.RateFromOptions, at
		add(&s)
	}
	return v, flow.Stats{KernelDropsKnown: true, Exporters: []flow.ExporterStats{{Exporter: a, Datagrams: 100, Records: 2000, Expected: 100}}}
}

// TestUntilSettledStopsAtAVerdict: a window that is long enough ends at the
// first verdict, with the intervals of who looks often, and one that the
// samples leave open goes on.
func TestUntilSettledStopsAtAVerdict(t *testing.T) {
	start := time.Now().Add(-4 * time.Minute)
	v, stats := fed(t, start, .5)
	ctx, stop := context.WithCancel(t.Context())
	r := v.untilSettled(ctx, stop, func() flow.Stats { return stats }, start)
	require.NotNil(t, r)
	assert.Equal(t, split.Pass, r.Verdict, r.Reason)
	assert.True(t, r.Watching)
	assert.Equal(t, start, r.From)
	assert.WithinDuration(t, time.Now().Add(-80*time.Second), r.Until, 10*time.Second, "what the caches may hold is not judged")
	require.Error(t, ctx.Err(), "the window was stopped")

	v, stats = fed(t, start, .2)
	ctx, stop = context.WithTimeout(t.Context(), 2*lookEvery+lookEvery/2)
	defer stop()
	assert.Nil(t, v.untilSettled(ctx, stop, func() flow.Stats { return stats }, start), "the share is on the floor")
	once := v.result(v.judged(stats, start, time.Now()))
	often := v.look(stats, start)
	assert.Less(t, often.Circuits[0].Share.Low, once.Circuits[0].Share.Low, "looking often costs something")
}

// TestAWindowEndedEarlyIsJudgedByAllThatCame: before the time-outs are over
// there is no part of it that has been reported in full.
func TestAWindowEndedEarlyIsJudgedByAllThatCame(t *testing.T) {
	now := time.Now()
	v, stats := fed(t, now.Add(-40*time.Second), .5)
	ev := v.judged(stats, now.Add(-40*time.Second), now)
	assert.True(t, ev.Until.IsZero())
	assert.InDelta(t, 2000, v.result(ev).Effective, 1e-6)
}
