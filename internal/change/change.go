// Package change carries sealed plans out on gateways, so that each gateway
// ends in one of four ways, and says which: carried out and verified, never
// begun, taken back, or the gateway's state is not known. It types nothing that
// is not in the plan or in the profile of the gateway's system.
//
// One machine runs every system. What differs, how a step is entered,
// committed, confirmed and aborted and who counts the time, is the profile's
// (vendor.Transaction).
package change

import (
	"context"
	"regexp"
	"time"

	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/show"
	"github.com/twinpath/twinpath/internal/vendor"
)

// Session is an open connection to a gateway, as device.Session is. Questions
// of the profile are answered inside it. After an error that is device.ErrLost
// it is of no more use.
type Session interface {
	// Run types a command outside configuration mode and returns its output; a
	// refused one is a device.RejectedError.
	Run(ctx context.Context, command string) (string, error)
	// Line types one line of configuration. Any reply that the profile does not
	// accept is a device.RejectedError.
	Line(ctx context.Context, line string) error
	// Act types a line in whatever mode the session is and returns the reply.
	Act(ctx context.Context, line string) (string, error)
	// Load hands lines over as one text and returns the whole reply.
	Load(ctx context.Context, begin string, ready *regexp.Regexp, lines []string) (string, error)
	// Mode is the name of the mode of the last prompt.
	Mode() string
	Close() error
}

// Ending is how the work on one gateway ended.
type Ending string

// The endings.
const (
	Done Ending = "done"
	// NotBegun is a gateway that could not be reached or read, or whose turn did
	// not come.
	NotBegun Ending = "not begun"
	Refused  Ending = "refused"
	// RolledBack is a gateway whose last step was taken back, which a new
	// connection has proven; Stopped is one whose next step never began. The
	// steps before stand (Outcome.Standing).
	RolledBack Ending = "taken back"
	Stopped    Ending = "stopped"
	Unknown    Ending = "state unknown"
)

// Outcome is the ending with what there is to say about it.
type Outcome struct {
	Ending Ending
	// Standing is how many steps are in force, verified and, where the system
	// has a timer, confirmed.
	Standing int
	// Reverts is when the gateway takes the last step back by itself; zero when
	// it does not, or nothing is left to take back.
	Reverts time.Time
	// Reason says why, in words for the person at the terminal; Detail are
	// lines to print below it.
	Reason string
	Detail []string
}

// Options are what the work on one gateway needs beside the plan.
type Options struct {
	// Scenario and Seal are the plan's.
	Scenario, Seal string
	Profile        *vendor.Profile
	// Address is where the gateway is reached, with the port. It names the lock
	// that keeps two pushes of this machine apart.
	Address string
	// Username is who logs in: a timer that runs must be that user's.
	Username string
	Dial     func(context.Context) (Session, error)
	// Parsers read what the gateway shows.
	Parsers show.Parsers
	Now     func() time.Time
	// Pause waits between two looks at the gateway and between two attempts to
	// connect again.
	Pause  func(context.Context, time.Duration) error
	Window Window
	// Accept says that a system without a confirm timer is changed anyway.
	Accept bool
	// Outage are the prefixes that may be without a next hop for a moment.
	Outage []string
	// WaitLimit bounds how long a step's checks may take to come true, Timeout
	// one reply of the gateway.
	WaitLimit, Timeout time.Duration
	// Confirm is the confirm timer to use; zero: as long as the step needs.
	Confirm time.Duration
	// Leave says that nobody waits for a gateway to revert by itself.
	Leave bool
	// Witness judges the traffic after the last step, or after Each; nil when
	// nobody does. Baseline is asked for before the first one.
	Witness        Witness
	Each, Baseline bool
	// Drill says that the plan is there to be taken back: once the witness has
	// judged its step, it is, whatever the verdict, and it is never confirmed.
	Drill bool
	// DryRun ends before the first line.
	DryRun  bool
	Journal *Journal
	// Folder keeps the backups of the running configurations, Locks the locks.
	Folder, Locks string
	// Tell gets what happens; it must not block.
	Tell func(Event)
	// Abandon is closed to leave at once, whatever state the gateway is in.
	Abandon <-chan struct{}
}

// Event is something to show to the person at the terminal.
type Event struct {
	Gateway string
	// Step of Steps is being worked at; 0 before the first.
	Step, Steps int
	Text        string
	// Until is when the gateway takes the step back by itself unless it is
	// confirmed; zero while no timer runs.
	Until time.Time
	// Ending is how the work on the gateway ended; empty before.
	Ending Ending
}

// push is the work on one gateway.
type push struct {
	Options

	g     *plan.Gateway
	kind  Kind
	rules *vendor.SessionRules
	tx    *vendor.Transaction
	// id names this run: letters, digits and "-".
	id string
	// steps are the work in its order, states the statements before each of
	// them and after the last. The first standing steps stand.
	steps    []step
	states   []map[string]int
	standing int
	// past is the run that a rollback or a resume goes on from.
	past *Run
	// conn is open and stands outside configuration mode, or is nil; used is
	// when it was last typed on.
	conn Session
	used time.Time
	// home is the mode in which a connection stands after login.
	home string
	// unlock gives the gateway free; nil while it is not locked.
	unlock func()
	// verdicts are what the witness has said so far, in words.
	verdicts []string
	// tried is the step that was begun and is not settled.
	tried *trial
	// interrupted reports whether the person at the terminal wants an end; may
	// asks it between two lines. halted says why no further step may begin.
	interrupted func() bool
	halted      func() string
	gate        *gate
}

// step is one unit of work after which the gateway may stand.
type step struct {
	// number is the step's in the plan, counted from 1.
	number   int
	circuit  string
	commands []string
	rollback []string
	needs    []plan.Check
	// checks are all that must hold after the step, those of the steps before it
	// included.
	checks []plan.Check
}

func (s *step) title() string {
	if s.circuit == "" {
		return "what the circuits share"
	}
	return "circuit " + s.circuit
}

// Kind is what a run does.
type Kind string

// The kinds of run.
const (
	kindPush     Kind = "push"
	kindRollback Kind = "rollback"
)

// Push carries out the plan of one gateway.
func Push(ctx context.Context, g *plan.Gateway, o Options) Outcome {
	return Carry(ctx, []*Job{NewPush(g, o)}, 1)[0]
}

// tell reports progress.
func (p *push) tell(text string) {
	if p.Tell == nil {
		return
	}
	e := Event{Gateway: p.g.Gateway, Steps: len(p.steps), Text: text}
	if t := p.tried; t != nil {
		e.Step, e.Until = t.n+1, t.until
	}
	p.Tell(e)
}
