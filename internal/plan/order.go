package plan

// stage is the work of one step: from one configuration to the next.
type stage struct {
	circuit       string
	ops           []*operation
	before, after *config
}

// stages puts the operations into steps: first what circuits share, then
// circuit by circuit in the scenario's order, and last what circuits shared and
// nobody needs any more. What comes before what within a step is decided when
// its commands are written.
func (p *planner) stages() []stage {
	var out []stage
	now := p.running
	add := func(circuit string, belongs func(*operation) bool) {
		st := stage{circuit: circuit, before: now}
		for _, o := range p.ops {
			if o.circuit == circuit && belongs(o) {
				st.ops = append(st.ops, o)
			}
		}
		if len(st.ops) == 0 {
			return
		}
		st.after = now.with(st.ops, p.rendered.absent)
		p.dangling(st)
		now, out = st.after, append(out, st)
	}
	add("", func(o *operation) bool { return o.action != Remove })
	for _, c := range p.in.Device.Circuits {
		add(c.Name, func(*operation) bool { return true })
	}
	add("", func(o *operation) bool { return o.action == Remove })
	return out
}

// with returns the configuration after operations.
func (c *config) with(ops []*operation, absent map[string][]string) *config {
	gone := map[string]bool{}
	replaced := map[string]*statement{}
	var added []*statement
	for _, o := range ops {
		switch o.action {
		case Remove:
			gone[o.old.id] = true
		case Replace:
			replaced[o.now.id] = o.now
		case Add:
			added = append(added, o.now)
		}
	}
	out := &config{rules: c.rules, byID: make(map[string]*statement, len(c.byID)), verbatim: c.verbatim, absent: map[string][]string{}}
	for _, s := range c.list {
		dies := gone[s.id]
		for q := s.parent; q != nil && !dies; q = q.parent {
			dies = gone[q.id]
		}
		if dies {
			continue
		}
		if now := replaced[s.id]; now != nil {
			now.children = now.children || s.children
			s = now
		}
		out.add(s)
	}
	for _, s := range added {
		out.add(s)
	}
	for _, from := range []map[string][]string{absent, c.absent} {
		for id, lines := range from {
			if out.byID[id] != nil {
				out.absent[id] = lines
			}
		}
	}
	return out
}

// dangling refuses a step after which something refers to what is not there,
// though it was there before or will be.
func (p *planner) dangling(st stage) {
	there := func(c *config) map[string]bool {
		out := map[string]bool{}
		for _, s := range c.list {
			out[s.ref] = true
		}
		return out
	}
	known := there(p.running)
	for ref := range there(p.rendered) {
		known[ref] = true
	}
	now := there(st.after)
	for _, s := range st.after.list {
		for _, ref := range s.refs {
			if known[ref] && !now[ref] {
				p.refuse("%q needs something that another step makes or removes; this cannot be ordered circuit by circuit yet", s.text)
			}
		}
	}
}

// step writes the work of a step as commands, with its way back.
func (p *planner) step(st stage) Step {
	out := Step{Circuit: st.circuit, Needs: []Check{}, Checks: []Check{}, Changes: []Change{}}
	ops, lines := transition(st.before, st.after, forth)
	for _, o := range ops {
		if k := o.statement().kind; k == nil || !k.Keep {
			out.Changes = append(out.Changes, change(p.rules, o))
		}
	}
	out.Commands = lines
	_, out.Rollback = transition(st.after, st.before, back)
	p.watch(&out, stage{circuit: st.circuit, ops: ops, before: st.before, after: st.after})
	return out
}
