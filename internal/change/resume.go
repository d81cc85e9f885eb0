package change

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twinpath/twinpath/internal/device"
)

// kindResume goes on with a run that ended in the middle.
const kindResume Kind = "resume"

// ErrNothing is a run with which there is nothing left to do.
var ErrNothing = errors.New("there is nothing to do")

// NewResume returns the job to bring a run that ended in the middle to one of
// its two right ends: carried out, or taken back to the last step that stands. A
// rollback that ended before the whole push was taken back goes on.
func NewResume(r *Run, o Options) (*Job, error) {
	if o.Window.IsZero() {
		o.Window = r.Settings.Window
	}
	j, err := r.job(o)
	if err != nil {
		return nil, err
	}
	if r.Ending != "" && r.Ending != Unknown && !r.half() {
		return nil, fmt.Errorf("gateway %s: its %s ended (%s): %w", r.Gateway, r.Kind, r.Ending, ErrNothing)
	}
	j.p.kind = kindResume
	return j, nil
}

// half reports whether a run is a rollback that has taken a part of the push
// back: what is left is no push, so that nothing else goes on from there.
func (r *Run) half() bool {
	return r.Kind == kindRollback && r.step == 0 && r.standing > 0 && r.standing < r.steps
}

// NewRollback returns the job to take a whole push back, by its own way back,
// the last step's first. The push may be long over; the gateway must still be
// as it has left it. A push that ended in the middle is settled first.
func NewRollback(r *Run, o Options) (*Job, error) {
	switch {
	case r.step != 0:
		return nil, fmt.Errorf("gateway %s: its %s ended in the middle of step %d; 'twinpath resume' must find out first where that is", r.Gateway, r.Kind, r.step)
	case r.half():
		return nil, fmt.Errorf("gateway %s: %d of the %d steps of its push are taken back; 'twinpath resume' goes on with the rest", r.Gateway, r.standing, r.steps)
	case r.Kind == kindRollback && r.standing > 0:
		return nil, fmt.Errorf("gateway %s: its push was taken back already: %w", r.Gateway, ErrNothing)
	case r.Kind == kindRollback:
		return r.job(o) // It has taken nothing back, and the push stands as it was.
	case r.standing == 0:
		return nil, fmt.Errorf("gateway %s: no step of its push stands: %w", r.Gateway, ErrNothing)
	}
	back := *r
	back.Kind, back.steps, back.standing = kindRollback, r.standing, 0
	return back.job(o)
}

// job builds the work of a run as it was: its steps and the statements between
// them. The options say what the journal cannot: how the gateway is reached.
func (r *Run) job(o Options) (*Job, error) {
	o.Scenario, o.Seal = r.Scenario, r.Seal
	o.Accept, o.Outage = r.Settings.Accept, r.Settings.Outage
	o.Each, o.Drill = o.Each || r.each, r.drill
	j := NewPush(r.Plan, o)
	p := j.p
	p.past, p.kind = r, r.Kind
	if r.Kind == kindRollback {
		p.reverse(r.steps)
	}
	p.standing = r.standing
	if r.base == nil && r.step == 0 && r.standing == 0 {
		return j, nil // Nothing was typed.
	}
	if r.base == nil {
		return nil, fmt.Errorf("gateway %s: the journal does not say where the running configuration from before the push is kept", r.Gateway)
	}
	base, err := r.base.statements(p)
	if err != nil {
		return nil, fmt.Errorf("gateway %s: %w", r.Gateway, err)
	}
	if drift := r.Plan.Drift(o.Profile.Manage, base); drift != nil {
		return nil, fmt.Errorf("gateway %s: %s is not the configuration that the plan was made from", r.Gateway, r.base.File)
	}
	p.states = statesOf(r.Plan, base)
	if r.Kind == kindRollback {
		p.states = p.states[:r.steps+1]
		slices.Reverse(p.states)
	}
	return j, nil
}

// reverse turns the first n steps into their way back. After a step is taken
// back, that must hold which held before it: the checks of the steps before it,
// and what it and the one before it relied on, which none of them changes.
func (p *push) reverse(n int) {
	forth := slices.Clone(p.steps[:n])
	p.steps = p.steps[:n]
	for i := range forth {
		st := forth[i]
		st.commands, st.rollback = st.rollback, st.commands
		st.checks = st.needs
		if i > 0 {
			st.checks = union(forth[i-1].checks, forth[i].needs, forth[i-1].needs)
		}
		p.steps[n-1-i] = st
	}
}

// resume finds out where the step is that was under way, and settles it. The
// ending is empty when the steps after it may follow.
func (p *push) resume(ctx context.Context) Outcome {
	r := p.past
	if r.step == 0 && r.standing == 0 && r.Kind == kindRollback {
		return Outcome{Ending: NotBegun, Reason: "the rollback had typed nothing yet, and the push stands; roll back again"}
	}
	if r.step == 0 && r.standing == 0 {
		return Outcome{Ending: NotBegun, Reason: "the push had typed nothing yet; push again"}
	}
	if r.step == 0 {
		return p.onward(ctx)
	}
	n := slices.IndexFunc(p.steps, func(s step) bool { return s.number == r.step })
	if n < 0 || len(p.states) == 0 {
		return refused("the journal speaks of step %d, which the plan does not have", r.step)
	}
	t, err := p.trial(n)
	if err != nil {
		return refused("%v", err)
	}
	t.phase, t.timer, t.since, t.until, t.accepted = r.phase, r.timer, r.since, r.until, r.accepted
	p.tried = t
	p.tell(fmt.Sprintf("the push ended in step %d; finding out where that is", r.step))
	if r.inverse {
		return p.resumeInverse(ctx, t)
	}
	return p.resumeStep(ctx, t)
}

// interrupted work is taken back unless it was complete.
const wasInterrupted = "the push ended in the middle of the step"

func (p *push) resumeStep(ctx context.Context, t *trial) Outcome {
	if p.tx.Timer == nil || t.phase == phaseConfirmed {
		where, err := p.where(ctx, t)
		switch {
		case where == stateBefore:
			return p.tookBack(wasInterrupted, err)
		case where == stateAfter && err == nil && !p.Drill && (t.accepted || t.phase == phaseConfirmed || !p.unjudged(t.n)):
			return p.complete(ctx, t)
		case errors.Is(err, device.ErrLost), where == stateOpen && p.conn == nil:
			return p.unknown(ctx, t, wasInterrupted, err)
		}
	}
	out := p.failed(ctx, t, errors.New(wasInterrupted))
	if out.Ending != "" {
		return out
	}
	return p.carriedOn()
}

// complete is a step whose lines are all in force: only its checks and what
// follows them are left.
func (p *push) complete(ctx context.Context, t *trial) Outcome {
	s, err := p.reach(ctx)
	if err == nil && t.phase != phaseConfirmed {
		if err = p.verify(ctx, s, t); err == nil {
			_, err = p.judge(ctx, s, t)
		}
	}
	if err == nil {
		// A timer that was confirmed need not be confirmed again.
		t.timer = 0
		err = p.finish(ctx, t)
	}
	if err != nil {
		if out := p.failed(ctx, t, err); out.Ending != "" {
			return out
		}
	}
	return p.carriedOn()
}

func (p *push) carriedOn() Outcome {
	p.standing++
	p.tried = nil
	p.used = p.Now()
	p.drop()
	return Outcome{}
}

// resumeInverse goes on with the way back of a step that stood already.
func (p *push) resumeInverse(ctx context.Context, t *trial) Outcome {
	inv := *t
	inv.from, inv.to, inv.inverse = t.to, t.from, true
	where, err := p.settle(ctx, &inv, false)
	switch where {
	case stateAfter:
		return p.tookBack(wasInterrupted, err)
	case stateBefore:
		return p.invert(ctx, t, wasInterrupted)
	case stateOpen:
	}
	return p.unknown(ctx, &inv, wasInterrupted, err)
}

// onward is a run that ended between two steps.
func (p *push) onward(ctx context.Context) Outcome {
	if _, out := p.greet(ctx); out.Ending != "" {
		return out
	}
	return Outcome{}
}
