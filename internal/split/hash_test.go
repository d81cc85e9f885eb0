package split_test

import (
	"math"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/split"
)

// between makes flows between addresses, on the circuits that hash picks.
func between(srcs, dsts, ports int, hash func(src, dst, port int) int) []flow.Sample {
	var out []flow.Sample
	for s := range srcs {
		for d := range dsts {
			for p := range ports {
				c := hash(s, d, p)
				x := traffic(2, 1).Samples(rand.New(rand.NewPCG(1, 1)), 1, noon, noon)[0]
				x.Src, x.Dst = netip.AddrFrom4([4]byte{172, 16, 1, byte(s)}), netip.AddrFrom4([4]byte{192, 168, 1, byte(d)})
				x.SrcPort, x.Out, x.NextHop = uint16(1024+p), uint32(12+c), netip.Addr{}
				x.Packets, x.Bytes = 5, 5000
				out = append(out, x)
			}
		}
	}
	return out
}

func TestNotesAboutTheHash(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	fair := func(_, _, _ int) int { return rng.IntN(2) }
	elephant := between(4, 4, 10, fair)
	elephant[3].Bytes = 150_000
	notes := []string{"elephants", "lopsided", "polarised", "hash-addresses", "few-addresses", "hash-one-bit"}
	for _, c := range []struct {
		name    string
		samples []flow.Sample
		note    string
		text    string
	}{
		{"fair", between(8, 8, 10, fair), "", ""},
		{"addresses only", between(4, 4, 10, func(s, d, _ int) int { return (s*7 + d*5 + s*d/2) % 3 % 2 }), "hash-addresses", "16 pairs of addresses, 160 flows"},
		{"addresses only and one pair", between(1, 1, 100, func(_, _, _ int) int { return 1 }), "few-addresses", "between one pair of addresses"},
		{"one is dead among many addresses", between(8, 8, 10, func(_, _, _ int) int { return 1 }), "", ""},
		{"a bit of the port", between(4, 4, 10, func(_, _, p int) int { return p % 2 }), "hash-one-bit", "lowest bit of the source port"},
		{"three of four flows on one", between(8, 8, 10, func(_, _, _ int) int { return min(rng.IntN(4), 1) }), "polarised", "640 flows"},
		{"an elephant", elephant, "elephants", "172.16.1.0:1027 > 192.168.1.0:443"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := run(shanghai(t, nil), 1000, c.samples, heard())
			var got []string
			for _, f := range r.Notes {
				for _, n := range notes {
					if f.Code == n && n != "lopsided" {
						got = append(got, n)
						assert.Contains(t, f.Text, c.text)
					}
				}
			}
			if c.note == "few-addresses" {
				assert.Equal(t, split.Fail, r.Verdict)
				assert.Contains(t, r.Reason, "a hash of addresses alone may be why")
			}
			if c.note == "" {
				assert.Empty(t, got)
			} else {
				assert.Equal(t, []string{c.note}, got)
			}
		})
	}
}

// TestManyFlowsStayNamedAndCounted: with more flows than are kept their number
// is near the truth and the large ones are still known, however the tallies are
// divided.
func TestManyFlowsStayNamedAndCounted(t *testing.T) {
	const all = 60_000
	m := shanghai(t, nil)
	sum := m.NewTally(time.Time{}, 1)
	for part := range 4 {
		tally := m.NewTally(time.Time{}, 32) // 4096 flows each
		for i := range all / 4 {
			s := traffic(2, 1).Samples(rand.New(rand.NewPCG(1, 1)), 1, noon, noon)[0]
			n := uint32(part*all/4 + i)
			s.Stream, s.Rate, s.RateSource = flow.Stream{Exporter: gw}, 10, flow.RateFromOptions
			s.Src, s.SrcPort, s.Out = netip.AddrFrom4([4]byte{172, 16, byte(n >> 8), byte(n)}), uint16(n>>16), 12+n%2
			s.NextHop = netip.Addr{}
			tally.Add(&s)
			if i%10 == 0 { // one flow comes back again and again
				s.Src, s.SrcPort, s.Out, s.Bytes = netip.MustParseAddr("172.31.0.1"), 7, 13, 2000
				tally.Add(&s)
			}
		}
		sum.Merge(tally)
	}
	r := sum.Verdict(heard())
	assert.True(t, r.MoreFlows)
	assert.Contains(t, codes(r.Notes), "many-flows")
	assert.InEpsilon(t, all, r.Flows, .05)
	for _, c := range r.Circuits {
		assert.InEpsilon(t, all/2, c.Flows, .07)
	}
	assert.Equal(t, "172.31.0.1:7 > 192.168.1.1:443", r.TopFlow)
	truth := 2000. * all / 10 / (r.Circuits[0].Bytes + r.Circuits[1].Bytes) * 10
	assert.InDelta(t, truth, r.TopFlows[0].Share, .01)
	assert.GreaterOrEqual(t, r.TopShare, truth-1e-9, "what may have been forgotten is added")
	assert.Equal(t, "ec2", r.TopFlows[0].Circuit)
	assert.False(t, math.IsNaN(r.EffectiveFlows))
	assert.Len(t, r.TopFlows, 10)
}
