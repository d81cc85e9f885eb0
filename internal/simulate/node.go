package simulate

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// node is one statement of a configuration of the family "lines".
type node struct {
	// spec is nil for a statement that nothing is known of.
	spec *Statement
	// off marks a negation that is itself printed.
	off    bool
	values map[string]string
	// text is the line; body is what follows it in a text that is no
	// configuration.
	text, body string
	parent     *node
	children   []*node
	// index finds the known statements below; it is made when it is asked for.
	index map[ident]*node
	// texts are the lines of all children, and of some that are gone; it is made
	// when it is asked for.
	texts map[string]bool
}

// ident tells a statement apart from all others of its section.
type ident struct {
	spec *Statement
	key  string
}

func (n *node) ident() ident { return ident{n.spec, n.key()} }

// same returns the statement in a section that a new one takes the place of.
func same(at, n *node) *node {
	if at.index == nil {
		at.index = map[ident]*node{}
		for _, c := range at.children {
			if c.spec != nil {
				at.index[c.ident()] = c
			}
		}
	}
	return at.index[n.ident()]
}

// mayHave reports whether a section may have one of two lines: looking through
// all that it has for each line that is typed would take the square of the time.
func (n *node) mayHave(a, b string) bool {
	if n.texts == nil {
		n.texts = map[string]bool{}
		for _, c := range n.children {
			n.texts[c.text] = true
		}
	}
	return n.texts[a] || n.texts[b]
}

// key tells the statement apart from others of its form beside it.
func (n *node) key() string {
	var b strings.Builder
	for _, k := range n.spec.Key {
		b.WriteString(strings.ToLower(n.values[k]))
		b.WriteByte(0)
	}
	if n.spec.Twin != "" && n.values[n.spec.Twin] != "" {
		b.WriteByte(1)
	}
	return b.String()
}

// id returns the form of the section, "" at the top or where it is unknown.
func (n *node) id() string {
	if n.spec == nil {
		return ""
	}
	return n.spec.ID
}

// depth returns how many sections a statement stands in.
func (n *node) depth() int {
	d := 0
	for ; n.parent != nil; n = n.parent {
		d++
	}
	return d
}

// top returns the root.
func (n *node) top() *node {
	for n.parent != nil {
		n = n.parent
	}
	return n
}

// walk calls each for every statement below n until it returns false.
func (n *node) walk(each func(*node) bool) bool {
	for _, c := range n.children {
		if !each(c) || !c.walk(each) {
			return false
		}
	}
	return true
}

// clone copies the tree below n.
func (n *node) clone(parent *node) *node {
	c := *n
	c.parent, c.index, c.texts = parent, nil, nil
	c.children = make([]*node, len(n.children))
	for i, child := range n.children {
		c.children[i] = child.clone(&c)
	}
	return &c
}

// remove takes a statement out of the tree.
func (n *node) remove() {
	p := n.parent
	if i := slices.Index(p.children, n); i >= 0 {
		p.children = slices.Delete(p.children, i, i+1)
	}
	if n.spec != nil && p.index[n.ident()] == n {
		delete(p.index, n.ident())
	}
}

// insert puts a statement where the device prints it: after the last one that
// is printed before it. Statements of which no place is known stay where they
// are and are not passed.
func (n *node) insert(c *node) {
	c.parent = n
	at := len(n.children)
	if c.spec != nil && c.spec.rank > 0 {
		for at > 0 && later(n.children[at-1], c) {
			at--
		}
		if at == 0 && len(n.children) > 0 && !later(n.children[0], c) {
			at = len(n.children)
		}
	}
	n.children = slices.Insert(n.children, at, c)
	if n.texts != nil {
		n.texts[c.text] = true
	}
	if c.spec != nil && n.index != nil {
		n.index[c.ident()] = c
	}
}

// later reports whether a is printed after b.
func later(a, b *node) bool {
	if a.spec == nil || a.spec.rank == 0 {
		return false
	}
	if a.spec.place != b.spec.place {
		return a.spec.place > b.spec.place
	}
	if c := compare(a, b); c != 0 {
		return c > 0
	}
	return a.spec.rank > b.spec.rank
}

// compare orders two statements of one place as their form says.
func compare(a, b *node) int {
	switch a.spec.Sort {
	case "":
		return 0
	case "number":
		return cmp.Compare(a.number(), b.number())
	}
	p, q := a.network(), b.network()
	if a.spec.Sort == "length" {
		if c := cmp.Compare(p.Bits(), q.Bits()); c != 0 {
			return c
		}
	}
	if c := p.Addr().Compare(q.Addr()); c != 0 {
		return c
	}
	return cmp.Compare(p.Bits(), q.Bits())
}

// number returns the number that is the key of a statement.
func (n *node) number() int {
	if len(n.spec.Key) == 0 {
		return 0
	}
	v, _ := strconv.Atoi(n.values[n.spec.Key[0]])
	return v
}

// network returns the destination of a route.
func (n *node) network() netip.Prefix {
	if p, err := netip.ParsePrefix(n.values["prefix"]); err == nil {
		return p
	}
	a, err := netip.ParseAddr(n.values["prefix"])
	if err != nil {
		return netip.Prefix{}
	}
	bits, ok := maskLength(n.values["mask"])
	if !ok {
		bits, _ = strconv.Atoi(n.values["length"])
	}
	return netip.PrefixFrom(a, bits)
}

// text prints a configuration.
func (d *Device) text(root *node) string {
	var b strings.Builder
	p := d.Print
	sep := func() {
		if p.Separator != "" {
			b.WriteString(p.Separator + "\n")
		}
	}
	if p.First && len(root.children) > 0 {
		sep()
	}
	for i, c := range root.children {
		d.section(&b, c, "")
		if i+1 == len(root.children) || !together(c, root.children[i+1]) {
			sep()
		}
	}
	if p.Last != "" && len(root.children) > 0 {
		b.WriteString(p.Last + "\n")
	}
	return b.String()
}

// together reports whether no separator stands between two sections.
func together(a, b *node) bool {
	return a.group() != "" && a.group() == b.group()
}

func (n *node) group() string {
	switch {
	case n.spec == nil && len(n.children) > 0:
		return ""
	case n.spec == nil:
		return "other"
	case n.spec.Group != "":
		return n.spec.Group
	case n.spec.Block:
		return ""
	}
	return n.spec.ID
}

func (d *Device) section(b *strings.Builder, n *node, indent string) {
	b.WriteString(indent + n.text + "\n")
	b.WriteString(n.body)
	for _, c := range n.children {
		d.section(b, c, indent+" ")
		if d.Print.Close != "" && c.isBlock() {
			b.WriteString(indent + " " + d.Print.Separator + "\n")
		}
	}
	if d.Print.Close != "" && n.isBlock() {
		b.WriteString(indent + d.Print.Close + "\n")
	}
}

func (n *node) isBlock() bool {
	return len(n.children) > 0 || n.spec != nil && n.spec.Block && !n.off
}
