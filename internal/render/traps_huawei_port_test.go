package render_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/render"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/vendors"
)

// NE40E would run at 10 ms × 3 against a cloud at a second.
func TestNE40EBFDHasExplicitTimers(t *testing.T) {
	text := vrpRouter(t, vrpYAML(t, "lab", "interval: 300ms", "interval: 1000ms"), render.Running)
	assert.Len(t, vrpLines(text, "min-tx-interval 1000"), 2)
	assert.Len(t, vrpLines(text, "min-rx-interval 1000"), 2)
	switches, _ := renderText(t, vrpYAML(t, "lab", "interval: 300ms", "interval: 1000ms"), vrp8, ce, render.Running)
	assert.NotContains(t, switches, "min-tx-interval", "1000 ms is the switches' default")
}

func TestBFDRangeDiffersByPlatform(t *testing.T) {
	yaml := vrpYAML(t, "lab", "interval: 300ms", "interval: 2s")
	_, list := renderText(t, yaml, vrp8, ce, render.Running)
	assert.NotEmpty(t, vrpErrors(list, diag.CodeTimerRange))
	assert.Contains(t, vrpRouter(t, yaml, render.Running), "min-tx-interval 2000")
}

func TestCEUsesNetstreamExportIPHost(t *testing.T) {
	text := vrpText(t, "shanghai", vrp8, ce, render.Running)
	assert.Contains(t, text, "netstream export ip host 172.16.255.10 2055 dscp 0\n")
	assert.Empty(t, vrpLines(text, "ip netstream"))
	text = vrpText(t, "shanghai", vrp8, ne, render.Running)
	assert.Contains(t, text, "ip netstream export host 172.16.255.10 2055\n")
	assert.Empty(t, vrpLines(text, "netstream "))
}

// Inbound records do not carry the circuit on CE, and both directions would
// count a packet twice.
func TestCESampleIsOutboundOnly(t *testing.T) {
	for _, name := range []string{"shanghai", "tagged", "sflow"} {
		for _, platform := range []string{ce, ne} {
			text := vrpText(t, name, vrp8, platform, render.Running)
			assert.Contains(t, text, "outbound")
			assert.NotContains(t, text, "inbound")
		}
	}
	assert.NotContains(t, vrpText(t, "shanghai", vrp5, "", render.Running), "inbound")
}

func TestCESamplingIsAPowerOfTwo(t *testing.T) {
	text, list := renderFile(t, vrpFile("shanghai"), vrp8, ce, render.Running)
	assert.Len(t, vrpLines(text, "netstream sampler random-packets 1024 outbound"), 2)
	said := false
	for _, d := range list.Sorted() {
		said = said || d.Severity == diag.Warning && strings.Contains(d.Text, "1024")
	}
	assert.True(t, said, "the change is told")
	assert.Contains(t, vrpText(t, "shanghai", vrp8, ne, render.Running), "fix-packets 1000 outbound")
}

func TestNE40EHasUndoShutdownAndSampleToSlot(t *testing.T) {
	text := vrpText(t, "tagged", vrp8, ne, render.Running)
	for _, b := range vrpBlocks(text, "interface ") {
		assert.Contains(t, b, "undo shutdown", "%s", b[0])
	}
	assert.Contains(t, text, "slot 1\n ip netstream sampler to slot self\n#\n")
	assert.NotContains(t, text, "undo portswitch")
}

// Sampling is bound to a slot, and a port's name does not tell it.
func TestNE40EWithoutSlotIsRefused(t *testing.T) {
	list := &diag.List{}
	s := scenario.Decode("scenario.yaml", []byte(vrpYAML(t, "shanghai")), list)
	registry, err := vendor.NewRegistry(vendors.FS)
	require.NoError(t, err)
	p, err := registry.Profile(vrp8)
	require.NoError(t, err)
	g := intent.ExampleOn(s, s.Gateways()[0], p, ne)
	for _, port := range g.Ports {
		port.Slot.Set = false
	}
	intent.Build(s, g, p, list)
	assert.Len(t, vrpErrors(list, diag.CodeSlot), 2)
}

// A main interface does not see its sub-interfaces on NE40E.
func TestNE40ESamplesOnTheSubInterface(t *testing.T) {
	for _, b := range vrpBlocks(vrpText(t, "tagged", vrp8, ne, render.Running), "interface ") {
		sub := strings.Contains(b[0], ".")
		assert.Equal(t, sub, strings.Contains(strings.Join(b, "\n"), "netstream outbound"), "%s", b[0])
		assert.Equal(t, sub, strings.Contains(strings.Join(b, "\n"), "vlan-type dot1q"), "%s", b[0])
	}
}

// 16 bits do not hold the index that SNMP tells.
func TestInterfaceIndexHas32Bits(t *testing.T) {
	assert.Contains(t, vrpText(t, "shanghai", vrp8, ne, render.Running), "ip netstream export index-switch 32\n")
	assert.Contains(t, vrpText(t, "shanghai", vrp5, "", render.Running), "ip netstream export index-switch 32\n")
	text := vrpText(t, "dual-stack", vrp8, ne, render.Running)
	assert.Contains(t, text, "\nipv6 netstream export index-switch 32\n")
	assert.NotContains(t, vrpText(t, "shanghai", vrp8, ce, render.Running), "index-switch", "32 is the switches' default")
	assert.Contains(t, vrpText(t, "shanghai", vrp8, ce, render.Load), "netstream export ip index-switch 32\n")
}

func TestNE40EExportsTheSamplingRate(t *testing.T) {
	load := vrpText(t, "shanghai", vrp8, ne, render.Load)
	assert.Less(t, strings.Index(load, "export host"), strings.Index(load, "template option sampler"),
		"without host and source the option has no effect")
	assert.Contains(t, vrpText(t, "shanghai", vrp8, ne, render.Running), "ip netstream export template option sampler\n")
}

func TestActiveTimeoutIsInTheSystemsUnit(t *testing.T) {
	assert.Contains(t, vrpText(t, "shanghai", vrp8, ce, render.Running), "netstream timeout ip active 60\n")
	assert.Contains(t, vrpText(t, "shanghai", vrp8, ne, render.Running), "ip netstream timeout active 1\n")
	assert.Contains(t, vrpText(t, "shanghai", vrp5, "", render.Running), "ip netstream timeout active 1\n")
}

func TestNegotiationWordsDifferByPlatform(t *testing.T) {
	text := vrpText(t, "shanghai", vrp8, ce, render.Running)
	assert.Contains(t, text, " negotiation disable\n speed 1000\n")
	assert.NotContains(t, text, "undo negotiation")
	for _, text := range []string{vrpText(t, "shanghai", vrp8, ne, render.Running), vrpText(t, "shanghai", vrp5, "", render.Running)} {
		assert.Len(t, vrpLines(text, "undo negotiation auto"), 2)
		assert.NotContains(t, text, "negotiation disable")
		assert.NotContains(t, text, "duplex", "an optical port refuses it")
	}
}

func TestCEPortIsRouted(t *testing.T) {
	for _, name := range []string{"shanghai", "tagged", "two-gateways"} {
		for _, b := range vrpBlocks(vrpText(t, name, vrp8, ce, render.Running), "interface ") {
			assert.Equal(t, !strings.Contains(b[0], "."), b[1] == "undo portswitch", "%s", b[0])
		}
	}
}

// Older AR releases drop ARP broadcasts on a sub-interface.
func TestARSubInterfaceHasARPBroadcast(t *testing.T) {
	subs := vrpBlocks(vrpText(t, "tagged", vrp5, "", render.Running), "interface GigabitEthernet0/0/1.")
	require.Len(t, subs, 1)
	assert.Contains(t, subs[0], "arp broadcast enable")
	assert.Contains(t, subs[0], "dot1q termination vid 100")
}

func TestSwitchWithoutSubInterfacesRefusesTags(t *testing.T) {
	_, list := renderFile(t, vrpFile("tagged"), vrp5, "s", render.Running)
	assert.NotEmpty(t, vrpErrors(list, diag.CodeUnsupported))
}

// Binding a VPN instance deletes the addresses that are there.
func TestVPNInstanceComesBeforeTheAddress(t *testing.T) {
	for _, platform := range []string{ce, ne} {
		text := vrpText(t, "vrf", vrp8, platform, render.Load)
		assert.Less(t, strings.Index(text, "ip binding vpn-instance CLOUD"), strings.Index(text, "ip address"))
		assert.Len(t, vrpLines(text, "ip route-static vpn-instance CLOUD "), 4)
		for _, b := range vrpBlocks(text, "nqa test-instance") {
			assert.Contains(t, b, "vpn-instance CLOUD")
		}
	}
}

func TestIPv6IsEnabledBeforeItsAddress(t *testing.T) {
	for _, platform := range []string{ce, ne} {
		for _, form := range []render.Form{render.Running, render.Load} {
			for _, b := range vrpBlocks(vrpText(t, "dual-stack-bfd", vrp8, platform, form), "interface ") {
				joined := strings.Join(b, "\n")
				assert.Less(t, strings.Index(joined, "ipv6 enable"), strings.Index(joined, "ipv6 address"), "%s", b[0])
			}
		}
	}
}

func TestIPv6PrefixHasABlankAndTheAddressASlash(t *testing.T) {
	text := vrpText(t, "dual-stack-bfd", vrp8, ce, render.Running)
	assert.Contains(t, text, "ipv6 route-static 2001:DB8:F000:: 48 10GE1/0/1 2001:DB8:0:1::1 ")
	assert.Contains(t, text, " ipv6 address 2001:DB8:0:1::2/64\n")
}

// An IPv4 probe proves nothing about the other family, and one test has one
// destination.
func TestEachFamilyHasItsOwnProbe(t *testing.T) {
	text := vrpText(t, "dual-stack", vrp8, ne, render.Running)
	assert.Len(t, vrpLines(text, "nqa test-instance"), 4)
	assert.Len(t, vrpLines(text, "test-type icmp"), 4)
	assert.NotContains(t, text, "test-type icmp6")
	assert.Len(t, vrpLines(text, "destination-address ipv6 "), 2)
	assert.Contains(t, text, " track nqa twinpath ec1_v6 ")
}

func TestBothFamiliesHaveOneSamplingRate(t *testing.T) {
	text := vrpText(t, "dual-stack", vrp8, ne, render.Running)
	assert.Len(t, vrpLines(text, "ip netstream sampler fix-packets 1000 outbound"), 2)
	assert.Len(t, vrpLines(text, "ipv6 netstream sampler fix-packets 1000 outbound"), 2)
	text, _ = renderText(t, vrpYAML(t, "dual-stack"), vrp8, ce, render.Running)
	assert.Len(t, vrpLines(text, "netstream outbound ipv6"), 2)
	assert.Contains(t, text, "netstream export ipv6 host 172.16.255.10 2055 dscp 0\n")
	assert.NotContains(t, text, "export ipv6 version", "the switches have no such command")
}

func TestVRP5RefusesIPv6Tracking(t *testing.T) {
	for _, name := range []string{"dual-stack", "dual-stack-bfd"} {
		_, list := renderFile(t, vrpFile(name), vrp5, "", render.Running)
		assert.NotEmpty(t, vrpErrors(list, diag.CodeUnsupported))
	}
}

func TestCERefusesIPFIX(t *testing.T) {
	_, list := renderFile(t, vrpFile("ipfix"), vrp8, ce, render.Running)
	assert.NotEmpty(t, vrpErrors(list, diag.CodeUnsupported))
	assert.Contains(t, vrpText(t, "ipfix", vrp8, ne, render.Running), "ip netstream export version ipfix\n")
}

// On VRP8 mtu is about IPv4 only.
func TestVRP8HasOneMTUPerFamily(t *testing.T) {
	yaml := vrpYAML(t, "dual-stack-bfd", "    port: wan1\n", "    port: wan1\n    mtu: 8500\n", "    port: wan2\n", "    port: wan2\n    mtu: 8500\n")
	text, list := renderText(t, yaml, vrp8, ce, render.Running)
	require.Falsef(t, list.HasErrors(), "%v", list.Sorted())
	for _, text := range []string{text, vrpRouter(t, yaml, render.Load)} {
		assert.Len(t, vrpLines(text, "mtu 8500"), 2)
		assert.Len(t, vrpLines(text, "ipv6 mtu 8500"), 2)
	}
	assert.NotContains(t, vrpText(t, "vrf", vrp8, ce, render.Running), "ipv6 mtu")
}
