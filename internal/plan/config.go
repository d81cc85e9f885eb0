package plan

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/twinpath/twinpath/internal/conftree"
	"github.com/twinpath/twinpath/internal/vendor"
)

// statement is one statement of a configuration, known by its key.
type statement struct {
	// kind is nil for a statement that the profile does not know.
	kind *vendor.Kind
	// id tells it apart from all others, section included; ref is what a
	// reference to it leads to, whatever section it stands in.
	id, ref string
	text    string
	line    int
	parent  *statement
	// groups are its own values, values those and its sections'.
	groups, values map[string]string
	// removal is the line that removes it, prefix that of a route, and refs
	// are the statements that it refers to.
	removal string
	prefix  netip.Prefix
	refs    []string
}

// config is a configuration as a set of statements, in the order of the text.
type config struct {
	list []*statement
	byID map[string]*statement
}

// Syntax returns how a system's configuration is read.
func Syntax(p *vendor.Profile) conftree.Syntax {
	s := conftree.Syntax{Family: p.Syntax}
	if m := p.Manage; m != nil {
		s.Noise, s.Leave, s.Verbatim = m.Noise, m.Leave, m.Verbatim
	}
	return s
}

// read makes the set of statements of a text.
func read(p *vendor.Profile, text string) (*config, error) {
	tree, err := conftree.Parse(text, Syntax(p))
	if err != nil {
		return nil, err
	}
	c := &config{byID: map[string]*statement{}}
	made := map[*conftree.Node]*statement{}
	seen := map[string]int{}
	for n := range tree.Lines() {
		s := newStatement(p.Manage, made[n.Parent], n.Text)
		s.line = n.Line
		made[n] = s
		if s.removal == s.text {
			continue // It says that the statement is not there.
		}
		if first := c.byID[s.id]; first != nil && s.isSection() && first.text == s.text {
			made[n] = first // The section is opened a second time.
			continue
		} else if first != nil {
			// The same statement twice: both are kept, the first is the one
			// that is compared.
			seen[s.id]++
			s.id = fmt.Sprintf("%s\x00again %d", s.id, seen[s.id])
		}
		c.add(s)
	}
	return c, nil
}

func (c *config) add(s *statement) {
	c.list = append(c.list, s)
	c.byID[s.id] = s
}

// sortLike puts the statements into the order of another configuration, which
// has each section before what stands in it. What is not there stays behind
// the statement that it followed.
func (c *config) sortLike(order *config) {
	place := make(map[string]int, len(order.list))
	for i, s := range order.list {
		place[s.id] = i
	}
	at := make(map[*statement]int, len(c.list))
	last := 0
	for _, s := range c.list {
		if i, ok := place[s.id]; ok {
			last = i
		}
		at[s] = last
	}
	slices.SortStableFunc(c.list, func(a, b *statement) int { return cmp.Compare(at[a], at[b]) })
}

// newStatement makes the statement of a line in a section, nil for the top.
func newStatement(m *vendor.Manage, parent *statement, text string) *statement {
	s := &statement{text: text, parent: parent, values: map[string]string{}}
	section := ""
	if parent != nil {
		section = parent.id + "\x00"
		maps.Copy(s.values, parent.values)
	}
	s.kind, s.groups = kindOf(m, parent, text)
	maps.Copy(s.values, s.groups)
	s.values["line"] = text
	if s.kind == nil {
		s.id = section + "?" + text
		return s
	}
	s.ref = reference(s.kind, s.groups)
	s.id = section + s.ref
	s.removal = vendor.Fill(s.kind.Remove, s.values)
	if s.kind.Route {
		s.prefix = prefixOf(s.groups)
	}
	s.refs = references(m, s)
	return s
}

// reference names a statement by its kind and key; "" when a key group is
// empty in groups and the kind has a key.
func reference(k *vendor.Kind, groups map[string]string) string {
	var b strings.Builder
	b.WriteString(k.ID)
	for _, g := range k.Key {
		b.WriteString("\x00=" + groups[g])
	}
	return b.String()
}

// kindOf finds the kind of a line in a section.
func kindOf(m *vendor.Manage, parent *statement, text string) (*vendor.Kind, map[string]string) {
	if m == nil || parent != nil && parent.kind == nil {
		return nil, nil
	}
	for _, k := range m.Kinds {
		in := k.Top
		if parent != nil {
			in = slices.Contains(k.In, parent.kind.ID)
		}
		if !in {
			continue
		}
		if g := k.Groups(text); g != nil {
			return k, g
		}
	}
	return nil, nil
}

// isSection reports whether statements stand under s.
func (s *statement) isSection() bool { return s.kind != nil && s.kind.Leave != "" }

// sections returns the sections that s stands in, outermost first.
func (s *statement) sections() []*statement {
	var out []*statement
	for p := s.parent; p != nil; p = p.parent {
		out = append([]*statement{p}, out...)
	}
	return out
}

// path returns the text of the sections and of the statement.
func (s *statement) path() []string {
	var out []string
	for _, p := range s.sections() {
		out = append(out, p.text)
	}
	return append(out, s.text)
}

// under reports whether s stands under p, at whatever depth.
func (s *statement) under(p *statement) bool {
	for q := s.parent; q != nil; q = q.parent {
		if q == p {
			return true
		}
	}
	return false
}

// references returns the references of a statement that have a value.
func references(m *vendor.Manage, s *statement) []string {
	var out []string
	for _, id := range s.kind.Refers {
		k := m.Kind(id)
		named := true
		for _, g := range k.Key {
			named = named && s.groups[g] != ""
		}
		if named {
			out = append(out, reference(k, s.groups))
		}
	}
	return out
}

// Paths returns every statement of a configuration with the sections it stands
// in, one string each, in the order of the text. Sections that are kept are
// left out: what stands in them names them, and systems differ in whether they
// print empty ones.
func Paths(p *vendor.Profile, text string) ([]string, error) {
	c, err := read(p, text)
	if err != nil {
		return nil, err
	}
	return c.paths(), nil
}

// pathMark separates the parts of a path in a string.
const pathMark = " > "

func (c *config) paths() []string {
	var out []string
	for _, s := range c.list {
		if s.kind == nil || !s.kind.Keep {
			out = append(out, strings.Join(s.path(), pathMark))
		}
	}
	return out
}
