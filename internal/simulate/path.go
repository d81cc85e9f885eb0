package simulate

import (
	"slices"
	"strings"
)

// word is one word of a configuration of the family "paths": a tree in which
// every statement is a way from the top.
type word struct {
	text     string
	parent   *word
	children []*word
	index    map[string]*word
	// joined is true for a word of which nothing is known and that was printed
	// on one line with the next.
	joined   bool
	inactive bool
	depth    int
	path     *Path
}

// add returns the child of a text; it is made when it is not there.
func (d *Device) add(w *word, text string) *word {
	if c := w.index[text]; c != nil {
		return c
	}
	if w.depth >= maxDepth {
		return w
	}
	c := &word{text: text, parent: w, depth: w.depth + 1}
	c.path = d.known(c)
	at := len(w.children)
	if w.path != nil && len(w.path.Order) > 0 {
		rank := w.path.place(text)
		for at > 0 && w.path.place(w.children[at-1].text) > rank {
			at--
		}
	}
	w.children = slices.Insert(w.children, at, c)
	if w.index == nil {
		w.index = map[string]*word{}
	}
	w.index[text] = c
	return c
}

// place is the rank of a word among those of a section.
func (p *Path) place(text string) int {
	if i, ok := p.rank[text]; ok {
		return i
	}
	return len(p.Order)
}

func (w *word) remove() {
	p := w.parent
	if i := slices.Index(p.children, w); i >= 0 {
		p.children = slices.Delete(p.children, i, i+1)
	}
	delete(p.index, w.text)
}

func (w *word) clone(parent *word) *word {
	c := *w
	c.parent, c.children, c.index = parent, make([]*word, len(w.children)), make(map[string]*word, len(w.children))
	for i, child := range w.children {
		n := child.clone(&c)
		c.children[i], c.index[n.text] = n, n
	}
	return &c
}

// way returns the words from the top.
func (w *word) way() []string {
	var out []string
	for ; w.parent != nil; w = w.parent {
		out = append(out, w.text)
	}
	slices.Reverse(out)
	return out
}

// find returns the word at the end of a way, nil when it is not there.
func (w *word) find(way []string) *word {
	for _, text := range way {
		if w = w.index[text]; w == nil {
			return nil
		}
	}
	return w
}

// known returns what is known of a word, nil for nothing. The pattern of a
// word with a value beside it ends in the value.
func (d *Device) known(w *word) *Path {
	var way []string
	for _, p := range d.Nodes {
		words := p.words
		if len(words) == 0 || w.parent == nil {
			if len(words) == 0 && w.parent == nil {
				return p
			}
			continue
		}
		if p.Kind != "container" {
			words = words[:len(words)-1]
		}
		if last := words[len(words)-1]; last.word != "" && last.word != w.text {
			continue
		}
		if way == nil {
			way = w.way()
		}
		if len(words) > len(way) || len(words) < len(way) && !p.anywhere {
			continue
		}
		tail := way[len(way)-len(words):]
		ok := true
		for i, e := range words {
			if e.word != "" && e.word != tail[i] {
				ok = false
				break
			}
		}
		if ok {
			return p
		}
	}
	return nil
}

func (w *word) kind() string {
	if w.path != nil {
		return w.path.Kind
	}
	if w.joined {
		return "keyed"
	}
	return "container"
}

// value reports whether a word is the value of the one before it.
func (w *word) value() bool {
	return w.parent != nil && w.parent.kind() != "container" && !w.parent.value()
}

// sets yields the configuration as the lines that make it.
func (w *word) sets(out *[]string) {
	if w.parent != nil && len(w.children) == 0 {
		*out = append(*out, "set "+quoted(w.way()))
	}
	if w.inactive {
		defer func(way []string) { *out = append(*out, "deactivate "+quoted(way)) }(w.way())
	}
	for _, c := range w.children {
		c.sets(out)
	}
}

// quoted joins words and quotes those that need it.
func quoted(way []string) string {
	out := make([]string, len(way))
	for i, w := range way {
		out[i] = quote(w)
	}
	return strings.Join(out, " ")
}

func quote(w string) string {
	if w == "" || strings.ContainsAny(w, " \t\"{}[];#()<>|&'\\=") {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(w) + `"`
	}
	return w
}

// braces prints the configuration in sections.
func (w *word) braces(b *strings.Builder) {
	for _, c := range w.children {
		c.print(b, nil, "")
	}
}

// print prints a word after those of its line.
func (w *word) print(b *strings.Builder, before []string, indent string) {
	line := append(slices.Clone(before), quote(w.text))
	if w.inactive {
		line = append([]string{"inactive:"}, line...)
	}
	switch {
	case len(w.children) == 0:
		b.WriteString(indent + strings.Join(line, " ") + ";\n")
	case w.kind() == "list" && !w.value():
		b.WriteString(indent + strings.Join(append(line, w.list()), " ") + ";\n")
	case w.kind() != "container" && !w.value():
		for _, c := range w.children {
			c.print(b, line, indent)
		}
	default:
		if rest := w.inline(); rest != "" {
			b.WriteString(indent + strings.Join(line, " ") + " " + rest + ";\n")
			return
		}
		b.WriteString(indent + strings.Join(line, " ") + " {\n")
		for _, c := range w.children {
			c.print(b, nil, indent+"    ")
		}
		b.WriteString(indent + "}\n")
	}
}

// list prints the values of a list.
func (w *word) list() string {
	values := make([]string, len(w.children))
	for i, c := range w.children {
		values[i] = quote(c.text)
	}
	if len(values) == 1 {
		return values[0]
	}
	return "[ " + strings.Join(values, " ") + " ]"
}

// inline returns the attributes of a section that is printed on one line, ""
// when it is not.
func (w *word) inline() string {
	p := w.path
	if w.value() {
		p = w.parent.path
	}
	if p == nil || p.Line == "" || p.Line != "all" && len(w.children) > 1 || p.Line == "word" && len(w.children[0].children) > 0 {
		return ""
	}
	var parts []string
	for _, c := range w.children {
		parts = append(parts, quote(c.text))
		switch {
		case c.inactive || c.kind() == "container" && len(c.children) > 0:
			return ""
		case c.kind() == "keyed" && (len(c.children) > 1 || len(c.children) == 1 && len(c.children[0].children) > 0):
			return ""
		case len(c.children) > 0:
			parts = append(parts, c.list())
		}
	}
	return strings.Join(parts, " ")
}
