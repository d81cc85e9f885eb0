package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/twinpath/twinpath/internal/vendor"
)

// replay applies typed lines to a set of statements, by the rules of the
// profile. It reads the lines themselves, not what they were made from, so
// that a mistake in writing them is found.
type replay struct {
	m    *vendor.Manage
	byID map[string]*statement
	// list keeps the order in which statements came; removed ones stay out.
	list []*statement
	open []*statement
}

// event is what a line did.
type event struct {
	action Action // "" when nothing changed
	s      *statement
}

func newReplay(m *vendor.Manage, c *config) *replay {
	r := &replay{m: m, byID: map[string]*statement{}, list: slices.Clone(c.list)}
	maps.Copy(r.byID, c.byID)
	return r
}

// run applies lines; each, if set, sees every line after it was applied.
func (r *replay) run(lines []string, each func(line string, e event)) error {
	for _, line := range lines {
		e, err := r.apply(strings.TrimSpace(line))
		if err != nil {
			return fmt.Errorf("line %q: %w", line, err)
		}
		if each != nil {
			each(line, e)
		}
	}
	if len(r.open) > 0 {
		return fmt.Errorf("the section %q is not left", r.open[len(r.open)-1].text)
	}
	return nil
}

func (r *replay) apply(text string) (event, error) {
	var sec *statement
	if len(r.open) > 0 {
		sec = r.open[len(r.open)-1]
		if text == sec.kind.Leave {
			r.open = r.open[:len(r.open)-1]
			return event{}, nil
		}
	}
	if s := r.removes(sec, text); s != nil {
		r.list = slices.DeleteFunc(r.list, func(x *statement) bool {
			gone := x == s || x.under(s)
			if gone {
				delete(r.byID, x.id)
			}
			return gone
		})
		return event{Remove, s}, nil
	}
	if sec != nil && slices.Contains(sec.kind.Enter, text) {
		return event{}, nil
	}
	s := newStatement(r.m, sec, text)
	if s.kind == nil {
		return event{}, fmt.Errorf("is not known in this place")
	}
	old := r.byID[s.id]
	switch {
	case old == nil:
		r.list, r.byID[s.id] = append(r.list, s), s
	case old.text == text:
		s = old
	case s.kind.Replaces == nil || !s.kind.Replaces.MatchString(old.text):
		return event{}, fmt.Errorf("would have to replace %q", old.text)
	default:
		if s.isSection() {
			return event{}, fmt.Errorf("a section is not replaced in place")
		}
		r.list[slices.Index(r.list, old)], r.byID[s.id] = s, s
	}
	if s.isSection() {
		r.open = append(r.open, s)
	}
	switch {
	case old == nil:
		return event{Add, s}, nil
	case old != s:
		return event{Replace, s}, nil
	}
	return event{}, nil
}

// removes returns the statement of the open section that a line removes.
func (r *replay) removes(sec *statement, text string) *statement {
	for _, s := range r.list {
		if s.parent != sec && (s.parent == nil || sec == nil || s.parent.id != sec.id) {
			continue
		}
		if s.kind != nil && s.removal == text {
			return s
		}
	}
	return nil
}

// paths returns the statements as Paths does, sorted.
func (r *replay) paths() []string {
	c := &config{list: r.list}
	out := c.paths()
	slices.Sort(out)
	return out
}
