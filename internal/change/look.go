package change

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/twinpath/twinpath/internal/device"
	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/show"
	"github.com/twinpath/twinpath/internal/vendor"
)

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

// fetch reads the running configuration as text and as a list of statements.
func (p *push) fetch(ctx context.Context, s Session) (text string, paths []string, err error) {
	if text, err = Running(ctx, s, p.Profile); err != nil {
		return "", nil, fmt.Errorf("read the running configuration: %w", err)
	}
	paths, err = plan.Paths(p.Profile, text)
	return text, paths, err
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

// lookEvery is the time between two looks while waiting.
const lookEvery = 500 * time.Millisecond

// wait looks until all checks hold, at most WaitLimit and no longer than the
// gateway's timer and the window allow.
func (p *push) wait(ctx context.Context, s Session, t *trial, checks []plan.Check) error {
	limit := p.Now().Add(p.WaitLimit)
	for _, c := range checks {
		p.tell("waiting until " + c.Title)
		for {
			ok, err := p.look(ctx, s, c)
			if _, unclear := errors.AsType[*show.UnknownError](err); err != nil && !unclear {
				return err
			}
			if ok {
				break
			}
			if merr := p.may(t); merr != nil {
				return merr
			}
			if !p.Now().Before(limit) {
				if err != nil {
					return fmt.Errorf("after %s, %w", p.WaitLimit, err)
				}
				return fmt.Errorf("after %s it does not hold that %s", p.WaitLimit, c.Title)
			}
			if err := p.Pause(ctx, lookEvery); err != nil {
				return err
			}
		}
	}
	return nil
}

// difference compares statements as a set: systems sort them as they like.
func (p *push) difference(have []string, want map[string]int) error {
	left := maps.Clone(want)
	var out []string
	for _, h := range have {
		if left[h] > 0 {
			left[h]--
			continue
		}
		out = append(out, "+ "+h)
	}
	for _, k := range slices.Sorted(maps.Keys(left)) {
		for range left[k] {
			out = append(out, "- "+k)
		}
	}
	if out == nil {
		return nil
	}
	e := &differsError{foreign: true}
	for _, l := range out {
		e.foreign = e.foreign && !p.g.Touches(l[2:])
		e.lines = append(e.lines, p.mask(l))
	}
	return e
}

// differsError is a running configuration that is not the expected one.
// foreign says that nothing in the difference is the plan's.
type differsError struct {
	lines   []string
	foreign bool
}

func (e *differsError) Error() string {
	return fmt.Sprintf("%d statements are not as expected: %s", len(e.lines), strings.Join(e.lines, "; "))
}

// mask hides what may be a secret in a line of a difference.
func (p *push) mask(line string) string {
	if vendor.Matches(p.Profile.Manage.Secret, line) {
		sign, rest, _ := strings.Cut(line, " ")
		return sign + " " + p.Profile.Manage.Mask(rest)
	}
	return line
}

// shown returns an error that may be printed and kept: what a gateway answered
// is not this program's, and a log line in it may hold a secret.
func (p *push) shown(err error) error {
	m := p.Profile.Manage
	if r, ok := errors.AsType[*device.RejectedError](err); ok && vendor.Matches(m.Secret, r.Reply) {
		return &device.RejectedError{Line: m.Mask(r.Line), Reply: m.Mask(strings.TrimSpace(r.Reply))}
	}
	return err
}

// pending looks whether a confirm timer runs on the gateway; seen is false
// where the system does not show it.
func (p *push) pending(ctx context.Context, s Session) (runs, seen bool, err error) {
	if p.tx.Timer == nil {
		return false, true, nil
	}
	if p.tx.Timer.Pending == nil {
		return false, false, nil
	}
	err = p.act(ctx, s, p.tx.Timer.Pending, p.parts(0))
	if _, is := errors.AsType[*actError](err); is {
		return true, true, nil
	}
	return false, true, err
}
