package change_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/change"
	"github.com/twinpath/twinpath/internal/device"
	"github.com/twinpath/twinpath/internal/devicetest"
	"github.com/twinpath/twinpath/internal/diag"
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

var update = flag.Bool("update", false, "rewrite the golden files")

// bench is a router with a plan for it.
type bench struct {
	*router

	profile *vendor.Profile
	target  device.Target
	options change.Options
	journal string
	said    []string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{router: newRouter(t)}
	reg, err := vendor.NewRegistry(vendors.FS)
	require.NoError(t, err)
	b.profile, err = reg.Profile("frr")
	require.NoError(t, err)
	dialogue, err := reg.Dialogue("frr")
	require.NoError(t, err)
	rules := b.profile.Manage.Session
	b.target = device.Target{
		Host:     device.Host{Address: "127.0.0.1", Port: b.Addr.Port, Username: "netops", KeyFile: b.KeyFile(), KnownHosts: b.KnownHosts()},
		Platform: dialogue, Rules: rules, Timeout: 2 * time.Second,
	}
	b.journal = filepath.Join(t.TempDir(), "journal")
	j, err := change.OpenJournal(b.journal, time.Now)
	require.NoError(t, err)
	t.Cleanup(func() { _ = j.Close() })
	parsers, err := show.Load(reg, "frr")
	require.NoError(t, err)
	b.options = change.Options{
		Profile: b.profile, Parsers: parsers, Now: time.Now, Accept: true, WaitLimit: 50 * time.Millisecond, Timeout: 2 * time.Second,
		Journal: j, Seal: "0123456789abcdef", Scenario: "lab", Address: b.Addr.String(), Username: "netops", Folder: t.TempDir(), Locks: t.TempDir(),
		Dial:  func(ctx context.Context) (change.Session, error) { return device.Open(ctx, b.target) },
		Pause: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Tell:  func(e change.Event) { b.said = append(b.said, e.Text) },
	}
	return b
}

// plan plans the lab's scenario, changed by edit, against the router.
func (b *bench) plan(t *testing.T, edit ...string) *plan.Gateway {
	t.Helper()
	var list diag.List
	file := "../../inventory/lab/scenario.yaml"
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	s := scenario.Decode(file, []byte(strings.NewReplacer(edit...).Replace(string(data))), &list)
	file = "../../inventory/lab/frr.yaml"
	data, err = os.ReadFile(file)
	require.NoError(t, err)
	inv := inventory.Decode(file, data, &list)
	d := intent.Build(s, inv.Gateways[0], b.profile, &list)
	require.False(t, list.HasErrors(), "%v", list.Sorted())
	r := render.New(templates.FS)
	running, err := r.Render(d, render.Running)
	require.NoError(t, err)
	load, err := r.Render(d, render.Load)
	require.NoError(t, err)
	g, err := plan.Compute(plan.Input{Device: d, Profile: b.profile, Running: b.config(), Rendered: running, Load: load})
	require.NoError(t, err)
	return g
}

// tookBack holds the end of a push whose last step was taken back: the gateway
// is as it was after the steps that stand.
func (b *bench) tookBack(t *testing.T, g *plan.Gateway, out change.Outcome, edit ...string) {
	t.Helper()
	assert.Equal(t, change.RolledBack, out.Ending, "%s %v", out.Reason, out.Detail)
	assert.Len(t, b.plan(t, edit...).Steps, len(g.Steps)-out.Standing, "the steps that do not stand are left to do")
	if out.Standing > 0 {
		assert.Contains(t, strings.Join(out.Detail, "\n"), " stand")
	}
}

func (b *bench) push(t *testing.T, g *plan.Gateway) change.Outcome {
	t.Helper()
	return change.Push(t.Context(), g, b.options)
}

// configured returns a bench whose router has the lab's configuration.
func configured(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	out := b.push(t, b.plan(t))
	require.Equal(t, change.Done, out.Ending, out.Reason)
	b.set(func() { b.lines = 0 })
	b.Forget()
	return b
}

func TestFreshGatewayIsConfigured(t *testing.T) {
	b := newBench(t)
	out := b.push(t, b.plan(t))
	require.Equal(t, change.Done, out.Ending, out.Reason)
	assert.True(t, b.plan(t).Empty(), "the plan after the push is empty")
	compareGolden(t, "dialogue-fresh.txt", b.Said())
}

func TestReplyInSmallPieces(t *testing.T) {
	b := newBench(t)
	b.Slow(1, 0)
	out := b.push(t, b.plan(t))
	require.Equal(t, change.Done, out.Ending, out.Reason)
}

func TestRefusedLineIsTakenBack(t *testing.T) {
	b := configured(t)
	before := b.config()
	g := b.plan(t, "10.0.0.1/30", "10.0.0.9/30", "10.0.0.2/30", "10.0.0.10/30")
	b.set(func() { b.fault = fault{line: 5, kind: "refuse"} })
	out := b.push(t, g)
	assert.Equal(t, change.RolledBack, out.Ending, "%s %v", out.Reason, out.Detail)
	assert.Contains(t, out.Reason, "refused")
	assert.Equal(t, before, b.config())
	compareGolden(t, "dialogue-refused.txt", b.Said())
}

// TestFaultsAtEveryLine: whatever happens at whatever line, the gateway has
// the new configuration, or the old one, or the push says that it does not
// know.
func TestFaultsAtEveryLine(t *testing.T) {
	t.Parallel()
	lines := len(newBench(t).plan(t).Commands)
	for _, kind := range []string{"refuse", "swallow", "drop-before", "drop-after"} {
		for n := 1; n <= lines; n++ {
			t.Run(fmt.Sprintf("%s/%d", kind, n), func(t *testing.T) {
				t.Parallel()
				b := newBench(t)
				g := b.plan(t)
				b.set(func() { b.fault = fault{line: n, kind: kind} })
				out := b.push(t, g)
				if out.Ending == change.Done {
					assert.Equal(t, "swallow", kind)
					assert.True(t, b.plan(t).Empty())
					return
				}
				b.tookBack(t, g, out)
			})
		}
	}
}

func TestNobodyComesBackIsUnknown(t *testing.T) {
	b := newBench(t)
	g := b.plan(t)
	b.set(func() { b.fault = fault{line: 8, kind: "drop-after", closed: true} })
	out := b.push(t, g)
	assert.Equal(t, change.Unknown, out.Ending)
	assert.Contains(t, strings.Join(out.Detail, "\n"), "no ip route 192.168.0.0/16 10.0.0.1 c1 bfd profile twinpath")
}

func TestHangingGatewayIsLeft(t *testing.T) {
	b := newBench(t)
	b.target.Timeout = 300 * time.Millisecond
	g := b.plan(t)
	b.set(func() { b.fault = fault{line: 3, kind: "hang"} })
	out := b.push(t, g)
	assert.Equal(t, change.RolledBack, out.Ending, "%s %v", out.Reason, out.Detail)
}

func TestDeadCircuitStopsTheChange(t *testing.T) {
	b := configured(t)
	b.set(func() { b.up["10.0.0.5"] = false })
	before := b.config()
	out := b.push(t, b.plan(t, "10.0.0.1/30", "10.0.0.9/30", "10.0.0.2/30", "10.0.0.10/30"))
	assert.Equal(t, change.Refused, out.Ending)
	assert.Contains(t, out.Reason, "10.0.0.5")
	assert.Equal(t, before, b.config())

	b.set(func() { b.up["10.0.0.5"], b.up["10.0.0.9"] = true, false })
	out = b.push(t, b.plan(t, "10.0.0.1/30", "10.0.0.9/30", "10.0.0.2/30", "10.0.0.10/30"))
	assert.Equal(t, change.RolledBack, out.Ending, "the new next hop never came up")
	assert.Equal(t, before, b.config())
}

func TestDriftIsRefusedWithTheDifference(t *testing.T) {
	b := newBench(t)
	g := b.plan(t)
	b.set(func() { b.extra = []string{"ip route 10.1.0.0/16 Null0", "password hunter2"} })
	out := b.push(t, g)
	assert.Equal(t, change.Refused, out.Ending)
	assert.Equal(t, []string{"+ ip route 10.1.0.0/16 Null0"}, out.Detail, "what may be a secret is not even marked")
	assert.NotContains(t, b.Said(), "configure terminal")
}

func TestSomebodyElsesChangeDuringThePushIsNotSilent(t *testing.T) {
	b := newBench(t)
	g := b.plan(t)
	b.options.Tell = func(e change.Event) {
		if e.Step == 0 {
			return
		}
		b.set(func() { b.extra = []string{"ip route 10.1.0.0/16 Null0"} })
	}
	out := b.push(t, g)
	assert.Equal(t, change.RolledBack, out.Ending)
	assert.Contains(t, strings.Join(out.Detail, "\n"), "+ ip route 10.1.0.0/16 Null0")
	assert.NotContains(t, b.config(), "twinpath")
}

func TestRefusalsBeforeAnythingIsTyped(t *testing.T) {
	now := time.Date(2026, 12, 1, 22, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		set  func(*bench, *plan.Gateway)
		want string
	}{
		"no confirm timer": {func(b *bench, _ *plan.Gateway) { b.options.Accept = false }, "--accept-no-confirm-timer"},
		"window not open": {func(b *bench, _ *plan.Gateway) {
			b.options.Window = change.Window{Start: now.Add(time.Hour), End: now.Add(2 * time.Hour)}
		}, "the window opens"},
		"window closed": {func(b *bench, _ *plan.Gateway) {
			b.options.Window = change.Window{Start: now.Add(-2 * time.Hour), End: now}
		}, "the window closed"},
		"window too short": {func(b *bench, _ *plan.Gateway) {
			b.options.Window = change.Window{Start: now.Add(-time.Hour), End: now.Add(10 * time.Second)}
		}, "may take"},
		"not hitless": {func(_ *bench, g *plan.Gateway) {
			g.Hitless, g.Outage, g.HitlessReason = false, []string{"192.168.0.0/16"}, "the command"
		}, "--allow-outage 192.168.0.0/16"},
		"no proof": {func(_ *bench, g *plan.Gateway) { g.Hitless = false }, "does not show that it is hitless"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.options.Now = func() time.Time { return now }
			g := b.plan(t)
			tc.set(b, g)
			out := b.push(t, g)
			assert.Equal(t, change.Refused, out.Ending)
			assert.Contains(t, out.Reason, tc.want)
			assert.Empty(t, b.Said())
		})
	}
}

func TestDryRunTypesNothing(t *testing.T) {
	b := newBench(t)
	b.options.DryRun = true
	out := b.push(t, b.plan(t))
	assert.Equal(t, change.Done, out.Ending, out.Reason)
	assert.NotContains(t, b.Said(), "configure terminal")
}

func TestInterruptedPushIsTakenBack(t *testing.T) {
	b := newBench(t)
	g := b.plan(t)
	ctx, cancel := context.WithCancel(t.Context())
	b.options.Tell = func(e change.Event) {
		if strings.HasPrefix(e.Text, "waiting") {
			cancel()
		}
	}
	out := change.Push(ctx, g, b.options)
	assert.Equal(t, "interrupted", out.Reason)
	b.tookBack(t, g, out)
}

func TestUnknownHostIsRefused(t *testing.T) {
	b, other := newBench(t), newRouter(t)
	g := b.plan(t)
	b.Trust(t, other.Key.PublicKey())
	out := b.push(t, g)
	assert.Equal(t, change.Refused, out.Ending)
	assert.Contains(t, out.Reason, "another host key")
	assert.Empty(t, b.Said())

	require.NoError(t, os.WriteFile(b.KnownHosts(), nil, 0o600))
	out = b.push(t, g)
	assert.Equal(t, change.Refused, out.Ending)
	assert.Contains(t, out.Reason, "is not known")
}

func TestWrongKeyAndClosedPort(t *testing.T) {
	b, other := newBench(t), newRouter(t)
	g := b.plan(t)
	b.target.KeyFile = other.KeyFile()
	out := b.push(t, g)
	assert.Equal(t, change.NotBegun, out.Ending)
	assert.Contains(t, out.Reason, "log in")

	b.target.Port = 1
	out = b.push(t, g)
	assert.Equal(t, change.NotBegun, out.Ending)
}

func TestPasswordIsNowhere(t *testing.T) {
	b := newBench(t)
	b.target.KeyFile, b.target.Password = "", devicetest.Password
	g := b.plan(t)
	out := b.push(t, g)
	require.Equal(t, change.Done, out.Ending, out.Reason)
	journal, err := os.ReadFile(b.journal)
	require.NoError(t, err)
	b.target.Password = devicetest.Password + "-wrong"
	wrong := b.push(t, b.plan(t, "10.0.0.1/30", "10.0.0.9/30", "10.0.0.2/30", "10.0.0.10/30"))
	assert.Equal(t, change.NotBegun, wrong.Ending)
	for _, text := range []string{string(journal), b.Said(), fmt.Sprint(b.said, out, wrong)} {
		assert.NotContains(t, text, devicetest.Password)
	}
}

func TestJournalComesBeforeTheDeed(t *testing.T) {
	b := newBench(t)
	g := b.plan(t)
	b.set(func() { b.fault = fault{line: 4, kind: "drop-before", closed: true} })
	b.push(t, g)
	data, err := os.ReadFile(b.journal)
	require.NoError(t, err)
	assert.Contains(t, string(data), `"event":"begin"`)
	assert.Contains(t, string(data), `"line":"  exit"`)
	assert.Equal(t, 4, strings.Count(string(data), `"event":"line"`), "the line that was lost is in the journal")
	assert.Contains(t, string(data), `"ending":"state unknown"`)
}

func TestContextEndsAnOpen(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := device.Open(ctx, b.target)
	assert.True(t, errors.Is(err, context.Canceled) || errors.Is(err, device.ErrLost), "%v", err)
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}
