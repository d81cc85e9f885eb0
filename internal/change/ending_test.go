package change_test

import (
	"context"
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
	"github.com/twinpath/twinpath/internal/changetest"
	"github.com/twinpath/twinpath/internal/gateway"
	"github.com/twinpath/twinpath/internal/plan"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// each runs a test for every system, side by side.
func each(t *testing.T, f func(t *testing.T, b *changetest.Bench)) {
	t.Helper()
	for _, system := range changetest.Systems(t) {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			f(t, changetest.New(t, system, changetest.Scenario(system)))
		})
	}
}

// holds compares what a push says with what the gateway has: as many steps as it
// says are in force, and no timer runs.
func holds(t *testing.T, b *changetest.Bench, g *plan.Gateway, base string, out change.Outcome) {
	t.Helper()
	require.NoError(t, b.Set())
	standing, detail := b.Standing(t, g, base)
	said := fmt.Sprintf("%s: %s %v\n%s\n%s", out.Ending, out.Reason, out.Detail, detail, b.Told())
	assert.Equal(t, out.Standing, standing, said)
	_, runs := b.PendingRevert()
	assert.False(t, runs, "a timer runs: %s", said)
	if out.Standing > 0 && out.Ending != change.Done {
		assert.Regexp(t, "steps? 1( to \\d+)? stands?", strings.Join(out.Detail, "\n"))
	}
}

// TestDialogues: what is typed, and what is answered, both when a circuit moves
// and when a line is refused.
func TestDialogues(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		system := strings.TrimPrefix(t.Name(), "TestDialogues/")
		g, base := b.Plan(t, changetest.MoveBoth...), b.Read(t)
		b.Forget()
		require.NoError(t, b.Set(gateway.Fault{Kind: "refuse", At: "line", N: len(g.Steps[0].Commands) + 2}))
		out := b.Push(t.Context(), t, g)
		compareGolden(t, system+"-refused.txt", b.Shown())
		assert.Equal(t, change.RolledBack, out.Ending, "%s %v", out.Reason, out.Detail)
		holds(t, b, g, base, out)

		left := b.Plan(t, changetest.MoveBoth...)
		b.Forget()
		out = b.Push(t.Context(), t, left)
		compareGolden(t, system+"-done.txt", b.Shown())
		require.Equal(t, change.Done, out.Ending, "%s %v", out.Reason, out.Detail)
		assert.True(t, b.Plan(t, changetest.MoveBoth...).Empty(), "planning again finds nothing to do")
	})
}

// TestSaved: the startup configuration is the running one after the push, not
// before the confirmation.
func TestSaved(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		if len(b.Profile.Manage.Session.Change.Save) == 0 {
			// What is committed is there after a restart, and what is not confirmed
			// is taken back after one.
			return
		}
		before := b.Startup()
		b.OnEvent = func(e change.Event) {
			if e.Text == "confirming" && e.Step == 1 {
				assert.Equal(t, before, b.Startup())
			}
		}
		out := b.Push(t.Context(), t, b.Plan(t, changetest.MoveFirst...))
		require.Equal(t, change.Done, out.Ending, "%s %v", out.Reason, out.Detail)
		assert.Equal(t, b.Running(), b.Startup())
	})
}

// TestFaults: whatever goes wrong in the second step, the gateway is in a state
// that the push names.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, system := range changetest.Systems(t) {
		for _, fault := range []string{
			"refuse@line:1", "drop@line:2", "drop-after@line:3", "reboot@line:2", "late@line:1", "drop@enter", "drop-after@enter",
			"refuse@commit", "drop@commit", "drop-after@commit", "reboot@commit", "drop@confirm", "drop-after@confirm", "refuse@confirm",
			"drop@save", "refuse@save", "disk-full", "slow", "drop@leave", "drop-after@leave",
		} {
			t.Run(system+"/"+fault, func(t *testing.T) {
				t.Parallel()
				b := changetest.New(t, system, changetest.Scenario(system))
				g, base := b.Plan(t, changetest.MoveBoth...), b.Read(t)
				f, err := gateway.ParseFault(fault)
				require.NoError(t, err)
				set := false
				b.OnEvent = func(e change.Event) {
					if e.Step == len(g.Steps) && !set {
						set = true
						assert.NoError(t, b.Set(f))
					}
				}
				out := b.Push(t.Context(), t, g)
				assert.NotEqual(t, change.Unknown, out.Ending, "%s %v\n%s", out.Reason, out.Detail, b.Told())
				t.Logf("%s: %s", out.Ending, out.Reason)
				holds(t, b, g, base, out)
			})
		}
	}
}

// TestNobodyComesBack: the gateway is lost and stays so. Where it has a timer,
// the push says when the step is taken back.
func TestNobodyComesBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		g, base := b.Plan(t, changetest.MoveFirst...), b.Read(t)
		require.NoError(t, b.Set(lastLine(b)))
		b.Options.Leave = true
		out := b.Push(t.Context(), t, g)
		require.Equal(t, change.Unknown, out.Ending, "%s %v", out.Reason, out.Detail)
		detail := strings.Join(out.Detail, "\n")
		if b.Profile.Manage.Session.ConfirmTimer() {
			assert.Contains(t, detail, "back by itself at "+change.Clock(out.Reverts, b.Clock.Now()))
			at, runs := b.PendingRevert()
			assert.True(t, runs)
			assert.WithinDuration(t, at, out.Reverts, b.Options.Timeout, "said when it was expected")
			assert.False(t, at.After(out.Reverts), "not before it happens")
		} else {
			assert.Contains(t, detail, strings.Join(g.Steps[0].Rollback, "\n"), "the lines to type")
		}
		require.NoError(t, b.Set())
		b.Options.Leave = false
		out, err := b.Resume(t.Context(), t)
		require.NoError(t, err)
		assert.Contains(t, []change.Ending{change.RolledBack, change.Done}, out.Ending, "%s %v", out.Reason, out.Detail)
		holds(t, b, g, base, out)
	})
}

// lastLine is the loss of the gateway at what puts a step in force.
func lastLine(b *changetest.Bench) gateway.Fault {
	f := gateway.Fault{Kind: "drop-after", At: "commit", N: 1, Shut: true}
	c := b.Profile.Manage.Session.Change
	if len(c.Commit) == 0 {
		f.At = "leave"
	}
	for _, a := range c.Review {
		if strings.HasPrefix(a.Type, "commit") {
			f.N++ // It looks whether the change could be committed.
		}
	}
	return f
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		g, base := b.Plan(t, changetest.MoveBoth...), b.Read(t)
		ctx, cancel := context.WithCancel(t.Context())
		b.OnEvent = func(e change.Event) {
			if e.Step == len(g.Steps) && strings.HasPrefix(e.Text, "checking") {
				cancel()
			}
		}
		out := b.Push(ctx, t, g)
		assert.Equal(t, change.RolledBack, out.Ending, "%s %v", out.Reason, out.Detail)
		assert.Equal(t, "interrupted", out.Reason)
		holds(t, b, g, base, out)
	})
}

// TestLeftAtOnce: the second interrupt ends the push in the middle, and it says
// what the gateway will do.
func TestLeftAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		g, base := b.Plan(t, changetest.MoveFirst...), b.Read(t)
		ctx, cancel := context.WithCancel(t.Context())
		abandon, dial, dialled := make(chan struct{}), b.Options.Dial, 0
		b.Options.Abandon = abandon
		b.Options.Dial = func(hard context.Context) (change.Session, error) {
			if dialled++; dialled == 1 {
				return dial(hard)
			}
			if dialled == 2 {
				cancel()
				close(abandon)
			}
			<-hard.Done()
			return nil, hard.Err()
		}
		out := b.Push(ctx, t, g)
		require.Equal(t, change.Unknown, out.Ending, "%s %v", out.Reason, out.Detail)
		assert.Contains(t, out.Reason, "left at once")
		assert.Equal(t, b.Profile.Manage.Session.ConfirmTimer(), !out.Reverts.IsZero())
		data, err := os.ReadFile(b.JournalFile)
		require.NoError(t, err)
		assert.Contains(t, string(data), `"event":"end"`)

		b.Options.Abandon, b.Options.Dial = nil, dial
		out, err = b.Resume(t.Context(), t)
		require.NoError(t, err)
		holds(t, b, g, base, out)
	})
}

func TestRollback(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		g, base := b.Plan(t, changetest.MoveBoth...), b.Read(t)
		out := b.Push(t.Context(), t, g)
		require.Equal(t, change.Done, out.Ending, "%s %v", out.Reason, out.Detail)
		b.Clock.Advance(30 * 24 * time.Hour)
		out, err := b.Rollback(t.Context(), t)
		require.NoError(t, err)
		require.Equal(t, change.Done, out.Ending, "%s %v\n%s", out.Reason, out.Detail, b.Told())
		standing, detail := b.Standing(t, g, base)
		assert.Equal(t, 0, standing, detail)
		assert.Equal(t, b.Running(), b.Startup())

		_, err = b.Rollback(t.Context(), t)
		assert.ErrorContains(t, err, "taken back already")
	})
}

func TestRollbackRefusesDrift(t *testing.T) {
	b := changetest.New(t, "cisco-iosxe", "shanghai")
	g := b.Plan(t, changetest.MoveFirst...)
	out := b.Push(t.Context(), t, g)
	require.Equal(t, change.Done, out.Ending, "%s %v", out.Reason, out.Detail)
	require.NoError(t, b.Type("ip route 10.99.0.0 255.255.0.0 Null0"))
	out, err := b.Rollback(t.Context(), t)
	require.NoError(t, err)
	assert.Equal(t, change.Refused, out.Ending)
	assert.Equal(t, []string{"+ ip route 10.99.0.0 255.255.0.0 Null0"}, out.Detail)
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}
