package split

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

// piece is a record as the test spreads it.
type piece struct {
	from, to       int64
	packets, bytes float64
}

func pieces(t *rapid.T) []piece {
	ns := int64(time.Second)
	out := make([]piece, rapid.IntRange(1, 30).Draw(t, "records"))
	for i := range out {
		from := 1_700_000_000*ns + rapid.Int64Range(0, 300*ns).Draw(t, "from")
		to := from
		if rapid.Bool().Draw(t, "long") {
			to += rapid.Int64Range(shortRecord, 90*ns).Draw(t, "for")
		}
		n := float64(rapid.IntRange(1, 1000).Draw(t, "packets"))
		out[i] = piece{from, to, n, n * 100}
	}
	return out
}

// inside is what a record has between two times, worked out record by record.
func (p piece) inside(from, to int64) float64 {
	if p.from == p.to {
		if p.from >= from && p.from < to {
			return p.packets
		}
		return 0
	}
	return p.packets * float64(max(min(p.to, to)-max(p.from, from), 0)) / float64(p.to-p.from)
}

// TestSeriesHoldsWhatTheRecordsSay: whatever the order and the number of
// buckets, a span on their bounds holds what each record has in it, also after
// two series were added up.
func TestSeriesHoldsWhatTheRecordsSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.SampledFrom([]int{32, 64, 512}).Draw(t, "buckets")
		s, o := newSeries(most), newSeries(rapid.SampledFrom([]int{most, 32}).Draw(t, "other's buckets"))
		all := pieces(t)
		for i, p := range all {
			to := &s
			if i%3 == 0 {
				to = &o
			}
			to.add(p.from, p.to, p.packets, p.bytes)
		}
		s.merge(&o)
		assert.LessOrEqual(t, len(s.buckets), most)
		first := s.first * s.width
		last := first + int64(len(s.buckets))*s.width
		from := first + rapid.Int64Range(0, int64(len(s.buckets))).Draw(t, "first bucket")*s.width
		to := first + rapid.Int64Range(0, int64(len(s.buckets))).Draw(t, "last bucket")*s.width
		for _, sp := range [][2]int64{{first, last}, {math.MinInt64, last}, {from, max(from, to)}} {
			want, running := 0.0, 0.0
			for _, p := range all {
				want += p.inside(sp[0], sp[1])
				if p.from < sp[1] && p.to >= sp[1] && sp[1] < last && sp[0] < sp[1] {
					running += p.packets
				}
			}
			got, open := s.span(sp[0], sp[1])
			assert.InDelta(t, want, got.packets, 1e-6*(1+want))
			assert.InDelta(t, 100*want, got.bytes, 1e-4*(1+want))
			assert.InDelta(t, running, open, 1e-6*(1+running))
		}
	})
}

// TestSequenceHoldsAtEveryLook: who looks all the time and stops at the first
// interval without the truth finds one in less than the stated part of the runs;
// with Wilson's interval in far more.
func TestSequenceHoldsAtEveryLook(t *testing.T) {
	const runs, alpha = 200, .05
	for _, truth := range []float64{.005, .05, .3, .5} {
		rng := rand.New(rand.NewPCG(3, uint64(truth*1000)))
		wrong, fixed := 0, 0
		for range runs {
			hits, out, outFixed := 0.0, false, false
			for n := 1.0; n <= 2000; n++ {
				if rng.Float64() < truth {
					hits++
				}
				if int(n)%10 != 0 {
					continue
				}
				if i := sequence(hits/n, n, alpha); truth < i.Low || truth > i.High {
					out = true
				}
				if i := wilson(hits/n, n, quantile(1-alpha, 2)); truth < i.Low || truth > i.High {
					outFixed = true
				}
			}
			wrong += count(out)
			fixed += count(outFixed)
		}
		t.Logf("share %g: wrong at some look: sequence %.1f %%, Wilson %.1f %%", truth, 100*float64(wrong)/runs, 100*float64(fixed)/runs)
		assert.LessOrEqual(t, float64(wrong)/runs, alpha)
		assert.Greater(t, float64(fixed)/runs, 2*alpha, "this test cannot tell the two apart")
	}
}

// TestSequenceHoldsWhileTheShareChanges: when the share is another at every
// time, the sequence holds the mean of what went by until then.
func TestSequenceHoldsWhileTheShareChanges(t *testing.T) {
	const runs, alpha = 200, .05
	for name, share := range map[string]func(n float64) float64{
		"in blocks": func(n float64) float64 { return []float64{.05, .55}[int(n/100)%2] },
		"in waves":  func(n float64) float64 { return .25 + .2*math.Sin(n/150) },
		"a drop":    func(n float64) float64 { return map[bool]float64{true: .5, false: 0}[n < 700] },
	} {
		rng := rand.New(rand.NewPCG(4, uint64(len(name))))
		wrong := 0
		for range runs {
			hits, sum, out := 0.0, 0.0, false
			for n := 1.0; n <= 2000; n++ {
				p := share(n)
				sum += p
				if rng.Float64() < p {
					hits++
				}
				if int(n)%20 == 0 {
					i := sequence(hits/n, n, alpha)
					out = out || sum/n < i.Low || sum/n > i.High
				}
			}
			wrong += count(out)
		}
		assert.LessOrEqual(t, float64(wrong)/runs, alpha, name)
	}
}

// TestNeededSamplesSettle: with as many samples as were said to be missing, the
// share as it is, the bound is on the other side of the limit; with a tenth
// fewer it is not.
func TestNeededSamplesSettle(t *testing.T) {
	z := quantile(.95, 2)
	for _, c := range [][2]float64{{.5, .2}, {.25, .2}, {.21, .2}, {.15, .2}, {0, .01}, {1, .99}, {.02, .01}} {
		p, limit := c[0], c[1]
		outside := func(i Interval) bool { return limit < i.Low || limit > i.High }
		n := neededWatching(p, limit, .05)
		assert.True(t, outside(sequence(p, n*1.001, .05)), "watching: %g against %g needs %g", p, limit, n)
		assert.False(t, outside(sequence(p, n*.9, .05)), "watching: %g against %g needs %g", p, limit, n)
		m := needed(p, limit, z)
		assert.True(t, outside(wilson(p, m*1.001, z)), "once: %g against %g needs %g", p, limit, m)
		assert.False(t, outside(wilson(p, m*.99, z)), "once: %g against %g needs %g", p, limit, m)
		assert.Less(t, m, n, "looking often costs something")
	}
	assert.True(t, math.IsInf(neededWatching(.2, .2, .05), 1))
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestSequenceIsSane(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Float64Range(.1, 1e9).Draw(t, "n")
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		i := sequence(p, n, .05)
		w := wilson(p, n, quantile(.95, 2))
		assert.True(t, i.Low >= 0 && i.Low <= p && p <= i.High && i.High <= 1, "%v", i)
		assert.LessOrEqual(t, i.Low, w.Low+1e-9, "looking often costs something")
		assert.GreaterOrEqual(t, i.High, w.High-1e-9)
	})
	assert.Equal(t, Interval{Share: 0, Low: 0, High: 1}, sequence(0, 0, .05))
}
