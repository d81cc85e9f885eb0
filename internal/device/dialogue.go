package device

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// send types a line, waits for the next prompt and returns the reply. Late is
// what had arrived since the last prompt, before the line was echoed. Whatever
// fails once the first byte is on its way leaves the gateway in a state that is
// not known.
func (s *Session) send(ctx context.Context, line string) (reply, late string, err error) {
	if strings.ContainsFunc(line, unicode.IsControl) {
		return "", "", fmt.Errorf("%q holds a control character, which could end the line and begin another; it was not typed", line)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.target.Timeout, errSilent)
	defer cancel()
	// A write has no context of its own; closing the connection ends it.
	stop := context.AfterFunc(ctx, func() { _ = s.wire.Close() })
	defer stop()
	echo, after, err := s.exchange(ctx, line)
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, errSilent) {
		err = fmt.Errorf("no prompt within %s%s", s.target.Timeout, s.wire.asks())
	} else if err != nil && cause != nil {
		err = cause
	}
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrLost, err)
	}
	reply, prompt := cutPrompt(after)
	late, _ = cutPrompt(echo)
	return reply, s.unprompted(late), s.stand(prompt)
}

// errSilent is the cause of a context that ended because no prompt came.
var errSilent = errors.New("no prompt")

// exchange types a line and returns what had come since the last prompt, up to
// the line's echo, and what came after it, up to the next prompt.
func (s *Session) exchange(ctx context.Context, line string) (echo, after string, err error) {
	c := s.driver.Channel
	b, err := c.ReadAll()
	if err != nil {
		return "", "", err
	}
	if err := c.Write([]byte(line), false); err != nil {
		return "", "", err
	}
	e, err := c.ReadUntilFuzzy(ctx, []byte(line))
	if err != nil {
		return "", "", err
	}
	if err := c.WriteReturn(); err != nil {
		return "", "", err
	}
	a, err := c.ReadUntilPrompt(ctx)
	return string(b) + string(e), string(a), err
}

// unprompted returns text without blank lines and bare prompts.
func (s *Session) unprompted(text string) string {
	var out []string
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		bare := slices.ContainsFunc(s.levels, func(v level) bool { return v.prompt.MatchString(l) })
		if l != "" && !bare {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

// hostGroup is the part of a prompt's pattern that stands for the host name.
var hostGroup = regexp.MustCompile(`\(\?P<host>[^)]*\)`)

// How long nothing must arrive after the first prompt until the greeting is
// over, and how often to look.
const (
	settle   = 50 * time.Millisecond
	lookEach = 5 * time.Millisecond
)

// anchor waits for the first prompt, learns the host name from it and puts it
// into the patterns, so that a line of output that looks like a prompt of
// another host is none.
func (s *Session) anchor(ctx context.Context) error {
	var patterns []*regexp.Regexp
	for _, l := range s.driver.PrivilegeLevels {
		re, err := regexp.Compile(l.Pattern)
		if err != nil {
			return fmt.Errorf("platform definition: %w", err)
		}
		patterns = append(patterns, re)
	}
	prompt, name, err := s.greeted(ctx, patterns)
	if err != nil {
		return err
	}
	for _, l := range s.driver.PrivilegeLevels {
		l.Pattern = hostGroup.ReplaceAllLiteralString(l.Pattern, regexp.QuoteMeta(name))
		re, err := regexp.Compile(l.Pattern)
		if err != nil {
			return fmt.Errorf("platform definition: %w", err)
		}
		s.levels = append(s.levels, level{l.Name, re})
	}
	s.driver.UpdatePrivileges()
	return s.stand(prompt)
}

// greeted reads until the last line is a prompt and nothing follows it: a line
// of the greeting looks like one while only half of it has arrived.
func (s *Session) greeted(ctx context.Context, patterns []*regexp.Regexp) (prompt, name string, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.target.Timeout)
	defer cancel()
	var text strings.Builder
	for quiet := time.Duration(0); ; quiet += lookEach {
		b, err := s.driver.Channel.ReadAll()
		if err != nil {
			return "", "", fmt.Errorf("the gateway ended the connection before its first prompt: %w", err)
		}
		if len(b) > 0 {
			text.Write(b)
			quiet = 0
			_, prompt = cutPrompt(text.String())
			name = hostName(patterns, prompt)
		}
		if name != "" && quiet >= settle {
			return prompt, name, nil
		}
		if ctx.Err() != nil {
			return "", "", fmt.Errorf("no prompt of this operating system within %s; the last line is %.80q", s.target.Timeout, prompt)
		}
		time.Sleep(lookEach)
	}
}

// hostName returns the host name of a prompt, nothing when it is none.
func hostName(patterns []*regexp.Regexp, prompt string) string {
	for _, re := range patterns {
		if m, i := re.FindStringSubmatch(prompt), re.SubexpIndex("host"); m != nil && i > 0 {
			return m[i]
		}
	}
	return ""
}

// stand notes the mode that a prompt belongs to.
func (s *Session) stand(prompt string) error {
	for _, l := range s.levels {
		if l.prompt.MatchString(prompt) {
			s.mode = l.name
			return nil
		}
	}
	return fmt.Errorf("%w: the prompt %q is not known", ErrLost, prompt)
}

// cutPrompt splits what has arrived into the output and the last line.
func cutPrompt(text string) (body, prompt string) {
	text = strings.TrimRight(text, " \n")
	i := strings.LastIndexByte(text, '\n')
	return strings.Trim(text[:max(i, 0)], "\n"), text[i+1:]
}
