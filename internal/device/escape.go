package device

// escapes takes the sequences with which a terminal is controlled out of what
// arrives. It remembers where it is: a sequence may arrive in pieces, and half
// of one in front of a prompt hides the prompt. scrapligo's own filter looks at
// each piece alone (channel/read.go of v1.4.3).
type escapes struct{ in part }

// part is where in a sequence the stream is (ECMA-48, 5.3, 5.4 and 8.3.89).
type part int

const (
	text       part = iota
	escape          // after ESC
	control         // after ESC [, until a final byte
	command         // after ESC ] and the like, until BEL or ESC \
	commandEnd      // after ESC in a command
)

// The bytes that begin and end sequences.
const (
	bel = 0x07
	esc = 0x1b
)

// strip returns what is text in b, which it overwrites.
func (e *escapes) strip(b []byte) []byte {
	out := b[:0]
	for _, c := range b {
		if c == '\n' {
			e.in = text // No sequence goes on in the next line; one was cut off.
		}
		if e.in == text && c != esc {
			out = append(out, c)
			continue
		}
		e.in = e.next(c)
	}
	return out
}

// next returns where the stream is after a byte.
func (e *escapes) next(c byte) part {
	switch e.in {
	case text:
		return escape
	case escape:
		switch {
		case c == '[':
			return control
		case c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_':
			return command
		case c >= 0x20 && c < 0x30 || c == esc:
			return escape // An intermediate byte, or a sequence anew.
		}
	case control:
		switch {
		case c == esc:
			return escape
		case c < 0x40 || c > 0x7e:
			return control
		}
	case command:
		switch c {
		case bel:
			return text
		case esc:
			return commandEnd
		}
		return command
	case commandEnd:
	}
	return text
}
