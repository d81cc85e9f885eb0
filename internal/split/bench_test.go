package split_test

import (
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/flowtest"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/split"
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
			used := processor(b)
			for i := range b.N {
				d.Datagram(ds[i%len(ds)], noon)
			}
			used = processor(b) - used
			b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(b.N*n)/used.Seconds(), "records/cpu-s")
		})
	}
}

// processor is the processor time of this process until now. On a busy machine
// it says more than the time that went by.
func processor(tb testing.TB) time.Duration {
	tb.Helper()
	var u unix.Rusage
	require.NoError(tb, unix.Getrusage(unix.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkMemory counts ten million flows of two thousand exporters, each with
// a decoder and a tally as a verification has them, and reports what of it stays
// in memory.
func BenchmarkMemory(b *testing.B) {
	const exporters, flows = 2000, 10_000_000
	addresses := map[netip.Addr]string{}
	var order []netip.Addr
	for i := range exporters {
		a := netip.AddrFrom4([4]byte{172, 20, byte(i >> 8), byte(i)})
		addresses[a] = "gw1"
		order = append(order, a)
	}
	var list diag.List
	file := filepath.Join("..", "..", "inventory", "shanghai", "scenario.yaml")
	data, err := os.ReadFile(file)
	require.NoError(b, err)
	m, err := split.NewMap(scenario.Decode(file, data, &list), inventory.Decode("inventory.yaml", []byte(inventoryText), &list), addresses)
	require.NoError(b, err)
	defer debug.SetGCPercent(debug.SetGCPercent(50)) // As verify does.
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		var all []*split.Shared
		var decoders []*flow.Decoder
		for _, a := range order {
			t := split.Share(m.NewTally(noon, exporters))
			d := flow.NewDecoder(a, t.Add)
			e := flowtest.Encoder{Protocol: flow.NetFlowV9, Domain: 1, Rate: 1000, Boot: noon.Add(-time.Hour)}
			d.Datagram(e.Options(noon), noon)
			all, decoders = append(all, t), append(decoders, d)
		}
		s := traffic(2, .5).Samples(rand.New(rand.NewPCG(1, 2)), 1, noon, noon)[0]
		used := processor(b)
		for i := range flows {
			s.Stream = flow.Stream{Exporter: order[i%exporters], Protocol: flow.NetFlowV9, Domain: 1}
			s.Src = netip.AddrFrom4([4]byte{172, 16 | byte(i>>20&15), byte(i >> 12), byte(i >> 4)})
			s.SrcPort, s.Out = uint16(i), 12+uint32(i&1)
			all[i%exporters].Add(&s)
		}
		used = processor(b) - used
		r := m.Sum(all).Verdict(split.Evidence{Window: time.Minute})
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-live")
		var u unix.Rusage
		require.NoError(b, unix.Getrusage(unix.RUSAGE_SELF, &u))
		b.ReportMetric(float64(u.Maxrss)/1e3, "MB-peak") // of the process, other benchmarks included; in KiB on Linux
		b.ReportMetric(float64(r.Flows), "flows-estimated")
		b.ReportMetric(flows/used.Seconds(), "records/cpu-s")
		runtime.KeepAlive(all)
		runtime.KeepAlive(decoders)
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
