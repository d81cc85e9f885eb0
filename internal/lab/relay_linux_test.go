package lab

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// The relay stands between the gateway's sshd and its command line, sees every
// line that is typed, and kills who types at one of them. The lines of a push
// are encrypted everywhere else.
const (
	relayCommand = "lab-relay"
	typedFile    = labDir + "/typed"
	strikeFile   = labDir + "/strike.json"
	victimFile   = labDir + "/victim"
)

// strike says when to kill.
type strike struct {
	// Line is what is typed, Nth which time, over all connections, from 1; 0:
	// never. How often a push looks before something is seen is not the same each
	// time, so lines are not counted.
	Line string
	Nth  int
	// After is true when the gateway gets the line and answers it, and nobody
	// hears that.
	After bool
}

// TestMain is also the relay: this program again, as the login shell.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != relayCommand {
		m.Run()
		return
	}
	if err := relay(os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "relay:", err)
	}
}

// relay runs a program on a terminal of its own, between it and this one's.
func relay(args []string) error {
	var s strike
	data, err := os.ReadFile(strikeFile)
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		return err
	}
	// When the connection ends, sshd hangs the terminal up.
	signal.Ignore(syscall.SIGHUP)
	cmd := exec.Command(args[0], args[1:]...)
	inner, err := pty.Start(cmd)
	if err != nil {
		return err
	}
	defer func() {
		_ = inner.Close()         // It may be gone already,
		_ = cmd.Process.Kill()    // and so may this.
		_, _ = cmd.Process.Wait() // How it ended says nothing.
	}()
	if err := pty.InheritSize(os.Stdin, inner); err != nil {
		return err
	}
	if _, err := term.MakeRaw(int(os.Stdin.Fd())); err != nil {
		return err
	}
	output := make(chan []byte)
	go forward(inner, output)
	input := make(chan []byte)
	go forward(os.Stdin, input)
	return s.pass(inner, input, output)
}

// forward passes on what is read, until it ends.
func forward(from io.Reader, to chan<- []byte) {
	defer close(to)
	for {
		buf := make([]byte, 4096)
		n, err := from.Read(buf)
		if n > 0 {
			to <- buf[:n]
		}
		if err != nil {
			return
		}
	}
}

// pass carries both directions until one ends, or it is time to kill.
func (s strike) pass(inner io.Writer, input, output <-chan []byte) error {
	line := ""
	for {
		select {
		case text, open := <-output:
			if !open {
				return nil
			}
			if _, err := os.Stdout.Write(text); err != nil {
				return err
			}
		case text, open := <-input:
			if !open {
				return nil
			}
			for _, c := range text {
				if c != '\r' && c != '\n' {
					line += string(c)
				} else if due, err := s.due(line); err != nil || due {
					return s.kill(inner, output, err)
				} else {
					line = ""
				}
				if _, err := inner.Write([]byte{c}); err != nil {
					return err
				}
			}
		}
	}
}

// due notes a line, and reports whether it is the one to kill at.
func (s strike) due(line string) (bool, error) {
	f, err := os.OpenFile(typedFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return false, err
	}
	_, err = fmt.Fprintln(f, line)
	if shut := f.Close(); err == nil {
		err = shut
	}
	if err != nil {
		return false, err
	}
	data, err := os.ReadFile(typedFile)
	return line == s.Line && strings.Count("\n"+string(data), "\n"+line+"\n") == s.Nth, err
}

// kill ends who types. Nothing of what the gateway says from now on arrives.
func (s strike) kill(inner io.Writer, output <-chan []byte, err error) error {
	if err != nil {
		return err
	}
	if s.After {
		if _, err := inner.Write([]byte{'\r'}); err != nil {
			return err
		}
		answered(output)
	}
	data, err := os.ReadFile(victimFile)
	if err != nil {
		return err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		return err
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// answered waits until the command line stands at its prompt again and says
// nothing more.
func answered(output <-chan []byte) {
	said := ""
	quiet := time.NewTimer(5 * time.Second)
	for {
		select {
		case text, open := <-output:
			if !open {
				return
			}
			if said += string(text); strings.HasSuffix(said, "# ") {
				quiet.Reset(30 * time.Millisecond)
			}
		case <-quiet.C:
			return
		}
	}
}

// insideOf is a file of a bubble, as the host sees it.
func insideOf(pid int, path string) string {
	return filepath.Join("/proc", strconv.Itoa(pid), "root", path)
}
