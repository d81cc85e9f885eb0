package change

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/twinpath/twinpath/internal/plan"
)

// Journal is the record of a push: one JSON object a line. What a gateway is
// about to be asked to commit, confirm, abort or save is on the disk before it
// is asked. The first entry of a run holds the gateway's plan, so that the way
// back is in the journal even when the plan is lost. It holds no secrets: the
// plan has none, and a line that may hold one is masked. Several gateways may
// write to it at once.
type Journal struct {
	name string
	now  func() time.Time

	mu   sync.Mutex
	file *os.File
}

// The events of a journal. What is after "step" speaks of that step, until the
// next "step".
const (
	eventBegin     = "begin"
	eventBackup    = "backup"
	eventStep      = "step"
	eventEnter     = "enter"
	eventLine      = "line"
	eventCommit    = "commit"
	eventCommitted = "committed"
	eventConfirm   = "confirm"
	eventConfirmed = "confirmed"
	eventSave      = "save"
	eventVerdict   = "verdict"
	eventStands    = "stands"
	eventBack      = "back"
	eventBackLine  = "back line"
	eventEnd       = "end"
)

// entry is one line of the journal.
type entry struct {
	Time    time.Time `json:"time"`
	Seal    string    `json:"seal"`
	Gateway string    `json:"gateway"`
	// Run tells two pushes in one journal apart.
	Run     string `json:"run"`
	Event   string `json:"event"`
	Step    int    `json:"step,omitempty"`
	Circuit string `json:"circuit,omitempty"`
	Line    string `json:"line,omitempty"`
	// Timer is how long the gateway's timer was asked to run; it stands in the
	// entry from which on the gateway may count.
	Timer   string `json:"timer,omitempty"`
	Inverse bool   `json:"inverse,omitempty"`
	Ending  Ending `json:"ending,omitempty"`
	Reason  string `json:"reason,omitempty"`
	// Verdict is the witness's, and Accepted whether the push went on with it.
	Verdict  string `json:"verdict,omitempty"`
	Accepted bool   `json:"accepted,omitempty"`
	// The rest is of the first entries of a run.
	Kind     Kind          `json:"kind,omitempty"`
	Scenario string        `json:"scenario,omitempty"`
	Steps    int           `json:"steps,omitempty"`
	Settings *settings     `json:"settings,omitempty"`
	Plan     *plan.Gateway `json:"plan,omitempty"`
	// PlanSHA256 is the hash of Plan: a resume and a rollback type what stands
	// there, and it must be what was pushed.
	PlanSHA256 string  `json:"plan_sha256,omitempty"`
	Backup     *backup `json:"backup,omitempty"`
}

// settings are the options of a run that a later resume must know.
type settings struct {
	Window  Window        `json:"window,omitzero"`
	Accept  bool          `json:"accept_no_confirm_timer,omitempty"`
	Outage  []string      `json:"allow_outage,omitempty"`
	Wait    time.Duration `json:"wait_limit_ns"`
	Timeout time.Duration `json:"timeout_ns"`
	Confirm time.Duration `json:"confirm_within_ns,omitempty"`
	// Verify says that a witness judges the last step, Each that it judges all.
	Verify bool `json:"verify,omitempty"`
	Each   bool `json:"verify_each,omitempty"`
	Drill  bool `json:"drill,omitempty"`
}

// backup is the running configuration that was found, in a file of its own: it
// holds all that the gateway shows, secrets too.
type backup struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
}

// OpenJournal opens a journal to append to it. What a crash left behind of a
// half-written entry is cut off: nothing was done on its word. A file that is
// no journal, or a damaged one, is left as it is: a resume could not read what
// is appended to it.
func OpenJournal(name string, now func() time.Time) (*Journal, error) {
	data, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if _, err := readJournal(name, data); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if whole := bytes.LastIndexByte(data, '\n') + 1; whole < len(data) {
		if err := f.Truncate(int64(whole)); err != nil {
			_ = f.Close() // The error is what matters.
			return nil, fmt.Errorf("open journal: %w", err)
		}
	}
	return &Journal{name: name, file: f, now: now}, nil
}

// Name is the journal's file.
func (j *Journal) Name() string { return j.name }

// Close closes the file.
func (j *Journal) Close() error { return j.file.Close() }

// write appends an entry, and waits until the disk has it when that is asked.
func (j *Journal) write(e entry, sync bool) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.Time = j.now().UTC()
	data, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if n, err := j.file.Write(append(data, '\n')); err != nil {
		j.retract(int64(n))
		return fmt.Errorf("write journal: %w", err)
	}
	if !sync {
		return nil
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// retract takes the beginning of an entry back that a full disk cut off, unless
// another process has written behind it: an entry that follows it, once there
// is room again, would be a part of it, and no resume could read the journal.
func (j *Journal) retract(n int64) {
	end, err := j.file.Seek(0, io.SeekCurrent)
	if info, serr := j.file.Stat(); n == 0 || err != nil || serr != nil || info.Size() != end {
		return
	}
	_ = j.file.Truncate(end - n) // The error of the write is what matters.
}

// note writes an entry and waits until the disk has it; a dry run keeps no
// journal.
func (p *push) note(e entry) error { return p.log(e, true) }

// record writes an entry whose loss with the operator's machine changes
// nothing: what the lines of a step are stands in the plan.
func (p *push) record(e entry) error { return p.log(e, false) }

func (p *push) log(e entry, sync bool) error {
	if p.Journal == nil || p.DryRun {
		return nil
	}
	e.Seal, e.Gateway, e.Run = p.Seal, p.g.Gateway, p.id
	e.Line = p.Profile.Manage.Mask(e.Line)
	return p.Journal.write(e, sync)
}

// noteBack says that a step is being taken back. That it cannot be written is
// no reason not to do it.
func (p *push) noteBack(t *trial, reason string) {
	if err := p.note(entry{Event: eventBack, Step: p.steps[t.n].number, Reason: reason}); err != nil {
		p.tell(err.Error())
	}
}

// keep writes the running configuration to a file that only its owner may read.
func (p *push) keep(text string) (*backup, error) {
	for i := range 100 {
		name := p.g.Gateway + "-" + p.id
		if i > 0 {
			name += fmt.Sprintf("-%d", i+1)
		}
		name = filepath.Join(p.Folder, name+".cfg")
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("keep the running configuration: %w", err)
		}
		_, err = f.WriteString(text)
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			return nil, fmt.Errorf("keep the running configuration: %w", err)
		}
		if abs, err := filepath.Abs(name); err == nil {
			name = abs
		}
		return &backup{File: name, SHA256: plan.Hash([]byte(text))}, nil
	}
	return nil, fmt.Errorf("keep the running configuration: too many files like %s-%s.cfg in %s", p.g.Gateway, p.id, p.Folder)
}

// statements reads a backup.
func (b *backup) statements(p *push) ([]string, error) {
	data, err := os.ReadFile(b.File)
	if err != nil {
		return nil, fmt.Errorf("read the running configuration from before the push: %w", err)
	}
	if plan.Hash(data) != b.SHA256 {
		return nil, fmt.Errorf("%s is not what the push has written there", b.File)
	}
	return plan.Paths(p.Profile, string(data))
}
