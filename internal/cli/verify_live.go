package cli

import (
	"context"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/term"

	"github.com/twinpath/twinpath/internal/report"
)

// frame is what the live view shows now.
type frame string

// screen is the live view: the frame that came last.
type screen struct{ frame frame }

// Init has nothing to begin with.
func (screen) Init() tea.Cmd { return nil }

// Update takes the next frame.
func (s screen) Update(m tea.Msg) (tea.Model, tea.Cmd) {
	if f, ok := m.(frame); ok {
		s.frame = f
	}
	return s, nil
}

// View shows it.
func (s screen) View() tea.View { return tea.NewView(string(s.frame)) }

// terminal returns standard error when a person looks at it, who can be shown
// what moves. Elsewhere there are plain lines.
func (st Streams) terminal() (f *os.File, ok bool) {
	f, ok = st.Err.(*os.File)
	return f, ok && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// showLive shows every second how the intervals close in on the verdict. They are
// confidence sequences: who stops when they look good is wrong no more often
// than the level says, which does not hold for Wilson's intervals.
func (v *verification) showLive(ctx context.Context, out *os.File, r source, start time.Time, window time.Duration) {
	// Signals are the command's own, and nothing is typed.
	p := tea.NewProgram(screen{}, tea.WithOutput(out), tea.WithInput(nil), tea.WithoutSignalHandler(), tea.WithFPS(10))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = p.Run() // without a view the verification goes on and its result is the same
	}()
	for ctx.Err() == nil {
		began := time.Now()
		p.Send(v.frame(out, r, start, window))
		// Looking adds all counts up and must not take the processor from them.
		pause := max(lookEvery, 20*time.Since(began))
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	p.Send(frame("")) // the result takes its place
	p.Quit()
	<-ended
}

func (v *verification) frame(out *os.File, r source, start time.Time, window time.Duration) frame {
	width, _, err := term.GetSize(int(out.Fd()))
	if err != nil || width < 2 {
		width = 80
	}
	l := v.soFar(r, start, window)
	l.Width, l.Color = width, v.st.Color
	return frame(l.String())
}

// soFar is what can be shown of a window that is open.
func (v *verification) soFar(r source, start time.Time, window time.Duration) *report.Live {
	l := &report.Live{So: v.look(r.Stats(), start), Since: time.Since(start), Window: window, Known: len(v.from)}
	l.Heard = len(l.So.Stats.Exporters)
	least, _ := shortest(v.scenario)
	if sound := start.Add(least + v.slack); time.Now().Before(sound) {
		l.Sound = sound
	}
	v.watched = true
	return l
}

// progress says the same every few seconds in a line.
func (v *verification) progress(ctx context.Context, r source, start time.Time, window time.Duration) {
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			v.say("%s", v.soFar(r, start, window).Line())
		}
	}
}
