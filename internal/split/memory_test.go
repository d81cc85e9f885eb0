package split_test

import (
	"math/rand/v2"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/split"
)

// TestMemoryIsBounded: the tallies of 2,000 exporters, each with far more flows
// than it keeps and records over hours, stay small, and so does their sum.
func TestMemoryIsBounded(t *testing.T) {
	const exporters, records = 2000, 300
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	m := shanghai(t, nil)
	tallies := make([]*split.Shared, exporters)
	rng := rand.New(rand.NewPCG(9, 9))
	s := traffic(2, 1).Samples(rng, 1, noon, noon)[0]
	s.Stream, s.Rate, s.RateSource, s.NextHop = flow.Stream{Exporter: gw, Protocol: flow.IPFIX}, 10, flow.RateFromOptions, netip.Addr{}
	for i := range tallies {
		tally := m.NewTally(noon, exporters)
		s.Stream.Domain = uint32(i)
		for range records {
			s.Src, s.SrcPort, s.Out = netip.AddrFrom4([4]byte{172, 16, byte(rng.Uint32()), byte(rng.Uint32())}), uint16(rng.Uint32()), 12+rng.Uint32()%2
			s.Start = noon.Add(time.Duration(rng.IntN(7200)) * time.Second)
			s.End = s.Start.Add(time.Minute)
			s.Received = s.End
			tally.Add(&s)
		}
		tallies[i] = split.Share(tally)
	}
	sum := m.Sum(tallies)
	runtime.GC()
	runtime.ReadMemStats(&after)
	assert.Less(t, float64(after.HeapAlloc)-float64(before.HeapAlloc), float64(80<<20), "both of them")
	r := sum.Verdict(heard())
	assert.InEpsilon(t, exporters*records, r.Flows, .1)
	assert.Equal(t, split.Pass, r.Verdict, r.Reason)
	assert.LessOrEqual(t, len(r.Series.Points), 120)
	runtime.KeepAlive(tallies)
}
