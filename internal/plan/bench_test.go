package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/plan"
)

// pair makes two large configurations of a family that differ in about 80
// places: a probe's frequency, descriptions, next hops, and a line that is gone.
// scale 1 is about 5,000 lines.
func pair(family string, scale int) (before, after string) {
	var texts [2]strings.Builder
	for side := range texts {
		b, changed := &texts[side], side == 1
		if family == "sections" {
			sectionsPair(b, scale, changed)
		} else {
			indentPair(b, scale, changed)
		}
	}
	return texts[0].String(), texts[1].String()
}

func pick(changed bool, i, every, was, is int) int {
	if changed && i%every == 0 {
		return is
	}
	return was
}

func indentPair(b *strings.Builder, scale int, changed bool) {
	b.WriteString("Building configuration...\n\nCurrent configuration : 200000 bytes\n!\nhostname gw\n!\n")
	for i := range 40 * scale {
		fmt.Fprintf(b, "vrf definition V%d\n rd 65000:%d\n address-family ipv4\n exit-address-family\n!\n", i, i)
	}
	for i := range 100 * scale {
		fmt.Fprintf(b, "track %d ip sla %d reachability\n delay down 4 up 10\n!\n", i+1, i+1)
	}
	for i := range 300 * scale {
		fmt.Fprintf(b, "interface GigabitEthernet0/%d/%d\n description port %d of %d\n vrf forwarding V%d\n ip address 10.%d.%d.1 255.255.255.252\n ip mtu 1500\n", i/100, i%100, i, pick(changed, i, 20, 1, 2), i%40, i/250, i%250)
		if !changed || i%25 != 0 {
			b.WriteString(" no ip redirects\n")
		}
		b.WriteString(" bfd interval 300 min_rx 300 multiplier 3\n!\n")
	}
	b.WriteString("ip access-list extended BIG\n")
	for i := range 600 * scale {
		fmt.Fprintf(b, " %d permit tcp host 10.9.%d.%d any eq 443\n", (i+1)*10, i/250, i%250)
	}
	b.WriteString("!\nrouter bgp 65000\n")
	for i := range 100 * scale {
		fmt.Fprintf(b, " neighbor 10.8.%d.%d remote-as 65001\n neighbor 10.8.%d.%d description peer %d\n", i/250, i%250, i/250, i%250, pick(changed, i, 20, 1, 2))
	}
	b.WriteString("!\n")
	for i := range 900 * scale {
		fmt.Fprintf(b, "ip route vrf V%d 172.%d.%d.0 255.255.255.0 10.7.%d.%d track %d\n", i%40, 16+i/250, i%250, i%250, pick(changed, i, 20, 1, 9), i%100+1)
	}
	b.WriteString("!\n")
	for i := range 100 * scale {
		fmt.Fprintf(b, "ip sla %d\n icmp-echo 10.7.0.%d\n threshold 1000\n timeout 1000\n frequency %d\nip sla schedule %d life forever start-time now\n", i+1, i%250, pick(changed, i, 10, 5, 3), i+1)
	}
	b.WriteString("!\nend\n")
}

func sectionsPair(b *strings.Builder, scale int, changed bool) {
	b.WriteString("!Software Version V200R019C10SPC800\n#\nsysname gw\n#\n")
	for i := range 40 * scale {
		fmt.Fprintf(b, "ip vpn-instance V%d\n ipv4-family\n  route-distinguisher 65000:%d\n#\n", i, i)
	}
	for i := range 400 * scale {
		fmt.Fprintf(b, "interface Vlanif%d\n description port %d of %d\n ip binding vpn-instance V%d\n ip address 10.%d.%d.1 255.255.255.252\n", i+2, i, pick(changed, i, 20, 1, 2), i%40, i/250, i%250)
		if !changed || i%25 != 0 {
			b.WriteString(" arp-proxy enable\n")
		}
		b.WriteString("#\n")
	}
	for i := range 900 * scale {
		fmt.Fprintf(b, "ip route-static vpn-instance V%d 172.%d.%d.0 255.255.255.0 10.7.%d.%d track nqa admin t%d\n", i%40, 16+i/250, i%250, i%250, pick(changed, i, 20, 1, 9), i%150)
	}
	b.WriteString("#\n")
	for i := range 150 * scale {
		fmt.Fprintf(b, "nqa test-instance admin t%d\n test-type icmp\n destination-address ipv4 10.7.0.%d\n frequency %d\n timeout 1\n start now\n", i, i%250, pick(changed, i, 10, 50, 30))
	}
	b.WriteString("#\nreturn\n")
}

func BenchmarkDiff(b *testing.B) {
	for _, tc := range []struct{ family, os string }{{"indent", iosxe}, {"sections", "huawei-vrp8"}} {
		for _, scale := range []int{1, 10} {
			before, after := pair(tc.family, scale)
			b.Run(fmt.Sprintf("%s/%d-lines", tc.os, strings.Count(before, "\n")), func(b *testing.B) {
				p, err := profiles(b).Profile(tc.os)
				require.NoError(b, err)
				for b.Loop() {
					d, err := plan.Diff(p, before, after)
					require.NoError(b, err)
					require.NotEmpty(b, d.Commands)
				}
			})
		}
	}
}

// TestLargeConfigurationsTakeLinearTime: ten times the lines may take no more
// than a generous multiple of the time.
func TestLargeConfigurationsTakeLinearTime(t *testing.T) {
	for _, tc := range []struct{ family, os string }{{"indent", iosxe}, {"sections", "huawei-vrp8"}} {
		p, err := profiles(t).Profile(tc.os)
		require.NoError(t, err)
		took := map[int]time.Duration{}
		for _, scale := range []int{1, 10} {
			before, after := pair(tc.family, scale)
			start := time.Now()
			d, err := plan.Diff(p, before, after)
			require.NoError(t, err)
			took[scale] = time.Since(start)
			assert.NotEmpty(t, d.Commands)
		}
		assert.Less(t, took[10], 40*took[1]+time.Second, tc.os)
	}
}
