package device

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// native is a connection of this program's own. scrapligo's transport of that
// kind ends neither the handshake nor a read when a context ends, has no agent,
// no jump host and no keep-alive, and fails when known_hosts holds a key of
// another kind than the one that is negotiated first (transport/standard.go of
// v1.4.3).
type native struct {
	target Target

	client *ssh.Client
	// jump is the connection to the jump host, nil without one.
	jump *ssh.Client
	in   io.WriteCloser
	out  io.Reader
	// stop ends the keep-alive; dead says that it found nobody.
	stop chan struct{}
	dead atomic.Bool
	// heard counts reads: what arrives is a sign of life too.
	heard  atomic.Int64
	closed atomic.Bool
}

func (h Host) addr() string { return net.JoinHostPort(h.Address, strconv.Itoa(h.Port)) }

// dialer makes the connection that SSH is spoken over.
type dialer func(ctx context.Context, addr string) (net.Conn, error)

// direct connects without another host in between.
func direct(ctx context.Context, addr string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", addr)
}

// connect logs in to a host.
func (h Host) connect(ctx context.Context, dial dialer) (*ssh.Client, error) {
	addr := h.addr()
	l, err := h.login(ctx, addr)
	if err != nil {
		return nil, err
	}
	defer l.done()
	conn, err := dial(ctx, addr)
	if err != nil {
		if op, ok := errors.AsType[*net.OpError](err); ok {
			err = op.Err // Its text says the address again.
		}
		return nil, fmt.Errorf("nothing answers at %s: %w; look at address and port in the inventory, at whether SSH is on there, and at what filters on the way", addr, err)
	}
	// The handshake has no context of its own; closing the connection ends it.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	c, chans, reqs, err := ssh.NewClientConn(conn, addr, l.config)
	if err != nil {
		_ = conn.Close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, l.failed(addr, err)
	}
	return ssh.NewClient(c, chans, reqs), nil
}

// open dials, checks the host keys, logs in and starts a shell.
func (n *native) open(ctx context.Context) error {
	dial := direct
	if j := n.target.Jump; j != nil {
		client, err := j.connect(ctx, direct)
		if err != nil {
			return fmt.Errorf("jump host %s: %w", j.Address, err)
		}
		n.jump = client
		dial = func(ctx context.Context, addr string) (net.Conn, error) {
			conn, err := client.DialContext(ctx, "tcp", addr)
			if err != nil {
				return nil, fmt.Errorf("from jump host %s: %w", j.Address, err)
			}
			return conn, nil
		}
	}
	client, err := n.target.connect(ctx, dial)
	if err == nil {
		n.client = client
		stop := context.AfterFunc(ctx, func() { _ = client.Close() })
		defer stop()
		err = n.shell()
	}
	if err != nil {
		_ = n.Close() // It is of no use; the error is what matters.
		return err
	}
	n.stop = make(chan struct{})
	if n.target.KeepAlive > 0 {
		go n.keepAlive()
	}
	return nil
}

// shell starts an interactive session with a terminal.
func (n *native) shell() error {
	s, err := n.client.NewSession()
	if err != nil {
		return fmt.Errorf("open session: %w", err)
	}
	if n.in, err = s.StdinPipe(); err != nil {
		return fmt.Errorf("open session: %w", err)
	}
	if n.out, err = s.StdoutPipe(); err != nil {
		return fmt.Errorf("open session: %w", err)
	}
	if err := s.RequestPty("vt100", termHeight, termWidth, ssh.TerminalModes{ssh.ECHO: 1}); err != nil {
		return fmt.Errorf("ask for a terminal: %w", err)
	}
	if err := s.Shell(); err != nil {
		return fmt.Errorf("start the command line: %w", err)
	}
	return nil
}

// missed is how many requests in a row may stay without an answer.
const missed = 3

// keepAlive asks for a sign of life and closes the connection when there is
// none: a peer that lost power answers nothing, and TCP notices after minutes.
// It ends with the connection.
func (n *native) keepAlive() {
	tick := time.NewTicker(n.target.KeepAlive)
	defer tick.Stop()
	answered := make(chan struct{}, 1)
	waiting, silent, heard := false, 0, n.heard.Load()
	for {
		select {
		case <-n.stop:
			return
		case <-answered:
			waiting, silent = false, 0
			continue
		case <-tick.C:
		}
		if now := n.heard.Load(); now != heard {
			heard, silent = now, 0
		} else if waiting {
			silent++
		}
		if silent >= missed {
			n.dead.Store(true)
			_ = n.client.Close() // Nobody is there to mind.
			return
		}
		if !waiting {
			waiting = true
			// The request that OpenSSH sends. Any answer will do, also a refusal; none
			// comes when the connection ends, and then the loop ends too.
			go func() {
				if _, _, err := n.client.SendRequest("keepalive@openssh.com", true, nil); err == nil {
					answered <- struct{}{}
				}
			}()
		}
	}
}

// Read reads what has arrived.
func (n *native) Read(b []byte) (int, error) {
	k, err := n.out.Read(b)
	if k > 0 {
		n.heard.Add(1)
	}
	return k, err
}

// Write sends bytes.
func (n *native) Write(b []byte) (int, error) { return n.in.Write(b) }

// Close ends the connection, and the one to the jump host.
func (n *native) Close() error {
	if n.closed.Swap(true) {
		return nil
	}
	if n.stop != nil {
		close(n.stop)
	}
	var err error
	if n.client != nil {
		err = n.client.Close()
	}
	if n.jump != nil {
		err = errors.Join(err, n.jump.Close())
	}
	if errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) {
		return nil // The other end was first.
	}
	return err
}

// why says whether the gateway fell silent.
func (n *native) why(err error, _ string) error {
	if n.dead.Load() {
		return fmt.Errorf("the gateway has not answered for %s; it, or the way to it, is down", missed*n.target.KeepAlive)
	}
	return err
}
