package scenario_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/scenario"
)

// fleet returns a scenario of n gateways with two circuits each.
func fleet(n int) []byte {
	var b strings.Builder
	b.WriteString(`version: 1
name: fleet
mode: active-active
cloud: {provider: alibaba, region: cn-shanghai, prefixes: [192.168.0.0/16]}
site: {prefixes: [172.16.0.0/12]}
tracking: {method: icmp}
circuits:
`)
	for c := range 2 * n {
		link := 4 * c
		fmt.Fprintf(&b, `  - name: gw%05d-ec%d
    gateway: gw%05d
    port: wan%d
    cloud_address: 10.%d.%d.%d/30
    gateway_address: 10.%d.%d.%d/30
    health_check: {source: 100.96.%d.%d, interval: 2s, probes: 8}
`, c/2, c%2+1, c/2, c%2+1, link>>16, link>>8&255, link&255+1, link>>16, link>>8&255, link&255+2, c>>8, c&255)
	}
	return []byte(b.String())
}

// BenchmarkDecode reads and checks a scenario of 1,000 gateways.
func BenchmarkDecode(b *testing.B) {
	data := fleet(1000)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		var list diag.List
		scenario.Decode("fleet.yaml", data, &list)
		if list.HasErrors() {
			b.Fatal(list.Sorted()[0].Text)
		}
	}
}
