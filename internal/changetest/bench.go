// Package changetest is a workbench for tests of pushes: a simulated gateway of
// any system, over SSH, with a plan for it, on a clock that moves only when the
// push waits. Nothing in it knows what the right end of a push is.
package changetest

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/change"
	"github.com/twinpath/twinpath/internal/device"
	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/gateway"
	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/render"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/show"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/templates"
	"github.com/twinpath/twinpath/vendors"
)

// Root is the repository, as the tests of a package under internal/ see it.
const Root = "../../"

// Systems are the operating systems that a push can be tried on, by the names
// of their inventories: the id, with the platform where it is not the usual one.
func Systems(tb testing.TB) []string {
	tb.Helper()
	files, err := filepath.Glob(Root + "inventory/lab/*.yaml")
	require.NoError(tb, err)
	reg, err := vendor.NewRegistry(vendors.FS)
	require.NoError(tb, err)
	var out []string
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".yaml")
		p, err := reg.Profile(name)
		require.NoError(tb, err)
		if p != nil && p.Manage != nil && p.Manage.Session != nil && p.Manage.Session.Change != nil {
			out = append(out, name)
		}
	}
	return out
}

// Start is the time at which every bench's clock begins.
var Start = time.Date(2026, 12, 1, 22, 0, 0, 0, time.UTC)

// Bench is a gateway with what a push to it needs.
type Bench struct {
	*gateway.Gateway

	Profile *vendor.Profile
	Clock   *gateway.Manual
	Target  device.Target
	// Options are those of a push; a test changes them before it pushes.
	Options change.Options
	// JournalFile is the journal of the bench.
	JournalFile string
	// Pace is the least that the clock moves on when a push waits.
	Pace time.Duration

	system   string
	scenario string
	mu       sync.Mutex
	said     []string
	// OnEvent is called with what a push tells, before anything else happens.
	OnEvent func(change.Event)
}

// New starts a gateway of a system with the configuration of a scenario of one
// gateway and two circuits (Scenario says which a system can have), both of them
// up. The faults hold from the beginning.
func New(tb testing.TB, system, scenario string, faults ...gateway.Fault) *Bench {
	tb.Helper()
	k := knownOf(tb, system)
	b := &Bench{system: system, scenario: scenario, Clock: gateway.NewManual(Start), Profile: k.profile}
	var err error
	b.Gateway, err = gateway.New(gateway.Options{
		Systems: vendors.FS, OS: system, Startup: b.startup(tb), Clock: b.Clock, Password: Password,
		Circuits: map[string][]string{"ec1": {"10.0.0.1"}, "ec2": {"10.0.0.5"}}, Faults: faults,
	})
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = b.Close() })
	dir := tb.TempDir()
	b.JournalFile = filepath.Join(dir, "journal")
	hosts, key := filepath.Join(dir, "known_hosts"), filepath.Join(dir, "id")
	require.NoError(tb, os.WriteFile(hosts, []byte(b.KnownHosts()), 0o600))
	require.NoError(tb, os.WriteFile(key, b.UserPEM(), 0o600))
	b.Target = device.Target{
		Host:     device.Host{Address: "127.0.0.1", Port: b.Addr.Port, Username: "netops", KeyFile: key, KnownHosts: hosts},
		Platform: k.dialogue, Rules: b.Profile.Manage.Session, Mask: b.Profile.Manage.Mask, Timeout: patience,
	}
	b.Options = change.Options{
		Scenario: scenario, Seal: "0123456789abcdef", Profile: b.Profile, Parsers: k.parsers, Address: b.Addr.String(), Username: "netops",
		Dial: func(ctx context.Context) (change.Session, error) { return device.Open(ctx, b.Target) },
		Now:  b.Clock.Now, Pause: b.pause, Accept: true, WaitLimit: time.Minute, Timeout: 5 * time.Second,
		Folder: dir, Locks: dir, Tell: b.tell,
	}
	return b
}

// known is what the data says of a system. Reading it costs more than a push, so
// the benches of a system share it; nothing changes it.
type known struct {
	profile  *vendor.Profile
	dialogue []byte
	parsers  show.Parsers
	err      error
}

var knowns sync.Map

func knownOf(tb testing.TB, system string) *known {
	tb.Helper()
	f, _ := knowns.LoadOrStore(system, sync.OnceValue(func() *known {
		k := &known{}
		var reg *vendor.Registry
		if reg, k.err = vendor.NewRegistry(vendors.FS); k.err != nil {
			return k
		}
		if k.profile, k.err = reg.Profile(system); k.err != nil {
			return k
		}
		if k.dialogue, k.err = reg.Dialogue(system); k.err != nil {
			return k
		}
		k.parsers, k.err = show.Load(reg, system)
		return k
	}))
	read, ok := f.(func() *known)
	require.True(tb, ok)
	k := read()
	require.NoError(tb, k.err)
	return k
}

// Password is what the gateway's user may log in with. No test may find it
// anywhere.
const Password = "planted-password"

// pause moves the clock on instead of waiting.
func (b *Bench) pause(ctx context.Context, d time.Duration) error {
	b.Clock.Advance(max(d, b.Pace))
	return ctx.Err()
}

func (b *Bench) tell(e change.Event) {
	b.mu.Lock()
	b.said = append(b.said, fmt.Sprintf("%d/%d %s", e.Step, e.Steps, e.Text))
	b.mu.Unlock()
	if b.OnEvent != nil {
		b.OnEvent(e)
	}
}

// Shown returns what was typed at the gateway and what it showed, as it may be
// kept: a line that may hold a secret is hidden.
func (b *Bench) Shown() string {
	lines := strings.Split(b.Dialogue(), "\n")
	for i, l := range lines {
		lines[i] = b.Profile.Manage.Mask(l)
	}
	return strings.Join(lines, "\n")
}

// Told returns what pushes have told so far, a line each.
func (b *Bench) Told() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.said, "\n")
}

// The edits of a scenario that tests make: the far end of one circuit,
// or of both, moves to another address.
var (
	MoveFirst = []string{"10.0.0.1/30", "10.0.0.9/30", "10.0.0.2/30", "10.0.0.10/30"}
	MoveBoth  = []string{
		"10.0.0.1/30", "10.0.0.9/30", "10.0.0.2/30", "10.0.0.10/30",
		"10.0.0.5/30", "10.0.0.13/30", "10.0.0.6/30", "10.0.0.14/30",
	}
)

// Read reads the running configuration over a connection of its own.
func (b *Bench) Read(tb testing.TB) string {
	tb.Helper()
	s, err := device.Open(tb.Context(), b.Target)
	require.NoError(tb, err)
	defer func() { _ = s.Close() }() // Only read from.
	text, err := change.Running(tb.Context(), s, b.Profile)
	require.NoError(tb, err)
	return text
}

// Plan plans the bench's scenario, changed by edit (old and new texts in turn),
// against the gateway's running configuration, which it reads over SSH: faults
// that happen at "show" or "login" are set after it.
func (b *Bench) Plan(tb testing.TB, edit ...string) *plan.Gateway {
	tb.Helper()
	g, err := plan.Compute(b.input(tb, edit...))
	require.NoError(tb, err)
	return g
}

// Drill plans to fail a circuit of the bench's scenario.
func (b *Bench) Drill(tb testing.TB, circuit, how string) (*plan.Gateway, error) {
	tb.Helper()
	return plan.Drill(b.input(tb), circuit, how)
}

// input is what a plan of the bench's scenario is computed from.
func (b *Bench) input(tb testing.TB, edit ...string) plan.Input {
	tb.Helper()
	var list diag.List
	file := Root + "inventory/" + b.scenario + "/scenario.yaml"
	data, err := os.ReadFile(file)
	require.NoError(tb, err)
	s := scenario.Decode(file, []byte(strings.NewReplacer(edit...).Replace(string(data))), &list)
	file = Root + "inventory/" + b.scenario + "/" + b.system + ".yaml"
	data, err = os.ReadFile(file)
	require.NoError(tb, err)
	inv := inventory.Decode(file, data, &list)
	d := intent.Build(s, inv.Gateways[0], b.Profile, &list)
	require.False(tb, list.HasErrors(), "%v", list.Sorted())
	r := render.New(templates.FS)
	running, err := r.Render(d, render.Running)
	require.NoError(tb, err)
	load, err := r.Render(d, render.Load)
	require.NoError(tb, err)
	return plan.Input{Device: d, Profile: b.Profile, Running: b.Read(tb), Rendered: running, Load: load}
}

// Push carries a plan out, with a journal.
func (b *Bench) Push(ctx context.Context, tb testing.TB, g *plan.Gateway) change.Outcome {
	tb.Helper()
	j, err := change.OpenJournal(b.JournalFile, b.Clock.Now)
	require.NoError(tb, err)
	defer func() { require.NoError(tb, j.Close()) }()
	o := b.Options
	o.Journal = j
	return change.Push(ctx, g, o)
}

// Resume goes on with the bench's journal, and Rollback takes its push back.
func (b *Bench) Resume(ctx context.Context, tb testing.TB) (change.Outcome, error) {
	tb.Helper()
	return b.goOn(ctx, tb, change.NewResume)
}

// Rollback takes the push of the bench's journal back.
func (b *Bench) Rollback(ctx context.Context, tb testing.TB) (change.Outcome, error) {
	tb.Helper()
	return b.goOn(ctx, tb, change.NewRollback)
}

func (b *Bench) goOn(ctx context.Context, tb testing.TB, job func(*change.Run, change.Options) (*change.Job, error)) (change.Outcome, error) {
	tb.Helper()
	runs, err := change.ReadJournal(b.JournalFile)
	require.NoError(tb, err)
	require.Len(tb, runs, 1)
	j, err := change.OpenJournal(b.JournalFile, b.Clock.Now)
	require.NoError(tb, err)
	defer func() { require.NoError(tb, j.Close()) }()
	o := b.Options
	o.Journal = j
	work, err := job(runs[0], o)
	if err != nil {
		return change.Outcome{}, err
	}
	return change.Carry(ctx, []*change.Job{work}, 1)[0], nil
}

// Standing says how many steps of a plan the gateway has in force, given the
// configuration that the plan was made from: it is in the state after that many
// of them. It is -1 when it is in none of these states, and detail then says how
// it differs from the state before the first step.
func (b *Bench) Standing(tb testing.TB, g *plan.Gateway, base string) (steps int, detail string) {
	tb.Helper()
	before, err := plan.Paths(b.Profile, base)
	require.NoError(tb, err)
	now, err := plan.Paths(b.Profile, b.Read(tb))
	require.NoError(tb, err)
	have := map[string]int{}
	for _, p := range now {
		have[p]++
	}
	part := *g
	for i := len(g.Steps); i >= 0; i-- {
		part.Steps = g.Steps[:i]
		if maps.Equal(have, part.Target(before)) {
			return i, ""
		}
	}
	for _, p := range now {
		if !slices.Contains(before, p) {
			detail += "+ " + p + "\n"
		}
	}
	for _, p := range before {
		if have[p] == 0 {
			detail += "- " + p + "\n"
		}
	}
	return -1, detail
}

// startup is the configuration of the scenario on the system, with what a
// gateway has beside it.
func (b *Bench) startup(tb testing.TB) string {
	tb.Helper()
	data, err := os.ReadFile(Root + "golden/" + b.scenario + "/" + b.system + "/gw1.running.cfg")
	require.NoError(tb, err)
	before, err := os.ReadFile(Root + "internal/changetest/testdata/before-" + b.system + ".cfg")
	require.NoError(tb, err)
	return string(before) + string(data)
}

// Scenario is the shipped scenario that a system is tried with: the model case
// where the system can have it, else the lab's.
func Scenario(system string) string {
	if _, err := os.Stat(Root + "golden/shanghai/" + system + "/gw1.running.cfg"); err == nil {
		return "shanghai"
	}
	return "lab"
}
