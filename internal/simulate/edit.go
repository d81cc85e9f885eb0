package simulate

import (
	"slices"
	"strings"
)

// Config is the configuration of a device that is played line by line, such as
// one that somebody is logged in to. It is not safe for concurrent use.
type Config struct {
	d *Device
	// lines or paths is set, as the family of the device says.
	lines *node
	paths *word
}

// Config reads a printed configuration. Nothing of it is refused.
func (d *Device) Config(text string) *Config {
	if d.Family == "paths" {
		return &Config{d: d, paths: d.loadPaths(text)}
	}
	return &Config{d: d, lines: d.load(text)}
}

// Clone copies a configuration.
func (c *Config) Clone() *Config {
	out := &Config{d: c.d}
	if c.paths != nil {
		out.paths = c.paths.clone(nil)
	} else {
		out.lines = c.lines.clone(nil)
	}
	return out
}

// Replace makes the configuration the same as another. Editors of it stand at
// the top afterwards.
func (c *Config) Replace(other *Config) {
	n := other.Clone()
	c.lines, c.paths = n.lines, n.paths
}

// Text prints the configuration as the device shows it.
func (c *Config) Text() string {
	if c.paths != nil {
		return c.paths.printed(false)
	}
	return c.d.text(c.lines)
}

// Lines prints a configuration of the family "paths" as the lines that make it.
func (c *Config) Lines() string {
	if c.paths == nil {
		return c.Text()
	}
	return c.paths.printed(true)
}

// Check makes the checks of a commit.
func (c *Config) Check() *RefusalError {
	if c.paths == nil {
		return nil
	}
	return (&pathSession{d: c.d, root: c.paths}).checks()
}

// Editor is one person who types at a configuration.
type Editor struct {
	c    *Config
	line *session
	path *pathSession
	// root is the tree that the editor stands in; it is another one once the
	// configuration was replaced.
	root *node
	top  *word
}

// Edit returns somebody who stands at the top of the configuration.
func (c *Config) Edit() *Editor {
	e := &Editor{c: c}
	e.Top()
	return e
}

// Top goes out of every section.
func (e *Editor) Top() {
	if e.root, e.top = e.c.lines, e.c.paths; e.top != nil {
		e.path = &pathSession{d: e.c.d, root: e.top, running: e.top}
	} else {
		e.line = &session{d: e.c.d, root: e.root, running: e.root, at: e.root}
	}
}

// fresh stands at the top of a configuration that was replaced meanwhile, and
// leaves a section that somebody else removed.
func (e *Editor) fresh() {
	if e.root != e.c.lines || e.top != e.c.paths {
		e.Top()
	}
	if e.line != nil && e.line.at.top() != e.root {
		e.line.at = e.root
	}
}

// Type types one line of configuration. Lines that only a command line knows,
// such as the one that leaves the configuration mode, are none. A line of which
// nothing is known is refused, unless it stands in a section of which nothing
// is known, or is there already.
func (e *Editor) Type(text string) *RefusalError {
	e.fresh()
	var r *RefusalError
	if e.path != nil {
		r = e.path.known(text)
		if r == nil {
			r = e.path.typed(text)
		}
	} else {
		r = e.line.strict(text)
		if r == nil {
			r = e.line.typed(text, "")
		}
	}
	if r != nil {
		r.Text = strings.TrimSpace(text)
		r.Syntax = strings.HasPrefix(r.Say, e.c.d.Session.Invalid.Say)
	}
	return r
}

// Load types a line of a text that is handed over as a whole. Of a set line that
// is refused, the words before the one that is wrong are kept all the same.
func (e *Editor) Load(text string) *RefusalError {
	r := e.Type(text)
	if r == nil || e.path == nil {
		return r
	}
	tokens := scan(text)
	if len(tokens) > 0 && tokens[0].text == "set" && r.Word > 1 && r.Word <= len(tokens) {
		way := slices.Clone(e.path.at)
		for _, t := range tokens[1:r.Word] {
			way = append(way, t.text)
		}
		// A word that needs a value is no statement without one.
		for len(way) > 0 && e.path.fits(way) != nil {
			way = way[:len(way)-1]
		}
		if len(way) > 0 {
			e.path.put(way)
		}
	}
	return r
}

// Notes returns what the device had to say since it was last asked.
func (e *Editor) Notes() []string {
	var out []string
	if e.path != nil {
		out, e.path.notes = e.path.notes, nil
	} else {
		out, e.line.notes = e.line.notes, nil
	}
	return out
}

// Outside reports whether the last line left the configuration mode.
func (e *Editor) Outside() bool {
	if e.path != nil {
		return e.path.outside
	}
	return e.line.outside
}

// Reading reports whether a text that is no configuration is being typed.
func (e *Editor) Reading() bool { return e.line != nil && e.line.mark != "" }

// Section returns the forms of the sections that the editor stands in, from the
// outside in, "" for one of which nothing is known, and the innermost one.
func (e *Editor) Section() ([]string, Record) {
	e.fresh()
	if e.path != nil {
		return slices.Clone(e.path.at), Record{}
	}
	var ids []string
	for at := e.line.at; at.parent != nil; at = at.parent {
		ids = append(ids, at.id())
	}
	slices.Reverse(ids)
	return ids, record(e.c.d, e.line.at)
}

// strict refuses a line of which nothing is known.
func (s *session) strict(text string) *RefusalError {
	words := strings.Fields(text)
	c := s.d.Session
	if s.mark != "" || len(words) == 0 || c.Comment != "" && strings.HasPrefix(words[0], c.Comment) || s.at.parent != nil && s.at.spec == nil {
		return nil
	}
	for _, list := range [][]string{c.Up, c.Leave, c.Enter, {c.Reset}} {
		if slices.Contains(list, strings.Join(words, " ")) {
			return nil
		}
	}
	back := words[0] == c.No && len(words) > 1
	if back {
		words = words[1:]
	}
	line := strings.Join(words, " ")
	if s.d.block(line) {
		return nil
	}
	best := 0
	for at := s.at; at != nil; at = at.parent {
		for _, n := range at.children {
			if n.spec == nil && (n.text == line || n.text == c.No+" "+line || back && strings.HasPrefix(n.text, line+" ")) {
				return nil
			}
		}
		if far, ok := s.understood(at, words, back); ok {
			return nil
		} else if far > best {
			best = far
		}
		if !c.Fallback {
			break
		}
	}
	r := refuse(c.Invalid, "%s", c.Invalid.Say)
	r.Word, r.Incomplete = best, best >= len(words)
	if back {
		r.Word++
	}
	return r
}

// understood reports whether a line is a statement of a section, or how many
// words of it are.
func (s *session) understood(at *node, words []string, back bool) (int, bool) {
	if back {
		if spec, _ := s.d.negation(at, words); spec != nil {
			return 0, true
		}
	}
	spec, m := s.d.find(at, words)
	if spec != nil {
		return 0, true
	}
	for _, spec := range s.d.Statements {
		for _, f := range spec.Negates {
			if spec.in(at) && s.d.match(f, nil, nil, words, false).ok {
				return 0, true
			}
		}
	}
	return m.upTo, false
}

// known refuses a word of a set line that the section does not know, though
// the data says which words it has.
func (s *pathSession) known(raw string) *RefusalError {
	tokens := scan(raw)
	if len(tokens) < 2 || tokens[0].text != "set" {
		return nil
	}
	way := slices.Clone(s.at)
	w := s.root
	for _, t := range way {
		if w = w.step(s.d, t); w == nil {
			return nil
		}
	}
	for i, t := range tokens[1:] {
		if t.sign {
			return nil
		}
		if w.index[t.text] == nil && !w.value() && w.path != nil && w.path.Kind == "container" && len(w.path.Order) > 0 && !slices.Contains(w.path.Order, t.text) {
			r := refuse(s.d.Session.Invalid, "%s", s.d.Session.Invalid.Say)
			r.Word = i + 1
			return r
		}
		w = w.step(s.d, t.text)
	}
	return nil
}

// step returns the word below w, also one that is not there yet.
func (w *word) step(d *Device, text string) *word {
	if c := w.index[text]; c != nil {
		return c
	}
	c := &word{text: text, parent: w, depth: w.depth + 1}
	c.path = d.known(c)
	return c
}
