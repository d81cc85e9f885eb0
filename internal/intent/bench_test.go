package intent_test

import (
	"os"
	"testing"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/vendors"
)

// BenchmarkBuild decides what the gateway of the model case must have, on each
// operating system.
func BenchmarkBuild(b *testing.B) {
	const file = "../../inventory/shanghai/scenario.yaml"
	data, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	var list diag.List
	s := scenario.Decode(file, data, &list)
	if list.HasErrors() {
		b.Fatal(list.Sorted()[0].Text)
	}
	reg, err := vendor.NewRegistry(vendors.FS)
	if err != nil {
		b.Fatal(err)
	}
	profiles, err := reg.Profiles()
	if err != nil {
		b.Fatal(err)
	}
	for _, p := range profiles {
		b.Run(p.ID, func(b *testing.B) {
			g := intent.Example(s, "gw1", p)
			b.ReportAllocs()
			for b.Loop() {
				var list diag.List
				intent.Build(s, g, p, &list)
			}
		})
	}
}
