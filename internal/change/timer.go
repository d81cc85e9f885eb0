package change

import (
	"fmt"
	"strconv"
	"time"

	"github.com/twinpath/twinpath/internal/vendor"
)

// How long things may take, for the window and the confirm timer. They are
// bounds for a gateway that answers within a second or so; one that is slower
// is noticed before the timer ends (trial.hurry), and taken back.
const (
	perLine    = time.Second
	perAct     = 2 * time.Second
	perLook    = 10 * time.Second // connect and read the running configuration
	perCommit  = 20 * time.Second
	revertTime = 30 * time.Second // from the end of the timer until the old configuration is in force
)

// typing is how long the lines of a step may take.
func (p *push) typing(n int) time.Duration {
	return perAct*time.Duration(len(p.tx.Enter)+len(p.tx.Review)+len(p.tx.Leave)) + perLine*time.Duration(len(p.steps[n].commands))
}

// counted is how long the gateway's timer must run at least: over what is left
// to do once it counts, and one reply that takes all the time it may.
func (p *push) counted(n int) time.Duration {
	d := perCommit + 2*perLook + p.WaitLimit + perAct*time.Duration(len(p.tx.Confirm)) + p.Timeout + p.watching(n)
	if p.tx.Timer.AtEnter {
		d += p.typing(n)
	}
	return d
}

// timer returns the confirm timer of a step; zero where the system has none.
func (p *push) timer(n int) (time.Duration, error) {
	t := p.tx.Timer
	if t == nil {
		if p.Confirm != 0 {
			return 0, fmt.Errorf("%s has no confirm timer to set to %s", p.Profile.Title, p.Confirm)
		}
		return 0, nil
	}
	need := p.counted(n)
	d := need
	if p.Confirm != 0 {
		if d = p.Confirm; d < need {
			return 0, fmt.Errorf("a confirm timer of %s is too short: step %d with its waits and checks may take %s", p.Confirm, p.steps[n].number, need.Round(time.Second))
		}
	}
	// The system counts whole units; the time that is asked for is the least.
	units := max(int((d+t.Unit-1)/t.Unit), t.Min)
	if units > t.Max {
		return 0, fmt.Errorf("step %d would need a confirm timer of %s, %s has at most %s", p.steps[n].number, d.Round(time.Second), p.Profile.Title, time.Duration(t.Max)*t.Unit)
	}
	return time.Duration(units) * t.Unit, nil
}

// forth is how long a step may take until it stands, back how long until it is
// taken back from wherever it was.
func (p *push) forth(n int) time.Duration {
	d := p.typing(n) + perCommit + 2*perLook + p.WaitLimit + perAct*time.Duration(len(p.tx.Confirm)+len(p.tx.Save)) + p.watching(n)
	if p.tx.Timer != nil {
		d += perLook
	}
	return d
}

func (p *push) wayBack(n int) time.Duration {
	if t, err := p.timer(n); err == nil && t != 0 {
		return t + revertTime + perLook // The worst is to wait until the gateway does it.
	}
	return perLook + perLine*time.Duration(len(p.steps[n].rollback)) + perAct*time.Duration(len(p.tx.Enter)+len(p.tx.Leave)) + perLook
}

// need is how long the steps from n on, and the longest way back, may take.
func (p *push) need(n int) time.Duration {
	var d, back time.Duration
	for i := n; i < len(p.steps); i++ {
		d += p.forth(i)
		back = max(back, p.wayBack(i))
	}
	if p.Witness != nil && p.Baseline && p.kind == kindPush {
		d += p.Witness.Takes(true)
	}
	return d + back
}

// needOne is how long one step and its way back may take.
func (p *push) needOne(n int) time.Duration {
	return p.forth(n) + p.wayBack(n)
}

// parts are what the acts of a transaction are filled with.
func (p *push) parts(timer time.Duration) map[string]string {
	return map[string]string{
		"minutes":  strconv.Itoa(int(timer / time.Minute)),
		"seconds":  strconv.Itoa(int(timer / time.Second)),
		"id":       p.id,
		"username": p.Username,
	}
}

// live reports whether lines take effect as they are typed.
func (p *push) live() bool { return !p.Profile.Manage.Candidate }

// held reports whether the session that commits is the one that confirms.
func held(t *vendor.Timer) bool { return t != nil && (t.Held || t.Bound) }
