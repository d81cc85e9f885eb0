package gateway

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// ListenAddress is where a gateway listens when nothing else is said.
const ListenAddress = "127.0.0.1:0"

func (g *Gateway) listen() error {
	var err error
	if g.HostKey, _, err = newKey(); err != nil {
		return err
	}
	if g.UserKey, g.userPEM, err = newKey(); err != nil {
		return err
	}
	offered := g.HostKey
	if g.has("wrong-key") {
		if offered, _, err = newKey(); err != nil {
			return err
		}
	}
	g.config = &ssh.ServerConfig{PasswordCallback: g.password, PublicKeyCallback: g.publicKey}
	g.config.AddHostKey(offered)
	address := g.o.Listen
	if address == "" {
		address = ListenAddress
	}
	at, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return err
	}
	l, err := net.ListenTCP("tcp", at)
	if err != nil {
		return err
	}
	g.listener = l
	var ok bool
	if g.Addr, ok = l.Addr().(*net.TCPAddr); !ok {
		return errors.New("the listener has no TCP address")
	}
	go g.serve()
	return nil
}

func newKey() (ssh.Signer, []byte, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return nil, nil, err
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		return nil, nil, err
	}
	return signer, pem.EncodeToMemory(block), nil
}

func (g *Gateway) mayLogIn(user string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return user == g.o.Username && !g.has("no-login")
}

func (g *Gateway) password(c ssh.ConnMetadata, pass []byte) (*ssh.Permissions, error) {
	if g.o.Password != "" && string(pass) == g.o.Password && g.mayLogIn(c.User()) {
		return &ssh.Permissions{}, nil
	}
	return nil, errors.New("permission denied")
}

func (g *Gateway) publicKey(c ssh.ConnMetadata, k ssh.PublicKey) (*ssh.Permissions, error) {
	if string(k.Marshal()) == string(g.UserKey.PublicKey().Marshal()) && g.mayLogIn(c.User()) {
		return &ssh.Permissions{}, nil
	}
	return nil, errors.New("permission denied")
}

// UserPEM is the private key of the one who may log in, as a key file holds it.
func (g *Gateway) UserPEM() []byte { return g.userPEM }

// KnownHosts is the line of a file of known hosts that trusts the gateway.
func (g *Gateway) KnownHosts() string {
	return knownhosts.Line([]string{knownhosts.Normalize(g.Addr.String())}, g.HostKey.PublicKey()) + "\n"
}

func (g *Gateway) serve() {
	for {
		c, err := g.listener.Accept()
		if err != nil {
			return
		}
		g.done.Go(func() { g.connection(c) })
	}
}

func (g *Gateway) connection(c net.Conn) {
	defer func() {
		_ = c.Close() // It may be gone already.
		g.mu.Lock()
		delete(g.conns, c)
		g.mu.Unlock()
	}()
	g.mu.Lock()
	g.conns[c] = true
	shut := g.shut
	hang := false
	for _, f := range g.struck("login") {
		shut = shut || f.Kind == "drop" || f.Kind == "refuse"
		hang = hang || f.Kind == "hang"
	}
	g.mu.Unlock()
	if shut {
		return
	}
	if hang {
		_, _ = io.Copy(io.Discard, c) // Until the client gives up.
		return
	}
	_ = c.SetDeadline(time.Now().Add(time.Minute)) // A scanner that says nothing does not stay.
	conn, chans, reqs, err := ssh.NewServerConn(c, g.config)
	if err != nil {
		return
	}
	_ = c.SetDeadline(time.Time{})
	defer func() { _ = conn.Close() }()
	go g.keepAlive(reqs)
	for nc := range chans {
		if nc.ChannelType() != "session" {
			_ = nc.Reject(ssh.UnknownChannelType, "only sessions")
			continue
		}
		ch, reqs, err := nc.Accept()
		if err != nil {
			return
		}
		g.done.Go(func() { g.session(c, conn.User(), ch, reqs) })
	}
}

// keepAlive answers what asks whether the gateway is still there.
func (g *Gateway) keepAlive(reqs <-chan *ssh.Request) {
	for q := range reqs {
		if q.WantReply {
			_ = q.Reply(false, nil) // As OpenSSH does; the answer is what counts.
		}
	}
}

// session waits for the request of a shell and runs it until the end.
func (g *Gateway) session(c net.Conn, user string, ch ssh.Channel, reqs <-chan *ssh.Request) {
	columns := 80
	started := false
	for q := range reqs {
		switch q.Type {
		case "pty-req":
			columns = ptyColumns(q.Payload)
			_ = q.Reply(true, nil) // The client that is gone ends the loop.
		case "shell":
			_ = q.Reply(!started, nil)
			if !started {
				started = true
				g.done.Go(func() { newShell(g, user, newScreen(g, c, ch, columns)).run() })
			}
		default:
			_ = q.Reply(false, nil)
		}
	}
}

// ptyColumns reads the width of a terminal (RFC 4254, 6.2).
func ptyColumns(payload []byte) int {
	if len(payload) < 4 {
		return 80
	}
	n := int(binary.BigEndian.Uint32(payload))
	if n < 0 || len(payload) < 4+n+4 {
		return 80
	}
	return int(binary.BigEndian.Uint32(payload[4+n:]))
}

// Dialogue returns what was typed and shown in each connection, as it stood on
// the screen.
func (g *Gateway) Dialogue() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var b strings.Builder
	for _, d := range g.dialogue {
		b.WriteString(d.String())
	}
	return b.String()
}

// Forget drops the dialogue so far.
func (g *Gateway) Forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, d := range g.dialogue {
		d.Reset()
	}
}

// record returns what keeps the dialogue of a new connection.
func (g *Gateway) record(user string) *strings.Builder {
	b := &strings.Builder{}
	if !g.o.Quiet {
		g.dialogue = append(g.dialogue, b)
		fmt.Fprintf(b, "=== connection %d (%s)\n", g.sessions, user)
	}
	return b
}
