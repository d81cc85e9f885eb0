package render_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/render"
)

type diagnostic = diag.Diagnostic

// flatten turns the text that `show configuration` prints into the lines of
// `| display set`. It fails on text that the device would not print: indents
// other than four blanks a level, braces that do not match.
func flatten(t *testing.T, text string) []string {
	t.Helper()
	var out, path []string
	for i, raw := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		line := strings.TrimLeft(raw, " ")
		depth := len(path)
		if line == "}" {
			depth--
		}
		require.Equalf(t, 4*depth, len(raw)-len(line), "line %d: %q is not indented by four blanks a level", i+1, raw)
		if line == "}" {
			path = path[:depth]
			continue
		}
		if block, ok := strings.CutSuffix(line, " {"); ok {
			path = append(path, block)
			continue
		}
		leaf, ok := strings.CutSuffix(line, ";")
		require.Truef(t, ok, "line %d: %q neither opens a block nor ends a statement", i+1, raw)
		words := append(slices.Clone(path), leaf)
		head, values, many := strings.Cut(strings.Join(words, " "), " [ ")
		if !many {
			out = append(out, "set "+head)
			continue
		}
		items := strings.Fields(strings.TrimSuffix(values, " ]"))
		assert.Greaterf(t, len(items), 1, "line %d: a list of one is printed bare", i+1)
		for _, v := range items {
			out = append(out, "set "+head+" "+v)
		}
	}
	require.Empty(t, path, "a brace is not closed")
	return out
}

// TestJunosFormsSayTheSame: what is typed into a fresh device is what it then
// prints, and neither form says a line twice.
func TestJunosFormsSayTheSame(t *testing.T) {
	files, err := filepath.Glob(scenarioFile("*"))
	require.NoError(t, err)
	for _, osID := range []string{mx, srx} {
		for _, file := range files {
			running, list := renderFile(t, file, osID, "", render.Running)
			if list.HasErrors() {
				continue
			}
			t.Run(osID+"/"+filepath.Base(filepath.Dir(file)), func(t *testing.T) {
				load, _ := renderFile(t, file, osID, "", render.Load)
				lines := strings.Split(strings.TrimSuffix(load, "\n"), "\n")
				require.Equal(t, "commit", lines[len(lines)-1])
				typed := lines[:len(lines)-1]
				assert.NotContains(t, typed, "commit")
				printed := flatten(t, running)
				assert.ElementsMatch(t, printed, typed)
				slices.Sort(typed)
				assert.Len(t, slices.Compact(typed), len(printed), "a line is said twice")
			})
		}
	}
}

// TestJunosTopLevelOrder holds the order in which the device prints the
// hierarchies (vJunos 25.4R1: chassis, interfaces, policy-options,
// routing-options, protocols; vSRX 18.4R1: security before interfaces).
func TestJunosTopLevelOrder(t *testing.T) {
	order := []string{"chassis", "services", "security", "interfaces", "forwarding-options", "policy-options", "routing-options", "protocols"}
	for osID, name := range map[string]string{mx: "sflow", srx: "shanghai"} {
		text, _ := renderFile(t, scenarioFile(name), osID, "", render.Running)
		last := -1
		for line := range strings.SplitSeq(text, "\n") {
			top, ok := strings.CutSuffix(line, " {")
			if !ok || strings.HasPrefix(line, " ") {
				continue
			}
			at := slices.Index(order, top)
			assert.Greaterf(t, at, last, "%s: %s stands in the wrong place", osID, top)
			last = at
		}
	}
}
