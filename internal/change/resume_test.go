package change_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/change"
	"github.com/twinpath/twinpath/internal/changetest"
	"github.com/twinpath/twinpath/internal/device"
)

// TestCrashAtEveryLine: the operator's machine dies before or after each line
// that a push types; a resume, soon or long after, ends where it says it does.
func TestCrashAtEveryLine(t *testing.T) {
	t.Parallel()
	for _, system := range changetest.Systems(t) {
		clean := changetest.New(t, system, changetest.Scenario(system))
		crash := &changetest.Crash{}
		crash.Strike(clean)
		out := clean.Push(t.Context(), t, clean.Plan(t, changetest.MoveBoth...))
		require.Equal(t, change.Done, out.Ending, "%s %v", out.Reason, out.Detail)
		for i, at := range crash.Points() {
			if testing.Short() && i%4 != 0 {
				continue // The race detector makes each four times as long.
			}
			for _, after := range []bool{false, true} {
				// Sooner and later than the gateway takes back what is not confirmed.
				later := []time.Duration{time.Second, time.Hour}[i%2]
				t.Run(fmt.Sprintf("%s/%d %s/answered %t", system, at, crash.Typed()[at-1].Line, after), func(t *testing.T) {
					t.Parallel()
					crashAt(t, system, later, &changetest.Crash{At: at, After: after})
				})
			}
		}
	}
}

func crashAt(t *testing.T, system string, later time.Duration, crash *changetest.Crash) {
	t.Helper()
	b := changetest.New(t, system, changetest.Scenario(system))
	g, base := b.Plan(t, changetest.MoveBoth...), b.Read(t)
	heal := crash.Strike(b)
	b.Push(t.Context(), t, g)
	require.True(t, crash.Dead())
	b.Clock.Advance(later)
	heal()
	out, err := b.Resume(t.Context(), t)
	standing, detail := b.Standing(t, g, base)
	typed := crash.Typed()
	said := fmt.Sprintf("died at %q: %s: %s %v\n%s\n%s", typed[len(typed)-1].Line, out.Ending, out.Reason, out.Detail, detail, b.Told())
	_, runs := b.PendingRevert()
	assert.False(t, runs, "a timer runs: %s", said)
	if errors.Is(err, change.ErrNothing) {
		assert.Contains(t, []int{0, len(g.Steps)}, standing, said)
		return
	}
	require.NoError(t, err)
	assert.Equal(t, out.Standing, standing, said)
	switch out.Ending {
	case change.Done:
		assert.Equal(t, len(g.Steps), standing, said)
	case change.RolledBack, change.NotBegun, change.Stopped:
		assert.Less(t, standing, len(g.Steps), said)
	case change.Refused, change.Unknown:
		assert.Fail(t, "neither of the right ends", said)
	}
}

// TestSomebodyElsesTimerIsNotTouched: long after the push its timer has ended;
// the one that runs now is of another change.
func TestSomebodyElsesTimerIsNotTouched(t *testing.T) {
	t.Parallel()
	b := changetest.New(t, "cisco-iosxe", "shanghai")
	g := b.Plan(t, changetest.MoveFirst...)
	crash := &changetest.Crash{}
	heal := crash.Strike(b)
	b.OnEvent = func(e change.Event) {
		if e.Step == 1 && crash.At == 0 {
			crash.At = len(crash.Typed()) + 4
		}
	}
	b.Push(t.Context(), t, g)
	require.True(t, crash.Dead())
	heal()
	b.Clock.Advance(time.Hour)
	s, err := device.Open(t.Context(), b.Target)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	_, err = s.Act(t.Context(), "configure terminal revert timer 30")
	require.NoError(t, err)
	out, err := b.Resume(t.Context(), t)
	require.NoError(t, err)
	assert.Equal(t, change.RolledBack, out.Ending, "%s %v", out.Reason, out.Detail)
	_, runs := b.PendingRevert()
	assert.True(t, runs, "it still runs")
}

// TestTimerOfAnotherUser: a timer that runs is taken back only where it is of
// the user of the push; somebody else's change is left to its own end.
func TestTimerOfAnotherUser(t *testing.T) {
	t.Parallel()
	b := changetest.New(t, "cisco-iosxe", "shanghai")
	g, base := b.Plan(t, changetest.MoveFirst...), b.Read(t)
	b.Options.Username = "somebody" // Not who the gateway says began the timer.
	out := b.Push(t.Context(), t, g)
	assert.Equal(t, change.RolledBack, out.Ending, "%s %v", out.Reason, out.Detail)
	assert.NotContains(t, b.Dialogue(), "revert now")
	assert.Contains(t, b.Told(), "is not this user's")
	standing, detail := b.Standing(t, g, base)
	assert.Equal(t, 0, standing, detail)
}
