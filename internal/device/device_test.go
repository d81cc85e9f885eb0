package device_test

import (
	"context"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/device"
	"github.com/twinpath/twinpath/internal/devicetest"
	"github.com/twinpath/twinpath/internal/vendor"
)

// definition is a system with two modes, written for these tests.
const definition = `
platform-type: test_system
default:
  driver-type: network
  privilege-levels:
    exec:
      name: exec
      pattern: '(?m)^(?P<host>[\w.\-]{1,64})# ?$'
    configuration:
      name: configuration
      pattern: '(?m)^(?P<host>[\w.\-]{1,64})\(config[\w.\-]{0,32}\)# ?$'
      previous-priv: exec
      deescalate: end
      escalate: configure terminal
  default-desired-privilege-level: exec
`

// script is a gateway that answers from a list and goes from mode to mode.
type script struct {
	greeting, prompt string // the prompt without mode
	replies          map[string]devicetest.Reply
	config           bool
	typed            *atomic.Int64
}

func (s *script) Greeting() string { return s.greeting }

func (s *script) Prompt() string {
	if s.config {
		return s.prompt + "(config)# "
	}
	return s.prompt + "# "
}

func (s *script) Do(line string) devicetest.Reply {
	s.typed.Add(1)
	if r, ok := s.replies[line]; ok {
		return r
	}
	switch {
	case line == "configure terminal" || line == "end":
		s.config = line != "end"
	case strings.HasPrefix(line, "hostname "):
		s.prompt = strings.TrimPrefix(line, "hostname ")
	case line == "exit":
		return devicetest.Reply{Then: devicetest.Logout}
	}
	return devicetest.Reply{}
}

// gateway is a running script with what it takes to reach it.
type gateway struct {
	*devicetest.Server

	target device.Target
	typed  atomic.Int64
}

func start(t *testing.T, s script) *gateway {
	t.Helper()
	if s.prompt == "" {
		s.prompt = "gw"
	}
	g := &gateway{}
	s.typed = &g.typed
	g.Server = devicetest.Start(t, func() devicetest.CLI { c := s; return &c })
	g.target = device.Target{
		Host:     device.Host{Address: "127.0.0.1", Port: g.Addr.Port, Username: "netops", KeyFile: g.KeyFile(), KnownHosts: g.KnownHosts()},
		Platform: []byte(definition), Timeout: 20 * time.Second,
		Rules: &vendor.SessionRules{
			Errors: []*regexp.Regexp{regexp.MustCompile("^%.*")}, Accept: []*regexp.Regexp{regexp.MustCompile("^Info: .*")},
		},
	}
	return g
}

// open opens a session that ends with the test.
func (g *gateway) open(t *testing.T) *device.Session {
	t.Helper()
	s, err := device.Open(t.Context(), g.target)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func enter(t *testing.T, s *device.Session) {
	t.Helper()
	_, err := s.Act(t.Context(), "configure terminal")
	require.NoError(t, err)
	require.Equal(t, "configuration", s.Mode())
}

func leave(t *testing.T, s *device.Session) {
	t.Helper()
	_, err := s.Act(t.Context(), "end")
	require.NoError(t, err)
	require.Equal(t, "exec", s.Mode())
}

// configuring is a session in configuration mode.
func (g *gateway) configuring(t *testing.T) *device.Session {
	t.Helper()
	s := g.open(t)
	enter(t, s)
	return s
}

func TestGreetingAndPromptArriveInPieces(t *testing.T) {
	t.Parallel()
	const banner = "\n*** box# is the console, gw# the gateway ***\nroute# of the day: none\n\n"
	for name, slow := range map[string]time.Duration{"byte by byte": 0, "with pauses": time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := start(t, script{greeting: banner, replies: map[string]devicetest.Reply{"show it": {Text: "one\n two\n"}}})
			g.Slow(1, slow)
			s := g.open(t)
			out, err := s.Run(t.Context(), "show it")
			require.NoError(t, err)
			assert.Equal(t, "one\n two", out)
			enter(t, s)
			require.NoError(t, s.Line(t.Context(), "ip route 10.0.0.0/8 10.0.0.1"))
			leave(t, s)
		})
	}
}

// TestHalfALineOfTheGreetingIsNoPrompt: the gateway stops in the middle of a
// line that begins like a prompt.
func TestHalfALineOfTheGreetingIsNoPrompt(t *testing.T) {
	t.Parallel()
	g := start(t, script{greeting: "box# 1 of 2\n", replies: map[string]devicetest.Reply{"show": {Text: "yes\n"}}})
	g.Slow(4, 30*time.Millisecond)
	out, err := g.open(t).Run(t.Context(), "show")
	require.NoError(t, err)
	assert.Equal(t, "yes", out)
}

func TestNoPromptOfThisSystem(t *testing.T) {
	t.Parallel()
	g := start(t, script{prompt: "<other system>"})
	g.target.Timeout = 4 * time.Second
	_, err := device.Open(t.Context(), g.target)
	require.Error(t, err)
	require.NotErrorIs(t, err, device.ErrLost, "nothing was typed")
	assert.Contains(t, err.Error(), `the last line is "<other system>#"; is os right`)
	assert.Zero(t, g.typed.Load())
}

func TestRepliesToALineOfConfiguration(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ reply, refused string }{
		"nothing":                      {"", ""},
		"accepted":                     {"Info: takes effect at once\n", ""},
		"error":                        {"% Unknown command: x\n", "% Unknown command: x"},
		"marker before the error":      {"    ^\n% Invalid input\n", "^"},
		"log line":                     {"Jan  1 00:00:00 gw zebra: interface c1 up\n", "Jan  1 00:00:00 gw zebra: interface c1 up"},
		"log line in front of error":   {"Info: c1 up\n% Unknown command\n", "% Unknown command"},
		"looks like a prompt of other": {"box(config)# \n", "box(config)#"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, script{replies: map[string]devicetest.Reply{"x": {Text: tc.reply}}}).configuring(t)
			err := s.Line(t.Context(), "x")
			if tc.refused == "" {
				require.NoError(t, err)
				return
			}
			var rejected *device.RejectedError
			require.ErrorAs(t, err, &rejected)
			assert.Equal(t, device.RejectedError{Line: "x", Reply: tc.refused}, *rejected)
			require.NotErrorIs(t, err, device.ErrLost)
			require.NoError(t, s.Line(t.Context(), "y"), "the session goes on")
		})
	}
}

// TestErrorAfterThePromptIsNotLost: a log line makes the terminal show its
// prompt again in the middle of a reply, so that the refusal comes after what
// looks like the end.
func TestErrorAfterThePromptIsNotLost(t *testing.T) {
	t.Parallel()
	late := map[string]devicetest.Reply{"x": {Text: "Info: c1 is up\n", Late: "\n% Unknown command: x\n"}}
	for name, next := range map[string]func(context.Context, *device.Session) error{
		"next line": func(ctx context.Context, s *device.Session) error { return s.Line(ctx, "y") },
		"leaving":   func(ctx context.Context, s *device.Session) error { _, err := s.Act(ctx, "end"); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, script{replies: late}).configuring(t)
			err := s.Line(t.Context(), "x")
			if err == nil { // Usually; a busy machine sees both at once.
				time.Sleep(60 * time.Millisecond)
				err = next(t.Context(), s)
			}
			var rejected *device.RejectedError
			require.ErrorAs(t, err, &rejected)
			assert.Equal(t, device.RejectedError{Line: "x", Reply: "% Unknown command: x"}, *rejected, "it is about the line before")
		})
	}
}

func TestOutputWithEscapeSequences(t *testing.T) {
	t.Parallel()
	for name, chunk := range map[string]int{"whole": 0, "byte by byte": 1, "by threes": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := start(t, script{
				greeting: "\x1b[2J\x1b[1;1H\x1b]0;title of gw\x07", prompt: "\x1b[?2004h\x1b[01;32mgw\x1b[0m",
				replies: map[string]devicetest.Reply{
					"show": {Text: "\x1b(B\x1b[1mone\x1b[m\n\x1b]0;no end\ntwo\x1b[K\n"},
					"bad":  {Text: "\x1b[31m% Unknown command\x1b[0m\n"},
				},
			})
			g.Slow(chunk, 0)
			s := g.open(t)
			out, err := s.Run(t.Context(), "show")
			require.NoError(t, err)
			assert.Equal(t, "one\n\ntwo", out)
			enter(t, s)
			var rejected *device.RejectedError
			require.ErrorAs(t, s.Line(t.Context(), "bad"), &rejected)
			assert.Equal(t, "% Unknown command", rejected.Reply)
		})
	}
}

func TestLostInTheMiddleOfACommand(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		reply devicetest.Reply
		line  string
		want  string
	}{
		"connection ends":     {devicetest.Reply{Then: devicetest.Drop}, "x", ""},
		"no reply":            {devicetest.Reply{Then: devicetest.Hang}, "x", "no prompt within 4s"},
		"pager":               {devicetest.Reply{Text: "one\ntwo\n --More-- ", Then: devicetest.Hang}, "x", `asks "--More--" after "x"`},
		"another pager":       {devicetest.Reply{Text: "one\n  ---- More ----", Then: devicetest.Hang}, "x", `asks "---- More ----" after "x"`},
		"question":            {devicetest.Reply{Text: "Really? [y/N] ", Then: devicetest.Hang}, "x", `asks "Really? [y/N]" after "x"`},
		"half a secret":       {devicetest.Reply{Text: "one\npassword hunter2", Then: devicetest.Hang}, "x", "no prompt within"},
		"host name changes":   {devicetest.Reply{}, "hostname box", "no prompt within 4s"},
		"shell ends":          {devicetest.Reply{Then: devicetest.Logout}, "x", ""},
		"refused, then ended": {devicetest.Reply{Text: "% No\n", Then: devicetest.Hang}, "x", "no prompt within"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			replies := map[string]devicetest.Reply{}
			if tc.line == "x" {
				replies["x"] = tc.reply
			}
			g := start(t, script{replies: replies})
			g.target.Timeout = 4 * time.Second
			s := g.configuring(t)
			err := s.Line(t.Context(), tc.line)
			require.ErrorIs(t, err, device.ErrLost)
			var rejected *device.RejectedError
			require.NotErrorAs(t, err, &rejected, "it is not known whether the line was refused")
			assert.Contains(t, err.Error(), tc.want)
			assert.NotContains(t, err.Error(), "hunter2")

			typed := g.typed.Load()
			require.ErrorIs(t, s.Line(t.Context(), "y"), device.ErrLost)
			_, err = s.Act(t.Context(), "end")
			require.ErrorIs(t, err, device.ErrLost)
			_, err = s.Run(t.Context(), "show")
			require.ErrorIs(t, err, device.ErrLost)
			assert.Equal(t, typed, g.typed.Load(), "nothing is typed into a lost connection")
			require.NoError(t, s.Close())
			require.NoError(t, s.Close())
		})
	}
}

// TestIdleConnectionEnds: between two lines, nothing is on its way, and still
// the next one is not known to have been typed.
func TestIdleConnectionEnds(t *testing.T) {
	t.Parallel()
	s := start(t, script{}).configuring(t)
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Line(t.Context(), "y"), device.ErrLost)
}

func TestContextEndsInTheMiddleOfALine(t *testing.T) {
	t.Parallel()
	g := start(t, script{replies: map[string]devicetest.Reply{"x": {Then: devicetest.Hang}}})
	s := g.configuring(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := s.Line(ctx, "x")
	require.ErrorIs(t, err, device.ErrLost)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// TestEndedContextTypesNothing: and the session is not lost by it, since the
// state of the gateway is known.
func TestEndedContextTypesNothing(t *testing.T) {
	t.Parallel()
	g := start(t, script{})
	s := g.configuring(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	typed := g.typed.Load()
	err := s.Line(ctx, "x")
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, device.ErrLost)
	assert.Equal(t, typed, g.typed.Load())
	leave(t, s)
}

// TestControlCharactersAreNotTyped: one line never becomes two.
func TestControlCharactersAreNotTyped(t *testing.T) {
	t.Parallel()
	g := start(t, script{})
	s := g.configuring(t)
	typed := g.typed.Load()
	for _, line := range []string{"description a\nreload", "description a\rreload", "a\x03b", "a\tb", "a\x1ab", "a\u0085b"} {
		err := s.Line(t.Context(), line)
		require.ErrorContains(t, err, "control character", "%q", line)
		require.NotErrorIs(t, err, device.ErrLost)
	}
	assert.Equal(t, typed, g.typed.Load())
	leave(t, s)
}

func TestConfigurationOnlyInItsMode(t *testing.T) {
	t.Parallel()
	g := start(t, script{replies: map[string]devicetest.Reply{"show": {Text: "  % Unknown command\nmore\n"}}})
	s := g.open(t)
	require.ErrorContains(t, s.Line(t.Context(), "x"), "not in configuration mode")
	assert.Zero(t, g.typed.Load())
	_, err := s.Run(t.Context(), "show")
	var rejected *device.RejectedError
	require.ErrorAs(t, err, &rejected)

	g = start(t, script{replies: map[string]devicetest.Reply{"configure terminal": {Text: "% Locked by admin\n"}}})
	_, err = g.open(t).Act(t.Context(), "configure terminal")
	require.ErrorAs(t, err, &rejected)
	assert.Equal(t, "% Locked by admin", rejected.Reply)
}
