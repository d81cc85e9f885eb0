package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/twinpath/twinpath/internal/change"
	"github.com/twinpath/twinpath/internal/plan"
)

// progress shows what happens on several gateways at once: on a terminal one
// line a gateway, with the step and the time that is left of its confirm timer,
// and elsewhere a line for everything that happens.
type progress interface {
	tell(change.Event)
	end()
}

// newProgress returns what suits the stream.
func newProgress(w io.Writer) progress {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
		return &board{pool: mpb.New(mpb.WithOutput(f), mpb.WithRefreshRate(250*time.Millisecond)), rows: map[string]*row{}}
	}
	return &lines{w: w}
}

// lines writes a line for everything that happens.
type lines struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lines) tell(e change.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintln(l.w, eventLine(e))
}

func (l *lines) end() {}

// eventLine writes what happens as a line.
func eventLine(e change.Event) string {
	at := ""
	if e.Step > 0 && e.Ending == "" && !strings.HasPrefix(e.Text, "step ") { // which says it itself
		at = fmt.Sprintf("step %d/%d: ", e.Step, e.Steps)
	}
	return fmt.Sprintf("%s: %s%s", e.Gateway, at, plan.Safe(e.Text))
}

// board is a terminal with a row for every gateway that is worked at. What has
// ended moves up into the text above the rows.
type board struct {
	pool *mpb.Progress

	mu   sync.Mutex
	rows map[string]*row
}

// row is the line of one gateway.
type row struct {
	bar *mpb.Bar

	mu   sync.Mutex
	last change.Event
}

func (b *board) tell(e change.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.rows[e.Gateway]
	if e.Ending != "" {
		if r != nil {
			r.bar.Abort(true)
			delete(b.rows, e.Gateway)
		}
		_, _ = b.pool.Write([]byte(eventLine(e) + "\n")) // It is only shown, and the result follows.
		return
	}
	if r == nil {
		r = &row{last: e}
		r.bar = b.pool.New(1, mpb.NopStyle(), mpb.BarRemoveOnComplete(), mpb.PrependDecorators(decor.Any(func(s decor.Statistics) string {
			text := []rune(r.text(time.Now()))
			return string(text[:min(len(text), max(s.AvailableWidth-1, 0))])
		})))
		b.rows[e.Gateway] = r
	}
	r.set(e)
}

func (b *board) end() {
	b.mu.Lock()
	for _, r := range b.rows {
		r.bar.Abort(true)
	}
	b.mu.Unlock()
	b.pool.Wait()
}

func (r *row) set(e change.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = e
}

// text is the row as it is now.
func (r *row) text(now time.Time) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.last
	text := e.Gateway
	if e.Steps > 0 && !strings.HasPrefix(e.Text, "step ") { // which says it itself
		text += fmt.Sprintf("  step %d/%d", e.Step, e.Steps)
	}
	if left := e.Until.Sub(now); !e.Until.IsZero() {
		text += fmt.Sprintf("  reverts in %d:%02d", max(int(left.Minutes()), 0), max(int(left.Seconds()), 0)%60)
	}
	return text + "  " + plan.Safe(e.Text)
}
