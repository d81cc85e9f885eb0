package plan

// reach answers what the statements that are typed or removed do to others,
// without a look at each of them for each of the others.
type reach struct {
	// words are the first words of the lines that are typed at the top.
	words map[string]bool
	// kinds are the kinds that are typed, wiped those that a change deletes, by
	// section; conflicts are the conflictKeys of what is typed.
	kinds, wiped, conflicts map[string]bool
}

func newReach(d *differ, made []*operation) *reach {
	r := &reach{words: map[string]bool{}, kinds: map[string]bool{}, wiped: map[string]bool{}, conflicts: map[string]bool{}}
	for _, m := range made {
		s := m.now
		if s.parent == nil {
			r.words[first(s.text)] = true
		}
		if s.kind != nil {
			r.kinds[kindIn(s)] = true
			r.conflicts[conflictKey(s)] = true
		}
		r.wipe(s)
	}
	for _, s := range d.gone {
		r.wipe(s)
	}
	return r
}

func (r *reach) wipe(s *statement) {
	if s.kind == nil {
		return
	}
	for _, id := range s.kind.Wipes {
		r.wiped[sectionOf(s.parent)+id] = true
	}
}

// kindIn names the kind of a statement with the section that it stands in.
func kindIn(s *statement) string { return sectionOf(s.parent) + s.kind.ID }

// has reports whether the removal of a statement of a known kind belongs with
// what is typed in its section: something like it is typed there, or conflicts
// with it, or would take it along.
func (r *reach) has(s *statement) bool {
	key := conflictKey(s)
	return r.kinds[kindIn(s)] || key != "" && r.conflicts[key] || r.wiped[kindIn(s)]
}
