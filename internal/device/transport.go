package device

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/scrapli/scrapligo/transport"
	"golang.org/x/crypto/ssh"
)

// wire carries scrapligo's dialogue over SSH. scrapligo's own transport of
// that kind ends neither the handshake nor a read when a context ends, has no
// agent, and fails when known_hosts holds a key of another kind than the one
// that is negotiated first (driver and transport of v1.4.3).
type wire struct {
	ctx    context.Context //nolint:containedctx // scrapligo's Open takes none; it lives as long as one Open.
	target Target

	mu      sync.Mutex
	client  *ssh.Client
	session *ssh.Session
	in      io.WriteCloser
	out     io.Reader
	closed  bool
	escapes escapes
	// line is the end of the last line that has arrived.
	line []byte
}

// The size of the terminal that is asked for: wide, so that the echo of a long
// line is not broken, and so high that a pager has no reason to start.
const (
	termWidth  = 511
	termHeight = 1000
)

// Open dials, checks the host key, logs in and starts a shell.
func (w *wire) Open(*transport.Args) error {
	ctx, cancel := context.WithTimeout(w.ctx, w.target.Timeout)
	defer cancel()
	err := w.open(ctx)
	if err != nil && w.ctx.Err() == nil && ctx.Err() != nil {
		return fmt.Errorf("no connection within %s: %w", w.target.Timeout, err)
	}
	return err
}

func (w *wire) open(ctx context.Context) error {
	addr := net.JoinHostPort(w.target.Address, strconv.Itoa(w.target.Port))
	l, err := w.target.login(ctx, addr)
	if err != nil {
		return err
	}
	defer l.done()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	// The handshake has no context of its own; closing the connection ends it.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	c, chans, reqs, err := ssh.NewClientConn(conn, addr, l.config)
	if err != nil {
		_ = conn.Close()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return l.failed(addr, err)
	}
	client := ssh.NewClient(c, chans, reqs)
	if err := w.shell(client); err != nil {
		_ = client.Close()
		return err
	}
	return nil
}

// shell starts an interactive session with a terminal.
func (w *wire) shell(client *ssh.Client) error {
	s, err := client.NewSession()
	if err != nil {
		return fmt.Errorf("open session: %w", err)
	}
	in, err := s.StdinPipe()
	if err != nil {
		return fmt.Errorf("open session: %w", err)
	}
	out, err := s.StdoutPipe()
	if err != nil {
		return fmt.Errorf("open session: %w", err)
	}
	if err := s.RequestPty("vt100", termHeight, termWidth, ssh.TerminalModes{ssh.ECHO: 1}); err != nil {
		return fmt.Errorf("ask for a terminal: %w", err)
	}
	if err := s.Shell(); err != nil {
		return fmt.Errorf("start the command line: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.client, w.session, w.in, w.out = client, s, in, out
	return nil
}

// Close ends the connection; a read or write in progress returns.
func (w *wire) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.client == nil {
		return nil
	}
	w.closed = true
	return w.client.Close()
}

// IsAlive reports whether the connection was opened and not closed.
func (w *wire) IsAlive() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.client != nil && !w.closed
}

// Read reads what has arrived, at most n bytes.
func (w *wire) Read(n int) ([]byte, error) {
	b := make([]byte, n)
	n, err := w.out.Read(b)
	if n > 0 {
		b = w.escapes.strip(b[:n])
		w.remember(b)
		return b, nil
	}
	// Whatever ended it, the connection is gone: scrapligo retries for ever
	// on every error but this one.
	if err != nil {
		return nil, io.EOF
	}
	return nil, nil
}

// keep is how much of the last line is remembered.
const keep = 200

// remember keeps the last line.
func (w *wire) remember(b []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.line = append(w.line, b...)
	w.line = w.line[bytes.LastIndexByte(w.line, '\n')+1:]
	w.line = slices.Clone(w.line[max(0, len(w.line)-keep):])
}

// question is a last line that is no prompt and waits for a key: a pager, or
// something that wants to be confirmed.
var question = regexp.MustCompile(`(?i)-- ?\(?more\b|^\(END\)|^:$|\[confirm\]|[\[(]y(es)?/no?[\])]|password: ?$`)

// asks says what the gateway waits for, when that can be told. Any other last
// line is not shown: it may be a part of the configuration, with a secret.
func (w *wire) asks() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	line := strings.TrimSpace(string(w.line))
	if !question.MatchString(line) {
		return ""
	}
	return fmt.Sprintf("; the gateway waits for a key at %q", question.FindString(line))
}

// Write sends bytes.
func (w *wire) Write(b []byte) error {
	_, err := w.in.Write(b)
	return err
}
