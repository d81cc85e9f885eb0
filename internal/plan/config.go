package plan

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
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
	// same is text in the form in which two are compared.
	same   string
	line   int
	parent *statement
	// children says that something stands under it.
	children bool
	// body marks a line of a verbatim text.
	body bool
	// members are the numbers of a list, nil for what is none.
	members []int
	// groups are its own values.
	groups vendor.Groups
	// prefix is that of a route, and refs are the statements that it refers to.
	prefix netip.Prefix
	refs   []string
	// ends are, for the family of braces, the lengths of the parts of text
	// behind which a delete may end.
	ends []int
}

// config is a configuration as a set of statements, in the order of the text.
type config struct {
	rules *rules
	list  []*statement
	byID  map[string]*statement
	// verbatim are the statements under which a verbatim text stands.
	verbatim map[string]bool
	// absent are the lines of a section that say that something unwanted is not
	// there, where the system prints them: it is there by default.
	absent map[string][]string
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
func read(r *rules, text string) (*config, error) {
	tree, err := conftree.Parse(text, r.syntax)
	if err != nil {
		return nil, err
	}
	size := strings.Count(text, "\n")
	c := &config{rules: r, list: make([]*statement, 0, size), byID: make(map[string]*statement, size), verbatim: map[string]bool{}, absent: map[string][]string{}}
	if r.syntax.Family == conftree.Braces {
		return c, c.readBraces(tree)
	}
	// By number of the line; all statements in one piece, which spares the
	// garbage collector thousands.
	made, pool := make([]*statement, size+2), make([]statement, size+1)
	seen := map[string]int{}
	for n := range tree.Lines() {
		text := n.Text
		if n.Kind == conftree.Statement {
			text = r.normalised(text)
		}
		var parent *statement
		if n.Parent != nil {
			parent = made[n.Parent.Line]
		}
		s := &pool[0]
		pool = pool[1:]
		s.set(r, parent, text)
		s.line, s.body = n.Line, n.Kind == conftree.Body
		made[n.Line] = s
		if s.kind != nil && s.kind.Remove == s.text {
			if s.parent != nil && s.kind.Unwanted {
				c.absent[s.parent.id] = append(c.absent[s.parent.id], s.text)
			}
			continue // It says that the statement is not there.
		}
		if s.parent != nil {
			s.parent.children = true
		}
		if first := c.byID[s.id]; first != nil && first.same == s.same && !s.body {
			made[n.Line] = first // The section is opened a second time, or the line stands there twice.
			continue
		} else if first != nil && first.members != nil && s.members != nil {
			first.setMembers(join(first.members, s.members))
			continue
		} else if first != nil {
			// Two statements of one key: both are kept, the first is the one
			// that is compared.
			seen[s.id]++
			s.id = fmt.Sprintf("%s\x00again %d", s.id, seen[s.id])
		}
		if s.body {
			c.verbatim[s.parent.id] = true
		}
		c.add(s)
	}
	c.dropImplied()
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
func newStatement(r *rules, parent *statement, text string) *statement {
	s := &statement{}
	s.set(r, parent, text)
	return s
}

// set makes s the statement of a line.
func (s *statement) set(r *rules, parent *statement, text string) {
	s.text, s.same, s.parent = text, sameAddresses(text), parent
	text = s.same
	section := ""
	if parent != nil {
		section = parent.id + "\x00"
	}
	s.kind, s.groups = r.kindOf(parent, text)
	if s.kind == nil {
		// What says that a statement is not there takes its place.
		word := text
		if r.Negate != "" {
			word = strings.TrimPrefix(text, r.Negate+" ")
		}
		s.id = section + "?" + word
		return
	}
	s.ref = reference(s.kind, s.groups)
	s.id = section + s.ref
	if s.kind.List != nil {
		if numbers, ok := s.kind.List.Parse(s.groups.Get(s.kind.List.Group)); ok {
			s.setMembers(numbers)
		}
	}
	if s.kind.Route {
		s.prefix = prefixOf(s.groups)
	}
	s.refs = references(r, s)
}

// sameAddresses writes the IPv6 addresses of a line in one way: systems differ in
// the case of their letters and in what they leave out.
func sameAddresses(text string) string {
	if strings.Count(text, ":") < 2 {
		return text
	}
	words := strings.Split(text, " ")
	for i, w := range words {
		if strings.Count(w, ":") >= 2 {
			words[i] = word(w)
		}
	}
	return strings.Join(words, " ")
}

// removal returns the line that removes the statement, "" when it is not known.
func (s *statement) removal(r *rules) string {
	if s.kind == nil || s.kind.Remove == "" {
		return r.removalOf(s.text)
	}
	if strings.IndexByte(s.kind.Remove, '{') < 0 {
		return s.kind.Remove
	}
	values := s.values()
	values["line"] = s.text
	out := vendor.Fill(s.kind.Remove, values)
	if strings.IndexByte(out, '{') >= 0 {
		out = empty.ReplaceAllString(out, "")
	}
	return strings.Join(strings.Fields(out), " ")
}

// empty finds the parts of a form that no value was filled into.
var empty = regexp.MustCompile(`\{[a-z_]+\}`)

// value returns a group of the statement or of a section that it stands in.
func (s *statement) value(name string) string {
	for q := s; q != nil; q = q.parent {
		if v := q.groups.Get(name); v != "" {
			return v
		}
	}
	return ""
}

// values returns all groups of the statement and of its sections.
func (s *statement) values() map[string]string {
	out := map[string]string{}
	for _, q := range append(s.sections(), s) {
		maps.Insert(out, q.groups.All())
	}
	return out
}

// reference names a statement by its kind and key; "" when a key group is
// empty in groups and the kind has a key.
func reference(k *vendor.Kind, groups vendor.Groups) string {
	if len(k.Key) == 0 {
		return k.ID
	}
	parts := make([]string, 0, 8)
	parts = append(parts, k.ID)
	for _, g := range k.Key {
		parts = append(parts, groups.Get(g))
	}
	return strings.Join(parts, "\x00=")
}

// isSection reports whether statements stand, or can stand, under s.
func (s *statement) isSection() bool { return s.kind != nil && s.kind.Leave != "" || s.children }

// leave returns the line that leaves the section.
func (s *statement) leave(r *rules) string {
	if s.kind != nil && s.kind.Leave != "" {
		return s.kind.Leave
	}
	return r.LeaveLine
}

// sections returns the sections that s stands in, outermost first.
func (s *statement) sections() []*statement {
	n := 0
	for p := s.parent; p != nil; p = p.parent {
		n++
	}
	out := make([]*statement, n)
	for p := s.parent; p != nil; p = p.parent {
		n--
		out[n] = p
	}
	return out
}

// top returns the section at the top that s stands in, or s.
func (s *statement) top() *statement {
	for s.parent != nil {
		s = s.parent
	}
	return s
}

// path returns the text of the sections and of the statement.
func (s *statement) path() []string {
	var out []string
	for _, p := range s.sections() {
		out = append(out, p.text)
	}
	return append(out, s.text)
}

// under reports whether s stands under a statement of an id, at whatever depth.
func (s *statement) under(id string) bool {
	for q := s.parent; q != nil; q = q.parent {
		if q.id == id {
			return true
		}
	}
	return false
}

// references returns the references of a statement that have a value.
func references(r *rules, s *statement) []string {
	var out []string
	for _, id := range s.kind.Refers {
		k := r.Kind(id)
		named := true
		for _, g := range k.Key {
			named = named && s.groups.Get(g) != ""
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
	c, err := read(newRules(p), text)
	if err != nil {
		return nil, err
	}
	return c.paths(), nil
}

// pathMark separates the parts of a path in a string.
const pathMark = " > "

func (c *config) paths() []string {
	var out []string
	sections := c.inUse()
	for _, s := range c.list {
		if len(c.rules.Grammar.Shared) > 0 && vendor.Matches(c.rules.Grammar.Shared, s.text) {
			continue // Nothing stands in it, so it says nothing.
		}
		if s.kind == nil || !s.kind.Keep && !c.implied(s, sections) {
			out = append(out, strings.Join(s.path(), pathMark))
		}
	}
	return out
}
