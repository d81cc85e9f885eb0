package render_test

import (
	"os"
	"testing"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/render"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/templates"
	"github.com/twinpath/twinpath/vendors"
)

// BenchmarkRender renders the model case as each operating system.
func BenchmarkRender(b *testing.B) {
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
	r := render.New(templates.FS)
	for _, p := range profiles {
		for _, form := range []render.Form{render.Running, render.Load} {
			b.Run(p.ID+"/"+string(form), func(b *testing.B) {
				var list diag.List
				d := intent.Build(s, intent.Example(s, "gw1", p), p, &list)
				if list.HasErrors() {
					b.Skip(list.Sorted()[0].Text)
				}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := r.Render(d, form); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
