package plan_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/pairtest"
	"github.com/twinpath/twinpath/internal/plan"
)

// families are the systems that stand for the three families of syntax.
var families = []string{iosxe, "huawei-vrp8", "juniper-junos"}

// BenchmarkShapes compares hostile texts of 10,000 lines, and such of 100,000:
// tools/bench looks at the ratio, which would be 100 if a step took the square
// of the time.
func BenchmarkShapes(b *testing.B) {
	for _, id := range families {
		p, err := profiles(b).Profile(id)
		require.NoError(b, err)
		for _, s := range pairtest.Shapes() {
			for _, n := range []int{10_000, 100_000} {
				before, after := s.Pair(n)
				b.Run(fmt.Sprintf("%s/%s/%d-lines", id, s.Name, n), func(b *testing.B) {
					for b.Loop() {
						_, _ = plan.Diff(p, before, after)
					}
				})
			}
		}
	}
}
