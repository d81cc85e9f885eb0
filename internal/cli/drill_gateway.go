package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twinpath/twinpath/internal/change"
	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/lab"
	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/render"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/split"
	"github.com/twinpath/twinpath/templates"
)

// drillOptions are of both drills; the lab's request has the scenario and the
// circuit.
type drillOptions struct {
	carrying

	lab        lab.Request
	format     string
	how        string
	hold       time.Duration
	grace      time.Duration
	listen     string
	span       time.Duration
	expectSeal string
	journal    string
	accept     bool
}

// leastHeld is the least time between the grace and the end of a drill: whole
// seconds are judged, since that is how finely shares are kept over time.
const leastHeld = 3 * time.Second

// usage looks at the flags of a drill on gateways.
func (o *drillOptions) usage() error {
	switch {
	case o.format != "text":
		return usageError("a drill on gateways is reported with --format text")
	case o.hold < o.grace+leastHeld || o.grace < 0:
		return usageError("--hold %s must be %s longer than --grace %s: what is measured is what comes after it", o.hold, leastHeld, o.grace)
	case o.span < time.Second:
		return usageError("--verify-for is at least 1s")
	}
	return o.carrying.usage()
}

// runDrill plans a drill, and carries it out when its seal is the expected one.
func runDrill(ctx context.Context, st Streams, o *drillOptions) error {
	if err := o.usage(); err != nil {
		return err
	}
	in, err := newInput()
	if err != nil {
		return err
	}
	scenarios, inv := in.load([]string{o.lab.Scenario}, o.inventory)
	if in.list.HasErrors() {
		return st.printDiagnostics(in)
	}
	s := scenarios[0]
	p, err := o.plan(ctx, st, in, s, inv)
	if err != nil {
		return err
	}
	if err := plan.PrintText(st.Out, p, causes(s)); err != nil {
		return err
	}
	switch o.expectSeal {
	case "":
		fmt.Fprintf(st.Err, "nothing was changed; to carry the drill out, add --expect-seal %s\n", p.Seal)
		return nil
	case p.Seal:
	default:
		return refusedError("the seal of the drill is %s, the one that was reviewed is %s; nothing was changed", p.Seal, o.expectSeal)
	}
	d := &drill{o: o, st: st, scenario: s}
	if o.listen != "" {
		w := witnessing{scenario: o.lab.Scenario, listen: o.listen, span: o.span}
		if d.w, err = w.witness(ctx, st, in, inv, func(string, string) error { return nil }); err != nil {
			return err
		}
		defer d.w.close()
	}
	return d.run(ctx, in, inv, p)
}

// plan seals the failing of the circuit as a change of its gateway.
func (o *drillOptions) plan(ctx context.Context, st Streams, in *input, s *scenario.Scenario, inv *inventory.Inventory) (*plan.Plan, error) {
	i := slices.IndexFunc(s.Circuits, func(c *scenario.Circuit) bool { return c.Name.Val == o.lab.Circuit })
	if i < 0 {
		var names []string
		for _, c := range s.Circuits {
			names = append(names, c.Name.Val)
		}
		return nil, usageError("scenario %s has no circuit %q (%s)", s.Name.Val, o.lab.Circuit, diag.DidYouMean(o.lab.Circuit, names))
	}
	gws, err := in.gateways(&in.list, s, target{name: targetName(o.inventory), inv: inv}, s.Circuits[i].Gateway.Val)
	if err != nil {
		return nil, err
	}
	devices := make([]*intent.Device, len(gws))
	build(&in.list, s, gws, func(i int, d *intent.Device, _ *diag.List) { devices[i] = d })
	in.list.DropInfo()
	if err := st.printDiagnostics(in); err != nil {
		return nil, err
	}
	p := &plan.Plan{Scenario: s.Name.Val, ScenarioSHA256: plan.Hash(in.sources[s.File]), Tool: version}
	for i, g := range gws {
		gp, err := o.gatewayPlan(ctx, st, in, g, devices[i])
		if err != nil {
			return nil, err
		}
		p.Gateways = append(p.Gateways, gp)
	}
	return p, p.SealIt()
}

func (o *drillOptions) gatewayPlan(ctx context.Context, st Streams, in *input, g gateway, d *intent.Device) (*plan.Gateway, error) {
	running, err := planOptions{connection: o.connection}.read(ctx, st, in, g)
	if err != nil {
		return nil, err
	}
	r := render.New(templates.FS)
	rendered, err := r.Render(d, render.Running)
	if err != nil {
		return nil, err
	}
	load, err := r.Render(d, render.Load)
	if err != nil {
		return nil, err
	}
	gp, err := plan.Drill(plan.Input{Device: d, Profile: g.profile, Running: running, Rendered: rendered, Load: load}, o.lab.Circuit, o.how)
	if err != nil {
		return nil, refusedError("%w", err)
	}
	return gp, nil
}

// drill is a drill on a gateway. As the witness of its push it says when the
// circuit has been failed for long enough.
type drill struct {
	o        *drillOptions
	st       Streams
	scenario *scenario.Scenario
	// w listens to flow export; nil when nobody asked for it.
	w *witness

	// before is when the time before the failure began; down and up are when the
	// circuit was failed and given back, sure from failed and until over on.
	before, down, failed, over, up time.Time
}

// Takes is how long the circuit stays failed. The baseline is waited for until
// it can be judged.
func (d *drill) Takes(before bool) time.Duration {
	if before {
		return d.w.Takes(true)
	}
	return d.o.hold
}

// Judge keeps the times. The split must pass before, or what moves afterwards
// tells nothing.
func (d *drill) Judge(m change.Moment) change.Judgement {
	if m.Before {
		d.before = m.Since
		j := d.w.Judge(m)
		j.Accepted = j.Verdict == string(split.Pass)
		return j
	}
	d.failed, d.over = m.Since, time.Now()
	return change.Judgement{
		Verdict: "held",
		Reason:  fmt.Sprintf("%s was failed (%s) for %s", d.o.lab.Circuit, d.o.how, d.over.Sub(d.failed).Round(time.Second)),
	}
}

// run carries the drill out, and measures.
func (d *drill) run(ctx context.Context, in *input, inv *inventory.Inventory, p *plan.Plan) error {
	o, name := d.o, d.o.journal
	if name == "" {
		name = fmt.Sprintf("drill-%s-%s.journal", p.Scenario, o.lab.Circuit)
	}
	journal, err := o.open(name)
	if err != nil {
		return err
	}
	defer o.close()
	g := p.Gateways[0]
	co, err := o.options(in, inv, g.Gateway, g.OS)
	if err != nil {
		return err
	}
	if co == nil {
		return d.st.printDiagnostics(in)
	}
	co.Scenario, co.Seal, co.Journal, co.Accept = p.Scenario, p.Seal, journal, o.accept
	co.Witness, co.Drill, co.Baseline = d, true, d.w != nil
	co.Tell = func(e change.Event) {
		if e.Step > 0 && d.w != nil && d.down.IsZero() {
			d.mark() // Nothing of the step is typed yet.
		}
		o.tell(e)
	}
	err = o.carry(ctx, d.st, []work{{g.Gateway, change.NewPush(g, *co)}})
	d.up = time.Now()
	var ee *exitError
	if d.over.IsZero() || !errors.As(err, &ee) || ee.code != exitRolledBack {
		return err // It was not failed for its time, or where it is is not known.
	}
	if d.w == nil {
		fmt.Fprintf(d.st.Out, "%s: what the traffic did was not measured: nobody listened (--verify-listen)\n", o.lab.Circuit)
		return nil
	}
	return d.measure(ctx)
}

// mark tells the tallies that the circuit fails now.
func (d *drill) mark() {
	d.down = time.Now()
	d.w.v.mu.Lock()
	defer d.w.v.mu.Unlock()
	for _, t := range d.w.v.tallies {
		t.Mark(d.down)
	}
}

// measure waits for the records of the time after the drill and says whether
// the traffic moved and returned.
func (d *drill) measure(ctx context.Context) error {
	until := d.up.Add(d.o.grace + 2*d.o.span)
	last := until.Add(d.w.Takes(true) - d.o.span)
	d.w.v.say("listening until %s for what came back", last.Format(time.TimeOnly))
	ended := pause(ctx, time.Until(last)) != nil
	if ended {
		until = time.Now().Add(-(d.w.Takes(true) - d.o.span))
	}
	v := d.w.v
	v.mu.Lock()
	sum := v.m.Sum(v.tallies)
	v.mu.Unlock()
	moves := d.failed.Add(d.o.grace + time.Second).Truncate(time.Second)
	over := d.over.Truncate(time.Second)
	f := split.Failover{Circuit: d.o.lab.Circuit, Down: d.down, Up: over, Grace: moves.Sub(d.down)}
	ev := split.Evidence{Stats: d.w.r.Stats(), Window: time.Since(d.before), From: d.before, Until: over, Ended: ended}
	moved := sum.Moved(f, ev)
	f.Up, f.Grace = d.up, d.o.grace
	ev.Until = until
	returned := sum.Returned(f, ev)
	code := exitOK
	for _, m := range []*split.Move{moved, returned} {
		fmt.Fprintf(d.st.Out, "%s  %s %s: %s\n", strings.ToUpper(string(m.Verdict)), d.o.lab.Circuit, m.Kind, m.Reason)
		switch m.Verdict {
		case split.Pass:
		case split.Fail:
			code = exitUnverified
		case split.Inconclusive:
			if code == exitOK {
				code = exitInconclusive
			}
		}
	}
	if code == exitOK {
		return nil
	}
	return &exitError{code: code}
}
