package simulate

import (
	"fmt"
	"slices"
	"strings"
)

// Result is what a device has after the lines.
type Result struct {
	// Config is the configuration as the device shows it.
	Config string
	// Notes are what the device says that is no refusal, and what it does
	// without saying it.
	Notes []string
	// Uncommitted is true when the last lines were not committed. They were
	// then checked as by a commit, and are in Config.
	Uncommitted bool
}

// RefusalError is a line that the device refuses.
type RefusalError struct {
	// Line is its number, from 1, and Text what it says.
	Line int
	Text string
	// Say is what the device says, or what is wrong.
	Say string
	// Rule is the rule of the data that refused it, "" for a line that the
	// device does not understand.
	Rule, Source, Confidence string
	// Word is the index of the word that is wrong, from 0, and Incomplete is
	// true when the wrong is that nothing follows it, where that is known.
	Word       int
	Incomplete bool
	// Syntax is true when the device points at the word rather than saying
	// what it would not do.
	Syntax bool
}

// Error says which line is refused and why.
func (r *RefusalError) Error() string {
	s := fmt.Sprintf("line %d: %s: refused: %s", r.Line, r.Text, r.Say)
	if r.Rule != "" {
		s += fmt.Sprintf(" [%s]", r.Rule)
	}
	return s + fmt.Sprintf(" (%s: %s)", r.Confidence, r.Source)
}

// Run types the lines of commands, in the configuration mode, at a device that
// has a configuration. The error is a *RefusalError; the result is what the device
// then has, up to the refused line.
func (d *Device) Run(config, commands string) (Result, error) {
	lines := strings.Split(strings.TrimSuffix(commands, "\n"), "\n")
	if d.Family == "paths" {
		return d.runPaths(config, lines)
	}
	s := &session{d: d, root: d.load(config)}
	s.at = s.root
	if d.Session.Candidate {
		s.running = s.root.clone(nil)
	} else {
		s.running = s.root
	}
	var refused error
	for i, line := range lines {
		next := ""
		if i+1 < len(lines) {
			next = lines[i+1]
		}
		if r := s.typed(line, next); r != nil {
			r.Line, r.Text = i+1, strings.TrimSpace(line)
			refused = r
			break
		}
	}
	if r := s.unended(); r != nil {
		r.Line, r.Text = len(lines), strings.TrimSpace(lines[len(lines)-1])
		refused = r
	}
	result := Result{Notes: s.notes, Uncommitted: d.Session.Candidate && s.dirty}
	if refused == nil {
		s.running = s.root
	}
	result.Config = d.text(s.running)
	return result, refused
}

func (d *Device) runPaths(config string, lines []string) (Result, error) {
	s := &pathSession{d: d, root: d.loadPaths(config)}
	s.running = s.root.clone(nil)
	var refused error
	for i, line := range lines {
		if r := s.typed(line); r != nil {
			r.Line, r.Text = i+1, strings.TrimSpace(line)
			refused = r
			break
		}
	}
	result := Result{Notes: s.notes, Uncommitted: s.dirty}
	if refused == nil && s.dirty {
		if r := s.commit(nil); r != nil {
			r.Line, r.Text = len(lines)+1, "commit"
			refused = r
		}
	}
	result.Config = s.running.printed(isSets(config))
	return result, refused
}

// printed prints the configuration in the form in which it was given.
func (w *word) printed(sets bool) string {
	if sets {
		var out []string
		w.sets(&out)
		return strings.Join(append(out, ""), "\n")
	}
	var b strings.Builder
	w.braces(&b)
	return b.String()
}

// Canonical returns what a configuration says, whatever its order, separators
// and spelling: one line for each statement, after the sections that it stands
// in, sorted. Two configurations of which it is equal are the same to the
// device, except for the order of lists in which the order matters.
func (d *Device) Canonical(config string) []string {
	var out []string
	if d.Family == "paths" {
		d.loadPaths(config).sets(&out)
		slices.Sort(out)
		return out
	}
	var walk func(n *node, before string)
	walk = func(n *node, before string) {
		for _, c := range n.children {
			if c.idle() {
				continue
			}
			text := before + c.text + c.body
			out = append(out, text)
			walk(c, text+" / ")
		}
	}
	walk(d.load(config), "")
	slices.Sort(out)
	return out
}

// idle reports whether a statement says nothing: the side of it that a fresh
// device has, or a section that is there whether it says anything or not.
func (n *node) idle() bool {
	if n.spec != nil && (n.off && n.spec.Silent == ShowsUnset || !n.off && n.spec.Silent == ShowsSet) {
		return true
	}
	return n.spec != nil && n.spec.Always != nil && !slices.ContainsFunc(n.children, func(c *node) bool { return !c.idle() }) && n.spec.Always.MatchString(n.values["name"])
}
