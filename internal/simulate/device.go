// Package simulate plays a device: it takes a configuration and the lines that
// somebody types, and says what the device would then show, or which line it
// would refuse and why.
//
// It judges the planner, so it shares nothing with it: its parsers are its own,
// and what it knows of a system stands in vendors/<os>/device.yaml, written
// from the vendor's documentation, each rule with its source.
//
// A statement that the data does not know is a plain edit of the text: it is
// kept as it was typed and removed by its beginning. What is known is checked.
package simulate

import "regexp"

// Device is what is known of one system.
type Device struct {
	// ID is the folder in vendors/, Platform the grammar of the system that
	// was asked for; "" is its usual one.
	ID, Platform string
	// Family is "lines" (a line is a statement, sub-modes are entered) or
	// "paths" (set and delete on a tree of words).
	Family  string
	Session Session
	Print   Print
	// Interface says which words are names of interfaces.
	Interface Interfaces
	// Verbatim matches the first line of a text that is no configuration, such
	// as a banner; its one group is the mark that ends it.
	Verbatim *regexp.Regexp
	// Noise matches lines of a printed configuration that are none.
	Noise []*regexp.Regexp
	// Blocks match the statements that open a sub-mode of which nothing else
	// is known.
	Blocks []*regexp.Regexp

	Statements []*Statement
	Rules      []*Rule
	Effects    []*Effect

	Nodes   []*Path
	Commits []*CommitRule

	byID map[string]*Statement
	// byWord finds the forms that begin with a word.
	byWord map[string][]*Statement
}

// Session holds the words of the command line.
type Session struct {
	// No begins a line that takes a statement back.
	No string
	// Comment begins a line that does nothing; Reset is a line that leaves
	// every sub-mode.
	Comment, Reset string
	// Up leave one sub-mode, Leave the configuration mode, Enter enter it.
	Up, Leave, Enter []string
	// Candidate is true where nothing is live before a commit.
	Candidate bool
	// Fallback is true where a line that a sub-mode does not know is tried in
	// the modes around it.
	Fallback bool
	// Invalid is what the device says to a line that it does not understand.
	Invalid Fact
}

// Print says how a configuration is printed.
type Print struct {
	// Separator stands between sections; Last ends the text.
	Separator, Last string
	// Close ends a section that has a sub-mode; "" where indentation is enough.
	Close string
	// First is true where a separator begins the text.
	First bool
	// UpperV6 is true where IPv6 addresses are printed in capitals.
	UpperV6 bool
	// Length is true where the device takes the length of a mask for the mask.
	Length bool
}

// Interfaces says which words are names of interfaces, and the full names that
// may be abbreviated.
type Interfaces struct {
	Pattern *regexp.Regexp
	Names   []string
}

// Fact is something that is known of a system, and from where.
type Fact struct {
	Say        string
	Source     string
	Confidence string
}

// Shows says which side of a statement the device prints.
type Shows string

// The sides of a statement.
const (
	// ShowsSet: the statement is printed, its negation is nothing.
	ShowsSet Shows = "set"
	// ShowsUnset: only the negation is printed.
	ShowsUnset Shows = "unset"
	// ShowsBoth: whichever was typed last is printed.
	ShowsBoth Shows = "both"
)

// Statement is one form of line.
type Statement struct {
	ID string
	// In are the statements whose sub-mode it stands in; "" is the top, "*"
	// anywhere.
	In []string
	// Line is what is printed and typed. Options follow the line in any order
	// and are printed in theirs.
	Line    form
	Options []form
	// Key are the values that tell two statements of the form apart; none:
	// there is one in each section. Twin names a value whose presence tells
	// them apart too.
	Key  []string
	Twin string
	// Values that are not printed when they are these.
	Hidden map[string]string
	// Default is the line that is not printed, since it is what holds anyway.
	Default string
	Block   bool
	Shows   Shows
	// Unset are forms that take it back when they are negated, besides the
	// line; Negates are lines that do so as they are. Needs are
	// the values that a negation must give, Ignores those that it may give
	// wrong.
	Unset, Negates []form
	Needs, Ignores []string
	// Together are values of which a negation that gives one must give all
	// that the statement has.
	Together []string
	// Exact are values that a statement lacks where a negation does not give
	// them, such as the table of a route.
	Exact []string
	// Silent is the side of a statement of which both are printed that a fresh
	// device has; it says nothing.
	Silent Shows
	// Absent is what the device says to the negation of a statement that is
	// not there; without it that is accepted.
	Absent *Fact
	// Always matches the names of sections that are there whether they say
	// anything or not, such as ports.
	Always *regexp.Regexp
	// Members is nil for a statement that holds no list of numbers.
	Members *Members
	// Strict: a line that begins like this one and is none is refused.
	Strict bool
	// Sort orders statements of the form when they are printed: by network, by
	// prefix length first, or by the number of its first key. Beside is the
	// form whose place it shares: the two of one number are printed together.
	// Group names the section that several forms share.
	Sort, Beside, Group string
	Source              string

	// rank is its place in the data, place where it is printed.
	rank, place int
	head        []string
}

// Rule is a refusal.
type Rule struct {
	ID string
	// On is what is refused: "enter" a section that is there, "set", "unset",
	// or "change" (set or unset).
	On string
	// Statement is refused, or any that stands Inside the section, but not
	// Except.
	Statement, Inside string
	Except            []string
	// If are the conditions, which must all hold.
	If []*Condition
	Fact
}

// Condition is a question about the configuration.
type Condition struct {
	// Has or Lacks a statement. Scope is where it is looked for: "top" (the
	// default), "block" (beside the line), "below" (under the line), or
	// "any". Where says which of its values equal which of the line's; a name
	// block.X is a value of the section around. With are fixed values, Other
	// excludes the section that the line stands in.
	Has, Lacks, Scope string
	Where, With       map[string]string
	Other             bool
	// Whose are conditions on the statement that was found.
	Whose []*Condition
	// Given is a value that the line must have, Missing one that it must not;
	// Matches maps values to patterns.
	Given, Missing string
	Matches        map[string]*regexp.Regexp
	// Greater compares two statements under a section.
	Greater *Comparison
	// Check is a question that needs arithmetic: "host-bits" or "overlap".
	Check string
}

// Comparison holds when the left number is greater than the right one.
type Comparison struct {
	// Of is the section, chosen by Where.
	Of          string
	Where       map[string]string
	Left, Right Number
}

// Number is the value of a statement, or what holds without it.
type Number struct {
	Statement, Value string
	Default, Times   int
}

// Effect is what else happens.
type Effect struct {
	ID string
	// On is "set" or "unset" of Statement.
	On, Statement string
	// If must all hold.
	If []*Condition
	// Removes are statements that go, Strips a value that statements lose,
	// chosen as in a condition; Adds is a line that appears under it.
	Removes, Strips *Condition
	Value           string
	Adds            string
	Fact
}

// Path is what is known of the words of a set command. Its pattern is matched
// against the words from the top, or against the last ones after "...": a word,
// "*" for any, or a value.
type Path struct {
	// Kind is "keyed" (a word with a name or value beside it, many), "leaf"
	// (one value, the last one typed holds), "list" (many values in brackets),
	// or "container".
	Kind string
	// Line is how a section with one attribute is printed: "all" attributes on
	// its line, "one" if there is only one, "word" if that is a word without a
	// value, "" never.
	Line string
	// Stays marks a section that is there without saying anything.
	Stays bool
	// Order are the words in the order in which they are printed; Closed says
	// that there are no others.
	Order  []string
	Closed bool
	// Prefix completes an address without a length.
	Prefix bool
	Source string

	anywhere bool
	words    form
	rank     map[string]int
}

// CommitRule is a check of the candidate as a whole.
type CommitRule struct {
	ID string
	// Each statement of the pattern, in which {x} are values and {at} is what
	// "..." stood for, Needs others, or Forbids them; Check is "host-bits" of
	// the value prefix.
	Each           string
	Needs, Forbids []string
	Check          string
	Fact
}
