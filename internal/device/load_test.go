package device_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/device"
)

// loading is a terminal that takes a text.
func loading(reply string, got chan<- string) func(*tty) {
	return func(term *tty) {
		term.say("netops@r1>")
		term.line()
		term.say("\nEntering configuration mode\n\n[edit]\nnetops@r1# ")
		if line, _ := term.line(); line != "load set terminal" {
			return
		}
		term.say("\n[Type ^D at a new line to end input]\n")
		var text strings.Builder
		for {
			b, err := term.in.ReadByte()
			if err != nil {
				return
			}
			if b == 0x04 {
				break
			}
			text.WriteByte(b)
			term.say(string(b))
		}
		got <- text.String()
		term.say("^D\b\b" + reply + "\n\n[edit]\nnetops@r1# ")
		term.upTo(0)
	}
}

// TestLoad: a text is handed over whole and its reply judged whole, since
// "load complete" hides an error above it.
func TestLoad(t *testing.T) {
	t.Parallel()
	var long []string
	for i := range 200 {
		long = append(long, fmt.Sprintf("set routing-options static route 10.%d.0.0/16 next-hop 10.0.0.1", i))
	}
	ready := regexp.MustCompile(`^\[Type \^D at a new line to end input\]$`)
	for name, tc := range map[string]struct {
		reply, refused string
		lines          []string
	}{
		"complete":        {"load complete", "", long},
		"hidden error":    {"terminal:1:(36) syntax error: metric\nload complete", "terminal:1:(36) syntax error: metric", long[:2]},
		"counted errors":  {"load complete (1 errors)", "load complete (1 errors)", long[:2]},
		"unknown warning": {"warning: statement not supported\nload complete", "warning: statement not supported", long[:2]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := make(chan string, 1)
			s := opened(t, play(t, "juniper-junos", nil, loading(tc.reply, got)))
			_, err := s.Act(t.Context(), "configure exclusive")
			require.NoError(t, err)
			reply, err := s.Load(t.Context(), "load set terminal", ready, tc.lines)
			if tc.refused == "" {
				require.NoError(t, err)
				assert.Equal(t, "load complete", reply)
			} else {
				var rejected *device.RejectedError
				require.ErrorAs(t, err, &rejected)
				assert.Equal(t, tc.refused, rejected.Reply)
			}
			assert.Equal(t, strings.Join(tc.lines, "\n")+"\n", <-got)
		})
	}
}

// TestLoadThatIsRefused: the gateway does not get as far as to take the text.
func TestLoadThatIsRefused(t *testing.T) {
	t.Parallel()
	s := opened(t, play(t, "juniper-junos", nil, replies("netops@r1>", map[string]string{
		"configure exclusive": "Entering configuration mode\n\n[edit]\nnetops@r1# ",
		"load set terminal":   "error: permission denied: load\n\n[edit]\nnetops@r1# ",
		"rollback 0":          "load complete\n\n[edit]\nnetops@r1# ",
	})))
	_, err := s.Act(t.Context(), "configure exclusive")
	require.NoError(t, err)
	_, err = s.Load(t.Context(), "load set terminal", regexp.MustCompile(`^\[Type.*`), []string{"set x"})
	var rejected *device.RejectedError
	require.ErrorAs(t, err, &rejected)
	require.NotErrorIs(t, err, device.ErrLost)
	_, err = s.Act(t.Context(), "rollback 0")
	require.NoError(t, err, "the session goes on")
	_, err = s.Load(t.Context(), "load set terminal", regexp.MustCompile(`^\[Type.*`), []string{"set x\nset y"})
	require.ErrorContains(t, err, "control character")
}
