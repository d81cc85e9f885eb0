package simulate_test

import (
	"fmt"
	"testing"

	"github.com/twinpath/twinpath/internal/pairtest"
)

// BenchmarkShapes lets a device read hostile configurations of 1,000 lines, and
// such of 10,000, and types them at an empty one: tools/bench looks at the ratio.
func BenchmarkShapes(b *testing.B) {
	for _, d := range all(b) {
		for _, s := range pairtest.Shapes() {
			for _, n := range []int{1_000, 10_000} {
				text, typed := s.Pair(n)
				b.Run(fmt.Sprintf("%s/%s/%d-lines", d.ID, s.Name, n), func(b *testing.B) {
					for b.Loop() {
						_, _ = d.Run(text, "")
						_, _ = d.Run("", typed)
						_ = d.Canonical(text)
					}
				})
			}
		}
	}
}

// TestHostileTextsAreTyped: none of the shapes makes the simulator panic or hang.
func TestHostileTextsAreTyped(t *testing.T) {
	for _, d := range all(t) {
		for _, s := range pairtest.Shapes() {
			text, typed := s.Pair(2_000)
			got, _ := d.Run(text, typed)
			again, _ := d.Run(got.Config, "")
			if d.Canonical(got.Config) == nil && again.Config != "" {
				t.Errorf("%s, %s: what the device shows reads back as nothing", d.ID, s.Name)
			}
		}
	}
}
