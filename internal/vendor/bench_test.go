package vendor_test

import (
	"testing"

	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/vendors"
)

// BenchmarkProfile reads the profile of each operating system, which every run
// of the program does for the systems that it needs.
func BenchmarkProfile(b *testing.B) {
	reg, err := vendor.NewRegistry(vendors.FS)
	if err != nil {
		b.Fatal(err)
	}
	for _, id := range reg.IDs() {
		b.Run(id, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				reg, err := vendor.NewRegistry(vendors.FS) // A registry keeps what it has read.
				if err != nil {
					b.Fatal(err)
				}
				if _, err := reg.Profile(id); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
