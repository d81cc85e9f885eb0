package render_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/twinpath/twinpath/internal/render"
)

// Each test here is a line that IOS-XE prints elsewhere or otherwise than a
// naive generator does, or a line that cannot be typed where it stands.

// before asserts that of two lines of a block the first stands first.
func before(t *testing.T, lines []string, first, second string) {
	t.Helper()
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, first) })
	j := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, second) })
	if assert.GreaterOrEqual(t, i, 0, first) && assert.GreaterOrEqual(t, j, 0, second) {
		assert.Lessf(t, i, j, "%s before %s", first, second)
	}
}

func TestFlowMonitorRecordIsPrintedLast(t *testing.T) {
	c := renderConfig(t, shippedScenario(t, "shanghai"), iosxe, "", render.Running)
	assert.Equal(t, []string{"exporter TWINPATH", "cache timeout active 60", "record TWINPATH-V4"}, c.under["flow monitor TWINPATH-V4"])
}

// The cloud counts what leaves; a monitor in both directions counts twice.
func TestFlowIsObservedOnEgressOnly(t *testing.T) {
	everyIOS(t, func(t *testing.T, c config, _ render.Form) {
		t.Helper()
		for name, lines := range c.under {
			for _, l := range lines {
				if strings.HasPrefix(name, "interface ") && strings.Contains(l, "flow monitor") {
					assert.Regexp(t, ` output$`, l)
				}
			}
		}
	})
}

// As a collected field the interface is that of the first packet, and an old
// flow stays on the dead circuit. The default active timeout of 1800 s does the
// same.
func TestOutputInterfaceIsAKeyAndFlowsAreExportedSoon(t *testing.T) {
	c := renderConfig(t, shippedScenario(t, "dual-stack"), iosxe, "", render.Running)
	for _, family := range []string{"4", "6"} {
		assert.Contains(t, c.under["flow record TWINPATH-V"+family], "match interface output")
		assert.NotContains(t, c.under["flow record TWINPATH-V"+family], "collect interface output")
		assert.Contains(t, c.under["flow monitor TWINPATH-V"+family], "cache timeout active 60")
	}
}

func TestSamplerIsAnnouncedToTheCollector(t *testing.T) {
	c := renderConfig(t, shippedScenario(t, "shanghai"), iosxe, "", render.Running)
	assert.Contains(t, c.under["flow exporter TWINPATH"], "option sampler-table timeout 60")
	assert.Contains(t, c.under["flow exporter TWINPATH"], "source Loopback0", "without a source a Catalyst exports nothing")
	c = renderConfig(t, shippedScenario(t, "shanghai", "sampling: 1000", "sampling: 1"), iosxe, "cat9k", render.Running)
	assert.NotContains(t, c.text, "sampler", "1 in 1 has no sampler")
	_, list := renderText(t, shippedScenario(t, "shanghai", "sampling: 1000", "sampling: 2000"), iosxe, "cat9k", render.Running)
	assert.True(t, list.HasErrors(), "a Catalyst samples 1 in 1024 at most")
}

func TestDefaultsAreHiddenInRunningOnly(t *testing.T) {
	yaml := shippedScenario(t, "ipfix", "interval: 2s", "interval: 60s", "timeout: 1s", "timeout: 5s", "failures: 3", "failures: 2",
		":2055", ":9995", "active_timeout: 60s", "active_timeout: 1800s")
	hidden := []string{"threshold 5000", "timeout 5000", "frequency 60", "transport udp 9995", "cache timeout active 1800"}
	running := renderConfig(t, yaml, iosxe, "", render.Running)
	load := renderConfig(t, yaml, iosxe, "", render.Load)
	for _, l := range hidden {
		assert.NotContains(t, running.text, l)
		assert.Contains(t, load.text, l)
	}
	v9 := renderConfig(t, shippedScenario(t, "shanghai"), iosxe, "", render.Running)
	assert.NotContains(t, v9.text, "export-protocol", "netflow-v9 is the default")
	assert.Contains(t, running.under["flow exporter TWINPATH"], "export-protocol ipfix")
}

func TestNoShutdownStandsInLoadOnly(t *testing.T) {
	everyIOS(t, func(t *testing.T, c config, form render.Form) {
		t.Helper()
		for _, i := range c.starting("interface") {
			assert.Equal(t, form == render.Load, slices.Contains(c.under[i], "no shutdown"), i)
		}
	})
}

// A separator is no exit when it is typed, and the next line would run in the
// wrong mode.
func TestLoadLeavesEverySubMode(t *testing.T) {
	everyIOS(t, func(t *testing.T, c config, form render.Form) {
		t.Helper()
		if form != render.Load {
			return
		}
		assert.NotContains(t, c.text, "!")
		for name, lines := range c.under {
			assert.Equal(t, "exit", lines[len(lines)-1], name)
		}
	})
}

func TestInterfaceLinesAreInTheDevicesOrder(t *testing.T) {
	c := renderConfig(t, shippedScenario(t, "dual-stack"), iosxe, "asr", render.Running)
	lines := c.under["interface GigabitEthernet0/0/0"]
	for _, pair := range [][2]string{
		{"description", "ip flow monitor"},
		{"ip flow monitor", "ip address"},
		{"ip address", "speed"},
		{"speed", "no negotiation auto"},
		{"no negotiation auto", "ipv6 address"},
		{"ipv6 address", "ipv6 nd ra"},
	} {
		before(t, lines, pair[0], pair[1])
	}
	c = renderConfig(t, shippedScenario(t, "dual-stack-bfd"), iosxe, "asr", render.Running)
	before(t, c.under["interface GigabitEthernet0/0/1"], "ipv6 nd ra", "bfd interval")
}

// While the port negotiates, a speed is refused.
func TestNegotiationIsSwitchedOffBeforeTheSpeedIsTyped(t *testing.T) {
	c := renderConfig(t, shippedScenario(t, "shanghai"), iosxe, "asr", render.Load)
	before(t, c.under["interface GigabitEthernet0/0/0"], "no negotiation auto", "speed 1000")
}

// An address on a sub-interface without encapsulation is refused, and vrf
// forwarding removes an address that stands before it.
func TestAddressComesAfterEncapsulationAndVRF(t *testing.T) {
	for _, form := range []render.Form{render.Running, render.Load} {
		c := renderConfig(t, shippedScenario(t, "tagged"), iosxe, "", form)
		before(t, c.under["interface GigabitEthernet0/0/0.100"], "encapsulation dot1Q 100", "ip address")
		before(t, c.top, "interface GigabitEthernet0/0/0", "interface GigabitEthernet0/0/0.100")
		before(t, c.top, "interface GigabitEthernet0/0/0.100", "interface GigabitEthernet0/0/1")
		c = renderConfig(t, shippedScenario(t, "vrf"), iosxe, "", form)
		before(t, c.under["interface GigabitEthernet0/0/0"], "vrf forwarding CLOUD", "ip address")
		assert.Contains(t, c.under["ip sla 1"], "vrf CLOUD")
		for _, l := range c.starting("ip route") {
			assert.True(t, strings.HasPrefix(l, "ip route vrf CLOUD "), l)
		}
	}
}

// A sub-interface has the MTU of its port.
func TestMTUStandsOnThePort(t *testing.T) {
	c := renderConfig(t, shippedScenario(t, "tagged", "vlan: 100\n", "vlan: 100\n    mtu: 8500\n"), iosxe, "", render.Running)
	assert.Contains(t, c.under["interface GigabitEthernet0/0/0"], "mtu 8500")
	assert.NotContains(t, c.under["interface GigabitEthernet0/0/0.100"], "mtu 8500")
	assert.NotContains(t, c.under["interface GigabitEthernet0/0/1"], "mtu 8500")
}

// Without ports in the hash, one pair of translated addresses takes one
// circuit. A Catalyst hashes in hardware.
func TestHashIncludesPortsOnRouters(t *testing.T) {
	const hash = "ip cef load-sharing algorithm include-ports source destination"
	assert.Contains(t, renderConfig(t, shippedScenario(t, "shanghai"), iosxe, "asr", render.Running).top, hash)
	assert.NotContains(t, renderConfig(t, shippedScenario(t, "shanghai"), iosxe, "cat9k", render.Running).top, hash)
	assert.NotContains(t, renderConfig(t, shippedScenario(t, "standby"), iosxe, "asr", render.Running).top, hash, "one path needs no hash")
}

func TestCatalystPortIsRouted(t *testing.T) {
	for _, name := range []string{"shanghai", "tagged", "two-gateways"} {
		asr := renderConfig(t, shippedScenario(t, name), iosxe, "asr", render.Running)
		assert.NotContains(t, asr.text, "switchport")
		c := renderConfig(t, shippedScenario(t, name), iosxe, "cat9k", render.Running)
		assert.NotContains(t, c.text, "negotiation")
		for _, i := range c.starting("interface") {
			assert.Equal(t, !strings.Contains(i, "."), slices.Contains(c.under[i], "no switchport"), i)
		}
	}
}

func TestIPv6TrackComesBeforeName(t *testing.T) {
	c := renderConfig(t, shippedScenario(t, "dual-stack"), iosxe, "", render.Running)
	assert.Contains(t, c.top, "ipv6 route 2001:DB8:F000::/48 GigabitEthernet0/0/0 2001:DB8:0:1::1 track 251 name ec1")
	assert.Contains(t, c.top, "ip route 192.168.0.0 255.255.0.0 GigabitEthernet0/0/0 10.0.0.1 name ec1 track 1")
}

func TestIPv6PrintsUpperCase(t *testing.T) {
	lower := regexp.MustCompile(`[0-9a-f:]*:[0-9]*[a-f][0-9a-f:]*`)
	everyIOS(t, func(t *testing.T, c config, _ render.Form) {
		t.Helper()
		assert.NotRegexp(t, lower, strings.ReplaceAll(c.text, "TWINPATH", ""))
	})
}

// A probe of one family proves nothing about the other.
func TestEachFamilyHasItsOwnProbeAndMonitor(t *testing.T) {
	c := renderConfig(t, shippedScenario(t, "dual-stack"), iosxe, "", render.Running)
	assert.Contains(t, c.under["ip sla 251"], "icmp-echo 2001:DB8:0:1::1 source-ip 2001:DB8:0:1::2")
	lines := c.under["interface GigabitEthernet0/0/0"]
	assert.Contains(t, lines, "ip flow monitor TWINPATH-V4 sampler TWINPATH output")
	assert.Contains(t, lines, "ipv6 flow monitor TWINPATH-V6 sampler TWINPATH output")
	assert.Contains(t, lines, "ipv6 nd ra suppress all")
	assert.Contains(t, c.top, "ipv6 unicast-routing")
}
