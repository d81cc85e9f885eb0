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
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/scrapli/scrapligo/driver/network"
	"github.com/scrapli/scrapligo/driver/options"
	"github.com/scrapli/scrapligo/platform"
	"github.com/scrapli/scrapligo/transport"
)

// Target is a gateway and how to talk to it.
type Target struct {
	Address  string
	Port     int
	Username string
	// One of these says how to log in.
	KeyFile, Password string
	Agent             bool
	// KnownHosts is the file of the host keys that are trusted.
	KnownHosts string
	// Platform is the scrapligo platform definition of the system.
	Platform []byte
	// Errors match a reply line that is a refusal, Accept one that is none.
	Errors, Accept []*regexp.Regexp
	// Timeout bounds each reply.
	Timeout time.Duration
}

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

// HostKeyError is a host that is not trusted. Nothing was sent to it.
type HostKeyError struct {
	Address, Reason string
}

func (e *HostKeyError) Error() string {
	return fmt.Sprintf("%s is not trusted: %s; compare the key at the console and add it with ssh-keyscan, or name another file with --known-hosts", e.Address, e.Reason)
}

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
	// mode is the level of the last prompt.
	mode string
	lost bool
}

// level is a mode of the command line, known by its prompt.
type level struct {
	name   string
	prompt *regexp.Regexp
}

// configuration is the name of the mode for changes in platform definitions.
const configuration = "configuration"

// Open connects, logs in and waits for the prompt. The context bounds all of
// it, and nothing after it. Its errors are never ErrLost: nothing was typed.
func Open(ctx context.Context, t Target) (*Session, error) {
	if t.Timeout == 0 {
		t.Timeout = 30 * time.Second
	}
	w := &wire{ctx: ctx, target: t}
	p, err := platform.NewPlatform(t.Platform, t.Address,
		options.WithPort(t.Port),
		options.WithAuthBypass(),
		options.WithCustomTransport(w),
		// A name is needed; the transport above takes its place.
		options.WithTransportType(transport.StandardTransport),
		options.WithTimeoutOps(t.Timeout),
	)
	if err != nil {
		return nil, fmt.Errorf("platform definition: %w", err)
	}
	d, err := p.GetNetworkDriver()
	if err != nil {
		return nil, fmt.Errorf("platform definition: %w", err)
	}
	s := &Session{driver: d, wire: w, target: t}
	if err := s.open(ctx); err != nil {
		_ = s.Close() // It is of no use; the error is what matters.
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

// to goes to a mode, one step away at most.
func (s *Session) to(ctx context.Context, mode string) error {
	if s.mode == mode {
		return nil
	}
	var line string
	now, next := s.driver.PrivilegeLevels[s.mode], s.driver.PrivilegeLevels[mode]
	switch {
	case next == nil || now == nil:
		return fmt.Errorf("the platform definition has no mode %q", mode)
	case next.PreviousPriv == s.mode:
		line = next.Escalate
	case now.PreviousPriv == mode:
		line = now.Deescalate
	default:
		return fmt.Errorf("there is no direct way from mode %s to %s", s.mode, mode)
	}
	from := s.mode
	body, late, err := s.send(ctx, line)
	if err != nil {
		return err
	}
	if s.mode != mode {
		return &RejectedError{Line: line, Reply: body}
	}
	if from == configuration {
		// What the gateway said late is about the last line of configuration.
		return s.judge(line, late)
	}
	return nil
}

// Run types a command outside configuration mode and returns its output.
func (s *Session) Run(ctx context.Context, command string) (string, error) {
	var out string
	err := s.do(ctx, func() error {
		err := s.to(ctx, s.driver.DefaultDesiredPriv)
		if err == nil {
			out, _, err = s.send(ctx, command)
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("run %q: %w", command, err)
	}
	if first, _, _ := strings.Cut(strings.TrimSpace(out), "\n"); matches(s.target.Errors, first) {
		return "", &RejectedError{Line: command, Reply: first}
	}
	return out, nil
}

// Configure enters configuration mode.
func (s *Session) Configure(ctx context.Context) error {
	if err := s.do(ctx, func() error { return s.to(ctx, configuration) }); err != nil {
		return fmt.Errorf("enter configuration mode: %w", err)
	}
	return nil
}

// Line types one line of configuration and judges the reply. A reply that the
// profile does not know is a refusal: what it means is not known. So is what
// arrived after the prompt of the line before.
func (s *Session) Line(ctx context.Context, line string) error {
	line = strings.TrimSpace(line)
	var out, late string
	err := s.do(ctx, func() error {
		if s.mode != configuration {
			return fmt.Errorf("the gateway is not in configuration mode but in %s", s.mode)
		}
		var err error
		out, late, err = s.send(ctx, line)
		return err
	})
	if err != nil {
		return fmt.Errorf("type %q: %w", line, err)
	}
	return s.judge(line, late+"\n"+out)
}

// judge looks at the reply to a line of configuration.
func (s *Session) judge(line, reply string) error {
	for l := range strings.Lines(reply) {
		l = strings.TrimSpace(l)
		if l == "" || matches(s.target.Accept, l) && !matches(s.target.Errors, l) {
			continue
		}
		return &RejectedError{Line: line, Reply: l}
	}
	return nil
}

// Leave goes back to where commands are typed.
func (s *Session) Leave(ctx context.Context) error {
	if err := s.do(ctx, func() error { return s.to(ctx, s.driver.DefaultDesiredPriv) }); err != nil {
		return fmt.Errorf("leave configuration mode: %w", err)
	}
	return nil
}

func matches(list []*regexp.Regexp, line string) bool {
	return slices.ContainsFunc(list, func(re *regexp.Regexp) bool { return re.MatchString(line) })
}

// Close ends the connection, in whatever mode it is. It may be called twice.
func (s *Session) Close() error {
	// The wire first: it ends the read that scrapligo would wait for.
	err := s.wire.Close()
	return errors.Join(err, s.driver.Channel.Close())
}
