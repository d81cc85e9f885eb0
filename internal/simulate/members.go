package simulate

import (
	"slices"
	"strconv"
	"strings"
)

// Members says that a value of a statement is a list of numbers that lines add
// to and take from, such as the VLANs of a trunk.
type Members struct {
	// Value is its name, Range what stands between the first and the last
	// number of a range, Join between two.
	Value, Range, Join string
	// Implied are numbers that every list has and that are not printed; it is
	// printed that one is taken away.
	Implied []int
	// Adds and Removes are lines that add numbers and take them away; where the
	// line of the statement itself adds, it is one of Adds. A negation that
	// gives numbers takes those away.
	Adds, Removes []form
}

// highest is the highest number of a list: no list of numbers of a device goes
// beyond its VLANs.
const highest = 4095

// parse reads a list; ok is false for a word such as "all".
func (l *Members) parse(text string) (set []int, ok bool) {
	text = strings.ReplaceAll(text, l.Range, "-")
	var has [highest + 1]bool // A hostile text names each number many times.
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		low, high, two := strings.Cut(part, "-")
		if !two {
			high = low
		}
		a, errA := strconv.Atoi(low)
		b, errB := strconv.Atoi(high)
		if errA != nil || errB != nil || a < 0 || b > highest {
			return nil, false
		}
		for n := a; n <= b; n++ {
			has[n] = true
		}
	}
	for n, there := range has {
		if there {
			set = append(set, n)
		}
	}
	return set, len(set) > 0
}

// text writes a list as the device prints it.
func (l *Members) text(set []int) string {
	var out []string
	for i := 0; i < len(set); {
		j := i
		for j+1 < len(set) && set[j+1] == set[j]+1 {
			j++
		}
		switch {
		case j == i:
			out = append(out, strconv.Itoa(set[i]))
		case j == i+1 && l.Join == ",":
			out = append(out, strconv.Itoa(set[i]), strconv.Itoa(set[j]))
		default:
			out = append(out, strconv.Itoa(set[i])+l.Range+strconv.Itoa(set[j]))
		}
		i = j + 1
	}
	return strings.Join(out, l.Join)
}

// membered carries out a line that adds to a list or takes from it.
func (s *session) membered(words []string) bool {
	spec, set, adds := s.d.member(s.at, words)
	if spec == nil {
		return false
	}
	s.dirty = true
	if !adds {
		s.without(s.at, spec, set)
		return true
	}
	set = slices.DeleteFunc(set, func(n int) bool { return slices.Contains(spec.Members.Implied, n) })
	if len(set) > 0 {
		s.d.join(s.at, spec, set)
	}
	off := s.d.Session.No + " " + strings.Join(words, " ")
	s.at.children = slices.DeleteFunc(s.at.children, func(c *node) bool { return c.spec == nil && c.text == off })
	return true
}

// member finds the list that a line adds to or takes from, nil for none.
func (d *Device) member(at *node, words []string) (spec *Statement, set []int, adds bool) {
	for _, spec := range d.begin(words) {
		if spec.Members == nil || !spec.in(at) {
			continue
		}
		for i, list := range [][]form{spec.Members.Adds, spec.Members.Removes} {
			for _, f := range list {
				if m := d.match(f, nil, nil, words, false); m.ok {
					if set, ok := spec.Members.parse(m.values[spec.Members.Value]); ok {
						return spec, set, i == 0
					}
				}
			}
		}
	}
	return nil, nil, false
}

// join adds numbers to the list of a section.
func (d *Device) join(at *node, spec *Statement, set []int) *node {
	old := same(at, &node{spec: spec})
	if old == nil {
		old = &node{spec: spec, values: map[string]string{}, parent: at}
		at.insert(old)
	}
	had, _ := spec.Members.parse(old.values[spec.Members.Value])
	had = append(had, set...)
	slices.Sort(had)
	old.values[spec.Members.Value] = spec.Members.text(slices.Compact(had))
	old.text = strings.Join(d.printed(spec, old.values), " ")
	return old
}

// without takes numbers from the list of a section; it reports whether one of
// them was there.
func (s *session) without(at *node, spec *Statement, set []int) bool {
	old := same(at, &node{spec: spec})
	if old == nil {
		return false
	}
	had, _ := spec.Members.parse(old.values[spec.Members.Value])
	left := slices.DeleteFunc(slices.Clone(had), func(n int) bool { return slices.Contains(set, n) })
	switch {
	case len(left) == len(had):
		return false
	case len(left) == 0:
		old.remove()
	default:
		old.values[spec.Members.Value] = spec.Members.text(left)
		old.text = strings.Join(s.d.printed(spec, old.values), " ")
	}
	return true
}

// unmembered carries out a negation that gives numbers of a list, or all; ok is
// false when it is none.
func (s *session) unmembered(words []string) (ok bool, r *RefusalError) {
	for _, spec := range s.d.begin(words) {
		if spec.Members == nil || !spec.in(s.at) || !hasHead(spec.head, words) {
			continue
		}
		m := s.d.match(spec.Line, nil, nil, words, false)
		text := m.values[spec.Members.Value]
		set, numbers := spec.Members.parse(text)
		switch {
		case !m.ok || !numbers && text != "all":
		case !numbers:
			if old := same(s.at, &node{spec: spec}); old != nil {
				old.remove()
			}
			s.dirty = true
			return true, nil
		case s.without(s.at, spec, set):
			s.dirty = true
			return true, nil
		default:
			// Taking away what no list has may itself be printed.
			return true, s.forget(words)
		}
	}
	return false, nil
}
