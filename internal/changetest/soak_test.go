package changetest_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/change"
	"github.com/twinpath/twinpath/internal/changetest"
)

var (
	soak = flag.Int("soak", 60, "how many pushes with random faults")
	seed = flag.Uint64("seed", 0, "of the random faults; 0: another one each time")
)

// TestSoak pushes with up to three random faults, then settles what is left
// over, and makes sure that no gateway is in a state that its journal does not
// name.
func TestSoak(t *testing.T) {
	t.Parallel()
	n := *soak
	if testing.Short() {
		n = min(n, 12)
	}
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	systems := changetest.Systems(t)
	for i := range n {
		random := rand.New(rand.NewPCG(*seed, uint64(i)))
		gr := groundOf(t, systems[random.IntN(len(systems))])
		t.Run(fmt.Sprintf("%d/%s", i, gr.system), func(t *testing.T) {
			t.Parallel()
			soaked(t, gr, random)
			if t.Failed() {
				t.Logf("again: go test ./internal/changetest -run 'TestSoak/%d/' -soak %d -seed %d", i, n, *seed)
			}
		})
	}
}

// plague lets random faults happen at random points.
type plague struct {
	random *rand.Rand
	at     map[changetest.Point][]fault
	said   []string
}

func newPlague(random *rand.Rand, gr *ground) *plague {
	pl := &plague{random: random, at: map[changetest.Point][]fault{}}
	for range 1 + random.IntN(3) {
		p := gr.points[random.IntN(len(gr.points))]
		f := faults[random.IntN(len(faults))]
		if f.at == nil || slices.Contains(f.at, p.At) {
			pl.at[p] = append(pl.at[p], f)
			pl.said = append(pl.said, fmt.Sprintf("%d %s: %s", p.Step, p.At, f.name))
		}
	}
	return pl
}

func soaked(t *testing.T, gr *ground, random *rand.Rand) {
	t.Helper()
	pl := newPlague(random, gr)
	c, ctx := newTrial(t, gr)
	c.Options.Leave = random.IntN(2) == 0
	heal := c.crash.Strike(c.Bench)
	w := changetest.NewWatch(c.Bench, c.g)
	left := false
	w.Before = func(ctx context.Context, at changetest.Point) context.Context {
		for _, f := range pl.at[at] {
			if strings.HasPrefix(f.name, "Ctrl-C twice") {
				if left {
					continue // It is left once.
				}
				left = true
			}
			if f.before != nil {
				f.before(c, ctx, at)
			}
			if f.hang {
				short, cancel := context.WithTimeout(ctx, enough)
				t.Cleanup(cancel)
				ctx = short
			}
		}
		return ctx
	}
	w.After = func(at changetest.Point, _ error) {
		for _, f := range pl.at[at] {
			if f.after != nil {
				f.after(c, at)
			}
		}
	}
	out := c.Push(ctx, t, c.g)
	said := fmt.Sprintf("%v: %s: %s %v\n%s", pl.said, out.Ending, out.Reason, out.Detail, c.Told())
	if out.Ending != "" && out.Ending != change.Unknown {
		assert.Equal(t, string(out.Ending), c.journalEnd(), said)
		c.settled(out.Standing, "", said)
		return
	}
	c.healed(heal)
	runs, err := change.ReadJournal(c.JournalFile)
	require.NoError(t, err)
	if len(runs) == 0 {
		c.settled(0, "", said)
		return
	}
	out, err = c.Resume(t.Context(), t)
	if err != nil {
		require.ErrorIs(t, err, change.ErrNothing, said)
		return
	}
	said += fmt.Sprintf("\nresume: %s: %s %v", out.Ending, out.Reason, out.Detail)
	assert.NotEqual(t, change.Unknown, out.Ending, said)
	assert.Equal(t, string(out.Ending), c.journalEnd(), said)
	c.settled(out.Standing, "", said)
}

// healed is a gateway without faults, and a machine that lives again.
func (c *trial) healed(heal func()) {
	c.Clock.Advance(c.late)
	heal()
	require.NoError(c.t, c.Set())
	for step := 1; step <= 2; step++ {
		c.SetCircuit(c.far(step), true)
		c.SetCircuit(c.other(step), true)
	}
	c.Clock.Advance(noticed)
	require.NoError(c.t, os.WriteFile(c.Target.KnownHosts, []byte(c.KnownHosts()), 0o600))
	c.Options.Abandon, c.Options.Leave = nil, false
}
