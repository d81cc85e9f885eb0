package plan

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/twinpath/twinpath/internal/conftree"
)

// protected is a prefix that must keep a next hop. A pinned one (the return
// route of the cloud's probe) has only one way, and any route keeps it.
type protected struct {
	table  string
	prefix netip.Prefix
	pinned bool
}

// loss is the first command after which a prefix has no next hop left.
type loss struct {
	command string
	circuit string
	prefix  netip.Prefix
	back    bool
}

// prove replays the commands and their way back. It fails when they do not
// lead where they should, and finds whether a prefix loses its last next hop.
//
// What counts as a next hop that stays: a route that was there when the step
// began and that no command of the step has touched, nor anything that it
// refers to. A new route does not count before the next step, since its
// tracking may not have come up yet.
func (p *planner) prove(g *Gateway) error {
	want := p.protected()
	r := newReplay(p.running)
	maps.Copy(r.absent, p.rendered.absent)
	base := r.carried(want)
	var losses []loss
	out := 0 // How many circuits are out at a time, at most.
	for i := range g.Steps {
		start := r.carried(want)
		l, touched, err := p.replayStep(r, g.Steps[i].Circuit, g.Steps[i].Commands, want, start)
		if err != nil {
			return fmt.Errorf("plan for %s, step %d: %w", g.Gateway, i+1, err)
		}
		out = max(out, p.explain(&g.Steps[i], disturbs(want, start, r.carried(want), touched), want, start))
		losses = append(losses, l...)
	}
	if err := p.arrived(r); err != nil {
		return fmt.Errorf("plan for %s: %w", g.Gateway, err)
	}
	for i := range slices.Backward(g.Steps) {
		start := r.carried(want)
		for k := range start {
			if len(base[k]) == 0 {
				delete(start, k) // Nobody had it before the change.
			}
		}
		l, _, err := p.replayStep(r, g.Steps[i].Circuit, g.Steps[i].Rollback, want, start)
		if err != nil {
			return fmt.Errorf("way back for %s, step %d: %w", g.Gateway, i+1, err)
		}
		for j := range l {
			l[j].back = true
		}
		losses = append(losses, l...)
	}
	before := p.running.paths()
	slices.Sort(before)
	if after := r.paths(); !slices.Equal(before, after) {
		return fmt.Errorf("way back for %s: it does not lead back to the running configuration: %s", g.Gateway, firstDifference(before, after))
	}
	verdict(g, base, losses)
	if all := len(p.in.Device.Circuits); g.Hitless && out > 0 {
		g.HitlessReason += fmt.Sprintf("; at most %d of %d circuits carries nothing at a time", out, all)
	}
	return nil
}

// protected returns the prefixes that must keep a next hop.
func (p *planner) protected() []protected {
	var out []protected
	d := p.in.Device
	for _, gr := range d.Groups {
		out = append(out, protected{gr.VRF, gr.Prefix.Masked(), false})
	}
	for _, r := range d.Pins {
		out = append(out, protected{r.VRF, r.Prefix.Masked(), true})
	}
	for _, pre := range p.in.Protected {
		w := protected{"", pre.Masked(), false}
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// carried returns the routes of each protected prefix, by their ids.
func (r *replay) carried(want []protected) map[protected][]*statement {
	out := map[protected][]*statement{}
	for _, s := range r.list {
		if s.kind == nil || !s.kind.Route {
			continue
		}
		for _, w := range want {
			if w.prefix == s.prefix && w.table == table(s) {
				out[w] = append(out[w], s)
			}
		}
	}
	return out
}

// replayStep replays one step and returns what is lost on the way, and the ids
// of the routes that it may have disturbed.
func (p *planner) replayStep(r *replay, circuit string, lines []string, want []protected, start map[protected][]*statement) (out []loss, touched map[string]bool, err error) {
	touched = map[string]bool{}
	lost := map[protected]bool{}
	look := func(line string) {
		now := r.carried(want)
		for _, w := range want {
			if lost[w] || len(start[w]) == 0 || w.pinned && len(now[w]) > 0 || stays(start[w], now[w], touched) {
				continue
			}
			lost[w] = true
			out = append(out, loss{command: strings.TrimSpace(line), circuit: circuit, prefix: w.prefix})
		}
	}
	last := ""
	err = r.run(lines, func(line string, e event) {
		r.touch(e.s, touched)
		p.touchCircuit(e.s, r, touched)
		last = line
		if !r.rules.Candidate {
			look(line)
		}
	})
	if r.rules.Candidate && last != "" {
		look(last) // All lines take effect at once.
	}
	return out, touched, err
}

// stays reports whether one of the routes is there unchanged and untouched.
func stays(start, now []*statement, touched map[string]bool) bool {
	return slices.ContainsFunc(start, func(s *statement) bool {
		return !touched[s.id] && slices.Contains(now, s)
	})
}

// touch marks the routes that a change of s may disturb: s itself, and those
// that refer to it or to a section it stands in, directly or not.
func (r *replay) touch(s *statement, touched map[string]bool) {
	if s.kind == nil || s.kind.Harmless {
		return
	}
	if s.kind.Route {
		touched[s.id] = true
		return
	}
	refs := map[string]bool{}
	for q := s; q != nil; q = q.parent {
		refs[q.ref] = true
	}
	for grown := true; grown; {
		grown = false
		for _, x := range r.list {
			if x.kind == nil || refs[x.ref] || !slices.ContainsFunc(x.refs, func(ref string) bool { return refs[ref] }) {
				continue
			}
			refs[x.ref], grown = true, true
			if x.kind.Route {
				touched[x.id] = true
			}
		}
	}
}

// touchCircuit marks the routes of the circuit that a change belongs to, where
// lines do not name what they depend on: a route over a next hop of a port whose
// address changes.
func (p *planner) touchCircuit(s *statement, r *replay, touched map[string]bool) {
	if r.rules.syntax.Family != conftree.Braces || s.kind == nil || s.kind.Harmless || s.kind.Route {
		return
	}
	circuit := p.circuit(s)
	if circuit == "" {
		return
	}
	for _, x := range r.list {
		if x.kind != nil && x.kind.Route && p.circuit(x) == circuit {
			touched[x.id] = true
		}
	}
}

// arrived checks that the replayed plan has led to the rendered statements.
func (p *planner) arrived(r *replay) error {
	for _, s := range p.rendered.list {
		if s.kind != nil && s.kind.Keep {
			continue // Systems differ in whether an empty one is there.
		}
		if x := r.byID[s.id]; x == nil || x.same != s.same {
			return fmt.Errorf("the commands do not lead to %q", s.text)
		}
	}
	for _, o := range p.ops {
		if o.action == Remove && r.byID[o.old.id] != nil {
			return fmt.Errorf("the commands do not remove %q", o.old.text)
		}
	}
	return nil
}

// firstDifference names a statement that stands in one list only.
func firstDifference(a, b []string) string {
	for _, s := range a {
		if !slices.Contains(b, s) {
			return fmt.Sprintf("%q is missing", s)
		}
	}
	for _, s := range b {
		if !slices.Contains(a, s) {
			return fmt.Sprintf("%q is left over", s)
		}
	}
	return "a statement stands there twice"
}

// verdict writes the result of the proof.
func verdict(g *Gateway, base map[protected][]*statement, losses []loss) {
	for _, l := range losses {
		if s := l.prefix.String(); !slices.Contains(g.Outage, s) {
			g.Outage = append(g.Outage, s)
		}
	}
	g.Hitless = len(losses) == 0
	switch {
	case !g.Hitless:
		l := losses[0]
		way := "the command"
		if l.back {
			way = "on the way back, the command"
		}
		where := "of what the circuits share"
		if l.circuit != "" {
			where = "of circuit " + l.circuit
		}
		g.HitlessReason = fmt.Sprintf("%s %q, in the step %s, leaves %s without a next hop that is known to work", way, l.command, where, l.prefix)
	case g.Empty():
		g.HitlessReason = "nothing changes"
	case len(base) == 0:
		g.HitlessReason = "no protected prefix has a next hop yet, so none can be lost"
	default:
		g.HitlessReason = fmt.Sprintf("after every command, there and back, each of the %d protected prefixes that have a next hop keeps one that the step does not touch", len(base))
	}
}
