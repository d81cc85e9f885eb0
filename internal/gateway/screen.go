package gateway

import (
	"bufio"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// screen is the terminal of one connection: it echoes, holds output until a key
// is pressed, and writes as slowly as it is told to.
type screen struct {
	g    *Gateway
	conn net.Conn
	ch   ssh.Channel
	in   *bufio.Reader
	// lines is how many lines are shown before the pager waits, 0: all.
	lines, columns int
	// after is true after a carriage return, of which a newline is a part.
	after bool

	mu  sync.Mutex // of what is written
	log *strings.Builder
}

func newScreen(g *Gateway, conn net.Conn, ch ssh.Channel, columns int) *screen {
	return &screen{g: g, conn: conn, ch: ch, in: bufio.NewReaderSize(ch, 512), lines: g.terminal.Pager.Lines, columns: columns}
}

// hangUp ends the connection without a word.
func (s *screen) hangUp() { _ = s.conn.Close() }

// slow returns how many bytes are sent at once, 0 for all, and the time between.
func (s *screen) slow() (int, time.Duration) {
	s.g.mu.Lock()
	defer s.g.mu.Unlock()
	for _, f := range s.g.o.Faults {
		if f.Kind == "slow" {
			n, pause, _ := strings.Cut(f.Value, ",")
			count, _ := strconv.Atoi(n)
			d, _ := time.ParseDuration(pause)
			return max(count, 1), d
		}
	}
	return 0, 0
}

// raw writes text as it is. A client that is gone ends the next read.
func (s *screen) raw(text string) {
	if text == "" {
		return
	}
	chunk, pause := s.slow()
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(text) > 0 {
		n := len(text)
		if chunk > 0 {
			n = min(n, chunk)
		}
		if _, err := io.WriteString(s.ch, text[:n]); err != nil {
			return
		}
		text = text[n:]
		if pause > 0 {
			time.Sleep(pause)
		}
	}
}

// write writes text as a terminal shows it, and keeps it.
func (s *screen) write(text string) {
	s.keep(text)
	s.raw(strings.ReplaceAll(text, "\n", "\r\n"))
}

func (s *screen) keep(text string) {
	s.g.mu.Lock()
	defer s.g.mu.Unlock()
	if s.log != nil && !s.g.o.Quiet {
		s.log.WriteString(text)
	}
}

// interrupt shows a message that nobody asked for.
func (s *screen) interrupt(text string) { s.write(text) }

// key waits for one key.
func (s *screen) key() (byte, error) {
	for {
		b, err := s.in.ReadByte()
		if err != nil {
			return 0, err
		}
		if b == '\n' && s.after {
			s.after = false
			continue
		}
		s.after = b == '\r'
		return b, nil
	}
}

// page writes output, a screen of so many lines at a time, 0: all at once.
func (s *screen) page(text string, lines int) error {
	if lines == 0 {
		s.write(text)
		return nil
	}
	p := s.g.terminal.Pager
	left := lines - 1
	for len(text) > 0 {
		if left == 0 {
			s.write(p.More)
			b, err := s.key()
			if err != nil {
				return err
			}
			s.write(p.Erase)
			switch b {
			case ' ':
				left = lines - 1
			case '\r', '\n':
				left = 1
			default:
				return nil // Any other key ends the output.
			}
		}
		n := 0
		for i := 0; i < left && n < len(text); i++ {
			_, rest, _ := strings.Cut(text[n:], "\n")
			n = len(text) - len(rest)
		}
		s.write(text[:n])
		text, left = text[n:], 0
	}
	return nil
}

// The keys that edit a line.
const (
	keyInterrupt = 0x03
	keyEnd       = 0x04
	keyKill      = 0x15
	keyErase     = 0x18 // What keyKill is on VRP; IOS takes both.
	keyLeave     = 0x1a
	keyDelete    = 0x7f
)

// line reads a line and echoes it, as much at once as has arrived. stop is the
// key that ended it: return, or a key of control.
func (s *screen) line(begin string) (text string, stop byte, err error) {
	line := []byte(begin)
	echo := []byte(nil)
	flush := func() {
		if len(echo) > 0 {
			s.raw(string(echo))
			echo = echo[:0]
		}
	}
	for {
		if s.in.Buffered() == 0 {
			flush()
		}
		b, err := s.key()
		if err != nil {
			return "", 0, err
		}
		switch {
		case b == '\r' || b == '\n':
			flush()
			s.keep(strings.TrimPrefix(string(line), begin))
			return string(line), '\r', nil
		case b == keyInterrupt || b == keyLeave || b == keyEnd && len(line) == 0:
			flush()
			return string(line), b, nil
		case b == keyKill || b == keyErase:
			echo = append(echo, strings.Repeat("\b \b", len(line))...)
			line = line[:0]
		case b == keyDelete || b == '\b':
			if len(line) > 0 {
				line = line[:len(line)-1]
				echo = append(echo, "\b \b"...)
			}
		case b >= ' ':
			line = append(line, b)
			echo = append(echo, b)
		}
		if len(line) > maxLine {
			return "", 0, io.ErrShortBuffer
		}
	}
}

// maxLine bounds what one line may hold.
const maxLine = 16 << 10
