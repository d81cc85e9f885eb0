package changetest

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/twinpath/twinpath/internal/change"
	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/vendor"
)

// Point is a place in a push: just before something is typed or connected.
type Point struct {
	// Step is the step of the plan, from 1; what is before the first belongs to
	// it.
	Step int
	// At is one of Points.
	At string
}

// Points are the places in the order in which a push comes to them; no system
// has all of them. "connect" and "reconnect" are before the connection is made,
// "greet" and "regreet" before the first line on it, "enter" and "entered",
// "review" and "reviewed", "part" and "parted" the first and the next act of
// that kind. "look" is what is looked at before the confirmation, "confirmed"
// after it; "still" is the look at what has become of it.
var Points = []string{
	"connect", "greet", "ready", "read", "need",
	"enter", "entered", "first line", "last line", "review", "reviewed", "commit", "leave", "left",
	"reconnect", "regreet", "reread", "check", "look", "confirm", "confirmed", "part", "parted", "still", "save",
}

// Watch follows a push through its points, by what it types and tells.
type Watch struct {
	// Before is called before what happens at a point, the first time, with the
	// context of the call; it may put another in its place. After is called with
	// the error of it.
	Before func(context.Context, Point) context.Context
	After  func(Point, error)

	b *Bench
	g *plan.Gateway

	mu    sync.Mutex
	step  int
	stage string
	typed int // lines of the step
	seen  []Point
}

// NewWatch watches the push of a plan, from now on.
func NewWatch(b *Bench, g *plan.Gateway) *Watch {
	w := &Watch{b: b, g: g, step: 1, Before: func(ctx context.Context, _ Point) context.Context { return ctx }, After: func(Point, error) {}}
	dial, told := b.Options.Dial, b.OnEvent
	b.Options.Dial = func(ctx context.Context) (change.Session, error) {
		names := []string{"connect", "greet"}
		if w.in("apply") {
			names = []string{"reconnect", "regreet"}
		}
		before, after := w.at(names...)
		s, err := dial(before(ctx))
		after(err)
		if err != nil {
			return nil, err
		}
		return &watched{s, w}, nil
	}
	b.OnEvent = func(e change.Event) {
		w.told(e)
		if told != nil {
			told(e)
		}
	}
	return w
}

// Seen are the points that the push came to.
func (w *Watch) Seen() []Point {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.seen)
}

func (w *Watch) in(stage string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stage == stage
}

// told follows what the push tells.
func (w *Watch) told(e change.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch first, _, _ := strings.Cut(e.Text, " "); first {
	case "step":
		w.step, w.stage, w.typed = e.Step, "apply", 0
	case "checking":
		if w.stage == "apply" {
			w.stage = "check"
		}
	case "confirming", "saving":
		if w.stage != "over" {
			w.stage = "confirm"
		}
	case "taking":
		w.stage = "over"
	}
}

// at returns what is to be called before and after something at points.
func (w *Watch) at(names ...string) (before func(context.Context) context.Context, after func(error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var points []Point
	for _, name := range names {
		p := Point{w.step, name}
		if w.stage == "confirm" && name == "need" {
			p.Step++
		}
		if name != "" && w.stage != "over" && !slices.Contains(w.seen, p) {
			w.seen = append(w.seen, p)
			points = append(points, p)
		}
	}
	before = func(ctx context.Context) context.Context {
		for _, p := range points {
			ctx = w.Before(ctx, p)
		}
		return ctx
	}
	after = func(err error) {
		for _, p := range points {
			w.After(p, err)
		}
	}
	return before, after
}

// second is the name of the acts of a kind after the first.
var second = map[string]string{"enter": "entered", "review": "reviewed", "part": "parted", "leave": "left"}

// act names the point of an act.
func (w *Watch) act(line string) string {
	tx := w.b.Profile.Manage.Session.Change
	var kinds []kind
	switch {
	case w.in(""):
		return "ready"
	case w.in("apply") && !w.has("first line"):
		kinds = []kind{{"enter", tx.Enter}}
	case w.in("apply"):
		kinds = []kind{{"review", tx.Review}, {"commit", tx.Commit}, {"leave", tx.Leave}}
	default:
		if name := w.confirming(tx, line); name != "" {
			return name
		}
		kinds = []kind{{"part", tx.Leave}, {"save", tx.Save}}
	}
	for _, k := range kinds {
		switch i := index(k.acts, line); {
		case i > 0 && second[k.name] != "":
			return second[k.name]
		case i >= 0:
			return k.name
		}
	}
	return ""
}

// kind are the acts of one part of a transaction.
type kind struct {
	name string
	acts []vendor.Act
}

// looks begins what only looks.
var looks = regexp.MustCompile(`^(run )?(show|display) `)

// confirming names the point of an act of the confirmation, or of the look at
// what has become of it.
func (w *Watch) confirming(tx *vendor.Transaction, line string) string {
	t := tx.Timer
	switch {
	case t == nil || index(tx.Confirm, line) < 0 && (t.Pending == nil || t.Pending.Type != line):
		return ""
	case !looks.MatchString(line):
		return "confirm"
	case !w.has("confirm"):
		return "look"
	case !w.has("confirmed"):
		return "confirmed"
	}
	return "still"
}

// has reports whether the step came to a point.
func (w *Watch) has(name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Contains(w.seen, Point{w.step, name})
}

// index returns which of the acts a line is, -1 for none.
func index(acts []vendor.Act, line string) int {
	return slices.IndexFunc(acts, func(a vendor.Act) bool {
		head, _, _ := strings.Cut(a.Type, "{")
		return a.Type == line || head != a.Type && head != "" && strings.HasPrefix(line, head)
	})
}

// watched is a session that a Watch follows.
type watched struct {
	change.Session

	w *Watch
}

// Run is at a point when the configuration is read, or something is checked.
func (s *watched) Run(ctx context.Context, command string) (out string, err error) {
	name := "need"
	switch reading := command == s.w.b.Profile.Manage.Session.Running; {
	case reading && s.w.in(""):
		name = "read"
	case reading && s.w.in("check"):
		name = "reread"
	case reading:
		name = "" // What stands still is one look.
	case s.w.in("check"):
		name = "check"
	}
	before, after := s.w.at(name)
	out, err = s.Session.Run(before(ctx), command)
	after(err)
	return out, err
}

// Line is at a point when the line is a step's first or last.
func (s *watched) Line(ctx context.Context, line string) error {
	s.w.mu.Lock()
	s.w.typed++
	var names []string
	if s.w.typed == 1 {
		names = append(names, "first line")
	}
	if s.w.typed == len(s.w.g.Steps[s.w.step-1].Commands) {
		names = append(names, "last line")
	}
	s.w.mu.Unlock()
	before, after := s.w.at(names...)
	err := s.Session.Line(before(ctx), line)
	after(err)
	return err
}

// Act is at the point of its part of the transaction.
func (s *watched) Act(ctx context.Context, line string) (string, error) {
	before, after := s.w.at(s.w.act(line))
	out, err := s.Session.Act(before(ctx), line)
	after(err)
	return out, err
}

// Load is at the points of the first and the last line.
func (s *watched) Load(ctx context.Context, begin string, ready *regexp.Regexp, lines []string) (string, error) {
	before, after := s.w.at("first line", "last line")
	out, err := s.Session.Load(before(ctx), begin, ready, lines)
	after(err)
	return out, err
}
