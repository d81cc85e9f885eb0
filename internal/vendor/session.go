package vendor

import (
	"regexp"
	"time"
)

// SessionRules say how the system's command line is talked to and how a change
// is made on it. All patterns match whole lines.
type SessionRules struct {
	// Prepare are typed once after login, outside configuration mode: no pager,
	// a wide terminal. A refusal of one of them is no error when it is Optional.
	Prepare []Act
	// Identify must hold after Prepare, or the gateway is not the system that
	// the inventory says.
	Identify []Act
	// Running prints the running configuration; a whole one ends with a line
	// that Complete matches (nil: not known).
	Running  string
	Complete *regexp.Regexp
	// Errors match a reply line that means refusal, Accept one that does not.
	// Any other reply to a line of configuration is taken for a refusal too.
	Errors, Accept []*regexp.Regexp
	// Asynchronous lines may come at any time and say nothing about the line
	// that was typed; they are kept for the record and not judged.
	Asynchronous []*regexp.Regexp
	// Questions are the only ones that are answered.
	Questions []Question
	// Login says, for a mode in which the command line may stand after login and
	// must not, what to do about it.
	Login map[string]string
	// Clear is the key that empties the command line, 0 when none is known: it
	// is pressed when what was typed must not be carried out after all.
	Clear byte
	// Patience are lines that may take longer than others.
	Patience []Patience
	// Logout ends a session, outside configuration mode, where a session that
	// ends in any other way may disturb the next one; else it is empty.
	Logout string
	// Note says what the system lacks, for the person who must decide.
	Note string
	// Tried says on what a push was tried that is not played; empty where it was
	// judged by played gateways alone.
	Tried string
	// Change is nil where nothing is known of changing the system.
	Change *Transaction
}

// Patience is how long the reply to a line may take, beyond the limit of every
// other line.
type Patience struct {
	Line  *regexp.Regexp
	Limit time.Duration
}

// Question is what the system may ask after a line, and the answer to it.
type Question struct {
	// Line matches the line that was typed (nothing: asked at login), Ask what
	// stands on the last line of the terminal. Answer is typed, with a return.
	Line, Ask *regexp.Regexp
	Answer    string
}

// Transaction says how one step of a plan is carried out. The parts are typed
// in this order: Ready before the first step only; then for each step Enter,
// the step's lines (Load when set), Review, Commit, Leave; the checks, over a
// new connection; Confirm; Save. Discard takes back what is not committed,
// Abort what is committed and not confirmed.
//
// The parts {minutes}, {seconds} (the timer), {id} (of the push: letters,
// digits and "-") and {username} are filled in.
type Transaction struct {
	// Timer is nil where the system cannot take a change back by itself: then
	// Confirm and Abort are empty, and the plan's way back is typed.
	Timer *Timer
	// Ready must hold before anything is typed.
	Ready []Act
	Enter []Act
	// Load is nil where the lines are typed one by one.
	Load   *Load
	Review []Act
	Commit []Act
	// Leave goes back to where commands are typed. Held sessions (Timer.Bound,
	// Timer.Held) leave after Confirm or Abort, the others after Commit.
	Leave   []Act
	Confirm []Act
	Discard []Act
	Abort   []Act
	// Save writes the startup configuration; empty where a commit does.
	Save    []Act
	Sources []string
}

// Timer is the system's own way of taking a change back.
type Timer struct {
	// Unit is a minute or a second; the value lies between Min and Max of them.
	Unit     time.Duration
	Min, Max int
	// AtEnter is true when the timer runs from Enter on, and the lines take
	// effect as they are typed; otherwise it runs from Commit on.
	AtEnter bool
	// Bound is true when the timer belongs to the SSH session that started it:
	// when that ends, nobody can confirm or abort, only wait.
	Bound bool
	// Held is true when Confirm is typed in the session that did Commit, which
	// still stands in configuration mode. Otherwise Confirm and Abort are typed
	// over the new connection that made the checks, outside configuration mode.
	Held bool
	// Pending looks, outside configuration mode, whether a timer runs: its
	// Expect matches when none does. Nil: it cannot be seen.
	Pending *Act
	// Reenter goes to where Abort can be typed when the session that did Commit
	// is lost. Empty: Abort is typed outside configuration mode, or the timer is
	// Bound and can only be waited for.
	Reenter []Act
}

// Load hands all lines of a step over as one text, which is judged as a whole.
type Load struct {
	// Begin starts it; Ready matches the line after which the text is awaited.
	Begin string
	Ready *regexp.Regexp
	// Done matches the line that must be in the reply. The text ends with
	// Control-D on a line of its own.
	Done *regexp.Regexp
}

// Act is one line that is typed to move between modes, to look at something, to
// commit or to save, and what the reply must be.
type Act struct {
	Type string
	// Expect match lines that the reply must have, each at least one.
	Expect []*regexp.Regexp
	// Refuse match lines that the reply must not have, beside the errors of the
	// session.
	Refuse []*regexp.Regexp
	// Empty is true when the reply must say nothing, Some when it must say
	// something.
	Empty, Some bool
	// Mode is the mode in which the command line must stand afterwards, a name
	// of the platform definition; empty when any will do.
	Mode string
	// Optional acts may be refused.
	Optional bool
	// Say tells the person what it means when the reply is not as it must be.
	Say string
}

// ConfirmTimer reports whether the system can take a change back by itself.
func (s *SessionRules) ConfirmTimer() bool { return s.Change != nil && s.Change.Timer != nil }
