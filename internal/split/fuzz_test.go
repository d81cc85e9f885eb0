package split_test

import (
	"encoding/hex"
	"math"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/flowtest"
	"github.com/twinpath/twinpath/internal/split"
)

// maxGrowth is how many bytes may be allocated for two datagrams of at most
// 64 KiB, from their decoding to a verdict.
const maxGrowth = 48 << 20

// FuzzVerify takes datagrams the whole way: decoded, attributed, counted,
// judged. Whatever comes, it ends, in bounded memory, with a result that a
// report can print.
func FuzzVerify(f *testing.F) {
	e := func(p flow.Protocol) *flowtest.Encoder {
		return &flowtest.Encoder{Protocol: p, Domain: 1, Rate: 100, Boot: noon.Add(-time.Hour)}
	}
	for _, p := range []flow.Protocol{flow.NetFlowV5, flow.NetFlowV9, flow.IPFIX, flow.SFlow} {
		x := e(p)
		f.Add(x.Options(noon), x.Data(noon, draw(5, 20, .5)))
	}
	// What ends, hangs or fools goflow2 v2.2.6 when it is handed over as it comes.
	for _, pair := range [][2]string{
		{"00000005 00000001 c0000201 00000000 00000001 00000001 00000001 00000003 0000002c 00000001 00000000 00000001 000003e8 00000000 00000000 00000000 00000001 00000000 00000002 ffffffff", ""},
		{"000a0018 6553f100 00000001 00000000 00020008 01000000", "000a001c 6553f100 00000001 00000000 0100000c 00000000 00000000"},
		{"00090001 000003e8 6553f100 00000001 00000000 0000000c 01000001 00010000", "00090001 000003e8 6553f100 00000001 00000000 0100000c 00000000 00000000"},
		{"0005ea60 000003e8 6553f100 00000000 00000001 00000000", ""},
	} {
		var ds [2][]byte
		for i := range pair {
			ds[i], _ = hex.DecodeString(strings.ReplaceAll(pair[i], " ", ""))
		}
		f.Add(ds[0], ds[1])
	}
	m := shanghai(f, nil)
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if len(a) > math.MaxUint16 || len(b) > math.MaxUint16 {
			return
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		tally := m.NewTally(noon.Add(-time.Minute), 1)
		d := flow.NewDecoder(netip.MustParseAddr("172.16.255.1"), tally.Add)
		d.Watch(tally.Learn, nil)
		for _, datagram := range [][]byte{a, b, a, b} {
			d.Datagram(datagram, noon)
		}
		st := flow.Stats{Exporters: []flow.ExporterStats{d.Stats()}, KernelDropsKnown: true, First: noon, Last: noon}
		for _, ev := range []split.Evidence{{Stats: st, Window: time.Minute}, {Stats: st, Window: time.Minute, From: noon.Add(-time.Minute), Until: noon}} {
			hold(t, tally.Verdict(ev))
		}
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > maxGrowth {
			t.Fatalf("%d bytes of datagrams made %d bytes be allocated", len(a)+len(b), grown)
		}
	})
}

// hold checks what every result must be.
func hold(t *testing.T, r *split.Result) {
	t.Helper()
	if r.Reason == "" {
		t.Fatal("a verdict without a reason")
	}
	for _, c := range r.Circuits {
		for _, i := range []split.Interval{c.Share, c.ByteShare} {
			if math.IsNaN(i.Share) || i.Low < 0 || i.High > 1+1e-9 || i.Low > i.High || i.Share < i.Low-1e-9 || i.Share > i.High+1e-9 {
				t.Fatalf("%s: share %v", c.Name, i)
			}
		}
		if c.Packets < 0 || math.IsInf(c.Packets, 0) || math.IsNaN(c.Packets) {
			t.Fatalf("%s: %v packets", c.Name, c.Packets)
		}
	}
	if n := len(r.Series.Points); n > 120 {
		t.Fatalf("%d points", n)
	}
}
