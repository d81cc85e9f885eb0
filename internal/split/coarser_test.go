package split

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCoarserKeepsWhatWasCounted: joining points adds their packets up and
// narrows the interval, and the share while watching is that of the last.
func TestCoarserKeepsWhatWasCounted(t *testing.T) {
	start := time.Unix(1_700_000_000, 0)
	r := &Result{Level: .95, Circuits: make([]Circuit, 2), Series: Series{Start: start, Width: time.Second}}
	for i := range 5 {
		r.Series.Points = append(r.Series.Points, Point{
			At: start.Add(time.Duration(i) * time.Second), Packets: []float64{6000, 4000}, Bytes: []float64{60, 40},
			Share: []Interval{wilson(.6, 10, 1.96), wilson(.4, 10, 1.96)}, Running: []Interval{{Share: float64(i)}, {}},
			Unattributed: 1, Effective: 10,
		})
	}
	got := r.Coarser(3)
	require.Len(t, got.Points, 2)
	assert.Equal(t, 3*time.Second, got.Width)
	p := got.Points[0]
	assert.InDelta(t, 18000, p.Packets[0], 1e-9)
	assert.InDelta(t, 30, p.Effective, 1e-9)
	assert.InDelta(t, .6, p.Share[0].Share, 1e-9)
	assert.Equal(t, wilson(.6, 30, quantile(.95, 2)), p.Share[0])
	assert.InDelta(t, 2, p.Running[0].Share, 0)
	assert.Equal(t, start.Add(3*time.Second), got.Points[1].At)
	assert.InDelta(t, 20, got.Points[1].Effective, 1e-9)
	assert.Equal(t, r.Series, r.Coarser(1))
	assert.Empty(t, (&Result{}).Coarser(4).Points)
}
