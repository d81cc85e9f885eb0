package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/twinpath/twinpath/internal/vendor"
)

// bracesDiffer finds the lines to delete and to set.
type bracesDiffer struct {
	a, b *config
	// why is what the change is for: one of a plan deletes no path that others
	// share, however little is left in it.
	why purpose
	// inA and inB are the beginnings of all lines, word by word.
	inA, inB map[string]bool
	// deleted are the beginnings that are deleted, in order.
	deleted []string
	cut     map[string]bool
	gone    []*operation
	made    []*operation
}

func transitionBraces(a, b *config, why purpose) ([]*operation, []string) {
	d := &bracesDiffer{a: a, b: b, why: why, inA: beginnings(a), inB: beginnings(b), cut: map[string]bool{}}
	again := d.reordered()
	for _, s := range a.list {
		now := b.byID[s.id]
		if now == nil && again[s.id] {
			d.gone = append(d.gone, &operation{action: Remove, old: s})
			continue
		}
		if now != nil && (now.text == s.text || d.replaces(s, now)) && !again[s.id] {
			continue
		}
		if d.inB[s.text] && now == nil {
			continue // More stands behind it now.
		}
		d.remove(s, now != nil)
	}
	for _, s := range b.list {
		old := a.byID[s.id]
		switch {
		case again[s.id] || old == nil:
			if old == nil && d.inA[s.text] && !d.isCut(s.text) {
				continue // What stood behind it is deleted, and it stays.
			}
			d.made = append(d.made, &operation{action: Add, now: s})
		case old.text != s.text && d.replaces(old, s):
			d.made = append(d.made, &operation{action: Replace, old: old, now: s})
		case old.text != s.text || d.isCut(s.text):
			d.made = append(d.made, &operation{action: Add, now: s})
		}
	}
	return append(slices.Clone(d.gone), d.made...), d.lines()
}

// beginnings returns the beginnings of all lines, word by word.
func beginnings(c *config) map[string]bool {
	out := make(map[string]bool, 4*len(c.list))
	for _, s := range c.list {
		text := strings.TrimPrefix(s.text, deactivate)
		for end := len(text); end > 0; end = strings.LastIndexByte(text[:end], ' ') {
			if out[text[:end]] {
				break
			}
			out[text[:end]] = true
		}
	}
	return out
}

// replaces reports whether setting s replaces old.
func (d *bracesDiffer) replaces(old, s *statement) bool {
	if strings.HasPrefix(s.id, "?=") {
		return true
	}
	return s.kind != nil && s.kind.Replaces != nil && s.kind.Replaces.MatchString(old.text)
}

// remove deletes a line, with all before it that nothing needs any more.
func (d *bracesDiffer) remove(s *statement, kept bool) {
	d.gone = append(d.gone, &operation{action: Remove, old: s})
	if target, off := strings.CutPrefix(s.text, deactivate); off {
		if !d.isCut(target) && d.inB[target] {
			d.delete("activate " + target)
		} else if !d.isCut(target) {
			d.gone = d.gone[:len(d.gone)-1] // It goes with what it is about.
		}
		return
	}
	if d.isCut(s.text) {
		return
	}
	d.delete(d.target(s, kept))
}

func (d *bracesDiffer) delete(text string) {
	if !d.cut[text] {
		d.cut[text] = true
		d.deleted = append(d.deleted, text)
	}
}

// target returns the shortest beginning of a line that can be deleted without
// anything that must stay. In a plan that is the outermost thing which is the
// scenario's own: an object of its name, a route of its prefix, its unit of a
// port.
func (d *bracesDiffer) target(s *statement, kept bool) string {
	for _, end := range s.ends {
		text := s.text[:end]
		if end < len(s.text) && !d.inB[text] && (d.why == whole || !vendor.Matches(d.a.rules.Grammar.Shared, text)) {
			return text
		}
	}
	if s.kind != nil && s.kind.Remove != "" && !strings.HasPrefix(s.id, "?=") {
		values := s.values()
		values["line"] = s.text
		return vendor.Fill(s.kind.Remove, values)
	}
	if key, ok := strings.CutPrefix(s.id, "?="); ok && !kept {
		return key
	}
	return s.text
}

// isCut reports whether a line begins with something that is deleted.
func (d *bracesDiffer) isCut(text string) bool {
	for end := len(text); end > 0; end = strings.LastIndexByte(text[:end], ' ') {
		if d.cut[text[:end]] {
			return true
		}
	}
	return false
}

// reordered finds the lines that must be set again because the order counts and
// is another one.
func (d *bracesDiffer) reordered() map[string]bool {
	again := map[string]bool{}
	if len(d.a.rules.Grammar.Ordered) == 0 {
		return again
	}
	before, after := d.groups(d.a), d.groups(d.b)
	for _, path := range slices.Sorted(maps.Keys(after)) {
		now := after[path]
		old := before[path]
		if len(old) == 0 || extends(old, now) {
			continue
		}
		for _, id := range slices.Concat(old, now) {
			again[id] = true
		}
		d.delete(path)
	}
	return again
}

// groups returns the lines of each path in which the order counts.
func (d *bracesDiffer) groups(c *config) map[string][]string {
	out := map[string][]string{}
	for _, s := range c.list {
		for _, end := range s.ends {
			if end < len(s.text) && vendor.Matches(c.rules.Grammar.Ordered, s.text[:end]) {
				out[s.text[:end]] = append(out[s.text[:end]], s.id)
				break
			}
		}
	}
	return out
}

// extends reports whether now is what remains of old, in its order, with what
// is new behind it.
func extends(old, now []string) bool {
	there := make(map[string]bool, len(now))
	for _, id := range now {
		there[id] = true
	}
	left := slices.DeleteFunc(slices.Clone(old), func(id string) bool { return !there[id] })
	return len(now) >= len(left) && slices.Equal(left, now[:len(left)])
}

// lines returns what is typed: all deletes, then what is set. They take effect
// together.
func (d *bracesDiffer) lines() []string {
	out := []string{}
	for _, t := range d.deleted {
		if strings.HasPrefix(t, "activate ") {
			out = append(out, t)
		} else {
			out = append(out, "delete "+t)
		}
	}
	var off []string
	for _, o := range d.made {
		if strings.HasPrefix(o.now.text, deactivate) {
			off = append(off, o.now.text)
		} else {
			out = append(out, "set "+o.now.text)
		}
	}
	return append(out, off...)
}
