package split_test

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/flowtest"
)

// BenchmarkReceive decodes, attributes and counts what comes: 28 records a
// datagram (7 samples for sFlow).
func BenchmarkReceive(b *testing.B) {
	for _, p := range []flow.Protocol{flow.NetFlowV9, flow.IPFIX, flow.NetFlowV5, flow.SFlow} {
		b.Run(p.String(), func(b *testing.B) {
			m := shanghai(b, nil)
			t := m.NewTally(time.Time{}, 1)
			d := flow.NewDecoder(gw, t.Add)
			n := 28
			if p == flow.SFlow {
				n = 7
			}
			var ds [][]byte
			e := flowtest.Encoder{Protocol: p, Domain: 1, Rate: 1000, Boot: noon.Add(-time.Hour)}
			if o := e.Options(noon); o != nil {
				d.Datagram(o, noon)
			}
			rng := rand.New(rand.NewPCG(1, 2))
			for range 64 {
				ds = append(ds, e.Data(noon, traffic(200, .5).Samples(rng, n, noon.Add(-2*time.Second), noon)))
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				d.Datagram(ds[i%len(ds)], noon)
			}
			b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

var (
	gw   = netip.MustParseAddr("172.16.255.1")
	noon = time.Unix(1700000000, 0)
)

// traffic is n flows from the site to the cloud, with the first circuit's share.
func traffic(n int, first float64) flowtest.Traffic {
	return flowtest.Traffic{
		Flows: n, Out: []uint32{12, 13}, Share: []float64{first, 1 - first}, In: 2,
		NextHop: []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.5")},
		Src:     netip.MustParseAddr("172.16.1.1"), Dst: netip.MustParseAddr("192.168.1.1"),
	}
}
