package render_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/render"
)

// Each test here is one way in which a generator of VRP configurations goes
// wrong without an error message: the text looks right, the device takes it,
// and the circuit is not watched, not measured or not there.

const (
	vrp5 = "huawei-vrp5"
	vrp8 = "huawei-vrp8"
	ce   = "ce"
	ne   = "ne40e"
)

func vrpFile(name string) string { return "../../inventory/" + name + "/scenario.yaml" }

// vrpYAML returns a shipped scenario with some of its words replaced.
func vrpYAML(t *testing.T, name string, replace ...string) string {
	t.Helper()
	data, err := os.ReadFile(vrpFile(name))
	require.NoError(t, err)
	text := string(data)
	for i := 0; i+1 < len(replace); i += 2 {
		require.Containsf(t, text, replace[i], "the shipped scenario %s", name)
		text = strings.ReplaceAll(text, replace[i], replace[i+1])
	}
	return text
}

// vrpRouter renders for NE40E what must not be refused.
func vrpRouter(t *testing.T, yaml string, form render.Form) string {
	t.Helper()
	text, list := renderText(t, yaml, vrp8, ne, form)
	for _, e := range list.Sorted() {
		require.NotEqualf(t, diag.Error, e.Severity, "%s", e.Text)
	}
	return text
}

// vrpText renders a shipped scenario that must not be refused.
func vrpText(t *testing.T, name, osID, platform string, form render.Form) string {
	t.Helper()
	text, list := renderFile(t, vrpFile(name), osID, platform, form)
	for _, e := range list.Sorted() {
		require.NotEqualf(t, diag.Error, e.Severity, "%s", e.Text)
	}
	return text
}

// vrpBlocks cuts a text into the lines under each line at the top whose beginning
// is given, that line first.
func vrpBlocks(text, top string) [][]string {
	var out [][]string
	in := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if !strings.HasPrefix(line, " ") {
			in = strings.HasPrefix(line, top)
			if in {
				out = append(out, nil)
			}
		}
		if in {
			out[len(out)-1] = append(out[len(out)-1], strings.TrimSpace(line))
		}
	}
	return out
}

// vrpLines returns the lines that begin with a text, at any depth.
func vrpLines(text, prefix string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, prefix) {
			out = append(out, line)
		}
	}
	return out
}

// vrpErrors returns the texts of the errors with a code.
func vrpErrors(list *diag.List, code diag.Code) []string {
	var out []string
	for _, d := range list.Sorted() {
		if d.Code == code && d.Severity == diag.Error {
			out = append(out, d.Text)
		}
	}
	return out
}

// Typed inside the session's view, commit would commit the whole candidate
// before it is complete, and without a trial.
func TestVRP8BFDViewHasNoCommitLine(t *testing.T) {
	for _, platform := range []string{ce, ne} {
		for _, form := range []render.Form{render.Running, render.Load} {
			text := vrpText(t, "lab", vrp8, platform, form)
			sessions := vrpBlocks(text, "bfd ec")
			require.Len(t, sessions, 2)
			for _, b := range sessions {
				assert.NotContains(t, b, "commit")
			}
		}
	}
}

// The candidate takes effect with the one commit at the end, in the system
// view; a device does not print it back.
func TestVRP8LoadEndsWithCommitInSystemView(t *testing.T) {
	for _, platform := range []string{ce, ne} {
		load := vrpText(t, "shanghai", vrp8, platform, render.Load)
		assert.True(t, strings.HasSuffix(load, "\ncommit\n"))
		assert.Len(t, vrpLines(load, "commit"), 1)
		assert.NotContains(t, vrpText(t, "shanghai", vrp8, platform, render.Running), "commit")
	}
}

// On VRP5 commit is a line of the session: the device adds it to a session with
// automatic discriminators by itself and prints it back.
func TestVRP5BFDSessionHasCommitLine(t *testing.T) {
	for _, b := range vrpBlocks(vrpText(t, "lab", vrp5, "", render.Running), "bfd ec") {
		assert.Equal(t, "commit", b[len(b)-1])
	}
	echo, _ := renderText(t, vrpYAML(t, "lab", "mode: async", "mode: echo"), vrp5, "", render.Load)
	sessions := vrpBlocks(echo, "bfd ec")
	require.Len(t, sessions, 2)
	for _, b := range sessions {
		assert.Equal(t, []string{"commit", "quit"}, b[len(b)-2:], "a session that is typed never comes up without it")
	}
}

func TestVRP5AutoSessionIsNotCommittedByHand(t *testing.T) {
	assert.NotContains(t, vrpText(t, "lab", vrp5, "", render.Load), "commit")
}

func TestVRP5HasNoCandidateToCommit(t *testing.T) {
	assert.NotContains(t, vrpText(t, "shanghai", vrp5, "", render.Load), "commit")
}

// The cloud's discriminators are not known, so they are negotiated.
func TestBFDDiscriminatorsAreNegotiated(t *testing.T) {
	for _, osID := range []string{vrp5, vrp8} {
		text := vrpText(t, "lab", osID, "", render.Running)
		assert.NotContains(t, text, "discriminator")
		for _, b := range vrpBlocks(text, "bfd ec") {
			assert.Regexp(t, ` interface \S+ source-ip \S+ auto$`, b[0], "without interface the session is multi-hop and never comes up")
		}
	}
}

func TestOneArmEchoHasOnlyALocalDiscriminator(t *testing.T) {
	for _, osID := range []string{vrp5, vrp8} {
		text, _ := renderText(t, vrpYAML(t, "lab", "mode: async", "mode: echo"), osID, "", render.Running)
		b := vrpBlocks(text, "bfd ec1 ")
		require.Len(t, b, 1)
		assert.True(t, strings.HasSuffix(b[0][0], " one-arm-echo"))
		assert.Contains(t, b[0], "discriminator local 1")
		assert.Contains(t, b[0], "min-echo-rx-interval 300")
		assert.NotContains(t, text, "discriminator remote")
		assert.NotContains(t, text, "min-tx-interval")
	}
}

func TestVRP5BFDNameOver15IsRefused(t *testing.T) {
	yaml := vrpYAML(t, "lab", "name: ec1", "name: sixteen-letters1")
	_, list := renderText(t, yaml, vrp5, "", render.Running)
	require.Len(t, vrpErrors(list, diag.CodeOSName), 1)
	_, list = renderText(t, yaml, vrp8, "", render.Running)
	assert.Empty(t, vrpErrors(list, diag.CodeOSName), "VRP8 takes 64")
}

// What a device hides would otherwise be a difference for ever.
func TestDefaultsAreNotPrinted(t *testing.T) {
	yaml := vrpYAML(t, "standby", "preference: 20", "preference: 60", "interval: 2s", "interval: 4s", "timeout: 1s", "timeout: 3s")
	for _, osID := range []string{vrp5, vrp8} {
		text, _ := renderText(t, yaml, osID, "", render.Running)
		require.NotEmpty(t, text)
		for _, hidden := range []string{"probe-count 3", "preference 60", "fail-percent", "interval seconds 4", "timeout 3", "undo shutdown"} {
			assert.NotContainsf(t, text, hidden, "%s", osID)
		}
		assert.Contains(t, text, "preference 10")
		load, _ := renderText(t, yaml, osID, "", render.Load)
		assert.Contains(t, load, "probe-count 3", "typed in any case")
	}
}

func TestProbeCountIsPrintedWhenItIsNotTheDefault(t *testing.T) {
	for _, osID := range []string{vrp5, vrp8} {
		text, _ := renderText(t, vrpYAML(t, "shanghai", "failures: 3", "failures: 4"), osID, "", render.Running)
		assert.Len(t, vrpLines(text, "probe-count 4"), 2)
	}
}

func TestMasksAreDotted(t *testing.T) {
	for _, osID := range []string{vrp5, vrp8} {
		text := vrpText(t, "shanghai", osID, "", render.Running)
		assert.Contains(t, text, "ip route-static 192.168.0.0 255.255.0.0 ")
		assert.NotRegexp(t, `ip (route-static|address) \S+/\d+`, text)
		assert.NotRegexp(t, `ip (route-static|address) [\d.]+ \d{1,2}\b[^.]`, text)
	}
}

// Everything behind description is its text, track included, and the device
// says nothing.
func TestTrackComesBeforeDescription(t *testing.T) {
	order := regexp.MustCompile(`^ip(v6)? route-static .*( preference \d+)?( track (nqa \S+ \S+|bfd-session \S+))? description \S+$`)
	for _, name := range []string{"shanghai", "standby", "lab", "dual-stack-bfd"} {
		text := vrpText(t, name, vrp8, "", render.Running)
		for _, line := range append(vrpLines(text, "ip route-static "), vrpLines(text, "ipv6 route-static ")...) {
			if strings.Contains(line, "admindown") {
				continue
			}
			assert.Regexp(t, order, line)
			before, after, _ := strings.Cut(line, " description ")
			assert.NotRegexp(t, `track|preference`, after, "%s", line)
			assert.NotRegexp(t, `track.*preference`, before, "%s", line)
		}
	}
}

// Without frequency the test runs once, without start now never: the route's
// state is then frozen.
func TestNQAHasFrequencyAndStartNow(t *testing.T) {
	for _, osID := range []string{vrp5, vrp8} {
		for _, form := range []render.Form{render.Running, render.Load} {
			tests := vrpBlocks(vrpText(t, "three-circuits", osID, "", form), "nqa test-instance ")
			require.Len(t, tests, 3)
			for _, b := range tests {
				joined := strings.Join(b, "\n") + "\n"
				assert.Regexp(t, `\nfrequency \d+\n`, joined)
				assert.Regexp(t, `\nstart now\n(quit\n)?$`, joined, "parameters cannot be changed once it runs")
			}
		}
	}
}

// A test must end before the next begins, or its result is "no result" and the
// tracking is inert: VRP8 counts the last probe's timeout, VRP5 its whole
// interval too.
func TestNQAFrequencyLeavesTimeForTheTest(t *testing.T) {
	assert.Contains(t, vrpText(t, "shanghai", vrp8, "", render.Running), " frequency 6\n", "2 s × 2 + 1 s < 6 s")
	assert.Contains(t, vrpText(t, "shanghai", vrp5, "", render.Running), " frequency 8\n", "2 s × 3 + 1 s < 8 s")
}

// VRP8 refuses an interval below the timeout, so the one that shrinks is typed
// first.
func TestNQAIntervalIsNeverBelowTimeoutWhileTyping(t *testing.T) {
	for _, osID := range []string{vrp5, vrp8} {
		short := vrpText(t, "shanghai", osID, "", render.Load)
		assert.Less(t, strings.Index(short, " timeout 1"), strings.Index(short, " interval seconds 2"))
		long, _ := renderText(t, vrpYAML(t, "shanghai", "\n  interval: 2s", "\n  interval: 6s", "timeout: 1s", "timeout: 5s"), osID, "", render.Load)
		require.NotEmpty(t, long)
		assert.Less(t, strings.Index(long, " interval seconds 6"), strings.Index(long, " timeout 5"))
	}
}

func TestNQAOrderDiffersBetweenVRP5AndVRP8(t *testing.T) {
	yaml := vrpYAML(t, "shanghai", "failures: 3", "failures: 4")
	order := func(osID string) string {
		text, _ := renderText(t, yaml, osID, "", render.Running)
		var words []string
		for _, line := range vrpBlocks(text, "nqa test-instance ")[0][1:] {
			words = append(words, strings.Fields(line)[0])
		}
		return strings.Join(words, " ")
	}
	assert.Equal(t, "test-type destination-address source-address frequency interval timeout probe-count start", order(vrp5))
	assert.Equal(t, "test-type destination-address source-address interval timeout probe-count frequency start", order(vrp8))
}

// A hyphen is refused in a test's name, on VRP8 by its manual.
func TestNQANamesHaveNoHyphenOnVRP8(t *testing.T) {
	text, _ := renderText(t, vrpYAML(t, "dual-stack", "name: ec1", "name: ec-1"), vrp8, "", render.Running)
	require.NotEmpty(t, text)
	assert.Contains(t, text, "nqa test-instance twinpath ec_1\n")
	assert.Contains(t, text, "nqa test-instance twinpath ec_1_v6\n")
	assert.Contains(t, text, " track nqa twinpath ec_1 ")
	for _, line := range vrpLines(text, "nqa test-instance") {
		assert.NotContains(t, line, "-1")
		assert.NotContains(t, line, "-v6")
	}
}

func TestNQANamesThatBecomeEqualAreRefused(t *testing.T) {
	yaml := vrpYAML(t, "shanghai", "name: ec1", "name: ec-1", "name: ec2", "name: ec_1\n    id: 2")
	_, list := renderText(t, yaml, vrp8, "", render.Running)
	assert.Len(t, vrpErrors(list, diag.CodeOSNameTaken), 1)
}

// The device prints all tests in one section; a separator between them would be
// a difference for ever.
func TestConsecutiveNQABlocksHaveNoSeparator(t *testing.T) {
	for _, osID := range []string{vrp5, vrp8} {
		text := vrpText(t, "three-circuits", osID, "", render.Running)
		at := strings.Index(text, "nqa test-instance")
		section, rest, _ := strings.Cut(text[at:], "#\n")
		assert.Equal(t, 3, strings.Count(section, "nqa test-instance"))
		assert.Equal(t, "return\n", rest)
	}
}

func TestRunningFormIsFramed(t *testing.T) {
	for _, osID := range []string{vrp5, vrp8} {
		text := vrpText(t, "lab", osID, "", render.Running)
		assert.True(t, strings.HasPrefix(text, "#\n"))
		assert.True(t, strings.HasSuffix(text, "\n#\nreturn\n"))
		assert.NotContains(t, text, "#\n#\n")
		assert.NotContains(t, text, "quit")
	}
}

// Both manuals: the session and the test must exist when a route names them.
func TestLoadFormHasObjectsBeforeRoutes(t *testing.T) {
	for _, platform := range []string{ce, ne} {
		text := vrpText(t, "shanghai", vrp8, platform, render.Load)
		assert.Less(t, strings.LastIndex(text, " start now"), strings.Index(text, "ip route-static"))
		text = vrpText(t, "lab", vrp8, platform, render.Load)
		assert.Less(t, strings.Index(text, "bfd\n"), strings.Index(text, "bfd ec1 bind"), "the global switch first")
		assert.Less(t, strings.LastIndex(text, "interface "), strings.Index(text, "ip route-static"))
		assert.Less(t, strings.LastIndex(text, "bfd ec2 bind"), strings.Index(text, "ip route-static"))
	}
}

// The probe's own return must not depend on what the probe decides.
func TestProbeReturnRouteIsUntracked(t *testing.T) {
	for _, osID := range []string{vrp5, vrp8} {
		text := vrpText(t, "prefixes", osID, "", render.Running)
		pins := 0
		for _, line := range vrpLines(text, "ip route-static ") {
			if strings.Contains(line, " 255.255.255.255 ") {
				pins++
				assert.NotContains(t, line, "track")
			} else {
				assert.Contains(t, line, " track nqa twinpath ")
			}
		}
		assert.Equal(t, 4, pins, "two sources of the cloud, two targets of the probes")
	}
}

// A next hop alone would be resolved over the other circuit when the port dies,
// and it is another route object than the one with the interface.
func TestStaticRoutesNameInterfaceAndNextHop(t *testing.T) {
	for _, osID := range []string{vrp5, vrp8} {
		text := vrpText(t, "two-gateways", osID, "", render.Running)
		routes := vrpLines(text, "ip route-static ")
		require.NotEmpty(t, routes)
		for _, line := range routes {
			assert.Regexp(t, `^ip route-static [\d.]+ [\d.]+ (10GE|GigabitEthernet)\d/0/\d [\d.]+( |$)`, line)
		}
		assert.Contains(t, text, " preference 200")
	}
}

// A session in AdminDown keeps its routes otherwise.
func TestVRP8AdminDownSessionWithdrawsTheRoute(t *testing.T) {
	text := vrpText(t, "dual-stack-bfd", vrp8, "", render.Running)
	for _, line := range []string{
		"ip route-static track bfd-session session-name ec1 admindown invalid\n",
		"ipv6 route-static track bfd-session session-name ec1-v6 admindown invalid\n",
	} {
		assert.Contains(t, text, line)
	}
}
