package device

import (
	"bytes"
	"strings"
)

// What the filter of escape sequences makes of those that move the cursor on
// its line. The bytes are control characters that no gateway prints; scrapligo
// takes carriage returns away, so home has a name of its own.
const (
	left  = '\b'
	home  = 0x1c
	erase = 0x1d
)

// screen is the terminal that a gateway writes to: the lines that are finished,
// and the one that the cursor stands in. A gateway that takes typed text back,
// shows it again or wipes out a pager's mark leaves on it what a person would
// see.
type screen struct {
	lines []string
	line  []byte
	at    int
}

// feed writes what has arrived.
func (s *screen) feed(b []byte) {
	for len(b) > 0 {
		// Runs of plain text are the most, and are copied whole.
		n := bytes.IndexFunc(b, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
		if n < 0 {
			n = len(b)
		}
		s.write(b[:n])
		if b = b[n:]; len(b) == 0 {
			return
		}
		switch b[0] {
		case '\n':
			s.lines = append(s.lines, string(s.line))
			s.line, s.at = s.line[:0], 0
		case left:
			s.at = max(0, s.at-1)
		case home:
			s.at = 0
		case erase:
			s.line = s.line[:s.at]
		}
		b = b[1:]
	}
}

// write puts text over what stands at the cursor.
func (s *screen) write(b []byte) {
	n := copy(s.line[s.at:], b)
	s.line = append(s.line, b[n:]...)
	s.at += len(b)
}

// last is the line of the cursor, without spaces at its end.
func (s *screen) last() string { return strings.TrimRight(string(s.line), " ") }

// joined is all text without white space and without lines for which drop holds.
func (s *screen) joined(drop func(string) bool) string {
	var b strings.Builder
	for _, l := range s.lines {
		if !drop(strings.TrimSpace(l)) {
			b.WriteString(squeeze(l))
		}
	}
	b.WriteString(squeeze(string(s.line)))
	return b.String()
}

// squeeze takes all white space out.
func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }
