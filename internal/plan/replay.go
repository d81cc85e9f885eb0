package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/twinpath/twinpath/internal/conftree"
)

// replay applies typed lines to a set of statements, by the rules of the
// profile. It reads the lines themselves, not what they were made from, so
// that a mistake in writing them is found.
type replay struct {
	rules *rules
	byID  map[string]*statement
	// list keeps the order in which statements came; removed ones stay out.
	list []*statement
	open []*statement
	// mark ends the verbatim text that is being typed.
	mark string
	// fresh are sections that were made since they were entered.
	fresh map[string]bool
	// absent are lines that say that something is not there, by section: what
	// puts it back when the section is no longer used changes nothing else.
	absent map[string][]string
	// removals are the statements by the section and the line that removes them.
	removals map[string][]*statement
}

// event is what a line did to one statement.
type event struct {
	action Action
	s      *statement
}

func newReplay(c *config) *replay {
	r := &replay{
		rules: c.rules, byID: maps.Clone(c.byID), list: slices.Clone(c.list),
		absent: maps.Clone(c.absent), fresh: map[string]bool{}, removals: map[string][]*statement{},
	}
	for _, s := range r.list {
		r.index(s)
	}
	return r
}

func (r *replay) index(s *statement) {
	key := sectionOf(s.parent) + s.removal(r.rules)
	r.removals[key] = append(r.removals[key], s)
}

func sectionOf(sec *statement) string {
	if sec == nil {
		return "\x00\x00"
	}
	return sec.id + "\x00\x00"
}

// run applies lines; each, if set, sees what every line did.
func (r *replay) run(lines []string, each func(line string, e event)) error {
	for i, line := range lines {
		// A line of no known kind opens a section when the next one is deeper.
		deeper := i+1 < len(lines) && indentation(lines[i+1]) > indentation(line)
		var events []event
		var err error
		if r.rules.syntax.Family == conftree.Braces {
			events, err = r.applyBraces(strings.TrimSpace(line))
		} else {
			events, err = r.apply(line, deeper)
		}
		if err != nil {
			return fmt.Errorf("line %q: %w", line, err)
		}
		for _, e := range events {
			if each != nil {
				each(line, e)
			}
		}
	}
	if len(r.open) > 0 {
		return fmt.Errorf("the section %q is not left", r.open[len(r.open)-1].text)
	}
	return nil
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

func (r *replay) apply(line string, deeper bool) ([]event, error) {
	text := strings.TrimSpace(line)
	var sec *statement
	if len(r.open) > 0 {
		sec = r.open[len(r.open)-1]
	}
	if r.mark != "" {
		r.body(sec, strings.TrimRight(line, " \t"))
		return nil, nil
	}
	if sec != nil && text == sec.leave(r.rules) {
		r.open = r.open[:len(r.open)-1]
		delete(r.fresh, sec.id)
		return nil, nil
	}
	text = r.rules.normalised(text)
	if out, done := r.subtract(sec, text); done {
		return out, nil
	}
	if list := r.removed(sec, text); len(list) > 0 {
		return r.remove(sec, list)
	}
	if sec != nil && sec.kind != nil && slices.Contains(sec.kind.Enter, text) {
		return nil, nil
	}
	return r.put(sec, text, deeper)
}

// body takes a line of a verbatim text.
func (r *replay) body(sec *statement, text string) {
	s := newStatement(r.rules, sec, text)
	s.body = true
	for i := 1; r.byID[s.id] != nil; i++ {
		s.id = fmt.Sprintf("%s\x00?%s\x00again %d", sec.id, text, i)
	}
	r.list, r.byID[s.id] = append(r.list, s), s
	if strings.Contains(text, r.mark) {
		r.mark = ""
		r.open = r.open[:len(r.open)-1]
	}
}

// removed returns the statements of the open section that a line removes.
func (r *replay) removed(sec *statement, text string) []*statement {
	key := sectionOf(sec) + text
	var exact []*statement
	for _, s := range r.removals[key] {
		if r.byID[s.id] == s {
			exact = append(exact, s)
		}
	}
	r.removals[key] = exact
	rest, negated := strings.CutPrefix(text, r.rules.Negate+" ")
	if !negated {
		return exact
	}
	out := slices.Clone(exact)
	for _, s := range r.list {
		if sectionOf(s.parent) == sectionOf(sec) && s.kind == nil && (s.text == rest || strings.HasPrefix(s.text, rest+" ")) && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// remove takes statements away, with what goes with them.
func (r *replay) remove(sec *statement, list []*statement) ([]event, error) {
	var out []event
	for _, s := range list {
		if err := r.mayChange(sec, s); err != nil {
			return nil, err
		}
		dying := map[string]bool{s.id: true}
		for _, x := range r.list {
			switch {
			case x.under(s.id):
				if x.kind != nil && x.kind.Running {
					return nil, fmt.Errorf("%q is running", s.text)
				}
				dying[x.id] = true
			case s.ref != "" && slices.Contains(x.refs, s.ref) && x.kind != nil && slices.Contains(x.kind.With, s.kind.ID) && sectionOf(x.parent) == sectionOf(s.parent):
				dying[x.id] = true
			case s.ref != "" && s.kind.Held && slices.Contains(x.refs, s.ref):
				return nil, fmt.Errorf("%q still refers to it", x.text)
			case wipes(s, x):
				dying[x.id] = true
			}
		}
		r.drop(dying)
		out = append(out, event{Remove, s})
	}
	return out, nil
}

func (r *replay) drop(dying map[string]bool) {
	r.list = slices.DeleteFunc(r.list, func(x *statement) bool {
		if dying[x.id] {
			delete(r.byID, x.id)
		}
		return dying[x.id]
	})
}

// wipes reports whether a change of s deletes x.
func wipes(s, x *statement) bool {
	return s.kind != nil && x.kind != nil && len(s.kind.Wipes) > 0 && sectionOf(s.parent) == sectionOf(x.parent) &&
		slices.Contains(s.kind.Wipes, x.kind.ID)
}

// mayChange reports why a statement of a section cannot be changed.
func (r *replay) mayChange(sec, s *statement) error {
	if sec == nil || sec.kind == nil || r.fresh[sec.id] {
		return nil
	}
	if sec.kind.Fixed {
		return fmt.Errorf("%q cannot be edited once it is there", sec.text)
	}
	for _, x := range r.list {
		if x.kind != nil && x.kind.Running && x.id != s.id && x.parent != nil && x.parent.id == sec.id {
			return fmt.Errorf("%q is running", sec.text)
		}
	}
	return nil
}

// put adds or replaces the statement of a line.
func (r *replay) put(sec *statement, text string, deeper bool) ([]event, error) {
	if sec != nil && slices.Contains(r.absent[sec.id], r.rules.Negate+" "+text) {
		return nil, nil
	}
	s := newStatement(r.rules, sec, text)
	old := r.byID[s.id]
	if old != nil && old.members != nil && s.members != nil && strings.HasPrefix(text, literal(s.kind.List.Add)) {
		s.setMembers(join(old.members, s.members))
	}
	negated := old != nil && s.kind == nil && (r.rules.removalOf(old.text) == text || r.rules.removalOf(text) == old.text)
	var out []event
	switch {
	case old != nil && old.same == s.same:
		s = old
	case old != nil && !negated && (s.kind == nil || s.kind.Replaces == nil || !s.kind.Replaces.MatchString(old.text)):
		return nil, fmt.Errorf("would have to replace %q", old.text)
	default:
		if err := r.mayChange(sec, s); err != nil {
			return nil, err
		}
		wiped := map[string]bool{}
		for _, x := range r.list {
			if wipes(s, x) {
				wiped[x.id] = true
			}
		}
		r.drop(wiped)
		if old != nil {
			s.children = old.children
			r.list[slices.Index(r.list, old)], r.byID[s.id] = s, s
			out = append(out, event{Replace, s})
		} else {
			r.list, r.byID[s.id] = append(r.list, s), s
			out = append(out, event{Add, s})
			r.fresh[s.id] = true
		}
		r.index(s)
	}
	if sec != nil {
		sec.children = true
	}
	if r.mark = r.rules.syntax.Opens(text); r.mark != "" {
		old := map[string]bool{}
		for _, x := range r.list {
			old[x.id] = x.under(s.id)
		}
		r.drop(old)
	}
	if r.mark != "" || s.kind != nil && s.kind.Leave != "" || s.kind == nil && deeper {
		r.open = append(r.open, s)
	}
	return out, nil
}

// applyBraces applies a line of the family of braces.
func (r *replay) applyBraces(line string) ([]event, error) {
	if target, ok := strings.CutPrefix(line, "delete "); ok {
		return r.cut(func(text string) bool { return begins(strings.TrimPrefix(text, deactivate), target) }, line)
	}
	if target, ok := strings.CutPrefix(line, "activate "); ok {
		return r.cut(func(text string) bool { return text == deactivate+target }, line)
	}
	tree, err := conftree.Parse(line, r.rules.syntax)
	if err != nil {
		return nil, err
	}
	c := &config{rules: r.rules, byID: map[string]*statement{}}
	if err := c.readBraces(tree); err != nil {
		return nil, err
	}
	if len(c.list) == 0 {
		return nil, fmt.Errorf("is no command that is known")
	}
	var out []event
	for _, s := range c.list {
		old := r.byID[s.id]
		switch {
		case old == nil:
			r.list, r.byID[s.id] = append(r.list, s), s
			out = append(out, event{Add, s})
		case old.text != s.text:
			r.list[slices.Index(r.list, old)], r.byID[s.id] = s, s
			out = append(out, event{Replace, s})
		}
	}
	return out, nil
}

func begins(text, with string) bool {
	return text == with || strings.HasPrefix(text, with+" ")
}

func (r *replay) cut(goes func(string) bool, line string) ([]event, error) {
	var out []event
	dying := map[string]bool{}
	for _, s := range r.list {
		if goes(s.text) {
			dying[s.id] = true
			out = append(out, event{Remove, s})
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("there is nothing that %q could remove", line)
	}
	r.drop(dying)
	return out, nil
}

// paths returns the statements as Paths does, sorted.
func (r *replay) paths() []string {
	c := &config{rules: r.rules, list: r.list, byID: r.byID}
	out := c.paths()
	slices.Sort(out)
	return out
}
