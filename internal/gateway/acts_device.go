package gateway

import (
	"slices"
	"strconv"
)

func save(s *shell, _ map[string]string, answer string) string {
	switch {
	case answer == "no":
		return "stay"
	case s.g.has("disk-full"):
		return "full"
	}
	s.g.startup, s.g.saved = s.g.running.Text(), s.g.now()
	return "ok"
}

// Locked reports whether somebody keeps the others from changing it.
func (g *Gateway) Locked() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.lock != nil
}

func unlock(s *shell, _ map[string]string, _ string) string {
	if s.g.lock == s {
		s.g.lock, s.exclusive = nil, false
	}
	return "ok"
}

func setLines(s *shell, args map[string]string, _ string) string {
	n, err := strconv.Atoi(args["lines"])
	if err == nil && (n == 0 || n > 1) {
		s.screen.lines = n
	}
	return "ok"
}

func setColumns(s *shell, args map[string]string, _ string) string {
	s.screen.columns, _ = strconv.Atoi(args["columns"])
	return "ok"
}

func logout(s *shell, _ map[string]string, answer string) string {
	if answer == "no" {
		return "stay"
	}
	s.over = true
	return outcomeGone
}

func reload(s *shell, _ map[string]string, answer string) string {
	if slices.Contains([]string{"no", "stay"}, answer) {
		return "stay"
	}
	s.g.reboot()
	return outcomeGone
}

func ping(s *shell, args map[string]string, _ string) string {
	s.g.state.settle()
	if s.g.state.reaches(args["target"]) {
		return "ok"
	}
	return "lost"
}
