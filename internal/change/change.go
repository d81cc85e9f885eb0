// Package change carries a sealed plan out on one gateway, so that it ends in
// one of four ways, and says which: carried out and checked, never begun, taken
// back, or the gateway's state is not known. It types nothing that is not in
// the plan.
//
// Built now is the order of work of systems without a confirm timer: the way
// back is typed by this program, over a new connection. What that does not
// protect from is said when it is asked for (Options.Accept).
package change

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twinpath/twinpath/internal/device"
	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/show"
	"github.com/twinpath/twinpath/internal/vendor"
)

// Session is an open connection to a gateway, as device.Session is. After an
// error that is device.ErrLost it is of no more use.
type Session interface {
	Run(ctx context.Context, command string) (string, error)
	Configure(ctx context.Context) error
	Line(ctx context.Context, line string) error
	Leave(ctx context.Context) error
	Close() error
}

// Ending is how a push ended.
type Ending string

// The endings.
const (
	Done Ending = "done"
	// NotBegun is a gateway that could not be reached or read.
	NotBegun   Ending = "not begun"
	Refused    Ending = "refused"
	RolledBack Ending = "rolled back"
	Unknown    Ending = "unknown"
)

// Outcome is the ending with what there is to say about it.
type Outcome struct {
	Ending Ending
	// Reason says why, in words for the person at the terminal; Detail are
	// lines to print below it.
	Reason string
	Detail []string
}

// Window is when a change may be made. The zero Window is always open.
type Window struct{ Start, End time.Time }

// IsZero reports whether no window was given.
func (w Window) IsZero() bool { return w.Start.IsZero() && w.End.IsZero() }

// Options are what a push needs beside the plan.
type Options struct {
	Profile *vendor.Profile
	// Parsers read what the gateway shows.
	Parsers show.Parsers
	Dial    func(context.Context) (Session, error)
	Now     func() time.Time
	// Pause waits between two looks at the gateway and between two attempts to
	// connect again.
	Pause  func(context.Context, time.Duration) error
	Window Window
	// Accept says that a system without a confirm timer is changed anyway.
	Accept bool
	// Outage are the prefixes that may be without a next hop for a moment.
	Outage []string
	// WaitLimit bounds how long a step's checks may take to come true.
	WaitLimit time.Duration
	// DryRun ends before the first line.
	DryRun  bool
	Journal *Journal
	// Say gets a line of progress.
	Say func(format string, args ...any)
}

// push is one run.
type push struct {
	Options
	g     *plan.Gateway
	rules *vendor.SessionRules
	// before are the statements that were there when the push began.
	before []string
	// typed is how many steps anything may have been typed of.
	typed int
}

// Push carries out the plan of one gateway.
func Push(ctx context.Context, g *plan.Gateway, o Options) Outcome {
	p := &push{Options: o, g: g}
	out := p.run(ctx)
	if err := p.note(entry{Event: "end", Ending: out.Ending, Reason: out.Reason}); err != nil {
		out.Detail = append(out.Detail, err.Error())
	}
	return out
}

func refused(format string, args ...any) Outcome {
	return Outcome{Ending: Refused, Reason: fmt.Sprintf(format, args...)}
}

// notBegun is the outcome of an error before the first line was typed.
func (p *push) notBegun(err error) Outcome {
	if _, ok := errors.AsType[*device.HostKeyError](err); ok {
		return refused("%v", err)
	}
	return Outcome{Ending: NotBegun, Reason: p.shown(err).Error()}
}

// shown returns an error that may be printed and kept: what a gateway answered
// is not this program's, and a log line in it may hold a secret.
func (p *push) shown(err error) error {
	m := p.Profile.Manage
	if r, ok := errors.AsType[*device.RejectedError](err); ok && vendor.Matches(m.Secret, r.Reply) {
		return &device.RejectedError{Line: r.Line, Reply: m.Mask(strings.TrimSpace(r.Reply))}
	}
	return err
}

func (p *push) run(ctx context.Context) Outcome {
	if out := p.permitted(); out.Ending != "" {
		return out
	}
	if err := p.note(entry{Event: "begin", Plan: p.g}); err != nil {
		return refused("%v", err)
	}
	s, err := p.Dial(ctx)
	if err != nil {
		return p.notBegun(err)
	}
	out, begun := p.preflight(ctx, s)
	if out.Ending != "" || !begun {
		_ = s.Close() // Nothing was changed; how the connection ends does not matter.
		return out
	}
	for i := range p.g.Steps {
		if err := p.step(ctx, s, i); err != nil {
			_ = s.Close() // The way back uses a connection of its own.
			if p.typed == 0 {
				return refused("%v", err) // There is nothing to take back.
			}
			return p.back(ctx, err)
		}
	}
	_ = s.Close() // The check below does not rely on it.
	if err := p.arrived(ctx); err != nil {
		return p.back(ctx, fmt.Errorf("check after the change: %w", err))
	}
	return Outcome{Ending: Done, Reason: fmt.Sprintf("%d steps carried out; over a new connection, the running configuration is the plan's and its next hops are in use", len(p.g.Steps))}
}

// permitted looks at what can be decided without the gateway.
func (p *push) permitted() Outcome {
	m := p.Profile.Manage
	if m == nil || m.Session == nil {
		return refused("%s can be planned for but not pushed to yet", p.Profile.Title)
	}
	p.rules = m.Session
	if p.rules.ConfirmTimer() {
		return refused("%s has a confirm timer, and pushing with one is not built yet", p.Profile.Title)
	}
	if !p.Accept && !p.DryRun && !p.g.Empty() {
		return refused("%s; the way back would be typed by this program over a new connection. Accept that with --accept-no-confirm-timer", p.rules.Note)
	}
	if !p.g.Hitless {
		if len(p.g.Outage) == 0 {
			return refused("the plan does not show that it is hitless, and names no prefix that may be without a next hop: plan again")
		}
		for _, pre := range p.g.Outage {
			if !slices.Contains(p.Outage, pre) {
				return refused("the plan is not hitless: %s. Accept it with --allow-outage %s", p.g.HitlessReason, pre)
			}
		}
	}
	if err := p.inWindow(p.estimate()); err != nil {
		return refused("%v", err)
	}
	return Outcome{}
}

// estimate is how long the change and its way back may take at most.
func (p *push) estimate() time.Duration {
	lines := len(p.g.Commands) + len(p.g.Rollback)
	return time.Duration(lines)*time.Second + time.Duration(len(p.g.Steps)+1)*p.WaitLimit
}

// inWindow reports whether the window is open and stays open long enough.
func (p *push) inWindow(need time.Duration) error {
	w, now := p.Window, p.Now()
	switch {
	case w.IsZero():
		return nil
	case now.Before(w.Start):
		return fmt.Errorf("the window opens at %s, in %s", w.Start.Format(time.RFC3339), w.Start.Sub(now).Round(time.Second))
	case !now.Before(w.End):
		return fmt.Errorf("the window closed at %s", w.End.Format(time.RFC3339))
	case now.Add(need).After(w.End):
		return fmt.Errorf("the window closes at %s, in %s; the change and its way back may take %s",
			w.End.Format(time.RFC3339), w.End.Sub(now).Round(time.Second), need.Round(time.Second))
	}
	return nil
}

// preflight compares the gateway with the plan's base; begun is false when
// there is nothing to do.
func (p *push) preflight(ctx context.Context, s Session) (Outcome, bool) {
	paths, err := p.fetch(ctx, s)
	if err != nil {
		return p.notBegun(fmt.Errorf("read the running configuration: %w", err)), false
	}
	if drift := p.g.Drift(paths); drift != nil {
		for i, d := range drift {
			drift[i] = p.mask(d)
		}
		return Outcome{
			Ending: Refused, Detail: drift,
			Reason: "the gateway is not as it was when the plan was made; plan again and have it reviewed",
		}, false
	}
	p.before = paths
	if p.g.Empty() {
		return Outcome{Ending: Done, Reason: "nothing to change"}, false
	}
	if err := p.hold(ctx, s, p.g.Steps[0].Needs); errors.Is(err, device.ErrLost) {
		return p.notBegun(err), false
	} else if err != nil {
		return refused("%v", err), false
	}
	if p.DryRun {
		return Outcome{Ending: Done, Reason: "dry run: the gateway is as the plan expects; nothing was typed in configuration mode"}, false
	}
	return Outcome{}, true
}

// mask hides what may be a secret in a line of a difference.
func (p *push) mask(line string) string {
	if vendor.Matches(p.Profile.Manage.Secret, line) {
		sign, rest, _ := strings.Cut(line, " ")
		return sign + " " + p.Profile.Manage.Mask(rest)
	}
	return line
}

// fetch reads the running configuration as a list of statements.
func (p *push) fetch(ctx context.Context, s Session) ([]string, error) {
	text, err := Running(ctx, s, p.Profile)
	if err != nil {
		return nil, err
	}
	return plan.Paths(p.Profile, text)
}

// Running reads the running configuration and makes sure that it is whole.
func Running(ctx context.Context, s Session, p *vendor.Profile) (string, error) {
	rules := p.Manage.Session
	text, err := s.Run(ctx, rules.Running)
	if err != nil {
		return "", err
	}
	text = strings.TrimRight(text, " \r\n") + "\n"
	last := strings.TrimSpace(text[strings.LastIndex(strings.TrimRight(text, "\n"), "\n")+1:])
	if rules.Complete != nil && !rules.Complete.MatchString(last) {
		return "", fmt.Errorf("%q ended with %q; a whole configuration does not", rules.Running, p.Manage.Mask(last))
	}
	return text, nil
}

// hold makes sure that checks hold now.
func (p *push) hold(ctx context.Context, s Session, checks []plan.Check) error {
	for _, c := range checks {
		ok, err := p.look(ctx, s, c)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("it does not hold that %s, and the step relies on it", c.Title)
		}
	}
	return nil
}

// look runs a check once. What the gateway says is read even where it looks like
// a refusal: that is how some say that a route is not there.
func (p *push) look(ctx context.Context, s Session, c plan.Check) (bool, error) {
	text, err := s.Run(ctx, c.Command)
	if r, ok := errors.AsType[*device.RejectedError](err); ok {
		text = r.Reply
	} else if err != nil {
		return false, err
	}
	return show.Holds(p.Parsers, c, text)
}
