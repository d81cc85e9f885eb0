package change

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Witness sees from outside of the gateways what a step has done to the
// traffic. It watches from before the push until after it; the push waits, and
// asks it for its judgement. One Witness may be of several gateways, which then
// share a baseline; it is a pointer.
type Witness interface {
	// Takes is how long must be waited from a moment until what happened after it
	// can be judged; before is true for the baseline.
	Takes(before bool) time.Duration
	// Judge judges the time since a moment, Takes after it.
	Judge(Moment) Judgement
}

// Moment is what a judgement is asked about.
type Moment struct {
	Since time.Time
	// Began is when the first line of the step may have been typed. Between it
	// and Since, the step came into force.
	Began time.Time
	// Before is true for the baseline, before anything was typed. The rest is
	// about the step that was just committed and is not confirmed yet.
	Before  bool
	Gateway string
	Step    int
	Circuit string
}

// Judgement is what a witness says.
type Judgement struct {
	// Verdict is a word, such as pass; Reason says why it is that.
	Verdict, Reason string
	// Accepted says that the push may go on.
	Accepted bool
}

func (j Judgement) String() string { return j.Verdict + ": " + j.Reason }

// judgedError is a step that the witness does not accept.
type judgedError struct{ Judgement }

func (e *judgedError) Error() string { return "the verification gives " + e.Judgement.String() }

// overError ends a drill as it should.
type overError struct{ Judgement }

func (e *overError) Error() string { return "the drill is over, " + e.Judgement.String() }

// judged reports whether the witness is asked after step n.
func (p *push) judged(n int) bool {
	forth := p.kind == kindPush || p.kind == kindResume && p.past.Kind == kindPush
	return p.Witness != nil && forth && (p.Each || n == len(p.steps)-1)
}

// watching is how long the gateway's timer and the window must allow for the
// witness of step n.
func (p *push) watching(n int) time.Duration {
	if !p.judged(n) {
		return 0
	}
	return p.Witness.Takes(false) + perLook
}

// judge waits for the witness and asks it. The step is in force meanwhile, and
// the gateway counts. A step that was judged in an earlier run is not again.
//
// It returns the connection to go on with, over which it has seen that the
// running configuration is still the step's: minutes have passed.
func (p *push) judge(ctx context.Context, s Session, t *trial) (Session, error) {
	if t.inverse || t.accepted || !p.judged(t.n) {
		return s, nil
	}
	st := &p.steps[t.n]
	since := p.Now()
	p.tell(fmt.Sprintf("verifying until %s", Clock(since.Add(p.Witness.Takes(false)), since)))
	if err := p.attend(ctx, since, p.Witness.Takes(false), p.guard(ctx, s, t)); err != nil {
		return nil, err
	}
	j := p.Witness.Judge(Moment{Since: since, Began: t.began, Gateway: p.g.Gateway, Step: st.number, Circuit: st.circuit})
	p.tell("the verification gives " + j.String())
	p.verdicts = append(p.verdicts, fmt.Sprintf("verified after step %d: %s", st.number, j))
	if err := p.note(entry{Event: eventVerdict, Step: st.number, Verdict: j.Verdict, Accepted: j.Accepted, Reason: j.Reason}); err != nil {
		return nil, err
	}
	if p.Drill {
		return nil, &overError{j}
	}
	if !j.Accepted {
		return nil, &judgedError{j}
	}
	return p.still(ctx, t)
}

// guardEvery is the time between two looks at what carries the traffic while a
// drill has a circuit down.
const guardEvery = 5 * time.Second

// guard says whether it may go on to wait for the witness. During a drill the
// other circuits must stay up.
func (p *push) guard(ctx context.Context, s Session, t *trial) func() error {
	looked := p.Now()
	return func() error {
		if err := p.may(t); err != nil || !p.Drill || p.Now().Sub(looked) < guardEvery {
			return err
		}
		err := p.hold(ctx, s, t.checks)
		looked = p.Now()
		return err
	}
}

// still sees over a new connection that the running configuration is the
// step's.
func (p *push) still(ctx context.Context, t *trial) (Session, error) {
	p.drop()
	s, err := p.reach(ctx)
	if err != nil {
		return nil, err
	}
	_, paths, err := p.fetch(ctx, s)
	if err != nil {
		return nil, err
	}
	if err := p.difference(paths, t.to); err != nil {
		return nil, fmt.Errorf("after the verification: %w", err)
	}
	return s, nil
}

// attend waits until the witness can judge the time since a moment.
func (p *push) attend(ctx context.Context, since time.Time, takes time.Duration, may func() error) error {
	for {
		if err := may(); err != nil {
			return err
		}
		left := since.Add(takes).Sub(p.Now())
		if left <= 0 {
			return nil
		}
		if err := p.Pause(ctx, min(left, lookEvery)); err != nil {
			return err
		}
	}
}

// baseline asks every witness what there was before the first step of any of
// its gateways. Where one does not accept it, nothing is typed anywhere.
func (f *fleet) baseline(ctx context.Context) {
	asked := map[Witness]Judgement{}
	for i, job := range f.jobs {
		p := job.p
		if f.out[i].Ending != "" || p.Witness == nil || !p.Baseline || p.kind != kindPush || p.halted() != "" {
			continue
		}
		j, known := asked[p.Witness]
		if !known {
			since := p.Now()
			takes := p.Witness.Takes(true)
			p.tell(fmt.Sprintf("taking the baseline until %s; nothing was typed yet", Clock(since.Add(takes), since)))
			hard, stop := p.leave(ctx)
			err := p.attend(hard, since, takes, p.idle)
			stop()
			if err != nil {
				f.refuse(i, p.stopped(err))
				break
			}
			j = p.Witness.Judge(Moment{Since: since, Before: true, Gateway: p.g.Gateway})
			asked[p.Witness] = j
		}
		p.tell("the baseline is " + j.String())
		p.verdicts = append(p.verdicts, "verified before the first step: "+j.String())
		err := p.note(entry{Event: eventVerdict, Verdict: j.Verdict, Accepted: j.Accepted, Reason: j.Reason})
		if err != nil {
			f.refuse(i, refused("%v", err))
		} else if !j.Accepted {
			f.refuse(i, refused("the baseline gives %s; what a step does to the traffic could not be told from what was before", j))
		}
	}
}

// idle reports whether there is a reason not to go on waiting for a baseline.
func (p *push) idle() error {
	if p.interrupted() {
		return errInterrupted
	}
	return p.Window.open(p.Now(), 0)
}

// refuse ends the work on a gateway before its first line.
func (f *fleet) refuse(i int, out Outcome) {
	p := f.jobs[i].p
	p.drop()
	f.out[i] = out
	f.fail(p.g.Gateway)
	p.ended(out)
}

// unjudged reports whether step n of an earlier run was to be judged by a
// witness that this run does not have.
func (p *push) unjudged(n int) bool {
	r := p.past
	return r != nil && p.kind == kindResume && r.verify && p.Witness == nil && (r.each || n == len(p.steps)-1)
}

// errUnjudged is such a step.
var errUnjudged = errors.New("the push was to be verified, and nothing is listening for flow export now; resume with --verify-listen for the rest")
