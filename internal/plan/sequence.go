package plan

import (
	"cmp"
	"slices"
	"strings"
)

// phase is when the statements of a section at the top are typed.
type phase int

const (
	// down takes away what is made again, up types what is new or changes,
	// away removes what nobody needs any more.
	down phase = iota
	up
	away
)

// unit is what is typed in one visit of a section at the top.
type unit struct {
	phase phase
	top   string
	place int
	ops   []*operation
	// after are the units that must come first.
	after []*unit
	needs map[*unit]bool
	state int
}

// sequence puts the operations into the order in which they are typed: new
// before old, what a statement refers to before it, and after it when both go.
func (d *differ) sequence() []*unit {
	gone, made := d.operations()
	s := &sequencer{d: d, units: map[string]*unit{}, of: map[*operation]*unit{}, reach: newReach(d, made)}
	for i, o := range made {
		s.put(o, up, i)
	}
	for i, o := range gone {
		s.put(o, s.phaseOf(o), i)
	}
	s.link(gone, made)
	var out []*unit
	var visit func(*unit)
	visit = func(u *unit) {
		if u.state != 0 {
			return
		}
		u.state = 1
		for _, need := range u.after {
			visit(need)
		}
		out = append(out, u)
	}
	slices.SortStableFunc(s.list, func(a, b *unit) int { return cmp.Compare(a.place, b.place) })
	for _, u := range s.list {
		if u.phase == up {
			visit(u)
		}
	}
	for _, u := range slices.Backward(s.list) {
		visit(u)
	}
	return out
}

type sequencer struct {
	d     *differ
	units map[string]*unit
	list  []*unit
	of    map[*operation]*unit
	reach *reach
}

func (s *sequencer) put(o *operation, ph phase, place int) {
	top := o.statement().top().id
	key := unitKey(ph, top)
	u := s.units[key]
	if u == nil {
		u = &unit{phase: ph, top: top, place: place}
		s.units[key], s.list = u, append(s.list, u)
	}
	u.ops = append(u.ops, o)
	s.of[o] = u
}

func unitKey(ph phase, top string) string { return string(rune('0'+ph)) + top }

// phaseOf says when a removal is typed.
func (s *sequencer) phaseOf(o *operation) phase {
	x := o.old
	d := s.d
	again := d.made[x.id] != nil
	section := x
	for section.parent != nil && d.gone[section.parent.id] != nil {
		section = section.parent // A section that goes is stopped when it goes.
	}
	if section != x {
		again = d.made[section.id] != nil
		x = section
	}
	switch {
	case d.bounced[x.id]:
		return down
	case x.parent == nil && again:
		return down
	case x.parent == nil:
		if x.kind == nil && !x.isSection() && s.reach.words[first(x.text)] {
			return down // How far its removal reaches is not known.
		}
		return away
	case again || x.kind != nil && (x.kind.Running || len(x.kind.Wipes) > 0) || d.edited(x.parent):
		return up
	case s.units[unitKey(up, x.top().id)] == nil:
		return away // Nothing comes in the section, it only loses.
	case x.kind == nil || s.reach.has(x):
		return up
	}
	return away
}

// edited reports whether a section is stopped while it is edited, or needs a
// last line after it.
func (d *differ) edited(sec *statement) bool {
	return len(d.running[sec.id]) > 0 || d.lastly[sec.id]
}

// link finds which unit must come before which.
func (s *sequencer) link(gone, made []*operation) { //nolint:gocognit // one pass that draws every edge of the reference graph; each branch is one rule of order
	makes, removes := map[string][]*unit{}, map[string][]*unit{}
	conflict := map[string][]*unit{}
	for _, o := range made {
		for x := o.now; x != nil; x = x.parent {
			if s.d.made[x.id] != nil && x.ref != "" {
				makes[x.ref] = with(makes[x.ref], s.of[o])
			}
		}
	}
	for _, o := range gone {
		for x := o.old; x != nil; x = x.parent {
			if x.ref != "" {
				removes[x.ref] = with(removes[x.ref], s.of[o])
			}
		}
		if key := conflictKey(o.old); key != "" {
			conflict[key] = append(conflict[key], s.of[o])
		}
		s.dying(o.old, s.of[o], conflict)
	}
	for _, o := range made {
		if o.old == nil {
			continue
		}
		if key := conflictKey(o.old); key != "" && key != conflictKey(o.now) {
			conflict[key] = append(conflict[key], s.of[o])
		}
	}
	for _, o := range made {
		for _, ref := range o.now.refs {
			s.edges(makes[ref], s.of[o])
		}
		if o.old != nil {
			for _, ref := range o.old.refs {
				for _, u := range removes[ref] {
					s.edges([]*unit{s.of[o]}, u)
				}
			}
		}
		if key := conflictKey(o.now); key != "" {
			s.edges(conflict[key], s.of[o])
		}
	}
	s.linkRemovals(gone, removes)
	var wide []*unit
	for _, u := range s.list {
		if u.phase == down {
			if x := s.units[unitKey(up, u.top)]; x != nil {
				s.edges([]*unit{u}, x)
				continue
			}
			// A line whose removal reaches nobody knows how far.
			wide = append(wide, u)
		}
	}
	s.linkWide(wide)
}

// linkWide lets removals go before all that begins with the same word. One unit
// without operations stands between the two, for each word.
func (s *sequencer) linkWide(removals []*unit) {
	between := map[string]*unit{}
	for _, u := range removals {
		word := first(u.ops[0].statement().top().text)
		if between[word] == nil {
			between[word] = &unit{}
		}
		s.edges([]*unit{u}, between[word])
	}
	for _, u := range s.list {
		if b := between[first(u.ops[0].statement().top().text)]; b != nil && u.phase == up {
			s.edges([]*unit{b}, u)
		}
	}
}

// dying adds what goes with a section and is in the way of something new.
func (s *sequencer) dying(sec *statement, u *unit, conflict map[string][]*unit) {
	for _, x := range s.d.kidsOfA[sec.id] {
		if key := conflictKey(x); key != "" {
			conflict[key] = append(conflict[key], u)
		}
		s.dying(x, u, conflict)
	}
}

// linkRemovals lets what refers to something go before it, also where it goes
// with its section.
func (s *sequencer) linkRemovals(gone []*operation, removes map[string][]*unit) {
	at := map[string]*unit{}
	for _, o := range gone {
		at[o.old.id] = s.of[o]
	}
	for _, x := range s.d.a.list {
		if len(x.refs) == 0 {
			continue
		}
		var u *unit
		for q := x; q != nil && u == nil; q = q.parent {
			u = at[q.id]
		}
		if u == nil {
			continue
		}
		for _, ref := range x.refs {
			for _, target := range removes[ref] {
				s.edges([]*unit{u}, target)
			}
		}
	}
}

func (s *sequencer) edges(before []*unit, u *unit) {
	for _, b := range before {
		if b == u || u.needs[b] {
			continue
		}
		if u.needs == nil {
			u.needs = map[*unit]bool{}
		}
		u.needs[b] = true
		u.after = append(u.after, b)
	}
}

// with appends a unit to a list, unless it is the last one there: a section of
// many lines is one unit.
func with(list []*unit, u *unit) []*unit {
	if len(list) > 0 && list[len(list)-1] == u {
		return list
	}
	return append(list, u)
}

// first returns the first word of a line.
func first(text string) string {
	word, _, _ := strings.Cut(text, " ")
	return word
}

// lines returns what a unit's operations are in the order of typing: what goes
// first, inner sections before outer ones, then what comes, as the text has it.
// What stops a section is first of all, what starts it last of all.
func (u *unit) lines() []*operation {
	var stop, wipe, gone, made, start []*operation
	for _, o := range u.ops {
		k := o.statement().kind
		switch {
		case o.action == Remove && k != nil && k.Running:
			stop = append(stop, o)
		case o.action == Remove:
			gone = append(gone, o)
		case k != nil && (k.Running || k.Again):
			start = append(start, o)
		case k != nil && len(k.Wipes) > 0:
			wipe = append(wipe, o)
		default:
			made = append(made, o)
		}
	}
	slices.Reverse(gone)
	// Inner sections first: what stands in them may refer to what stands outside.
	slices.SortStableFunc(gone, func(a, b *operation) int {
		return cmp.Compare(len(b.old.sections()), len(a.old.sections()))
	})
	if len(start) > 0 {
		made = beforeLeaving(made, start)
		start = nil
	}
	if len(wipe) > 0 {
		made = afterEntering(made, wipe)
	}
	return slices.Concat(stop, gone, made, start)
}

// beforeLeaving puts what starts a section behind the last line of the section.
func beforeLeaving(made, start []*operation) []*operation {
	for _, o := range start {
		at := len(made)
		for i, m := range slices.Backward(made) {
			if m.now.id == o.now.parent.id || m.now.under(o.now.parent.id) {
				at = i + 1
				break
			}
		}
		made = slices.Insert(made, at, o)
	}
	return made
}

// afterEntering puts what wipes out others before the first line of its
// section.
func afterEntering(made, wipe []*operation) []*operation {
	for _, o := range wipe {
		at := 0
		for i, m := range made {
			if m.now.id == o.now.parent.id {
				at = i + 1
				break
			}
			if m.now.under(o.now.parent.id) {
				at = i
				break
			}
		}
		made = slices.Insert(made, at, o)
	}
	return made
}
