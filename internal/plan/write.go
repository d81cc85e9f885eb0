package plan

import (
	"slices"
	"strings"
)

// writer writes statements as the lines to type in configuration mode. It
// enters and leaves sections; neighbours in one section share the visit.
type writer struct {
	rules *rules
	lines []string
	open  []*statement
	// enter says that what a new section needs beyond its statements is typed;
	// made are open sections that the plan makes.
	enter bool
	made  map[string]bool
	// after is the configuration that comes out: a section is entered by the
	// line that it has there.
	after *config
}

func (w *writer) line(depth int, text string) {
	w.lines = append(w.lines, strings.Repeat(" ", depth)+text)
}

// section goes to the sections given, by the shortest way.
func (w *writer) section(path []*statement) {
	same := 0
	for same < len(w.open) && same < len(path) && w.open[same].id == path[same].id {
		same++
	}
	for len(w.open) > same {
		w.leave()
	}
	for _, s := range path[same:] {
		if now := w.after.byID[s.id]; now != nil {
			s = now
		}
		w.line(len(w.open), s.text)
		w.open = append(w.open, s)
	}
}

func (w *writer) leave() {
	s := w.open[len(w.open)-1]
	if w.made[s.id] {
		lines := w.after.absent[s.id]
		if w.enter {
			lines = s.kind.Enter
		}
		for _, l := range lines {
			w.line(len(w.open), l)
		}
		delete(w.made, s.id)
	}
	w.open = w.open[:len(w.open)-1]
	if leave := s.leave(w.rules); leave != "" && !w.after.verbatim[s.id] {
		w.line(len(w.open)+1, leave)
	}
}

// write types a statement; made says that it is a section that is new.
func (w *writer) write(s *statement, made bool) {
	if s.body {
		w.section(s.sections())
		w.lines = append(w.lines, s.text)
		return
	}
	if !s.isSection() {
		w.section(s.sections())
		w.line(len(w.open), s.text)
		return
	}
	// A section whose line itself is new is entered anew.
	path := append(s.sections(), s)
	if len(w.open) >= len(path) && w.open[len(path)-1].id == s.id && w.open[len(path)-1].text != s.text {
		w.section(s.sections())
	}
	w.section(path)
	if made && s.kind != nil {
		if w.made == nil {
			w.made = map[string]bool{}
		}
		w.made[s.id] = true
	}
}

// several types lines that together change one statement.
func (w *writer) several(s *statement, lines []string) {
	w.section(s.sections())
	for _, l := range lines {
		w.line(len(w.open), l)
	}
}

// remove types the line that removes a statement.
func (w *writer) remove(s *statement) {
	w.section(s.sections())
	w.line(len(w.open), s.removal(w.rules))
}

// finish leaves all sections and returns the lines.
func (w *writer) finish() []string {
	w.section(nil)
	if w.lines == nil {
		return []string{}
	}
	return slices.Clip(w.lines)
}
