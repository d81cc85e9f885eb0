package device_test

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/twinpath/twinpath/internal/device"
	"github.com/twinpath/twinpath/internal/devicetest"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/vendors"
)

// tty is a terminal that a test plays: what it says and when is the test's.
type tty struct {
	in *bufio.Reader
	w  io.Writer
	// single sends one byte at a time.
	single bool
}

// say sends text as a terminal shows it.
func (t *tty) say(text string) {
	text = strings.ReplaceAll(text, "\n", "\r\n")
	if !t.single {
		_, _ = io.WriteString(t.w, text) // A client that is gone ends the next read.
		return
	}
	for i := range len(text) {
		_, _ = io.WriteString(t.w, text[i:i+1])
	}
}

// line reads up to a return and echoes it; ok is false when the client is gone.
func (t *tty) line() (string, bool) {
	var line []byte
	for {
		b, err := t.in.ReadByte()
		switch {
		case err != nil:
			return "", false
		case b == '\n' || b == '\r':
			return string(line), true
		}
		line = append(line, b)
		t.say(string(b))
	}
}

// upTo reads up to a byte without an echo.
func (t *tty) upTo(end byte) {
	_, _ = t.in.ReadString(end) // A client that is gone ends the next read too.
}

// play starts a gateway whose terminal is a function, and opens a session with
// the rules of a system, without its Prepare and Identify.
func play(t *testing.T, os string, edit func(*vendor.SessionRules), terminal func(*tty), change ...func(*ssh.ServerConfig)) device.Target {
	t.Helper()
	reg, err := vendor.NewRegistry(vendors.FS)
	require.NoError(t, err)
	p, err := reg.Profile(os)
	require.NoError(t, err)
	definition, err := reg.Dialogue(os)
	require.NoError(t, err)
	rules := *p.Manage.Session
	rules.Prepare, rules.Identify = nil, nil
	if edit != nil {
		edit(&rules)
	}
	server := devicetest.StartRaw(t, func(ch io.ReadWriter) { terminal(&tty{in: bufio.NewReader(ch), w: ch}) }, change...)
	return device.Target{
		Host:     device.Host{Address: "127.0.0.1", Port: server.Addr.Port, Username: "netops", KeyFile: server.KeyFile(), KnownHosts: server.KnownHosts()},
		Platform: definition, Rules: &rules, Mask: p.Manage.Mask, Timeout: 20 * time.Second,
	}
}

func opened(t *testing.T, target device.Target) *device.Session {
	t.Helper()
	s, err := device.Open(t.Context(), target)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// replies is a terminal that answers each line with a text that ends in a
// prompt.
func replies(prompt string, texts map[string]string) func(*tty) {
	return func(term *tty) {
		term.say("\nWelcome\n" + prompt)
		for {
			line, ok := term.line()
			if !ok {
				return
			}
			text, known := texts[line]
			if !known {
				text = "unexpected " + line + "\n" + prompt
			}
			term.say("\n" + text)
		}
	}
}

// TestHeaderLineIsNoPrompt: a printed configuration begins with a line that has
// the form of a prompt, and arrives a byte at a time.
func TestHeaderLineIsNoPrompt(t *testing.T) {
	t.Parallel()
	config := "[V300R024C00SPC100]\n#\n sysname AR730\n#\nreturn\n"
	target := play(t, "huawei-vrp5", nil, func(term *tty) {
		term.single = true
		replies("<AR730>", map[string]string{"display current-configuration": config + "<AR730>"})(term)
	})
	s := opened(t, target)
	assert.Equal(t, "AR730", s.Hostname())
	out, err := s.Run(t.Context(), "display current-configuration")
	require.NoError(t, err)
	assert.Equal(t, strings.TrimSpace(config), out)
}

// TestModesOfTheCandidate: the mark in the prompt says whether it is dirty.
func TestModesOfTheCandidate(t *testing.T) {
	t.Parallel()
	s := opened(t, play(t, "huawei-vrp8", nil, replies("HRP_M<fw1>", map[string]string{
		"system-view":                     "Enter system view, return user view with return command.\nHRP_M[~fw1]",
		"bfd aa bind peer-ip 10.0.0.1":    "HRP_M[*fw1-bfd-session-aa]",
		"ip route-static 10.1.0.0 16 NU0": "Error: Wrong parameter found at '^' position.\nHRP_M[*fw1]",
		"info":                            "Info: It will take effect.\nHRP_M[*fw1]",
		"commit trial 120":                "Info: The system enters the trial configuration mode.\nHRP_M[~fw1]",
	})))
	assert.Equal(t, "exec", s.Mode())
	_, err := s.Act(t.Context(), "system-view")
	require.NoError(t, err)
	assert.Equal(t, "configuration", s.Mode())
	require.NoError(t, s.Line(t.Context(), "bfd aa bind peer-ip 10.0.0.1"))
	assert.Equal(t, "configuration-dirty", s.Mode())
	require.NoError(t, s.Line(t.Context(), "info"))
	var rejected *device.RejectedError
	require.ErrorAs(t, s.Line(t.Context(), "ip route-static 10.1.0.0 16 NU0"), &rejected)
	reply, err := s.Act(t.Context(), "commit trial 120")
	require.NoError(t, err)
	assert.Equal(t, "Info: The system enters the trial configuration mode.", reply)
	assert.Equal(t, "configuration", s.Mode())
}

// TestRefusalsOfSystems: each system's own words, some of them without a mark.
func TestRefusalsOfSystems(t *testing.T) {
	t.Parallel()
	for os, words := range map[string][]string{
		"cisco-iosxe": {
			"% Invalid input detected at '^' marker.", "Entry already running and cannot be modified", "%Scheduling a probe with the timeout higher than frequency is not allowed.",
			"% Incomplete command.", "Command authorization failed.", "% Failed to commit one or more configuration items", "10.0.0.0 overlaps with GigabitEthernet0/0/0",
			"Inconsistent address and mask", "%No matching route to delete", "anything that nobody knows",
		},
		"huawei-vrp5": {"Error: Unrecognized command found at '^' position.", "Error:Incomplete command found at '^' position.", "Error: The test is in progress, it cannot be deleted.", "anything that nobody knows"},
		"huawei-vrp8": {"Error: The configuration is locked by other user. [Session ID = 407]", "Error:Too many parameters found at '^' position.", "Failed to generate committed config"},
		"juniper-junos": {
			"syntax error.", "error: configuration check-out failed", "missing argument.", "terminal:1:(36) syntax error: metric", "load complete (1 errors)",
			"error: configuration database locked by:", "invalid value '10.0.0.300' in ip address", "anything that nobody knows",
		},
	} {
		prompt, mode := map[string]string{"cisco-iosxe": "r1#", "huawei-vrp5": "<r1>", "huawei-vrp8": "<r1>", "juniper-junos": "netops@r1>"}[os], ""
		mode = map[string]string{"cisco-iosxe": "r1(config)#", "huawei-vrp5": "[r1]", "huawei-vrp8": "[~r1]", "juniper-junos": "[edit]\nnetops@r1#"}[os]
		for _, word := range words {
			t.Run(os+" "+word, func(t *testing.T) {
				t.Parallel()
				s := opened(t, play(t, os, nil, replies(prompt, map[string]string{"enter": mode, "x": word + "\n" + mode, "y": mode})))
				_, err := s.Act(t.Context(), "enter")
				require.NoError(t, err)
				err = s.Line(t.Context(), "x")
				var rejected *device.RejectedError
				require.ErrorAs(t, err, &rejected)
				assert.Equal(t, device.RejectedError{Line: "x", Reply: word}, *rejected)
				require.NoError(t, s.Line(t.Context(), "y"), "the session goes on")
				_, err = s.Act(t.Context(), "x")
				if !strings.Contains(word, "nobody knows") && !strings.Contains(word, "%No") {
					require.ErrorAs(t, err, &rejected, "an act that meets it is refused too")
				}
			})
		}
	}
}

// TestAsynchronousMessages: in the middle of an echo, of a reply, and between
// two lines with the prompt shown again.
func TestAsynchronousMessages(t *testing.T) {
	t.Parallel()
	const log = "*Nov 23 08:00:00.123: %LINK-3-UPDOWN: Interface GigabitEthernet0/0/0, changed state to up"
	for _, single := range []bool{false, true} {
		s := opened(t, play(t, "cisco-iosxe", nil, func(term *tty) {
			term.single = single
			term.say("r1#")
			term.line()
			term.say("\nRollback Confirmed Change: Backing up current running config to flash:x-1\n\nr1(config)#")
			term.upTo('d') // The first line is broken by a message.
			term.say("ip rou\n" + log + "\nte 10.0.0.0 255.0.0.0 10.0.0.1 old")
			term.upTo('\n')
			term.say("\n" + log + "\nr1(config)#")
			time.Sleep(30 * time.Millisecond)
			term.say("\nRollback Confirmed Change: Rollback will begin in one minute.\nEnter \"configure confirm\" if you wish to keep what you've configured\n\nr1(config)#")
			for {
				if _, ok := term.line(); !ok {
					return
				}
				term.say("\n" + log + "\n%SYS-5-CONFIG_I: Configured from console by netops on vty0\nr1(config)#")
			}
		}))
		_, err := s.Act(t.Context(), "configure terminal revert timer 5")
		require.NoError(t, err)
		require.NoError(t, s.Line(t.Context(), "ip route 10.0.0.0 255.0.0.0 10.0.0.1 old"))
		time.Sleep(60 * time.Millisecond)
		require.NoError(t, s.Line(t.Context(), "ip route 10.1.0.0 255.255.0.0 10.0.0.1"))
		reply, err := s.Act(t.Context(), "do show clock")
		require.NoError(t, err)
		assert.Empty(t, reply, "messages are no reply")
	}
}

// TestQuestions: what the profile answers, at login and after a line, and what
// it does not.
func TestQuestions(t *testing.T) {
	t.Parallel()
	answered := make(chan string, 3)
	dialogue := func(term *tty) {
		term.single = true
		term.say("Warning: The initial password poses security risks.\nThe password needs to be changed. Change now? [Y/N]: ")
		a, _ := term.line()
		answered <- a
		term.say("\nInfo: The max number of VTY users is 21, and the number of current VTY users on line is 1.\n<r1>")
		for {
			line, ok := term.line()
			if !ok {
				return
			}
			switch line {
			case "save":
				term.say("\n Warning: The current configuration will be written to the device.\n Are you sure to continue?[Y/N]:")
				a, _ := term.line()
				answered <- a
				term.say("\n  It will take several minutes to save configuration file, please wait...\n  Configuration file had been saved successfully\n<r1>")
			default:
				term.say("\nWarning: The BFD process will be deleted. Continue? [Y/N]:")
				a, _ := term.line()
				answered <- a
			}
		}
	}
	s := opened(t, play(t, "huawei-vrp5", nil, dialogue))
	assert.Equal(t, "N", <-answered)
	reply, err := s.Act(t.Context(), "save")
	require.NoError(t, err)
	assert.Equal(t, "Y", <-answered)
	assert.Contains(t, reply, "Configuration file had been saved successfully")
	_, err = s.Act(t.Context(), "undo bfd")
	var asked *device.QuestionError
	require.ErrorAs(t, err, &asked)
	assert.Equal(t, device.QuestionError{Line: "undo bfd", Ask: "Warning: The BFD process will be deleted. Continue? [Y/N]:"}, *asked)
	require.ErrorIs(t, err, device.ErrLost, "whether it took effect is not known")
	select {
	case a := <-answered:
		assert.Empty(t, a, "nothing is answered; the end of the connection ends the read")
	case <-time.After(5 * time.Second):
		t.Error("the connection stays open")
	}
}

// TestUnansweredQuestionAtLogin: nothing was typed, so nothing is lost.
func TestUnansweredQuestionAtLogin(t *testing.T) {
	t.Parallel()
	_, err := device.Open(t.Context(), play(t, "cisco-iosxe", nil, func(term *tty) {
		term.say("Do you accept the terms of use? [yes/no]: ")
		term.upTo(0)
	}))
	var asked *device.QuestionError
	require.ErrorAs(t, err, &asked)
	assert.Equal(t, device.QuestionError{Ask: "Do you accept the terms of use? [yes/no]:"}, *asked)
	require.NotErrorIs(t, err, device.ErrLost)
}

// TestPagerThatAppearsAnyway is a question, not a part of the output.
func TestPagerThatAppearsAnyway(t *testing.T) {
	t.Parallel()
	for os, more := range map[string]string{"cisco-iosxe": " --More-- ", "huawei-vrp8": "  ---- More ----", "juniper-junos": "---(more)---"} {
		t.Run(os, func(t *testing.T) {
			t.Parallel()
			prompt := map[string]string{"cisco-iosxe": "r1#", "huawei-vrp8": "<r1>", "juniper-junos": "netops@r1>"}[os]
			s := opened(t, play(t, os, nil, replies(prompt, map[string]string{"show": "interface x\n description " + prompt + " is no prompt\n" + more})))
			_, err := s.Run(t.Context(), "show")
			var asked *device.QuestionError
			require.ErrorAs(t, err, &asked)
			assert.Equal(t, strings.TrimSpace(more), asked.Ask)
		})
	}
}

// TestErasedPagerAndRedrawnLine: what the cursor overwrites is gone.
func TestErasedPagerAndRedrawnLine(t *testing.T) {
	t.Parallel()
	s := opened(t, play(t, "huawei-vrp8", nil, replies("<r1>", map[string]string{
		"show": "one\n  ---- More ----\x1b[16D                \x1b[16Dtwo\n--More--\r        \rthree\nfou\x08\x08\x1b[Kive\n<r1>",
	})))
	out, err := s.Run(t.Context(), "show")
	require.NoError(t, err)
	assert.Equal(t, "one\ntwo\nthree\nfive", out)
}

// TestLineShownAgainForCorrection: a system shows a refused line again behind
// its prompt. It is taken back, and the session goes on.
func TestLineShownAgainForCorrection(t *testing.T) {
	t.Parallel()
	s := opened(t, play(t, "juniper-junos", nil, func(term *tty) {
		term.say("--- JUNOS 25.4R1.12\nnetops@r1>")
		term.line()
		term.say("\nEntering configuration mode\n\n[edit]\nnetops@r1# ")
		term.line()
		term.say("\n                     ^\nsyntax error.\n\n[edit]\nnetops@r1# set protocols bogus")
		term.upTo(0x15) // Control-U
		term.say(strings.Repeat("\b \b", len("set protocols bogus")))
		line, _ := term.line()
		term.say("\nload complete\n\n[edit]\nnetops@r1# ")
		assert.Equal(t, "rollback 0", line)
		term.upTo(0)
	}))
	_, err := s.Act(t.Context(), "configure exclusive")
	require.NoError(t, err)
	err = s.Line(t.Context(), "set protocols bogus")
	var rejected *device.RejectedError
	require.ErrorAs(t, err, &rejected)
	assert.Contains(t, []string{"^", "syntax error."}, rejected.Reply)
	reply, err := s.Act(t.Context(), "rollback 0")
	require.NoError(t, err)
	assert.Equal(t, "load complete", reply)
}

// TestWrongPlaceAfterLogin: a shell, and a user without privilege.
func TestWrongPlaceAfterLogin(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ os, prompt, want string }{
		"shell":        {"juniper-junos", "root@mx1:~ # ", "shell of the system"},
		"bare shell":   {"juniper-srx", "% ", "shell of the system"},
		"no privilege": {"cisco-iosxe", "r1>", "privilege 15"},
		"other family": {"huawei-vrp5", "[~r1]", "huawei-vrp8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := device.Open(t.Context(), play(t, tc.os, nil, replies(tc.prompt, nil)))
			require.ErrorContains(t, err, tc.want)
			require.NotErrorIs(t, err, device.ErrLost)
		})
	}
}

func itoa(n int) string { return strconv.Itoa(n) }
