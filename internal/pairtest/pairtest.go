// Package pairtest makes pairs of large configurations of one system: before
// and after a change of many places. Benchmarks, and the comparison with other
// tools, are run on them. The same arguments always give the same texts.
package pairtest

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"text/template"
)

//go:embed pairs/*.tmpl
var pairs embed.FS

const ending = ".tmpl"

// Options says how large a pair is and whose.
type Options struct {
	// Scale is how often everything stands in the configuration; 1 is about
	// 5,000 lines and 80 changed places. It is 20 at most: after that the
	// addresses are used up.
	Scale int
	// Device is the number of the device: its name and its descriptions carry
	// it.
	Device int
}

// Systems returns the ids of the systems that a pair can be made for, sorted.
func Systems() []string {
	files, _ := fs.Glob(pairs, "pairs/*"+ending) // It fails only for a malformed pattern.
	var out []string
	for _, f := range files {
		out = append(out, strings.TrimSuffix(strings.TrimPrefix(f, "pairs/"), ending))
	}
	slices.Sort(out)
	return out
}

// Pair returns the configurations of a system before and after the change. It
// fails when there is no such pair.
func Pair(system string, o Options) (before, after string, err error) {
	t := template.New(system + ending).Funcs(template.FuncMap{
		"add":   func(a, b int) int { return a + b },
		"times": func(a, b int) int { return a * b },
		"div":   func(a, b int) int { return a / b },
		"mod":   func(a, b int) int { return a % b },
	})
	if t, err = t.ParseFS(pairs, "pairs/"+system+ending); err != nil {
		return "", "", fmt.Errorf("no pair of configurations of %q: %w", system, err)
	}
	var texts [2]strings.Builder
	for i := range texts {
		if err := t.Execute(&texts[i], side{Options: o, changed: i == 1}); err != nil {
			return "", "", fmt.Errorf("make the pair of %q: %w", system, err)
		}
	}
	return texts[0].String(), texts[1].String(), nil
}

// side is what a template sees: the configuration before or after the change.
type side struct {
	Options

	changed bool
}

// Times returns how often something stands there that stands n times in the
// smallest pair.
func (s side) Times(n int) int { return n * s.Scale }

// Every reports whether thing i is changed, if each nth is.
func (s side) Every(i, n int) bool { return s.changed && i%n == 0 }

// Only is Every without the things that are a multiple of other: what would
// change in two places stays as it is.
func (s side) Only(i, n, other int) bool { return s.Every(i, n) && i%other != 0 }
