package change_test

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

// password is the one that the router accepts. No test may find it anywhere.
const password = "planted-password"

// router plays the vtysh of FRRouting 10.3 over SSH, from what the real one
// was seen to do: its modes and prompts, what it refuses and what it swallows,
// and how it prints its configuration back. It knows nothing of the planner.
type router struct {
	host string // name in the prompt
	addr *net.TCPAddr
	dir  string
	key  ssh.Signer

	mu sync.Mutex
	// The running configuration.
	routes     map[string]string // key: prefix, next hop, interface
	interfaces map[string]*port
	profiles   map[string][]string
	extra      []string // lines that nothing here understands
	// up are the next hops that answer; others are not installed.
	up map[string]bool
	// dialogue is what was typed and answered in each connection; the "exit"
	// that ends one may be cut off and is left out.
	dialogue []*strings.Builder
	lines    int // lines of configuration so far
	fault    fault
	chunk    int // how many bytes are sent at once, 0 for all
}

type port struct {
	description string
	addresses   []string
}

// fault is what goes wrong at a line of configuration, counted from 1.
type fault struct {
	line int
	kind string // refuse, drop-before, drop-after, hang, swallow
	// closed keeps new connections out once the fault has struck.
	closed bool
}

func newRouter(t *testing.T) *router {
	t.Helper()
	_, host, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	signer, err := ssh.NewSignerFromKey(host)
	require.NoError(t, err)
	r := &router{
		host: "gw", dir: t.TempDir(), key: signer,
		routes: map[string]string{}, interfaces: map[string]*port{}, profiles: map[string][]string{},
		up: map[string]bool{"10.0.0.1": true, "10.0.0.5": true, "10.0.0.9": true},
	}
	_, user, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	block, err := ssh.MarshalPrivateKey(user, "")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(r.keyFile(), pem.EncodeToMemory(block), 0o600))
	userKey, err := ssh.NewSignerFromKey(user)
	require.NoError(t, err)
	cfg := &ssh.ServerConfig{
		PasswordCallback: func(_ ssh.ConnMetadata, pass []byte) (*ssh.Permissions, error) {
			if string(pass) == password {
				return nil, nil
			}
			return nil, errors.New("wrong password")
		},
		PublicKeyCallback: func(_ ssh.ConnMetadata, k ssh.PublicKey) (*ssh.Permissions, error) {
			if string(k.Marshal()) == string(userKey.PublicKey().Marshal()) {
				return nil, nil
			}
			return nil, errors.New("unknown key")
		},
	}
	cfg.AddHostKey(signer)
	// A second host key of a kind that clients prefer, which is not trusted:
	// the client must ask for the kind that it knows.
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	otherKey, err := ssh.NewSignerFromKey(other)
	require.NoError(t, err)
	cfg.AddHostKey(otherKey)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr, ok := l.Addr().(*net.TCPAddr)
	require.True(t, ok)
	r.addr = addr
	r.trust(t, signer.PublicKey())
	go r.serve(l, cfg)
	t.Cleanup(func() { _ = l.Close() })
	return r
}

func (r *router) keyFile() string    { return filepath.Join(r.dir, "id") }
func (r *router) knownHosts() string { return filepath.Join(r.dir, "known_hosts") }

// trust writes the known_hosts file.
func (r *router) trust(t *testing.T, k ssh.PublicKey) {
	t.Helper()
	line := knownhosts.Line([]string{fmt.Sprintf("[127.0.0.1]:%d", r.addr.Port)}, k)
	require.NoError(t, os.WriteFile(r.knownHosts(), []byte(line+"\n"), 0o600))
}

func (r *router) serve(l net.Listener, cfg *ssh.ServerConfig) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go r.connection(c, cfg)
	}
}

func (r *router) connection(c net.Conn, cfg *ssh.ServerConfig) {
	defer func() { _ = c.Close() }()
	r.mu.Lock()
	closed := r.fault.closed && r.lines >= r.fault.line && r.fault.line > 0
	r.mu.Unlock()
	if closed {
		return
	}
	conn, chans, reqs, err := ssh.NewServerConn(c, cfg)
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
		go func() {
			for q := range reqs {
				_ = q.Reply(q.Type == "pty-req" || q.Type == "shell", nil)
				if q.Type == "shell" {
					go r.shell(c, ch)
				}
			}
		}()
	}
}

// shell is one terminal: it echoes, as a terminal does.
func (r *router) shell(conn net.Conn, ch ssh.Channel) {
	defer func() { _ = ch.Close() }()
	r.mu.Lock()
	log := &strings.Builder{}
	r.dialogue = append(r.dialogue, log)
	fmt.Fprintf(log, "=== connection %d\n", len(r.dialogue))
	r.mu.Unlock()
	s := &terminal{r: r}
	out := func(text string) {
		r.mu.Lock()
		log.WriteString(text)
		r.mu.Unlock()
		text = strings.ReplaceAll(text, "\n", "\r\n")
		for len(text) > 0 {
			n := len(text)
			if r.chunk > 0 {
				n = min(n, r.chunk)
			}
			_, _ = io.WriteString(ch, text[:n])
			text = text[n:]
		}
	}
	out("\nHello, this is FRRouting (version 10.3).\nCopyright 1996-2005 Kunihiro Ishiguro, et al.\n\n" + s.prompt())
	in := bufio.NewReader(ch)
	for {
		var line []byte
		for {
			b, err := in.ReadByte()
			if err != nil {
				return
			}
			if b == '\n' || b == '\r' {
				break
			}
			line = append(line, b)
			_, _ = ch.Write([]byte{b})
		}
		text := strings.TrimSpace(string(line))
		if text == "exit" && s.mode() == "" {
			return
		}
		_, _ = io.WriteString(ch, "\r\n")
		r.mu.Lock()
		log.WriteString(string(line) + "\n")
		strikes := r.strikes(s, text)
		r.mu.Unlock()
		switch strikes {
		case "drop-before":
			_ = conn.Close()
			return
		case "hang":
			time.Sleep(time.Minute)
			return
		case "refuse":
			out("% Unknown command: " + text + "\n" + s.prompt())
			continue
		case "swallow":
			out(s.prompt())
			continue
		}
		r.mu.Lock()
		reply := s.do(text)
		r.mu.Unlock()
		if strikes == "drop-after" {
			_ = conn.Close()
			return
		}
		out(reply + s.prompt())
	}
}

// strikes counts a line of configuration and returns the fault that is due.
func (r *router) strikes(s *terminal, text string) string {
	if s.mode() == "" || text == "" || text == "end" {
		return ""
	}
	r.lines++
	if r.lines == r.fault.line {
		return r.fault.kind
	}
	return ""
}

// config returns the running configuration.
func (r *router) config() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.running()
}

// set changes the router while nobody talks to it.
func (r *router) set(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
}

// said returns the dialogue so far. Prompts that answer an empty line are left
// out: how often the client asks for one depends on what has arrived when.
func (r *router) said() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for _, d := range r.dialogue {
		for l := range strings.Lines(d.String()) {
			if strings.TrimSpace(l) != "" && !strings.HasSuffix(strings.TrimSpace(l), "#") {
				b.WriteString(l)
			}
		}
	}
	return b.String()
}
