package vendor_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/vendor"
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

func report(l *diag.List) string {
	var b strings.Builder
	for _, d := range l.Sorted() {
		fmt.Fprintln(&b, d.Pos, d.Severity, d.Code, d.Text, d.Help, d.Related)
	}
	return b.String()
}

func FuzzDecode(f *testing.F) {
	files, err := fs.Glob(vendors.FS, "*/profile.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		data, err := fs.ReadFile(vendors.FS, name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("version: 1\nports: {pattern: '(', tagged: x, untagged: y}\nstatements: [{line: '{a|(}', source: [x]}]\n"))
	f.Add([]byte("capabilities: {ecmp: {support: maybe, source: [nowhere]}}\nsources: {x: {}}\nplatforms: {default: x, list: {}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		bounded(t)
		var first, second diag.List
		p := vendor.Decode("test.yaml", data, &first)
		vendor.Decode("test.yaml", data, &second)
		if report(&first) != report(&second) {
			t.Fatalf("two runs differ:\n%s\n%s", report(&first), report(&second))
		}
		for _, d := range first.Sorted() {
			if d.Pos.File == "" {
				t.Errorf("no place: %s [%s]", d.Text, d.Code)
			}
		}
		if p != nil && !first.HasErrors() {
			for _, id := range p.PlatformIDs() {
				for _, feature := range vendor.Features {
					if c := p.Capability(id, feature.Name); c == nil {
						t.Errorf("no answer for %s", feature.Name)
					}
				}
			}
			for line := range vendor.Walk(p.Syntax, "interface x\n ip address 10.0.0.1\n!\nset a b\n") {
				p.Trace(line.Parent, line.Text)
			}
		}
	})
}
