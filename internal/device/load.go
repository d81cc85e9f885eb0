package device

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The end of a text that is handed over, and how much of it is on its way
// before the gateway has shown it: terminals lose what they cannot hold.
const (
	endOfText = 0x04
	handful   = 1024
	// noEcho is how long nothing must arrive until a gateway is taken not to
	// show what it is given.
	noEcho = 500 * time.Millisecond
)

// Load hands lines over as one text. Begin starts it, ready matches the line
// after which the gateway awaits the text, which ends with Control-D. The whole
// reply is returned, what was typed left out. The error is a *RejectedError
// when a line of the reply is one of the profile's errors or is not known: some
// systems say that the load is complete after they have refused a part of it.
func (s *Session) Load(ctx context.Context, begin string, ready *regexp.Regexp, lines []string) (string, error) {
	for _, l := range append([]string{begin}, lines...) {
		if err := typable(l); err != nil {
			return "", err
		}
	}
	var reply []string
	err := s.do(ctx, func() error {
		var err error
		reply, err = s.load(ctx, begin, ready, lines)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("hand over %d lines: %w", len(lines), err)
	}
	s.last = ""
	return strings.Join(reply, "\n"), s.judge(begin, reply)
}

// load is the dialogue of Load.
func (s *Session) load(ctx context.Context, begin string, ready *regexp.Regexp, lines []string) ([]string, error) {
	limit := s.patience(begin)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errSilent)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = s.wire.Close() })
	defer stop()
	s.screen.lines = nil
	t := &turn{s: s, screen: &s.screen, typed: begin}
	late, err := t.carry(ctx, begin, s.judgeLate)
	if err == nil && late == nil {
		late, err = t.awaited(ctx, ready)
	}
	if err == nil && late == nil {
		err = t.hand(ctx, lines)
	}
	if err == nil {
		err = t.prompted(ctx)
	}
	if err != nil {
		return nil, s.failed(ctx, begin, limit, err)
	}
	if late != nil {
		return nil, late
	}
	return s.without(lines), nil
}

// awaited waits until the gateway is ready for the text. Refused is its error
// when a prompt comes instead.
func (t *turn) awaited(ctx context.Context, ready *regexp.Regexp) (refused, err error) {
	for {
		if slices.ContainsFunc(t.screen.lines, func(l string) bool { return ready.MatchString(strings.TrimSpace(l)) }) {
			t.screen.lines = nil
			return nil, nil
		}
		if t.s.stand(t.screen.last()) {
			said := t.s.said(t.screen.lines[1:])
			return &RejectedError{Line: t.typed, Reply: strings.Join(said, "; ")}, nil
		}
		if err := t.listen(ctx); err != nil {
			return nil, err
		}
	}
}

// hand types the text, a handful at a time, and ends it.
func (t *turn) hand(ctx context.Context, lines []string) error {
	for len(lines) > 0 {
		n, size := 0, 0
		for n < len(lines) && (n == 0 || size+len(lines[n]) < handful) {
			size += len(lines[n]) + 1
			n++
		}
		text := strings.Join(lines[:n], "\n") + "\n"
		if err := t.s.driver.Channel.Write([]byte(text), false); err != nil {
			return errConnection
		}
		t.quiet = 0
		want := squeeze(lines[n-1])
		for t.quiet < noEcho && !slices.ContainsFunc(t.screen.lines, func(l string) bool { return strings.HasSuffix(squeeze(l), want) }) {
			if err := t.listen(ctx); err != nil {
				return err
			}
		}
		lines = lines[n:]
	}
	if err := t.s.driver.Channel.Write([]byte{endOfText}, false); err != nil {
		return errConnection
	}
	t.quiet = 0
	return nil
}

// without returns what the gateway said, the echo of lines left out: each line
// once, in their order.
func (s *Session) without(lines []string) []string {
	rest := s.said(lines)
	var out []string
	for _, l := range s.said(s.screen.lines) {
		if l == "^D" {
			continue // How a terminal shows the end of the text.
		}
		if i := slices.Index(rest, l); i >= 0 {
			rest = slices.Delete(rest, i, i+1)
			continue
		}
		out = append(out, l)
	}
	return out
}
