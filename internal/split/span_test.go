package split_test

import (
	"encoding/json"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/split"
)

// steady has 200 packets a second on each circuit, in records of half a second,
// from the start of its window on. Of the second circuit nothing is known until
// a time, as when its data comes before its template.
func steady(m *split.Map, start time.Time, seconds int, known time.Time) *split.Tally {
	t := m.NewTally(start, 1)
	samples := draw(40, 40, .5)
	for h := -1; h < 2*seconds; h++ {
		from := start.Add(time.Duration(h) * time.Second / 2)
		for i, s := range samples {
			s.Out, s.NextHop = uint32(12+i%2), netip.Addr{}
			s.Stream, s.Rate, s.RateSource = flow.Stream{Exporter: gw}, 1, flow.RateFromOptions
			s.Start, s.End = from, from.Add(time.Second/2)
			s.Received, s.Packets, s.Bytes = s.End, 5, 500
			if i%2 == 0 || s.Received.After(known) {
				t.Add(&s)
			}
		}
	}
	return t
}

// TestSpanHasAllOfTheFirstAndTheLastBucket: a window begins and ends within a
// bucket, and what was counted in it lies inside whole.
func TestSpanHasAllOfTheFirstAndTheLastBucket(t *testing.T) {
	m := shanghai(t, nil)
	start := noon.Add(700 * time.Millisecond)
	tally := steady(m, start, 8, time.Time{})
	ev := heard()
	ev.From, ev.Until = start, start.Add(8*time.Second)
	r := tally.Verdict(ev)
	assert.InDelta(t, 1600, r.Circuits[0].Packets, 1e-6)
	assert.InDelta(t, 1600, r.Effective/2, 1e-6)
	assert.Equal(t, 8*time.Second, r.Judged(), "rates are told over it")
	ev.Until = start.Add(5300 * time.Millisecond) // the end of a bucket
	assert.InDelta(t, 1060, tally.Verdict(ev).Circuits[0].Packets, 1e-6)

	c, err := tally.Counts()
	require.NoError(t, err)
	b, err := json.Marshal(c)
	require.NoError(t, err)
	var back split.Counts
	require.NoError(t, json.Unmarshal(b, &back))
	stored, err := m.Restore(&back)
	require.NoError(t, err)
	assert.InDelta(t, 1060, stored.Verdict(ev).Circuits[0].Packets, 1e-6, "counts of a file know their window")
}

// TestJudgedTimeBeginsAfterTheTemplates: what came before its template did not
// count, and may have been of one circuit.
func TestJudgedTimeBeginsAfterTheTemplates(t *testing.T) {
	start := noon.Add(300 * time.Millisecond)
	late := start.Add(time.Second)
	tally := steady(shanghai(t, nil), start, 20, late)
	ev := heard()
	ev.From, ev.Until = start, start.Add(20*time.Second)
	e := &ev.Stats.Exporters[0]
	assert.InDelta(t, .487, tally.Verdict(ev).Circuits[1].Share.Share, .001)

	e.UnknownSets, e.LastUnknown = 3, late
	r := tally.Verdict(ev)
	assert.InDelta(t, .5, r.Circuits[1].Share.Share, 1e-9)
	assert.True(t, r.From.Equal(noon.Add(2*time.Second)), "%s", r.From)
	assert.Equal(t, split.Pass, r.Verdict, r.Reason)
	assert.Contains(t, codes(r.Notes), "template-late")

	e.LastUnknown = start.Add(15 * time.Second)
	assert.True(t, tally.Verdict(ev).From.Equal(start), "of the time little would be left")
}
