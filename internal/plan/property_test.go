package plan_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/render"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/simulate"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/templates"
	"github.com/twinpath/twinpath/vendors"
)

// drawn is a scenario that rapid made up: what it chose.
type drawn struct {
	Method                      string
	Circuits, Failures, Timeout int
	Recovery                    int
	Links                       []int
	Prefixes                    []string
	Sampling                    int
}

func draw(t *rapid.T, label, method string) drawn {
	d := drawn{
		Method:   method,
		Circuits: rapid.IntRange(2, 3).Draw(t, label+" circuits"),
		Failures: rapid.IntRange(2, 5).Draw(t, label+" failures"),
		Timeout:  rapid.IntRange(1, 2).Draw(t, label+" timeout"),
		Recovery: rapid.IntRange(5, 30).Draw(t, label+" recovery"),
		Sampling: rapid.SampledFrom([]int{0, 1024, 4096}).Draw(t, label+" sampling"),
		Prefixes: rapid.SampledFrom([][]string{{"192.168.0.0/16"}, {"192.168.0.0/16", "10.64.0.0/16"}, {"192.168.0.0/17"}}).Draw(t, label+" prefixes"),
	}
	for i := range d.Circuits {
		d.Links = append(d.Links, 10*i+rapid.IntRange(0, 2).Draw(t, fmt.Sprintf("%s link %d", label, i)))
	}
	return d
}

// text is the scenario as a user writes it.
func (d drawn) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "version: 1\nname: drawn\nmode: active-active\ncloud: {provider: alibaba, region: cn-shanghai, prefixes: [%s]}\nsite: {prefixes: [172.16.0.0/12]}\ncircuits:\n", strings.Join(d.Prefixes, ", "))
	for i, link := range d.Links {
		fmt.Fprintf(&b, "  - {name: ec%d, gateway: gw1, port: wan%d, vlan: 0, cloud_address: 10.0.%d.1/30, gateway_address: 10.0.%d.2/30, health_check: {source: 100.96.0.%d}}\n", i+1, i+1, link, link, 11+i)
	}
	if d.Method == "bfd" {
		fmt.Fprintf(&b, "tracking: {method: bfd, bfd: {interval: 300ms, multiplier: %d}}\n", 1+d.Failures)
	} else {
		fmt.Fprintf(&b, "tracking: {method: icmp, interval: 2s, timeout: %ds, failures: %d, recovery: %ds}\n", d.Timeout, d.Failures, d.Recovery)
	}
	if d.Sampling > 0 {
		fmt.Fprintf(&b, "flow_export: {protocol: netflow-v9, collector: 172.16.255.10:2055, sampling: %d, active_timeout: 60s}\n", d.Sampling)
	}
	return b.String()
}

// setting renders the scenario, ok is false where the system refuses it.
func (d drawn) setting(t require.TestingT, p *vendor.Profile) (s setting, ok bool) {
	var list diag.List
	sc := scenario.Decode("drawn.yaml", []byte(d.text()), &list)
	require.False(t, list.HasErrors(), "%s\n%v", d.text(), list.Sorted())
	s = setting{device: intent.Build(sc, intent.Example(sc, "gw1", p), p, &list), profile: p}
	if list.HasErrors() {
		return s, false
	}
	r := render.New(templates.FS)
	var err error
	s.running, err = r.Render(s.device, render.Running)
	require.NoError(t, err)
	s.load, err = r.Render(s.device, render.Load)
	require.NoError(t, err)
	return s, true
}

// bench types lines at the simulated device of a property.
type bench struct {
	t *rapid.T
	p *vendor.Profile
	d *simulate.Device
}

func (b bench) types(config string, lines []string) string {
	if b.p.Manage.Candidate {
		lines = append(slices.Clone(lines), "commit")
	}
	got, err := b.d.Run(config, strings.Join(lines, "\n")+"\n")
	if err != nil {
		b.t.Fatalf("refused: %v\n%s\non\n%s", err, strings.Join(lines, "\n"), config)
	}
	return got.Config
}

func (b bench) paths(config string) []string {
	out, err := plan.Paths(b.p, config)
	if err != nil {
		b.t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// TestAnyScenarioFromAnyStateOfAnyOther: a gateway with somebody else's
// statements, on which the plan of one scenario was broken off anywhere, is
// brought to another scenario. No line is refused; planned again, nothing is left
// to do; what is somebody else's stays; where the plan says that it is hitless,
// each prefix keeps a route on the simulated device after every command, or
// commit; each step's way back leads back; and no command could be left out.
func TestAnyScenarioFromAnyStateOfAnyOther(t *testing.T) {
	reg := profiles(t)
	ids := reg.IDs()
	refused, planned, drawn := map[string]int{}, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		drawn++
		id := rapid.SampledFrom(ids).Draw(t, "system")
		p, err := reg.Profile(id)
		require.NoError(t, err)
		method := "bfd"
		if id != frr {
			method = rapid.SampledFrom([]string{"icmp", "bfd"}).Draw(t, "method")
		}
		old, ok := draw(t, "old", method).setting(t, p)
		now, fits := draw(t, "new", method).setting(t, p)
		if !ok || !fits {
			refused[id+": the scenario"]++
			return
		}
		d, err := simulate.Load(vendors.FS, id, now.device.Platform)
		require.NoError(t, err)
		b := bench{t, p, d}
		foreign := strings.Split(strings.TrimSpace(siblings[id]), "\n")
		config := b.types(aroundOn(p, ""), foreign)
		config = b.brokenOff(old, config)
		g, err := now.compute(config)
		if r, is := errors.AsType[*plan.RefusedError](err); is {
			refused[id+": "+r.Reasons[0]]++
			return
		}
		require.NoError(t, err)
		planned++
		b.carriedOut(now, g, config, b.paths(b.types("", foreign)))
	})
	t.Logf("%d planned, refused: %v", planned, refused)
	require.Greater(t, planned, drawn/2, "most scenarios can be planned")
}

// brokenOff carries out a part of a scenario's plan: some commands where each
// takes effect, some steps otherwise.
func (b bench) brokenOff(s setting, config string) string {
	g, err := s.compute(config)
	require.NoError(b.t, err)
	if b.p.Manage.Candidate {
		for _, st := range g.Steps[:rapid.IntRange(0, len(g.Steps)).Draw(b.t, "steps done")] {
			config = b.types(config, st.Commands)
		}
		return config
	}
	return b.types(config, g.Commands[:rapid.IntRange(0, len(g.Commands)).Draw(b.t, "commands done")])
}

// carriedOut carries out a plan and its way back.
func (b bench) carriedOut(s setting, g *plan.Gateway, config string, foreign []string) {
	before := config
	var at []string
	for _, st := range g.Steps {
		at = append(at, config)
		config = b.watched(g, config, st.Commands)
		if got, want := b.paths(b.types(config, st.Rollback)), b.paths(at[len(at)-1]); !slices.Equal(got, want) {
			b.t.Fatalf("the way back of step %q does not lead back\nforth\n%s\nback\n%s\nwant\n%s\ngot\n%s", st.Circuit,
				strings.Join(st.Commands, "\n"), strings.Join(st.Rollback, "\n"), strings.Join(want, "\n"), strings.Join(got, "\n"))
		}
	}
	again, err := s.compute(config)
	require.NoError(b.t, err)
	if !again.Empty() {
		b.t.Fatalf("left to do:\n%s\nafter\n%s\non\n%s", strings.Join(again.Commands, "\n"), strings.Join(g.Commands, "\n"), before)
	}
	got := b.paths(config)
	for _, f := range foreign {
		if !slices.Contains(got, f) {
			b.t.Fatalf("%q of somebody else is gone after\n%s", f, strings.Join(g.Commands, "\n"))
		}
	}
	b.minimal(g, at)
}

// watched carries out a step and looks at the routes on the way.
func (b bench) watched(g *plan.Gateway, config string, lines []string) string {
	start, _ := routesOf(b.d, config)
	for n := range lines {
		if !g.Hitless || b.p.Manage.Candidate && n+1 < len(lines) {
			continue
		}
		got, err := b.d.Run(config, strings.Join(lines[:n+1], "\n")+"\n")
		if err != nil {
			b.t.Fatalf("refused: %v\n%s", err, strings.Join(lines[:n+1], "\n"))
		}
		now, _ := routesOf(b.d, got.Config)
		for _, pre := range g.Outage {
			b.t.Fatalf("hitless, and %s is named as lost", pre)
		}
		for _, group := range []string{"192.168.0.0 255.255.0.0", "192.168.0.0/16", "10.64.0.0 255.255.0.0", "10.64.0.0/16"} {
			if start[group] > 1 && now[group] == 0 {
				b.t.Fatalf("hitless, and %s has no route after %q", group, lines[n])
			}
		}
	}
	return b.types(config, lines)
}

// minimal leaves out one command that is more than a way into or out of a
// section: the rest is refused or leads elsewhere.
func (b bench) minimal(g *plan.Gateway, at []string) {
	if len(g.Steps) == 0 {
		return
	}
	i := rapid.IntRange(0, len(g.Steps)-1).Draw(b.t, "step")
	lines := g.Steps[i].Commands
	n := rapid.IntRange(0, len(lines)-1).Draw(b.t, "command")
	line := strings.TrimSpace(lines[n])
	deeper := n+1 < len(lines) && indent(lines[n+1]) > indent(lines[n])
	if deeper || len(typed(b.p, []string{line})) == 0 || line == "undo shutdown" || line == "no shutdown" {
		return
	}
	if slices.ContainsFunc(b.p.Manage.Kinds, func(k *vendor.Kind) bool { return k.Again && k.Line.MatchString(line) }) {
		return // It confirms a section; some sections need no confirmation, and none minds it.
	}
	if target, ok := strings.CutPrefix(line, b.p.Manage.Negate+" "); ok && slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(strings.TrimSpace(l), target) }) {
		return // What cannot be edited, or removed, in use is made again also where nothing minds.
	}
	less := strings.Join(slices.Delete(slices.Clone(lines), n, n+1), "\n")
	if b.p.Manage.Candidate {
		less += "\ncommit"
	}
	got, err := b.d.Run(at[i], less+"\n")
	if err != nil {
		return
	}
	if whole := b.types(at[i], lines); slices.Equal(b.d.Canonical(whole), b.d.Canonical(got.Config)) {
		b.t.Fatalf("%q can be left out of\n%s\non\n%s", lines[n], strings.Join(lines, "\n"), at[i])
	}
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
