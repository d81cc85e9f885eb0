package simulate

import (
	"fmt"
	"slices"
	"strings"
)

// pathSession is a person who edits the candidate of a device of the family
// "paths".
type pathSession struct {
	d             *Device
	root, running *word
	// at is the section that the person edits.
	at      []string
	dirty   bool
	notes   []string
	outside bool
}

// typed carries out one line.
func (s *pathSession) typed(raw string) *RefusalError {
	tokens := scan(raw)
	inv := s.d.Session.Invalid
	if len(tokens) == 0 {
		return nil
	}
	text := strings.TrimSpace(raw)
	if slices.Contains(s.d.Session.Enter, text) {
		s.outside = false
		return nil
	}
	if s.outside {
		return refuse(inv, "%s (the configuration mode was left before)", inv.Say)
	}
	ways := expand(tokens[1:])
	for i := range ways {
		ways[i] = slices.Concat(s.at, ways[i])
	}
	return s.verb(tokens[0].text, ways, slices.ContainsFunc(tokens, func(t token) bool { return t.sign }))
}

func (s *pathSession) verb(verb string, ways [][]string, list bool) *RefusalError {
	inv := s.d.Session.Invalid
	way := ways[0]
	rest := way[len(s.at):]
	switch verb {
	case "set":
		return s.set(ways)
	case "delete":
		if list {
			return refuse(inv, "%s (whether delete takes a list in brackets is not known; write one line a value)", inv.Say)
		}
		return s.delete(way)
	case "deactivate", "activate":
		return s.mark(way, verb == "deactivate")
	case "insert":
		return s.insert(way)
	case "edit":
		s.at = way
	case "up":
		s.at = s.at[:max(0, len(s.at)-1)]
	case "top":
		s.at = nil
	case "exit", "quit":
		if len(s.at) == 0 || len(rest) > 0 {
			s.outside = true
		}
		s.at = nil
	case "commit":
		return s.commit(rest)
	case "rollback":
		if len(rest) > 0 && rest[0] != "0" {
			return refuse(inv, "only rollback 0 can be simulated: earlier commits are not known")
		}
		s.root, s.dirty = s.running.clone(nil), false
	case "annotate":
		s.notes = append(s.notes, "annotate: comments are not simulated")
	case "show", "status", "run":
	default:
		return refuse(inv, "%s", inv.Say)
	}
	return nil
}

// set adds statements.
func (s *pathSession) set(ways [][]string) *RefusalError {
	inv := s.d.Session.Invalid
	for _, way := range ways {
		if len(way) == len(s.at) {
			return refuse(inv, "%s (set needs a statement)", inv.Say)
		}
		if len(way) > maxDepth {
			return refuse(inv, "%s (a statement of %d words)", inv.Say, len(way))
		}
		if r := s.fits(way); r != nil {
			r.Word -= len(s.at)
			return r
		}
	}
	s.dirty = true
	for i, way := range ways {
		if i == 0 || len(ways) == 1 {
			s.put(way)
			continue
		}
		s.append(way)
	}
	return nil
}

// put adds a statement; a word that has one value loses the value it had.
func (s *pathSession) put(way []string) {
	w := s.root
	for i, text := range way {
		text = w.complete(text)
		if w.path != nil && w.path.Kind == "leaf" && w.index[text] == nil {
			w.children, w.index = nil, nil
		}
		// Of an unknown statement, the last word is taken for a value.
		if w.path == nil && i == len(way)-1 && i > 0 && len(w.children) == 0 && !w.value() && w.parent != nil {
			w.joined = true
		}
		w = s.d.add(w, text)
	}
}

// append adds a further value of a list.
func (s *pathSession) append(way []string) {
	w := s.root
	for _, text := range way {
		w = s.d.add(w, w.complete(text))
	}
}

// complete writes the length of a destination that was typed without one.
func (w *word) complete(text string) string {
	if w.path == nil || !w.path.Prefix || strings.Contains(text, "/") {
		return text
	}
	if strings.Contains(text, ":") {
		return text + "/128"
	}
	if strings.Count(text, ".") == 3 {
		return text + "/32"
	}
	return text
}

// fits refuses a word that the section does not know and a value out of range.
func (s *pathSession) fits(way []string) *RefusalError {
	inv := s.d.Session.Invalid
	w := s.root
	for i, text := range way {
		p := w.path
		if p != nil && p.Kind == "container" && p.Closed && p.rank[text] == 0 && (len(p.Order) == 0 || p.Order[0] != text) {
			return wordAt(i, refuse(Fact{Source: p.Source, Confidence: inv.Confidence}, "%s: %s", inv.Say, text))
		}
		if w.value() && w.parent.path != nil {
			if p = w.parent.path; p.Closed && p.rank[text] == 0 && p.Order[0] != text {
				return wordAt(i, refuse(Fact{Source: p.Source, Confidence: inv.Confidence}, "%s: %s", inv.Say, text))
			}
		} else if p != nil && p.Kind != "container" {
			e := p.words[len(p.words)-1]
			m := &matcher{d: s.d, words: []string{text}}
			if _, n := m.take(e, 0); n == 0 {
				return wordAt(i, refuse(Fact{Source: p.Source, Confidence: inv.Confidence}, "invalid value %q of %s, expected %s", text, way[i-1], e))
			}
		}
		next := w.index[text]
		if next == nil {
			next = &word{text: text, parent: w}
			next.path = s.d.known(next)
		}
		w = next
	}
	if p := w.path; p != nil && p.Kind != "container" && p.Kind != "list" {
		r := wordAt(len(way), refuse(Fact{Source: p.Source, Confidence: inv.Confidence}, "missing argument of %s", w.text))
		r.Incomplete = true
		return r
	}
	return nil
}

// wordAt says which word of a way is wrong.
func wordAt(word int, r *RefusalError) *RefusalError {
	r.Word = word + 1
	return r
}

// delete removes a statement with all below it. A section that is known to be
// nothing but its statements goes with the last of them.
func (s *pathSession) delete(way []string) *RefusalError {
	if len(way) == 0 {
		return refuse(s.d.Session.Invalid, "delete without a statement would remove the whole configuration")
	}
	w := s.root.locate(way)
	if w == nil {
		s.notes = append(s.notes, fmt.Sprintf("warning: statement not found: %s", quoted(way)))
		return nil
	}
	s.dirty = true
	for {
		p := w.parent
		w.remove()
		if p.parent == nil || len(p.children) > 0 || p.value() || p.path == nil || p.path.Stays {
			return nil
		}
		w = p
	}
}

// locate finds a statement as it is typed.
func (w *word) locate(way []string) *word {
	for _, text := range way {
		if w = w.index[w.complete(text)]; w == nil {
			return nil
		}
	}
	return w
}

func (s *pathSession) mark(way []string, off bool) *RefusalError {
	w := s.root.locate(way)
	if w == nil || w.parent == nil {
		s.notes = append(s.notes, fmt.Sprintf("warning: statement not found: %s", quoted(way)))
		return nil
	}
	s.dirty = true
	w.inactive = off
	return nil
}

// insert moves a statement before or after another of the same list.
func (s *pathSession) insert(way []string) *RefusalError {
	inv := s.d.Session.Invalid
	at := slices.IndexFunc(way, func(t string) bool { return t == "before" || t == "after" })
	if at < 1 || at+1 >= len(way) {
		return refuse(inv, "%s (insert STATEMENT before|after NAME)", inv.Say)
	}
	w := s.root.locate(way[:at])
	if w == nil {
		return refuse(inv, "statement not found: %s", quoted(way[:at]))
	}
	p := w.parent
	other := p.index[way[len(way)-1]]
	if other == nil || other == w {
		return refuse(inv, "statement not found: %s", way[len(way)-1])
	}
	p.children = slices.DeleteFunc(p.children, func(c *word) bool { return c == w })
	i := slices.Index(p.children, other)
	if way[at] == "after" {
		i++
	}
	p.children = slices.Insert(p.children, i, w)
	s.dirty = true
	return nil
}

// commit checks the candidate and puts it in force.
func (s *pathSession) commit(rest []string) *RefusalError {
	if r := s.checks(); r != nil {
		return r
	}
	if len(rest) > 0 && rest[0] == "check" {
		return nil
	}
	s.running, s.dirty = s.root.clone(nil), false
	if slices.Contains(rest, "and-quit") {
		s.outside = true
	}
	return nil
}
