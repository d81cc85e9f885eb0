package change_test

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/change"
	"github.com/twinpath/twinpath/internal/changetest"
	"github.com/twinpath/twinpath/internal/device"
	"github.com/twinpath/twinpath/internal/gateway"
	"github.com/twinpath/twinpath/internal/plan"
)

// TestRefusals: what can be seen before the first line keeps the gateway
// untouched.
func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		set  func(t *testing.T, b *changetest.Bench, g *plan.Gateway)
		want string
	}{
		"no proof": {func(_ *testing.T, _ *changetest.Bench, g *plan.Gateway) { g.Hitless = false }, "does not show that it is hitless"},
		"a dead circuit": {func(_ *testing.T, b *changetest.Bench, _ *plan.Gateway) {
			b.SetCircuit("ec2", false)
			b.Clock.Advance(time.Minute)
		}, "it does not hold that"},
		"another push": {func(t *testing.T, b *changetest.Bench, _ *plan.Gateway) {
			release, err := change.Lock(b.Options.Locks, b.Options.Address)
			require.NoError(t, err)
			t.Cleanup(release)
		}, "another twinpath on this machine"},
		"not hitless": {func(_ *testing.T, _ *changetest.Bench, g *plan.Gateway) {
			g.Hitless, g.Outage, g.HitlessReason = false, []string{"192.168.0.0/16"}, "the command"
		}, "--allow-outage 192.168.0.0/16"},
		"a secret in the plan": {func(_ *testing.T, _ *changetest.Bench, g *plan.Gateway) {
			g.Steps[0].Commands = append(g.Steps[0].Commands, "snmp-server community hunter2", "password hunter2", "set snmp community hunter2")
		}, "may be a secret"},
		"another host": {func(t *testing.T, b *changetest.Bench, _ *plan.Gateway) {
			require.NoError(t, os.WriteFile(b.Target.KnownHosts, nil, 0o600))
		}, "is not trusted"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, b *changetest.Bench) {
				g, before := b.Plan(t, changetest.MoveFirst...), b.Running()
				tc.set(t, b, g)
				out := b.Push(t.Context(), t, g)
				assert.Equal(t, change.Refused, out.Ending, "%s %v", out.Reason, out.Detail)
				assert.Contains(t, out.Reason, tc.want)
				assert.NotContains(t, out.Reason, "hunter2")
				assert.Equal(t, before, b.Running())
			})
		})
	}
}

// TestConfirmTimer: it is as long as the step needs, longer when that is asked
// for, and never shorter.
func TestConfirmTimer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		g := b.Plan(t, changetest.MoveFirst...)
		timer := b.Profile.Manage.Session.ConfirmTimer()
		b.Options.Confirm = 30 * time.Second
		out := b.Push(t.Context(), t, g)
		assert.Equal(t, change.Refused, out.Ending)
		if !timer {
			assert.Contains(t, out.Reason, "has no confirm timer to set")
			b.Options.Confirm, b.Options.Accept = 0, false
			out = b.Push(t.Context(), t, g)
			assert.Equal(t, change.Refused, out.Ending)
			assert.Contains(t, out.Reason, "--accept-no-confirm-timer")
			return
		}
		assert.Contains(t, out.Reason, "is too short")
		b.Options.Confirm = 100000 * time.Hour
		out = b.Push(t.Context(), t, g)
		assert.Equal(t, change.Refused, out.Ending)
		assert.Contains(t, out.Reason, "has at most")
		b.Options.Confirm = 29*time.Minute + 30*time.Second
		var until time.Time
		b.OnEvent = func(e change.Event) { until = latest(until, e.Until) }
		out = b.Push(t.Context(), t, g)
		require.Equal(t, change.Done, out.Ending, "%s %v", out.Reason, out.Detail)
		assert.GreaterOrEqual(t, until.Sub(changetest.Start), b.Options.Confirm)
		assert.Less(t, until.Sub(changetest.Start), b.Options.Confirm+2*time.Minute)
	})
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// TestDrift: somebody has changed the gateway since the plan, or does so while
// the push looks away.
func TestDrift(t *testing.T) {
	b := changetest.New(t, "cisco-iosxe", "shanghai")
	g, base := b.Plan(t, changetest.MoveBoth...), b.Read(t)
	require.NoError(t, b.Type("ip route 10.99.0.0 255.255.0.0 Null0"))
	out := b.Push(t.Context(), t, g)
	assert.Equal(t, change.Refused, out.Ending)
	assert.Equal(t, []string{"+ ip route 10.99.0.0 255.255.0.0 Null0"}, out.Detail)
	require.NoError(t, b.Type("no ip route 10.99.0.0 255.255.0.0 Null0"))

	once := sync.OnceFunc(func() { assert.NoError(t, b.Type("ip route 10.99.0.0 255.255.0.0 Null0")) })
	b.OnEvent = func(e change.Event) {
		if e.Step == 2 {
			once()
		}
	}
	out = b.Push(t.Context(), t, g)
	assert.Equal(t, change.RolledBack, out.Ending, "%s %v", out.Reason, out.Detail)
	assert.Equal(t, 1, out.Standing)
	assert.Contains(t, out.Reason, "1 statements are not as expected: + ip route 10.99.0.0 255.255.0.0 Null0")
	require.NoError(t, b.Type("no ip route 10.99.0.0 255.255.0.0 Null0"))
	holds(t, b, g, base, out)
}

// TestDryRun looks, and types nothing.
func TestDryRun(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		g, before := b.Plan(t, changetest.MoveFirst...), b.Running()
		b.Options.DryRun = true
		out := b.Push(t.Context(), t, g)
		assert.Equal(t, change.Done, out.Ending, out.Reason)
		assert.Contains(t, out.Reason, "dry run")
		assert.Equal(t, before, b.Running())
		data, err := os.ReadFile(b.JournalFile)
		require.NoError(t, err)
		assert.Empty(t, data)
	})
}

// TestSecretsStayAway: neither what the gateway holds nor what logs in to it is
// anywhere but in the backup, which only its owner may read.
func TestSecretsStayAway(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		b.Target.KeyFile, b.Target.Password = "", changetest.Password
		g := b.Plan(t, changetest.MoveBoth...)
		require.NoError(t, b.Set(gateway.Fault{Kind: "refuse", At: "line", N: 3}))
		out := b.Push(t.Context(), t, g)
		assert.Equal(t, change.RolledBack, out.Ending)
		journal, err := os.ReadFile(b.JournalFile)
		require.NoError(t, err)
		text := string(journal) + b.Told() + out.Reason + strings.Join(out.Detail, "\n")
		assert.NotContains(t, text, changetest.Password)
		assert.NotContains(t, text, "planted-secret")
		runs, err := change.ReadJournal(b.JournalFile)
		require.NoError(t, err)
		kept := runs[0].Backup()
		data, err := os.ReadFile(kept)
		require.NoError(t, err)
		assert.Contains(t, string(data), "planted-secret")
		info, err := os.Stat(kept)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	})
}

// TestSeveral: four gateways; the second is not ready, so none is touched; then
// it is, and never are two circuits of one scenario under way at once.
func TestSeveral(t *testing.T) {
	var benches []*changetest.Bench
	var mu sync.Mutex
	under := map[string]string{}
	for i, system := range []string{"cisco-iosxe", "huawei-vrp8", "huawei-vrp5", "cisco-iosxe"} {
		b := changetest.New(t, system, "shanghai")
		b.Options.Scenario = []string{"a", "b", "a", "a"}[i]
		b.OnEvent = func(e change.Event) {
			mu.Lock()
			defer mu.Unlock()
			if strings.Contains(e.Text, "circuit ") && strings.HasPrefix(e.Text, "step") {
				other := under[b.Options.Scenario]
				_, now, _ := strings.Cut(e.Text, "circuit ")
				now, _, _ = strings.Cut(now, ",")
				assert.True(t, other == "" || other == now, "%s while %s", now, other)
				under[b.Options.Scenario] = now
			}
			if strings.HasPrefix(e.Text, "saving") {
				under[b.Options.Scenario] = ""
			}
		}
		benches = append(benches, b)
	}
	carry := func(plans []*plan.Gateway) []change.Outcome {
		var jobs []*change.Job
		for i, b := range benches {
			jobs = append(jobs, change.NewPush(plans[i], b.Options))
		}
		return change.Carry(t.Context(), jobs, 4)
	}
	var plans []*plan.Gateway
	for _, b := range benches {
		g := b.Plan(t, changetest.MoveBoth...)
		g.Gateway = b.Options.Address
		plans = append(plans, g)
		b.Options.Folder = t.TempDir()
	}
	benches[1].SetCircuit("ec2", false)
	benches[1].Clock.Advance(time.Minute)
	out := carry(plans)
	assert.Equal(t, change.Refused, out[1].Ending, out[1].Reason)
	for i, b := range benches {
		if i != 1 {
			assert.Equal(t, change.NotBegun, out[i].Ending)
			assert.Contains(t, out[i].Reason, "nothing was typed on any gateway")
		}
		assert.NotContains(t, b.Told(), "step 1")
	}
	benches[1].SetCircuit("ec2", true)
	benches[1].Clock.Advance(time.Minute)
	for i, o := range carry(plans) {
		assert.Equal(t, change.Done, o.Ending, "%d: %s %v", i, o.Reason, o.Detail)
	}
}

// TestFirstFailureStopsTheOthers: what is under way is carried on, and nothing
// else begins.
func TestFirstFailureStopsTheOthers(t *testing.T) {
	first, second := changetest.New(t, "cisco-iosxe", "shanghai"), changetest.New(t, "huawei-vrp8", "shanghai")
	g1, g2 := first.Plan(t, changetest.MoveBoth...), second.Plan(t, changetest.MoveBoth...)
	base := second.Read(t)
	require.NoError(t, first.Set(gateway.Fault{Kind: "refuse", At: "line", N: 2}))
	first.Options.Scenario, second.Options.Scenario = "a", "b"
	failed, begun := make(chan struct{}), make(chan struct{})
	first.OnEvent = func(e change.Event) {
		switch {
		case strings.HasPrefix(e.Text, "step 1"):
			<-begun
		case e.Ending != "":
			close(failed)
		}
	}
	second.OnEvent = func(e change.Event) {
		switch {
		case strings.HasPrefix(e.Text, "step 1"):
			close(begun)
		case e.Text == "confirming" && e.Step == 1:
			<-failed
		}
	}
	out := change.Carry(t.Context(), []*change.Job{change.NewPush(g1, first.Options), change.NewPush(g2, second.Options)}, 2)
	assert.Equal(t, change.RolledBack, out[0].Ending, out[0].Reason)
	assert.Equal(t, change.Stopped, out[1].Ending, "%s %v", out[1].Reason, out[1].Detail)
	holds(t, second, g2, base, out[1])
}

// TestHeldByAnother: somebody else has the configuration for himself, where the
// system knows that; the push says what the gateway says about it.
func TestHeldByAnother(t *testing.T) {
	t.Parallel()
	for system, says := range map[string]string{
		"huawei-vrp8": "locked by other user. [Session ID = ", "juniper-junos": "netops terminal", "juniper-srx": "netops terminal",
	} {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			b := changetest.New(t, system, changetest.Scenario(system))
			g, before := b.Plan(t, changetest.MoveFirst...), b.Running()
			other, err := device.Open(t.Context(), b.Target)
			require.NoError(t, err)
			defer func() { require.NoError(t, other.Close()) }()
			for _, a := range b.Profile.Manage.Session.Change.Enter {
				_, err = other.Act(t.Context(), a.Type)
				require.NoError(t, err)
			}
			out := b.Push(t.Context(), t, g)
			assert.Equal(t, change.Refused, out.Ending, "%s %v", out.Reason, out.Detail)
			assert.Contains(t, out.Reason, says)
			assert.Equal(t, before, b.Running())
		})
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		g := b.Plan(t, changetest.MoveFirst...)
		b.Target.Port = 1
		out := b.Push(t.Context(), t, g)
		assert.Equal(t, change.NotBegun, out.Ending)
		_, err := b.Resume(t.Context(), t)
		require.ErrorIs(t, err, change.ErrNothing)
		b.Options.Dial = func(ctx context.Context) (change.Session, error) {
			return nil, &device.WrongSystemError{Expected: "it should be this", Seen: "that", Command: "show"}
		}
		out = b.Push(t.Context(), t, g)
		assert.Equal(t, change.Refused, out.Ending)
	})
}
