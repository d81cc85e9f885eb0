package plan_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestOrderOfPrintingIsNoChange: a gateway that prints its sections, and what
// stands in them, in another order needs nothing.
func TestOrderOfPrintingIsNoChange(t *testing.T) {
	settings := map[string]setting{}
	for _, folder := range inventories(t) {
		name := "shanghai"
		if folder == frr {
			name = "lab"
		}
		settings[folder] = rendered(t, name, folder)
	}
	folders := inventories(t)
	rapid.Check(t, func(rt *rapid.T) {
		folder := rapid.SampledFrom(folders).Draw(rt, "system")
		s := settings[folder]
		config := s.running
		if s.profile.Syntax == "braces" {
			config = asSets(t, s, config)
		}
		var blocks [][]string
		for line := range strings.Lines(config) {
			switch {
			case strings.Trim(line, "!#\n") == "" || line == "return\n":
			case indent(line) == 0 && !strings.HasPrefix(line, "exit"):
				blocks = append(blocks, []string{line})
			default:
				last := len(blocks) - 1
				blocks[last] = append(blocks[last], line)
			}
		}
		var b strings.Builder
		mark := map[string]string{"indent": "!\n", "sections": "#\n"}[s.profile.Syntax]
		for _, block := range rapid.Permutation(blocks).Draw(rt, "order") {
			if s.profile.Syntax == "sections" {
				block = append(block[:1:1], rapid.Permutation(block[1:]).Draw(rt, "inside")...)
			}
			b.WriteString(strings.Join(block, "") + mark)
		}
		g, err := s.compute(b.String())
		require.NoError(rt, err)
		if !g.Empty() {
			rt.Fatalf("%v\non\n%s", g.Commands, b.String())
		}
	})
}
