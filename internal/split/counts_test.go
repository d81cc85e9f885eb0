package split

import (
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/flow"
)

// filled is a tally with something in every part of it.
func filled(m *Map, seed uint64, n int) *Tally {
	noon := time.Unix(1700000000, 0)
	t := m.NewTally(noon, 1)
	t.flows.most = 64 // so that distinct flows are sketched
	t.Mark(noon.Add(30 * time.Second))
	rng := rand.New(rand.NewPCG(1, seed))
	for range n {
		s := &flow.Sample{
			Stream: flow.Stream{Exporter: netip.MustParseAddr("172.16.255.1"), Protocol: flow.IPFIX, Domain: 7, Sampler: uint64(rng.IntN(2))},
			Out:    12 + uint32(rng.IntN(3)), Src: netip.MustParseAddr("172.16.1.1"), Dst: netip.MustParseAddr("192.168.1.1"),
			SrcPort: uint16(rng.IntN(500)), DstPort: 443, Proto: 6, Packets: uint64(1 + rng.IntN(9)), Bytes: uint64(1000 + rng.IntN(9000)),
			Rate: float64(rng.IntN(3)) * 100.1, Received: noon.Add(time.Duration(rng.IntN(60)) * time.Second),
			Dropped: rng.IntN(20) == 0, Observed: flow.Observed(rng.IntN(3)),
		}
		if rng.IntN(10) > 0 {
			s.Start, s.End = s.Received.Add(-7*time.Second), s.Received.Add(-time.Second)
		}
		switch rng.IntN(20) {
		case 0:
			s.Dst = s.Src
		case 1:
			s.Src, s.Dst, s.In = s.Dst, s.Src, s.Out
		case 2:
			s.Stream.Exporter = netip.MustParseAddr("198.51.100.9")
		}
		t.Add(s)
	}
	return t
}

// model is a map of two circuits of one gateway.
func model() *Map {
	gw := netip.MustParseAddr("172.16.255.1")
	g := &gateway{name: "gw1", byIfIndex: map[uint32]int{12: 0, 13: 1}, only: unattributed}
	return &Map{
		circuits: []circuit{{name: "ec1", gateway: "gw1", ifIndex: 12}, {name: "ec2", gateway: "gw1", ifIndex: 13}},
		gateways: map[netip.Addr]*gateway{gw: g}, byName: map[string]*gateway{"gw1": g}, names: []string{"gw1"}, addresses: map[string][]netip.Addr{"gw1": {gw}},
		cloud: []netip.Prefix{netip.MustParsePrefix("192.168.0.0/16")}, mode: "active-active", minShare: .2, level: .95,
		scenario: "shanghai",
	}
}

// TestCountsSurviveAFile: what comes back of a file is what went in, to the last
// bit, and so is the verdict of two halves.
func TestCountsSurviveAFile(t *testing.T) {
	m := model()
	stored := func(t *testing.T, from *Tally) *Tally {
		t.Helper()
		c, err := from.Counts()
		require.NoError(t, err)
		b, err := json.Marshal(c)
		require.NoError(t, err)
		var back Counts
		require.NoError(t, json.Unmarshal(b, &back))
		out, err := m.Restore(&back)
		require.NoError(t, err)
		return out
	}
	a, b := filled(m, 1, 3000), filled(m, 2, 2000)
	want, got := m.NewTally(time.Time{}, 1), m.NewTally(time.Time{}, 1)
	want.Merge(a)
	want.Merge(b)
	got.Merge(stored(t, a))
	got.Merge(stored(t, b))
	assert.Equal(t, want.Verdict(Evidence{Window: time.Minute}), got.Verdict(Evidence{Window: time.Minute}))
	require.NotNil(t, want.flows.distinct, "not all flows had room")
	again := stored(t, got)
	assert.Equal(t, got.cells, again.cells)
	assert.Equal(t, got.flows.weights, again.flows.weights)
}

// TestCountsHaveEveryPart fails when a part is added that Counts does not have.
func TestCountsHaveEveryPart(t *testing.T) {
	for of, n := range map[reflect.Type]int{
		reflect.TypeFor[Tally](): 18, reflect.TypeFor[cell](): 9, reflect.TypeFor[cellKey](): 6, reflect.TypeFor[series](): 4,
		reflect.TypeFor[bucket](): 5, reflect.TypeFor[flows](): 5, reflect.TypeFor[flowKey](): 7, reflect.TypeFor[class](): 2,
	} {
		assert.Equal(t, n, of.NumField(), "%s has other fields than Counts stores; see to it there, then here", of)
	}
}

func TestCountsOfAnotherMapAreRefused(t *testing.T) {
	m := model()
	c, err := filled(m, 1, 10).Counts()
	require.NoError(t, err)
	other := *m
	other.minShare /= 2
	_, err = other.Restore(&c)
	require.ErrorIs(t, err, ErrOtherMap)
	c.Cells[0].Circuit = 99
	_, err = m.Restore(&c)
	require.Error(t, err)
}
