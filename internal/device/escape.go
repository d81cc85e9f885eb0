package device

// escapes makes plain text of what arrives: the sequences with which a terminal
// is controlled are taken out, but for those that move the cursor on its line
// (see screen). It remembers where it is: a sequence may arrive in pieces, and
// half of one in front of a prompt hides the prompt. scrapligo's own filter
// looks at each piece alone (channel/read.go of v1.4.3).
type escapes struct {
	in part
	// number is the parameter of a control sequence.
	number int
	// returned says that a carriage return came and what follows it not yet.
	returned bool
}

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

// widest bounds how far a sequence moves the cursor.
const widest = 4096

// strip returns what is left of b.
func (e *escapes) strip(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for _, c := range b {
		if c == '\n' {
			e.in = text // No sequence goes on in the next line; one was cut off.
		}
		if e.in != text || c == esc {
			if e.returned {
				e.returned = false
				out = append(out, home)
			}
			var moves []byte
			e.in, moves = e.next(c)
			out = append(out, moves...)
			continue
		}
		switch {
		case c == '\r':
			e.returned = true
			continue
		case e.returned && c != '\n':
			out = append(out, home)
		}
		e.returned = false
		if c == home || c == erase {
			continue // Not from the gateway.
		}
		out = append(out, c)
	}
	return out
}

// next returns where the stream is after a byte, and how the cursor moved.
func (e *escapes) next(c byte) (part, []byte) {
	switch e.in {
	case text:
		return escape, nil
	case escape:
		switch {
		case c == '[':
			e.number = 0
			return control, nil
		case c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_':
			return command, nil
		case c >= 0x20 && c < 0x30 || c == esc:
			return escape, nil // An intermediate byte, or a sequence anew.
		}
	case control:
		switch {
		case c == esc:
			return escape, nil
		case c >= '0' && c <= '9':
			e.number = min(widest, e.number*10+int(c-'0'))
			return control, nil
		case c < 0x40 || c > 0x7e:
			return control, nil
		}
		return text, e.moved(c)
	case command:
		switch c {
		case bel:
			return text, nil
		case esc:
			return commandEnd, nil
		}
		return command, nil
	case commandEnd:
	}
	return text, nil
}

// moved says in bytes of the screen what a control sequence does, by its final
// byte (ECMA-48, 8.3.18 cursor left, 8.3.41 erase in line).
func (e *escapes) moved(final byte) []byte {
	switch final {
	case 'D':
		out := make([]byte, max(1, e.number))
		for i := range out {
			out[i] = left
		}
		return out
	case 'K':
		if e.number == 0 {
			return []byte{erase}
		}
	}
	return nil
}
