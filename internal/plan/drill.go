package plan

import (
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
// the scenario has it, and every protected prefix must have a next hop on
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
	if in.Rendered, err = insert(in.Rendered, in.Profile, f, d.Circuits[i].Interface); err != nil {
		return nil, fmt.Errorf("drill on gateway %s: %w", d.Gateway, err)
	}
	pl, g, err := compute(in)
	if err != nil {
		return nil, err
	}
	if len(g.Steps) != 1 || g.Steps[0].Circuit != circuit || len(g.Steps[0].Changes) != 1 {
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
}

// insert puts the line of a failure into the section of an interface, right
// below the line that opens it.
func insert(text string, p *vendor.Profile, f vendor.Failure, name string) (string, error) {
	tree, err := conftree.Parse(text, Syntax(p))
	if err != nil {
		return "", err
	}
	in, line := f.Fill(name)
	var section *conftree.Node
	below := tree.Top
	for _, want := range in {
		i := slices.IndexFunc(below, func(n *conftree.Node) bool { return n.Text == want })
		if i < 0 {
			return "", fmt.Errorf("the rendered configuration has no section %q", strings.Join(in, " "))
		}
		section, below = below[i], below[i].Children
	}
	lines := strings.SplitAfter(text, "\n")
	head := lines[section.Line-1]
	indent := head[:len(head)-len(strings.TrimLeft(head, " "))] + " "
	end := "\n"
	if p.Syntax == conftree.Braces {
		end = ";\n"
	}
	return strings.Join(slices.Insert(lines, section.Line, indent+line+end), ""), nil
}
