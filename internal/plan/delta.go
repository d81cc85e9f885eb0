package plan

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/twinpath/twinpath/internal/conftree"
	"github.com/twinpath/twinpath/internal/vendor"
)

// Delta is what turns one configuration into another one.
type Delta struct {
	OS string `json:"os"`
	// Commands are the lines to type in configuration mode, in order.
	Commands []string `json:"commands"`
	Changes  []Change `json:"changes"`
}

// Empty reports whether nothing changes.
func (d *Delta) Empty() bool { return len(d.Commands) == 0 }

// Diff compares two configurations of one system. It knows nothing of circuits:
// it takes the second for the whole of what must be there.
func Diff(p *vendor.Profile, before, after string) (*Delta, error) {
	if p.Manage == nil {
		return nil, fmt.Errorf("%s can be rendered but not compared yet: its profile does not say how statements are keyed and removed", p.Title)
	}
	r := newRules(p)
	var a, b *config
	var errA, errB error
	var wg sync.WaitGroup
	wg.Go(func() { a, errA = read(r, before) })
	b, errB = read(r, after)
	wg.Wait()
	if errA != nil {
		return nil, fmt.Errorf("read the first configuration: %w", errA)
	}
	if errB != nil {
		return nil, fmt.Errorf("read the second configuration: %w", errB)
	}
	out := &Delta{OS: p.ID, Changes: []Change{}}
	ops, lines := transition(a, b, whole)
	for _, o := range ops {
		for sec := o.statement().parent; sec != nil; sec = sec.parent {
			if sec.kind != nil && sec.kind.Opaque != "" {
				return nil, fmt.Errorf("line %d, %q, cannot be compared: %s", sec.line, sec.text, sec.kind.Opaque)
			}
		}
	}
	out.Commands = lines
	for _, o := range ops {
		out.Changes = append(out.Changes, change(r, o))
	}
	return out, nil
}

// purpose is what a change is for.
type purpose int

const (
	// whole compares two whole configurations, forth and back are a step of a
	// plan and its way back. A step leaves on what is switched on for the system.
	whole purpose = iota
	// forth also types what a new section needs beyond its statements (that a
	// port is not shut down).
	forth
	back
)

// transition returns what changes between two configurations of one system, and
// the lines that change it.
func transition(a, b *config, why purpose) ([]*operation, []string) {
	if a.rules.syntax.Family == conftree.Braces {
		return transitionBraces(a, b, why)
	}
	d := newDiffer(a, b)
	d.planned = why != whole
	d.compare()
	w := &writer{rules: a.rules, enter: why == forth, after: b}
	var ops []*operation
	for _, u := range d.sequence() {
		for _, o := range u.lines() {
			ops = append(ops, o)
			if lines := o.listLines(); lines != nil {
				w.several(o.statement(), lines)
			} else if o.action == Remove {
				w.remove(o.old)
			} else {
				w.write(o.now, a.byID[o.now.id] == nil || d.gone[o.now.id] != nil)
			}
		}
		w.section(nil)
	}
	return ops, w.finish()
}

func change(r *rules, o *operation) Change {
	c := Change{Action: o.action, Path: o.statement().path()}
	if o.action == Replace {
		c.Old = o.old.text
	}
	c.Note = note(r, o)
	return c
}

// mark is what stands behind a change of which not everything is certain.
func (c Change) mark() string {
	if c.Note == "" {
		return ""
	}
	return " (unconfirmed)"
}

// unconfirmed explains the marks of changes, after a beginning; "" without any.
func unconfirmed(begin string, changes []Change) string {
	n := 0
	for _, c := range changes {
		if c.Note != "" {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s%d of %d changes rest on a rule that was inferred, not read in a manual or seen on a device: read their commands before they are typed\n", begin, n, len(changes))
}

// note says on what unconfirmed rule a change rests.
func note(r *rules, o *operation) string {
	k := o.statement().kind
	switch {
	case k != nil && k.Unconfirmed:
		return fmt.Sprintf("unconfirmed: how %q is typed and removed was inferred, not read in a manual or seen on a device", k.ID)
	case k == nil && o.action == Remove && r.syntax.Family != conftree.Braces:
		return "unconfirmed: the profile does not know this statement; it is removed by the general form, its line negated"
	}
	return ""
}

// PrintDelta writes what changes for a person at a terminal.
func PrintDelta(w io.Writer, d *Delta, mask func(string) string) error {
	var b strings.Builder
	for _, c := range d.Changes {
		for i := range c.Path {
			c.Path[i] = mask(c.Path[i])
		}
		fmt.Fprintf(&b, "%s %s%s\n", c.Action, strings.Join(c.Path, pathMark), c.mark())
		if c.Old != "" {
			fmt.Fprintf(&b, "  was: %s\n", mask(c.Old))
		}
	}
	b.WriteString(unconfirmed("\n", d.Changes))
	if d.Empty() {
		b.WriteString("nothing to change\n")
	} else {
		fmt.Fprintf(&b, "\n%d commands:\n", len(d.Commands))
		for _, c := range d.Commands {
			text := strings.TrimLeft(c, " ")
			fmt.Fprintf(&b, "  %s%s\n", c[:len(c)-len(text)], mask(text))
		}
	}
	_, err := io.WriteString(w, Safe(b.String()))
	return err
}

// Lands applies commands to a configuration by the profile's own rules and
// reports whether the result is another one; if not, why. It knows only what
// the planner knows, and is no proof of what a system does: that is the
// simulator's.
func Lands(p *vendor.Profile, before, after string, commands []string) (ok bool, why string) {
	r := newRules(p)
	a, err := read(r, before)
	if err != nil {
		return false, err.Error()
	}
	b, err := read(r, after)
	if err != nil {
		return false, err.Error()
	}
	x := newReplay(a)
	maps.Copy(x.absent, b.absent)
	if err := x.run(commands, nil); err != nil {
		return false, err.Error()
	}
	got, want := x.paths(), b.paths()
	slices.Sort(want)
	if r.syntax.Family == conftree.Braces {
		bare := parents(a, b)
		got, want = slices.DeleteFunc(got, bare), slices.DeleteFunc(want, bare)
	}
	if slices.Equal(got, want) {
		return true, ""
	}
	return false, firstDifference(want, got)
}

// IsParent reports whether a line of the family of braces is one under which
// something stands in a configuration.
func IsParent(p *vendor.Profile, config, line string) bool {
	c, err := read(newRules(p), config)
	return err == nil && parents(c)(line)
}

// parents returns whether a line only says that something is there under which
// more stands, or stood: whether a system keeps an empty one is its own matter.
func parents(list ...*config) func(string) bool {
	inner := map[string]bool{}
	for _, c := range list {
		for _, s := range c.list {
			if end := strings.LastIndexByte(s.text, ' '); end > 0 {
				for text := s.text[:end]; text != "" && !inner[text]; text = text[:max(0, strings.LastIndexByte(text, ' '))] {
					inner[text] = true
				}
			}
		}
	}
	return func(text string) bool { return inner[text] }
}
