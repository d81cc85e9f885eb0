package inventory_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/inventory"
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

func text(l *diag.List) string {
	var b strings.Builder
	for _, d := range l.Sorted() {
		fmt.Fprintln(&b, d.Pos, d.Severity, d.Code, d.Text, d.Help, d.Related)
	}
	return b.String()
}

func FuzzDecode(f *testing.F) {
	for _, pattern := range []string{"../../inventory/*/*.yaml", "../cli/testdata/err/with-inventory/*/inventory.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		bounded(t)
		var first, second diag.List
		inv := inventory.Decode("test.yaml", data, &first)
		inventory.Decode("test.yaml", data, &second)
		if text(&first) != text(&second) {
			t.Fatalf("two runs differ:\n%s\n%s", text(&first), text(&second))
		}
		for _, d := range first.Sorted() {
			if d.Pos.File == "" {
				t.Errorf("no place: %s [%s]", d.Text, d.Code)
			}
		}
		if inv != nil && !first.HasErrors() {
			for _, g := range inv.Gateways {
				if inv.Gateway(g.Name.Val) != g {
					t.Errorf("the gateway %q cannot be found", g.Name.Val)
				}
				for _, p := range g.Ports {
					if g.PortOf(p.Logical.Val) != p {
						t.Errorf("the port %q cannot be found", p.Logical.Val)
					}
					if strings.ContainsAny(p.Name.Val, " \t\r\n;\"'") {
						t.Errorf("the port's name %q could be a second command", p.Name.Val)
					}
				}
			}
		}
	})
}
