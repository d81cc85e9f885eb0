package change_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/change"
)

// TestLaterStepBreaksAnEarlierOne: the next hop that one step had waited for
// is gone when the last one is done.
func TestLaterStepBreaksAnEarlierOne(t *testing.T) {
	b := newBench(t)
	g := b.plan(t)
	b.options.Tell = func(e change.Event) {
		if strings.HasPrefix(e.Text, fmt.Sprintf("step %d of", len(g.Steps))) {
			b.set(func() { b.up["10.0.0.1"] = false })
		}
	}
	out := b.push(t, g)
	b.tookBack(t, g, out)
	assert.Contains(t, out.Reason, "10.0.0.1")
}

// TestNothingTypedIsNotTakenBack: the window closes between the look at the
// gateway and the first line.
func TestNothingTypedIsNotTakenBack(t *testing.T) {
	b := newBench(t)
	g := b.plan(t)
	now := time.Date(2026, 12, 1, 22, 0, 0, 0, time.UTC)
	b.options.Window = change.Window{Start: now, End: now.Add(time.Hour)}
	dial := b.options.Dial
	b.options.Now = func() time.Time { return now }
	b.options.Dial = func(ctx context.Context) (change.Session, error) {
		now = now.Add(2 * time.Hour)
		return dial(ctx)
	}
	out := b.push(t, g)
	assert.Equal(t, change.Refused, out.Ending)
	assert.Contains(t, out.Reason, "the window closed")
	assert.NotContains(t, b.Said(), "configure terminal")
	assert.Equal(t, 1, strings.Count(b.Said(), "=== connection"))
}

// TestLineOnItsWayGetsTimeBeforeTheGatewayIsLookedAt: it may take effect after
// the connection is lost.
func TestLineOnItsWayGetsTimeBeforeTheGatewayIsLookedAt(t *testing.T) {
	b := newBench(t)
	g := b.plan(t)
	b.set(func() { b.fault = fault{line: 8, kind: "drop-before"} })
	b.options.Pause = func(context.Context, time.Duration) error {
		b.set(func() {
			b.routes["192.168.0.0/16 10.0.0.1 c1"] = "ip route 192.168.0.0/16 10.0.0.1 c1 bfd profile twinpath"
		})
		return nil
	}
	out := b.push(t, g)
	b.tookBack(t, g, out)
}

func TestSecretInAReplyIsNowhere(t *testing.T) {
	b := newBench(t)
	g := b.plan(t)
	b.set(func() { b.fault = fault{line: 4, kind: "secret"} })
	out := b.push(t, g)
	assert.Equal(t, change.RolledBack, out.Ending)
	assert.Contains(t, out.Reason, "hidden")
	journal, err := os.ReadFile(b.journal)
	require.NoError(t, err)
	assert.NotContains(t, string(journal)+fmt.Sprint(b.said, out), "hunter2")
	assert.Contains(t, string(journal), `"event":"back line"`, "the way back is in the journal too")
}
