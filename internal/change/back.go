package change

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// state is where a step has ended up.
type state int

// The states of a step that is settled.
const (
	stateOpen   state = iota // not known yet
	stateBefore              // the gateway is as it was before the step
	stateAfter               // the step is in force, and nothing takes it back any more
)

// settle finds out where a step that was not carried through has ended up, and
// takes it back where that can still be done. It types in the session that did
// the step first, then over new connections, and where neither helps it waits
// for the gateway to do it by itself. An error means that it is not known.
func (p *push) settle(ctx context.Context, t *trial, lost bool) (state, error) {
	if t.phase == phaseBegun {
		return stateBefore, nil
	}
	if lost {
		p.drop()
	}
	p.undo(ctx, t)
	if p.tx.Timer == nil {
		return p.attempts(ctx, t, lost, p.typeBack)
	}
	where, err := p.attempts(ctx, t, lost, p.attempt)
	if where != stateOpen || t.until.IsZero() || ctx.Err() != nil {
		return where, err
	}
	if p.Leave {
		return stateOpen, err
	}
	if werr := p.outlast(ctx, t); werr != nil {
		return stateOpen, errors.Join(err, werr)
	}
	return p.attempts(ctx, t, false, p.attempt)
}

// attempts looks at the gateway until it is known where the step is.
func (p *push) attempts(ctx context.Context, t *trial, lost bool, try func(context.Context, *trial) (state, error)) (where state, err error) {
	for attempt := range backAttempts {
		// A line that was on its way when the connection was lost may still take
		// effect; the gateway is not looked at before it has had time to.
		if attempt > 0 || lost {
			if perr := p.Pause(ctx, backPause); perr != nil {
				return stateOpen, errors.Join(err, perr)
			}
		}
		where, err = try(ctx, t)
		var waits *revertsError
		if where != stateOpen || errors.As(err, &waits) || ctx.Err() != nil {
			return where, err
		}
		p.drop()
		p.tell(fmt.Sprintf("taking back, attempt %d of %d: %v", attempt+1, backAttempts, p.shown(err)))
	}
	return where, err
}

// How often the way back is tried at a time, and the pause in between.
const (
	backAttempts = 6
	backPause    = 5 * time.Second
	outlastEvery = 5 * time.Second
)

// revertsError is a step that only the gateway itself takes back.
type revertsError struct{ why string }

func (e *revertsError) Error() string { return e.why }

// undo takes a step back in the session that did it: what is not committed is
// discarded, what a held session has committed is aborted. What comes of it is
// for a new connection to see.
func (p *push) undo(ctx context.Context, t *trial) {
	if t.s == nil {
		return
	}
	var err error
	parts := p.parts(t.timer)
	switch holds := held(p.tx.Timer); {
	case !p.live() && t.phase < phaseCommitted:
		err = errors.Join(p.acts(ctx, t.s, p.tx.Discard, parts), p.goHome(ctx, t.s, parts))
	case holds && t.phase < phaseConfirming && p.counting(t):
		p.noteBack(t, "abort")
		if err = p.acts(ctx, t.s, p.tx.Abort, parts); err == nil {
			err = p.goHome(ctx, t.s, parts)
		}
	case !holds:
		// It may stand in configuration mode still, and be the only one that is
		// left when no new connection comes about.
		if err = p.goHome(ctx, t.s, parts); err == nil {
			return
		}
	}
	if err != nil {
		p.tell("taking back: " + p.shown(err).Error())
	}
	_ = t.s.Close() // What it holds open it has lost; a new connection will see.
	t.s = nil
}

// counting reports whether the gateway's timer has surely not ended yet.
func (p *push) counting(t *trial) bool {
	return !t.since.IsZero() && p.Now().Add(p.Timeout).Before(t.since.Add(t.timer))
}

// reachStep opens a new connection or, when there is none to be had, takes the
// one that typed the step, as long as it lives.
func (p *push) reachStep(ctx context.Context, t *trial) (Session, error) {
	s, err := p.reach(ctx)
	if err != nil && t.s != nil {
		p.conn, t.s = t.s, nil
		return p.conn, nil
	}
	return s, err
}

// attempt looks at the gateway once, aborts what still waits for a
// confirmation, and says where the step is.
func (p *push) attempt(ctx context.Context, t *trial) (state, error) {
	s, err := p.reachStep(ctx, t)
	if err != nil {
		return stateOpen, err
	}
	runs, seen, err := p.pending(ctx, s)
	if err != nil {
		return stateOpen, err
	}
	counts := !t.until.IsZero() && p.Now().Before(t.until)
	if !seen && counts && t.phase >= phaseCommitting {
		return stateOpen, &revertsError{"whether the gateway still counts cannot be seen, and nobody but the lost session could abort"}
	}
	if seen && runs && p.ours(t) {
		if err := p.abort(ctx, s, t); err != nil {
			return stateOpen, err
		}
	}
	return p.where(ctx, t)
}

// ours reports whether a timer that runs on the gateway can be the step's. Any
// other is somebody else's change, which is not touched.
func (p *push) ours(t *trial) bool {
	return !t.until.IsZero() && !p.Now().After(t.until.Add(revertTime))
}

// abort takes back what waits for a confirmation, over another connection than
// the one that did it.
func (p *push) abort(ctx context.Context, s Session, t *trial) error {
	if p.tx.Timer.Bound || len(p.tx.Abort) == 0 {
		return &revertsError{"a confirm timer runs, and only the session that started it could abort"}
	}
	p.noteBack(t, "abort")
	p.tell("aborting")
	parts := p.parts(t.timer)
	if err := p.acts(ctx, s, p.tx.Timer.Reenter, parts); err != nil {
		return err
	}
	if err := p.acts(ctx, s, p.tx.Abort, parts); err != nil {
		return err
	}
	if len(p.tx.Timer.Reenter) > 0 {
		return p.goHome(ctx, s, parts)
	}
	return nil
}

// where reads the running configuration over a new connection and compares it
// with what it was before the step, and with what it is after it.
func (p *push) where(ctx context.Context, t *trial) (state, error) {
	p.drop()
	s, err := p.reach(ctx)
	if err != nil {
		return stateOpen, err
	}
	runs, seen, err := p.pending(ctx, s)
	if err != nil {
		return stateOpen, err
	}
	_, paths, err := p.fetch(ctx, s)
	if err != nil {
		return stateOpen, err
	}
	before := p.difference(paths, t.from)
	after := p.difference(paths, t.to)
	var differs *differsError
	switch {
	case seen && runs && p.ours(t):
		return stateOpen, errors.New("a confirm timer still runs")
	case before == nil:
		return stateBefore, nil
	case after == nil:
		return stateAfter, nil
	case errors.As(before, &differs) && differs.foreign:
		return stateBefore, before
	case errors.As(after, &differs) && differs.foreign:
		return stateAfter, after
	}
	return stateOpen, before
}

// outlast waits until the gateway has taken the step back by itself.
func (p *push) outlast(ctx context.Context, t *trial) error {
	end := t.until.Add(revertTime)
	p.tell("the gateway takes the step back by itself at " + Clock(t.until, p.Now()) + "; waiting for that")
	for {
		left := end.Sub(p.Now())
		if left <= 0 {
			return nil
		}
		if err := p.Pause(ctx, min(left, outlastEvery)); err != nil {
			return err
		}
	}
}
