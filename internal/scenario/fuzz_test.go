package scenario_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/render"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/templates"
	"github.com/twinpath/twinpath/vendors"
)

// quick is how long one input may take; fuzzing shares the machine.
const quick = 2 * time.Minute

// bounded fails the test when it takes longer than anything that a file may
// hold is allowed to cost.
func bounded(t *testing.T) {
	t.Helper()
	timer := time.AfterFunc(quick, func() { t.Errorf("takes longer than %s", quick) })
	t.Cleanup(func() { timer.Stop() })
}

// systems are the profiles and templates of every operating system.
type systems struct {
	profiles []*vendor.Profile
	renderer *render.Renderer
}

func allSystems(tb testing.TB) *systems {
	tb.Helper()
	reg, err := vendor.NewRegistry(vendors.FS)
	if err != nil {
		tb.Fatal(err)
	}
	out := &systems{renderer: render.New(templates.FS)}
	for _, id := range reg.IDs() {
		p, err := reg.Profile(id)
		if err != nil {
			tb.Fatal(err)
		}
		out.profiles = append(out.profiles, p)
	}
	return out
}

// lines renders every gateway as every system and returns the number of lines
// of each. A line with a control character is an error.
func (sys *systems) lines(t *testing.T, s *scenario.Scenario) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, p := range sys.profiles {
		for _, name := range s.Gateways() {
			var list diag.List
			d := intent.Build(s, intent.Example(s, name, p), p, &list)
			if list.HasErrors() {
				continue
			}
			for _, form := range []render.Form{render.Running, render.Load} {
				text, err := sys.renderer.Render(d, form)
				if err != nil {
					t.Fatalf("%s: %v", p.ID, err)
				}
				for i, r := range text {
					if r != '\n' && !diag.Printable(r) {
						t.Fatalf("%s: a line holds U+%04X at %d of\n%q", p.ID, r, i, text)
					}
				}
				out[p.ID+" "+name+" "+string(form)] = strings.Count(text, "\n")
			}
		}
	}
	return out
}

// rename gives every object that the user names another name, of the same
// numbers.
func rename(s *scenario.Scenario) {
	s.Name.Val = "renamed"
	for i, c := range s.Circuits {
		c.Name.Val = fmt.Sprintf("r%d", i)
		if c.VRF.Val != "" {
			c.VRF.Val = "R"
		}
	}
}

func checkScenario(t *testing.T, sys *systems, data []byte) {
	t.Helper()
	bounded(t)
	var first, second diag.List
	s := scenario.Decode("test.yaml", data, &first)
	scenario.Decode("test.yaml", data, &second)
	if text(&first) != text(&second) {
		t.Fatalf("two runs differ:\n%s\n%s", text(&first), text(&second))
	}
	for _, d := range first.Sorted() {
		if d.Pos.File == "" {
			t.Errorf("no place: %s [%s]", d.Text, d.Code)
		}
	}
	if s != nil && len(s.Circuits) <= 20 {
		if first.HasErrors() {
			buildOnly(t, sys, s)
		} else {
			before := sys.lines(t, s)
			rename(s)
			after := sys.lines(t, s)
			for k, n := range before {
				if after[k] != n {
					t.Errorf("%s: %d lines, %d with other names", k, n, after[k])
				}
			}
		}
	}
}

// buildOnly holds that `validate -i` survives what a scenario with errors left.
func buildOnly(t *testing.T, sys *systems, s *scenario.Scenario) {
	t.Helper()
	for _, p := range sys.profiles {
		for _, name := range s.Gateways() {
			var list diag.List
			intent.Build(s, intent.Example(s, name, p), p, &list)
			for _, d := range list.Sorted() {
				if d.Pos.File == "" {
					t.Errorf("no place: %s [%s]", d.Text, d.Code)
				}
			}
		}
	}
}

func text(l *diag.List) string {
	var b strings.Builder
	for _, d := range l.Sorted() {
		fmt.Fprintln(&b, d.Pos, d.Severity, d.Code, d.Text, d.Help, d.Related)
	}
	return b.String()
}

// FuzzDecode mutates whole files, and puts a name of its own in the place of a
// circuit's.
func FuzzDecode(f *testing.F) {
	for _, pattern := range []string{"../../inventory/*/scenario.yaml", "../cli/testdata/*/*.yaml", "../cli/testdata/err/with-inventory/*/scenario.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data, "north-1")
		}
	}
	for _, name := range []string{"\"a\\nb\"", "a;reload", "a b", "\u202ea", "!", "x-y_z", "\"\\u0085\"", "'#'", "{{.}}"} {
		for _, data := range shipped(f) {
			f.Add(data, name)
		}
	}
	sys := allSystems(f)
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		checkScenario(t, sys, data)
		if named := bytes.ReplaceAll(data, []byte("ec1"), []byte(name)); !bytes.Equal(named, data) {
			checkScenario(t, sys, named)
		}
	})
}
