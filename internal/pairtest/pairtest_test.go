package pairtest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/pairtest"
)

// TestPairsHaveTheSizeThatIsPublished: the figures of docs/performance.md are
// about pairs of these sizes.
func TestPairsHaveTheSizeThatIsPublished(t *testing.T) {
	want := map[string]struct{ lines, places int }{"cisco-iosxe": {5200, 81}, "huawei-vrp8": {5060, 88}}
	assert.Len(t, pairtest.Systems(), len(want))
	for _, id := range pairtest.Systems() {
		for _, scale := range []int{1, 10} {
			before, after, err := pairtest.Pair(id, pairtest.Options{Scale: scale, Device: 1})
			require.NoError(t, err)
			lines := strings.Count(before, "\n")
			assert.InDelta(t, scale*want[id].lines, lines, float64(20*(scale-1)), "lines of %s", id)
			if scale == 1 {
				assert.Equal(t, want[id].places, places(t, before, after), "changed places of %s", id)
			}
		}
	}
	_, _, err := pairtest.Pair("none", pairtest.Options{Scale: 1})
	assert.ErrorContains(t, err, `no pair of configurations of "none"`)
}

// places counts where two texts differ, if each place is one line that is
// another one or gone, and no two are neighbours.
func places(t *testing.T, before, after string) int {
	t.Helper()
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	n, j := 0, 0
	for i := range a {
		if a[i] == b[j] {
			j++
			continue
		}
		n++
		if a[i+1] != b[j] { // Else the line is gone.
			j++
			require.Equal(t, a[i+1], b[j], "line %d: two changed places are neighbours", i+1)
		}
	}
	require.Equal(t, len(b), j)
	return n
}
