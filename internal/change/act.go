package change

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/twinpath/twinpath/internal/device"
	"github.com/twinpath/twinpath/internal/vendor"
)

// actError is a reply that is not what the profile says it must be.
type actError struct {
	typed, reply, why, say string
}

func (e *actError) Error() string {
	text := fmt.Sprintf("%q: %s; the reply was %q", e.typed, e.why, oneLine(e.reply))
	if e.say != "" {
		text = e.say + " (" + text + ")"
	}
	return text
}

// oneLine shortens a reply to what fits a message.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 300 {
		text = string(r[:300]) + " ..."
	}
	return text
}

// acts types acts in their order, until one is not answered as it must be.
func (p *push) acts(ctx context.Context, s Session, acts []vendor.Act, parts map[string]string) error {
	for i := range acts {
		if err := p.act(ctx, s, &acts[i], parts); err != nil {
			return err
		}
	}
	return nil
}

func (p *push) act(ctx context.Context, s Session, a *vendor.Act, parts map[string]string) error {
	line := vendor.Fill(a.Type, parts)
	reply, err := s.Act(ctx, line)
	if r, ok := errors.AsType[*device.RejectedError](err); ok {
		if a.Optional {
			return nil
		}
		if reply == "" {
			reply = r.Reply
		}
		// The lines after the refusal may say who holds the configuration.
		return &actError{typed: line, reply: p.masked(reply), why: "the gateway refused it", say: a.Say}
	}
	if err != nil {
		return err
	}
	why := judge(a, reply, parts)
	if why == "" && a.Mode != "" && s.Mode() != a.Mode {
		why = fmt.Sprintf("the gateway is now in mode %s, not %s", s.Mode(), a.Mode)
	}
	if why == "" || a.Optional {
		return nil
	}
	return &actError{typed: line, reply: p.masked(reply), why: why, say: a.Say}
}

// masked hides each line of a reply that may hold a secret.
func (p *push) masked(reply string) string {
	lines := strings.Split(reply, "\n")
	for i, l := range lines {
		lines[i] = p.Profile.Manage.Mask(strings.TrimSpace(l))
	}
	return strings.Join(lines, "\n")
}

// judge says what is wrong with the reply to an act, nothing when it is as it
// must be.
func judge(a *vendor.Act, reply string, parts map[string]string) string {
	var lines []string
	for l := range strings.Lines(reply) {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	switch {
	case a.Empty && len(lines) > 0:
		return "it must say nothing"
	case a.Some && len(lines) == 0:
		return "it must say something"
	}
	for _, re := range a.Refuse {
		if re = filled(re, parts); slices.ContainsFunc(lines, re.MatchString) {
			return fmt.Sprintf("a line is like %q", re)
		}
	}
	for _, re := range a.Expect {
		if re = filled(re, parts); !slices.ContainsFunc(lines, re.MatchString) {
			return fmt.Sprintf("no line is like %q", re)
		}
	}
	return ""
}

// filled puts the parts of a push into a pattern, as text.
func filled(re *regexp.Regexp, parts map[string]string) *regexp.Regexp {
	quoted := make(map[string]string, len(parts))
	for k, v := range parts {
		quoted[k] = regexp.QuoteMeta(v)
	}
	text := vendor.Fill(re.String(), quoted)
	if text == re.String() {
		return re
	}
	// A quoted text in a pattern that was one leaves it one.
	return regexp.MustCompile(text)
}
