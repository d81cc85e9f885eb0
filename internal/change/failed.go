package change

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/twinpath/twinpath/internal/device"
)

// failed settles a step that did not come through, and says how the work on the
// gateway ended. The ending is empty when the step stands after all: the reply
// to its confirmation was lost, not the confirmation.
func (p *push) failed(ctx context.Context, t *trial, cause error) Outcome {
	reason := p.reason(cause)
	p.noteBack(t, reason)
	lost := errors.Is(cause, device.ErrLost)
	for {
		p.tell("taking back: " + reason)
		where, err := p.settle(ctx, t, lost)
		switch {
		case where == stateBefore && t.outside && p.standing > 0:
			return p.stopped(errors.New(reason))
		case where == stateBefore && t.outside:
			return Outcome{Ending: Refused, Reason: reason, Detail: []string{"no line of the plan was typed, and the running configuration is as it was"}}
		case where == stateBefore:
			return p.tookBack(reason, err)
		case where == stateAfter && t.phase == phaseConfirming:
			p.tell("the confirmation had arrived")
			if err := p.finish(ctx, t); err != nil {
				reason, lost = p.reason(err), errors.Is(err, device.ErrLost)
				continue
			}
			return Outcome{}
		case where == stateAfter:
			return p.invert(ctx, t, reason)
		}
		return p.unknown(ctx, t, reason, err)
	}
}

// reason says in words why a step ended.
func (p *push) reason(cause error) string { return p.shown(cause).Error() }

// invert takes a step back that stands already: its way back is a step of its
// own, with a timer, checks and a confirmation. The startup configuration is
// left alone; it has the step only when it was saved, and then nothing failed.
func (p *push) invert(ctx context.Context, t *trial, reason string) Outcome {
	st := &p.steps[t.n]
	inv := &trial{n: t.n, commands: st.rollback, from: t.to, to: t.from, timer: t.timer, inverse: true, checks: st.needs}
	if t.n > 0 {
		inv.checks = union(p.steps[t.n-1].checks, st.needs)
	}
	p.tried = inv
	p.tell("the step stands; typing its way back")
	p.drop()
	others, err := p.beside(ctx, inv)
	if err == nil {
		err = p.carry(ctx, inv)
	}
	if err == nil {
		return p.tookBack(reason, others)
	}
	where, serr := p.settle(ctx, inv, errors.Is(err, device.ErrLost))
	switch where {
	case stateOpen:
	case stateAfter:
		return p.tookBack(reason, serr)
	case stateBefore:
		inv.since, inv.until = time.Time{}, time.Time{} // What still counted was the way back.
		out := p.unknown(ctx, inv, reason, err)
		out.Detail = append([]string{fmt.Sprintf("step %d is in force and confirmed, and its way back came to nothing", st.number)}, out.Detail...)
		return out
	}
	return p.unknown(ctx, inv, reason, errors.Join(err, serr))
}

// beside lets a way back leave alone what somebody else has changed since: it
// begins from what the gateway has now, and ends in that without the step. Such
// changes are returned, as an error to show.
func (p *push) beside(ctx context.Context, inv *trial) (others, err error) {
	s, err := p.reach(ctx)
	if err != nil {
		return nil, err
	}
	_, have, err := p.fetch(ctx, s)
	if err != nil {
		return nil, err
	}
	others = p.difference(have, inv.from)
	if differs, ok := errors.AsType[*differsError](others); !ok || !differs.foreign {
		return nil, nil // None, or more than that: then the way back finds out.
	}
	was := inv.from
	inv.from, inv.to = map[string]int{}, maps.Clone(inv.to)
	for _, h := range have {
		inv.from[h]++
	}
	for h, n := range inv.from {
		inv.to[h] += n - was[h]
	}
	for h, n := range was {
		if inv.from[h] == 0 {
			inv.to[h] -= n
		}
	}
	maps.DeleteFunc(inv.to, func(_ string, n int) bool { return n <= 0 })
	return others, nil
}

// tookBack is the outcome of a step that is proven to be undone.
func (p *push) tookBack(reason string, err error) Outcome {
	out := Outcome{Ending: RolledBack, Standing: p.standing, Reason: reason}
	if differs, ok := errors.AsType[*differsError](err); ok {
		out.Detail = append([]string{
			"what the step had changed is as before; these statements are not, and no line of the plan is about them:",
		}, differs.lines...)
	} else {
		out.Detail = []string{"the running configuration, read over a new connection, is the one from before the step"}
	}
	out.Detail = append(out.Detail, p.stands()...)
	return out
}

// backward reports whether the steps are those of a rollback, each the way back
// of a step of the push.
func (p *push) backward() bool {
	return p.kind == kindRollback || p.past != nil && p.past.Kind == kindRollback
}

// stands says which steps stay in force, or stay taken back.
func (p *push) stands() []string {
	word := "verified"
	if p.tx != nil && p.tx.Timer != nil {
		word = "verified and confirmed"
	}
	switch {
	case p.standing == 0:
		return nil
	case p.backward() && p.standing == 1:
		return []string{fmt.Sprintf("step %d of the push is taken back, %s", p.steps[0].number, word)}
	case p.backward():
		return []string{fmt.Sprintf("steps %d to %d of the push are taken back, %s", p.steps[p.standing-1].number, p.steps[0].number, word)}
	case p.standing == 1:
		return []string{fmt.Sprintf("step %d stands, %s", p.steps[0].number, word)}
	}
	return []string{fmt.Sprintf("steps %d to %d stand, %s", p.steps[0].number, p.steps[p.standing-1].number, word)}
}

// unknown is the outcome of a step of which nobody can say whether it is in
// force, with what happens next and what to do.
func (p *push) unknown(ctx context.Context, t *trial, reason string, err error) Outcome {
	now := p.Now()
	out := Outcome{Ending: Unknown, Standing: p.standing, Reason: reason}
	say := func(format string, args ...any) { out.Detail = append(out.Detail, fmt.Sprintf(format, args...)) }
	if ctx.Err() != nil {
		out.Reason = "left at once, while working at step " + strconv.Itoa(p.steps[t.n].number)
	} else if err != nil {
		say("the way back failed: %s", p.reason(err))
	}
	number := p.steps[t.n].number
	switch {
	case !t.until.IsZero() && now.Before(t.until):
		out.Reverts = t.until
		say("the gateway takes step %d back by itself at %s, unless somebody confirms it", number, Clock(t.until, now))
		say("after that, 'twinpath resume %s -i INVENTORY' finds out and says so", p.journalName())
	case !t.until.IsZero():
		say("the gateway's timer ended at %s, so it should have taken step %d back; that could not be seen", Clock(t.until, now), number)
		say("once it can be reached, 'twinpath resume %s -i INVENTORY' finds out and says so", p.journalName())
	case !p.live() && t.phase < phaseCommitting:
		say("nothing was committed, and the gateway drops what was typed with the session; that could not be seen")
	default:
		say("the gateway does not revert by itself; step %d may be in force, in part or whole", number)
		say("once it can be reached, 'twinpath resume %s -i INVENTORY' takes it back", p.journalName())
	}
	if out.Reverts.IsZero() && (p.live() || t.phase >= phaseCommitting) {
		say("otherwise look at the gateway and type this by hand, in configuration mode:")
		out.Detail = append(out.Detail, p.steps[t.n].rollback...)
	}
	out.Detail = append(out.Detail, p.stands()...)
	return out
}

func (p *push) journalName() string {
	if p.Journal == nil {
		return "JOURNAL"
	}
	return p.Journal.Name()
}

// reach returns a connection that stands outside configuration mode.
func (p *push) reach(ctx context.Context) (Session, error) {
	if p.conn != nil {
		return p.conn, nil
	}
	s, err := p.Dial(ctx)
	if err != nil {
		return nil, err // It says which gateway could not be opened, and why.
	}
	p.conn, p.home = s, s.Mode()
	return s, nil
}

// goHome goes back to where commands are typed. What leaves the configuration
// mode is typed nowhere else: there it would be another command, or a name to
// look up.
func (p *push) goHome(ctx context.Context, s Session, parts map[string]string) error {
	if s.Mode() == p.home {
		return nil
	}
	return p.acts(ctx, s, p.tx.Leave, parts)
}

// drop ends the connection that reach returned.
func (p *push) drop() {
	if p.conn != nil {
		_ = p.conn.Close() // Nothing is left to be said on it.
		p.conn = nil
	}
}
