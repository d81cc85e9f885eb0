package plan

import (
	"cmp"
	"slices"
	"strings"
)

// differ finds what must be typed to turn the configuration a into b, for the
// families in which lines stand in sections.
type differ struct {
	r    *rules
	a, b *config
	// gone are the statements of a that must be removed, made those of b that
	// must be typed, by id. What must be removed and made again is in both.
	gone, made map[string]*statement
	// dead are statements of a that go with another one, bounced those that are
	// taken away only while what they refer to is made again.
	dead, bounced map[string]bool
	// refers are the statements of a by what they refer to, kids those of each
	// section.
	refers           map[string][]*statement
	kidsOfA, kidsOfB map[string][]*statement
	// running are those of a that run their section, again those of b that are
	// typed again after any change of it, sorted the kids of b by text: the
	// other 100,000 lines of a section are not looked at for each of them.
	running, again, sorted map[string][]*statement
	// lastly are the sections of a in which a statement is typed again.
	lastly  map[string]bool
	indexed bool
	// extra are lines that say that something is not there, and must be undone.
	extra []*statement
	// planned says that what is switched on for the whole system stays on: the
	// statements compared are not all that it has.
	planned bool
}

func newDiffer(a, b *config) *differ {
	return &differ{
		r: a.rules, a: a, b: b,
		gone: map[string]*statement{}, made: map[string]*statement{},
		dead: map[string]bool{}, bounced: map[string]bool{},
	}
}

// compare fills gone and made.
func (d *differ) compare() {
	for _, s := range d.b.list {
		old := d.a.byID[s.id]
		switch {
		case old == nil:
			d.made[s.id] = s
		case old.same == s.same:
		case d.replaces(old, s):
			d.made[s.id] = s
		case s.isSection():
			d.remake(s.id)
		default:
			d.gone[s.id], d.made[s.id] = old, s
		}
	}
	for _, s := range d.a.list {
		if d.b.byID[s.id] == nil {
			d.gone[s.id] = s
		}
	}
	d.keepListed()
	for _, id := range sortedKeys(d.gone) {
		d.keepSection(id)
	}
	d.verbatim()
	for d.close() {
	}
}

// verbatim types a whole text again when one of its lines is another one.
func (d *differ) verbatim() {
	for _, list := range []map[string]*statement{d.gone, d.made} {
		for _, id := range sortedKeys(list) {
			s := list[id]
			if s == nil || !s.body {
				continue
			}
			d.index()
			if old, now := d.a.byID[s.parent.id], d.b.byID[s.parent.id]; old != nil && now != nil {
				d.gone[old.id] = old
				d.retype(now)
			}
			if d.gone[id] != nil {
				d.dead[id] = true
				delete(d.gone, id)
			}
		}
	}
}

// replaces reports whether typing s replaces old in place.
func (d *differ) replaces(old, s *statement) bool {
	if s.kind != nil {
		return s.kind.Replaces != nil && s.kind.Replaces.MatchString(old.text)
	}
	// What says that a statement is not there removes it.
	return d.r.removalOf(old.text) == s.text || d.r.removalOf(s.text) == old.text
}

// keepSection turns the removal of a section that stays into the removal of
// what stands in it.
func (d *differ) keepSection(id string) {
	s := d.gone[id]
	if s.kind == nil || !s.kind.Keep {
		return
	}
	if !(d.planned && len(s.kind.Key) == 0) && s.kind.Removable != nil && s.kind.Removable.MatchString(s.text) {
		return
	}
	delete(d.gone, id)
	d.dead[id] = true
	for _, line := range d.a.absent[id] {
		// What was taken off when the section came into use is put back.
		x := &statement{text: line, same: line, parent: s, id: id + "\x00absent " + line}
		d.gone[x.id] = x
		d.extra = append(d.extra, x)
	}
}

// index builds what close needs to look things up.
func (d *differ) index() {
	if d.indexed {
		return
	}
	d.indexed = true
	d.refers, d.kidsOfA, d.kidsOfB = map[string][]*statement{}, map[string][]*statement{}, map[string][]*statement{}
	d.lastly = map[string]bool{}
	d.running, d.again, d.sorted = map[string][]*statement{}, map[string][]*statement{}, map[string][]*statement{}
	for _, s := range d.a.list {
		for _, ref := range s.refs {
			d.refers[ref] = append(d.refers[ref], s)
		}
		if s.parent != nil {
			d.kidsOfA[s.parent.id] = append(d.kidsOfA[s.parent.id], s)
			if s.kind != nil && s.kind.Running {
				d.running[s.parent.id] = append(d.running[s.parent.id], s)
			}
			if s.kind != nil && s.kind.Again {
				d.lastly[s.parent.id] = true
			}
		}
	}
	for _, s := range d.b.list {
		if s.parent != nil {
			d.kidsOfB[s.parent.id] = append(d.kidsOfB[s.parent.id], s)
			if s.kind != nil && s.kind.Again {
				d.again[s.parent.id] = append(d.again[s.parent.id], s)
			}
		}
	}
}

// remake removes a statement and types it again, with all that stands under it.
func (d *differ) remake(id string) bool {
	old, now := d.a.byID[id], d.b.byID[id]
	if old == nil || now == nil || d.gone[id] != nil && d.made[id] != nil {
		return false
	}
	d.index()
	d.gone[id] = old
	d.retype(now)
	return true
}

// retype types a statement and all that stands under it.
func (d *differ) retype(s *statement) {
	d.made[s.id] = s
	for _, k := range d.kidsOfB[s.id] {
		d.retype(k)
	}
}

// close adds what follows from what changes already. It returns false when
// nothing does any more.
func (d *differ) close() bool {
	grown := false
	d.index()
	for _, id := range sortedKeys(d.gone) {
		if s := d.gone[id]; s != nil {
			grown = d.afterRemoval(s) || grown
		}
	}
	for _, list := range []map[string]*statement{d.gone, d.made} {
		for _, id := range sortedKeys(list) {
			if s := list[id]; s != nil {
				grown = d.inSection(s) || grown
			}
		}
	}
	return grown
}

// afterRemoval adds what follows from the removal of s.
func (d *differ) afterRemoval(s *statement) bool {
	grown := false
	if s.ref == "" {
		return d.wide(s)
	}
	for _, x := range d.refers[s.ref] {
		if x.kind != nil && slices.Contains(x.kind.With, s.kind.ID) && sectionOf(x.parent) == sectionOf(s.parent) {
			if !d.dead[x.id] {
				d.dead[x.id], grown = true, true
				delete(d.gone, x.id)
			}
			if now := d.b.byID[x.id]; now != nil && d.made[x.id] == nil {
				d.made[x.id], grown = now, true
			}
			continue
		}
		now := d.b.byID[x.id]
		if !s.kind.Held || d.gone[x.id] != nil || d.dead[x.id] || now == nil || d.made[s.id] == nil || !slices.Contains(now.refs, s.ref) {
			continue
		}
		d.gone[x.id], grown = x, true
		d.bounced[x.id] = true
		d.retype(now)
	}
	return d.wide(s) || grown
}

// wide types the siblings again that the removal of s takes along: those that
// begin with its words.
func (d *differ) wide(s *statement) bool {
	if s.kind != nil || d.r.Negate == "" || d.underGone(s) || strings.HasPrefix(s.text, d.r.Negate+" ") {
		return false
	}
	if s.parent == nil {
		return false
	}
	grown := false
	for _, x := range d.beginning(s.parent.id, s.text+" ") {
		if x.id != s.id && d.made[x.id] == nil {
			d.made[x.id], grown = x, true
		}
	}
	return grown
}

// beginning returns the statements of a section of b that begin with a text.
func (d *differ) beginning(section, text string) []*statement {
	byText := func(a, b *statement) int { return cmp.Compare(a.text, b.text) }
	list, known := d.sorted[section]
	if !known {
		list = slices.SortedStableFunc(slices.Values(d.kidsOfB[section]), byText)
		d.sorted[section] = list
	}
	from, _ := slices.BinarySearchFunc(list, &statement{text: text}, byText)
	to := from
	for to < len(list) && strings.HasPrefix(list[to].text, text) {
		to++
	}
	return list[from:to]
}

// inSection adds what follows for the section of a statement that changes.
func (d *differ) inSection(s *statement) bool {
	p := s.parent
	if p == nil || d.a.byID[p.id] == nil || d.b.byID[p.id] == nil || d.gone[p.id] != nil {
		return s.kind != nil && d.starterOf(s)
	}
	grown := false
	if p.kind != nil && p.kind.Fixed || s.kind != nil && s.kind.Rebuild && d.a.byID[s.id] != nil {
		return d.remake(p.id)
	}
	for _, x := range d.running[p.id] {
		if x.id != s.id && d.gone[x.id] == nil {
			d.gone[x.id], grown = x, true
			if now := d.b.byID[x.id]; now != nil {
				d.made[x.id] = now
			}
		}
	}
	grown = d.wiped(s) || grown
	for _, x := range d.again[p.id] {
		if d.made[x.id] == nil {
			d.made[x.id], grown = x, true
		}
	}
	return grown
}

// wiped types the statements of a section again that a change of s deletes.
func (d *differ) wiped(s *statement) bool {
	if s.kind == nil || len(s.kind.Wipes) == 0 {
		return false
	}
	grown := false
	for _, x := range d.kidsOfA[s.parent.id] {
		now := d.b.byID[x.id]
		if x.kind == nil || x.id == s.id || now == nil || !slices.Contains(s.kind.Wipes, x.kind.ID) {
			continue
		}
		if !d.dead[x.id] {
			d.dead[x.id], grown = true, true
			delete(d.gone, x.id)
		}
		if d.made[x.id] == nil {
			d.made[x.id], grown = now, true
		}
	}
	return grown
}

// starterOf stops a section that is about to be removed.
func (d *differ) starterOf(s *statement) bool {
	if d.gone[s.id] != s {
		return false
	}
	grown := false
	for _, x := range d.running[s.id] {
		if d.gone[x.id] == nil {
			d.gone[x.id], grown = x, true
		}
	}
	return grown
}

// underGone reports whether a section that s stands in is removed.
func (d *differ) underGone(s *statement) bool {
	for p := s.parent; p != nil; p = p.parent {
		if d.gone[p.id] != nil {
			return true
		}
	}
	return false
}

// operations returns the statements to remove and to type.
func (d *differ) operations() (gone, made []*operation) {
	for _, s := range append(slices.Clip(d.a.list), d.extra...) {
		if d.gone[s.id] == nil || d.dead[s.id] {
			continue
		}
		if d.underGone(s) && !(s.kind != nil && s.kind.Running) {
			continue
		}
		gone = append(gone, &operation{action: Remove, old: s})
	}
	for _, s := range d.b.list {
		if d.made[s.id] == nil {
			continue
		}
		o := &operation{action: Add, now: s}
		if old := d.a.byID[s.id]; old != nil && d.gone[s.id] == nil && !d.dead[s.id] && !d.underGone(old) && old.same != s.same {
			o.action, o.old = Replace, old
		}
		made = append(made, o)
	}
	return gone, made
}

// conflictKey is what statements that conflict have in common, "" for none.
func conflictKey(s *statement) string {
	if s.kind == nil || len(s.kind.Conflict) == 0 {
		return ""
	}
	key, empty := s.kind.ID, true
	for _, g := range s.kind.Conflict {
		v := s.value(g)
		key, empty = key+"\x00"+v, empty && v == ""
	}
	if empty {
		return ""
	}
	return key
}

func sortedKeys(m map[string]*statement) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
