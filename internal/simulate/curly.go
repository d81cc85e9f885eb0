package simulate

import (
	"slices"
	"strings"
)

// scan splits a text into words and signs; quotes are taken off. A comment is
// left out. Signs are marked so that a quoted one is a word.
type token struct {
	text string
	sign bool
}

func scan(text string) []token {
	var out []token
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '#':
			for i < len(text) && text[i] != '\n' {
				i++
			}
		case strings.HasPrefix(text[i:], "/*"):
			end := strings.Index(text[i+2:], "*/")
			if end < 0 {
				return out
			}
			i += end + 4
		case strings.ContainsRune("{};[]", rune(c)):
			out = append(out, token{string(c), true})
			i++
		case c == '"':
			w, n := unquote(text[i:])
			out, i = append(out, token{w, false}), i+n
		default:
			n := strings.IndexAny(text[i:], " \t\r\n{};[]\"")
			if n < 0 {
				n = len(text) - i
			}
			out, i = append(out, token{text[i : i+n], false}), i+n
		}
	}
	return out
}

// unquote reads a quoted word and returns how long it was.
func unquote(text string) (string, int) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		case text[i] == '"':
			return b.String(), i + 1
		default:
			b.WriteByte(text[i])
		}
	}
	return b.String(), len(text)
}

// isSets reports whether a configuration is written as set commands.
func isSets(config string) bool {
	for line := range strings.Lines(config) {
		f := strings.Fields(line)
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			continue
		}
		return len(f) > 1 && (f[0] == "set" || f[0] == "deactivate")
	}
	return false
}

// loadPaths reads a printed configuration of either form.
func (d *Device) loadPaths(config string) *word {
	root := &word{}
	root.path = d.known(root)
	if isSets(config) {
		s := &pathSession{d: d, root: root}
		for line := range strings.Lines(config) {
			tokens := scan(line)
			if len(tokens) < 2 {
				continue
			}
			switch ways := expand(tokens[1:]); tokens[0].text {
			case "set":
				if ways[0][0] == "version" {
					continue
				}
				for _, way := range ways {
					s.put(way)
				}
			case "deactivate":
				if w := root.find(ways[0]); w != nil {
					w.inactive = true
				}
			}
		}
		return root
	}
	d.sections(root, scan(config))
	return root
}

// sections reads what stands in braces.
func (d *Device) sections(root *word, tokens []token) {
	at := []*word{root}
	var line []token
	for _, t := range tokens {
		if !t.sign || t.text == "[" || t.text == "]" {
			line = append(line, t)
			continue
		}
		here := at[len(at)-1]
		switch t.text {
		case "{":
			at = append(at, d.statement(here, line, true))
		case ";":
			if len(at) > 1 || len(line) == 0 || line[0].text != "version" {
				d.statement(here, line, false)
			}
		case "}":
			if len(line) > 0 {
				d.statement(here, line, false)
			}
			if len(at) > 1 {
				at = at[:len(at)-1]
			}
		}
		line = nil
	}
}

// statement puts the words of one statement into the tree and returns the last.
func (d *Device) statement(here *word, line []token, section bool) *word {
	inactive := false
	for len(line) > 0 && !line[0].sign && strings.HasSuffix(line[0].text, ":") && len(line[0].text) > 1 {
		inactive = inactive || line[0].text == "inactive:"
		line = line[1:]
	}
	ways := expand(line)
	last := here
	for _, way := range ways {
		last = here
		for i, text := range way {
			if last = last.attributed(); last.path == nil && last != here {
				last.joined = true
			}
			last = d.add(last, text)
			if inactive && i == 0 && last.kind() != "keyed" && !section {
				last.inactive = true
			}
		}
		if inactive {
			d.deactivate(here, way, section)
		}
	}
	return last
}

// attributed returns where the next word of a line belongs: behind a whole
// attribute of a section that is printed on one line, to the section.
func (w *word) attributed() *word {
	line := func(s *word) bool {
		return s != nil && s.path != nil && s.path.Line == "all" && !s.value() && s.path.Kind == "container"
	}
	switch {
	case w.value() && w.parent.kind() == "leaf" && line(w.parent.parent):
		return w.parent.parent
	case w.path == nil && !w.value() && line(w.parent) && slices.Contains(w.parent.path.Order, w.text):
		return w.parent
	}
	return w
}

// deactivate marks what a statement is about: a section, an entry with its
// name, or a value's word.
func (d *Device) deactivate(here *word, way []string, section bool) {
	n := 1
	if first := here.index[way[0]]; first != nil && first.path != nil && first.path.Kind == "keyed" {
		n = 2
	} else if section {
		n = len(way)
	}
	if w := here.find(way[:min(n, len(way))]); w != nil {
		w.inactive = true
	}
}

// expand returns the ways that words with a list in brackets stand for; there
// is at least one, which may be empty.
func expand(tokens []token) [][]string {
	ways := [][]string{nil}
	var list []string
	inside := false
	for _, t := range tokens {
		switch {
		case t.sign && t.text == "[":
			inside, list = true, nil
		case t.sign && t.text == "]":
			inside = false
			// Only one list is multiplied: more would be no statement.
			if len(ways) == 1 && len(list) > 0 {
				base := ways[0]
				ways = nil
				for _, v := range list {
					ways = append(ways, append(slices.Clip(base), v))
				}
			}
		case t.sign:
		case inside:
			list = append(list, t.text)
		case len(ways) == 1:
			ways[0] = append(ways[0], t.text)
		default:
			for i := range ways {
				ways[i] = append(slices.Clip(ways[i]), t.text)
			}
		}
	}
	return ways
}
