package gateway

import (
	"text/template"

	"github.com/twinpath/twinpath/internal/simulate"
)

// Terminal is what is known of the command line of a system around its
// configuration: vendors/<os>/device.yaml, the part "terminal". Each answer
// names its source.
type Terminal struct {
	// Store says where what is typed stands until it is in force: "live" (it is
	// at once), "session" (each person has a candidate), "shared" (all have
	// one). Persistent is true where what is committed survives a restart.
	Store      string
	Persistent bool
	// Short is true where a word may be cut off after its first letters.
	Short bool
	// Outside begins a command of the exec mode in the configuration mode.
	Outside string
	// Redisplay is true where a refused line stands on the next command line
	// again.
	Redisplay bool
	// Fresh is the configuration of a gateway of which nothing else is said.
	Fresh *template.Template
	// Greeting stands before the first prompt.
	Greeting *template.Template
	// Prompts are those of the modes "exec" and "configuration". Sections are
	// what {{.Section}} of a prompt is in a section, by the forms from the
	// outside in, such as "bfd profile", or by the last one alone.
	Prompts, Sections map[string]*template.Template
	Pager             Pager
	// Pipes are the filters that may follow "|", and what they do.
	Pipes map[string]string
	// Errors are the replies to a line that is not understood: "unknown",
	// "incomplete", "ambiguous" and, to a line that is refused for another
	// reason, "refused"; in configuration mode "configuration-X" goes before.
	Errors map[string]*Reply
	// Refusals are the words for the refusals of the simulator that it has none
	// of the system for, by rule.
	Refusals map[string]*Reply
	Commands []*Command
	// Messages come unasked, by what happens: "warning" (a minute before a timer
	// ends), "expired", "log", "reboot".
	Messages map[string]*Reply
	// Facts say how the configuration is read for what it makes the gateway do.
	Facts []*Fact
	// Reboot says what stands in force after a restart: "startup", or "running"
	// where a commit is written at once.
	Reboot simulate.Fact
}

// Pager is how long output is held.
type Pager struct {
	// Lines is how many lines the screen has, 0: there is no pager.
	Lines int
	// More is what is shown while it waits, Erase what takes it away again.
	More, Erase string
}

// Reply is what the device says, and from where that is known.
type Reply struct {
	Text *template.Template
	// Yes are the lines of configuration that are typed before the refused one
	// when its question is answered with yes. Question is true when it is one.
	Question           bool
	Yes                []string
	Source, Confidence string
}

// Command is a line that the command line understands.
type Command struct {
	// In are the modes: exec, configuration.
	In   []string
	Form simulate.Command
	// Do is what it does, one of the acts; With are fixed parts of it.
	Do   string
	With map[string]string
	// Say are the replies, by how it went; "" when nothing else is known.
	Say map[string]*template.Template
	// Ask are questions, by how it went.
	Ask                map[string]*Ask
	Source, Confidence string
}

// Ask is a question of the device.
type Ask struct {
	Text *template.Template
	// Answers are what may be typed, in small letters, and what it means. Key is
	// true when a single key is the answer.
	Answers map[string]string
	Key     bool
	// Wrong is said to any other answer, and the question stays.
	Wrong *template.Template
}

// Fact is a form of statement that makes the gateway do something.
type Fact struct {
	// Kind is port, address, probe, start, track, session, route, policy,
	// spread or archive.
	Kind string
	// Of is the form; If are values of which it must have one, Unless those of
	// which it must have none, separated by "|".
	Of, If, Unless string
	// Get are values of statements below it: the form, and the value of it in
	// braces. Set are the parts of the fact, with {values} and {value|default}.
	Get, Set map[string]string
	Source   string
}
