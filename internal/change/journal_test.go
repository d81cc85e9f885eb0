package change_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/change"
	"github.com/twinpath/twinpath/internal/changetest"
)

// pushed returns a bench whose push is done, and its journal.
func pushed(t *testing.T) (*changetest.Bench, []byte) {
	t.Helper()
	b := changetest.New(t, "juniper-junos", "shanghai")
	out := b.Push(t.Context(), t, b.Plan(t, changetest.MoveBoth...))
	require.Equal(t, change.Done, out.Ending, "%s %v", out.Reason, out.Detail)
	data, err := os.ReadFile(b.JournalFile)
	require.NoError(t, err)
	return b, data
}

// TestJournalThatNobodyCouldRead: a push does not write behind what a resume
// could not read afterwards, and leaves a file that is no journal as it is.
func TestJournalThatNobodyCouldRead(t *testing.T) {
	t.Parallel()
	_, good := pushed(t)
	first := bytes.IndexByte(good, '\n') + 1
	for name, tc := range map[string]struct{ text, want string }{
		"notes":          {"my notes\nwithout an end", "is not the journal of a push"},
		"no line at all": {"notes", "is not the journal of a push"},
		"a plan":         {"{\n  \"scenario\": \"x\"\n}\n", "is not the journal of a push"},
		"damaged":        {string(good[:first]) + "garbage\n" + string(good[first:]), ":2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "journal")
			require.NoError(t, os.WriteFile(file, []byte(tc.text), 0o600))
			_, err := change.OpenJournal(file, time.Now)
			require.ErrorContains(t, err, tc.want)
			left, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, tc.text, string(left))
		})
	}
}

// TestJournalWithAnotherPlan: what a rollback would type is what was pushed.
func TestJournalWithAnotherPlan(t *testing.T) {
	t.Parallel()
	b, data := pushed(t)
	other := bytes.Replace(data, []byte(`"rollback":["`), []byte(`"rollback":["delete system login","`), 1)
	require.NotEqual(t, data, other)
	require.NoError(t, os.WriteFile(b.JournalFile, other, 0o600))
	_, err := change.ReadJournal(b.JournalFile)
	assert.ErrorContains(t, err, "is not the one that was pushed")
}

// TestTornEntry: what a full disk has left of an entry does not stay, unless
// another push has written behind it.
func TestTornEntry(t *testing.T) {
	t.Parallel()
	b, data := pushed(t)
	for _, behind := range []string{"", "{}\n"} {
		j, err := change.OpenJournal(b.JournalFile, b.Clock.Now)
		require.NoError(t, err)
		require.NoError(t, j.Tear(`{"time":"2026-`, behind))
		require.NoError(t, j.Close())
		left, err := os.ReadFile(b.JournalFile)
		require.NoError(t, err)
		if behind == "" {
			assert.Equal(t, string(data), string(left))
		} else {
			assert.Equal(t, string(data)+`{"time":"2026-`+behind, string(left))
		}
	}
}

// TestRollbackThatEndedHalfway: the window closes between two of its steps; a
// resume in the next one takes the rest back.
func TestRollbackThatEndedHalfway(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		g, base := b.Plan(t, changetest.MoveBoth...), b.Read(t)
		out := b.Push(t.Context(), t, g)
		require.Equal(t, change.Done, out.Ending, "%s %v", out.Reason, out.Detail)
		b.Options.Window = window(b, time.Hour)
		once := false
		b.OnEvent = func(e change.Event) {
			if e.Step == 1 && !once {
				once = true
				b.Clock.Advance(58*time.Minute + 20*time.Second)
			}
		}
		out, err := b.Rollback(t.Context(), t)
		require.NoError(t, err)
		require.Equal(t, change.Stopped, out.Ending, "%s %v", out.Reason, out.Detail)
		require.Equal(t, 1, out.Standing)
		assert.Contains(t, out.Detail[0], "of the push is taken back")
		assert.Contains(t, out.Detail[1], "'twinpath resume")
		standing, detail := b.Standing(t, g, base)
		assert.Equal(t, len(g.Steps)-1, standing, detail)

		_, err = b.Rollback(t.Context(), t)
		require.ErrorContains(t, err, "'twinpath resume' goes on with the rest")
		b.Options.Window = window(b, time.Hour)
		out, err = b.Resume(t.Context(), t)
		require.NoError(t, err)
		require.Equal(t, change.Done, out.Ending, "%s %v\n%s", out.Reason, out.Detail, b.Told())
		assert.Contains(t, out.Reason, "the one from before the push")
		standing, detail = b.Standing(t, g, base)
		assert.Equal(t, 0, standing, detail)
		_, err = b.Rollback(t.Context(), t)
		assert.ErrorIs(t, err, change.ErrNothing)
	})
}

// TestRollbackAgain: one that was interrupted in its first step has taken
// nothing back, and may be tried again.
func TestRollbackAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *changetest.Bench) {
		g, base := b.Plan(t, changetest.MoveBoth...), b.Read(t)
		out := b.Push(t.Context(), t, g)
		require.Equal(t, change.Done, out.Ending, "%s %v", out.Reason, out.Detail)
		ctx, interrupt := context.WithCancel(t.Context())
		b.OnEvent = func(e change.Event) {
			if e.Step == 1 {
				interrupt()
			}
		}
		out, err := b.Rollback(ctx, t)
		require.NoError(t, err)
		require.Equal(t, change.RolledBack, out.Ending, "%s %v", out.Reason, out.Detail)
		require.Zero(t, out.Standing)
		standing, detail := b.Standing(t, g, base)
		require.Equal(t, len(g.Steps), standing, detail)
		b.OnEvent = nil
		out, err = b.Rollback(t.Context(), t)
		require.NoError(t, err)
		require.Equal(t, change.Done, out.Ending, "%s %v\n%s", out.Reason, out.Detail, b.Told())
		standing, detail = b.Standing(t, g, base)
		assert.Equal(t, 0, standing, detail)
	})
}
