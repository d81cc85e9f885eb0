package device

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/scrapli/scrapligo/transport"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/crypto/ssh/knownhosts"
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
}

// The size of the terminal that is asked for: wide, so that the echo of a long
// line is not broken, and so high that a pager has no reason to start.
const (
	termWidth  = 511
	termHeight = 1000
)

// Open dials, checks the host key, logs in and starts a shell.
func (w *wire) Open(*transport.Args) error {
	cfg, done, err := w.target.clientConfig(w.ctx)
	if err != nil {
		return err
	}
	defer done()
	addr := net.JoinHostPort(w.target.Address, strconv.Itoa(w.target.Port))
	var d net.Dialer
	conn, err := d.DialContext(w.ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	// The handshake has no context of its own; closing the connection ends it.
	stop := context.AfterFunc(w.ctx, func() { _ = conn.Close() })
	defer stop()
	c, chans, reqs, err := ssh.NewClientConn(conn, addr, cfg)
	if err != nil {
		_ = conn.Close()
		if w.ctx.Err() != nil {
			return w.ctx.Err()
		}
		return handshakeError(addr, err)
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
		return b[:n], nil
	}
	// Whatever ended it, the connection is gone: scrapligo retries for ever
	// on every error but this one.
	if err != nil {
		return nil, io.EOF
	}
	return nil, nil
}

// Write sends bytes.
func (w *wire) Write(b []byte) error {
	_, err := w.in.Write(b)
	return err
}

// clientConfig returns the SSH configuration and what releases it.
func (t Target) clientConfig(ctx context.Context) (*ssh.ClientConfig, func(), error) {
	known, err := knownhosts.New(t.KnownHosts)
	if err != nil {
		return nil, nil, &HostKeyError{Address: t.Address, Reason: fmt.Sprintf("the file of known hosts cannot be read: %v", err)}
	}
	auth, done, err := t.auth(ctx)
	if err != nil {
		return nil, nil, err
	}
	return &ssh.ClientConfig{
		User:              t.Username,
		Auth:              auth,
		HostKeyCallback:   known,
		HostKeyAlgorithms: algorithms(known, net.JoinHostPort(t.Address, strconv.Itoa(t.Port))),
		Timeout:           30 * time.Second,
	}, done, nil
}

// auth returns the one way to log in that the inventory names.
func (t Target) auth(ctx context.Context) ([]ssh.AuthMethod, func(), error) {
	nothing := func() {}
	switch {
	case t.KeyFile != "":
		data, err := os.ReadFile(t.KeyFile)
		if err != nil {
			return nil, nil, fmt.Errorf("read the key file: %w", err)
		}
		signer, err := ssh.ParsePrivateKey(data)
		if _, ok := errors.AsType[*ssh.PassphraseMissingError](err); ok {
			return nil, nil, fmt.Errorf("the key file %s needs a passphrase; add the key to ssh-agent and use auth: {agent: true}", t.KeyFile)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("the key file %s holds no usable private key", t.KeyFile)
		}
		return []ssh.AuthMethod{ssh.PublicKeys(signer)}, nothing, nil
	case t.Password != "":
		answer := func(_, _ string, questions []string, _ []bool) ([]string, error) {
			out := make([]string, len(questions))
			for i := range out {
				out[i] = t.Password
			}
			return out, nil
		}
		return []ssh.AuthMethod{ssh.Password(t.Password), ssh.KeyboardInteractive(answer)}, nothing, nil
	case t.Agent:
		sock := os.Getenv("SSH_AUTH_SOCK")
		if sock == "" {
			return nil, nil, errors.New("auth: {agent: true} needs a running ssh-agent, and SSH_AUTH_SOCK is not set; start one, or use key_file or password_env")
		}
		var d net.Dialer
		conn, err := d.DialContext(ctx, "unix", sock)
		if err != nil {
			return nil, nil, fmt.Errorf("reach ssh-agent: %w", err)
		}
		return []ssh.AuthMethod{ssh.PublicKeysCallback(agent.NewClient(conn).Signers)}, func() { _ = conn.Close() }, nil
	}
	return nil, nil, errors.New("no way to log in: the inventory's auth needs agent, key_file or password_env")
}

// algorithms returns the kinds of host key that the file of known hosts holds
// for an address. Without them another kind may be negotiated than the one
// that is known, and a good host would be refused.
func algorithms(known ssh.HostKeyCallback, addr string) []string {
	var ke *knownhosts.KeyError
	// A key that no file holds makes the callback list those that it wants.
	if !errors.As(known(addr, &net.TCPAddr{}, stranger{}), &ke) {
		return nil
	}
	var out []string
	for _, k := range ke.Want {
		kinds := []string{k.Key.Type()}
		if k.Key.Type() == ssh.KeyAlgoRSA {
			kinds = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
		}
		for _, a := range kinds {
			if !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	return out
}

// stranger is a public key that nobody has.
type stranger struct{}

// Type returns a kind of key that does not exist.
func (stranger) Type() string { return "stranger" }

// Marshal returns bytes that are no key.
func (stranger) Marshal() []byte { return []byte("stranger") }

// Verify accepts nothing.
func (stranger) Verify([]byte, *ssh.Signature) error { return errors.New("no such key") }

// handshakeError says what a failed handshake means.
func handshakeError(addr string, err error) error {
	var ke *knownhosts.KeyError
	var re *knownhosts.RevokedError
	switch {
	case errors.As(err, &re):
		return &HostKeyError{Address: addr, Reason: "the key that it shows is marked as revoked"}
	case errors.As(err, &ke) && len(ke.Want) == 0:
		return &HostKeyError{Address: addr, Reason: "its host key is not known"}
	case errors.As(err, &ke):
		return &HostKeyError{Address: addr, Reason: fmt.Sprintf("it shows another host key than the one in %s:%d", ke.Want[0].Filename, ke.Want[0].Line)}
	}
	return fmt.Errorf("log in: %w", err)
}
