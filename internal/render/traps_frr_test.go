package render_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/render"
)

// Each test here is a mistake that a naive generator makes on FRRouting, which
// takes most of them without a word: an unknown word in a route is read as the
// name of an interface.

const frr = "frr"

// everyFRR calls f with both forms of every scenario that renders and in which
// the cloud probes the circuits, as it does unless both ends run BFD.
func everyFRR(t *testing.T, f func(t *testing.T, c config, form render.Form)) {
	t.Helper()
	files, err := filepath.Glob("../../inventory/*/scenario.yaml")
	require.NoError(t, err)
	n := 0
	for _, file := range files {
		scenario, err := os.ReadFile(file)
		require.NoError(t, err)
		if !strings.Contains(string(scenario), "health_check:") {
			continue
		}
		for _, form := range []render.Form{render.Running, render.Load} {
			text, list := renderFile(t, file, frr, "", form)
			if list.HasErrors() {
				continue
			}
			n++
			t.Run(filepath.Base(filepath.Dir(file))+"/"+string(form), func(t *testing.T) { f(t, parseConfig(text), form) })
		}
	}
	assert.GreaterOrEqual(t, n, 8, "too few scenarios are rendered to prove anything")
}

func TestFRRGatewayBeforeInterface(t *testing.T) {
	everyFRR(t, func(t *testing.T, c config, _ render.Form) {
		t.Helper()
		for _, l := range c.starting("ip route") {
			assert.Regexp(t, `^ip route [\d.]+/\d+ [\d.]+ c\d( \d+)?( bfd profile twinpath)?$`, l)
		}
		for _, l := range c.starting("ipv6 route") {
			assert.Regexp(t, `^ipv6 route [\da-f:]+/\d+ [\da-f:]+ c\d( \d+)?( bfd profile twinpath)?$`, l)
		}
	})
}

// The running form does not show 3 and 300 ms; a text with them would differ
// from the gateway for ever. The load form says them.
func TestFRRDefaultsHidden(t *testing.T) {
	c := renderConfig(t, shippedScenario(t, "lab"), frr, "", render.Running)
	assert.Contains(t, c.text, "\nbfd\n profile twinpath\n exit\n !\nexit\n!\n")
	c = renderConfig(t, shippedScenario(t, "lab"), frr, "", render.Load)
	want := []string{"detect-multiplier 3", "transmit-interval 300", "receive-interval 300"}
	assert.Equal(t, want, c.under["profile twinpath"])
	c = renderConfig(t, shippedScenario(t, "standby-bfd", "preference: 10", "preference: 1"), frr, "", render.Running)
	assert.Contains(t, c.top, "ip route 192.168.0.0/16 10.0.0.1 c1 bfd profile twinpath", "a distance of 1 is not printed")
	assert.Contains(t, c.top, "ip route 192.168.0.0/16 10.0.0.5 c2 20 bfd profile twinpath")
}

func TestFRRPrintsOtherTimers(t *testing.T) {
	c := renderConfig(t, shippedScenario(t, "lab", "interval: 300ms", "interval: 500ms", "multiplier: 3", "multiplier: 4"), frr, "", render.Running)
	want := []string{"detect-multiplier 4", "transmit-interval 500", "receive-interval 500"}
	assert.Equal(t, want, c.under["profile twinpath"])
}

func TestFRRRefusesICMPAndNamesBFD(t *testing.T) {
	_, list := renderText(t, shippedScenario(t, "three-circuits"), frr, "", render.Running)
	require.True(t, list.HasErrors())
	found := false
	for _, d := range list.Sorted() {
		if strings.Contains(d.Text, "no static route of FRRouting follows an ICMP probe") {
			found = true
			assert.Contains(t, d.Help, "method: bfd")
		}
	}
	assert.True(t, found, "the refusal says why")
}

func TestFRRRefusesFlowExportAndNamesTheExternalExporter(t *testing.T) {
	yaml := shippedScenario(t, "lab", "exporter: external", "exporter: device")
	for _, protocol := range []string{"netflow-v9", "ipfix", "sflow"} {
		_, list := renderText(t, strings.Replace(yaml, "netflow-v9", protocol, 1), frr, "", render.Running)
		require.True(t, list.HasErrors(), protocol)
		var help []string
		for _, d := range list.Sorted() {
			help = append(help, d.Help)
		}
		assert.Contains(t, strings.Join(help, "\n"), "exporter: external", protocol)
	}
	c := renderConfig(t, shippedScenario(t, "lab"), frr, "", render.Running)
	assert.NotContains(t, c.text, "flow")
}

// Echo of IPv6 needs FRRouting at the far end, and no cloud promises to loop
// IPv4 echo back.
func TestFRRRefusesEcho(t *testing.T) {
	_, list := renderText(t, shippedScenario(t, "lab", "mode: async", "mode: echo"), frr, "", render.Running)
	assert.True(t, list.HasErrors())
}

// `track` is taken for an interface, `name` is refused, and `bfd source`
// without multi-hop is accepted but never printed.
func TestFRRRendersNoWordThatIsSwallowed(t *testing.T) {
	everyFRR(t, func(t *testing.T, c config, _ render.Form) {
		t.Helper()
		for _, word := range []string{" track ", " name ", " source ", " tag ", "mtu", "speed"} {
			assert.NotContains(t, c.text, word)
		}
	})
}

// A route may name a profile that does not exist: it then runs with defaults.
func TestFRRProfileComesBeforeItsRoutes(t *testing.T) {
	for _, name := range []string{"lab", "standby-bfd", "dual-stack-bfd"} {
		c := renderConfig(t, shippedScenario(t, name), frr, "", render.Load)
		before(t, c.top, "bfd", "interface")
		before(t, c.top, "interface", "ip route")
	}
}

// The cloud's probe must be answered while the session is down.
func TestFRRReturnRouteIsUntracked(t *testing.T) {
	everyFRR(t, func(t *testing.T, c config, _ render.Form) {
		t.Helper()
		assert.Contains(t, c.top, "ip route 100.96.0.11/32 10.0.0.1 c1")
		assert.Contains(t, c.top, "ip route 100.96.0.12/32 10.0.0.5 c2")
	})
}

// By length, then address; not by address alone.
func TestFRRSortsRoutesByLength(t *testing.T) {
	c := renderConfig(t, shippedScenario(t, "lab", "[192.168.0.0/16]", "[192.168.128.0/17, 10.64.0.0/12, 192.168.0.0/18, 10.128.0.0/12]"), frr, "", render.Running)
	var got []string
	for _, l := range c.starting("ip route") {
		if p := strings.Fields(l)[2]; len(got) == 0 || got[len(got)-1] != p {
			got = append(got, p)
		}
	}
	want := []string{"10.64.0.0/12", "10.128.0.0/12", "192.168.128.0/17", "192.168.0.0/18", "100.96.0.11/32", "100.96.0.12/32"}
	assert.Equal(t, want, got)
}

// Whatever the order in the scenario: by distance, then next hop as a number.
func TestFRRSortsLegsByDistanceThenNextHop(t *testing.T) {
	swapped := []string{"10.0.0.1/30", "10.0.0.13/30", "10.0.0.2/30", "10.0.0.14/30"}
	c := renderConfig(t, shippedScenario(t, "lab", swapped...), frr, "", render.Running)
	assert.Equal(t, "ip route 192.168.0.0/16 10.0.0.5 c2 bfd profile twinpath", c.top[0])
	assert.Equal(t, "ip route 192.168.0.0/16 10.0.0.13 c1 bfd profile twinpath", c.top[1])
	c = renderConfig(t, shippedScenario(t, "standby-bfd", swapped...), frr, "", render.Running)
	assert.Equal(t, "ip route 192.168.0.0/16 10.0.0.13 c1 10 bfd profile twinpath", c.top[0])
	assert.Equal(t, "ip route 192.168.0.0/16 10.0.0.5 c2 20 bfd profile twinpath", c.top[1])
}

// Linux deletes an IPv6 address that is not in FRRouting's configuration when
// the link goes down, and the circuit stays dead for IPv6.
func TestFRRIPv6AddressStandsInTheInterface(t *testing.T) {
	c := renderConfig(t, shippedScenario(t, "dual-stack-bfd"), frr, "", render.Running)
	want := []string{"description twinpath circuit ec1", "ip address 10.0.0.2/30", "ipv6 address 2001:db8:0:1::2/64"}
	assert.Equal(t, want, c.under["interface c1"])
	before(t, c.top, "ip route 100.96.0.12/32", "ipv6 route")
}

func TestFRRSubInterfacesFollowTheirVLAN(t *testing.T) {
	yaml := shippedScenario(t, "lab", "port: wan1\n", "port: wan1\n    vlan: 200\n", "port: wan2\n", "port: wan1\n    vlan: 20\n")
	c := renderConfig(t, yaml, frr, "", render.Running)
	before(t, c.top, "interface c1.20", "interface c1.200")
	assert.NotContains(t, c.top, "interface c1", "the port itself needs no line")
}

func TestFRRRoutesOfAVRFStandInItsBlock(t *testing.T) {
	yaml := shippedScenario(t, "lab", "port: wan1\n", "port: wan1\n    vrf: CLOUD\n", "port: wan2\n", "port: wan2\n    vrf: CLOUD\n")
	c := renderConfig(t, yaml, frr, "", render.Running)
	assert.Empty(t, c.starting("ip route"))
	assert.Contains(t, c.under["vrf CLOUD"], "ip route 192.168.0.0/16 10.0.0.1 c1 bfd profile twinpath")
	assert.Contains(t, c.text, "exit-vrf\n!\ninterface c1\n")
}

func TestFRRNoShutdownStandsInLoadOnly(t *testing.T) {
	everyFRR(t, func(t *testing.T, c config, form render.Form) {
		t.Helper()
		assert.Equal(t, form == render.Load, strings.Contains(c.text, " no shutdown\nexit\n"))
		assert.Equal(t, form == render.Running, strings.Contains(c.text, "!"))
	})
}
