// Package devicetest plays the far end of a connection to a gateway: an SSH
// server on the loopback with a terminal that echoes. What is answered to a
// line, and what goes wrong at it, is the test's.
package devicetest

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Password is the one that the server accepts. No test may find it anywhere.
const Password = "planted-password"

// CLI is the command line behind one connection.
type CLI interface {
	// Greeting is what stands before the first prompt.
	Greeting() string
	Prompt() string
	// Do answers a line.
	Do(line string) Reply
}

// Reply is the answer to a line. The prompt follows the text by itself.
type Reply struct {
	Text string
	// Late arrives after the prompt, with another prompt.
	Late string
	// Then is what happens after the text.
	Then Act
}

// Act is what a terminal does after the text of a reply.
type Act int

// The acts.
const (
	Prompt Act = iota // show the prompt, as usual
	Hang              // say nothing more, and no prompt
	Drop              // end the connection, the text unsent
	Logout            // end the shell
)

// Server is a gateway that can be logged in to.
type Server struct {
	Addr *net.TCPAddr
	// Key is the host key that the file of known hosts holds.
	Key ssh.Signer

	cli    func() CLI
	raw    func(io.ReadWriter)
	config *ssh.ServerConfig
	dir    string

	mu    sync.Mutex
	shut  bool
	chunk int
	delay time.Duration
	// dialogue is what was typed and answered in each connection.
	dialogue []*strings.Builder
}

// Start starts a server with a key for one user and a file of known hosts that
// holds its key. Each connection gets a command line of its own.
func Start(tb testing.TB, cli func() CLI) *Server {
	tb.Helper()
	s := &Server{cli: cli, dir: tb.TempDir()}
	_, user, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(tb, err)
	block, err := ssh.MarshalPrivateKey(user, "")
	require.NoError(tb, err)
	require.NoError(tb, os.WriteFile(s.KeyFile(), pem.EncodeToMemory(block), 0o600))
	userKey, err := ssh.NewSignerFromKey(user)
	require.NoError(tb, err)
	s.config = logins(userKey.PublicKey())
	_, host, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(tb, err)
	s.Key, err = ssh.NewSignerFromKey(host)
	require.NoError(tb, err)
	s.config.AddHostKey(s.Key)
	// A second host key of a kind that clients prefer, which is not trusted:
	// the client must ask for the kind that it knows.
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(tb, err)
	otherKey, err := ssh.NewSignerFromKey(other)
	require.NoError(tb, err)
	s.config.AddHostKey(otherKey)
	var lc net.ListenConfig
	l, err := lc.Listen(tb.Context(), "tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	addr, ok := l.Addr().(*net.TCPAddr)
	require.True(tb, ok)
	s.Addr = addr
	s.Trust(tb, s.Key.PublicKey())
	go s.serve(l)
	tb.Cleanup(func() { _ = l.Close() })
	return s
}

// StartRaw starts a server whose terminal is the test's: it gets every byte and
// answers it, the echo included. Edit changes how the server speaks SSH.
func StartRaw(tb testing.TB, terminal func(io.ReadWriter), edit ...func(*ssh.ServerConfig)) *Server {
	tb.Helper()
	s := Start(tb, nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raw = terminal
	for _, e := range edit {
		e(s.config)
	}
	return s
}

// logins accepts one key and one password.
func logins(user ssh.PublicKey) *ssh.ServerConfig {
	return &ssh.ServerConfig{
		PasswordCallback: func(_ ssh.ConnMetadata, pass []byte) (*ssh.Permissions, error) {
			if string(pass) == Password {
				return &ssh.Permissions{}, nil
			}
			return nil, errors.New("wrong password")
		},
		PublicKeyCallback: func(_ ssh.ConnMetadata, k ssh.PublicKey) (*ssh.Permissions, error) {
			if string(k.Marshal()) == string(user.Marshal()) {
				return &ssh.Permissions{}, nil
			}
			return nil, errors.New("unknown key")
		},
	}
}

// KeyFile is the private key of the user who may log in.
func (s *Server) KeyFile() string { return filepath.Join(s.dir, "id") }

// KnownHosts is the file of known hosts.
func (s *Server) KnownHosts() string { return filepath.Join(s.dir, "known_hosts") }

// Trust writes the file of known hosts anew, with these keys for the server.
func (s *Server) Trust(tb testing.TB, keys ...ssh.PublicKey) {
	tb.Helper()
	var b strings.Builder
	for _, k := range keys {
		b.WriteString(knownhosts.Line([]string{fmt.Sprintf("[127.0.0.1]:%d", s.Addr.Port)}, k) + "\n")
	}
	require.NoError(tb, os.WriteFile(s.KnownHosts(), []byte(b.String()), 0o600))
}

// Slow makes the server send that many bytes at once, and wait in between.
func (s *Server) Slow(bytes int, delay time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chunk, s.delay = bytes, delay
}

// Shut keeps new connections out.
func (s *Server) Shut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shut = true
}

// Said returns the dialogue so far. Prompts that answer an empty line are left
// out: how often the client asks for one depends on what has arrived when. So
// is the "exit" that ends a connection, which may be cut off.
func (s *Server) Said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, d := range s.dialogue {
		for l := range strings.Lines(d.String()) {
			if strings.TrimSpace(l) != "" && !strings.HasSuffix(strings.TrimSpace(l), "#") {
				b.WriteString(l)
			}
		}
	}
	return b.String()
}

// Forget drops the dialogue so far.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dialogue = nil
}

func (s *Server) serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go s.connection(c)
	}
}

func (s *Server) connection(c net.Conn) {
	defer func() { _ = c.Close() }()
	s.mu.Lock()
	shut := s.shut
	s.mu.Unlock()
	if shut {
		return
	}
	conn, chans, reqs, err := ssh.NewServerConn(c, s.config)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	go ssh.DiscardRequests(reqs)
	for nc := range chans {
		ch, reqs, err := nc.Accept()
		if err != nil {
			return
		}
		if nc.ChannelType() == "direct-tcpip" {
			go ssh.DiscardRequests(reqs)
			go forward(ch, nc.ExtraData())
			continue
		}
		go func() {
			for q := range reqs {
				_ = q.Reply(q.Type == "pty-req" || q.Type == "shell", nil)
				if q.Type == "shell" {
					go s.shell(c, ch)
				}
			}
		}()
	}
}

// forward connects a client to where it wants to go, as a jump host does (RFC
// 4254, 7.2).
func forward(ch ssh.Channel, request []byte) {
	defer func() { _ = ch.Close() }()
	var to struct {
		Host     string
		Port     uint32
		From     string
		FromPort uint32
	}
	if ssh.Unmarshal(request, &to) != nil {
		return
	}
	var d net.Dialer
	c, err := d.Dial("tcp", net.JoinHostPort(to.Host, fmt.Sprint(to.Port)))
	if err != nil {
		return
	}
	defer func() { _ = c.Close() }()
	go func() { _, _ = io.Copy(c, ch); _ = c.Close() }()
	_, _ = io.Copy(ch, c) // The end of one is the end of both.
}

// terminal is the screen of one connection.
type terminal struct {
	s   *Server
	ch  ssh.Channel
	log *strings.Builder
}

func (t *terminal) record(text string) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.log.WriteString(text)
}

// print sends text as a terminal shows it.
func (t *terminal) print(text string) {
	t.record(text)
	t.s.mu.Lock()
	chunk, delay := t.s.chunk, t.s.delay
	t.s.mu.Unlock()
	text = strings.ReplaceAll(text, "\n", "\r\n")
	for len(text) > 0 {
		n := len(text)
		if chunk > 0 {
			n = min(n, chunk)
		}
		_, _ = io.WriteString(t.ch, text[:n]) // A client that is gone ends the next read.
		text = text[n:]
		time.Sleep(delay)
	}
}

// line reads a line and echoes it, as much at once as has arrived.
func (t *terminal) line(in *bufio.Reader) (string, error) {
	t.s.mu.Lock()
	single := t.s.chunk > 0
	t.s.mu.Unlock()
	var line []byte
	echoed := 0
	for {
		b, err := in.ReadByte()
		if err != nil {
			return "", err
		}
		end := b == '\n' || b == '\r'
		if !end {
			line = append(line, b)
		}
		if end || single || in.Buffered() == 0 {
			if _, err := t.ch.Write(line[echoed:]); err != nil {
				return "", err
			}
			echoed = len(line)
		}
		if end {
			return string(line), nil
		}
	}
}

// shell is the dialogue of one connection.
func (s *Server) shell(conn net.Conn, ch ssh.Channel) {
	defer func() { _ = ch.Close() }()
	if s.raw != nil {
		s.raw(ch)
		return
	}
	t := &terminal{s: s, ch: ch, log: &strings.Builder{}}
	s.mu.Lock()
	s.dialogue = append(s.dialogue, t.log)
	fmt.Fprintf(t.log, "=== connection %d\n", len(s.dialogue))
	s.mu.Unlock()
	cli := s.cli()
	t.print(cli.Greeting() + cli.Prompt())
	in := bufio.NewReader(ch)
	for {
		line, err := t.line(in)
		if err != nil {
			return
		}
		reply := cli.Do(strings.TrimSpace(line))
		if reply.Then == Logout {
			return
		}
		_, _ = io.WriteString(ch, "\r\n") // A client that is gone ends the next read.
		t.record(line + "\n")
		switch reply.Then {
		case Drop:
			_ = conn.Close()
			return
		case Hang:
			t.print(reply.Text)
			_, _ = io.Copy(io.Discard, in)
			return
		case Prompt, Logout:
			t.print(reply.Text + cli.Prompt())
			if reply.Late != "" {
				time.Sleep(lateBy)
				t.print(reply.Late + cli.Prompt())
			}
		}
	}
}

// lateBy is how long after the prompt late text arrives.
const lateBy = 10 * time.Millisecond
