package change_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/change"
	"github.com/twinpath/twinpath/internal/changetest"
)

// witness says what it is told to, and keeps what it was asked.
type witness struct {
	b     *changetest.Bench
	says  map[bool]change.Judgement
	asked []change.Moment
	// waited are how long the push had waited each time, counting whether a timer
	// ran on the gateway then.
	waited   []time.Duration
	counting []bool
}

func (w *witness) Takes(bool) time.Duration { return 2 * time.Minute }

func (w *witness) Judge(m change.Moment) change.Judgement {
	_, runs := w.b.PendingRevert()
	w.asked, w.waited, w.counting = append(w.asked, m), append(w.waited, w.b.Clock.Now().Sub(m.Since)), append(w.counting, runs)
	return w.says[m.Before]
}

var (
	passes = change.Judgement{Verdict: "pass", Reason: "both carry", Accepted: true}
	fails  = change.Judgement{Verdict: "fail", Reason: "ec2 carries nothing"}
)

func watched(b *changetest.Bench, before, after change.Judgement) *witness {
	w := &witness{b: b, says: map[bool]change.Judgement{true: before, false: after}}
	b.Options.Witness, b.Options.Baseline = w, true
	return w
}

// TestVerified: what the witness says counts for the confirmation, which waits
// for it while the gateway's own timer runs.
func TestVerified(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		g, base := b.Plan(t, changetest.MoveBoth...), b.Read(t)
		w := watched(b, passes, passes)
		b.Options.Each = true
		out := b.Push(t.Context(), t, g)
		require.Equal(t, change.Done, out.Ending, "%s %v", out.Reason, out.Detail)
		holds(t, b, g, base, out)
		require.Len(t, w.asked, 1+len(g.Steps))
		assert.True(t, w.asked[0].Before)
		assert.Equal(t, len(g.Steps), w.asked[len(g.Steps)].Step)
		assert.Equal(t, g.Steps[0].Circuit, w.asked[1].Circuit)
		for i, waited := range w.waited {
			assert.GreaterOrEqual(t, waited, w.Takes(false))
			assert.Equal(t, i > 0 && b.Profile.Manage.Session.ConfirmTimer(), w.counting[i], "the timer outlasts the verification")
		}
		assert.Contains(t, out.Detail, "verified before the first step: pass: both carry")
		assert.Contains(t, out.Detail, "verified after step 2: pass: both carry")
	})
}

// TestNotVerified: a step that the witness does not accept is taken back.
func TestNotVerified(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		g, base := b.Plan(t, changetest.MoveBoth...), b.Read(t)
		watched(b, passes, fails)
		out := b.Push(t.Context(), t, g)
		assert.Equal(t, change.RolledBack, out.Ending, "%s %v", out.Reason, out.Detail)
		assert.Equal(t, "the verification gives fail: ec2 carries nothing", out.Reason)
		assert.Equal(t, len(g.Steps)-1, out.Standing, "only the last step was to be verified")
		holds(t, b, g, base, out)
		data, err := os.ReadFile(b.JournalFile)
		require.NoError(t, err)
		assert.Contains(t, string(data), `"verdict":"fail"`)
	})
}

// TestBaselineRefuses: nothing is typed where the baseline is not accepted.
func TestBaselineRefuses(t *testing.T) {
	t.Parallel()
	b := changetest.New(t, "cisco-iosxe", "shanghai")
	g := b.Plan(t, changetest.MoveFirst...)
	watched(b, fails, passes)
	b.Forget()
	out := b.Push(t.Context(), t, g)
	assert.Equal(t, change.Refused, out.Ending)
	assert.Contains(t, out.Reason, "the baseline gives fail: ec2 carries nothing")
	assert.NotContains(t, b.Shown(), "configure terminal")
}

// TestWindowCountsTheVerification: a window that has no room for it is refused.
func TestWindowCountsTheVerification(t *testing.T) {
	t.Parallel()
	b := changetest.New(t, "cisco-iosxe", "shanghai")
	g := b.Plan(t, changetest.MoveFirst...)
	b.Options.Window = change.Window{Start: changetest.Start, End: changetest.Start.Add(11 * time.Minute)}
	b.Options.DryRun = true
	out := b.Push(t.Context(), t, g)
	require.Equal(t, change.Done, out.Ending, out.Reason)
	watched(b, passes, passes)
	out = b.Push(t.Context(), t, g)
	assert.Equal(t, change.Refused, out.Ending)
}

// TestVerificationInterrupted: Ctrl-C while it is waited takes the step back.
func TestVerificationInterrupted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		g, base := b.Plan(t, changetest.MoveFirst...), b.Read(t)
		w := watched(b, passes, passes)
		ctx, cancel := context.WithCancel(t.Context())
		b.OnEvent = func(e change.Event) {
			if strings.HasPrefix(e.Text, "verifying") {
				cancel()
			}
		}
		out := b.Push(ctx, t, g)
		assert.Equal(t, change.RolledBack, out.Ending, "%s %v", out.Reason, out.Detail)
		assert.Len(t, w.asked, 1)
		holds(t, b, g, base, out)
	})
}

// TestResumeDoesNotSkipTheVerification: a push that was to be verified ended
// between two steps; without a witness its last step does not begin.
func TestResumeDoesNotSkipTheVerification(t *testing.T) {
	t.Parallel()
	for _, system := range []string{"cisco-iosxe", "frr"} {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			b := changetest.New(t, system, changetest.Scenario(system))
			g, base := b.Plan(t, changetest.MoveBoth...), b.Read(t)
			watched(b, passes, passes)
			crash := &changetest.Crash{}
			heal := crash.Strike(b)
			b.OnEvent = func(e change.Event) {
				if strings.HasPrefix(e.Text, "the verification gives") {
					crash.Kill()
				}
			}
			b.Push(t.Context(), t, g)
			heal()
			b.OnEvent = nil
			b.Options.Witness = nil
			out, err := b.Resume(t.Context(), t)
			require.NoError(t, err)
			assert.Contains(t, []change.Ending{change.RolledBack, change.Stopped}, out.Ending, "%s %v", out.Reason, out.Detail)
			holds(t, b, g, base, out)
		})
	}
}

// TestDrill: a drill's step is in force while the witness waits, and is taken
// back whatever the verdict; so it is after a crash.
func TestDrill(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		base := b.Read(t)
		g, err := b.Drill(t, "ec1", "shutdown")
		require.NoError(t, err)
		w := watched(b, passes, passes)
		b.Options.Drill = true
		failed := ""
		b.OnEvent = func(e change.Event) {
			if strings.HasPrefix(e.Text, "verifying") {
				failed = b.Running()
			}
		}
		out := b.Push(t.Context(), t, g)
		assert.Equal(t, change.RolledBack, out.Ending, "%s %v", out.Reason, out.Detail)
		assert.Equal(t, "the drill is over, pass: both carry", out.Reason)
		assert.Regexp(t, `(?m)^\s*(shutdown|disable;)$`, failed)
		assert.NotRegexp(t, `(?m)^\s*(shutdown|disable;)$`, b.Running())
		assert.Zero(t, out.Standing)
		holds(t, b, g, base, out)
		require.Len(t, w.asked, 2)
		assert.True(t, w.asked[1].Began.Before(w.asked[1].Since) || w.asked[1].Began.Equal(w.asked[1].Since))

		require.NoError(t, os.Remove(b.JournalFile))
		b.Clock.Advance(5 * time.Minute) // The circuit has come back.
		crash := &changetest.Crash{}
		heal := crash.Strike(b)
		b.OnEvent = func(e change.Event) {
			if strings.HasPrefix(e.Text, "verifying") {
				crash.Kill()
			}
		}
		b.Push(t.Context(), t, g)
		heal()
		b.OnEvent = nil
		out, err = b.Resume(t.Context(), t)
		require.NoError(t, err)
		assert.Equal(t, change.RolledBack, out.Ending, "%s %v", out.Reason, out.Detail)
		holds(t, b, g, base, out)
	})
}

// looker also keeps what the gateway does while the circuit is failed.
type looker struct {
	*witness

	failed string
	hops   []string
}

func (l *looker) Judge(m change.Moment) change.Judgement {
	if !m.Before {
		l.failed, l.hops = l.b.Running(), l.b.Forwarding("192.168.0.0/16")
	}
	return l.witness.Judge(m)
}

// TestSilentDrill: the port stays up, the probes of the circuit fail, its routes
// go, and all of it returns.
func TestSilentDrill(t *testing.T) {
	t.Parallel()
	for _, system := range []string{"cisco-iosxe", "juniper-junos", "juniper-srx"} {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			b := changetest.New(t, system, changetest.Scenario(system))
			base := b.Read(t)
			g, err := b.Drill(t, "ec1", "silent")
			require.NoError(t, err)
			w := &looker{witness: watched(b, passes, passes)}
			b.Options.Witness, b.Options.Drill = w, true
			require.Len(t, b.Forwarding("192.168.0.0/16"), 2)
			out := b.Push(t.Context(), t, g)
			assert.Equal(t, change.RolledBack, out.Ending, "%s %v", out.Reason, out.Detail)
			assert.Contains(t, w.failed, "TWINPATH-DRILL")
			assert.NotRegexp(t, `(?m)^\s*(shutdown|disable;)$`, w.failed)
			assert.Equal(t, []string{"10.0.0.5"}, w.hops, "the tracked route of ec1 goes")
			assert.NotContains(t, b.Running(), "TWINPATH-DRILL")
			require.Len(t, w.asked, 2)
			holds(t, b, g, base, out)
			b.Clock.Advance(5 * time.Minute)
			assert.Len(t, b.Forwarding("192.168.0.0/16"), 2)
		})
	}
}

// TestDrillNeedsTheOtherCircuit: nothing is typed while it is down.
func TestDrillNeedsTheOtherCircuit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		g, err := b.Drill(t, "ec1", "shutdown")
		require.NoError(t, err)
		watched(b, passes, passes)
		b.Options.Drill, b.Options.Baseline = true, false
		b.SetCircuit("ec2", false)
		b.Clock.Advance(5 * time.Minute)
		before := b.Running()
		out := b.Push(t.Context(), t, g)
		assert.Equal(t, change.Refused, out.Ending, "%s %v", out.Reason, out.Detail)
		assert.Equal(t, before, b.Running())
	})
}

// TestDrillEndsWithTheOtherCircuit: when the other circuit goes down too, the
// one that was failed is given back at once.
func TestDrillEndsWithTheOtherCircuit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		base := b.Read(t)
		g, err := b.Drill(t, "ec1", "shutdown")
		require.NoError(t, err)
		w := watched(b, passes, passes)
		b.Options.Drill, b.Options.Baseline = true, false
		began := time.Time{}
		b.OnEvent = func(e change.Event) {
			if strings.HasPrefix(e.Text, "verifying") {
				began = b.Clock.Now()
				b.SetCircuit("ec2", false)
			}
		}
		out := b.Push(t.Context(), t, g)
		assert.Equal(t, change.RolledBack, out.Ending, "%s %v", out.Reason, out.Detail)
		assert.Contains(t, out.Reason, "it does not hold that")
		assert.Empty(t, w.asked)
		assert.Less(t, b.Clock.Now().Sub(began), w.Takes(false))
		holds(t, b, g, base, out)
	})
}
