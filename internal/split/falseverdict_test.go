package split_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/split"
)

var (
	update = flag.Bool("update", false, "write the table of docs/verification.md anew, with -windows 10000")
	// 200 windows a row take seconds and 10,000 minutes: make verdicts.
	windows = flag.Int("windows", 200, "windows per row of the table of false verdicts")
)

// row is one kind of window: what is true, and how it is looked at.
type row struct {
	share   float64 // of the first circuit's packets
	flows   int
	pareto  bool // sizes of Pareto's distribution with the index 1.1, else equal
	samples int  // expected; while watching, the most
	watch   bool
}

// tableRows are the windows that the table stands for: shares far from the
// floor of 20 % and next to it, where a verdict is wrong most easily.
func tableRows() []row {
	var out []row
	for _, watch := range []bool{false, true} {
		for _, share := range []float64{.05, .15, .19, .199, .201, .21, .25, .5} {
			for _, r := range []row{{flows: 64, samples: 500}, {flows: 200, samples: 2000}, {flows: 200, pareto: true, samples: 2000}} {
				r.share, r.watch = share, watch
				out = append(out, r)
			}
		}
	}
	return out
}

// population is the flows of a window with the part that each has of the
// packets of its circuit, drawn anew for every window.
type population struct {
	sizes   [2][]float64
	samples []flow.Sample
}

// draw gives the flows sizes. Every circuit has the half of them, and its share
// of the packets is exact, so that the truth is known.
func (p *population) draw(r row, rng *rand.Rand) {
	for c := range p.sizes {
		p.sizes[c] = p.sizes[c][:0]
		sum := 0.0
		for range r.flows / 2 {
			size := 1.0
			if r.pareto {
				size = math.Pow(1-rng.Float64(), -1/1.1)
			}
			p.sizes[c] = append(p.sizes[c], size)
			sum += size
		}
		share := r.share
		if c == 1 {
			share = 1 - r.share
		}
		for i := range p.sizes[c] {
			p.sizes[c][i] *= share / sum
		}
	}
}

// add samples the window once: each flow gives as many sampled packets as
// random sampling of its size takes, in one record.
func (p *population) add(t *split.Tally, expected float64, rng *rand.Rand) {
	for c, sizes := range p.sizes {
		for i, size := range sizes {
			k := distuv.Poisson{Lambda: size * expected, Src: rng}.Rand()
			if k == 0 {
				continue
			}
			s := &p.samples[c]
			s.SrcPort = uint16(1024 + 2*i + c)
			s.Packets, s.Bytes = uint64(k), uint64(k)*700
			t.Add(s)
		}
	}
}

func newPopulation() *population {
	p := &population{samples: make([]flow.Sample, 2)}
	for c, out := range []uint32{12, 13} {
		p.samples[c] = traffic(2, 1).Samples(rand.New(rand.NewPCG(1, 1)), 1, noon, noon)[0]
		p.samples[c].Out, p.samples[c].NextHop = out, traffic(2, 1).NextHop[c]
		p.samples[c].Stream = flow.Stream{Exporter: gw, Protocol: flow.NetFlowV9}
		p.samples[c].Rate, p.samples[c].RateSource = 1000, flow.RateFromOptions
	}
	return p
}

// outcome counts verdicts.
type outcome struct{ pass, fail, open, wrong int }

// window takes one window's verdict. Who watches looks twenty times, and stops
// at the first verdict.
func (p *population) window(m *split.Map, r row, rng *rand.Rand) split.Verdict {
	t := m.NewTally(time.Time{}, 1)
	p.draw(r, rng)
	if !r.watch {
		p.add(t, float64(r.samples), rng)
		return t.Verdict(heard()).Verdict
	}
	const looks = 20
	ev := heard()
	ev.Watching = true
	seen := 0.0
	for i := range looks {
		// Densest at the beginning, where a share jumps most.
		upTo := 100 * math.Pow(float64(r.samples)/100, float64(i)/(looks-1))
		p.add(t, upTo-seen, rng)
		seen = upTo
		if v := t.Verdict(ev).Verdict; v != split.Inconclusive {
			return v
		}
	}
	return split.Inconclusive
}

func (r row) run(m *split.Map, n int) (o outcome) {
	p := newPopulation()
	for i := range n {
		rng := rand.New(rand.NewPCG(uint64(i), uint64(r.share*1e4)+uint64(r.flows)<<20))
		switch p.window(m, r, rng) {
		case split.Pass:
			o.pass++
			if r.share < .2 {
				o.wrong++
			}
		case split.Fail:
			o.fail++
			if r.share >= .2 {
				o.wrong++
			}
		case split.Inconclusive:
			o.open++
		}
	}
	return o
}

// TestFalseVerdicts draws many windows of each kind and holds how often the
// verdict is wrong: a pass with a share below the floor, or a fail with all
// above it. The stated rate is 1 - confidence, 5 %. The table is printed and
// stands in docs/verification.md.
func TestFalseVerdicts(t *testing.T) {
	n := *windows
	if testing.Short() { // the race detector is ten times slower
		n = min(n, 50)
	}
	rows := tableRows()
	results := make([]outcome, len(rows))
	next := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		m := shanghai(t, nil)
		wg.Go(func() {
			for i := range next {
				results[i] = rows[i].run(m, n)
			}
		})
	}
	for i := range rows {
		next <- i
	}
	close(next)
	wg.Wait()
	var b strings.Builder
	fmt.Fprintf(&b, "| looked at | true share | flows | sizes | samples | pass | fail | inconclusive | wrong |\n|---|---|---|---|---|---|---|---|---|\n")
	for i, r := range rows {
		o := results[i]
		fmt.Fprintf(&b, "| %s | %.1f %% | %d | %s | %s | %s | %s | %s | %s |\n", r.look(), 100*r.share, r.flows, r.size(), r.count(),
			part(o.pass, n), part(o.fail, n), part(o.open, n), part(o.wrong, n))
		chance := 0.
		if n < 10_000 { // the table is of so many, and holds the rate itself
			chance = 3 * math.Sqrt(stated*(1-stated)/float64(n))
		}
		assert.LessOrEqual(t, float64(o.wrong)/float64(n), stated+chance, "%+v", r)
	}
	t.Log("\n" + b.String())
	if *update {
		write(t, b.String())
	}
	documented(t, rows, results, n)
}

func (r row) look() string {
	if r.watch {
		return "while watching"
	}
	return "once"
}

func (r row) size() string {
	if r.pareto {
		return "Pareto 1.1"
	}
	return "equal"
}

func (r row) count() string {
	if r.watch {
		return fmt.Sprintf("100 to %d", r.samples)
	}
	return fmt.Sprint(r.samples)
}

func part(k, n int) string { return fmt.Sprintf("%.2f %%", 100*float64(k)/float64(n)) }

const (
	// stated is how often a verdict may be wrong: 1 - confidence.
	stated      = .05
	tableFile   = "../../docs/verification.md"
	tableBegins = "<!-- false verdicts: written by make verdicts -->\n\n"
	tableEnds   = "\n<!-- end of false verdicts -->"
)

func readTable(t *testing.T) (before, table, after string) {
	t.Helper()
	data, err := os.ReadFile(tableFile)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(data), tableBegins)
	require.True(t, found, "%s has no place for the table", tableFile)
	table, after, found = strings.Cut(rest, tableEnds)
	require.True(t, found, "%s has no end of the table", tableFile)
	return before, table, after
}

func write(t *testing.T, table string) {
	t.Helper()
	before, _, after := readTable(t)
	require.NoError(t, os.WriteFile(tableFile, []byte(before+tableBegins+table+tableEnds+after), 0o600))
}

// documented holds the table of the documentation, which is of more windows,
// against what was simulated now: no rate may be further away than the numbers
// of windows explain.
func documented(t *testing.T, rows []row, results []outcome, n int) {
	t.Helper()
	_, table, _ := readTable(t)
	lines := strings.Split(strings.TrimSpace(table), "\n")
	require.Len(t, lines, len(rows)+2, "the table of %s is of other rows: run make verdicts", tableFile)
	for i, r := range rows {
		o := results[i]
		cells := strings.Split(lines[i+2], " | ")
		require.Len(t, cells, 9)
		assert.Equal(t, fmt.Sprintf("%.1f %%", 100*r.share), cells[1])
		for k, got := range []int{o.pass, o.fail, o.open, o.wrong} {
			var percent float64
			_, err := fmt.Sscanf(cells[5+k], "%f %%", &percent)
			require.NoError(t, err)
			p := percent / 100
			if k == 3 {
				assert.LessOrEqual(t, p, stated, lines[i+2])
			}
			assert.InDelta(t, p, float64(got)/float64(n), 5*math.Sqrt(p*(1-p)/float64(n))+2/float64(n), "%s: run make verdicts", lines[i+2])
		}
	}
}
