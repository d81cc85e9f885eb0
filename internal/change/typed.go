package change

import (
	"context"
	"errors"
	"strings"

	"github.com/twinpath/twinpath/internal/device"
)

// typeBack types the way back of the steps of a system without a timer, over a
// new connection. A line that is refused because what it removes never came to
// be does not end it: the comparison at the end decides.
func (p *push) typeBack(ctx context.Context, t *trial) (state, error) {
	s, err := p.reachStep(ctx, t)
	if err != nil {
		return stateOpen, err
	}
	_, paths, err := p.fetch(ctx, s)
	if err != nil {
		return stateOpen, err
	}
	if p.difference(paths, t.from) == nil {
		return stateBefore, nil // Nothing of it is there.
	}
	parts := p.parts(0)
	if err := p.acts(ctx, s, p.tx.Enter, parts); err != nil {
		return stateOpen, err
	}
	if err := p.backLines(ctx, s, t); err != nil {
		return stateOpen, err
	}
	if err := p.goHome(ctx, s, parts); err != nil {
		return stateOpen, err
	}
	return p.where(ctx, t)
}

// backLines types rollback lines. When a section cannot be entered, what stands
// in it is not typed: it would land somewhere else.
func (p *push) backLines(ctx context.Context, s Session, t *trial) error {
	lines := p.steps[t.n].rollback
	skip := -1
	for i, line := range lines {
		depth := indent(line)
		if skip >= 0 && depth > skip {
			continue
		}
		skip = -1
		if err := p.record(entry{Event: eventBackLine, Step: p.steps[t.n].number, Line: line}); err != nil {
			p.tell(err.Error()) // The way back matters more than its record.
		}
		err := s.Line(ctx, line)
		var rejected *device.RejectedError
		switch {
		case errors.As(err, &rejected):
			p.tell(p.shown(err).Error())
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
