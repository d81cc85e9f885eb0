package change_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/change"
	"github.com/twinpath/twinpath/internal/changetest"
)

func TestParseWindow(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"2026-12-01T22:00:00Z/2026-12-01T23:00:00Z":           {"2026-12-01T22:00:00Z", "2026-12-01T23:00:00Z"},
		"2026-12-01T22:00:00+08:00/2026-12-01T23:00:00+08:00": {"2026-12-01T14:00:00Z", "2026-12-01T15:00:00Z"},
		"2026-12-01 22:00/23:30 Europe/Berlin":                {"2026-12-01T21:00:00Z", "2026-12-01T22:30:00Z"},
		"2026-12-01 22:00/01:30 Europe/Berlin":                {"2026-12-01T21:00:00Z", "2026-12-02T00:30:00Z"},
		"2026-12-01T22:00:30/2026-12-03 04:00 Asia/Shanghai":  {"2026-12-01T14:00:30Z", "2026-12-02T20:00:00Z"},
		"2026-10-24 23:00/04:00 Europe/Berlin":                {"2026-10-24T21:00:00Z", "2026-10-25T03:00:00Z"},
		"2026-12-01 22:00/23:00 UTC":                          {"2026-12-01T22:00:00Z", "2026-12-01T23:00:00Z"},
	} {
		w, err := change.ParseWindow(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, [2]string{w.Start.UTC().Format(time.RFC3339), w.End.UTC().Format(time.RFC3339)}, text)
	}
	for text, want := range map[string]string{
		"":          "no /",
		"now/later": "START/END",
		"2026-12-01T23:00:00Z/2026-12-01T22:00:00Z":           "ends before it begins",
		"2026-12-01 22:00/23:00":                              "START/END",
		"2026-12-01 22:00/23:00 Europe/Nowhere":               "not in the IANA database",
		"2026-12-01 22:00/23:00 Local":                        "not in the IANA database",
		"2026-03-29 02:30/04:00 Europe/Berlin":                "skip",
		"2026-10-25 02:30/04:00 Europe/Berlin":                "twice",
		"2026-04-05 01:45/04:00 Australia/Lord_Howe":          "twice",
		"2026-12-01 22:00/22:00 UTC":                          "ends at the time at which it begins",
		"2026-13-01 22:00/23:00 UTC":                          "month out of range",
		"2026-12-01T22:00:00Z/2026-12-01T23:00:00Z\nshutdown": "START/END",
	} {
		_, err := change.ParseWindow(text)
		assert.ErrorContains(t, err, want, "%q", text)
	}
}

// window is one that is open from the bench's start on.
func window(b *changetest.Bench, d time.Duration) change.Window {
	return change.Window{Start: b.Clock.Now().Add(-time.Hour), End: b.Clock.Now().Add(d)}
}

// TestWindow: outside of it, or when it is too short, nothing is typed.
func TestWindow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		now := b.Clock.Now()
		g, base := b.Plan(t, changetest.MoveBoth...), b.Read(t)
		b.Forget()
		for want, w := range map[string]change.Window{
			"the window opens at": {Start: now.Add(time.Hour), End: now.Add(3 * time.Hour)},
			"the window closed":   {Start: now.Add(-time.Hour), End: now},
			"may take":            window(b, 3*time.Minute),
		} {
			b.Options.Window = w
			out := b.Push(t.Context(), t, g)
			assert.Equal(t, change.Refused, out.Ending)
			assert.Contains(t, out.Reason, want)
		}
		assert.NotContains(t, b.Dialogue(), "show")
		b.Options.Window = window(b, time.Hour)
		out := b.Push(t.Context(), t, g)
		assert.Equal(t, change.Done, out.Ending, "%s %v", out.Reason, out.Detail)
		holds(t, b, g, base, out)
	})
}

// TestWindowBeforeAStep: the first step took long, and the second does not begin
// for the lack of time, though the window is open.
func TestWindowBeforeAStep(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		g, base := b.Plan(t, changetest.MoveBoth...), b.Read(t)
		b.Options.Window = window(b, time.Hour)
		b.OnEvent = func(e change.Event) {
			if strings.HasPrefix(e.Text, "step 1 of") {
				b.Clock.Advance(58 * time.Minute)
			}
		}
		out := b.Push(t.Context(), t, g)
		assert.Equal(t, change.Stopped, out.Ending, "%s %v", out.Reason, out.Detail)
		assert.Contains(t, out.Reason, "the window closes at")
		assert.Equal(t, 1, out.Standing)
		holds(t, b, g, base, out)
	})
}

// TestWindowClosesInTheMiddle: a step that waits for its checks is taken back.
func TestWindowClosesInTheMiddle(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		g, base := b.Plan(t, changetest.MoveFirst...), b.Read(t)
		b.SetCircuit("10.0.0.9", false)
		b.Options.Window = window(b, time.Hour)
		b.OnEvent = func(e change.Event) {
			if strings.HasPrefix(e.Text, "waiting") {
				b.Clock.Advance(time.Hour)
			}
		}
		out := b.Push(t.Context(), t, g)
		assert.Equal(t, change.RolledBack, out.Ending, "%s %v", out.Reason, out.Detail)
		assert.Contains(t, out.Reason, "the window closed")
		holds(t, b, g, base, out)
	})
}
