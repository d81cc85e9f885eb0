package device

import (
	"errors"
	"fmt"
	"strings"
)

// ErrLost is the end of a connection in the middle of the work, or of the
// understanding of it: what the gateway did with the last line is not known.
var ErrLost = errors.New("the connection to the gateway is lost")

// RejectedError is a line that the gateway refused.
type RejectedError struct {
	Line, Reply string
}

func (e *RejectedError) Error() string {
	return fmt.Sprintf("the gateway refused %q: %s", e.Line, strings.Join(strings.Fields(e.Reply), " "))
}

// QuestionError is something that the gateway wants to know and that the
// profile has no answer to, a pager among it. The connection is closed with the
// question open. Once a line was typed the error is ErrLost too: what the
// gateway did with the line is not known.
type QuestionError struct {
	// Line is what was typed, nothing at login.
	Line string
	// Ask is the question, its secrets hidden.
	Ask string
}

func (e *QuestionError) Error() string {
	if e.Line == "" {
		return fmt.Sprintf("the gateway asks %q at login, and the profile has no answer to it; log in by hand and see to it", e.Ask)
	}
	return fmt.Sprintf("the gateway asks %q after %q, and the profile has no answer to it; nothing was answered and the connection was closed", e.Ask, e.Line)
}

// WrongSystemError is a gateway that is not the system that the inventory
// says. Nothing was changed on it.
type WrongSystemError struct {
	// Expected and Seen are in words: what the gateway should have said, what it
	// said. Command is what it was asked.
	Expected, Seen, Command string
}

func (e *WrongSystemError) Error() string {
	return fmt.Sprintf("the gateway is not what the inventory says: %s; %q answered %q. Correct os (and platform) in the inventory, or the address", e.Expected, e.Command, e.Seen)
}

// HostKeyError is a host that is not trusted. Nothing was sent to it.
type HostKeyError struct {
	Address, Reason string
}

func (e *HostKeyError) Error() string {
	return fmt.Sprintf("%s is not trusted: %s; read the key's fingerprint at its console and add it with twinpath trust (--fingerprint), or name another file with --known-hosts", e.Address, e.Reason)
}
