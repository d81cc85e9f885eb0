package intent_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/vendors"
)

// everyDevice calls each for every gateway of every shipped scenario on every
// system and platform that does not refuse it.
func everyDevice(t *testing.T, each func(t *testing.T, s *scenario.Scenario, d *intent.Device)) {
	t.Helper()
	files, err := filepath.Glob("../../inventory/*/scenario.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no shipped scenario: %v", err)
	}
	reg, err := vendor.NewRegistry(vendors.FS)
	if err != nil {
		t.Fatal(err)
	}
	devices := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var list diag.List
		s := scenario.Decode(file, data, &list)
		if list.HasErrors() {
			t.Fatalf("%s has errors", file)
		}
		for _, id := range reg.IDs() {
			p, err := reg.Profile(id)
			if err != nil {
				t.Errorf("profile of %s: %v", id, err)
				continue
			}
			for _, platform := range p.PlatformIDs() {
				for _, name := range s.Gateways() {
					var problems diag.List
					g := intent.Example(s, name, p)
					g.Platform.Val = platform
					d := intent.Build(s, g, p, &problems)
					if problems.HasErrors() {
						continue
					}
					devices++
					each(t, s, d)
				}
			}
		}
	}
	if devices == 0 {
		t.Fatal("every system refuses every scenario")
	}
}

// sources returns the probe sources of a scenario by circuit.
func sources(s *scenario.Scenario) map[string]string {
	out := map[string]string{}
	for _, c := range s.Circuits {
		for _, l := range c.Links() {
			// The cloud's own end of the link is connected: it has no return route.
			if l.Health != nil && l.Health.Source.Set && !l.FromLink() {
				out[l.Health.Source.Val.String()] = c.Name.Val
			}
		}
	}
	return out
}

func TestReturnRoutesGoOverTheirOwnCircuit(t *testing.T) {
	everyDevice(t, func(t *testing.T, s *scenario.Scenario, d *intent.Device) {
		t.Helper()
		want := map[string]string{}
		for source, circuit := range sources(s) {
			for _, c := range d.Circuits {
				if c.Name == circuit {
					want[source] = circuit
				}
			}
		}
		seen := map[string]int{}
		for _, r := range d.Routes() {
			if !r.Prefix.IsSingleIP() {
				continue
			}
			a := r.Prefix.Addr().String()
			if want[a] == "" {
				continue
			}
			seen[a]++
			peer := r.Circuit.V4.Peer
			if r.Six {
				peer = r.Circuit.V6.Peer
			}
			if r.Circuit.Name != want[a] || r.NextHop != peer {
				t.Errorf("%s on %s: the return route to %s goes over circuit %s by %s, want %s", d.Scenario, d.OS, a, r.Circuit.Name, r.NextHop, want[a])
			}
		}
		for a := range want {
			if seen[a] != 1 {
				t.Errorf("%s on %s: %d return routes to %s, want exactly one", d.Scenario, d.OS, seen[a], a)
			}
		}
	})
}

func TestReturnRoutesAreNotTracked(t *testing.T) {
	everyDevice(t, func(t *testing.T, _ *scenario.Scenario, d *intent.Device) {
		t.Helper()
		for _, r := range d.Pins {
			if r.Probe != nil || r.Session != nil {
				t.Errorf("%s on %s: the pinned route to %s follows a probe, so the cloud's check could never recover", d.Scenario, d.OS, r.Prefix)
			}
		}
	})
}

func TestEveryCircuitCarriesEveryPrefix(t *testing.T) {
	everyDevice(t, func(t *testing.T, s *scenario.Scenario, d *intent.Device) {
		t.Helper()
		if len(d.Groups) != len(s.Cloud.Prefixes) {
			t.Errorf("%s on %s: %d prefixes have routes, the cloud has %d", d.Scenario, d.OS, len(d.Groups), len(s.Cloud.Prefixes))
		}
		for _, g := range d.Groups {
			over := map[string]bool{}
			for _, r := range g.Legs {
				over[r.Circuit.Name] = true
			}
			if len(over) != len(d.Circuits) {
				t.Errorf("%s on %s: %s has routes over %d of %d circuits", d.Scenario, d.OS, g.Prefix, len(over), len(d.Circuits))
			}
		}
	})
}

func TestRoutesShareTheLoad(t *testing.T) {
	everyDevice(t, func(t *testing.T, _ *scenario.Scenario, d *intent.Device) {
		t.Helper()
		for _, g := range d.Groups {
			distances := map[int]bool{}
			for _, r := range g.Legs {
				distances[r.Distance] = true
			}
			switch {
			case d.Mode == scenario.ActiveActive && len(distances) != 1:
				t.Errorf("%s on %s: the routes to %s have %d distances, so they share no load", d.Scenario, d.OS, g.Prefix, len(distances))
			case d.Mode == scenario.ActiveStandby && len(distances) != len(g.Legs):
				t.Errorf("%s on %s: two routes to %s have one distance, so the standby circuit carries load", d.Scenario, d.OS, g.Prefix)
			}
		}
		if want := d.Mode == scenario.ActiveActive && len(d.Circuits) > 1; d.ECMP != want {
			t.Errorf("%s on %s: ECMP is %t, want %t", d.Scenario, d.OS, d.ECMP, want)
		}
	})
}

// TestRoutesLookAtTheDestinationOnly holds that what is built is a list of
// destinations with next hops on circuits or gateway links, nothing by source.
func TestRoutesLookAtTheDestinationOnly(t *testing.T) {
	everyDevice(t, func(t *testing.T, _ *scenario.Scenario, d *intent.Device) {
		t.Helper()
		hops := map[string]bool{}
		for _, c := range d.Circuits {
			for _, f := range c.Families() {
				hops[f.Peer.String()] = true
			}
		}
		for _, l := range d.Links {
			hops[l.Peer.String()] = true
		}
		for _, r := range d.Routes() {
			if !r.Prefix.IsValid() || !hops[r.NextHop.String()] {
				t.Errorf("%s on %s: the route to %s by %s ends on no circuit and no gateway link", d.Scenario, d.OS, r.Prefix, r.NextHop)
			}
		}
	})
}

func TestMTUIsThatOfTheScenario(t *testing.T) {
	everyDevice(t, func(t *testing.T, s *scenario.Scenario, d *intent.Device) {
		t.Helper()
		for _, c := range s.CircuitsOf(d.Gateway) {
			for _, got := range d.Circuits {
				if got.Name != c.Name.Val {
					continue
				}
				want := c.MTU.Val
				if want == 1500 {
					want = 0
				}
				if got.MTU != want {
					t.Errorf("%s on %s: circuit %s has MTU %d, the scenario says %d", d.Scenario, d.OS, got.Name, got.MTU, c.MTU.Val)
				}
			}
		}
	})
}

func TestHalfFilledScenarioIsBuiltWithoutPanic(t *testing.T) {
	const text = `
version: 1
mode: active-active
cloud: {prefixes: [192.168.0.0/16, "2001:db8::/32"]}
circuits:
  - {}
  - {name: ec1, gateway: gw1}
  - {name: ec1, gateway: gw1, port: wan9, ipv6: {}, health_check: {}}
  - {gateway: gw1, port: wan1, ipv6: {health_check: {source: 100.96.0.1}}, health_check: {source: auto}}
gateway_links: [{}, {ends: [{}, {gateway: gw1}]}, {ends: [{gateway: gw1, port: wan1}, {}, {}]}]
tracking: METHOD
flow_export: {}
split: {}
`
	reg, err := vendor.NewRegistry(vendors.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"{}", "{method: icmp}", "{method: bfd}", "{method: none}", "{method: icmp, target: 10.0.0.1}"} {
		var list diag.List
		s := scenario.Decode("half.yaml", []byte(strings.Replace(text, "METHOD", method, 1)), &list)
		for _, id := range reg.IDs() {
			p, err := reg.Profile(id)
			if err != nil {
				continue
			}
			for _, name := range s.Gateways() {
				g := intent.Example(s, name, p)
				g.Ports = g.Ports[:min(1, len(g.Ports))]
				g.FlowSource = nil
				intent.Build(s, g, p, &list)
			}
		}
		for _, d := range list.Sorted() {
			if d.Pos.File == "" {
				t.Errorf("no place: %s [%s]", d.Text, d.Code)
			}
		}
	}
}
