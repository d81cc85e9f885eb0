package changetest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/change"
	"github.com/twinpath/twinpath/internal/changetest"
	"github.com/twinpath/twinpath/internal/plan"
)

// ground is what all trials of a system begin from.
type ground struct {
	system string
	g      *plan.Gateway
	// base are the statements before the push, states those before each step
	// and after the last.
	base   []string
	states []map[string]int
	// points are those that an undisturbed push comes to.
	points []changetest.Point
}

// grounds keeps what groundOf has found.
var grounds sync.Map

// groundOf pushes to a gateway of a system once, without a fault.
func groundOf(t *testing.T, system string) *ground {
	t.Helper()
	if gr, ok := grounds.Load(system); ok {
		if gr, ok := gr.(*ground); ok {
			return gr
		}
	}
	b := changetest.New(t, system, changetest.Scenario(system))
	b.Pace = 5 * time.Second
	gr := &ground{system: system, g: b.Plan(t, changetest.MoveBoth...)}
	require.Len(t, gr.g.Steps, 2, "the rules are written for two steps")
	var err error
	gr.base, err = plan.Paths(b.Profile, b.Running())
	require.NoError(t, err)
	part := *gr.g
	for i := range 3 {
		part.Steps = gr.g.Steps[:i]
		gr.states = append(gr.states, part.Target(gr.base))
	}
	w := changetest.NewWatch(b, gr.g)
	out := b.Push(t.Context(), t, gr.g)
	require.Equal(t, change.Done, out.Ending, "%s %v", out.Reason, out.Detail)
	gr.points = w.Seen()
	grounds.Store(system, gr)
	return gr
}

// trial is one push with a fault.
type trial struct {
	*changetest.Bench
	*ground

	t         *testing.T
	crash     *changetest.Crash
	interrupt context.CancelFunc
	abandon   chan struct{}
	// late is how long after a crash somebody comes.
	late time.Duration
}

func newTrial(t *testing.T, gr *ground) (*trial, context.Context) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := &trial{
		Bench: changetest.New(t, gr.system, changetest.Scenario(gr.system)), ground: gr,
		t: t, crash: &changetest.Crash{}, interrupt: cancel, abandon: make(chan struct{}), late: time.Second,
	}
	c.Pace = 5 * time.Second
	c.Options.Abandon = c.abandon
	c.Options.Window = change.Window{Start: changetest.Start.Add(-time.Hour), End: changetest.Start.Add(time.Hour)}
	return c, ctx
}

// TestMatrix lets every fault happen at every point of a push to every system,
// and holds what comes of it against the rules.
func TestMatrix(t *testing.T) {
	t.Parallel()
	for _, system := range changetest.Systems(t) {
		gr := groundOf(t, system)
		for _, f := range faults {
			for _, p := range gr.points {
				if f.at != nil && !slices.Contains(f.at, p.At) || testing.Short() && !essential(p) {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%d %s", system, f.name, p.Step, p.At), func(t *testing.T) {
					t.Parallel()
					try(t, gr, f, p)
				})
			}
		}
	}
}

// TestFaultsOfAWholePush: what is odd about a gateway from the beginning to the
// end is no reason to fail.
func TestFaultsOfAWholePush(t *testing.T) {
	t.Parallel()
	for _, system := range changetest.Systems(t) {
		gr := groundOf(t, system)
		for _, f := range whole {
			t.Run(system+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				c, ctx := newTrial(t, gr)
				f.begin(c)
				c.judge(rule(traits[system], f.name, changetest.Point{}), c.Push(ctx, t, c.g), func() {})
			})
		}
	}
}

// essential are the trials that the race detector sees.
func essential(p changetest.Point) bool {
	return p.Step == 2 && slices.Contains([]string{"last line", "confirm", "save"}, p.At)
}

// try pushes with a fault at a point.
func try(t *testing.T, gr *ground, f fault, p changetest.Point) {
	t.Helper()
	c, ctx := newTrial(t, gr)
	heal := c.crash.Strike(c.Bench)
	w := changetest.NewWatch(c.Bench, c.g)
	struck := false
	w.Before = func(ctx context.Context, at changetest.Point) context.Context {
		if at != p {
			return ctx
		}
		struck = true
		if f.before != nil {
			f.before(c, ctx, p)
		}
		if f.hang {
			short, cancel := context.WithTimeout(ctx, enough)
			t.Cleanup(cancel)
			return short
		}
		return ctx
	}
	w.After = func(at changetest.Point, _ error) {
		if at == p && f.after != nil {
			f.after(c, p)
		}
	}
	if f.begin != nil {
		f.begin(c)
	}
	out := c.Push(ctx, t, c.g)
	require.True(t, struck, "the push never came to this point")
	c.judge(rule(traits[gr.system], f.name, p), out, heal)
}

// enough is the time that a connection or a reply takes on a busy machine, and
// less than what a test should wait for one that never comes.
const enough = 2 * time.Second

// judge holds the end of a push, and what follows it, against what must hold.
func (c *trial) judge(w want, out change.Outcome, heal func()) {
	t := c.t
	said := fmt.Sprintf("%s: %s %v\n%s", out.Ending, out.Reason, out.Detail, c.Told())
	if !w.dies {
		if !assert.Contains(t, w.endings, out.Ending, said) {
			return
		}
		assert.Equal(t, w.standing, out.Standing, said)
		assert.Equal(t, string(out.Ending), c.journalEnd(), "the journal names the end")
		c.lockFree()
	}
	if out.Ending == change.Unknown {
		at, runs := c.PendingRevert()
		assert.False(t, runs && (out.Reverts.IsZero() || at.After(out.Reverts)), "it takes back at %s: %s", at, said)
	} else if !w.dies {
		c.settled(w.standing, w.foreign, said)
	}
	if w.resumed == nil {
		return
	}
	c.Clock.Advance(c.late)
	heal()
	require.NoError(t, c.Set())
	require.NoError(t, os.WriteFile(c.Target.KnownHosts, []byte(c.KnownHosts()), 0o600))
	c.Options.Abandon = nil
	if w.rollback {
		c.backAgain(w)
		return
	}
	c.resume(*w.resumed)
}

// resume settles the push, and holds the end of that against what must hold.
func (c *trial) resume(w want) {
	t := c.t
	runs, err := change.ReadJournal(c.JournalFile)
	require.NoError(t, err)
	if len(runs) == 0 {
		assert.Equal(t, 0, w.standing, "nothing is in the journal")
		c.settled(0, w.foreign, "nothing is in the journal")
		return
	}
	out, err := c.Resume(t.Context(), t)
	said := fmt.Sprintf("resume: %s: %s %v %v\n%s", out.Ending, out.Reason, out.Detail, err, c.Told())
	if errors.Is(err, change.ErrNothing) {
		c.settled(w.standing, w.foreign, said)
		return
	}
	require.NoError(t, err)
	assert.Contains(t, w.endings, out.Ending, said)
	assert.Equal(t, w.standing, out.Standing, said)
	c.settled(w.standing, w.foreign, said)
}

// backAgain takes the push back; one that ended in the middle of a step is
// settled first, which rollback asks for.
func (c *trial) backAgain(w want) {
	t := c.t
	runs, err := change.ReadJournal(c.JournalFile)
	require.NoError(t, err)
	if len(runs) > 0 {
		out, err := c.Rollback(t.Context(), t)
		if err != nil && !errors.Is(err, change.ErrNothing) {
			require.ErrorContains(t, err, "'twinpath resume' must find out first")
			c.resume(*w.resumed)
			c.Clock.Advance(noticed) // The circuit that was taken back comes up again.
			out, err = c.Rollback(t.Context(), t)
		}
		if !errors.Is(err, change.ErrNothing) {
			require.NoError(t, err)
			assert.Equal(t, change.Done, out.Ending, "rollback: %s %v\n%s", out.Reason, out.Detail, c.Told())
		}
	}
	c.settled(0, "", "rolled back: "+c.Told())
}

// settled makes sure that so many steps are in force, in the running and in the
// startup configuration, that no timer runs and that nobody is locked out.
func (c *trial) settled(steps int, foreign, said string) {
	t := c.t
	_, runs := c.PendingRevert()
	assert.False(t, runs, "a timer runs; %s", said)
	assert.Equal(t, c.states[steps], c.own(c.Running()), "running configuration; %s", said)
	assert.Equal(t, c.states[steps], c.own(c.Startup()), "startup configuration; %s", said)
	if foreign != "" {
		assert.Equal(t, foreign == "stays", len(c.statements(c.Running())) != len(c.own(c.Running())), "the other administrator's line; %s", said)
	}
	assert.Eventually(t, func() bool { return !c.Locked() }, 5*time.Second, time.Millisecond, "a lock is left; %s", said)
}

// own returns the statements of a configuration that the second administrator
// did not type.
func (c *trial) own(text string) map[string]int {
	out := c.statements(text)
	maps.DeleteFunc(out, func(s string, _ int) bool { return strings.Contains(s, "10.99.0.0") })
	return out
}

func (c *trial) statements(text string) map[string]int {
	paths, err := plan.Paths(c.Profile, text)
	require.NoError(c.t, err)
	out := map[string]int{}
	for _, p := range paths {
		out[p]++
	}
	return out
}

// journalEnd is the ending that the last line of the journal names.
func (c *trial) journalEnd() string {
	f, err := os.Open(c.JournalFile)
	require.NoError(c.t, err)
	defer func() { _ = f.Close() }()
	var last struct{ Event, Ending string }
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		require.NoError(c.t, json.Unmarshal(lines.Bytes(), &last))
	}
	require.NoError(c.t, lines.Err())
	assert.Equal(c.t, "end", last.Event)
	return last.Ending
}

// lockFree makes sure that the lock of this machine is free.
func (c *trial) lockFree() {
	files, err := filepath.Glob(filepath.Join(c.Options.Locks, "*.lock"))
	require.NoError(c.t, err)
	for _, f := range files {
		l := flock.New(f)
		ok, err := l.TryLock()
		require.NoError(c.t, err)
		assert.True(c.t, ok, "the lock of this machine is left")
		_ = l.Unlock()
	}
}
