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
)

// step carries out one step and waits until it has taken effect.
func (p *push) step(ctx context.Context, s Session, i int) error {
	st := p.g.Steps[i]
	if !p.Window.IsZero() && !p.Now().Before(p.Window.End) {
		return fmt.Errorf("the window closed at %s", p.Window.End.Format(time.RFC3339))
	}
	if i > 0 {
		if err := p.hold(ctx, s, st.Needs); err != nil {
			return err
		}
	}
	p.Say("step %d of %d: %s, %d lines", i+1, len(p.g.Steps), circuitTitle(st), len(st.Commands))
	if err := p.note(entry{Event: "step", Step: i + 1, Circuit: st.Circuit}); err != nil {
		return err
	}
	p.typed = i + 1
	if err := s.Configure(ctx); err != nil {
		return err
	}
	for _, line := range st.Commands {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("interrupted before %q: %w", strings.TrimSpace(line), err)
		}
		if err := p.note(entry{Event: "line", Step: i + 1, Line: line}); err != nil {
			return err
		}
		if err := s.Line(ctx, line); err != nil {
			return err
		}
	}
	if err := s.Leave(ctx); err != nil {
		return err
	}
	return p.wait(ctx, s, st.Checks)
}

func circuitTitle(st plan.Step) string {
	if st.Circuit == "" {
		return "what the circuits share"
	}
	return "circuit " + st.Circuit
}

// lookEvery is the time between two looks while waiting.
const lookEvery = 500 * time.Millisecond

// wait looks until all checks of a step hold, at most WaitLimit.
func (p *push) wait(ctx context.Context, s Session, checks []plan.Check) error {
	limit := p.Now().Add(p.WaitLimit)
	for _, c := range checks {
		p.Say("waiting until %s", c.Title)
		for {
			ok, err := p.look(ctx, s, c)
			if err != nil {
				return err
			}
			if ok {
				break
			}
			if !p.Now().Before(limit) {
				return fmt.Errorf("after %s it does not hold that %s", p.WaitLimit, c.Title)
			}
			if err := p.Pause(ctx, lookEvery); err != nil {
				return err
			}
		}
	}
	return nil
}

// arrived checks the whole change over a new connection: a later step may have
// broken what an earlier one had waited for.
func (p *push) arrived(ctx context.Context) error {
	var checks []plan.Check
	for i := range p.g.Steps {
		for _, c := range p.g.Steps[i].Checks {
			if !slices.ContainsFunc(checks, c.Equal) {
				checks = append(checks, c)
			}
		}
	}
	return p.compare(ctx, p.g.Target(p.before), checks)
}

// compare reads the running configuration over a new connection and holds it
// against the statements that it should have. Then it waits for the checks.
func (p *push) compare(ctx context.Context, want map[string]int, checks []plan.Check) error {
	s, err := p.Dial(ctx)
	if err != nil {
		return fmt.Errorf("connect again: %w", err)
	}
	defer func() { _ = s.Close() }() // Only read from.
	paths, err := p.fetch(ctx, s)
	if err != nil {
		return err
	}
	if err := p.difference(paths, want); err != nil {
		return err
	}
	return p.wait(ctx, s, checks)
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
		if left[k] > 0 {
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

// How long and how often the way back is tried before the state is unknown.
const (
	backLimit    = 5 * time.Minute
	backAttempts = 6
	backPause    = 5 * time.Second
)

// back takes the steps that were begun back, over a new connection. It does
// not end with the context that ended the push.
func (p *push) back(ctx context.Context, cause error) Outcome {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), backLimit)
	defer cancel()
	last := p.typed - 1
	reason := p.shown(cause).Error()
	if errors.Is(cause, context.Canceled) {
		reason = "interrupted"
	}
	p.Say("taking back: %s", reason)
	var err error
	for attempt := range backAttempts {
		// A line that was on its way when the connection was lost may still take
		// effect; the gateway is not looked at before it has had time to.
		if attempt > 0 || errors.Is(cause, device.ErrLost) {
			if p.Pause(ctx, backPause) != nil {
				break
			}
		}
		if nerr := p.note(entry{Event: "back", Step: last + 1, Reason: reason}); nerr != nil {
			p.Say("%v", nerr) // The way back matters more than its record.
		}
		err = p.shown(p.tryBack(ctx, last))
		var differs *differsError
		switch {
		case err == nil:
			return Outcome{Ending: RolledBack, Reason: reason, Detail: []string{
				"the running configuration, read over a new connection, is the one from before the push",
			}}
		case errors.As(err, &differs) && differs.foreign:
			return Outcome{Ending: RolledBack, Reason: reason, Detail: append([]string{
				"what the push had changed is as before; these statements are not, and no line of the plan is about them:",
			}, differs.lines...)}
		}
		p.Say("taking back, attempt %d of %d: %v", attempt+1, backAttempts, err)
	}
	out := Outcome{Ending: Unknown, Reason: reason, Detail: []string{
		fmt.Sprintf("the way back failed: %v", err),
		fmt.Sprintf("the gateway does not revert by itself; steps 1 to %d may be in force, in part or whole", last+1),
		"look at the gateway and type the plan's rollback by hand, the last step's first:",
	}}
	for _, st := range slices.Backward(p.g.Steps[:last+1]) {
		out.Detail = append(out.Detail, st.Rollback...)
	}
	return out
}

// tryBack types the way back once. A line that is refused because what it
// removes never came to be does not end it: the comparison at the end decides.
func (p *push) tryBack(ctx context.Context, last int) error {
	want := map[string]int{}
	for _, b := range p.before {
		want[b]++
	}
	s, err := p.Dial(ctx)
	if err != nil {
		return fmt.Errorf("connect again: %w", err)
	}
	defer func() { _ = s.Close() }() // The comparison uses another connection.
	paths, err := p.fetch(ctx, s)
	if err != nil {
		return err
	}
	if p.difference(paths, want) == nil {
		return nil // Nothing of it is there.
	}
	if err := s.Configure(ctx); err != nil {
		return err
	}
	for _, st := range slices.Backward(p.g.Steps[:last+1]) {
		if err := p.typeBack(ctx, s, st.Rollback); err != nil {
			return err
		}
	}
	if err := s.Leave(ctx); err != nil {
		return err
	}
	return p.compare(ctx, want, nil)
}

// typeBack types rollback lines. When a section cannot be entered, what stands
// in it is not typed: it would land somewhere else.
func (p *push) typeBack(ctx context.Context, s Session, lines []string) error {
	skip := -1
	for i, line := range lines {
		depth := indent(line)
		if skip >= 0 && depth > skip {
			continue
		}
		skip = -1
		if err := p.note(entry{Event: "back line", Line: line}); err != nil {
			p.Say("%v", err) // The way back matters more than its record.
		}
		err := s.Line(ctx, line)
		var rejected *device.RejectedError
		switch {
		case errors.As(err, &rejected):
			p.Say("%v", p.shown(err))
			if i+1 < len(lines) && indent(lines[i+1]) > depth {
				skip = depth
			}
		case err != nil:
			return err
		}
	}
	return nil
}

// indent returns how deep a line of a plan stands.
func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
