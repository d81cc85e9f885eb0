package plan_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/render"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/templates"
	"github.com/twinpath/twinpath/vendors"
)

// setting is a gateway of a shipped scenario, rendered.
type setting struct {
	device        *intent.Device
	profile       *vendor.Profile
	running, load string
}

// inventories are the names of the inventories beside the first scenario: one
// for every system, and for every further grammar of one.
func inventories(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../inventory/shanghai/*.yaml")
	require.NoError(t, err)
	var out []string
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".yaml"); name != "scenario" {
			out = append(out, name)
		}
	}
	require.Greater(t, len(out), len(profiles(t).IDs()))
	return out
}

// rendered renders the only gateway of a scenario; edit changes the scenario's
// text first. osID is the name of the inventory: a system, or a grammar of one.
func rendered(tb testing.TB, name, osID string, edit ...string) setting {
	tb.Helper()
	var list diag.List
	file := "../../inventory/" + name + "/scenario.yaml"
	data, err := os.ReadFile(file)
	require.NoError(tb, err)
	text := strings.NewReplacer(edit...).Replace(string(data))
	s := scenario.Decode(file, []byte(text), &list)
	file = "../../inventory/" + name + "/" + osID + ".yaml"
	data, err = os.ReadFile(file)
	require.NoError(tb, err)
	inv := inventory.Decode(file, data, &list)
	reg, err := vendor.NewRegistry(vendors.FS)
	require.NoError(tb, err)
	p, err := reg.Profile(inv.Gateways[0].OS.Val)
	require.NoError(tb, err)
	d := intent.Build(s, inv.Gateways[0], p, &list)
	require.False(tb, list.HasErrors(), "%v", list.Sorted())
	r := render.New(templates.FS)
	running, err := r.Render(d, render.Running)
	require.NoError(tb, err)
	load, err := r.Render(d, render.Load)
	require.NoError(tb, err)
	return setting{d, p, running, load}
}

func (s setting) plan(t *testing.T, running string) *plan.Gateway {
	t.Helper()
	g, err := s.compute(running)
	require.NoError(t, err)
	return g
}

func (s setting) compute(running string) (*plan.Gateway, error) {
	return plan.Compute(plan.Input{Device: s.device, Profile: s.profile, Running: running, Rendered: s.running, Load: s.load})
}

// around puts a configuration between what a device prints around it.
func around(config string) string {
	return "Building configuration...\n\nCurrent configuration:\n!\nhostname gw\n!\n" + config + "!\nend\n"
}

// aroundOn is around for any system.
func aroundOn(p *vendor.Profile, config string) string {
	switch p.Syntax {
	case "sections":
		return "!Software Version V200R019C10SPC800\n#\nsysname gw\n" + config
	case "braces":
		return "## Last commit: 2026-11-20 10:00:00 UTC by admin\nversion 22.4R1;\nsystem {\n    host-name gw;\n}\n" + config
	}
	return around(config)
}

var update = flag.Bool("update", false, "rewrite the golden files")

const frr, iosxe = "frr", "cisco-iosxe"

func TestIdenticalConfigurationNeedsNothing(t *testing.T) {
	for _, tc := range []struct{ scenario, os string }{{"lab", frr}, {"shanghai", iosxe}} {
		s := rendered(t, tc.scenario, tc.os)
		g := s.plan(t, around(s.running))
		assert.True(t, g.Empty(), tc.os)
		assert.True(t, g.Hitless)
		assert.Empty(t, g.Commands)
		assert.Empty(t, g.Remarks)
	}
}

func TestFreshGatewayGetsEverythingCircuitByCircuit(t *testing.T) {
	for _, tc := range []struct{ scenario, os string }{{"lab", frr}, {"shanghai", iosxe}} {
		s := rendered(t, tc.scenario, tc.os)
		g := s.plan(t, around(""))
		require.Len(t, g.Steps, 3, tc.os)
		assert.Equal(t, []string{"", "ec1", "ec2"}, []string{g.Steps[0].Circuit, g.Steps[1].Circuit, g.Steps[2].Circuit})
		assert.True(t, g.Hitless, g.HitlessReason)
		golden(t, "fresh-"+tc.os+".txt", g)
	}
}

// TestEveryScenario: whatever a system can render can be planned for on a
// fresh gateway, and on a configured one nothing is left to do.
func TestEveryScenario(t *testing.T) {
	files, err := filepath.Glob("../../inventory/*/scenario.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	reg, err := vendor.NewRegistry(vendors.FS)
	require.NoError(t, err)
	planned := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, id := range reg.IDs() {
			p, err := reg.Profile(id)
			require.NoError(t, err)
			if p.Manage == nil {
				continue
			}
			var list diag.List
			s := scenario.Decode(file, data, &list)
			for _, name := range s.Gateways() {
				d := intent.Build(s, intent.Example(s, name, p), p, &list)
				if list.HasErrors() {
					continue // The system refuses the scenario.
				}
				planned++
				everyScenario(t, file+" "+id, setting{device: d, profile: p})
			}
		}
	}
	assert.Greater(t, planned, 10)
}

func everyScenario(t *testing.T, title string, s setting) {
	t.Helper()
	r := render.New(templates.FS)
	var err error
	s.running, err = r.Render(s.device, render.Running)
	require.NoError(t, err)
	s.load, err = r.Render(s.device, render.Load)
	require.NoError(t, err)
	g, err := s.compute(aroundOn(s.profile, ""))
	require.NoError(t, err, title)
	assert.NotEmpty(t, g.Commands, title)
	assert.True(t, g.Hitless, title)
	g, err = s.compute(aroundOn(s.profile, s.running))
	require.NoError(t, err, title)
	assert.True(t, g.Empty(), title)
	assert.Empty(t, g.Remarks, title)
}

func TestFactoryInterfacesAreBroughtUp(t *testing.T) {
	s := rendered(t, "shanghai", iosxe)
	g := s.plan(t, "interface GigabitEthernet0/0/0\n no ip address\n shutdown\n negotiation auto\n!\nend\n")
	assert.Contains(t, g.Commands, " no shutdown")
	assert.Contains(t, g.Rollback, " shutdown")
	assert.Contains(t, g.Rollback, " negotiation auto")
}

func TestNewNextHopComesBeforeTheOldOneGoes(t *testing.T) {
	old := rendered(t, "lab", frr)
	s := rendered(t, "lab", frr, "10.0.0.1/30", "10.0.0.9/30", "10.0.0.2/30", "10.0.0.10/30")
	g := s.plan(t, around(old.running))
	add := slices.Index(g.Commands, "ip route 192.168.0.0/16 10.0.0.9 c1 bfd profile twinpath")
	del := slices.Index(g.Commands, "no ip route 192.168.0.0/16 10.0.0.1 c1 bfd profile twinpath")
	require.GreaterOrEqual(t, add, 0)
	assert.Greater(t, del, add)
	assert.True(t, g.Hitless, g.HitlessReason)
	require.Len(t, g.Steps, 1)
	var needs []string
	for _, c := range g.Steps[0].Needs {
		needs = append(needs, c.Title)
	}
	assert.Equal(t, []string{
		"192.168.0.0/16 via 10.0.0.5 is in the forwarding table", "the BFD session with 10.0.0.5 is up",
		"the route 192.168.0.0/16 via 10.0.0.5 follows its BFD session",
		"100.96.0.12/32 via 10.0.0.5 is in the forwarding table",
	}, needs, "the other circuit must carry the traffic meanwhile")
	var why []string
	for _, r := range g.Remarks {
		why = append(why, r.Text+": "+r.Why)
	}
	assert.Len(t, why, 1, "the old address carries no name: %v", why)
	assert.Contains(t, g.Commands, "no ip route 100.96.0.11/32 10.0.0.1 c1", "a second way of the probe's replies through our port")
}

func TestOnlyCircuitCannotBeReplacedWithoutALoss(t *testing.T) {
	s := rendered(t, "lab", frr, "10.0.0.5/30", "10.0.0.13/30", "10.0.0.6/30", "10.0.0.14/30", "10.0.0.1/30", "10.0.0.9/30", "10.0.0.2/30", "10.0.0.10/30")
	g := s.plan(t, around("ip route 192.168.0.0/16 10.0.0.1 c1 bfd profile twinpath\n!\nbfd\n profile twinpath\n exit\n!\nexit\n"))
	assert.False(t, g.Hitless)
	assert.Contains(t, g.HitlessReason, "no ip route 192.168.0.0/16 10.0.0.1 c1 bfd profile twinpath")
	assert.Equal(t, []string{"192.168.0.0/16"}, g.Outage)
}

func TestSharedTimersAreNoHitlessChange(t *testing.T) {
	s := rendered(t, "lab", frr, "multiplier: 3", "multiplier: 5")
	old := rendered(t, "lab", frr)
	g := s.plan(t, around(old.running))
	assert.Equal(t, []string{"bfd", " profile twinpath", "  detect-multiplier 5", "  exit", " exit"}, g.Commands)
	assert.Equal(t, []string{"bfd", " profile twinpath", "  no detect-multiplier", "  exit", " exit"}, g.Rollback)
	assert.False(t, g.Hitless)
	assert.Contains(t, g.HitlessReason, "detect-multiplier 5")

	back := old.plan(t, around(s.running))
	assert.Equal(t, g.Rollback, back.Commands, "a default is reached by removing what was set")
}

func TestUntrackedRouteIsReplacedInPlace(t *testing.T) {
	s := rendered(t, "lab", frr)
	g := s.plan(t, around(strings.Replace(s.running, "10.0.0.1 c1 bfd profile twinpath", "10.0.0.1 c1", 1)))
	assert.Equal(t, []string{"ip route 192.168.0.0/16 10.0.0.1 c1 bfd profile twinpath"}, g.Commands)
	assert.Equal(t, []string{"ip route 192.168.0.0/16 10.0.0.1 c1"}, g.Rollback)
	assert.True(t, g.Hitless, g.HitlessReason)
}

func TestForeignStatementsStayAndAreReported(t *testing.T) {
	s := rendered(t, "lab", frr)
	foreign := "ip route 192.168.0.0/16 10.0.0.1\nip route 192.168.0.0/16 Null0\nip route 10.0.0.0/8 10.9.9.9\n"
	g := s.plan(t, around(foreign+s.running))
	assert.True(t, g.Empty())
	require.Len(t, g.Remarks, 2)
	assert.Contains(t, g.Remarks[0].Why, "untracked twin")
	assert.Equal(t, 7, g.Remarks[0].Line)
	assert.Contains(t, g.Remarks[1].Why, "another route")
}

func TestOrphansAreReported(t *testing.T) {
	s := rendered(t, "lab", frr)
	g := s.plan(t, around("ip route 100.96.0.99/32 10.0.0.1 c1\n"+s.running))
	assert.True(t, g.Empty())
	require.Len(t, g.Remarks, 1)
	assert.Contains(t, g.Remarks[0].Why, "does not render")
}

func TestWhatCarriesOurNameAndIsNotRenderedGoes(t *testing.T) {
	s := rendered(t, "lab", frr)
	old := "ip route 10.64.0.0/16 10.0.0.1 c1 bfd profile twinpath\nbfd\n profile twinpath-old\n  detect-multiplier 9\n exit\n !\nexit\n"
	g := s.plan(t, around(s.running+old))
	assert.Equal(t, []string{"no ip route 10.64.0.0/16 10.0.0.1 c1 bfd profile twinpath", "bfd", " no profile twinpath-old", " exit"}, g.Commands)
	assert.Equal(t, []string{"bfd", " profile twinpath-old", "  detect-multiplier 9", "  exit", " exit", "ip route 10.64.0.0/16 10.0.0.1 c1 bfd profile twinpath"}, g.Rollback)
}

// TestRunningProbeIsMadeAgain: a scheduled operation cannot be edited; it is
// deleted, made again and scheduled again, in its own circuit's step.
func TestRunningProbeIsMadeAgain(t *testing.T) {
	ios := rendered(t, "shanghai", iosxe)
	g := ios.plan(t, around(strings.Replace(ios.running, "frequency 2", "frequency 3", 1)))
	assert.Equal(t, []string{
		"no ip sla 1", "ip sla 1", " icmp-echo 10.0.0.1 source-ip 10.0.0.2", " threshold 1000", " timeout 1000", " frequency 2", " exit",
		"ip sla schedule 1 life forever start-time now",
	}, g.Commands)
	assert.True(t, g.Hitless, g.HitlessReason)
	require.Len(t, g.Steps, 1)
	assert.Equal(t, "ec1", g.Steps[0].Circuit)
}

// TestAppliedRecordIsUnboundFirst: a flow record in use cannot be edited; what
// uses it lets go of it, and takes it again.
func TestAppliedRecordIsUnboundFirst(t *testing.T) {
	ios := rendered(t, "shanghai", iosxe)
	g := ios.plan(t, around(strings.Replace(ios.running, " match ipv4 protocol\n", "", 1)))
	at := func(line string) int {
		i := slices.Index(g.Commands, line)
		require.GreaterOrEqual(t, i, 0, line)
		return i
	}
	unbind, gone := at(" no ip flow monitor TWINPATH-V4 sampler TWINPATH output"), at("no flow record TWINPATH-V4")
	assert.Less(t, unbind, at("no flow monitor TWINPATH-V4"))
	assert.Less(t, at("no flow monitor TWINPATH-V4"), gone)
	assert.Less(t, gone, at("flow record TWINPATH-V4"))
	assert.Less(t, at("flow monitor TWINPATH-V4"), at(" ip flow monitor TWINPATH-V4 sampler TWINPATH output"))
	assert.True(t, g.Hitless, g.HitlessReason)
}

func TestNoiseIsNotDrift(t *testing.T) {
	s := rendered(t, "lab", frr)
	a := s.plan(t, around(s.running))
	paths, err := plan.Paths(s.profile, strings.ReplaceAll(around(s.running), "Building configuration...", "!"))
	require.NoError(t, err)
	assert.Empty(t, a.Drift(s.profile.Manage, paths))

	for _, change := range []string{"10.0.0.2/30", "hostname gw", "c2 bfd"} {
		edited := strings.Replace(around(s.running), change, change+"x", 1)
		paths, err = plan.Paths(s.profile, edited)
		require.NoError(t, err)
		assert.NotEmpty(t, a.Drift(s.profile.Manage, paths), change)
	}
}

func TestSealIsOfEverything(t *testing.T) {
	s := rendered(t, "lab", frr)
	p := func() *plan.Plan {
		return &plan.Plan{Scenario: "lab", ScenarioSHA256: "x", Tool: "dev", Gateways: []*plan.Gateway{s.plan(t, around(""))}}
	}
	a, b := p(), p()
	require.NoError(t, a.SealIt())
	require.NoError(t, b.SealIt())
	assert.Equal(t, a.Seal, b.Seal)
	assert.True(t, a.Intact())

	var buf bytes.Buffer
	require.NoError(t, plan.PrintJSON(&buf, a))
	read, err := plan.Decode(buf.Bytes())
	require.NoError(t, err)
	assert.True(t, read.Intact())
	read.Gateways[0].Steps[1].Rollback[0] += " "
	assert.False(t, read.Intact())
	_, err = plan.Decode([]byte(`{"scenario": "x", "surprise": 1}`))
	assert.Error(t, err)
}

// golden compares commands and rollback with a file, which -update rewrites.
func golden(t *testing.T, name string, g *plan.Gateway) {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, plan.PrintText(&b, &plan.Plan{Gateways: []*plan.Gateway{g}}, nil))
	file := "testdata/" + name
	if *update {
		require.NoError(t, os.WriteFile(file, b.Bytes(), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), b.String())
}

// TestSecretDrift: a statement that may hold a secret leaves no mark in a plan
// that a guess could be held against, and yet its change is drift.
func TestSecretDrift(t *testing.T) {
	s := rendered(t, "lab", frr)
	text := func(secret string) string {
		return strings.Replace(around(s.running), "hostname gw", "hostname gw\npassword "+secret, 1)
	}
	a, b := s.plan(t, text("one")), s.plan(t, text("two"))
	assert.Equal(t, a.BaseMarks, b.BaseMarks)
	paths, err := plan.Paths(s.profile, text("two"))
	require.NoError(t, err)
	assert.Equal(t, []string{"only statements that may hold a secret; they are not shown"}, a.Drift(s.profile.Manage, paths))
	assert.Empty(t, b.Drift(s.profile.Manage, paths))
}
