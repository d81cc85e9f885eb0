package simulate

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// form is a pattern of words: a word stands for itself, <name> or <name:type>
// for a value, [ ] around words that may be left out. A type is one of a list, a
// range such as 1..255, words such as a|b, or =a for one word.
type form []element

type element struct {
	word     string // a word that stands for itself
	name     string // or the name of a value
	kind     string
	lo, hi   int
	words    []string
	optional form
}

var elements = regexp.MustCompile(`\[|\]|<[^>]+>|[^\s\[\]]+`)

// compile reads a form. It is written by us, so an error is a fault of a file
// of vendors/.
func compile(text string) (form, error) {
	tokens := elements.FindAllString(text, -1)
	f, rest, err := compileUntil(tokens, false)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("form %q: ] without [", text)
	}
	return f, err
}

func compileUntil(tokens []string, inside bool) (form, []string, error) {
	var f form
	for len(tokens) > 0 {
		t := tokens[0]
		tokens = tokens[1:]
		switch {
		case t == "[":
			inner, rest, err := compileUntil(tokens, true)
			if err != nil {
				return nil, nil, err
			}
			f, tokens = append(f, element{optional: inner}), rest
		case t == "]":
			if !inside {
				return nil, []string{t}, nil
			}
			return f, tokens, nil
		case t[0] == '<':
			e, err := value(t[1 : len(t)-1])
			if err != nil {
				return nil, nil, err
			}
			f = append(f, e)
		default:
			f = append(f, element{word: t})
		}
	}
	if inside {
		return nil, nil, fmt.Errorf("a [ is not closed")
	}
	return f, nil, nil
}

var span = regexp.MustCompile(`^(\d+)\.\.(\d+)$`)

func value(text string) (element, error) {
	name, kind, _ := strings.Cut(text, ":")
	if kind == "" && (span.MatchString(name) || strings.Contains(name, "|")) {
		name, kind = "value", name
	}
	e := element{name: name, kind: kind}
	if m := span.FindStringSubmatch(kind); m != nil {
		e.kind = "number"
		e.lo, _ = strconv.Atoi(m[1])
		e.hi, _ = strconv.Atoi(m[2])
		return e, nil
	}
	if strings.ContainsAny(kind, "|=") {
		e.kind, e.words = "choice", strings.Split(strings.TrimPrefix(kind, "="), "|")
		return e, nil
	}
	switch kind {
	case "":
		e.kind = "word"
	case "word", "rest", "ipv4", "ipv6", "address", "mask", "prefix4", "prefix6", "net4", "net6", "net", "interface":
	default:
		return e, fmt.Errorf("value <%s>: unknown type", text)
	}
	return e, nil
}

// head returns the words that a form begins with.
func (f form) head() []string {
	var out []string
	for _, e := range f {
		if e.word == "" {
			break
		}
		out = append(out, e.word)
	}
	return out
}

// match is a line that was found to have a form.
type match struct {
	values map[string]string
	words  []string
	// upTo is how many words were understood, and wanted what was expected
	// after them, when the line does not have the form.
	upTo   int
	wanted string
	ok     bool
}

// matcher tries a form on the words of a line.
type matcher struct {
	d       *Device
	words   []string
	partial bool
	// greedy takes what may be left out when it is there.
	greedy bool
	values map[string]string
	far    int
	wanted string
}

// match compares a line with a form and its options. A partial match may end
// anywhere after the head of the form.
func (d *Device) match(f form, options []form, hidden map[string]string, words []string, partial bool) match {
	m := &matcher{d: d, words: words, partial: partial, values: map[string]string{}}
	head := len(f.head())
	var tail []string
	out, ok := m.run(f, 0, func(at int) bool {
		if m.partial && at == len(words) {
			return at >= head
		}
		var fine bool
		tail, fine = m.options(options, hidden, at)
		return fine
	})
	if partial && len(words) < head {
		ok = false
	}
	return match{values: m.values, words: append(out, tail...), upTo: m.far, wanted: m.wanted, ok: ok}
}

// run matches the elements of a form from a word on and then what follows. A
// part that may be left out is left out first, so that an option's word is
// never taken for a value.
func (m *matcher) run(f form, at int, then func(int) bool) ([]string, bool) {
	if len(f) == 0 {
		return nil, then(at)
	}
	e := f[0]
	if e.optional != nil {
		first, second := f[1:], slices.Concat(e.optional, f[1:])
		if m.greedy {
			first, second = second, first
		}
		if out, ok := m.run(first, at, then); ok {
			return out, true
		}
		return m.run(second, at, then)
	}
	if at == len(m.words) {
		if m.partial {
			return nil, then(at)
		}
		m.fail(at, e)
		return nil, false
	}
	text, n := m.take(e, at)
	if n == 0 {
		m.fail(at, e)
		return nil, false
	}
	old, had := m.values[e.name]
	if e.name != "" {
		m.values[e.name] = text
	}
	out, ok := m.run(f[1:], at+n, then)
	if !ok {
		if e.name != "" {
			delete(m.values, e.name)
			if had {
				m.values[e.name] = old
			}
		}
		return nil, false
	}
	return append([]string{text}, out...), true
}

func (m *matcher) fail(at int, e element) {
	if at < m.far || m.wanted != "" && at == m.far {
		return
	}
	m.far, m.wanted = at, e.String()
}

// options takes what follows a line: each option once, in any order. What they
// are printed as is in the order of the form, without what is hidden.
func (m *matcher) options(options []form, hidden map[string]string, at int) ([]string, bool) {
	got := make([][]string, len(options))
	set := map[string]string{}
	for at < len(m.words) {
		found := false
		for i, f := range options {
			if got[i] != nil {
				continue
			}
			sub := &matcher{d: m.d, words: m.words, partial: m.partial, greedy: true, values: map[string]string{}}
			end := 0
			out, ok := sub.run(f, at, func(n int) bool { end = n; return true })
			if !ok || len(out) == 0 {
				if sub.far > m.far {
					m.far, m.wanted = sub.far, sub.wanted
				}
				continue
			}
			got[i], at, found = out, end, true
			maps.Copy(set, sub.values)
			if len(sub.values) == 0 {
				set[out[0]] = "yes"
			}
			break
		}
		if !found {
			if at >= m.far {
				m.far, m.wanted = at, "the end of the line"
			}
			return nil, false
		}
	}
	var tail []string
	for i, f := range options {
		if got[i] == nil || f.isHidden(hidden, set) {
			continue
		}
		tail = append(tail, got[i]...)
	}
	for k, v := range set {
		if hidden[k] != v {
			m.values[k] = v
		}
	}
	return tail, true
}

func (f form) isHidden(hidden, set map[string]string) bool {
	for _, e := range f {
		if e.name != "" && hidden[e.name] != "" && hidden[e.name] == set[e.name] {
			return true
		}
	}
	return false
}

// take reads one value or word; it returns its printed form and how many words
// it took, 0 when it is none.
func (m *matcher) take(e element, at int) (string, int) {
	w := m.words[at]
	switch e.kind {
	case "":
		if strings.EqualFold(w, e.word) {
			return e.word, 1
		}
	case "word":
		return w, 1
	case "rest":
		return strings.Join(m.words[at:], " "), len(m.words) - at
	case "number":
		if n, err := strconv.Atoi(w); err == nil && n >= e.lo && n <= e.hi {
			return strconv.Itoa(n), 1
		}
	case "choice":
		for _, c := range e.words {
			if strings.EqualFold(w, c) {
				return c, 1
			}
		}
	case "interface":
		return m.d.Interface.take(m.words[at:])
	default:
		if text, ok := m.d.network(e.kind, w); ok {
			return text, 1
		}
	}
	return "", 0
}

// String says in words what an element stands for.
func (e element) String() string {
	switch e.kind {
	case "":
		return strconv.Quote(e.word)
	case "number":
		return fmt.Sprintf("%s, a number from %d to %d", e.name, e.lo, e.hi)
	case "choice":
		return strings.Join(e.words, " or ")
	}
	return e.name + " (" + e.kind + ")"
}
