package render_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/render"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/templates"
	"github.com/twinpath/twinpath/vendors"
)

// Each test here is about the ports of any system: what their sizes, names and
// kinds do to the lines.

// gatewayFile is an inventory of one gateway, as a test varies it.
type gatewayFile struct {
	os, platform, port1, port2, flow string
}

// render renders a scenario on the inventory; the text is empty when it is
// refused.
func (f gatewayFile) render(t *testing.T, yaml string, form render.Form) (string, *diag.List) {
	t.Helper()
	list := &diag.List{}
	s := scenario.Decode("scenario.yaml", []byte(yaml), list)
	text := "version: 1\ngateways:\n  - name: gw1\n    os: " + f.os + "\n    platform: " + f.platform +
		"\n    os_version: \"99\"\n    ports: {wan1: " + f.port1 + ", wan2: " + f.port2 + "}\n    flow_source: {" + f.flow + "address: 172.16.255.1}\n"
	if f.os == srx {
		text += "    security_zone: {circuits: cloud}\n"
	}
	inv := inventory.Decode("inventory.yaml", []byte(text), list)
	require.Falsef(t, list.HasErrors(), "%v", texts(list, diag.Error))
	registry, err := vendor.NewRegistry(vendors.FS)
	require.NoError(t, err)
	p, err := registry.Profile(f.os)
	require.NoError(t, err)
	d := intent.Build(s, inv.Gateways[0], p, list)
	if list.HasErrors() {
		return "", list
	}
	out, err := render.New(templates.FS).Render(d, form)
	require.NoError(t, err)
	return out, list
}

// texts returns what a list says at one severity, with its help.
func texts(list *diag.List, severity diag.Severity) []string {
	var out []string
	for _, d := range list.Sorted() {
		if d.Severity == severity {
			out = append(out, string(d.Code)+": "+d.Text+": "+d.Help)
		}
	}
	return out
}

// about returns the texts of one code.
func about(list *diag.List, severity diag.Severity, code diag.Code) []string {
	var out []string
	for _, text := range texts(list, severity) {
		if strings.HasPrefix(text, string(code)+": ") {
			out = append(out, text)
		}
	}
	return out
}

// mixedMTU is two tagged circuits on one port, of which only ec1 is larger than
// the default.
func mixedMTU(t *testing.T) string {
	t.Helper()
	return shippedScenario(t, "dual-stack-bfd",
		"    port: wan1\n", "    port: wan1\n    vlan: 100\n    mtu: 8500\n",
		"    port: wan2\n", "    port: wan1\n    vlan: 200\n")
}

// A sub-interface of IOS-XE inherits the size of its port: what says nothing
// sends 8500 bytes into a circuit of 1500.
func TestSmallerCircuitOfASharedPortStatesItsMTU(t *testing.T) {
	for _, platform := range iosPlatforms {
		for _, form := range []render.Form{render.Running, render.Load} {
			c := renderConfig(t, mixedMTU(t), iosxe, platform, form)
			assert.Contains(t, c.under["interface GigabitEthernet0/0/0"], "mtu 8500")
			small := c.under["interface GigabitEthernet0/0/0.200"]
			before(t, small, "ip address", "ip mtu 1500")
			before(t, small, "ipv6 address", "ipv6 mtu 1500")
			before(t, small, "ipv6 mtu 1500", "ipv6 nd ra")
			assert.NotContains(t, strings.Join(c.under["interface GigabitEthernet0/0/0.100"], "\n"), "mtu")
		}
	}
	one := renderConfig(t, shippedScenario(t, "vrf"), iosxe, "", render.Running)
	assert.NotContains(t, one.text, "ip mtu", "equal circuits inherit the port's")
}

// The other systems have a size of its own for each circuit.
func TestMixedMTUOnEverySystem(t *testing.T) {
	yaml := mixedMTU(t)
	for _, platform := range []string{ce, ne} {
		text, list := renderText(t, yaml, vrp8, platform, render.Running)
		require.Falsef(t, list.HasErrors(), "%v", texts(list, diag.Error))
		for _, b := range vrpBlocks(text, "interface ") {
			assert.Equal(t, strings.HasSuffix(b[0], ".100"), strings.Contains(strings.Join(b, "\n"), "mtu 8500"), "%s", b[0])
		}
	}
	for _, system := range []string{mx, srx} {
		text, list := renderText(t, yaml, system, "", render.Load)
		require.Falsef(t, list.HasErrors(), "%v", texts(list, diag.Error))
		assert.Contains(t, text, "set interfaces ge-0/0/0 mtu 8518\n")
		for _, family := range []string{"inet", "inet6"} {
			assert.Contains(t, text, "set interfaces ge-0/0/0 unit 100 family "+family+" mtu 8500\n")
			assert.Contains(t, text, "set interfaces ge-0/0/0 unit 200 family "+family+" mtu 1500\n")
		}
	}
	text, list := renderText(t, shippedScenario(t, "tagged", "    vlan: 100\n", "    vlan: 100\n    mtu: 8500\n", "port: wan2", "port: wan1"), vrp5, "", render.Running)
	require.Falsef(t, list.HasErrors(), "%v", texts(list, diag.Error))
	assert.Len(t, vrpLines(text, "mtu "), 1)
	_, list = renderText(t, yaml, "frr", "", render.Running)
	assert.NotEmpty(t, about(list, diag.Error, diag.CodeUnsupported))
}

// The lines of a fixed speed are refused on a bundle; its members have them.
func TestABundleHasNoNegotiation(t *testing.T) {
	for _, f := range []gatewayFile{
		{os: iosxe, platform: "asr", port1: "Port-channel1", port2: "Port-channel2", flow: "interface: Loopback0, "},
		{os: vrp8, platform: ce, port1: "Eth-Trunk1", port2: "Eth-Trunk2"},
		{os: vrp8, platform: ne, port1: "{name: Eth-Trunk1, slot: 1}", port2: "{name: Eth-Trunk2, slot: 1}"},
		{os: vrp5, platform: "ar", port1: "Eth-Trunk1", port2: "Eth-Trunk2"},
		{os: mx, platform: "mx", port1: "{name: ae0, slot: 0}", port2: "{name: ae1, slot: 0}"},
		{os: srx, platform: "srx", port1: "{name: reth0, slot: 0}", port2: "{name: reth1, slot: 0}"},
	} {
		yaml := shippedScenario(t, "shanghai")
		text, list := f.render(t, yaml, render.Load)
		require.Falsef(t, list.HasErrors(), "%s: %v", f.os, texts(list, diag.Error))
		assert.NotContains(t, text, "negotiation")
		assert.Lenf(t, about(list, diag.Warning, diag.CodeBundleMembers), 1, "%s: one port says it", f.os)
		assert.Empty(t, about(list, diag.Info, diag.CodeNegotiationUnset))
		name := strings.TrimPrefix(strings.SplitN(f.port1, ",", 2)[0], "{name: ")
		f.port1 = "{name: " + name + ", slot: 1, negotiation: 1000 full}"
		_, list = f.render(t, yaml, render.Load)
		if said := about(list, diag.Error, diag.CodeBundleNegotiation); assert.Lenf(t, said, 1, "%s", f.os) {
			assert.Contains(t, said[0], name+" is a bundle")
			assert.Contains(t, said[0], "members of the bundle negotiate")
		}
	}
}

// The command exists in the views of some ports only, and above 1 Gbit/s the
// module fixes the speed.
func TestFastPortsHaveNoNegotiationLines(t *testing.T) {
	for _, c := range []struct {
		f     gatewayFile
		want  string
		infos int
	}{
		{gatewayFile{os: vrp8, platform: ne, port1: "{name: 100GE0/1/0, slot: 1, negotiation: 100000 full}"}, "", 0},
		{gatewayFile{os: vrp8, platform: ne, port1: "{name: 100GE0/1/0, slot: 1, negotiation: auto}"}, "", 1},
		{gatewayFile{os: vrp8, platform: ne, port1: "{name: GigabitEthernet0/1/1, slot: 1, negotiation: 10000 full}"}, "", 0},
		{gatewayFile{os: vrp8, platform: ne, port1: "{name: GigabitEthernet0/1/1, slot: 1, negotiation: 1000 full}"}, "undo negotiation auto", 0},
		{gatewayFile{os: vrp5, platform: "ar", port1: "{name: XGigabitEthernet0/0/5, negotiation: 10000 full}"}, "", 0},
		{gatewayFile{os: vrp5, platform: "ar", port1: "{name: XGigabitEthernet0/0/5, negotiation: 1000 full}"}, "", 1},
		{gatewayFile{os: vrp5, platform: "ar", port1: "{name: GigabitEthernet0/0/5, negotiation: 100 full}"}, "undo negotiation auto speed 100 duplex full", 0},
		{gatewayFile{os: vrp8, platform: ce, port1: "{name: 10GE1/0/1, negotiation: 1000 full}"}, "negotiation disable speed 1000", 0},
		{gatewayFile{os: vrp8, platform: ce, port1: "{name: 100GE1/0/1, negotiation: 100000 full}"}, "negotiation disable", 0},
		{gatewayFile{os: vrp8, platform: ce, port1: "{name: 100GE1/0/1, negotiation: 1000 full}"}, "", 1},
		{gatewayFile{os: vrp8, platform: ce, port1: "{name: 40GE1/0/1, negotiation: 40000 full}"}, "", 0},
		{gatewayFile{os: vrp8, platform: ce, port1: "{name: 40GE1/0/1, negotiation: auto}"}, "", 1},
	} {
		c.f.port2 = map[string]string{ne: "{name: 100GE0/1/9, slot: 1}", ce: "100GE1/0/9", "ar": "XGigabitEthernet0/0/9"}[c.f.platform]
		text, list := c.f.render(t, shippedScenario(t, "shanghai"), render.Load)
		require.Falsef(t, list.HasErrors(), "%s: %v", c.f.port1, texts(list, diag.Error))
		var lines []string
		for line := range strings.Lines(text) {
			if l := strings.TrimSpace(line); strings.Contains(l, "negotiation") || strings.HasPrefix(l, "speed") || strings.HasPrefix(l, "duplex") {
				lines = append(lines, l)
			}
		}
		assert.Equal(t, c.want, strings.Join(lines, " "), "%s %s", c.f.platform, c.f.port1)
		said := 0
		for _, info := range about(list, diag.Info, diag.CodeNegotiationUnset) {
			if strings.Contains(info, "is not rendered") {
				said++
			}
		}
		assert.Equal(t, c.infos, said, "%s %s", c.f.platform, c.f.port1)
	}
}

// An exporter whose source does not exist sends nothing, and a misspelt name
// is refused by the device in the middle of the change.
func TestFlowSourceMustBeAnInterface(t *testing.T) {
	ports := map[string][2]string{
		iosxe: {"GigabitEthernet0/0/0", "GigabitEthernet0/0/1"}, vrp8: {"10GE1/0/1", "10GE1/0/2"},
		vrp5: {"GigabitEthernet0/0/1", "GigabitEthernet0/0/2"}, mx: {"ge-0/0/0", "ge-0/0/1"}, srx: {"ge-0/0/0", "ge-0/0/1"},
	}
	platforms := map[string]string{iosxe: "asr", vrp8: ce, vrp5: "ar", mx: "mx", srx: "srx"}
	for system, names := range map[string]struct{ good, bad []string }{
		iosxe: {[]string{"Loopback0", "GigabitEthernet0/0/0.100", "Vlan10", "Port-channel1"}, []string{"Lo0", "lo0.0", "Gi0/0/0"}},
		vrp8:  {[]string{"LoopBack0", "Vlanif10", "10GE1/0/1.100", "Eth-Trunk1"}, []string{"Loop0", "Vlan10"}},
		vrp5:  {[]string{"LoopBack0", "Vlanif10", "GigabitEthernet0/0/0"}, []string{"Loopback0", "Gi0/0/0"}},
		mx:    {[]string{"lo0.0", "ge-0/0/1.0", "ae0.100"}, []string{"Loopback0", "loopback"}},
		srx:   {[]string{"lo0.0", "reth0.100"}, []string{"Loopback0"}},
	} {
		f := gatewayFile{os: system, platform: platforms[system], port1: ports[system][0], port2: ports[system][1]}
		for _, name := range names.good {
			f.flow = "interface: " + name + ", "
			_, list := f.render(t, shippedScenario(t, "shanghai"), render.Running)
			assert.Emptyf(t, texts(list, diag.Error), "%s %s", system, name)
		}
		for _, name := range names.bad {
			f.flow = "interface: " + name + ", "
			_, list := f.render(t, shippedScenario(t, "shanghai"), render.Running)
			said := about(list, diag.Error, diag.CodePortName)
			if assert.Lenf(t, said, 1, "%s %s", system, name) {
				assert.Contains(t, said[0], name)
			}
		}
	}
}

// The tag belongs to the circuit; the system builds the interface from it.
func TestSubInterfaceInThePlaceOfAPortIsExplained(t *testing.T) {
	for _, c := range []struct {
		f    gatewayFile
		help string
	}{
		{gatewayFile{os: vrp8, platform: ce, port1: "Vlanif100", port2: "10GE1/0/2"}, "write one such as 10GE1/0/1 here, and write vlan: 100 at the circuit"},
		{gatewayFile{os: iosxe, platform: "cat9k", port1: "Vlan100", port2: "GigabitEthernet1/0/2", flow: "interface: Loopback0, "}, "write vlan: 100 at the circuit"},
		{gatewayFile{os: mx, platform: "mx", port1: "ge-0/0/1.100", port2: "ge-0/0/2"}, "write ge-0/0/1 here, and write vlan: 100 at the circuit"},
		{gatewayFile{os: mx, platform: "mx", port1: "irb.100", port2: "ge-0/0/2"}, "write vlan: 100 at the circuit"},
		{gatewayFile{os: "frr", platform: "linux", port1: "eth0.100", port2: "eth1"}, "write eth0 here, and write vlan: 100 at the circuit"},
		{gatewayFile{os: iosxe, platform: "asr", port1: "Gi0/0/0", port2: "GigabitEthernet0/0/1", flow: "interface: Loopback0, "}, "write it in full"},
	} {
		_, list := c.f.render(t, shippedScenario(t, "shanghai"), render.Running)
		said := about(list, diag.Error, diag.CodePortName)
		if assert.Lenf(t, said, 1, "%s", c.f.port1) {
			assert.Contains(t, said[0], c.help)
		}
	}
}
