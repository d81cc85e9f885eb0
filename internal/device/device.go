// Package device is a connection to the command line of one gateway. It is the
// only importer of scrapligo, and tells it once what it does not do by itself:
// stop at the first refused line, end when a context ends, check host keys
// against a file, and judge every reply by what the operating system's profile
// says, not by a few words.
package device

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/scrapli/scrapligo/driver/network"
	"github.com/scrapli/scrapligo/driver/options"
	"github.com/scrapli/scrapligo/platform"
	"github.com/scrapli/scrapligo/transport"

	"github.com/twinpath/twinpath/internal/vendor"
)

// Host is a host that is logged in to over SSH.
type Host struct {
	Address  string
	Port     int
	Username string
	// One of these says how to log in.
	KeyFile  string
	Password Secret
	Agent    bool
	// KnownHosts is the file of the host keys that are trusted.
	KnownHosts string
	// Old are algorithms that are not safe any more and that this host is
	// allowed to use (names of RFC 4253 and its successors). Without them a host
	// that knows no others cannot be reached.
	Old []string
}

// Target is a gateway and how to talk to it.
type Target struct {
	Host

	// Jump is a host that the connection goes through; nil: none.
	Jump *Host
	// System makes OpenSSH's own program carry the connection, which then logs in
	// as the user's configuration of it says. Config is a file of its
	// configuration in place of the user's own.
	System bool
	Config string
	// Platform is the scrapligo platform definition of the system.
	Platform []byte
	// Rules say how the system is talked to.
	Rules *vendor.SessionRules
	// Mask hides secrets in a line that the gateway said; nil: nothing is one.
	Mask func(string) string
	// Timeout bounds each reply that the rules have no more patience with.
	Timeout time.Duration
	// KeepAlive is the time between two signs of life that are asked for; a
	// gateway that gives none for three of them is given up. 0: ten seconds,
	// less: never.
	KeepAlive time.Duration
}

// defaultKeepAlive is the time between two keep-alive requests.
const defaultKeepAlive = 10 * time.Second

// Session is an open connection. It is not safe for concurrent use.
//
// It types a line only when the prompt stands there, and it never asks for a
// prompt with an empty line, as scrapligo's own mode changes do: a line that is
// typed before the prompt is echoed twice by the terminals of some systems, and
// the second echo passes for output.
type Session struct {
	driver *network.Driver
	wire   *wire
	target Target
	levels []level
	screen screen
	host   string
	// mode is the level of the last prompt.
	mode string
	// last is the line of configuration that was typed last and whose late
	// replies are still to come.
	last string
	lost bool
	// parting makes the context in which the session is ended.
	parting func() (context.Context, context.CancelFunc)
}

// configuration begins the names of the modes for changes in platform
// definitions.
const configuration = "configuration"

// Open connects, logs in, waits for the prompt, prepares the terminal and makes
// sure that the gateway is the system that it should be. The context bounds all
// of it, and nothing after it. Its errors are never ErrLost: nothing was
// changed. They may be *HostKeyError, *WrongSystemError or *QuestionError.
func Open(ctx context.Context, t Target) (*Session, error) {
	if t.Timeout == 0 {
		t.Timeout = 30 * time.Second
	}
	if t.KeepAlive == 0 {
		t.KeepAlive = defaultKeepAlive
	}
	w := newWire(ctx, t)
	p, err := platform.NewPlatform(t.Platform, t.Address,
		options.WithPort(t.Port),
		options.WithAuthBypass(),
		options.WithCustomTransport(w),
		// A name is needed; the transport above takes its place.
		options.WithTransportType(transport.StandardTransport),
		options.WithTimeoutOps(t.Timeout),
		options.WithReadDelay(handOver),
	)
	if err != nil {
		return nil, fmt.Errorf("platform definition: %w", err)
	}
	d, err := p.GetNetworkDriver()
	if err != nil {
		return nil, fmt.Errorf("platform definition: %w", err)
	}
	s := &Session{driver: d, wire: w, target: t, parting: func() (context.Context, context.CancelFunc) {
		return context.WithTimeout(context.WithoutCancel(ctx), logoutLimit)
	}}
	if err := s.open(ctx); err != nil {
		_ = s.hangUp() // It is of no use; the error is what matters.
		return nil, fmt.Errorf("open %s: %w", t.Address, err)
	}
	return s, nil
}

// open connects and waits for the prompt, each no longer than the target's
// timeout: a host that accepts the connection and then says nothing would hold
// a push for ever.
func (s *Session) open(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = s.wire.Close() })
	defer stop()
	err := s.driver.Channel.Open()
	if err == nil {
		err = s.anchor(ctx)
	}
	if err == nil {
		err = s.settle(ctx)
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// do runs a dialogue. Nothing is typed once the context has ended, and nothing
// after the connection is lost.
func (s *Session) do(ctx context.Context, f func() error) error {
	if s.lost {
		return ErrLost
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err := f()
	if errors.Is(err, ErrLost) {
		s.lost = true
		_ = s.wire.Close() // It is lost already.
	}
	return err
}

// Mode is the name of the platform definition's level that the last prompt
// belongs to.
func (s *Session) Mode() string { return s.mode }

// Hostname is the host name in the prompt.
func (s *Session) Hostname() string { return s.host }

// Run types a command outside configuration mode and returns its output,
// without asynchronous lines. The error is a *RejectedError when the first line
// is one of the profile's errors.
func (s *Session) Run(ctx context.Context, command string) (string, error) {
	var lines []string
	err := s.do(ctx, func() error {
		if strings.HasPrefix(s.mode, configuration) {
			return fmt.Errorf("the gateway is in %s mode", s.mode)
		}
		var err error
		lines, err = s.send(ctx, command, s.judgeLate)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("run %q: %w", command, err)
	}
	s.last = ""
	out := strings.Trim(strings.Join(lines, "\n"), "\n")
	first, _, _ := strings.Cut(strings.TrimSpace(out), "\n")
	if first = strings.TrimSpace(first); matches(s.target.Rules.Errors, first) {
		return "", &RejectedError{Line: command, Reply: first}
	}
	return out, nil
}

// Act types a line in whatever mode the command line stands and returns the
// reply, without asynchronous lines. The error is a *RejectedError when one of
// them is one of the profile's errors; what the reply must be beside that is
// the caller's to judge.
func (s *Session) Act(ctx context.Context, line string) (string, error) {
	var lines []string
	err := s.do(ctx, func() error {
		var err error
		lines, err = s.send(ctx, line, s.judgeLate)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("type %q: %w", line, err)
	}
	s.last = ""
	reply := strings.Trim(strings.Join(lines, "\n"), "\n")
	for _, l := range s.said(lines) {
		if matches(s.target.Rules.Errors, l) {
			return reply, &RejectedError{Line: line, Reply: l}
		}
	}
	return reply, nil
}

// Line types one line of configuration and judges the reply. A reply that the
// profile does not know is a refusal: what it means is not known. So is what
// arrived after the prompt of the line before, and then the error names that.
func (s *Session) Line(ctx context.Context, line string) error {
	line = strings.TrimSpace(line)
	var lines []string
	err := s.do(ctx, func() error {
		if !strings.HasPrefix(s.mode, configuration) {
			return fmt.Errorf("the gateway is not in configuration mode but in %s", s.mode)
		}
		var err error
		lines, err = s.send(ctx, line, s.judgeLate)
		return err
	})
	if err != nil {
		return fmt.Errorf("type %q: %w", line, err)
	}
	s.last = line
	return s.judge(line, s.said(lines))
}

// judge looks at the reply to a line of configuration.
func (s *Session) judge(line string, said []string) error {
	for _, l := range said {
		if !matches(s.target.Rules.Accept, l) || matches(s.target.Rules.Errors, l) {
			return &RejectedError{Line: line, Reply: l}
		}
	}
	return nil
}

// judgeLate looks at what arrived after the last prompt: it is about the line
// of configuration before, if there was one.
func (s *Session) judgeLate(said []string) error {
	if s.last == "" || len(said) == 0 {
		return nil
	}
	last := s.last
	err := s.judge(last, said)
	if err != nil {
		s.last = "" // It is said once.
	}
	return err
}

// mask hides what may be a secret.
func (s *Session) mask(line string) string {
	if s.target.Mask == nil {
		return line
	}
	return s.target.Mask(line)
}

// Close ends the connection, in whatever mode it is. It may be called twice.
func (s *Session) Close() error {
	s.logout()
	return s.hangUp()
}

// hangUp ends the connection without a word.
func (s *Session) hangUp() error {
	// The wire first: it ends the read that scrapligo would wait for.
	err := s.wire.Close()
	return errors.Join(err, s.driver.Channel.Close())
}

// logoutLimit is how long the gateway may take to end a session.
const logoutLimit = 2 * time.Second

// logout types what ends the session, where the profile has it, and waits until
// the gateway has ended it: then nothing of it is left that could disturb the
// next one. It does so also when the push was interrupted.
func (s *Session) logout() {
	line := s.target.Rules.Logout
	if line == "" || s.lost || s.mode == "" || strings.HasPrefix(s.mode, configuration) {
		return
	}
	ctx, cancel := s.parting()
	defer cancel()
	_, _ = s.Act(ctx, line) // That the connection ends is the point.
	s.lost = true
}
