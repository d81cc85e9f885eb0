package gateway

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is something that goes wrong.
type Fault struct {
	// Kind is one of Kinds.
	Kind string
	// At is what it happens at: "line" (a line of configuration), "enter",
	// "leave", "commit", "confirm", "abort", "save", "show", "any" (whatever is
	// typed) or "login". N is which one, from 1; 0 is the first.
	At string
	N  int
	// Lines are what the second administrator types, Value the value of a kind
	// that has one.
	Lines []string
	Value string
	// Shut is true when nobody can connect afterwards.
	Shut bool
}

// Kinds are the faults: those that happen at something, then those that hold
// from the beginning.
var Kinds = []string{
	"refuse", "hang", "drop", "drop-after", "reboot", "edit", "late", "ask", "pager",
	"slow", "log", "wrong-key", "no-login", "disk-full", "skew", "down",
}

// events are what a fault may happen at.
var events = []string{"line", "enter", "leave", "commit", "confirm", "abort", "save", "show", "any", "login"}

// constant is how many of the last kinds hold from the beginning.
const constant = 7

// ParseFault reads a fault as it is written on the command line: KIND,
// KIND=VALUE, KIND@EVENT, KIND@EVENT:N or edit@EVENT:N=LINE;LINE.
func ParseFault(text string) (Fault, error) {
	head, value, _ := strings.Cut(text, "=")
	f := Fault{Value: value}
	var at string
	f.Kind, at, _ = strings.Cut(head, "@")
	f.At, at, _ = strings.Cut(at, ":")
	if at != "" {
		n, err := strconv.Atoi(at)
		if err != nil || n < 1 {
			return f, fmt.Errorf("fault %q: %q is no number of a line, from 1", text, at)
		}
		f.N = n
	}
	if f.Kind == "edit" && value != "" {
		f.Lines = strings.Split(value, ";")
	}
	if err := f.check(); err != nil {
		return f, fmt.Errorf("fault %q: %w", text, err)
	}
	return f, nil
}

func (f Fault) check() error {
	i := slices.Index(Kinds, f.Kind)
	switch {
	case i < 0:
		return fmt.Errorf("there is no fault %q; there are %s", f.Kind, strings.Join(Kinds, ", "))
	case i < len(Kinds)-constant && !slices.Contains(events, f.At):
		return fmt.Errorf("%s happens at one of %s, as in %s@line:2", f.Kind, strings.Join(events, ", "), f.Kind)
	case i >= len(Kinds)-constant && f.At != "":
		return fmt.Errorf("%s holds from the beginning and happens at nothing", f.Kind)
	case f.Kind == "edit" && len(f.Lines) == 0:
		return errors.New("edit says what the second administrator types, as in edit@line:2=LINE;LINE")
	case f.Kind == "skew":
		if _, err := time.ParseDuration(f.Value); err != nil {
			return fmt.Errorf("skew is a time, as in skew=-2h: %w", err)
		}
	case f.Kind == "down" && f.Value == "":
		return errors.New("down names a circuit or a next hop, as in down=ec2")
	}
	return nil
}

// struck counts an event and returns the faults that are due.
func (g *Gateway) struck(event string) []Fault {
	g.seen[event]++
	var out []Fault
	for _, f := range g.o.Faults {
		if f.At == event && max(f.N, 1) == g.seen[event] {
			out = append(out, f)
			g.shut = g.shut || f.Shut
		}
	}
	return out
}

// has reports whether a fault holds.
func (g *Gateway) has(kind string) bool {
	return slices.ContainsFunc(g.o.Faults, func(f Fault) bool { return f.Kind == kind })
}

// Set replaces the faults, and begins to count anew.
func (g *Gateway) Set(faults ...Fault) error {
	for _, f := range faults {
		if err := f.check(); err != nil {
			return err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.o.Faults, g.seen, g.shut = faults, map[string]int{}, false
	for _, f := range faults {
		if f.Kind == "down" {
			g.state.setCircuit(g.hops(f.Value), false)
		}
	}
	return nil
}

// Leads reports whether a name is one of the gateway's circuits, or a next hop.
func (g *Gateway) Leads(name string) bool {
	_, err := netip.ParseAddr(name)
	return err == nil || g.o.Circuits[name] != nil
}

// hops returns the next hops of a circuit, or the next hop itself.
func (g *Gateway) hops(name string) []string {
	if hops := g.o.Circuits[name]; hops != nil {
		return hops
	}
	return []string{name}
}

func (g *Gateway) skew() time.Duration {
	for _, f := range g.o.Faults {
		if f.Kind == "skew" {
			d, _ := time.ParseDuration(f.Value) // Checked when it was read.
			return d
		}
	}
	return 0
}
