package lab

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// socket is where a lab that is up listens: an abstract address (unix(7)),
// which is no file and is gone with the process.
const socket = "@twinpath-lab"

// errDown is that no lab is up.
var errDown = errors.New("no lab is up; `twinpath lab up` builds one")

// Up starts a lab that stays, in the background, and waits until it is ready.
func Up(ctx context.Context, o Options, log io.Writer) (*Status, error) {
	if err := Ready(); err != nil {
		return nil, err
	}
	if _, err := ask(ctx, Request{Do: doStatus}, nil); err == nil {
		return nil, errors.New("a lab is up already; `twinpath lab down` ends it")
	}
	args := o.Args("")
	cmd := exec.Command("/proc/self/exe", append([]string{"lab", "hold"}, args[3:]...)...) //nolint:gosec,noctx // it outlives this command on purpose
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the lab: %w", err)
	}
	var p reply
	var err error
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if p, err = ask(ctx, Request{Do: doStatus}, log); !errors.Is(err, errDown) || time.Now().After(deadline) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	return p.Status, nil
}

// Down ends the lab that is up.
func Down(ctx context.Context) error {
	_, err := ask(ctx, Request{Do: doDown}, nil)
	return err
}

// DrillUp drills a circuit of the lab that is up.
func DrillUp(ctx context.Context, q Request, log io.Writer) (*Report, error) {
	sum, err := q.sum()
	if err != nil {
		return nil, err
	}
	q.Do, q.Sum = doDrill, sum
	p, err := ask(ctx, q, log)
	return p.Report, err
}

// ask sends one request to the lab that is up.
func ask(ctx context.Context, q Request, log io.Writer) (reply, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		return reply{}, errDown
	}
	defer shut(c)
	stop := context.AfterFunc(ctx, func() { shut(c) })
	defer stop()
	if err := json.NewEncoder(c).Encode(q); err != nil {
		return reply{}, fmt.Errorf("ask the lab: %w", err)
	}
	p, err := readReplies(bufio.NewReader(c), log)
	if err == nil && p.Error != "" {
		err = errors.New(p.Error)
	}
	return p, err
}

// holder keeps a lab up and stands between it and the commands.
type holder struct {
	pid  int
	to   io.WriteCloser
	from *bufio.Reader
	end  context.CancelFunc

	mu     sync.Mutex // one request at a time
	booted chan struct{}
	boot   reply
	gone   chan struct{} // closed when nothing of the lab is left
	said   bytes.Buffer  // what the lab noted while it started
}

// Hold keeps a lab up until it is asked to end. It is the process in the
// background; when it dies, the lab dies with it.
func Hold(ctx context.Context, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", socket)
	if err != nil {
		return fmt.Errorf("another lab is up: %w", err)
	}
	requests, to, err := os.Pipe()
	if err != nil {
		return err
	}
	answers, out, err := os.Pipe()
	if err != nil {
		return err
	}
	h := &holder{to: to, from: bufio.NewReader(answers), end: cancel, booted: make(chan struct{}), gone: make(chan struct{})}
	context.AfterFunc(ctx, func() { shut(listener) })
	var serve sync.WaitGroup
	serve.Go(func() {
		p, err := readReplies(h.from, &h.said)
		if err != nil {
			p = reply{Done: true, Error: err.Error()}
		}
		h.boot = p
		close(h.booted)
	})
	serve.Go(func() {
		var each sync.WaitGroup
		defer each.Wait()
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			each.Go(func() { h.handle(c) })
		}
	})
	args := o.Args(JobServe)
	err = Enter(ctx, args, Stdio{In: requests, Out: out, Err: io.Discard, Started: func(pid int) { h.pid = pid }})
	shut(out)
	shut(requests)
	<-h.booted
	close(h.gone)
	// Whoever waits for the start hears how it ended before the listener goes.
	time.AfterFunc(time.Second, cancel)
	serve.Wait()
	return err
}

// handle answers one command.
func (h *holder) handle(c net.Conn) {
	defer shut(c)
	var q Request
	in := bufio.NewReader(c)
	line, err := in.ReadBytes('\n')
	if err != nil || !rootAsks(c) || json.Unmarshal(line, &q) != nil {
		return
	}
	answer := &replies{to: json.NewEncoder(c)}
	if q.Do == doDown {
		h.end()
		<-h.gone
		_ = answer.send(reply{Done: true}) // the caller may have gone
		return
	}
	<-h.booted
	if q.Do == doStatus || h.boot.Error != "" {
		if h.boot.Status != nil {
			h.boot.Status.PID = h.pid
		}
		_ = answer.send(reply{Log: h.said.String()}) // as above
		_ = answer.send(h.boot)                      // as above
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, err := h.to.Write(line); err != nil {
		return
	}
	p, err := readReplies(h.from, answer)
	if err != nil {
		p = reply{Done: true, Error: err.Error()}
	}
	_ = answer.send(p) // as above
}

// shut closes what the other end may have closed already; what was sent is
// judged by its answer.
func shut(c io.Closer) { _ = c.Close() }

// rootAsks reports whether the other end is root: an abstract address has no
// permissions of its own.
func rootAsks(c net.Conn) bool {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return false
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return false
	}
	root := false
	err = raw.Control(func(fd uintptr) {
		cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
		root = err == nil && cred.Uid == 0
	})
	return err == nil && root
}
