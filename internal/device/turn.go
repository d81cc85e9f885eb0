package device

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
)

// turn is one exchange with the gateway: a line that is typed and what is seen
// on the terminal from the last prompt to the next.
type turn struct {
	s      *Session
	screen *screen
	// typed is the line, empty at login.
	typed string
	// quiet is for how long nothing has arrived, counted in looks at the terminal:
	// a machine that is busy with other work does not take its own pauses for the
	// gateway's.
	quiet time.Duration
	// begun is true once something has arrived, and pause the longest time
	// between two arrivals since then.
	begun bool
	pause time.Duration
	// asked is where the question stood that was answered last, answers how
	// many were.
	asked, answers int
	cleared        bool
}

// How long nothing must arrive until the last line is taken for a question:
// one that the profile knows, and one that only looks like one.
const (
	knownQuestion   = 20 * time.Millisecond
	unknownQuestion = 700 * time.Millisecond
	// mostAnswers bounds a gateway that asks and asks.
	mostAnswers = 6
)

// lookAgain is how often the terminal is looked at when nothing arrives.
const lookAgain = 10 * time.Millisecond

var (
	// errSilent is the cause of a context that ended because no prompt came.
	errSilent = errors.New("no prompt")
	// errConnection is what a read of an ended connection returns.
	errConnection = errors.New("the connection ended")
)

// listen waits until something has arrived, not long.
func (t *turn) listen(ctx context.Context) error {
	if n, err := t.drain(); n > 0 || err != nil {
		return err
	}
	timer := time.NewTimer(lookAgain)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.s.wire.arrived:
		// scrapligo's reader has it now, and hands it on in a moment.
		for range 20 {
			if n, err := t.drain(); n > 0 || err != nil {
				return err
			}
			time.Sleep(handOver)
		}
	case <-timer.C:
		t.quiet += lookAgain
	}
	_, err := t.drain()
	return err
}

// handOver is about how long scrapligo's reader takes to queue what it read.
const handOver = 50 * time.Microsecond

// drain shows what has arrived on the screen.
func (t *turn) drain() (int, error) {
	b, err := t.s.driver.Channel.ReadAll()
	if err != nil {
		return 0, errConnection
	}
	if len(b) > 0 {
		t.screen.feed(b)
		if t.begun {
			t.pause = max(t.pause, t.quiet)
		}
		t.begun, t.quiet = true, 0
	}
	return len(b), nil
}

// echoed waits until the gateway has shown what was typed. What it says in
// between does not matter here, nor where it breaks the line.
func (t *turn) echoed(ctx context.Context, line string) error {
	want := squeeze(line)
	for {
		got := t.screen.joined(t.s.asynchronous)
		if strings.HasSuffix(got, want) || t.quiet >= settle && roughly(got, want) {
			return nil
		}
		if err := t.listen(ctx); err != nil {
			return err
		}
	}
}

// roughly reports whether the characters of want stand in got in their order,
// the last one at its end.
func roughly(got, want string) bool {
	if want == "" || got == "" || got[len(got)-1] != want[len(want)-1] {
		return want == ""
	}
	at := 0
	for i := 0; i < len(got) && at < len(want); i++ {
		if got[i] == want[at] {
			at++
		}
	}
	return at == len(want)
}

// prompted waits for the next prompt and answers what is asked before.
func (t *turn) prompted(ctx context.Context) error {
	for {
		last := t.screen.last()
		if last != "" && t.s.stand(last) {
			return nil
		}
		if err := t.answer(); err != nil {
			return err
		}
		if err := t.clear(last); err != nil {
			return err
		}
		if err := t.listen(ctx); err != nil {
			return err
		}
	}
}

// clear empties the command line when the gateway has refused what was typed
// and shows it again for correction.
func (t *turn) clear(last string) error {
	key := t.s.target.Rules.Clear
	if key == 0 || t.cleared || t.quiet < 2*settle || !t.s.redisplayed(last, t.typed) {
		return nil
	}
	t.cleared = true
	return t.s.driver.Channel.Write([]byte{key}, false)
}

// question is a last line that is no prompt and waits for a key: a pager, or
// something that wants to be confirmed or named.
var question = regexp.MustCompile(`(?i)-- ?\(?more\b|^\(END\)|^:$|\[confirm\]|[\[(]y(\(yes\))?(es)?[/,]no?|\[(yes|no|y|n|cancel)\] ?:?$|\? ?(\[[^\]]*\]|\([^)]*\))?:?$|[\])] ?[?:]$|password: ?$`)

// answer types the profile's answer when a question stands on the last line.
// Any other question ends the exchange.
func (t *turn) answer() error {
	last := strings.TrimSpace(string(t.screen.line))
	if last == "" || t.quiet < knownQuestion || t.answers > 0 && len(t.screen.lines) <= t.asked {
		return nil
	}
	for _, q := range t.s.target.Rules.Questions {
		if q.Line.MatchString(t.typed) && q.Ask.MatchString(last) && t.answers < mostAnswers {
			t.asked, t.answers = len(t.screen.lines), t.answers+1
			if err := t.s.driver.Channel.Write([]byte(q.Answer+"\n"), false); err != nil {
				return errConnection
			}
			return nil
		}
	}
	if t.quiet >= unknownQuestion && question.MatchString(last) {
		return &QuestionError{Line: t.typed, Ask: t.s.mask(last)}
	}
	return nil
}

// said leaves out of lines what says nothing about what was typed: blank lines,
// prompts, what is asynchronous.
func (s *Session) said(lines []string) []string {
	var out []string
	for _, l := range lines {
		if trim := strings.TrimSpace(l); trim != "" && !s.isPrompt(trim) && !s.asynchronous(trim) {
			out = append(out, trim)
		}
	}
	return out
}

// asynchronous reports whether a line may come at any time.
func (s *Session) asynchronous(line string) bool { return matches(s.target.Rules.Asynchronous, line) }

func matches(list []*regexp.Regexp, line string) bool {
	return slices.ContainsFunc(list, func(re *regexp.Regexp) bool { return re.MatchString(line) })
}
