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

// trial is a step from its first line until it is settled: it stands, or it is
// taken back.
type trial struct {
	n int
	// commands lead from the statements from to those of to.
	commands []string
	from, to map[string]int
	checks   []plan.Check
	// inverse is the way back of a step that stood already.
	inverse bool
	// s typed the step; nil once it is of no more use.
	s Session
	// timer is the confirm timer, zero where there is none. The gateway may
	// count from since on; until is when it has surely taken the step back.
	// Both are zero while it does not count.
	timer        time.Duration
	since, until time.Time
	phase        phase
	// outside says that the gateway did not let the step in: somebody else holds
	// its configuration, or no timer could be started.
	outside bool
	// began is when its first line may have been typed.
	began time.Time
	// accepted says that the witness of an earlier run has accepted the step.
	accepted bool
}

// phase is how far a step has come. What is journaled is at least that far.
type phase int

// The phases. The names of the journal's events go with them.
const (
	phaseBegun      phase = iota // nothing was typed
	phaseEntering                // the first acts may have been typed
	phaseCommitting              // the commit may have been typed
	phaseCommitted               // all lines are in force, and the timer runs
	phaseConfirming              // the confirmation may have been typed
	phaseConfirmed               // the step stands
)

// trial returns step n, not begun.
func (p *push) trial(n int) (*trial, error) {
	st := &p.steps[n]
	timer, err := p.timer(n)
	if err != nil {
		return nil, err
	}
	return &trial{n: n, commands: st.commands, from: p.states[n], to: p.states[n+1], timer: timer, checks: st.checks}, nil
}

// union returns the checks of all lists, each once.
func union(lists ...[]plan.Check) []plan.Check {
	var out []plan.Check
	for _, l := range lists {
		for _, c := range l {
			if !slices.ContainsFunc(out, c.Equal) {
				out = append(out, c)
			}
		}
	}
	return out
}

// count notes that the gateway may begin to count now.
func (p *push) count(t *trial) {
	if t.timer == 0 {
		return
	}
	t.since = p.Now()
	t.until = t.since.Add(t.timer + p.Timeout)
}

// counts notes that it does.
func (p *push) counts(t *trial) {
	if t.timer != 0 {
		t.until = p.Now().Add(t.timer)
		p.tell("the gateway takes the step back by itself at " + Clock(t.until, p.Now()) + " unless it is confirmed")
	}
}

// errInterrupted ends a step at the wish of the person at the terminal.
var errInterrupted = errors.New("interrupted")

// may reports whether the step may go on: nobody has interrupted it, the window
// is open, and the gateway's timer does not end before one more reply.
func (p *push) may(t *trial) error {
	now := p.Now()
	switch {
	case !t.inverse && p.interrupted():
		return errInterrupted
	case !t.inverse && !p.Window.IsZero() && !now.Before(p.Window.End):
		return p.Window.open(now, 0)
	case !t.since.IsZero() && now.Add(p.Timeout).After(t.since.Add(t.timer)):
		return fmt.Errorf("the gateway was slower than expected: its confirm timer ends in %s, and one reply may take %s", t.since.Add(t.timer).Sub(now).Round(time.Second), p.Timeout)
	}
	return nil
}

// carry carries a step out until it stands.
func (p *push) carry(ctx context.Context, t *trial) error {
	if err := p.apply(ctx, t); err != nil {
		return err
	}
	s, err := p.reach(ctx)
	if err != nil {
		return err
	}
	if err := p.verify(ctx, s, t); err != nil {
		return err
	}
	if s, err = p.judge(ctx, s, t); err != nil {
		return err
	}
	if err := p.confirm(ctx, s, t); err != nil {
		return err
	}
	return p.finish(ctx, t)
}

// apply types the step, up to the commit.
func (p *push) apply(ctx context.Context, t *trial) error {
	t.s, p.conn = p.conn, nil
	parts := p.parts(t.timer)
	atEnter := t.timer != 0 && p.tx.Timer.AtEnter
	e := entry{Event: eventEnter, Step: p.steps[t.n].number, Inverse: t.inverse}
	if atEnter {
		e.Timer = t.timer.String()
	}
	if err := p.note(e); err != nil {
		return err
	}
	t.phase, t.began = phaseEntering, p.Now()
	if atEnter {
		p.count(t)
	}
	if err := p.acts(ctx, t.s, p.tx.Enter, parts); err != nil {
		t.outside = !errors.Is(err, device.ErrLost)
		return fmt.Errorf("enter configuration mode: %w", err)
	}
	if atEnter {
		p.counts(t)
	}
	if err := p.lines(ctx, t); err != nil {
		return err
	}
	if err := p.acts(ctx, t.s, p.tx.Review, parts); err != nil {
		return fmt.Errorf("review the change: %w", err)
	}
	if err := p.commit(ctx, t, parts); err != nil {
		return err
	}
	if !held(p.tx.Timer) {
		if err := p.goHome(ctx, t.s, parts); err != nil {
			return fmt.Errorf("leave configuration mode: %w", err)
		}
	}
	return nil
}

// lines types the step's lines, or hands them over as one text.
func (p *push) lines(ctx context.Context, t *trial) error {
	if p.tx.Load != nil {
		return p.load(ctx, t)
	}
	for _, line := range t.commands {
		if err := p.may(t); err != nil {
			return err
		}
		if err := p.record(entry{Event: eventLine, Step: p.steps[t.n].number, Line: line}); err != nil {
			return err
		}
		if err := t.s.Line(ctx, line); err != nil {
			return err
		}
	}
	return nil
}

// load hands the lines over; the reply is judged as a whole, since some systems
// say that all is well below an error.
func (p *push) load(ctx context.Context, t *trial) error {
	if err := p.may(t); err != nil {
		return err
	}
	for _, line := range t.commands {
		if err := p.record(entry{Event: eventLine, Step: p.steps[t.n].number, Line: line}); err != nil {
			return err
		}
	}
	l := p.tx.Load
	reply, err := t.s.Load(ctx, l.Begin, l.Ready, t.commands)
	if err != nil {
		return err
	}
	done := false
	for text := range strings.Lines(reply) {
		text = strings.TrimSpace(text)
		switch {
		case vendor.Matches(p.rules.Errors, text):
			return &device.RejectedError{Line: l.Begin, Reply: text}
		case l.Done.MatchString(text):
			done = true
		case text == "", l.Ready.MatchString(text), vendor.Matches(p.rules.Accept, text), vendor.Matches(p.rules.Asynchronous, text):
		default:
			return &device.RejectedError{Line: l.Begin, Reply: text}
		}
	}
	if !done {
		return &device.RejectedError{Line: l.Begin, Reply: fmt.Sprintf("no line like %q in %q", l.Done, oneLine(p.masked(reply)))}
	}
	return nil
}

// commit commits, in a line of its own: what was typed before was judged.
func (p *push) commit(ctx context.Context, t *trial, parts map[string]string) error {
	if err := p.may(t); err != nil {
		return err
	}
	fromCommit := t.timer != 0 && !p.tx.Timer.AtEnter
	e := entry{Event: eventCommit, Step: p.steps[t.n].number}
	if fromCommit {
		e.Timer = t.timer.String()
	}
	if err := p.note(e); err != nil {
		return err
	}
	t.phase = phaseCommitting
	if fromCommit {
		p.count(t)
	}
	if err := p.acts(ctx, t.s, p.tx.Commit, parts); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if fromCommit {
		p.counts(t)
	}
	t.phase = phaseCommitted
	return p.note(entry{Event: eventCommitted, Step: p.steps[t.n].number})
}

// verify holds the gateway against what the step promises, over a connection
// that is newer than the step: the whole running configuration, foreign
// statements included, then the checks of this step and of those before it,
// which it may have broken.
func (p *push) verify(ctx context.Context, s Session, t *trial) error {
	p.tell("checking over a new connection")
	_, paths, err := p.fetch(ctx, s)
	if err != nil {
		return err
	}
	if err := p.difference(paths, t.to); err != nil {
		return err
	}
	return p.wait(ctx, s, t, t.checks)
}

// confirm makes the step last.
func (p *push) confirm(ctx context.Context, s Session, t *trial) error {
	if err := p.may(t); err != nil {
		return err
	}
	if t.timer == 0 {
		return nil
	}
	if err := p.note(entry{Event: eventConfirm, Step: p.steps[t.n].number}); err != nil {
		return err
	}
	t.phase = phaseConfirming
	p.tell("confirming")
	if held(p.tx.Timer) {
		s = t.s
	}
	if err := p.acts(ctx, s, p.tx.Confirm, p.parts(t.timer)); err != nil {
		return fmt.Errorf("confirm: %w", err)
	}
	return nil
}

// finish is what is left to do once the step is confirmed: leave, see that it
// is still in force, and save. A connection that is lost here is no reason to
// take the step back.
func (p *push) finish(ctx context.Context, t *trial) error {
	t.phase = phaseConfirmed
	confirmed := t.timer != 0
	t.since, t.until = time.Time{}, time.Time{}
	if err := p.note(entry{Event: eventConfirmed, Step: p.steps[t.n].number, Inverse: t.inverse}); err != nil {
		p.tell(err.Error()) // A resume asks the gateway, not the journal alone.
	}
	p.part(ctx, t)
	err := p.again(ctx, func(s Session) error {
		if confirmed {
			return p.lasts(ctx, s, t)
		}
		return nil
	})
	if err == nil && !t.inverse {
		err = p.again(ctx, func(s Session) error { return p.save(ctx, s) })
	}
	if err != nil {
		return err
	}
	if err := p.note(entry{Event: eventStands, Step: p.steps[t.n].number, Inverse: t.inverse}); err != nil {
		p.tell(err.Error())
	}
	return nil
}

// again does something that may be done twice, and over a new connection when
// one is lost.
func (p *push) again(ctx context.Context, f func(Session) error) error {
	for attempt := 1; ; attempt++ {
		s, err := p.reach(ctx)
		if err == nil {
			err = f(s)
		}
		if err == nil || attempt == backAttempts || ctx.Err() != nil || s != nil && !errors.Is(err, device.ErrLost) {
			return err
		}
		p.drop()
		p.tell(p.shown(err).Error())
		if err := p.Pause(ctx, backPause); err != nil {
			return err
		}
	}
}

// lasts makes sure that the gateway no longer counts, and that it did not take
// the step back in the moment before it was confirmed.
func (p *push) lasts(ctx context.Context, s Session, t *trial) error {
	runs, seen, err := p.pending(ctx, s)
	if err != nil {
		return err
	}
	if seen && runs {
		return errors.New("the step was confirmed, and yet a confirm timer runs")
	}
	_, paths, err := p.fetch(ctx, s)
	if err != nil {
		return err
	}
	if err := p.difference(paths, t.to); err != nil {
		return fmt.Errorf("after the confirmation: %w", err)
	}
	return nil
}

// save writes the startup configuration. A second try costs little, and taking
// a working step back for the lack of one costs much.
func (p *push) save(ctx context.Context, s Session) error {
	if len(p.tx.Save) == 0 {
		return nil
	}
	if err := p.note(entry{Event: eventSave}); err != nil {
		return err
	}
	p.tell("saving")
	err := p.acts(ctx, s, p.tx.Save, p.parts(0))
	if err != nil && !errors.Is(err, device.ErrLost) {
		err = p.acts(ctx, s, p.tx.Save, p.parts(0))
	}
	return err
}

// part ends the session that typed a step.
func (p *push) part(ctx context.Context, t *trial) {
	if t.s == nil {
		return
	}
	if held(p.tx.Timer) {
		if err := p.goHome(ctx, t.s, p.parts(t.timer)); err != nil {
			p.tell("leave configuration mode: " + p.shown(err).Error())
		}
	}
	_ = t.s.Close() // Its work is done.
	t.s = nil
}
