package device

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// level is a mode of the command line, known by its prompt.
type level struct {
	name   string
	prompt *regexp.Regexp
}

// hostGroup is the part of a prompt's pattern that stands for the host name. A
// number says that the system shows that many characters of it in this mode.
var hostGroup = regexp.MustCompile(`\(\?P<host(\d*)>[^)]*\)`)

// How long nothing must arrive after the first prompt until the greeting is
// over: a line of the greeting looks like a prompt while half of it has come.
const settle = 50 * time.Millisecond

// How many times its longest pause a gateway that greets in pieces must be
// quiet, and how long at most.
const (
	pauses     = 4
	settleMost = time.Second
)

// settled is how long nothing must arrive until the greeting is over: longer
// where the way to the gateway is slow, or it writes slowly.
func (t *turn) settled() time.Duration {
	return max(settle, min(pauses*t.pause, settleMost))
}

// anchor waits for the first prompt, learns the host name from it and puts it
// into the patterns, so that a line of output that looks like a prompt of
// another host is none.
func (s *Session) anchor(ctx context.Context) error {
	if err := s.patterns(); err != nil {
		return err
	}
	prompt, err := s.greeted(ctx)
	if err != nil {
		return err
	}
	if err := s.anchorTo(); err != nil {
		return err
	}
	if !s.stand(prompt) {
		return fmt.Errorf("the prompt %.80q is none of this operating system", prompt)
	}
	return nil
}

// patterns compiles the prompts of the platform definition, for any host.
func (s *Session) patterns() error {
	for _, name := range slices.Sorted(maps.Keys(s.driver.PrivilegeLevels)) {
		re, err := regexp.Compile(s.driver.PrivilegeLevels[name].Pattern)
		if err != nil {
			return fmt.Errorf("platform definition: %w", err)
		}
		s.levels = append(s.levels, level{name, re})
	}
	return nil
}

// anchorTo puts the host name into the prompts.
func (s *Session) anchorTo() error {
	for i, l := range s.levels {
		re, err := regexp.Compile(anchored(l.prompt.String(), s.host))
		if err != nil {
			return fmt.Errorf("platform definition: %w", err)
		}
		s.levels[i].prompt = re
	}
	return nil
}

// anchored puts a host name into the pattern of a prompt.
func anchored(pattern, host string) string {
	return hostGroup.ReplaceAllStringFunc(pattern, func(group string) string {
		n, err := strconv.Atoi(hostGroup.FindStringSubmatch(group)[1])
		if err != nil || len(host) <= n {
			return regexp.QuoteMeta(host)
		}
		return "(?:" + regexp.QuoteMeta(host) + "|" + regexp.QuoteMeta(host[:n]) + ")"
	})
}

// greeted reads until the last line is a prompt and nothing follows it, and
// notes the host name. What is asked before is answered as the profile says.
func (s *Session) greeted(ctx context.Context) (prompt string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.target.Timeout, errSilent)
	defer cancel()
	t := &turn{s: s, screen: &s.screen}
	for {
		prompt = t.screen.last()
		found := s.hostName(prompt)
		if found && t.quiet >= t.settled() {
			return prompt, nil
		}
		if !found {
			if err := t.answer(); err != nil {
				if errors.Is(err, errConnection) {
					return "", fmt.Errorf("the gateway ended the connection before its first prompt: %w", s.wire.why(err))
				}
				return "", err
			}
		}
		switch err := t.listen(ctx); {
		case errors.Is(err, errConnection):
			return "", fmt.Errorf("the gateway ended the connection before its first prompt: %w", s.wire.why(err))
		case errors.Is(context.Cause(ctx), errSilent):
			return "", fmt.Errorf("no prompt of this operating system within %s; the last line is %.80q; is os right in the inventory?", s.target.Timeout, s.mask(prompt))
		case err != nil:
			return "", err
		}
	}
}

// hostName notes the host name of a prompt, and reports whether it is one.
func (s *Session) hostName(prompt string) bool {
	for _, l := range s.levels {
		m := l.prompt.FindStringSubmatch(prompt)
		for i, name := range l.prompt.SubexpNames() {
			if m != nil && strings.HasPrefix(name, "host") {
				s.host = m[i]
				return true
			}
		}
	}
	return false
}

// stand notes the mode that a prompt belongs to, and reports whether there is
// one.
func (s *Session) stand(prompt string) bool {
	for _, l := range s.levels {
		if l.prompt.MatchString(prompt) {
			s.mode = l.name
			return true
		}
	}
	return false
}

// isPrompt reports whether a line is nothing but a prompt.
func (s *Session) isPrompt(line string) bool {
	return slices.ContainsFunc(s.levels, func(l level) bool { return l.prompt.MatchString(line) })
}

// redisplayed reports whether a line is a prompt with the beginning of what was
// typed behind it, which a system shows again after it has refused it.
func (s *Session) redisplayed(line, typed string) bool {
	for k := len(typed); k > 0; k-- {
		if rest, ok := strings.CutSuffix(line, typed[:k]); ok && s.isPrompt(strings.TrimRight(rest, " ")) {
			return true
		}
	}
	return false
}
