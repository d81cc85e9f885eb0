package conftree_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/conftree"
	"github.com/twinpath/twinpath/internal/pairtest"
)

// BenchmarkShapes reads and prints hostile texts of 10,000 lines, and such of
// 100,000: tools/bench looks at the ratio.
func BenchmarkShapes(b *testing.B) {
	for _, family := range []string{conftree.Indent, conftree.Sections, conftree.Braces} {
		for _, s := range pairtest.Shapes() {
			for _, n := range []int{10_000, 100_000} {
				text, _ := s.Pair(n)
				b.Run(fmt.Sprintf("%s/%s/%d-lines", family, s.Name, n), func(b *testing.B) {
					for b.Loop() {
						tree, err := conftree.Parse(text, conftree.Syntax{Family: family})
						require.NoError(b, err)
						require.Len(b, tree.String(), len(text))
					}
				})
			}
		}
	}
}
