package gateway

import (
	"regexp"
	"strings"
)

// pipes reports whether the system knows all of these filters.
func (s *shell) pipes(list []string) bool {
	for _, p := range list {
		if what, _ := s.pipe(p); what == "" {
			return false
		}
	}
	return true
}

// pipe returns what a filter does, and its argument.
func (s *shell) pipe(text string) (what, arg string) {
	text = strings.TrimSpace(text)
	for name, does := range s.g.terminal.Pipes {
		if rest, ok := strings.CutPrefix(text, name); ok && (rest == "" || rest[0] == ' ') {
			return does, strings.Trim(strings.TrimSpace(rest), `"`)
		}
	}
	return "", ""
}

// filter passes a reply through the filters that followed the command.
func (s *shell) filter(reply string, list []string) string {
	for _, p := range list {
		what, arg := s.pipe(p)
		re, err := regexp.Compile(arg)
		if err != nil {
			re = regexp.MustCompile(regexp.QuoteMeta(arg))
		}
		reply = filtered(reply, what, re)
	}
	return reply
}

func filtered(reply, what string, re *regexp.Regexp) string {
	var out strings.Builder
	on := false
	for l := range strings.Lines(reply) {
		hit := re.MatchString(strings.TrimRight(l, "\n"))
		switch what {
		case "keep":
			on = hit
		case "drop":
			on = !hit
		case "from":
			on = on || hit
		case "section":
			on = hit || on && strings.HasPrefix(l, " ")
		default:
			on = true
		}
		if on {
			out.WriteString(l)
		}
	}
	return out.String()
}
