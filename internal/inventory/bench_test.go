package inventory_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/inventory"
)

// BenchmarkDecode reads and checks an inventory of 1,000 gateways, each like
// the shipped one.
func BenchmarkDecode(b *testing.B) {
	shipped, err := os.ReadFile("../../inventory/shanghai/cisco-iosxe.yaml")
	if err != nil {
		b.Fatal(err)
	}
	head, device, ok := bytes.Cut(shipped, []byte("  - name: gw1\n"))
	if !ok {
		b.Fatal("the shipped inventory has no gateway gw1")
	}
	data := bytes.Clone(head)
	for i := range 1000 {
		data = fmt.Appendf(data, "  - name: gw%04d\n%s", i, device)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		var list diag.List
		inventory.Decode("fleet.yaml", data, &list)
		if list.HasErrors() {
			b.Fatal(list.Sorted()[0].Text)
		}
	}
}
