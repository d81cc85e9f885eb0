package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/twinpath/twinpath/internal/conftree"
	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/vendor"
)

// Drill returns the change that fails one circuit of a gateway on purpose. It is
// there to be taken back: its one step relies on every circuit, and when it is
// done, all that belongs to the others must still be up. The gateway must be as
// the scenario has it, no filter of somebody else's may be in the way, and every protected prefix must have a next hop on
// another circuit of the same gateway.
func Drill(in Input, circuit, how string) (*Gateway, error) {
	now, err := Compute(in)
	if err != nil {
		return nil, err
	}
	d := in.Device
	refuse := func(format string, args ...any) (*Gateway, error) {
		return nil, &RefusedError{d.Gateway, []string{fmt.Sprintf(format, args...)}}
	}
	if !now.Empty() {
		return refuse("the gateway is not as the scenario has it, and a drill would measure something else; plan and push first")
	}
	i := slices.IndexFunc(d.Circuits, func(c *intent.Circuit) bool { return c.Name == circuit })
	if i < 0 {
		return refuse("it has no circuit %s", circuit)
	}
	f, known := in.Profile.Manage.Failure(how)
	switch {
	case !known:
		return refuse("how to fail a circuit by %s is not known for %s", how, in.Profile.Title)
	case f.Unsupported != "":
		return refuse("a circuit is not failed by %s on %s: %s", how, in.Profile.Title, f.Unsupported)
	}
	if why := alone(d, d.Circuits[i]); why != "" {
		return refuse("%s", why)
	}
	if why := unnoticed(d.Circuits[i], f); why != "" {
		return refuse("%s", why)
	}
	if why, err := taken(in, f, d.Circuits[i]); err != nil || why != "" {
		return refuse("%s", cmp.Or(why, fmt.Sprint(err)))
	}
	lines := 0
	for _, l := range slices.Backward(f.Lines) {
		if l.Family == "ipv4" && d.Circuits[i].V4 == nil || l.Family == "ipv6" && d.Circuits[i].V6 == nil {
			continue
		}
		if in.Rendered, err = insert(in.Rendered, in.Profile, l, d.Circuits[i].Interface); err != nil {
			return nil, fmt.Errorf("drill on gateway %s: %w", d.Gateway, err)
		}
		lines++
	}
	pl, g, err := compute(in, circuit)
	if err != nil {
		return nil, err
	}
	if len(g.Steps) != 1 || g.Steps[0].Circuit != circuit || only(g.Steps[0].Changes) > lines {
		return refuse("failing circuit %s would change more than its interface", circuit)
	}
	pl.drilled(g, circuit, how)
	return g, nil
}

// alone says why a circuit cannot be failed: something has no other.
func alone(d *intent.Device, c *intent.Circuit) string {
	if len(d.Circuits) < 2 {
		return "its only circuit is " + c.Name + "; the others end on other gateways, whose health a drill does not check yet"
	}
	for _, gr := range d.Groups {
		if !slices.ContainsFunc(gr.Legs, func(r *intent.Route) bool { return r.Circuit != nil && r.Circuit != c }) {
			return fmt.Sprintf("%s leads to %s alone", gr.Prefix, c.Name)
		}
	}
	for _, other := range d.Circuits {
		if other != c && other.Interface == c.Interface {
			return fmt.Sprintf("circuit %s lies on the same interface %s", other.Name, c.Interface)
		}
	}
	return ""
}

// unnoticed says why a circuit is not failed with its port up: what is sent into
// it would be lost for as long as it is held.
func unnoticed(c *intent.Circuit, f vendor.Failure) string {
	if f.How != vendor.FailSilent {
		return ""
	}
	for _, fam := range c.Families() {
		switch {
		case fam.Session != nil && f.BFD != "":
			return fmt.Sprintf("circuit %s is watched by BFD: %s", c.Name, f.BFD)
		case fam.Session == nil && fam.Probe == nil:
			return fmt.Sprintf("nothing watches circuit %s, and all that is sent into it would be lost until the drill ends", c.Name)
		}
	}
	return ""
}

// taken says which statement of the running configuration is in the way of a
// failure.
func taken(in Input, f vendor.Failure, c *intent.Circuit) (string, error) {
	if len(f.Taken) == 0 {
		return "", nil
	}
	running, err := read(newRules(in.Profile), in.Running)
	if err != nil {
		return "", err
	}
	for _, p := range f.TakenBy(c.Interface) {
		for _, s := range running.list {
			if path := strings.Join(s.path(), " "); p.MatchString(path) {
				return fmt.Sprintf("line %d of its running configuration has %q: the drill would disturb a filter that is there, or takes a name that is taken", s.line, path), nil
			}
		}
	}
	return "", nil
}

// only counts the changes that are no empty section.
func only(changes []Change) int {
	n := 0
	for i, c := range changes {
		section := slices.ContainsFunc(changes[i+1:], func(o Change) bool {
			return len(o.Path) > len(c.Path) && slices.Equal(o.Path[:len(c.Path)], c.Path)
		})
		if !section || c.Action != Add {
			n++
		}
	}
	return n
}

// drilled writes what a drill relies on, and what it must leave alone.
func (p *planner) drilled(g *Gateway, circuit, how string) {
	st := &g.Steps[0]
	st.Needs = p.checks(p.running, func(string) bool { return true })
	st.Checks = p.checks(p.running, func(c string) bool { return c != circuit })
	var titles []string
	for _, c := range st.Checks {
		titles = append(titles, c.Title)
	}
	st.Wait = strings.Join(titles, ", ")
	st.While = st.Wait
	st.Effect = fmt.Sprintf("%s carries nothing until the step is taken back (%s): this is a drill", circuit, how)
	g.HitlessReason = "every protected prefix has a next hop on another circuit, which the step does not touch; what is on its way over " + circuit + " when it fails is lost"
	if how == vendor.FailSilent {
		g.HitlessReason += ", and what is sent into it until its tracking notices"
	}
}

// insert puts a line of a failure into its section, right below the line that
// opens it; sections that are not there are made at the top of the text.
func insert(text string, p *vendor.Profile, l vendor.FailureLine, name string) (string, error) {
	tree, err := conftree.Parse(text, Syntax(p))
	if err != nil {
		return "", err
	}
	in, line := l.Fill(name)
	var section *conftree.Node
	below, missing := tree.Top, in
	for len(missing) > 0 {
		i := slices.IndexFunc(below, func(n *conftree.Node) bool { return n.Text == missing[0] })
		if i < 0 {
			break
		}
		section, below, missing = below[i], below[i].Children, missing[1:]
	}
	if section != nil && len(missing) > 0 && p.Syntax != conftree.Braces {
		return "", fmt.Errorf("the rendered configuration has no section %q", strings.Join(in, " "))
	}
	lines := strings.SplitAfter(text, "\n")
	at, indent := 0, ""
	if section != nil {
		head := lines[section.Line-1]
		at, indent = section.Line, head[:len(head)-len(strings.TrimLeft(head, " "))]+" "
	}
	return strings.Join(slices.Insert(lines, at, nested(missing, line, indent, p.Syntax == conftree.Braces)), ""), nil
}

// nested writes a line in sections that are not there yet.
func nested(in []string, line, indent string, braces bool) string {
	open, end := "\n", "\n"
	if braces {
		open, end = " {\n", ";\n"
	}
	if len(in) == 0 {
		return indent + line + end
	}
	out := indent + in[0] + open + nested(in[1:], line, indent+" ", braces)
	if braces {
		out += indent + "}\n"
	}
	return out
}
