package change

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/twinpath/twinpath/internal/plan"
)

// Journal is the record of a push: one JSON object a line, on the disk before
// what it speaks of is done. The first entry of a push holds the gateway's
// plan, so that the way back is in the journal even when the plan is lost. It
// holds no secrets: the plan has none.
type Journal struct {
	file *os.File
	seal string
	now  func() time.Time
}

// entry is one line of the journal.
type entry struct {
	Time    time.Time     `json:"time"`
	Seal    string        `json:"seal"`
	Gateway string        `json:"gateway"`
	Event   string        `json:"event"`
	Step    int           `json:"step,omitempty"`
	Circuit string        `json:"circuit,omitempty"`
	Line    string        `json:"line,omitempty"`
	Ending  Ending        `json:"ending,omitempty"`
	Reason  string        `json:"reason,omitempty"`
	Plan    *plan.Gateway `json:"plan,omitempty"`
}

// OpenJournal opens a journal to append to it.
func OpenJournal(name, seal string, now func() time.Time) (*Journal, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	return &Journal{file: f, seal: seal, now: now}, nil
}

// Close closes the file.
func (j *Journal) Close() error { return j.file.Close() }

// write appends an entry and waits until the disk has it.
func (j *Journal) write(e entry) error {
	e.Time, e.Seal = j.now().UTC(), j.seal
	data, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if _, err := j.file.Write(append(data, '\n')); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// note writes an entry; a dry run keeps no journal.
func (p *push) note(e entry) error {
	if p.Journal == nil {
		return nil
	}
	e.Gateway = p.g.Gateway
	return p.Journal.write(e)
}
