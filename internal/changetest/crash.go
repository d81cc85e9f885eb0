package changetest

import (
	"context"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twinpath/twinpath/internal/change"
)

// Crash ends a push as the death of its machine does: at one of the lines that
// it types, nothing is typed any more, the connections end, and no deferred work
// of the push is done but for what the runtime needs.
type Crash struct {
	// At is the number of the line, from 1; 0: never. After is true when the
	// gateway has got the line and answered it.
	At    int
	After bool

	mu    sync.Mutex
	typed []Typed
	open  []change.Session
	dead  bool
}

// Typed is a line that a push typed, and what for.
type Typed struct {
	Line string
	// How is "look" for a command, "line" for a line of configuration, "act" for
	// what moves between modes, commits, confirms or saves.
	How string
}

// Typed are the lines that were typed, in their order.
func (c *Crash) Typed() []Typed {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.typed)
}

// Points are the numbers of the lines at which a crash tells something new:
// every act, and the first and the last of a row of others.
func (c *Crash) Points() []int {
	var out []int
	typed := c.Typed()
	for i, t := range typed {
		first := i == 0 || typed[i-1].How != t.How
		last := i+1 == len(typed) || typed[i+1].How != t.How
		if t.How == "act" || first || last && t.How == "line" {
			out = append(out, i+1)
		}
	}
	return out
}

// Dead reports whether the crash has happened.
func (c *Crash) Dead() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dead
}

// Strike makes the pushes of a bench die; the result brings them back to life.
func (c *Crash) Strike(b *Bench) (heal func()) {
	dial, now := b.Options.Dial, b.Options.Now
	b.Options.Dial = c.dial(dial)
	b.Options.Now = func() time.Time {
		c.alive()
		return now()
	}
	return func() { b.Options.Dial, b.Options.Now = dial, now }
}

// dial wraps how sessions are opened.
func (c *Crash) dial(dial func(context.Context) (change.Session, error)) func(context.Context) (change.Session, error) {
	return func(ctx context.Context) (change.Session, error) {
		c.alive()
		s, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		c.mu.Lock()
		c.open = append(c.open, s)
		c.mu.Unlock()
		return &mortal{Session: s, c: c}, nil
	}
}

// Kill is the crash, here and now, for the goroutine that calls it.
func (c *Crash) Kill() {
	c.mu.Lock()
	c.dead = true
	for _, s := range c.open {
		_ = s.Close() // The machine is gone, and its connections with it.
	}
	c.mu.Unlock()
	runtime.Goexit()
}

// alive ends the goroutine of a push that is dead.
func (c *Crash) alive() {
	if c.Dead() {
		runtime.Goexit()
	}
}

// line counts a line that is typed by f.
func (c *Crash) line(how, text string, f func()) {
	c.alive()
	c.mu.Lock()
	c.typed = append(c.typed, Typed{text, how})
	due := len(c.typed) == c.At
	c.mu.Unlock()
	if !due || c.After {
		f()
	}
	if due {
		c.Kill()
	}
}

// mortal is a session that dies with the push.
type mortal struct {
	change.Session

	c *Crash
}

// Run is a command.
func (m *mortal) Run(ctx context.Context, command string) (out string, err error) {
	m.c.line("look", command, func() { out, err = m.Session.Run(ctx, command) })
	return out, err
}

// Line is a line of configuration.
func (m *mortal) Line(ctx context.Context, line string) (err error) {
	m.c.line("line", line, func() { err = m.Session.Line(ctx, line) })
	return err
}

// Act is what moves, commits, confirms or saves.
func (m *mortal) Act(ctx context.Context, line string) (out string, err error) {
	how := "act"
	if verb, _, _ := strings.Cut(line, " "); verb == "show" || verb == "display" {
		how = "look"
	}
	m.c.line(how, line, func() { out, err = m.Session.Act(ctx, line) })
	return out, err
}

// Load hands lines over.
func (m *mortal) Load(ctx context.Context, begin string, ready *regexp.Regexp, lines []string) (out string, err error) {
	m.c.line("line", begin, func() { out, err = m.Session.Load(ctx, begin, ready, lines) })
	return out, err
}
