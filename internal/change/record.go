package change

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/twinpath/twinpath/internal/plan"
)

// Run is what a journal says about the last push to one gateway, or the last
// rollback of one. A later resume of it is a part of it.
type Run struct {
	Gateway  string
	Scenario string
	Seal     string
	Kind     Kind
	Plan     *plan.Gateway
	Settings Options
	// Ending is how it ended; empty when it did not.
	Ending Ending

	steps int
	// verify, each and drill are what the settings say of a witness.
	verify, each, drill bool
	// base is the running configuration that the plan was made from.
	base *backup
	// standing is how many steps stand.
	standing int
	// step is the number of the step that was begun and does not stand, 0 when
	// there is none; the rest is about it.
	step         int
	phase        phase
	inverse      bool
	accepted     bool
	timer        time.Duration
	since, until time.Time
}

// ReadJournal returns the last run of every gateway of a journal, in the order
// in which the gateways appear. A last line that a crash left unfinished is
// ignored.
func ReadJournal(name string) ([]*Run, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	return readJournal(name, data)
}

// beginsEntry is how every entry begins, and the first bytes of no other file.
const beginsEntry = `{"time":`

// readJournal is ReadJournal of what the file holds.
func readJournal(name string, data []byte) ([]*Run, error) {
	if n := min(len(data), len(beginsEntry)); string(data[:n]) != beginsEntry[:n] {
		return nil, fmt.Errorf("read journal: %s is not the journal of a push", name)
	}
	data = data[:bytes.LastIndexByte(data, '\n')+1]
	runs := map[string]*history{}
	var order []*history
	n := 0
	for line := range bytes.Lines(data) {
		n++
		var e entry
		err := json.Unmarshal(line, &e)
		if err == nil {
			if runs[e.Gateway] == nil {
				runs[e.Gateway] = &history{}
				order = append(order, runs[e.Gateway])
			}
			err = runs[e.Gateway].add(&e)
		}
		if err != nil {
			return nil, fmt.Errorf("read journal: %s:%d is no line that a push has written: %w", name, n, err)
		}
	}
	var out []*Run
	for _, h := range order {
		out = append(out, h.run)
	}
	return out, nil
}

// history is what a journal says about one gateway. A run that typed nothing
// does not take the place of one before it that did.
type history struct {
	run, next *Run
}

func (h *history) add(e *entry) error {
	if e.Event == eventBegin && e.Kind != kindResume {
		next, err := begun(e)
		if err != nil {
			return err
		}
		h.next = next
		if h.run == nil || h.run.standing == 0 && h.run.step == 0 {
			h.run = next
		}
		return nil
	}
	if h.run == nil {
		return fmt.Errorf("there is no plan for gateway %s yet", e.Gateway)
	}
	if e.Event == eventBegin {
		h.run.Ending, h.next = "", h.run // It goes on with what the run before it has left.
		return nil
	}
	if e.Event == eventStep {
		h.run = h.next
	}
	return h.next.add(e)
}

// add adds an entry to what is known.
func (r *Run) add(e *entry) error {
	switch e.Event {
	case eventBackup:
		if r.base == nil {
			r.base = e.Backup
		}
	case eventStep:
		r.settled()
		r.step, r.phase = e.Step, phaseBegun
	case eventEnter:
		r.inverse, r.phase = e.Inverse, phaseEntering
		return r.counts(e)
	case eventCommit:
		r.phase = phaseCommitting
		return r.counts(e)
	case eventCommitted:
		r.phase = phaseCommitted
	case eventVerdict:
		r.accepted = e.Accepted && e.Step == r.step
	case eventConfirm:
		r.phase = phaseConfirming
	case eventConfirmed:
		r.phase = phaseConfirmed
		r.since, r.until = time.Time{}, time.Time{}
	case eventStands:
		if !e.Inverse {
			r.standing++
		}
		r.settled()
	case eventEnd:
		r.Ending = e.Ending
		if e.Ending != Unknown && e.Ending != "" {
			r.settled()
		}
	}
	return nil
}

// begun returns the run that a first entry begins.
func begun(e *entry) (*Run, error) {
	if e.Plan == nil || e.Settings == nil {
		return nil, errors.New("a run begins without its plan")
	}
	if e.PlanSHA256 != planHash(e.Plan) {
		return nil, fmt.Errorf("the plan of gateway %s in it is not the one that was pushed: it was changed, or written by another version; nothing of it is typed", e.Gateway)
	}
	s := e.Settings
	return &Run{
		Gateway: e.Gateway, Scenario: e.Scenario, Seal: e.Seal, Kind: e.Kind, Plan: e.Plan, steps: e.Steps, base: e.Backup,
		verify: s.Verify, each: s.Each, drill: s.Drill,
		Settings: Options{Window: s.Window, Accept: s.Accept, Outage: s.Outage, WaitLimit: s.Wait, Timeout: s.Timeout, Confirm: s.Confirm},
	}, nil
}

// planHash returns the hash of a gateway's plan.
func planHash(g *plan.Gateway) string {
	data, err := json.Marshal(g)
	if err != nil {
		return "" // It has nothing that cannot be encoded.
	}
	return plan.Hash(data)
}

// counts notes from when on the gateway's timer may have run, and until when it
// has surely ended: the reply that began it took no longer than it may.
func (r *Run) counts(e *entry) error {
	if e.Timer == "" {
		return nil
	}
	var err error
	if r.timer, err = time.ParseDuration(e.Timer); err == nil {
		r.since = e.Time
		r.until = e.Time.Add(r.timer + r.Settings.Timeout)
	}
	return err
}

// settled forgets the step that was under way.
func (r *Run) settled() {
	r.step, r.phase, r.inverse, r.accepted, r.timer = 0, phaseBegun, false, false, 0
	r.since, r.until = time.Time{}, time.Time{}
}
