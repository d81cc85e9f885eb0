package device

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// judgement looks at what arrived between the last prompt and the echo of a
// line. An error of it keeps the line from being carried out, if that can be.
type judgement func(late []string) error

// send types a line, waits for the next prompt and returns the lines of the
// reply, those that are asynchronous left out. Whatever fails once the first
// byte is on its way leaves the gateway in a state that is not known; an error
// of late does not.
func (s *Session) send(ctx context.Context, line string, late judgement) ([]string, error) {
	if err := typable(line); err != nil {
		return nil, err
	}
	limit := s.patience(line)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errSilent)
	defer cancel()
	// A write has no context of its own; closing the connection ends it.
	stop := context.AfterFunc(ctx, func() { _ = s.wire.Close() })
	defer stop()
	s.screen.lines = nil
	t := &turn{s: s, screen: &s.screen, typed: line}
	if _, err := t.drain(); err == nil {
		if err := late(s.said(s.screen.lines)); err != nil {
			return nil, err
		}
	}
	before, err := t.carry(ctx, line, late)
	if err == nil {
		err = t.prompted(ctx)
	}
	if err != nil {
		return nil, s.failed(ctx, line, limit, err)
	}
	if before != nil {
		return nil, before
	}
	return s.reply(line), nil
}

// typable refuses a line that could end before its end and begin another.
func typable(line string) error {
	if strings.ContainsFunc(line, unicode.IsControl) {
		return fmt.Errorf("%q holds a control character, which could end the line and begin another; it was not typed", line)
	}
	return nil
}

// patience is how long the reply to a line may take.
func (s *Session) patience(line string) time.Duration {
	limit := s.target.Timeout
	for _, p := range s.target.Rules.Patience {
		if p.Line.MatchString(line) {
			limit = max(limit, p.Limit)
		}
	}
	return limit
}

// failed says what the end of an exchange means.
func (s *Session) failed(ctx context.Context, line string, limit time.Duration, err error) error {
	cause := context.Cause(ctx)
	var asked *QuestionError
	switch {
	case errors.As(err, &asked):
	case errors.Is(cause, errSilent):
		// Any other last line is not shown: it may be a part of the configuration,
		// with a secret.
		err = fmt.Errorf("no prompt within %s", limit)
		if last := strings.TrimSpace(string(s.screen.line)); question.MatchString(last) {
			err = &QuestionError{Line: line, Ask: s.mask(last)}
		}
	case cause != nil:
		err = cause
	default:
		err = s.wire.why(err)
	}
	return fmt.Errorf("%w: %w", ErrLost, err)
}

// carry types a line and its return. The first error is late's: then the line
// is taken back where the profile knows how, otherwise it is carried out.
func (t *turn) carry(ctx context.Context, line string, late judgement) (refused, err error) {
	c := t.s.driver.Channel
	if err := c.Write([]byte(line), false); err != nil {
		return nil, errConnection
	}
	t.quiet = 0
	if err := t.echoed(ctx, line); err != nil {
		return nil, err
	}
	refused = late(t.s.said(t.before(line)))
	t.screen.lines = nil
	if key := t.s.target.Rules.Clear; refused != nil && key != 0 {
		if err := c.Write([]byte{key}, false); err != nil {
			return nil, errConnection
		}
		return refused, nil
	}
	if err := c.WriteReturn(); err != nil {
		return nil, errConnection
	}
	t.quiet = 0
	// What stands on the line now is the echo; the prompt comes after it.
	for len(t.screen.lines) == 0 {
		if err := t.listen(ctx); err != nil {
			return nil, err
		}
		if err := t.answer(); err != nil {
			return nil, err
		}
	}
	return refused, nil
}

// before returns the lines that arrived before the echo of a line. A terminal
// may have broken the echo; then what it broke off is a part of it.
func (t *turn) before(line string) []string {
	lines, tail := t.screen.lines, squeeze(string(t.screen.line))
	want := squeeze(line)
	for k := len(lines); k >= 0; k-- {
		if strings.HasSuffix(tail, want) {
			return lines[:k]
		}
		if k > 0 && !t.s.asynchronous(strings.TrimSpace(lines[k-1])) {
			tail = squeeze(lines[k-1]) + tail
		}
	}
	return lines
}

// reply is what the screen shows between the echo of a line and the prompt.
func (s *Session) reply(line string) []string {
	lines := s.screen.lines
	if len(lines) == 0 {
		return nil
	}
	out := make([]string, 0, len(lines))
	if _, rest, ok := strings.Cut(lines[0], line); ok && strings.TrimSpace(rest) != "" {
		out = append(out, rest)
	}
	for _, l := range lines[1:] {
		l = strings.TrimRight(l, " ")
		if !s.asynchronous(strings.TrimSpace(l)) {
			out = append(out, l)
		}
	}
	return out
}
