package change

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twinpath/twinpath/internal/device"
	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/vendor"
)

func refused(format string, args ...any) Outcome {
	return Outcome{Ending: Refused, Reason: fmt.Sprintf(format, args...)}
}

// notBegun is the outcome of an error before the first line was typed.
func (p *push) notBegun(err error) Outcome {
	reason := p.reason(err)
	_, rejected := errors.AsType[*device.RejectedError](err)
	_, acted := errors.AsType[*actError](err)
	_, host := errors.AsType[*device.HostKeyError](err)
	_, system := errors.AsType[*device.WrongSystemError](err)
	_, locked := errors.AsType[*lockedError](err)
	_, closed := errors.AsType[*closedError](err)
	if rejected || acted || host || system || locked || closed {
		return Outcome{Ending: Refused, Reason: reason}
	}
	return Outcome{Ending: NotBegun, Reason: reason}
}

// permitted looks at what can be decided without the gateway.
func (p *push) permitted() Outcome {
	m := p.Profile.Manage
	if m == nil || m.Session == nil || m.Session.Change == nil {
		return refused("%s can be planned for, but how a change is made on it is not known", p.Profile.Title)
	}
	p.rules, p.tx = m.Session, m.Session.Change
	if p.tx.Timer == nil && !p.Accept && !p.DryRun && len(p.steps) > 0 {
		return refused("%s; the way back would be typed by this program over a new connection. Accept that with --accept-no-confirm-timer", p.rules.Note)
	}
	if out := p.hitless(); out.Ending != "" {
		return out
	}
	if p.Drill && p.kind == kindPush && p.Witness == nil {
		return refused("a drill needs somebody who says when it is over")
	}
	for i := range p.steps {
		for _, line := range slices.Concat(p.steps[i].commands, p.steps[i].rollback) {
			if vendor.Matches(m.Secret, line) {
				return refused("step %d of the plan holds a line that may be a secret (%s), and plans and journals hold none; make that change by hand", p.steps[i].number, m.Mask(strings.TrimSpace(line)))
			}
		}
		if _, err := p.timer(i); err != nil {
			return refused("%v", err)
		}
	}
	// A push that ended in the middle is settled whenever that is asked for; the
	// steps after it look at the window themselves.
	if err := p.Window.open(p.Now(), p.need(0)); err != nil && len(p.steps) > 0 && p.kind != kindResume {
		return refused("%v", err)
	}
	return Outcome{}
}

// hitless refuses a plan that cuts a prefix off, unless that is accepted.
func (p *push) hitless() Outcome {
	if p.g.Hitless {
		return Outcome{}
	}
	if len(p.g.Outage) == 0 {
		return refused("the plan does not show that it is hitless, and names no prefix that may be without a next hop: plan again")
	}
	for _, pre := range p.g.Outage {
		if !slices.Contains(p.Outage, pre) {
			return refused("the plan is not hitless: %s. Accept it with --allow-outage %s", p.g.HitlessReason, pre)
		}
	}
	return Outcome{}
}

// prepare looks at everything that can be looked at before the first line is
// typed. The ending is empty when the steps may begin.
func (p *push) prepare(ctx context.Context) Outcome {
	if out := p.permitted(); out.Ending != "" {
		return out
	}
	release, err := lock(p.Locks, p.Address)
	if err != nil {
		return p.notBegun(err)
	}
	p.unlock = release
	if err := p.begin(); err != nil {
		return refused("%v", err)
	}
	if p.kind == kindResume {
		return Outcome{}
	}
	text, out := p.greet(ctx)
	if out.Ending != "" {
		return out
	}
	if len(p.steps) == 0 {
		return Outcome{Ending: Done, Reason: "nothing to change"}
	}
	if err := p.hold(ctx, p.conn, p.steps[0].needs); err != nil {
		return p.unhealthy(err)
	}
	if p.DryRun {
		return Outcome{Ending: Done, Reason: "dry run: the gateway is as the plan expects; nothing was typed in configuration mode"}
	}
	kept, err := p.keep(text)
	if err == nil {
		err = p.note(entry{Event: eventBackup, Backup: kept})
	}
	if err != nil {
		return refused("%v", err)
	}
	p.tell("the running configuration, with all its secrets, is kept in " + kept.File)
	return Outcome{}
}

// unhealthy is the outcome of a check that does not hold before the first step.
func (p *push) unhealthy(err error) Outcome {
	if errors.Is(err, device.ErrLost) || errors.Is(err, context.Canceled) {
		return p.notBegun(err)
	}
	return refused("%s", p.reason(err))
}

// begin writes the first entry of the run.
func (p *push) begin() error {
	e := entry{
		Event: eventBegin, Kind: p.kind, Scenario: p.Scenario, Steps: len(p.steps), Plan: p.g, PlanSHA256: planHash(p.g),
		Settings: &settings{Window: p.Window, Accept: p.Accept, Outage: p.Outage, Wait: p.WaitLimit, Timeout: p.Timeout, Confirm: p.Confirm, Verify: p.Witness != nil, Each: p.Each, Drill: p.Drill},
	}
	if p.past != nil {
		e.Backup = p.past.base
	}
	return p.note(e)
}

// greet connects, sees that the gateway is ready for a change, and that it is
// the one that the plan was made for: it returns its running configuration.
func (p *push) greet(ctx context.Context) (string, Outcome) {
	p.tell("looking at the gateway")
	s, err := p.reach(ctx)
	if err != nil {
		return "", p.notBegun(err)
	}
	if err := p.acts(ctx, s, p.tx.Ready, p.parts(0)); err != nil {
		return "", p.notBegun(err)
	}
	runs := false
	if t := p.tx.Timer; t != nil && !slices.ContainsFunc(p.tx.Ready, func(a vendor.Act) bool { return t.Pending != nil && a.Type == t.Pending.Type }) {
		if runs, _, err = p.pending(ctx, s); err != nil {
			return "", p.notBegun(err)
		}
	}
	if runs {
		return "", refused("a confirm timer runs on the gateway already: somebody else's change waits to be confirmed (%s)", p.tx.Timer.Pending.Type)
	}
	text, paths, err := p.fetch(ctx, s)
	if err != nil {
		return "", p.notBegun(err)
	}
	if drift := p.drift(paths); drift != nil {
		return "", Outcome{Ending: Refused, Detail: drift, Reason: p.driftReason(paths)}
	}
	p.used = p.Now()
	return text, Outcome{}
}

// drift compares the gateway with what the steps begin from.
func (p *push) drift(paths []string) []string {
	if len(p.states) > 0 {
		var differs *differsError
		if err := p.difference(paths, p.states[p.standing]); errors.As(err, &differs) {
			return differs.lines
		}
		return nil
	}
	if drift := p.g.Drift(p.Profile.Manage, paths); drift != nil {
		for i, d := range drift {
			drift[i] = p.mask(d)
		}
		return drift
	}
	p.states = statesOf(p.g, paths)
	return nil
}

func (p *push) driftReason(paths []string) string {
	if p.kind == kindPush && p.standing == 0 && p.g.Stands(paths) {
		return "the gateway already has what the plan makes: it was carried out before, or by hand, and nothing is left to type"
	}
	if p.kind == kindPush && p.standing == 0 {
		return "the gateway is not as it was when the plan was made; plan again and have it reviewed"
	}
	return "the gateway is not as the push has left it; make a plan for what it is now"
}

// statesOf returns the statements before each step of a plan and after the last.
func statesOf(g *plan.Gateway, base []string) []map[string]int {
	part := *g
	var out []map[string]int
	for i := range len(g.Steps) + 1 {
		part.Steps = g.Steps[:i]
		out = append(out, part.Target(base))
	}
	return out
}

// idle is how long a connection may be silent before the gateway is looked at
// anew: others may have changed it, and systems end idle sessions.
const idle = 30 * time.Second

// proceed carries out the steps that do not stand yet.
func (p *push) proceed(ctx context.Context) Outcome {
	for p.standing < len(p.steps) {
		n := p.standing
		if p.unjudged(n) {
			return p.stopped(errUnjudged)
		}
		leave, why := p.gate.enter(p.steps[n].circuit, p.halted)
		if why != "" {
			return p.stopped(errors.New(why))
		}
		out := p.step(ctx, n)
		leave()
		if out.Ending != "" {
			return out
		}
		p.standing++
		p.tried = nil
	}
	return Outcome{
		Ending: Done, Standing: p.standing,
		Reason: fmt.Sprintf("%s carried out; over a new connection, the running configuration is %s and its checks hold", count(len(p.steps), "step"), p.arrived()),
	}
}

// count returns a number with its noun, such as "1 step" or "2 steps".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func (p *push) arrived() string {
	if p.backward() {
		return "the one from before the push"
	}
	return "the plan's"
}

// stopped is the outcome of a step that did not begin.
func (p *push) stopped(err error) Outcome {
	if p.standing > 0 {
		out := Outcome{Ending: Stopped, Standing: p.standing, Reason: p.reason(err), Detail: p.stands()}
		if p.backward() {
			out.Detail = append(out.Detail, fmt.Sprintf("the way back of step %d was not begun; 'twinpath resume %s -i INVENTORY' goes on with it", p.steps[p.standing].number, p.journalName()))
			return out
		}
		out.Detail = append(out.Detail, fmt.Sprintf("step %d was not begun; plan again for the rest, or take all back with 'twinpath rollback %s -i INVENTORY'", p.steps[p.standing].number, p.journalName()))
		return out
	}
	if _, closed := errors.AsType[*closedError](err); closed {
		return refused("%v", err)
	}
	return Outcome{Ending: NotBegun, Reason: p.reason(err)}
}

// step carries out step n; the ending is empty when it stands.
func (p *push) step(ctx context.Context, n int) Outcome {
	if p.interrupted() {
		return p.stopped(errInterrupted)
	}
	if err := p.Window.open(p.Now(), p.needOne(n)); err != nil {
		return p.stopped(err)
	}
	if out := p.fresh(ctx, n); out.Ending != "" {
		return out
	}
	t, err := p.trial(n)
	if err != nil {
		return p.stopped(err)
	}
	if err := p.note(entry{Event: eventStep, Step: p.steps[n].number, Circuit: p.steps[n].circuit}); err != nil {
		return p.stopped(err)
	}
	p.tried = t
	p.tell(fmt.Sprintf("step %d of %d: %s, %s", n+1, len(p.steps), p.steps[n].title(), count(len(t.commands), "line")))
	if err := p.carry(ctx, t); err != nil {
		return p.failed(ctx, t, err)
	}
	p.used = p.Now()
	return Outcome{}
}

// fresh makes sure that step n may begin on the gateway as it is now. What
// prepare has just seen is not asked again.
func (p *push) fresh(ctx context.Context, n int) Outcome {
	stale := p.conn == nil || p.states == nil || p.Now().Sub(p.used) > idle
	if !stale && n == 0 {
		return Outcome{}
	}
	if stale {
		p.drop()
		if _, out := p.greet(ctx); out.Ending != "" && p.standing > 0 {
			return p.stopped(errors.New(strings.Join(append([]string{out.Reason}, out.Detail...), "; ")))
		} else if out.Ending != "" {
			return out
		}
	}
	if err := p.hold(ctx, p.conn, p.steps[n].needs); err != nil {
		if p.standing > 0 {
			return p.stopped(err)
		}
		return p.unhealthy(err)
	}
	return Outcome{}
}
