package render_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/render"
	"github.com/twinpath/twinpath/internal/vendor"
)

// Each test here is a mistake that a naive generator makes on IOS-XE.

const iosxe = "cisco-iosxe"

var iosPlatforms = []string{"asr", "cat9k"}

// config is a rendered text as blocks: the lines at the top in order, and
// under each the lines that it holds.
type config struct {
	text  string
	top   []string
	under map[string][]string
}

func parseConfig(text string) config {
	c := config{text: text, under: map[string][]string{}}
	for l := range vendor.Walk("indent", text) {
		if l.Parent == "" {
			c.top = append(c.top, l.Text)
		} else {
			c.under[l.Parent] = append(c.under[l.Parent], l.Text)
		}
	}
	return c
}

// starting returns the top lines that begin with a word or words.
func (c config) starting(words string) []string {
	var out []string
	for _, l := range c.top {
		if strings.HasPrefix(l, words+" ") {
			out = append(out, l)
		}
	}
	return out
}

// shippedScenario returns the text of a scenario below inventory/, with pairs
// of old and new text replaced.
func shippedScenario(t *testing.T, name string, oldnew ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../inventory", name, "scenario.yaml"))
	require.NoError(t, err)
	for i := 0; i < len(oldnew); i += 2 {
		require.Containsf(t, string(data), oldnew[i], "scenario %s has changed", name)
	}
	return strings.NewReplacer(oldnew...).Replace(string(data))
}

// renderConfig renders a scenario that must not be refused.
func renderConfig(t *testing.T, yaml, osID, platform string, form render.Form) config {
	t.Helper()
	text, list := renderText(t, yaml, osID, platform, form)
	for _, d := range list.Sorted() {
		require.Falsef(t, list.HasErrors(), "%s: %s", d.Code, d.Text)
	}
	return parseConfig(text)
}

// everyIOS calls f with both forms of every scenario that both platforms
// render.
func everyIOS(t *testing.T, f func(t *testing.T, c config, form render.Form)) {
	t.Helper()
	files, err := filepath.Glob("../../inventory/*/scenario.yaml")
	require.NoError(t, err)
	n := 0
	for _, file := range files {
		for _, platform := range iosPlatforms {
			for _, form := range []render.Form{render.Running, render.Load} {
				text, list := renderFile(t, file, iosxe, platform, form)
				if list.HasErrors() {
					continue
				}
				n++
				t.Run(filepath.Base(filepath.Dir(file))+"/"+platform+"/"+string(form), func(t *testing.T) {
					f(t, parseConfig(text), form)
				})
			}
		}
	}
	assert.GreaterOrEqual(t, n, 40, "too few scenarios are rendered to prove anything")
}

// capture returns the groups of the one line that matches, or fails.
func capture(t *testing.T, lines []string, pattern string) []string {
	t.Helper()
	re := regexp.MustCompile("^" + pattern + "$")
	for _, l := range lines {
		if m := re.FindStringSubmatch(l); m != nil {
			return m[1:]
		}
	}
	require.Failf(t, "no such line", "%s in\n%s", pattern, strings.Join(lines, "\n"))
	return nil
}

func integer(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	require.NoError(t, err)
	return n
}

// A schedule of a probe with threshold > timeout or timeout > frequency is
// refused at the last line, and the track stays down for ever. The hidden
// default of the threshold is 5000.
func TestSLAThresholdNotAboveTimeoutNotAboveFrequency(t *testing.T) {
	everyIOS(t, func(t *testing.T, c config, _ render.Form) {
		t.Helper()
		for _, sla := range c.starting("ip sla") {
			if strings.HasPrefix(sla, "ip sla schedule ") {
				continue
			}
			ms := integer(t, capture(t, c.under[sla], `timeout (\d+)`)[0])
			assert.LessOrEqual(t, integer(t, capture(t, c.under[sla], `threshold (\d+)`)[0]), ms)
			assert.LessOrEqual(t, ms, 1000*integer(t, capture(t, c.under[sla], `frequency (\d+)`)[0]))
		}
	})
}

// Without the word the object is of type state, which goes down on a slow
// answer too.
func TestTrackIsReachability(t *testing.T) {
	everyIOS(t, func(t *testing.T, c config, _ render.Form) {
		t.Helper()
		for _, l := range c.starting("track") {
			m := capture(t, []string{l}, `track (\d+) ip sla (\d+) reachability`)
			assert.Equal(t, m[0], m[1])
			assert.LessOrEqual(t, integer(t, m[0]), 1000, "a static route takes track 1 to 1000")
			assert.Contains(t, c.top, "ip sla "+m[1])
		}
	})
}

func TestDelayPrintsDownBeforeUp(t *testing.T) {
	c := renderConfig(t, shippedScenario(t, "shanghai"), iosxe, "", render.Running)
	assert.Equal(t, []string{"delay down 4 up 10"}, c.under["track 1 ip sla 1 reachability"])
	c = renderConfig(t, shippedScenario(t, "shanghai", "failures: 3", "failures: 1"), iosxe, "", render.Running)
	assert.Equal(t, []string{"delay up 10"}, c.under["track 1 ip sla 1 reachability"], "a delay of 0 is not printed")
}

// Without life forever a probe that is scheduled anew stops after an hour.
func TestScheduleHasLifeForeverBeforeStartTime(t *testing.T) {
	everyIOS(t, func(t *testing.T, c config, _ render.Form) {
		t.Helper()
		for i, l := range c.top {
			if m := regexp.MustCompile(`^ip sla (\d+)$`).FindStringSubmatch(l); m != nil {
				assert.Equal(t, "ip sla schedule "+m[1]+" life forever start-time now", c.top[i+1])
			}
		}
	})
}

func TestNumberedObjectsPrintByNumber(t *testing.T) {
	c := renderConfig(t, shippedScenario(t, "dual-stack"), iosxe, "", render.Running)
	for _, pattern := range []string{`track (\d+) .*`, `ip sla (\d+)`} {
		var got []int
		for _, l := range c.top {
			if m := regexp.MustCompile("^" + pattern + "$").FindStringSubmatch(l); m != nil {
				got = append(got, integer(t, m[1]))
			}
		}
		assert.Len(t, got, 4)
		assert.True(t, slices.IsSorted(got), got)
	}
}

// The device binds a route to the session of the same interface and gateway; a
// route by gateway alone follows no session.
func TestStaticBFDRouteNamesTheInterface(t *testing.T) {
	for _, name := range []string{"lab", "standby-bfd", "dual-stack-bfd"} {
		c := renderConfig(t, shippedScenario(t, name), iosxe, "", render.Running)
		sessions := append(c.starting("ip route static bfd"), c.starting("ipv6 route static bfd")...)
		assert.GreaterOrEqual(t, len(sessions), 2)
		for _, l := range sessions {
			m := capture(t, []string{l}, `(ip|ipv6) route static bfd (\S+) (\S+)`)
			bound := slices.ContainsFunc(c.top, func(r string) bool {
				return strings.HasPrefix(r, m[0]+" route ") && strings.Contains(r, " "+m[1]+" "+m[2]+" ") && !strings.Contains(r, "-return")
			})
			assert.Truef(t, bound, "no route over %s by %s", m[1], m[2])
			capture(t, c.under["interface "+m[1]], `bfd interval 300 min_rx 300 multiplier 3`)
		}
		assert.NotContains(t, c.text, " track ", "BFD and a track on one route need both to be up")
	}
}

func TestEveryRouteNamesInterfaceAndGateway(t *testing.T) {
	everyIOS(t, func(t *testing.T, c config, _ render.Form) {
		t.Helper()
		for _, l := range c.starting("ip route") {
			if !strings.HasPrefix(l, "ip route static ") && !strings.HasSuffix(l, "-return") {
				assert.Regexp(t, `^ip route (vrf \S+ )?[\d.]+ [\d.]+ [A-Z]\S+ [\d.]+( \d+)? name \S+( track \d+)?$`, l)
			}
		}
	})
}

// Echo needs the far end to loop packets back, which nobody promises.
func TestNoBFDEchoTowardTheCloud(t *testing.T) {
	everyIOS(t, func(t *testing.T, c config, _ render.Form) {
		t.Helper()
		for name, lines := range c.under {
			for i, l := range lines {
				if strings.HasPrefix(l, "bfd interval ") {
					assert.Equal(t, "no bfd echo", lines[i+1], name)
				}
			}
		}
	})
	_, list := renderText(t, shippedScenario(t, "lab", "mode: async", "mode: echo"), iosxe, "", render.Running)
	assert.True(t, list.HasErrors(), "echo is refused")
}

// The cloud's probe must be answered while the track is down, or the circuit
// never comes back.
func TestReturnRouteIsUntracked(t *testing.T) {
	everyIOS(t, func(t *testing.T, c config, _ render.Form) {
		t.Helper()
		for _, l := range c.top {
			if strings.Contains(l, "-return") || strings.Contains(l, "-target") {
				assert.NotContains(t, l, "track")
				assert.Regexp(t, ` 255\.255\.255\.255 |/128 `, l)
			}
		}
	})
}

// All static routes of the same interface and gateway share the BFD session, so
// a return route that named both would go down with it.
func TestReturnRouteDoesNotShareTheBFDSession(t *testing.T) {
	c := renderConfig(t, shippedScenario(t, "lab"), iosxe, "", render.Running)
	assert.Contains(t, c.top, "ip route 100.96.0.11 255.255.255.255 10.0.0.1 name ec1-return")
	assert.Contains(t, c.top, "ip route 100.96.0.12 255.255.255.255 10.0.0.5 name ec2-return")
	c = renderConfig(t, shippedScenario(t, "shanghai"), iosxe, "", render.Running)
	assert.Contains(t, c.top, "ip route 100.96.0.11 255.255.255.255 GigabitEthernet0/0/0 10.0.0.1 name ec1-return")
}

// A probe of an address behind the cloud's router that has no route of its own
// over the circuit follows the other circuit after a failover and never fails,
// or never recovers.
func TestProbeTargetBehindTheRouterIsPinned(t *testing.T) {
	c := renderConfig(t, shippedScenario(t, "prefixes"), iosxe, "", render.Running)
	assert.Contains(t, c.under["ip sla 1"], "icmp-echo 192.168.1.11 source-ip 10.0.0.2")
	assert.Contains(t, c.top, "ip route 192.168.1.11 255.255.255.255 GigabitEthernet0/0/0 10.0.0.1 name ec1-target")
	assert.Contains(t, c.top, "ip route 192.168.1.12 255.255.255.255 GigabitEthernet0/0/1 10.0.0.5 name ec2-target")
}

// An untracked twin of a tracked route holds the route up.
func TestTrackedRouteHasNoUntrackedTwin(t *testing.T) {
	everyIOS(t, func(t *testing.T, c config, _ render.Form) {
		t.Helper()
		seen := map[string]bool{}
		for _, l := range slices.Concat(c.starting("ip route"), c.starting("ipv6 route")) {
			key, _, _ := strings.Cut(l, " name ")
			key, _, _ = strings.Cut(key, " track ")
			assert.Falsef(t, seen[key], "%s stands there twice", key)
			seen[key] = true
		}
	})
}

func TestAdministrativeDistanceOneIsNotPrinted(t *testing.T) {
	c := renderConfig(t, shippedScenario(t, "standby", "preference: 10", "preference: 1"), iosxe, "", render.Running)
	assert.Contains(t, c.top, "ip route 192.168.0.0 255.255.0.0 GigabitEthernet0/0/0 10.0.0.1 name ec1 track 1")
	assert.Contains(t, c.top, "ip route 192.168.0.0 255.255.0.0 GigabitEthernet0/0/1 10.0.0.5 20 name ec2 track 2")
}

// A source on a loopback lets the answer come back over the other circuit.
func TestSourceIsTheCircuitsOwnAddress(t *testing.T) {
	everyIOS(t, func(t *testing.T, c config, _ render.Form) {
		t.Helper()
		own := map[string]bool{}
		for _, i := range c.starting("interface") {
			for _, l := range c.under[i] {
				if m := regexp.MustCompile(`^ip address (\S+) .*|^ipv6 address (\S+)/\d+$`).FindStringSubmatch(l); m != nil {
					own[m[1]+m[2]] = true
				}
			}
		}
		for name, lines := range c.under {
			if strings.HasPrefix(name, "ip sla ") {
				assert.True(t, own[capture(t, lines, `icmp-echo \S+ source-ip (\S+)`)[0]], name)
			}
		}
	})
}

func TestNetworksAreAlignedToTheirMask(t *testing.T) {
	everyIOS(t, func(t *testing.T, c config, _ render.Form) {
		t.Helper()
		for _, l := range c.starting("ip route") {
			if m := regexp.MustCompile(` ([\d.]+) (255[\d.]+) `).FindStringSubmatch(l); m != nil {
				network, mask := netip.MustParseAddr(m[1]).As4(), netip.MustParseAddr(m[2]).As4()
				for i := range network {
					assert.Zerof(t, network[i]&^mask[i], "%s has host bits", l)
				}
			}
		}
	})
}
