package lab

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"text/template"
	"time"

	"github.com/vishvananda/netns"

	"github.com/twinpath/twinpath/internal/scenario"
)

//go:embed files
var files embed.FS

// labDir is where the lab's files lie, in the bubble's memory.
const labDir = "/run/lab"

// Lab is one lab inside its bubble.
type Lab struct {
	model *model
	sc    *scenario.Scenario
	// scenarioFile and inventoryFile are the lab's copies.
	scenarioFile, untrackedFile, inventoryFile string
	root, dir                                  string
	log                                        io.Writer
	start                                      time.Time
	spaces                                     map[string]netns.NsHandle
	cloud                                      *cloudEnd
	watch                                      *watch
	untested                                   []string

	mu      sync.Mutex
	sources []netip.Addr // of the cloud's probes, by circuit
}

// note tells the person who waits what the lab does.
func (l *Lab) note(format string, args ...any) {
	fmt.Fprintf(l.log, "lab %5.1fs  %s\n", time.Since(l.start).Seconds(), fmt.Sprintf(format, args...))
}

// source returns the source of one circuit's probes.
func (l *Lab) source(i int) netip.Addr {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sources[i]
}

// in calls f on a thread of the namespace. What f opens or starts belongs to
// it. The thread is thrown away, so that no other goroutine ever runs there.
func (l *Lab) in(ns string, f func() error) error {
	h, ok := l.spaces[ns]
	if !ok {
		return fmt.Errorf("the lab has no namespace %s", ns)
	}
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if err := netns.Set(h); err != nil {
			done <- fmt.Errorf("enter %s: %w", ns, err)
			return
		}
		done <- f()
	}()
	return <-done
}

// command is a program to be run in the lab.
type command struct {
	ns    string // empty: the bubble's own
	name  string
	args  []string
	stdin string
}

// run runs a program to its end and returns what it printed. An error carries
// what it said on standard error.
func (l *Lab) run(ctx context.Context, c command) ([]byte, error) {
	path := c.name
	if !strings.Contains(path, "/") {
		var err error
		if path, err = lookPath(c.name); err != nil {
			return nil, err
		}
	}
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, path, c.args...) //nolint:gosec // the lab's own programs
	cmd.Env = l.env()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(c.stdin), &out, &errs
	// A daemon may hold the pipes open after the program that started it ended.
	cmd.WaitDelay = 2 * time.Second
	begin := cmd.Start
	if c.ns != "" {
		begin = func() error { return l.in(c.ns, cmd.Start) }
	}
	err := begin()
	if err == nil {
		err = cmd.Wait()
	}
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	if err != nil {
		err = &runError{name: filepath.Base(c.name) + " " + strings.Join(c.args, " "), ns: c.ns, said: tail(errs.String() + out.String()), err: err}
	}
	return out.Bytes(), err
}

// runError is a program that failed.
type runError struct {
	name, ns, said string
	err            error
}

func (e *runError) Error() string {
	return fmt.Sprintf("%s (in %s): %v: %s", e.name, e.ns, e.err, e.said)
}

func (e *runError) Unwrap() error { return e.err }

// tail returns the last lines of a program's output, on one line; of this
// program's, only the error and not the diagnostics before it.
func tail(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for _, line := range lines {
		if strings.HasPrefix(line, "twinpath: ") {
			return line
		}
	}
	const most = 12
	return strings.Join(lines[max(0, len(lines)-most):], " | ")
}

// env is the environment of the lab's programs: nothing of the caller's shell
// or SSH agent reaches them.
func (l *Lab) env() []string {
	return []string{"PATH=" + toolPath, "HOME=" + l.dir, "TMPDIR=" + l.dir, "XDG_STATE_HOME=" + l.dir + "/state", "LC_ALL=C", "NO_COLOR=1"}
}

// ip runs lines of `ip -batch` in a namespace; "" is the bubble's own.
func (l *Lab) ip(ctx context.Context, ns, lines string) error {
	_, err := l.run(ctx, command{ns: ns, name: "ip", args: []string{"-batch", "-"}, stdin: lines})
	return err
}

// nft runs a ruleset in a namespace.
func (l *Lab) nft(ctx context.Context, ns, rules string) error {
	_, err := l.run(ctx, command{ns: ns, name: "nft", args: []string{"-f", "-"}, stdin: rules})
	return err
}

// sysctl sets a kernel parameter of a namespace; the file is the namespace's of
// the thread that opens it.
func (l *Lab) sysctl(ns, name, value string) error {
	return l.in(ns, func() error {
		if err := os.WriteFile("/proc/sys/"+name, []byte(value), 0); err != nil {
			return fmt.Errorf("set %s in %s: %w", name, ns, err)
		}
		return nil
	})
}

// file writes one of the embedded files, filled in, into the lab's folder.
func (l *Lab) file(name, as string, data any) (string, error) {
	t, err := template.ParseFS(files, "files/"+name)
	if err != nil {
		return "", fmt.Errorf("read the lab's %s: %w", name, err)
	}
	var b bytes.Buffer
	if err := t.Option("missingkey=error").Execute(&b, data); err != nil {
		return "", fmt.Errorf("fill in the lab's %s: %w", name, err)
	}
	path := filepath.Join(l.dir, as)
	return path, os.WriteFile(path, b.Bytes(), 0o755)
}

// isClosed reports whether a socket was closed on purpose.
func isClosed(err error) bool { return errors.Is(err, net.ErrClosed) }
