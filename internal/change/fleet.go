package change

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twinpath/twinpath/internal/plan"
)

// Job is the work on one gateway, beside that on others.
type Job struct{ p *push }

// NewPush returns the job to carry out the plan of one gateway.
func NewPush(g *plan.Gateway, o Options) *Job {
	p := &push{Options: o, g: g, kind: kindPush}
	var checks []plan.Check
	for i, st := range g.Steps {
		// A step may break what an earlier one had waited for.
		checks = union(checks, st.Checks)
		after := checks
		if !o.Drill {
			// What carried the traffic meanwhile must still do so: each prefix has all
			// its next hops. A drill relies on the circuit that it fails, too.
			after = union(checks, st.Needs)
		}
		p.steps = append(p.steps, step{
			number: i + 1, circuit: st.Circuit, commands: st.Commands, rollback: st.Rollback, needs: st.Needs, checks: after,
		})
	}
	return &Job{p}
}

// Carry does jobs, at most parallel at once, and returns how each ended. No line
// is typed on any gateway before all have been looked at and none was refused.
// Two steps of one scenario are never under way at once, unless they are for the
// same circuit. After the first that does not come through no step begins any
// more; those that are under way are carried on to their end.
//
// The end of the context interrupts: what is under way is taken back. The end of
// Options.Abandon leaves at once.
func Carry(ctx context.Context, jobs []*Job, parallel int) []Outcome {
	f := &fleet{jobs: jobs, out: make([]Outcome, len(jobs)), gates: map[string]*gate{}}
	for i, j := range jobs {
		j.p.id = runID(j.p.Seal, j.p.Now())
		j.p.interrupted = func() bool { return ctx.Err() != nil }
		j.p.halted = f.halted(ctx)
		key := j.p.Scenario
		if key == "" {
			key = fmt.Sprint(i)
		}
		if f.gates[key] == nil {
			f.gates[key] = newGate()
		}
		j.p.gate = f.gates[key]
	}
	// What is typed is not cut off in the middle by the first interrupt.
	hard := context.WithoutCancel(ctx)
	wake := context.AfterFunc(ctx, f.wake)
	defer wake()
	f.each(parallel, func(i int) { f.prepare(hard, i) })
	f.ready()
	f.baseline(hard)
	f.ready()
	f.each(parallel, func(i int) { f.proceed(hard, i) })
	for i, j := range jobs {
		j.p.finishRun(f.out[i])
	}
	return f.out
}

// runID names a run: letters, digits and "-".
func runID(seal string, now time.Time) string {
	if len(seal) > 8 {
		seal = seal[:8]
	}
	return "tp-" + seal + "-" + now.UTC().Format("20060102T150405")
}

// fleet is the work on several gateways.
type fleet struct {
	jobs  []*Job
	out   []Outcome
	gates map[string]*gate
	// failed is the first gateway that did not come through.
	failed atomic.Pointer[string]
}

// each calls f for every job that has not ended, at most parallel at once.
func (f *fleet) each(parallel int, do func(i int)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, max(parallel, 1))
	for i := range f.jobs {
		if f.out[i].Ending != "" {
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			do(i)
		})
	}
	wg.Wait()
}

func (f *fleet) prepare(ctx context.Context, i int) {
	p := f.jobs[i].p
	if why := p.halted(); why != "" && !p.DryRun && p.kind != kindResume {
		f.out[i] = Outcome{Ending: NotBegun, Reason: why}
		return
	}
	ctx, stop := p.leave(ctx)
	defer stop()
	f.out[i] = p.prepare(ctx)
	if f.out[i].Ending != "" || len(f.jobs) > 1 {
		p.drop() // Its turn may come much later, and then it is looked at anew.
	}
	if e := f.out[i].Ending; e != "" {
		if e != Done {
			f.fail(p.g.Gateway)
		}
		p.ended(f.out[i])
	}
}

// ready keeps all gateways untouched when one of them was refused.
func (f *fleet) ready() {
	name := f.failed.Load()
	for i := range f.out {
		if name != nil && f.out[i].Ending == "" && f.jobs[i].p.kind != kindResume {
			f.out[i] = Outcome{Ending: NotBegun, Reason: "nothing was typed on any gateway, since " + *name + " was not ready"}
			f.jobs[i].p.drop()
		}
	}
}

func (f *fleet) proceed(ctx context.Context, i int) {
	p := f.jobs[i].p
	ctx, stop := p.leave(ctx)
	defer stop()
	if p.kind == kindResume {
		f.out[i] = p.resume(ctx)
	}
	if f.out[i].Ending == "" {
		f.out[i] = p.proceed(ctx)
	}
	f.out[i].Detail = slices.Concat(p.verdicts, f.out[i].Detail)
	p.drop()
	if f.out[i].Ending != Done {
		f.fail(p.g.Gateway)
	}
	p.ended(f.out[i])
}

// ended tells how the work on a gateway ended.
func (p *push) ended(out Outcome) {
	if p.Tell != nil {
		p.Tell(Event{Gateway: p.g.Gateway, Step: out.Standing, Steps: len(p.steps), Text: string(out.Ending), Ending: out.Ending})
	}
}

func (f *fleet) fail(gateway string) {
	f.failed.CompareAndSwap(nil, &gateway)
	f.wake()
}

func (f *fleet) wake() {
	for _, g := range f.gates {
		g.wake()
	}
}

// halted says why no step may begin any more.
func (f *fleet) halted(ctx context.Context) func() string {
	return func() string {
		if name := f.failed.Load(); name != nil {
			return "the push ended at " + *name
		}
		if ctx.Err() != nil {
			return "interrupted"
		}
		return ""
	}
}

// leave returns a context that ends when all is to be left at once.
func (o *Options) leave(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	if o.Abandon != nil {
		go func() {
			select {
			case <-o.Abandon:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	return ctx, cancel
}

// finishRun writes the last entry and gives the gateway free.
func (p *push) finishRun(out Outcome) {
	if p.unlock != nil {
		if err := p.note(entry{Event: eventEnd, Ending: out.Ending, Reason: out.Reason}); err != nil {
			p.tell(err.Error())
		}
		p.unlock()
	}
}

// gate keeps steps of one scenario apart: the circuits of a scenario carry each
// other's traffic while one of them is changed.
type gate struct {
	mu      sync.Mutex
	free    *sync.Cond
	circuit string
	inside  int
}

func newGate() *gate {
	g := &gate{}
	g.free = sync.NewCond(&g.mu)
	return g
}

// enter waits until a step for the circuit may begin. What the circuits share,
// circuit "", has the gate for itself. Why is not empty when it may not begin at
// all.
func (g *gate) enter(circuit string, halted func() string) (leave func(), why string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for {
		if why := halted(); why != "" {
			return nil, why
		}
		if g.inside == 0 || circuit != "" && circuit == g.circuit {
			g.circuit = circuit
			g.inside++
			return g.exit, ""
		}
		g.free.Wait()
	}
}

func (g *gate) exit() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	g.free.Broadcast()
}

func (g *gate) wake() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.free.Broadcast()
}
