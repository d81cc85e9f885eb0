package lab

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// every is the interval of one flow's packets.
const every = 50 * time.Millisecond

// verifyFor is how long the split is watched; more than the exporter needs to
// report a flow twice.
const verifyFor = 13 * time.Second

// drained is how long flows from before a change are still reported: the active
// timeout, and the two seconds in which the exporter looks for what is due.
const drained = (exportEvery + 2) * time.Second

// mark is a span of a run.
type mark struct{ from, to time.Time }

// drill fails one circuit, measures, and repairs it.
type drill struct {
	*Lab
	i     int
	p     *prober
	out   *Drill
	facts drillFacts
	short []mark
	long  mark
	// quiet is from the repair until the end of the last verification.
	quiet mark
	// meant are the spans in which the route was meant to change.
	meant []mark
}

// runDrill measures the failure of one circuit on the configured gateway.
func (l *Lab) runDrill(ctx context.Context, i int, o Options) (*Drill, error) {
	d := &drill{Lab: l, i: i, out: &Drill{Circuit: l.model.circuits[i].name, Flows: o.Flows}}
	e, err := l.expected(ctx)
	if err != nil {
		return nil, err
	}
	c := l.model.circuits[i]
	d.facts = drillFacts{
		promised: bounds{seconds(e.DetectionMin), seconds(e.DetectionMax)},
		recovery: bounds{seconds(e.RecoveryMin), seconds(e.RecoveryMax)},
		nominal:  seconds(e.CloudSeconds),
		withdraw: withdrawal(c.interval, c.probes), restore: restoration(c.interval),
	}
	if d.p, err = l.startProber(ctx, o.Flows, every); err != nil {
		return nil, err
	}
	err = d.steps(ctx, o.Cuts)
	d.p.finish()
	if err != nil {
		return nil, err
	}
	d.count()
	d.out.judge(d.facts)
	return d.out, nil
}

func (d *drill) steps(ctx context.Context, cuts int) error {
	if err := d.split(ctx, "before", pass, ""); err != nil {
		return err
	}
	for n := range cuts {
		m, took, err := d.shortCut(ctx, d.i)
		if err != nil {
			return fmt.Errorf("cut %d of %d: %w", n+1, cuts, err)
		}
		d.short = append(d.short, m)
		d.out.DetectionMS = append(d.out.DetectionMS, ms(took))
	}
	for range otherCuts {
		other := (d.i + 1) % len(d.model.circuits)
		d.out.Other = d.model.circuits[other].name
		_, took, err := d.shortCut(ctx, other)
		if err != nil {
			return fmt.Errorf("the other circuit's cut: %w", err)
		}
		d.out.OtherMS = append(d.out.OtherMS, ms(took))
	}
	if err := d.longCut(ctx); err != nil {
		return fmt.Errorf("the long cut: %w", err)
	}
	return d.split(ctx, "after", pass, "")
}

// split verifies the split over a span, by every export, and notes the verdicts.
func (d *drill) split(ctx context.Context, phase, wanted, says string) error {
	d.note("verifying the split %s", phase)
	splits, err := d.verify(ctx, phase, verifyFor, exports...)
	if err != nil {
		return err
	}
	for i := range splits {
		splits[i].Wanted, splits[i].Says = wanted, says
	}
	d.out.Splits = append(d.out.Splits, splits...)
	d.quiet.to = time.Now()
	return nil
}

// survivor is the circuit that is left when the drilled one is cut.
func (d *drill) survivor() string {
	return d.model.circuits[(d.i+1)%len(d.model.circuits)].name
}

// otherCuts is how often the circuit whose far end is the other implementation
// is cut, as a check of the environment.
const otherCuts = 2

// shortCut measures the gateway alone: the circuit is repaired long before the
// cloud gives it up. It returns the span of the cut, and when the gateway left.
func (d *drill) shortCut(ctx context.Context, i int) (mark, time.Duration, error) {
	name := d.model.circuits[i].name
	if err := d.settle(ctx); err != nil {
		return mark{}, 0, err
	}
	anyPhase(700 * time.Millisecond)
	at, err := d.sever(ctx, i)
	if err != nil {
		return mark{}, 0, err
	}
	took, err := d.leaves(ctx, i, at, limit(d.facts.promised.max))
	if err != nil {
		return mark{}, 0, err
	}
	time.Sleep(500 * time.Millisecond)
	healed, err := d.heal(ctx, i)
	if err != nil {
		return mark{}, 0, err
	}
	back, err := d.watch.settled(ctx, settledFor)
	d.out.ReturnMS = append(d.out.ReturnMS, ms(max(0, back.Sub(healed.from))))
	d.meant = append(d.meant, mark{at, time.Now()})
	d.note("cut %s: the gateway left it after %d ms", name, took.Milliseconds())
	return mark{at, healed.to}, took, err
}

// anyPhase waits for a random time: without it a cut always meets the same phase
// of the timers that it is measured by.
func anyPhase(span time.Duration) {
	time.Sleep(rand.N(span)) //nolint:gosec // a phase, not a secret
}

// settledFor is how long the route must have held both circuits to be settled.
const settledFor = time.Second

// settle waits for a settled state, with a limit.
func (d *drill) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if _, err := d.watch.settled(ctx, settledFor); err != nil {
		return fmt.Errorf("waited for both circuits in the gateway's route: %w", err)
	}
	return nil
}

// longCut lets the cloud give the circuit up too, and measures each direction.
func (d *drill) longCut(ctx context.Context) error {
	if err := d.settle(ctx); err != nil {
		return err
	}
	// A probe that the last short cut swallowed would count for this one.
	err := d.until(ctx, 20*time.Second, "the cloud's probes to be answered again", func() (bool, error) { return d.cloud.well(), nil })
	if err != nil {
		return err
	}
	anyPhase(d.model.circuits[d.i].interval)
	at, err := d.sever(ctx, d.i)
	if err != nil {
		return err
	}
	d.note("cut %s until the cloud gives it up", d.out.Circuit)
	if _, err := d.leaves(ctx, d.i, at, limit(d.facts.promised.max)); err != nil {
		return err
	}
	time.Sleep(drained)
	if err := d.split(ctx, "during", fail, d.survivor()+" carries the traffic alone"); err != nil {
		return err
	}
	down, err := d.cloudTurns(ctx, at, false, d.facts.withdraw.max)
	if err != nil {
		return err
	}
	d.facts.cloudLeft = down.at.Sub(at)
	d.note("the cloud left %s after %.1f s: %s", d.out.Circuit, d.facts.cloudLeft.Seconds(), down.reason)
	anyPhase(d.model.circuits[d.i].interval)
	healed, err := d.heal(ctx, d.i)
	if err != nil {
		return err
	}
	d.long, d.quiet.from = mark{at, healed.to}, healed.to
	up, err := d.cloudTurns(ctx, healed.from, true, d.facts.restore.max)
	if err != nil {
		return err
	}
	d.facts.cloudBack = up.at.Sub(healed.from)
	d.note("the cloud is back on %s after %.1f s", d.out.Circuit, d.facts.cloudBack.Seconds())
	err = d.settle(ctx)
	d.meant = append(d.meant, mark{at, time.Now()})
	return err
}

// cloudTurns waits until the cloud leaves the circuit or comes back to it.
func (d *drill) cloudTurns(ctx context.Context, after time.Time, up bool, most time.Duration) (cloudEvent, error) {
	ctx, cancel := context.WithTimeout(ctx, most+5*time.Second)
	defer cancel()
	e, err := d.cloud.wait(ctx, after, d.i, up)
	if err != nil {
		what := "leave"
		if up {
			what = "come back to"
		}
		return e, fmt.Errorf("the cloud did not %s %s within %s", what, d.out.Circuit, most+5*time.Second)
	}
	return e, nil
}

// errStays is a gateway that goes on sending into a dead circuit.
var errStays = errors.New("traffic stays on the dead circuit")

// leaves waits until the gateway's route leaves a circuit that was cut, and
// says how long that took. Twice the limit is never.
func (l *Lab) leaves(ctx context.Context, i int, cut time.Time, limit time.Duration) (time.Duration, error) {
	ctx, cancel := context.WithDeadline(ctx, cut.Add(2*limit))
	defer cancel()
	at, err := l.watch.left(ctx, i)
	if errors.Is(err, context.DeadlineExceeded) {
		return 0, fmt.Errorf("%w: %s after the cut the gateway's route still uses %s", errStays, (2 * limit).Round(time.Millisecond), l.model.circuits[i].name)
	}
	return at.Sub(cut), err
}

// count reads the record of the packets, now that nothing moves any more.
func (d *drill) count() {
	span := func(m mark) (time.Duration, time.Duration) { return d.p.since(m.from), d.p.since(m.to) }
	for _, m := range d.short {
		from, to := span(m)
		out, _ := losses(d.p.flows, from, to)
		d.out.WindowMS = append(d.out.WindowMS, ms(out.Window))
	}
	from, to := span(d.long)
	d.out.Cut.Outward, d.out.Cut.Back = losses(d.p.flows, from, to)
	d.out.FlowsHit = affected(d.p.flows, from, to)
	from, to = span(d.quiet)
	d.out.Healed.Outward, d.out.Healed.Back = losses(d.p.flows, from, to)
	d.out.PacketRate = float64(len(d.p.flows)) / every.Seconds()
	d.out.Flaps = d.watch.flaps(d.p.start, d.meant)
	d.facts.share = d.out.Splits[0].Circuits[d.i].Kernel
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
