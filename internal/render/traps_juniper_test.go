package render_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/render"
)

// Each test here is a mistake that a naive generator makes on Junos.

const (
	mx  = "juniper-junos"
	srx = "juniper-srx"
)

func scenarioFile(name string) string { return "../../inventory/" + name + "/scenario.yaml" }

// setLines renders the load form of a scenario that must render.
func setLines(t *testing.T, osID, name string) []string {
	t.Helper()
	text, list := renderFile(t, scenarioFile(name), osID, "", render.Load)
	require.Falsef(t, list.HasErrors(), "%s refuses %s", osID, name)
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// everyJunos calls f with the load form of every scenario that each of the
// systems renders.
func everyJunos(t *testing.T, systems []string, f func(t *testing.T, osID string, lines []string)) {
	t.Helper()
	files, err := filepath.Glob(scenarioFile("*"))
	require.NoError(t, err)
	for _, osID := range systems {
		rendered := 0
		for _, file := range files {
			text, list := renderFile(t, file, osID, "", render.Load)
			if list.HasErrors() {
				continue
			}
			rendered++
			t.Run(osID+"/"+filepath.Base(filepath.Dir(file)), func(t *testing.T) {
				f(t, osID, strings.Split(strings.TrimSuffix(text, "\n"), "\n"))
			})
		}
		assert.GreaterOrEqualf(t, rendered, 10, "%s renders too few scenarios to prove anything", osID)
	}
}

// matching returns the submatches of all lines that match.
func matching(lines []string, pattern string) [][]string {
	re := regexp.MustCompile("^" + pattern + "$")
	var out [][]string
	for _, l := range lines {
		if m := re.FindStringSubmatch(l); m != nil {
			out = append(out, m)
		}
	}
	return out
}

// refusalOf returns what is said about a scenario that a system must refuse.
func refusalOf(t *testing.T, yaml, osID string) string {
	t.Helper()
	text, list := renderText(t, yaml, osID, "", render.Load)
	require.True(t, list.HasErrors())
	require.Empty(t, text)
	var b strings.Builder
	for _, d := range list.Sorted() {
		b.WriteString(d.Text + " | " + d.Help + "\n")
	}
	return b.String()
}

func scenarioText(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(scenarioFile(name))
	require.NoError(t, err)
	return string(data)
}

func TestJunosHasForwardingTableExport(t *testing.T) {
	for _, osID := range []string{mx, srx} {
		for _, name := range []string{"shanghai", "lab", "untracked"} {
			lines := setLines(t, osID, name)
			assert.Contains(t, lines, "set routing-options forwarding-table export TWINPATH-ECMP")
			assert.Contains(t, lines, "set policy-options policy-statement TWINPATH-ECMP then load-balance per-packet")
		}
		assert.Empty(t, matching(setLines(t, osID, "standby-bfd"), ".*TWINPATH-ECMP.*"), "active-standby has nothing to share")
	}
}

func TestJunosEmitsPerPacketNotPerFlow(t *testing.T) {
	// per-flow is a syntax error before 21.4.
	everyJunos(t, []string{mx, srx}, func(t *testing.T, _ string, lines []string) {
		assert.Empty(t, matching(lines, ".*per-flow.*"))
	})
}

func TestJunosNeverMixesNextHopAndQualifiedNextHop(t *testing.T) {
	everyJunos(t, []string{mx, srx}, func(t *testing.T, _ string, lines []string) {
		for _, m := range matching(lines, `set (routing-.* static route \S+) next-hop \S+`) {
			assert.Empty(t, matching(lines, "set "+regexp.QuoteMeta(m[1])+" qualified-next-hop .*"), "%s has both", m[1])
		}
	})
	// The mix means primary and backup, which is what a gateway link is for.
	text, _ := renderText(t, strings.Replace(scenarioText(t, "two-gateways"), "method: icmp", "method: none", 1), mx, "", render.Running)
	assert.Contains(t, flatten(t, text), "set routing-options static route 192.168.0.0/16 next-hop 10.0.0.1")
	assert.Contains(t, flatten(t, text), "set routing-options static route 192.168.0.0/16 qualified-next-hop 172.16.254.2 preference 200")
}

func TestJunosActiveActiveHopsHaveOnePreference(t *testing.T) {
	for _, osID := range []string{mx, srx} {
		for _, name := range []string{"lab", "dual-stack-bfd"} {
			assert.Empty(t, matching(setLines(t, osID, name), ".* preference .*"), "a worse hop would idle")
		}
	}
}

func TestJunosRPMTrackingLeavesNoStaticTwin(t *testing.T) {
	everyJunos(t, []string{mx}, func(t *testing.T, _ string, lines []string) {
		for _, m := range matching(lines, `set routing-options rpm-tracking route (\S+) next-hop (\S+) .*`) {
			for _, twin := range matching(lines, `set routing-options .*static route `+regexp.QuoteMeta(m[1])+` (\S+) (\S+).*`) {
				assert.NotEqual(t, m[2], twin[2], "an untracked twin hides that every probe failed")
			}
		}
	})
	lines := setLines(t, mx, "two-gateways")
	assert.Contains(t, lines, "set routing-options static route 192.168.0.0/16 next-hop 172.16.254.2")
	assert.Contains(t, lines, "set routing-options static route 192.168.0.0/16 preference 200", "the way over the link yields to the tracked route")
}

func TestJunosTrackingIsThePlatformsOwn(t *testing.T) {
	everyJunos(t, []string{mx, srx}, func(t *testing.T, osID string, lines []string) {
		wrong := ".*rpm-tracking.*" // unknown to SRX
		if osID == mx {
			wrong = ".*ip-monitoring.*" // unknown to MX
		}
		assert.Empty(t, matching(lines, wrong))
	})
}

func TestSRXHasOneProbeOwnerPerCircuit(t *testing.T) {
	// Several tests of one owner fail only when all of them fail.
	lines := setLines(t, srx, "dual-stack")
	tests := map[string]string{}
	for _, m := range matching(lines, `set services rpm probe (\S+) test (\S+) .*`) {
		if other, ok := tests[m[1]]; ok {
			assert.Equal(t, other, m[2])
		}
		tests[m[1]] = m[2]
	}
	assert.Len(t, tests, 4, "two circuits, two families")
	for owner := range tests {
		assert.Contains(t, lines, "set services ip-monitoring policy "+owner+" match rpm-probe "+owner)
	}
}

func TestSRXInjectsTheOtherCircuit(t *testing.T) {
	lines := setLines(t, srx, "shanghai")
	assert.Contains(t, lines, "set services ip-monitoring policy TWINPATH-ec1 then preferred-route route 192.168.0.0/16 next-hop 10.0.0.5")
	assert.Contains(t, lines, "set services ip-monitoring policy TWINPATH-ec2 then preferred-route route 192.168.0.0/16 next-hop 10.0.0.1")
}

func TestMXHasNoDestinationInterface(t *testing.T) {
	// There it names a services interface, on SRX the way out.
	everyJunos(t, []string{mx}, func(t *testing.T, _ string, lines []string) {
		assert.Empty(t, matching(lines, ".*destination-interface.*"))
	})
	assert.Contains(t, setLines(t, srx, "tagged"), "set services rpm probe TWINPATH-ec1 test ec1 destination-interface ge-0/0/0.100")
}

func TestJunosRPMSuccessiveLossNotAboveProbeCount(t *testing.T) {
	for _, osID := range []string{mx, srx} {
		for _, failures := range []string{"1", "3", "15"} {
			yaml := strings.Replace(scenarioText(t, "shanghai"), "failures: 3", "failures: "+failures, 1)
			text, _ := renderText(t, yaml, osID, "", render.Load)
			lines := strings.Split(text, "\n")
			counts, losses := matching(lines, `set services rpm .* probe-count (\d+)`), matching(lines, `set services rpm .* successive-loss (\d+)`)
			require.Len(t, counts, 2)
			require.Len(t, losses, 2)
			for i := range counts {
				assert.Equal(t, failures, counts[i][1])
				assert.Equal(t, failures, losses[i][1], "a loss count above the test's probes never fails")
			}
		}
	}
}

func TestJunosEveryProbeHasItsCircuitsSource(t *testing.T) {
	for _, osID := range []string{mx, srx} {
		sources := matching(setLines(t, osID, "shanghai"), `set services rpm .* test (\S+) source-address (\S+)`)
		require.Len(t, sources, 2)
		assert.Equal(t, "10.0.0.2", sources[0][2])
		assert.Equal(t, "10.0.0.6", sources[1][2])
	}
}

func TestJunosStaticPrefixesHaveNoHostBits(t *testing.T) {
	// `set` takes them, commit refuses them.
	everyJunos(t, []string{mx, srx}, func(t *testing.T, _ string, lines []string) {
		for _, m := range matching(lines, `set .* route (\S+) .*`) {
			p, err := netip.ParsePrefix(m[1])
			require.NoError(t, err)
			assert.Equal(t, p.Masked(), p)
		}
	})
}

func TestJunosProbeReturnRouteIsPlain(t *testing.T) {
	everyJunos(t, []string{mx, srx}, func(t *testing.T, _ string, lines []string) {
		for _, m := range matching(lines, `set .* route (100\.96\.0\.\d+/32) (.*)`) {
			assert.Regexp(t, `^next-hop \S+$`, m[2])
			assert.Len(t, matching(lines, `set .* route `+regexp.QuoteMeta(m[1])+` .*`), 1, "one circuit, not tracked, not shared")
		}
	})
}

func TestJunosBFDIsSingleHop(t *testing.T) {
	everyJunos(t, []string{mx, srx}, func(t *testing.T, _ string, lines []string) {
		assert.Empty(t, matching(lines, `.*bfd-liveness-detection (neighbor|local-address|minimum-receive-ttl|description).*`))
	})
	assert.Contains(t, setLines(t, mx, "lab"), "set routing-options static route 192.168.0.0/16 qualified-next-hop 10.0.0.1 bfd-liveness-detection holddown-interval 10000")
}

func TestSRXBothCircuitsInOneZoneWithPing(t *testing.T) {
	everyJunos(t, []string{srx}, func(t *testing.T, _ string, lines []string) {
		zones := map[string]bool{}
		ping := matching(lines, `set security zones security-zone (\S+) interfaces \S+ host-inbound-traffic system-services ping`)
		for _, m := range ping {
			zones[m[1]] = true
		}
		assert.Len(t, zones, 1)
		assert.Len(t, ping, 2)
	})
}

func TestSRXHostInboundUsesSystemServicesPingAndProtocolsBFD(t *testing.T) {
	lines := setLines(t, srx, "dual-stack-bfd")
	const on = "set security zones security-zone cloud interfaces ge-0/0/1.0 host-inbound-traffic "
	for _, branch := range []string{"system-services ping", "protocols bfd", "protocols ndp"} {
		assert.Contains(t, lines, on+branch)
	}
	assert.Empty(t, matching(lines, ".*(protocols icmp|system-services bfd).*"))
	assert.NotContains(t, strings.Join(setLines(t, srx, "shanghai"), "\n"), "protocols", "nothing is opened that nothing needs")
}

func TestJunosSamplesOutputOnlyWithNexthopLearning(t *testing.T) {
	// Without learning a shared route is reported with its first path only;
	// with input and output a packet is counted twice.
	everyJunos(t, []string{mx, srx}, func(t *testing.T, _ string, lines []string) {
		assert.Empty(t, matching(lines, ".* sampling input"))
		templates := matching(lines, `set services flow-monitoring (\S+ template \S+) ipv[46]-template`)
		for _, m := range templates {
			assert.Contains(t, lines, "set services flow-monitoring "+m[1]+" nexthop-learning enable")
		}
		assert.Equal(t, len(templates) > 0, len(matching(lines, ".* sampling output")) > 0)
	})
}

func TestJunosSamplingIsWhole(t *testing.T) {
	// Each of these missing is a commit error or silence.
	for _, osID := range []string{mx, srx} {
		lines := setLines(t, osID, "dual-stack")
		for _, v := range []string{"4", "6"} {
			family := map[string]string{"4": "inet", "6": "inet6"}[v]
			out := "set forwarding-options sampling instance TWINPATH family " + family + " output "
			assert.Contains(t, lines, "set services flow-monitoring version9 template TWINPATH-V"+v+" ipv"+v+"-template")
			assert.Contains(t, lines, out+"flow-server 172.16.255.10 version9 template TWINPATH-V"+v)
			assert.Contains(t, lines, out+"inline-jflow source-address 172.16.255.1")
		}
		assert.Contains(t, lines, "set forwarding-options sampling instance TWINPATH input rate 1000")
		assert.Contains(t, lines, "set chassis fpc 0 sampling-instance TWINPATH")
		assert.Empty(t, matching(lines, `.*template TWINPATH-V4 ipv6-template|.*template TWINPATH-V6 ipv4-template`), "one family a template")
	}
}

func TestJunosNoFlowTableSize(t *testing.T) {
	// A change of it restarts the line card.
	everyJunos(t, []string{mx, srx}, func(t *testing.T, _ string, lines []string) {
		assert.Empty(t, matching(lines, ".*(flow-table-size|inline-services).*"))
	})
}

func TestJunosIPv6SourceUnderInet6Options(t *testing.T) {
	for _, osID := range []string{mx, srx} {
		lines := setLines(t, osID, "dual-stack")
		assert.Empty(t, matching(lines, `.* test \S+-v6 source-address .*`))
		assert.Len(t, matching(lines, `.* test \S+-v6 inet6-options source-address 2001:db8:\S+`), 2)
		assert.Len(t, matching(lines, `.* test \S+-v6 probe-type icmp6-ping`), 2)
		assert.Len(t, matching(lines, `.* test \S+-v6 target inet6-address 2001:db8:\S+`), 2)
		assert.Empty(t, matching(lines, `.* test ec\d inet6-options .*`))
	}
}

func TestJunosIPv6StaticsInRibInet60(t *testing.T) {
	everyJunos(t, []string{mx, srx}, func(t *testing.T, _ string, lines []string) {
		assert.Empty(t, matching(lines, `set routing-options static route \S*:\S* .*`))
		assert.Empty(t, matching(lines, `set routing-options rib .* (static route \d+\.|rpm-tracking).*`))
	})
	assert.NotEmpty(t, matching(setLines(t, mx, "dual-stack-bfd"), `set routing-options rib inet6.0 static route 2001:db8:f000::/48 .*`))
	assert.Len(t, matching(setLines(t, mx, "dual-stack"), `set routing-options rpm-tracking route 2001:db8:f000::/48 next-hop .*`), 2)
}

func TestSRXIPv6ProbeHasNoNextHop(t *testing.T) {
	lines := setLines(t, srx, "dual-stack")
	assert.Empty(t, matching(lines, `set services rpm .* test \S+-v6 next-hop .*`))
	assert.Len(t, matching(lines, `set services rpm .* test \S+-v6 destination-interface .*`), 2)
}

func TestSRXDoesNotSwitchInet6ModeSilently(t *testing.T) {
	// The change takes a reboot: it is said, not rendered.
	text, list := renderFile(t, scenarioFile("dual-stack"), srx, "", render.Running)
	assert.NotContains(t, text, "flow-based")
	said := slices.ContainsFunc(list.Sorted(), func(d *diagnostic) bool { return strings.Contains(d.Help, "mode flow-based") })
	assert.True(t, said)
}

func TestJunosRefusesWhatItsTrackingCannotDo(t *testing.T) {
	assert.Contains(t, refusalOf(t, scenarioText(t, "standby"), mx), "use method: bfd")
	assert.Contains(t, refusalOf(t, scenarioText(t, "three-circuits"), srx), "use method: bfd")
	assert.Contains(t, refusalOf(t, scenarioText(t, "two-gateways"), srx), "sessions")
	assert.Contains(t, refusalOf(t, scenarioText(t, "sflow"), srx), "use protocol: ipfix")
	assert.Contains(t, refusalOf(t, scenarioText(t, "vrf"), srx), "default instance")
	single := strings.Split(scenarioText(t, "two-gateways"), "gateway_links:")
	single[1] = single[1][strings.Index(single[1], "tracking:"):]
	assert.Contains(t, refusalOf(t, strings.Join(single, ""), srx), "use method: bfd")
}

func TestMXRoutingInstanceHoldsEverything(t *testing.T) {
	// Only the export to the forwarding table is the master's.
	lines := setLines(t, mx, "vrf")
	assert.Len(t, matching(lines, `set services rpm .* routing-instance CLOUD`), 2)
	assert.Len(t, matching(lines, `set routing-instances CLOUD routing-options rpm-tracking .*`), 2)
	assert.Len(t, matching(lines, `set routing-instances CLOUD routing-options static route 100\..*`), 2)
	assert.Len(t, matching(lines, `set routing-instances CLOUD interface ge-0/0/\d\.0`), 2)
	assert.Len(t, matching(lines, `set routing-options .*`), 1)
	assert.Contains(t, lines, "set routing-options forwarding-table export TWINPATH-ECMP")
}

func TestJunosPortMTUHoldsTheFrame(t *testing.T) {
	// Commit refuses a family whose MTU and header exceed the port's.
	assert.Contains(t, setLines(t, mx, "vrf"), "set interfaces ge-0/0/0 mtu 8514")
	yaml := strings.Replace(scenarioText(t, "shared-port"), "vlan: 102", "vlan: 102\n    mtu: 8500", 1)
	for _, osID := range []string{mx, srx} {
		text, _ := renderText(t, yaml, osID, "", render.Load)
		for _, line := range []string{"mtu 8518", "unit 102 family inet mtu 8500", "unit 101 family inet mtu 1500"} {
			assert.Contains(t, text, "set interfaces ge-0/0/0 "+line+"\n", "the other circuit stays at 1500")
		}
	}
}

func TestJunosUntaggedPortHasUnitZero(t *testing.T) {
	for _, osID := range []string{mx, srx} {
		assert.Empty(t, matching(setLines(t, osID, "shanghai"), `set interfaces \S+ (vlan-tagging|unit [1-9].*)`))
		lines := setLines(t, osID, "shared-port")
		assert.Len(t, matching(lines, `set interfaces \S+ vlan-tagging`), 1)
		assert.Len(t, matching(lines, `set interfaces \S+ unit (\d+) vlan-id (\d+)`), 2)
	}
}
