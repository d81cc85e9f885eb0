package gateway

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/twinpath/twinpath/internal/simulate"
)

// shell is one person who is logged in.
type shell struct {
	g      *Gateway
	user   string
	id     int
	since  time.Time
	screen *screen
	mode   string
	editor *simulate.Editor
	// candidate is the person's own, where each has one, or asked for one.
	candidate *simulate.Config
	origin    string // what it was when it was taken
	base      int    // changes of the running configuration then
	private   bool
	exclusive bool
	begin     string // what stands on the next command line already
	over      bool
}

func newShell(g *Gateway, user string, sc *screen) *shell {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sessions++
	s := &shell{g: g, user: user, id: g.sessions, since: g.now(), screen: sc, mode: modeExec}
	sc.log = g.record(user)
	g.shells = append(g.shells, s)
	return s
}

// run is the dialogue, until the connection ends.
func (s *shell) run() {
	defer s.end()
	s.screen.write(s.locked(s.g.terminal.Greeting) + s.prompt())
	for !s.over {
		text, stop, err := s.screen.line(s.begin)
		if err != nil {
			return
		}
		s.begin = ""
		if stop == keyInterrupt {
			s.screen.write("^C\n" + s.prompt())
			continue
		}
		if stop == keyEnd || stop == keyLeave {
			text = s.control(stop)
		}
		if d := s.g.o.Reply; d > 0 {
			time.Sleep(d)
		}
		s.screen.write("\n")
		if !s.typed(text) || s.over {
			return
		}
		s.screen.write(s.prompt() + s.begin)
	}
}

// control is the line that a key of control stands for.
func (s *shell) control(key byte) string {
	leave := s.g.device.Session.Leave
	if key == keyLeave && s.mode == modeConfiguration && len(leave) > 0 {
		return leave[0]
	}
	if key == keyEnd && s.mode == modeExec {
		return "exit"
	}
	return ""
}

// end takes the person off the list. What belongs to the connection goes with
// it; the rest stays.
func (s *shell) end() {
	_ = s.screen.ch.Close() // The client may be gone already.
	s.screen.hangUp()
	g := s.g
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shells = slices.DeleteFunc(g.shells, func(o *shell) bool { return o == s })
	if g.lock == s {
		g.lock = nil
		g.shared.Replace(g.running)
	}
}

// locked renders a text while nothing changes.
func (s *shell) locked(t *template.Template) string {
	s.g.mu.Lock()
	defer s.g.mu.Unlock()
	return s.render(t, nil)
}

func (s *shell) prompt() string { return s.locked(s.g.terminal.Prompts[s.mode]) }

// render fills in a text of the data. A mistake in one shows, as text that no
// device prints.
func (s *shell) render(t *template.Template, args map[string]string) string {
	if t == nil {
		return ""
	}
	var b bytes.Buffer
	if err := t.Execute(&b, &view{s: s, Args: args}); err != nil {
		return "simulation: " + err.Error() + "\n"
	}
	return b.String()
}

// typed carries out a line and shows the reply. It returns false when the
// connection has ended.
func (s *shell) typed(text string) bool {
	line := strings.TrimSpace(text)
	if line == "" && (s.editor == nil || !s.editor.Reading()) {
		return true
	}
	is := s.find(line)
	event := "line"
	switch {
	case is.command != nil:
		event = acts[is.command.Do].event
	case s.mode == modeExec:
		event = "show"
	}
	s.g.mu.Lock()
	faults := append(s.g.struck(event), s.g.struck("any")...)
	s.g.mu.Unlock()
	var late, refused, paged bool
	for _, f := range faults {
		switch f.Kind {
		case "drop":
			s.screen.hangUp()
			return false
		case "hang", "ask":
			if f.Kind == "ask" {
				s.screen.write(strange)
			}
			s.wait()
			return false
		case "refuse":
			refused = true
		case "late":
			late = true
		case "pager":
			paged = s.g.terminal.Pager.More != ""
		case "edit":
			s.g.mu.Lock()
			_ = s.g.typeLines(f.Lines) // What the device refuses it refuses.
			s.g.mu.Unlock()
		}
	}
	var reply string
	ok := true
	switch {
	case refused:
		reply = s.refusal(text, &simulate.RefusalError{Syntax: true})
	case is.command != nil:
		reply, ok = s.act(is.command, is.args)
	case is.wrong == nil:
		reply, ok = s.configure(text)
	default:
		reply = s.refusal(text, is.wrong)
	}
	if !ok || !s.aftermath(faults) {
		return false
	}
	return s.show(s.filter(reply, is.pipes), late, paged)
}

// strange is a question that no system asks.
const strange = "Is that what you want? [yes/no]: "

// fewLines is how high a screen is on which every output is held.
const fewLines = 3

// aftermath is what a fault does once the line has taken effect.
func (s *shell) aftermath(faults []Fault) bool {
	for _, f := range faults {
		switch f.Kind {
		case "drop-after":
			s.screen.hangUp()
			return false
		case "reboot":
			s.g.Reboot()
			return false
		}
	}
	return true
}

// wait says nothing more until the client has gone.
func (s *shell) wait() {
	for {
		if _, err := s.screen.key(); err != nil {
			return
		}
	}
}

// show writes a reply, with what falls into the middle of it.
func (s *shell) show(reply string, late, paged bool) bool {
	if late {
		s.screen.write(s.prompt())
		time.Sleep(lateBy)
		s.screen.write("\n" + reply)
		return true
	}
	if s.g.has("log") && s.g.terminal.Messages["log"] != nil {
		message := s.locked(s.g.terminal.Messages["log"].Text)
		half := strings.Index(reply[len(reply)/2:], "\n") + len(reply)/2 + 1
		reply = reply[:half] + message + reply[half:]
	}
	lines := s.screen.lines
	if paged {
		lines = fewLines
	}
	return s.screen.page(reply, lines) == nil
}

// lateBy is how long after the prompt a late reply comes.
const lateBy = 10 * time.Millisecond

// found is what a line is: a command with its values and what follows "|", or a
// line of configuration, or neither, and then why.
type found struct {
	command *Command
	args    map[string]string
	pipes   []string
	wrong   *simulate.RefusalError
}

// find returns what a line is. What follows "|" may be part of the command too.
func (s *shell) find(line string) found {
	if s.editor != nil && s.editor.Reading() {
		return found{}
	}
	mode := s.mode
	if rest, ok := strings.CutPrefix(line, s.g.terminal.Outside+" "); ok && mode == modeConfiguration && s.g.terminal.Outside != "" {
		mode, line = modeExec, rest
	}
	best := &simulate.RefusalError{Syntax: true}
	parts := strings.Split(line, " | ")
	for n := len(parts); n > 0; n-- {
		words := strings.Fields(strings.Join(parts[:n], " | "))
		c, values, far := s.command(mode, words)
		if c == nil {
			best.Word, best.Incomplete = max(best.Word, far), n == 1 && far >= len(words)
			continue
		}
		if !s.pipes(parts[n:]) {
			return found{wrong: &simulate.RefusalError{Syntax: true, Word: len(words) + 1}}
		}
		return found{command: c, args: values, pipes: parts[n:]}
	}
	if mode == modeConfiguration {
		// The words may begin a statement, which the configuration decides.
		return found{}
	}
	return found{wrong: best}
}

// command returns the command of a mode that the words are, or how many of them
// are understood.
func (s *shell) command(mode string, words []string) (*Command, map[string]string, int) {
	far := 0
	for _, c := range s.g.terminal.Commands {
		if !slices.Contains(c.In, mode) {
			continue
		}
		m := s.g.device.Match(c.Form, words, s.g.terminal.Short)
		if m.OK {
			return c, m.Values, 0
		}
		far = max(far, m.UpTo)
	}
	return nil, nil, far
}

// act carries out a command, with the questions that it asks.
func (s *shell) act(c *Command, args map[string]string) (string, bool) {
	all := map[string]string{}
	maps.Copy(all, c.With)
	maps.Copy(all, args)
	answer := ""
	if a := c.Ask["first"]; a != nil {
		var ok bool
		if answer, ok = s.ask(a, all); !ok {
			return "", false
		}
	}
	for {
		s.g.mu.Lock()
		how := acts[c.Do].run(s, all, answer)
		a := c.Ask[how]
		reply := ""
		if a == nil {
			reply = s.render(c.Say[how], all)
		}
		s.g.mu.Unlock()
		if how == outcomeGone {
			return "", false
		}
		if a == nil {
			return reply, true
		}
		var ok bool
		if answer, ok = s.ask(a, all); !ok {
			return "", false
		}
	}
}

// ask puts a question until it is answered.
func (s *shell) ask(a *Ask, args map[string]string) (string, bool) {
	s.g.mu.Lock()
	question := s.render(a.Text, args)
	wrong := s.render(a.Wrong, args)
	s.g.mu.Unlock()
	s.screen.write(question)
	for {
		var typed string
		if a.Key {
			b, err := s.screen.key()
			if err != nil {
				return "", false
			}
			typed = strings.Trim(strings.ToLower(string(b)), "\r\n")
			s.screen.write(typed + "\n")
		} else {
			text, _, err := s.screen.line("")
			if err != nil {
				return "", false
			}
			typed = strings.ToLower(strings.TrimSpace(text))
			s.screen.write("\n")
		}
		if v, ok := a.Answers[typed]; ok {
			return v, true
		}
		if v, ok := a.Answers["*"]; ok {
			return v, true
		}
		s.screen.write(wrong)
	}
}
