package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/twinpath/twinpath/internal/vendor"
)

// setMembers makes the text of a list the one line that all its lines are.
func (s *statement) setMembers(numbers []int) {
	l := s.kind.List
	s.members = numbers
	whole := *l
	whole.Most = 0
	s.text = whole.Lines(l.Form, numbers)[0]
	s.same = s.text
}

// literal is what a form of a list begins with.
func literal(form string) string { return strings.TrimSuffix(form, "{list}") }

// join returns all numbers of two lists.
func join(a, b []int) []int {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// without returns the numbers of a that are not in b.
func without(a, b []int) []int {
	return slices.DeleteFunc(slices.Clone(a), func(n int) bool { _, found := slices.BinarySearch(b, n); return found })
}

// listLines returns what is typed for a list that changes: what is new first,
// so that what carries traffic before and after is never taken away. The result
// is nil where the change is not one of numbers.
func (o *operation) listLines() []string {
	switch {
	case o.action == Remove:
		if o.old.members == nil || !strings.Contains(o.old.kind.Remove, "{list}") {
			return nil
		}
		return o.old.kind.List.Lines(o.old.kind.List.Remove, o.old.members)
	case o.now.members == nil:
		return nil
	}
	l := o.now.kind.List
	if o.action == Add || o.old.members == nil {
		lines := l.Lines(l.Form, o.now.members)
		for i := range lines[1:] {
			lines[i+1] = literal(l.Add) + strings.TrimPrefix(lines[i+1], literal(l.Form))
		}
		return lines
	}
	return slices.Concat(l.Lines(l.Add, without(o.now.members, o.old.members)), l.Lines(l.Remove, without(o.old.members, o.now.members)))
}

// implied reports whether a section says nothing: a list at the top already says
// that it is there.
func (c *config) implied(s *statement, sections map[string]bool) bool {
	return s.kind != nil && s.kind.Listed != "" && !sections[s.id] && c.listed(s)
}

// listed reports whether a list at the top holds the number of a section.
func (c *config) listed(s *statement) bool {
	list := c.byID[s.kind.Listed]
	n, err := strconv.Atoi(s.groups.Get(s.kind.Key[0]))
	return list != nil && err == nil && slices.Contains(list.members, n)
}

// inUse returns the ids of the sections in which something stands.
func (c *config) inUse() map[string]bool {
	out := map[string]bool{}
	for _, s := range c.list {
		if s.parent != nil {
			out[s.parent.id] = true
		}
	}
	return out
}

// dropImplied leaves out sections that say nothing.
func (c *config) dropImplied() {
	if !slices.ContainsFunc(c.rules.Kinds, func(k *vendor.Kind) bool { return k.Listed != "" && c.byID[k.Listed] != nil }) {
		return
	}
	sections := c.inUse()
	c.list = slices.DeleteFunc(c.list, func(s *statement) bool {
		if c.implied(s, sections) {
			delete(c.byID, s.id)
			return true
		}
		return false
	})
}

// keepListed keeps a section that a list of b still names, and removes only
// what stands in it: removing the section would take its number out of the list.
func (d *differ) keepListed() {
	for _, id := range sortedKeys(d.gone) {
		s := d.gone[id]
		if s.kind != nil && s.kind.Listed != "" && d.b.listed(s) {
			delete(d.gone, id)
			d.dead[id] = true
		}
	}
}

// subtract takes numbers out of a list; done is false when the line is not one
// that does.
func (r *replay) subtract(sec *statement, text string) (out []event, done bool) {
	for _, k := range r.rules.lists {
		rest, ok := strings.CutPrefix(text, literal(k.List.Remove))
		if !ok {
			continue
		}
		numbers, ok := k.List.Parse(rest)
		id := k.ID
		if sec != nil {
			id = sec.id + "\x00" + k.ID
		}
		old := r.byID[id]
		if !ok || old == nil || len(without(old.members, numbers)) == len(old.members) {
			continue
		}
		left := without(old.members, numbers)
		if len(left) == 0 {
			r.drop(map[string]bool{id: true})
			return []event{{Remove, old}}, true
		}
		now := *old
		now.setMembers(left)
		r.list[slices.Index(r.list, old)], r.byID[id] = &now, &now
		r.index(&now)
		return []event{{Replace, &now}}, true
	}
	return nil, false
}
