package gateway

import (
	"strconv"
	"time"

	"github.com/twinpath/twinpath/internal/simulate"
)

// act is something that a command does. run returns how it went, which is one
// of the outcomes; it is called again with the answer when that is a question.
// The gateway is locked meanwhile.
type act struct {
	// event is what faults call it.
	event    string
	outcomes []string
	run      func(s *shell, args map[string]string, answer string) string
}

// outcomeGone is how an act goes that ends the connection.
const outcomeGone = "gone"

// silent outcomes need no words.
var silent = []string{"ok", outcomeGone}

var acts = map[string]act{
	"say":      {"show", nil, func(*shell, map[string]string, string) string { return "ok" }},
	"ping":     {"show", []string{"lost"}, ping},
	"enter":    {"enter", nil, enter},
	"arm":      {"enter", []string{"unready", "pending"}, enterTimed},
	"leave":    {"leave", nil, leave},
	"up":       {"leave", nil, up},
	"commit":   {"commit", []string{"refused"}, commitNow},
	"trial":    {"commit", []string{"refused"}, commitTimed},
	"check":    {"commit", []string{"refused"}, checkCandidate},
	"confirm":  {"confirm", []string{"none"}, confirm},
	"revert":   {"abort", []string{"none"}, revertNow},
	"abort":    {"abort", []string{"none"}, abort},
	"discard":  {"abort", nil, discard},
	"rollback": {"abort", []string{"missing"}, rollback},
	"restore":  {"abort", []string{"missing"}, restore},
	"load":     {"enter", nil, loadText},
	"save":     {"save", []string{"full"}, save},
	"unlock":   {"leave", nil, unlock},
	"lines":    {"show", nil, setLines},
	"columns":  {"show", nil, setColumns},
	"logout":   {"show", nil, logout},
	"reload":   {"show", nil, reload},
}

// edit begins to edit: what is in force, the candidate of all, or an own one.
func (s *shell) edit(private bool) {
	switch {
	case s.g.terminal.Store == "live":
		s.editor = s.g.running.Edit()
	case s.g.terminal.Store == "shared" && !private:
		s.editor = s.g.shared.Edit()
	default:
		s.candidate = s.g.running.Clone()
		s.editor = s.candidate.Edit()
		s.taken()
	}
	s.mode, s.private = modeConfiguration, private
}

// edits is what the person edits.
func (s *shell) edits() *simulate.Config {
	switch {
	case s.candidate != nil:
		return s.candidate
	case s.g.terminal.Store == "shared":
		return s.g.shared
	}
	return s.g.running
}

// taken takes note that the own candidate is the running configuration.
func (s *shell) taken() { s.origin, s.base = s.g.running.Text(), s.g.changes }

// dirty reports whether something is edited that is not in force. An own
// candidate in which nothing was changed follows what others commit.
func (s *shell) dirty() bool {
	switch {
	case s.g.terminal.Store == "live":
		return false
	case s.candidate == nil:
		return s.edits().Text() != s.g.running.Text()
	case s.candidate.Text() != s.origin:
		return true
	}
	if ids, _ := s.editor.Section(); s.base != s.g.changes && len(ids) == 0 {
		s.candidate.Replace(s.g.running)
		s.taken()
	}
	return false
}

func enter(s *shell, args map[string]string, _ string) string {
	g := s.g
	if g.lock != nil && g.lock != s && args["free"] == "" {
		return "locked"
	}
	if args["lock"] == "exclusive" {
		if g.terminal.Store == "shared" && g.shared.Text() != g.running.Text() {
			return "modified"
		}
		g.lock, s.exclusive = s, true
	}
	if args["stay"] != "" {
		return "ok"
	}
	shared := g.terminal.Store == "shared" && g.shared.Text() != g.running.Text()
	s.edit(args["private"] != "")
	if shared && !s.private {
		return "dirty"
	}
	return "ok"
}

// enterTimed enters the configuration mode; what is typed from now on is taken
// back unless it is confirmed.
func enterTimed(s *shell, args map[string]string, _ string) string {
	switch {
	case !s.g.state.archive:
		return "unready"
	case s.g.pending != nil:
		return "pending"
	}
	s.g.arm(s, s.g.running.Clone(), limit(args), false, "")
	s.edit(false)
	return "ok"
}

// limit is the time that a command names, in its unit.
func limit(args map[string]string) time.Duration {
	unit := time.Minute
	if args["unit"] == "second" {
		unit = time.Second
	}
	n, err := strconv.Atoi(args["time"])
	if err != nil {
		n, _ = strconv.Atoi(args["default"])
	}
	return time.Duration(n) * unit
}

func leave(s *shell, _ map[string]string, answer string) string {
	if s.mode == modeExec {
		return "ok"
	}
	if s.dirty() {
		switch {
		case answer == "commit":
			if r := s.commit(""); r != "" {
				return r
			}
		case answer == "discard":
			s.edits().Replace(s.g.running)
			s.taken()
		case answer == "stay":
			return "stay"
		case answer == "keep":
		case s.exclusive && s.g.terminal.Store == "shared":
			return "dirty-exclusive"
		case s.private:
			return "dirty-private"
		default:
			return "dirty"
		}
	}
	if s.g.lock == s && s.g.terminal.Store == "shared" {
		s.g.lock, s.exclusive = nil, false
	}
	s.mode, s.editor, s.candidate, s.private = modeExec, nil, nil, false
	return "ok"
}

// up leaves one section, and the configuration mode from the top.
func up(s *shell, args map[string]string, answer string) string {
	sections, _ := s.editor.Section()
	if len(sections) == 0 {
		return leave(s, args, answer)
	}
	line := "up"
	if len(s.g.device.Session.Up) > 0 {
		line = s.g.device.Session.Up[0]
	}
	_ = s.editor.Type(line) // It leaves a section that is there.
	return "up"
}

// commit puts the candidate in force, or returns why not.
func (s *shell) commit(comment string) string {
	if p := s.g.pending; p != nil && p.by != nil && p.by != s {
		return "trial"
	}
	if s.g.lock != nil && s.g.lock != s {
		return "locked"
	}
	if s.g.terminal.Persistent && s.g.has("disk-full") {
		return "full"
	}
	c := s.edits()
	if s.candidate != nil && s.base != s.g.changes && s.dirty() {
		return "conflict"
	}
	if s.check() != nil {
		return "refused"
	}
	s.g.enforce(c.Clone(), s.user, comment)
	s.taken()
	return ""
}

// check is why a commit of the candidate is refused.
func (s *shell) check() *simulate.RefusalError { return s.edits().Check() }

func commitNow(s *shell, args map[string]string, _ string) string {
	was, dirty := s.g.pending, s.dirty()
	how := s.commit(args["comment"])
	switch {
	case how != "":
		return how
	case was != nil:
		s.g.stopTimer()
		return "confirmed"
	case !dirty:
		return "unchanged"
	}
	return "ok"
}

// commitTimed puts the candidate in force until it is confirmed or taken back.
func commitTimed(s *shell, args map[string]string, _ string) string {
	if s.private {
		return "private"
	}
	base := s.g.running.Clone()
	comment, again := args["comment"], s.g.pending != nil
	if again {
		// The way back stays the one from before the first.
		base = s.g.pending.base
	}
	dirty := s.dirty()
	if !dirty && args["empty"] == "no" {
		return "unchanged"
	}
	if how := s.commit(comment); how != "" {
		return how
	}
	s.g.stopTimer()
	s.g.arm(s, base, limit(args), args["bound"] != "", comment)
	s.g.history[0].minutes = int(limit(args) / time.Minute)
	return "ok"
}

// checkCandidate checks the candidate. On some systems that confirms.
func checkCandidate(s *shell, args map[string]string, _ string) string {
	if s.check() != nil {
		return "refused"
	}
	if args["confirms"] != "" {
		s.g.stopTimer()
	}
	return "ok"
}

func confirm(s *shell, _ map[string]string, _ string) string {
	if s.g.pending == nil {
		return "none"
	}
	s.g.stopTimer()
	return "ok"
}

func revertNow(s *shell, _ map[string]string, _ string) string {
	if s.g.pending == nil {
		return "none"
	}
	s.g.revert(s.user)
	return "ok"
}

// abort takes back what is bound to the session.
func abort(s *shell, args map[string]string, answer string) string {
	switch p := s.g.pending; {
	case p == nil:
		return "none"
	case p.by != nil && p.by != s:
		return "trial"
	case answer == "no":
		return "stay"
	case answer == "" && args["ask"] != "":
		return "sure"
	}
	s.g.revert(s.user)
	return "ok"
}

func discard(s *shell, _ map[string]string, _ string) string {
	s.edits().Replace(s.g.running)
	s.taken()
	if s.editor != nil {
		s.editor.Top()
	}
	return "ok"
}

// rollback writes an earlier commit into the candidate.
func rollback(s *shell, args map[string]string, _ string) string {
	n, _ := strconv.Atoi(args["number"])
	if n >= len(s.g.history) {
		return "missing"
	}
	from := s.g.running
	if n > 0 {
		from = s.g.history[n].config
	}
	s.edits().Replace(from)
	s.editor.Top()
	return "ok"
}

// restore puts an earlier commit in force at once.
func restore(s *shell, args map[string]string, answer string) string {
	n, _ := strconv.Atoi(args["number"])
	switch {
	case n >= len(s.g.history):
		return "missing"
	case answer == "no":
		return "stay"
	}
	s.g.enforce(s.g.history[n].config.Clone(), s.user, "")
	return "ok"
}

// loadText reads a text until the key that ends it. The lock is not held while
// it waits.
func loadText(s *shell, args map[string]string, _ string) string {
	before := args["ready"] + "\n"
	s.g.mu.Unlock()
	s.screen.write(before)
	reply, ok := s.load()
	if ok {
		s.screen.write(reply)
	}
	s.g.mu.Lock()
	if !ok {
		return outcomeGone
	}
	return "ok"
}
