package changetest_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/changetest"
)

var update = flag.Bool("update", false, "rewrite the table in docs/safety.md")

// columns are the places of the table.
var columns = []struct {
	place place
	title string
}{
	{preflight, "before the first line"},
	{between, "before the next step"},
	{applying, "typing, commit"},
	{complete, "new connection, checks"},
	{asking, "confirmation"},
	{after, "after it"},
	{saving, "saving"},
}

// TestTable holds the table of the documents against the rules, which TestMatrix
// holds against the program.
func TestTable(t *testing.T) {
	const file, begin, end = changetest.Root + "docs/safety.md", "<!-- faults -->\n", "<!-- end of faults -->"
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	head, rest, ok := strings.Cut(string(data), begin)
	require.True(t, ok, "the document has no %q", begin)
	old, tail, ok := strings.Cut(rest, end)
	require.True(t, ok, "the document has no %q", end)
	now := table(t)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(head+begin+now+end+tail), 0o644))
		return
	}
	assert.Equal(t, now, old, "run 'go test ./internal/changetest -run TestTable -update'")
}

func table(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| what goes wrong |")
	for _, c := range columns {
		b.WriteString(" " + c.title + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(columns)) + "\n")
	trials := 0
	for _, f := range faults {
		fmt.Fprintf(&b, "| %s |", f.name)
		for _, c := range columns {
			text, n := cell(t, f, c.place)
			trials += n
			b.WriteString(" " + text + " |")
		}
		b.WriteString("\n")
	}
	for _, f := range whole {
		codes := map[string][]string{}
		for _, system := range changetest.Systems(t) {
			trials++
			code := says(rule(traits[system], f.name, changetest.Point{}))
			codes[code] = append(codes[code], system)
		}
		fmt.Fprintf(&b, "| %s, the whole time | %s |%s\n", f.name, joined(codes, len(traits)), strings.Repeat(" |", len(columns)-1))
	}
	return fmt.Sprintf("\n%s\n%d cases.\n\n", b.String(), trials)
}

// cell says what a fault leads to at the points of a place, and how many those
// are.
func cell(t *testing.T, f fault, at place) (string, int) {
	t.Helper()
	codes, n, systems := map[string][]string{}, 0, map[string]bool{}
	for _, system := range changetest.Systems(t) {
		s := traits[system]
		for _, p := range groundOf(t, system).points {
			if f.at != nil && !slices.Contains(f.at, p.At) || placeOf(p) != at {
				continue
			}
			n++
			systems[system] = true
			for code := range strings.SplitSeq(says(rule(s, f.name, p)), ", ") {
				if !slices.Contains(codes[code], system) {
					codes[code] = append(codes[code], system)
				}
			}
		}
	}
	return joined(codes, len(systems)), n
}

// says writes what must hold as exit codes.
func says(w want) string {
	var out []string
	for _, e := range w.endings {
		if code := fmt.Sprint(exits[e]); !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	text := strings.Join(out, ", ")
	if w.resumed == nil {
		return text
	}
	then := says(*w.resumed)
	if w.rollback {
		then = "0"
	}
	return strings.TrimSpace(text + " → " + then)
}

// joined lists exit codes, with the systems where not all have them.
func joined(codes map[string][]string, systems int) string {
	var out []string
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		if len(codes[code]) < systems {
			code += " (" + strings.Join(codes[code], ", ") + ")"
		}
		out = append(out, code)
	}
	return strings.Join(out, "; ")
}

// TestTraits: every system has rules of its own.
func TestTraits(t *testing.T) {
	assert.ElementsMatch(t, changetest.Systems(t), slices.Collect(maps.Keys(traits)))
}
