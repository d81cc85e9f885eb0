package simulate

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// check refuses what a rule refuses. n is the statement that is typed, old what
// stands in its place, nil for none.
func (s *session) check(on string, n, old *node) *RefusalError {
	for _, r := range s.d.Rules {
		if !r.applies(on, n) {
			continue
		}
		if on == "set" && old != nil && old.text == n.text && old.off == n.off && r.On == "change" {
			continue
		}
		env := &scope{d: s.d, n: n, old: old, numbers: map[string]string{}}
		if env.all(r.If) {
			say := r.Say
			for k, v := range env.numbers {
				say = strings.ReplaceAll(say, "{"+k+"}", v)
			}
			ref := refuse(r.Fact, "%s", env.fill(say))
			ref.Rule = r.ID
			return ref
		}
	}
	return nil
}

// applies reports whether a rule speaks of what is done to a statement.
func (r *Rule) applies(on string, n *node) bool {
	if r.On != on && (r.On != "change" || on == "enter") {
		return false
	}
	if slices.Contains(r.Except, n.id()) {
		return false
	}
	if r.Inside != "" {
		return n.parent != nil && n.parent.id() == r.Inside
	}
	return r.Statement == n.id()
}

// scope is a statement and what can be asked about its surroundings.
type scope struct {
	d      *Device
	n, old *node
	// numbers are what a comparison found.
	numbers map[string]string
}

// get returns a value of the statement, or of the sections around it.
func (e *scope) get(name string) string {
	n := e.n
	for strings.HasPrefix(name, "block.") && n.parent != nil {
		n, name = n.parent, name[len("block."):]
	}
	return n.values[name]
}

func (e *scope) fill(text string) string {
	for k, v := range e.n.values {
		text = strings.ReplaceAll(text, "{"+k+"}", v)
	}
	if e.n.parent != nil {
		for k, v := range e.n.parent.values {
			text = strings.ReplaceAll(text, "{block."+k+"}", v)
		}
	}
	return text
}

func (e *scope) all(list []*Condition) bool {
	for _, c := range list {
		if !e.holds(c) {
			return false
		}
	}
	return true
}

func (e *scope) holds(c *Condition) bool {
	if c.Given != "" && e.get(c.Given) == "" || c.Missing != "" && e.get(c.Missing) != "" {
		return false
	}
	for name, re := range c.Matches {
		if !re.MatchString(e.get(name)) {
			return false
		}
	}
	if c.Greater != nil && !e.greater(c.Greater) {
		return false
	}
	switch c.Check {
	case "host-bits":
		if !hostBits(e.n) {
			return false
		}
	case "overlap":
		if !e.overlap() {
			return false
		}
	}
	if c.Has != "" {
		return len(e.search(c, c.Has)) > 0
	}
	if c.Lacks != "" {
		return len(e.search(c, c.Lacks)) == 0
	}
	return true
}

// search returns the statements that a condition speaks of.
func (e *scope) search(c *Condition, id string) []*node {
	var out []*node
	try := func(n *node) {
		if e.fits(c, id, n) {
			out = append(out, n)
		}
	}
	switch c.Scope {
	case "block":
		if e.n.parent != nil {
			for _, n := range e.n.parent.children {
				try(n)
			}
		}
	case "below":
		for _, n := range e.n.children {
			try(n)
		}
	case "any":
		e.n.top().walk(func(n *node) bool { try(n); return true })
	default:
		for _, n := range e.n.top().children {
			try(n)
		}
	}
	return out
}

func (e *scope) fits(c *Condition, id string, n *node) bool {
	if n.id() != id || n.off || c.Other && (n.parent == e.n.parent || n == e.n || n == e.old) {
		return false
	}
	theirs := &scope{d: e.d, n: n, numbers: e.numbers}
	for their, our := range c.Where {
		if want := e.get(our); want == "" || !strings.EqualFold(theirs.get(their), want) {
			return false
		}
	}
	for their, want := range c.With {
		if !strings.EqualFold(theirs.get(their), want) {
			return false
		}
	}
	return theirs.all(c.Whose)
}

// greater compares two numbers under a section.
func (e *scope) greater(c *Comparison) bool {
	found := e.search(&Condition{Where: c.Where}, c.Of)
	if len(found) == 0 {
		return false
	}
	left, right := c.Left.under(found[0]), c.Right.under(found[0])
	e.numbers["left"], e.numbers["right"] = strconv.Itoa(left), strconv.Itoa(right)
	return left > right
}

func (n Number) under(section *node) int {
	v := n.Default
	for _, c := range section.children {
		if c.id() == n.Statement {
			if got, err := strconv.Atoi(c.values[n.Value]); err == nil {
				v = got
			}
		}
	}
	return v * max(n.Times, 1)
}

// hostBits reports whether a destination has bits set beyond its length.
func hostBits(n *node) bool {
	p := n.network()
	return p.IsValid() && p != p.Masked()
}

// overlap reports whether another interface of the same table has an address
// of the network; the value other is its name.
func (e *scope) overlap() bool {
	p := e.n.interfaceNetwork()
	if !p.IsValid() {
		return false
	}
	table := func(section *node) string {
		for _, c := range section.children {
			if v := c.values["table"]; v != "" {
				return v
			}
		}
		return ""
	}
	found := false
	e.n.top().walk(func(n *node) bool {
		if n.spec == e.n.spec && n.parent != e.n.parent && !n.off &&
			table(n.parent) == table(e.n.parent) && p.Overlaps(n.interfaceNetwork()) {
			found = true
			e.numbers["network"], e.numbers["other"] = p.Masked().Addr().String(), n.parent.values["name"]
		}
		return !found
	})
	return found
}

// interfaceNetwork returns the network of an address of an interface.
func (n *node) interfaceNetwork() netip.Prefix {
	if p, err := netip.ParsePrefix(n.values["address"]); err == nil {
		return p
	}
	a, err := netip.ParseAddr(n.values["address"])
	bits, ok := maskLength(n.values["mask"])
	if err != nil || !ok {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(a, bits)
}

// effects carries out what else a line does.
func (s *session) effects(on string, n *node) {
	for _, e := range s.d.Effects {
		if e.On != on || e.Statement != n.id() {
			continue
		}
		env := &scope{d: s.d, n: n, numbers: map[string]string{}}
		if !env.all(e.If) {
			continue
		}
		if e.Removes != nil {
			for _, gone := range env.search(e.Removes, e.Removes.Has) {
				if gone == n {
					continue
				}
				s.leave(gone)
				gone.remove()
				s.note(e.Say, env)
			}
		}
		if e.Strips != nil {
			for _, less := range env.search(e.Strips, e.Strips.Has) {
				delete(less.values, e.Value)
				less.parent.index = nil
				less.text = strings.Join(s.d.printed(less.spec, less.values), " ")
				s.note(e.Say, env)
			}
		}
		if e.Adds != "" {
			if spec, m := s.d.find(n, strings.Fields(e.Adds)); spec != nil {
				c := &node{spec: spec, values: m.values, text: e.Adds, parent: n}
				if same(n, c) == nil {
					n.insert(c)
				}
			}
		}
	}
}

func (s *session) note(say string, env *scope) {
	if say != "" {
		s.notes = append(s.notes, env.fill(say))
	}
}
