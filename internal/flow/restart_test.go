package flow

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// at is a v9 datagram of a device of an age, with one set.
func at(tb testing.TB, uptime uint32, set string) []byte {
	tb.Helper()
	return unhex(tb, fmt.Sprintf("00090001 %08x 6553f100 00000001 00000007 ", uptime)+set)
}

// TestRestartForgetsTemplates: after a restart template 256 may have another
// layout; until it comes the records are unknown and not wrong.
func TestRestartForgetsTemplates(t *testing.T) {
	const tpl = "0000000c 01000001 00020004"
	old := []uint32{4_000_000_000, 3_999_990_000, 4_000_001_000}
	var ds [][]byte
	ds = append(ds, at(t, old[0], tpl))
	for _, u := range old { // the second was overtaken
		ds = append(ds, at(t, u, fivePackets))
	}
	samples, st := decodeAll(ds...)
	assert.Len(t, samples, 3)
	assert.Zero(t, st.Restarts)
	samples, st = decodeAll(append(ds, at(t, 5000, fivePackets), at(t, 6000, tpl), at(t, 7000, fivePackets))...)
	assert.Len(t, samples, 4)
	assert.EqualValues(t, 1, st.Restarts)
	assert.EqualValues(t, 1, st.UnknownSets)
	_, st = decodeAll(at(t, 1<<32-1000, tpl), at(t, 1000, fivePackets))
	assert.Zero(t, st.Restarts, "the counter of milliseconds wraps")
}

// TestTwoEnginesInOneDomain do not take each other's templates away for ever.
func TestTwoEnginesInOneDomain(t *testing.T) {
	var ds [][]byte
	for range 50 {
		ds = append(ds, at(t, 9_000_000, packetsTemplate), at(t, 9_000_000, fivePackets), at(t, 1_000_000, fivePackets))
	}
	samples, st := decodeAll(ds...)
	assert.GreaterOrEqual(t, len(samples), 100-2*maxRestarts)
	assert.EqualValues(t, maxRestarts, st.Restarts)
}

func TestTemplatesExpire(t *testing.T) {
	n := 0
	d := newDecoder(router, func(*Sample) { n++ })
	d.datagram(v9Message(t, 1, packetsTemplate), noon)
	d.datagram(v9Message(t, 1, fivePackets), noon.Add(templateLife))
	assert.Equal(t, 1, n)
	d.datagram(v9Message(t, 1, fivePackets), noon.Add(templateLife+time.Second))
	assert.Equal(t, 1, n)
	assert.EqualValues(t, 1, d.snapshot().UnknownSets)
	d.datagram(v9Message(t, 1, packetsTemplate), noon.Add(templateLife+time.Second))
	d.datagram(v9Message(t, 1, fivePackets), noon.Add(2*templateLife))
	assert.Equal(t, 2, n)
}

// TestPrescaledCounts: counts that are all multiples of ten were multiplied by
// the exporter; constant traffic and traffic as it comes were not.
func TestPrescaledCounts(t *testing.T) {
	for name, c := range map[string]struct {
		packets func(i int) int
		want    uint64
	}{
		"multiplied by ten": {func(i int) int { return 10 * (1 + i%4) }, 10},
		"constant":          {func(int) int { return 15 }, 0},
		"as it comes":       {func(i int) int { return 10 * (1 + i%7%3*i%5) / 3 }, 0},
		"once not":          {func(i int) int { return 10*(1+i%4) + i/299 }, 0},
	} {
		d := newDecoder(router, func(*Sample) {})
		for i := range 300 {
			if i%50 == 0 { // a template that is sent again loses nothing
				d.datagram(v9Message(t, 1, packetsTemplate), noon)
			}
			d.datagram(v9Message(t, 1, fmt.Sprintf("01000008 %08x", c.packets(i))), noon)
		}
		got := d.snapshot().Prescaled
		if c.want == 0 {
			assert.Empty(t, got, name)
			continue
		}
		require.Len(t, got, 1, name)
		assert.Equal(t, Prescaled{NetFlowV9, 1, c.want, 300}, got[0], name)
	}
}
