package device_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/twinpath/twinpath/internal/device"
	"github.com/twinpath/twinpath/internal/devicetest"
)

// kind384 returns a host key of a kind that the server has none of.
func kind384(t *testing.T) ssh.PublicKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	pub, err := ssh.NewPublicKey(key.Public())
	require.NoError(t, err)
	return pub
}

func newKey(t *testing.T) (ed25519.PrivateKey, ssh.Signer) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	signer, err := ssh.NewSignerFromKey(key)
	require.NoError(t, err)
	return key, signer
}

func writeFile(t *testing.T, text []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, text, 0o600))
	return name
}

func TestHostKeys(t *testing.T) {
	t.Parallel()
	_, other := newKey(t)
	for name, tc := range map[string]struct {
		known func(*testing.T, *gateway)
		want  string
	}{
		"unknown": {func(t *testing.T, g *gateway) { t.Helper(); g.Trust(t) }, "its host key is not known to"},
		"changed": {func(t *testing.T, g *gateway) { t.Helper(); g.Trust(t, other.PublicKey()) }, "it shows another host key than the one in"},
		"another kind": {func(t *testing.T, g *gateway) {
			t.Helper()
			g.Trust(t, kind384(t))
		}, "it has no host key of the kind in"},
		"revoked": {func(t *testing.T, g *gateway) {
			t.Helper()
			g.target.KnownHosts = writeFile(t, []byte("@revoked * "+string(ssh.MarshalAuthorizedKey(g.Key.PublicKey()))+
				knownhosts.Line([]string{g.Addr.String()}, g.Key.PublicKey())+"\n"))
		}, "revoked"},
		"no file": {func(_ *testing.T, g *gateway) { g.target.KnownHosts = "no/such/file" }, "there is no file of known hosts no/such/file"},
		"bad file": {func(t *testing.T, g *gateway) {
			t.Helper()
			g.target.KnownHosts = writeFile(t, []byte("what is this\n"))
		}, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := start(t, script{})
			tc.known(t, g)
			_, err := device.Open(t.Context(), g.target)
			var untrusted *device.HostKeyError
			require.ErrorAs(t, err, &untrusted)
			assert.Equal(t, g.Addr.String(), untrusted.Address)
			assert.Contains(t, err.Error(), tc.want)
			assert.Contains(t, err.Error(), "twinpath trust", "it says what to do")
			assert.Empty(t, g.Said())
		})
	}
}

// TestSecondKeyOfAHost: a file that holds two kinds, one of which the server
// shows, is enough.
func TestSecondKeyOfAHost(t *testing.T) {
	t.Parallel()
	g := start(t, script{})
	g.Trust(t, kind384(t), g.Key.PublicKey())
	g.open(t)
}

func TestLogins(t *testing.T) {
	t.Parallel()
	stranger, _ := newKey(t)
	block, err := ssh.MarshalPrivateKey(stranger, "")
	require.NoError(t, err)
	wrongKey := pem.EncodeToMemory(block)
	block, err = ssh.MarshalPrivateKeyWithPassphrase(stranger, "", []byte("open sesame"))
	require.NoError(t, err)
	locked := pem.EncodeToMemory(block)
	for name, tc := range map[string]struct {
		set  func(*testing.T, *device.Target)
		want []string // nothing: it works
	}{
		"key": {func(*testing.T, *device.Target) {}, nil},
		"wrong key": {
			func(t *testing.T, d *device.Target) { t.Helper(); d.KeyFile = writeFile(t, wrongKey) },
			[]string{`did not let user "netops" log in with the key`},
		},
		"locked key": {
			func(t *testing.T, d *device.Target) { t.Helper(); d.KeyFile = writeFile(t, locked) },
			[]string{"needs a passphrase", "ssh-agent"},
		},
		"no key":     {func(t *testing.T, d *device.Target) { t.Helper(); d.KeyFile = writeFile(t, []byte("hunter2")) }, []string{"no usable private key"}},
		"no file":    {func(_ *testing.T, d *device.Target) { d.KeyFile = "no/such/key" }, []string{"read the key file", "no/such/key"}},
		"password":   {func(_ *testing.T, d *device.Target) { d.KeyFile, d.Password = "", devicetest.Password }, nil},
		"wrong word": {func(_ *testing.T, d *device.Target) { d.KeyFile, d.Password = "", "hunter2" }, []string{`did not let user "netops" log in with the password`}},
		"nothing":    {func(_ *testing.T, d *device.Target) { d.KeyFile = "" }, []string{"agent, key_file or password_env"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := start(t, script{})
			tc.set(t, &g.target)
			if tc.want == nil {
				g.open(t)
				return
			}
			_, err := device.Open(t.Context(), g.target)
			for _, want := range tc.want {
				require.ErrorContains(t, err, want)
			}
			require.NotErrorIs(t, err, device.ErrLost)
			assert.NotContains(t, err.Error(), "hunter2")
			assert.Empty(t, g.Said())
		})
	}
}

func TestAgent(t *testing.T) {
	g := start(t, script{})
	data, err := os.ReadFile(g.KeyFile())
	require.NoError(t, err)
	g.target.KeyFile, g.target.Agent = "", true

	t.Setenv("SSH_AUTH_SOCK", "")
	_, err = device.Open(t.Context(), g.target)
	require.ErrorContains(t, err, "SSH_AUTH_SOCK is not set")

	sock := filepath.Join(t.TempDir(), "sock")
	t.Setenv("SSH_AUTH_SOCK", sock)
	_, err = device.Open(t.Context(), g.target)
	require.ErrorContains(t, err, "reach ssh-agent at SSH_AUTH_SOCK")
	require.ErrorContains(t, err, sock)

	l, err := net.Listen("unix", sock)
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	ring := agent.NewKeyring()
	go func() {
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			go func() { _ = agent.ServeAgent(ring, c) }()
		}
	}()
	_, err = device.Open(t.Context(), g.target)
	require.ErrorContains(t, err, "with the keys of ssh-agent")
	key, err := ssh.ParseRawPrivateKey(data)
	require.NoError(t, err)
	require.NoError(t, ring.Add(agent.AddedKey{PrivateKey: key}))
	g.open(t)
}

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	g := start(t, script{})
	g.target.Port = 1
	_, err := device.Open(t.Context(), g.target)
	require.ErrorContains(t, err, "connection refused")
	require.NotErrorIs(t, err, device.ErrLost)
}

// TestSilentHost: it takes the connection and says nothing. Neither an end of
// the context nor none leaves the program waiting.
func TestSilentHost(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	g := start(t, script{})
	addr, ok := l.Addr().(*net.TCPAddr)
	require.True(t, ok)
	g.target.Port = addr.Port
	g.target.KnownHosts = writeFile(t, []byte(knownhosts.Line([]string{addr.String()}, g.Key.PublicKey())+"\n"))
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = device.Open(ctx, g.target)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotErrorIs(t, err, device.ErrLost, "nothing was typed")

	g.target.Timeout = 200 * time.Millisecond
	_, err = device.Open(t.Context(), g.target)
	require.ErrorContains(t, err, "no connection within 200ms")
	require.NotErrorIs(t, err, device.ErrLost)
	assert.Less(t, time.Since(began), 5*time.Second)
}

func TestEndedContextOpensNothing(t *testing.T) {
	t.Parallel()
	g := start(t, script{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := device.Open(ctx, g.target)
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, device.ErrLost)
	assert.Empty(t, g.Said())
}
