package device

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/twinpath/twinpath/internal/vendor"
)

// settle makes the terminal ready and makes sure that the gateway is the system
// that it should be. Nothing that it types changes the gateway.
func (s *Session) settle(ctx context.Context) error {
	if say, ok := s.target.Rules.Login[s.mode]; ok {
		return fmt.Errorf("after login, the command line stands in mode %s: %s", s.mode, say)
	}
	if want := s.driver.DefaultDesiredPriv; s.mode != want {
		return fmt.Errorf("after login, the command line stands in mode %s, not in %s", s.mode, want)
	}
	unready := s.prepare(ctx)
	if errors.Is(unready, ErrLost) {
		return s.unchanged(unready)
	}
	// A system that is another one refuses what would prepare it; then that is
	// what there is to say.
	if err := s.identify(ctx); err != nil && (unready == nil || errors.As(err, new(*WrongSystemError))) {
		return s.unchanged(err)
	}
	return unready
}

// prepare makes the terminal ready.
func (s *Session) prepare(ctx context.Context) error {
	for _, a := range s.target.Rules.Prepare {
		reply, err := s.Act(ctx, a.Type)
		if err == nil {
			err = wanting(a, reply, s.mode)
		}
		if _, ok := errors.AsType[*RejectedError](err); ok && a.Optional {
			continue
		}
		if err != nil {
			return explain("prepare the terminal", a, err)
		}
	}
	return nil
}

// identify makes sure that the gateway is the system that it should be. Of what
// it says, the first line alone may be a refusal: systems say in later ones why
// they failed last.
func (s *Session) identify(ctx context.Context) error {
	for _, a := range s.target.Rules.Identify {
		reply, err := s.Run(ctx, a.Type)
		rejected, isRejected := errors.AsType[*RejectedError](err)
		switch {
		case isRejected:
			reply = rejected.Reply
		case err != nil:
			return explain("identify the system", a, err)
		case wanting(a, reply, s.mode) == nil:
			continue
		}
		return &WrongSystemError{Expected: a.Say, Seen: s.mask(beginning(reply)), Command: a.Type}
	}
	return nil
}

// beginning returns the first lines of a reply on one: systems say their name
// and version there.
func beginning(reply string) string {
	lines := strings.FieldsFunc(reply, func(r rune) bool { return r == '\n' })
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	return strings.Join(lines[:min(len(lines), 3)], "; ")
}

// unchanged takes ErrLost out of an error: what was typed changes nothing.
func (s *Session) unchanged(err error) error {
	if asked, ok := errors.AsType[*QuestionError](err); ok {
		return asked
	}
	if errors.Is(err, ErrLost) {
		return errors.New(strings.Replace(err.Error(), ErrLost.Error(), "the connection ended before anything was changed", 1))
	}
	return err
}

// explain adds to an error what the profile says about the act that failed.
func explain(what string, a vendor.Act, err error) error {
	if a.Say == "" {
		return fmt.Errorf("%s: %w", what, err)
	}
	return fmt.Errorf("%s: %s: %w", what, a.Say, err)
}

// wanting returns a *RejectedError when a reply is not what an act needs.
func wanting(a vendor.Act, reply, mode string) error {
	has := func(re *regexp.Regexp) bool {
		for l := range strings.Lines(reply) {
			if re.MatchString(strings.TrimSpace(l)) {
				return true
			}
		}
		return false
	}
	ok := (!a.Empty || strings.TrimSpace(reply) == "") && (!a.Some || strings.TrimSpace(reply) != "") && (a.Mode == "" || a.Mode == mode)
	for _, re := range a.Expect {
		ok = ok && has(re)
	}
	for _, re := range a.Refuse {
		ok = ok && !has(re)
	}
	if ok {
		return nil
	}
	return &RejectedError{Line: a.Type, Reply: first(reply)}
}

// first returns the first line of a text that is not blank.
func first(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(line)
}
