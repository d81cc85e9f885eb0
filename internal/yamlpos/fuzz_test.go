package yamlpos_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/twinpath/twinpath/internal/diag"
)

func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"../../inventory/*/*.yaml", "../cli/testdata/*/*.yaml", "../cli/testdata/err/with-inventory/*/*.yaml"} {
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
		first, second := parse(data), parse(data)
		if text(first) != text(second) {
			t.Errorf("two runs differ:\n%s\n%s", text(first), text(second))
		}
		for _, d := range first.Sorted() {
			if d.Pos.File == "" {
				t.Errorf("no place: %s", d.Text)
			}
			for _, r := range d.Text + d.Help {
				if !diag.Printable(r) {
					t.Errorf("the message %q holds U+%04X", d.Text, r)
				}
			}
		}
	})
}

func text(l *diag.List) string {
	out := ""
	for _, d := range l.Sorted() {
		out += fmt.Sprintln(d.Pos, d.Severity, d.Code, d.Text, d.Help)
	}
	return out
}
