package gateway

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/twinpath/twinpath/internal/simulate"
)

// configure types a line of configuration and returns the reply.
func (s *shell) configure(text string) (string, bool) {
	g := s.g
	g.mu.Lock()
	if name := s.kept(); g.terminal.Errors[name] != nil {
		defer g.mu.Unlock()
		return s.render(g.terminal.Errors[name].Text, nil), true
	}
	r := s.editor.Type(text)
	notes := s.editor.Notes()
	if r == nil {
		s.edited()
	}
	g.mu.Unlock()
	if r == nil {
		if g.terminal.Errors["notes"] == nil {
			notes = nil
		}
		return joined(notes), true
	}
	said := g.terminal.Refusals[r.Rule]
	if said == nil || !said.Question {
		return s.refusal(text, r), true
	}
	return s.terminated(text, said)
}

// kept is why somebody else keeps the person from editing, "" for nothing.
func (s *shell) kept() string {
	if p := s.g.pending; p != nil && p.by != nil && p.by != s {
		return "trial"
	}
	if s.g.lock != nil && s.g.lock != s {
		return "locked"
	}
	return ""
}

// edited takes note that a line took effect.
func (s *shell) edited() {
	if s.g.terminal.Store == "live" {
		s.g.changed()
	}
	if s.editor.Outside() {
		s.mode, s.editor = modeExec, nil
	}
}

// terminated asks whether something that stands in the way shall be ended.
func (s *shell) terminated(text string, said *Reply) (string, bool) {
	answer, ok := s.ask(&Ask{Text: said.Text, Answers: map[string]string{"y": "yes", "n": "no"}, Wrong: said.Text}, map[string]string{"line": text})
	if !ok || answer != "yes" {
		return "", ok
	}
	s.g.mu.Lock()
	defer s.g.mu.Unlock()
	for _, l := range append(slices.Clone(said.Yes), text) {
		if r := s.editor.Type(l); r != nil {
			return s.render(s.g.terminal.Errors["refused"].Text, map[string]string{"say": r.Say}), true
		}
	}
	s.edited()
	return "", true
}

func joined(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}

// explanation is what a refusal of the simulator says besides the words of the
// device.
var explanation = regexp.MustCompile(`'\^'.*?( \(.*\))$`)

// refusal returns what the device says to a line that it refuses.
func (s *shell) refusal(text string, r *simulate.RefusalError) string {
	t := s.g.terminal
	say := r.Say
	if m := explanation.FindStringSubmatchIndex(say); m != nil {
		say = say[:m[2]]
	}
	args := map[string]string{
		"line": strings.TrimSpace(text), "say": say, "word": word(text, r.Word),
		"caret": s.caret(text, r.Word),
	}
	name := "refused"
	switch {
	case t.Refusals[r.Rule] != nil && r.Rule != "":
		return s.locked2(t.Refusals[r.Rule], args)
	case r.Incomplete:
		name = "incomplete"
	case r.Syntax, strings.Contains(say, "'^'"):
		name = "unknown"
	}
	reply := t.Errors[s.mode+"-"+name]
	if reply == nil {
		reply = t.Errors[name]
	}
	if name == "unknown" && t.Redisplay && s.mode == modeConfiguration {
		s.begin = strings.TrimSpace(text)
	}
	return s.locked2(reply, args)
}

func (s *shell) locked2(r *Reply, args map[string]string) string {
	s.g.mu.Lock()
	defer s.g.mu.Unlock()
	return s.render(r.Text, args)
}

// word returns one word of a line.
func word(text string, i int) string {
	words := strings.Fields(text)
	if i < 0 || i >= len(words) {
		return ""
	}
	return words[i]
}

// caret returns the spaces that bring a mark below a word of the line, as it
// stands on the screen after the prompt.
func (s *shell) caret(text string, i int) string {
	prompt := s.prompt()
	if n := strings.LastIndexByte(prompt, '\n'); n >= 0 {
		prompt = prompt[n+1:]
	}
	at := column(text, i)
	return strings.Repeat(" ", len(prompt)+at)
}

// column is where a word of a line begins, from 0; the end of the line where
// there is no such word.
func column(text string, i int) int {
	at := 0
	for range i {
		for at < len(text) && text[at] == ' ' {
			at++
		}
		for at < len(text) && text[at] != ' ' {
			at++
		}
	}
	for at < len(text) && text[at] == ' ' {
		at++
	}
	return at
}

// load reads lines until the key that ends a text, and types them. Whatever is
// wrong with them is said, and the end is the same.
func (s *shell) load() (string, bool) {
	var said strings.Builder
	for n := 1; ; n++ {
		text, stop, err := s.screen.line("")
		if err != nil {
			return "", false
		}
		if stop == keyEnd {
			return said.String(), true
		}
		s.screen.write("\n")
		reply, ok := s.loaded(text, n)
		if !ok {
			return "", false
		}
		said.WriteString(reply)
	}
}

// loaded types one line of a text.
func (s *shell) loaded(text string, n int) (string, bool) {
	if strings.TrimSpace(text) == "" {
		return "", true
	}
	g := s.g
	g.mu.Lock()
	defer g.mu.Unlock()
	var after []Fault
	for _, f := range g.struck("line") {
		switch f.Kind {
		case "drop":
			s.screen.hangUp()
			return "", false
		case "refuse":
			return fmt.Sprintf("terminal:%d:(%d) syntax error: %s\n", n, column(text, 1)+1, word(text, 1)), true
		case "edit":
			_ = g.typeLines(f.Lines) // What the device refuses it refuses.
		case "hang", "ask":
			g.mu.Unlock()
			if f.Kind == "ask" {
				s.screen.write(strange)
			}
			s.wait()
			g.mu.Lock()
			return "", false
		default:
			after = append(after, f)
		}
	}
	r := s.editor.Load(text)
	notes := s.editor.Notes()
	for _, f := range after {
		switch f.Kind {
		case "drop-after":
			s.screen.hangUp()
			return "", false
		case "reboot":
			g.reboot()
			return "", false
		}
	}
	if r != nil {
		args := map[string]string{
			"number": fmt.Sprint(n), "column": fmt.Sprint(column(text, r.Word)), "word": word(text, r.Word),
			"say": r.Say, "line": text,
		}
		if e := g.terminal.Errors["load"]; e != nil {
			return s.render(e.Text, args), true
		}
	}
	return joined(notes), true
}
