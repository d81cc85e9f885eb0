package gateway_test

import (
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/twinpath/twinpath/internal/gateway"
	"github.com/twinpath/twinpath/vendors"
)

// client is a terminal that knows nothing of any system: it sends bytes and
// waits for bytes.
type client struct {
	t     *testing.T
	conn  *ssh.Client
	in    io.WriteCloser
	mu    sync.Mutex
	got   strings.Builder
	ended bool
	more  chan struct{}
	typed bool
}

// start starts a gateway with a configuration of testdata.
func start(t *testing.T, o gateway.Options, file string) (*gateway.Gateway, *gateway.Manual) {
	t.Helper()
	if file != "" {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		o.Startup = string(data)
	}
	clock := gateway.NewManual(time.Date(2026, 3, 1, 22, 0, 0, 0, time.UTC))
	o.Systems, o.Clock = vendors.FS, clock
	g, err := gateway.New(o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = g.Close() })
	return g, clock
}

func dial(t *testing.T, g *gateway.Gateway) *client {
	t.Helper()
	conn, err := ssh.Dial("tcp", g.Addr.String(), &ssh.ClientConfig{
		User: "netops", Auth: []ssh.AuthMethod{ssh.PublicKeys(g.UserKey)},
		HostKeyCallback: ssh.FixedHostKey(g.HostKey.PublicKey()), Timeout: 5 * time.Second,
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	s, err := conn.NewSession()
	require.NoError(t, err)
	c := &client{t: t, conn: conn, more: make(chan struct{}, 1)}
	c.in, err = s.StdinPipe()
	require.NoError(t, err)
	out, err := s.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, s.RequestPty("xterm", 24, 80, ssh.TerminalModes{}))
	require.NoError(t, s.Shell())
	go c.read(out)
	return c
}

func (c *client) read(out io.Reader) {
	b := make([]byte, 4096)
	for {
		n, err := out.Read(b)
		c.mu.Lock()
		c.got.Write(b[:n])
		c.ended = err != nil
		c.mu.Unlock()
		select {
		case c.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// until waits for a text at the end of what has come, and returns all of it.
func (c *client) until(end string) string {
	c.t.Helper()
	limit := time.After(10 * time.Second)
	for {
		c.mu.Lock()
		text, ended := c.got.String(), c.ended
		if strings.HasSuffix(text, end) && (end != "" || ended) {
			c.got.Reset()
			c.mu.Unlock()
			return strings.ReplaceAll(text, "\r\n", "\n")
		}
		c.mu.Unlock()
		if ended {
			require.FailNowf(c.t, "the connection ended", "waiting for %q; so far %q", end, text)
		}
		select {
		case <-c.more:
		case <-limit:
			require.FailNowf(c.t, "nothing comes", "waiting for %q; so far %q", end, text)
		}
	}
}

// enter sends a line, waits for what ends the reply, and returns the reply with
// the echo.
func (c *client) enter(line, end string) string {
	c.t.Helper()
	c.send(line + "\r")
	return c.until(end)
}

func (c *client) send(bytes string) {
	c.t.Helper()
	_, err := io.WriteString(c.in, bytes)
	require.NoError(c.t, err)
}

// gone waits until the connection has ended.
func (c *client) gone() string {
	c.t.Helper()
	return c.until("")
}
