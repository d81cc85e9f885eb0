package cli

import (
	"context"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/term"

	"github.com/twinpath/twinpath/internal/report"
	"github.com/twinpath/twinpath/internal/split"
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
	v.watched = true
	for ctx.Err() == nil {
		began := time.Now()
		p.Send(v.frame(v.look(r.Stats(), start), out, time.Since(start), window))
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

func (v *verification) frame(so *split.Result, out *os.File, since, window time.Duration) frame {
	width, _, err := term.GetSize(int(out.Fd()))
	if err != nil || width < 2 {
		width = 80
	}
	l := report.Live{
		So: so, Since: since, Window: window, Heard: len(so.Stats.Exporters), Known: len(v.from), Width: width, Color: v.st.Color,
	}
	return frame(l.String())
}
