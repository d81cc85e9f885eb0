package scenario_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/scenario"
)

// author writes scenarios as a hurried person does: most values right, some
// wrong, some left out.
type author struct {
	*rand.Rand
	b strings.Builder
	// care is how many values of a hundred are right.
	care int
}

// key writes a key with a right value, a wrong one, or leaves it out.
func (a *author) key(indent, name, right string, wrong ...string) {
	value := right
	if a.IntN(100) >= a.care {
		i := a.IntN(len(wrong) + 1)
		if i == len(wrong) {
			return
		}
		value = wrong[i]
	}
	fmt.Fprintf(&a.b, "%s%s: %s\n", indent, name, value)
}

func (a *author) maybe() bool { return a.IntN(2) == 0 }

func (a *author) pick(words ...string) string { return words[a.IntN(len(words))] }

func (a *author) circuit(n int, mode string, six bool) {
	const in = "    "
	fmt.Fprintf(&a.b, "  - name: ec%d\n", n)
	a.key(in, "gateway", a.pick("gw1", "gw1", "gw2"), "gw 1", "[]", "")
	a.key(in, "port", fmt.Sprintf("wan%d", n), "wan1", "{}", "7")
	if a.maybe() {
		a.key(in, "vlan", fmt.Sprint(100+n), "0", "4094", "101", "-1")
	}
	a.key(in, "cloud_address", fmt.Sprintf("10.0.0.%d/30", 4*n-3), "10.0.0.1/30", "10.0.0.0/31", "\"2001:db8::1/64\"", "172.16.0.1/30", "10.0.0.1", "0.0.0.0/0")
	a.key(in, "gateway_address", fmt.Sprintf("10.0.0.%d/30", 4*n-2), "10.0.0.2/30", "10.0.0.1/31", "\"::/0\"", "10.0.0.3/30", "x")
	if six {
		fmt.Fprintf(&a.b, "%sipv6:\n", in)
		a.key(in+"  ", "cloud_address", fmt.Sprintf("\"2001:db8:0:%d::1/64\"", n), "10.9.9.1/30", "\"fe80::1/64\"", "\"2001:db8:0:1::/64\"")
		a.key(in+"  ", "gateway_address", fmt.Sprintf("\"2001:db8:0:%d::2/64\"", n), "10.9.9.2/30", "\"ff02::1/128\"")
		if a.IntN(4) == 0 {
			a.key(in+"  ", "health_check", fmt.Sprintf("{source: \"2001:db8:f::%d\"}", n), "{source: auto}", "{source: 10.1.1.1}", "{}")
		}
	}
	if mode == scenario.ActiveStandby {
		a.key(in, "preference", fmt.Sprint(10*n), "10", "0", "255")
	}
	if a.IntN(4) == 0 {
		a.key(in, "mtu", a.pick("1500", "8500", "0"), "9000", "-5")
	}
	if a.IntN(4) == 0 {
		a.key(in, "vrf", "CLOUD", "OTHER", "\"a b\"")
	}
	if a.IntN(4) == 0 {
		a.key(in, "track_target", fmt.Sprintf("10.255.0.%d", n), "10.0.0.1", "172.16.0.1", "192.168.0.1", "\"2001:db8::1\"")
	}
	if a.IntN(6) == 0 {
		a.key(in, "id", fmt.Sprint(n), "1", "250", "0")
	}
	if a.IntN(5) > 0 {
		a.key(in, "health_check", fmt.Sprintf("{source: 100.96.0.%d, probes: 3}", n), "{source: auto}", "{source: 100.96.0.1}",
			"{source: 10.0.0.1}", "{source: 10.255.0.1, interval: 9s}", "{source: 8.8.8.8}", "{source: 172.16.9.9, target: 1.2.3.4}", "{}", "[]")
	}
}

func (a *author) scenario() string {
	mode := a.pick(scenario.ActiveActive, scenario.ActiveActive, scenario.ActiveStandby)
	six := a.IntN(3) == 0
	cloud, site := "[192.168.0.0/16]", "[172.16.0.0/12]"
	if six && a.maybe() {
		cloud, site = "[192.168.0.0/16, \"2001:db8:f000::/48\"]", "[172.16.0.0/12, \"2001:db8:a000::/40\"]"
	}
	a.key("", "version", "1", "2", "[]")
	a.key("", "name", "random", "Random!", "\"\"")
	a.key("", "mode", mode, "both", "{}")
	fmt.Fprintln(&a.b, "cloud:")
	a.key("  ", "provider", "alibaba", "other", "[]")
	a.key("  ", "region", "cn-shanghai", "1")
	a.key("  ", "prefixes", cloud, "[10.0.0.0/8]", "[0.0.0.0/0]", "[100.96.0.1/32, 100.96.0.1/32]", "[]", "x")
	fmt.Fprintln(&a.b, "site:")
	a.key("  ", "prefixes", site, "[10.0.0.0/8]", "[192.168.1.0/24]", "[100.64.0.0/10]", "[\"::/0\"]")
	fmt.Fprintln(&a.b, "circuits:")
	for n := range a.IntN(4) + 1 {
		a.circuit(n+1, mode, six)
	}
	if a.IntN(4) == 0 {
		a.key("", "gateway_links", "[{ends: [{gateway: gw1, port: x1, address: 172.16.254.1/30}, {gateway: gw2, port: x1, address: 172.16.254.2/30}]}]",
			"[{ends: [{}, {}]}]", "[{}]", "[{ends: [{gateway: gw1, port: wan1, address: \"2001:db8::1/127\"}, {gateway: gw1, port: wan1}]}]")
	}
	a.key("", "tracking", a.pick("{method: icmp}", "{method: icmp, interval: 1s, timeout: 500ms}", "{method: bfd}", "{method: none}", "{method: bfd, bfd: {mode: echo}}"),
		"{method: ping}", "{method: icmp, target: 10.0.0.5}", "{method: icmp, timeout: 9s}", "{method: none, max_detection: 1s, bfd: {}}", "{}", "[]", "{method: icmp, interval: 2, failures: 0}")
	if a.maybe() {
		a.key("", "flow_export", a.pick("{protocol: netflow-v9, collector: \"172.16.255.10:2055\"}", "{protocol: ipfix, collector: \"172.16.255.10:2055\", sampling: 1}", "{protocol: sflow, collector: \"172.16.255.10:6343\", exporter: external}"),
			"{protocol: ipfix, collector: \"[2001:db8::1]:2055\", sampling: 7}", "{}", "{collector: x}")
	}
	if a.IntN(4) == 0 {
		a.key("", "split", "{min_share: 0.1}", "{min_share: 0.9}", "{standby_max_share: 0.5, confidence: 2}", "[]")
	}
	return a.b.String()
}

// TestRandomScenarios decodes, builds and renders scenarios that are mostly
// right; the byte-wise fuzzing seldom comes that far.
func TestRandomScenarios(t *testing.T) {
	sys := allSystems(t)
	right := 0
	for seed := range uint64(600) {
		a := &author{Rand: rand.New(rand.NewPCG(seed, 1)), care: []int{100, 97, 85}[seed%3]}
		text := a.scenario()
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			defer func() {
				if t.Failed() {
					t.Logf("the scenario is\n%s", text)
				}
			}()
			checkScenario(t, sys, []byte(text))
			var list diag.List
			if scenario.Decode("test.yaml", []byte(text), &list); !list.HasErrors() {
				right++
			}
		})
	}
	if right < 50 {
		t.Errorf("only %d of the scenarios are right, so hardly anything was rendered", right)
	}
}
