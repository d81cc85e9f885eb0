package device_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/twinpath/twinpath/internal/device"
	"github.com/twinpath/twinpath/internal/devicetest"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/vendor"
)

// greet shows a prompt and answers every line with another.
func greet(term *tty) { replies("gw#", map[string]string{"show": "yes\ngw#"})(term) }

// known writes a file of known hosts.
func known(t *testing.T, lines ...string) string {
	t.Helper()
	return writeFile(t, []byte(strings.Join(lines, "\n")+"\n"))
}

// TestJumpHost: each of the two hosts is checked and logged in to by itself.
func TestJumpHost(t *testing.T) {
	t.Parallel()
	jump := devicetest.StartRaw(t, func(rw io.ReadWriter) { _, _ = io.Copy(io.Discard, rw) })
	target := play(t, "cisco-iosxe", nil, greet)
	target.Jump = &device.Host{Address: "127.0.0.1", Port: jump.Addr.Port, Username: "ops", Password: devicetest.Password, KnownHosts: jump.KnownHosts()}
	s := opened(t, target)
	out, err := s.Run(t.Context(), "show")
	require.NoError(t, err)
	assert.Equal(t, "yes", out)

	t.Run("is not trusted", func(t *testing.T) {
		t.Parallel()
		bad := target
		j := *target.Jump
		bad.Jump, j.KnownHosts = &j, target.KnownHosts
		_, err := device.Open(t.Context(), bad)
		var untrusted *device.HostKeyError
		require.ErrorAs(t, err, &untrusted)
		assert.Equal(t, jump.Addr.String(), untrusted.Address)
		require.ErrorContains(t, err, "jump host 127.0.0.1")
	})
	t.Run("gateway behind it is not trusted", func(t *testing.T) {
		t.Parallel()
		bad := target
		bad.KnownHosts = jump.KnownHosts()
		_, err := device.Open(t.Context(), bad)
		var untrusted *device.HostKeyError
		require.ErrorAs(t, err, &untrusted)
		assert.NotEqual(t, jump.Addr.String(), untrusted.Address)
	})
	t.Run("lets nobody in", func(t *testing.T) {
		t.Parallel()
		bad := target
		j := *target.Jump
		bad.Jump, j.Password = &j, "hunter2"
		_, err := device.Open(t.Context(), bad)
		require.ErrorContains(t, err, `jump host 127.0.0.1: the gateway did not let user "ops" log in`)
		assert.NotContains(t, err.Error(), "hunter2")
	})
	t.Run("cannot reach the gateway", func(t *testing.T) {
		t.Parallel()
		bad := target
		bad.Port = 1
		_, err := device.Open(t.Context(), bad)
		require.ErrorContains(t, err, "127.0.0.1")
		require.NotErrorIs(t, err, device.ErrLost)
	})
}

// TestOldAlgorithms: a gateway that knows nothing newer is refused with the
// option that it would need, and let in with it.
func TestOldAlgorithms(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		edit func(*ssh.ServerConfig)
		need []string
	}{
		"key exchange of 2048 bits": {func(c *ssh.ServerConfig) { c.KeyExchanges = []string{ssh.InsecureKeyExchangeDH14SHA1} }, []string{"diffie-hellman-group14-sha1"}},
		"key exchange of 1024 bits": {func(c *ssh.ServerConfig) { c.KeyExchanges = []string{ssh.InsecureKeyExchangeDH1SHA1} }, []string{"diffie-hellman-group1-sha1"}},
		"cipher":                    {func(c *ssh.ServerConfig) { c.Ciphers = []string{ssh.InsecureCipherAES128CBC} }, []string{"aes128-cbc"}},
		"another cipher":            {func(c *ssh.ServerConfig) { c.Ciphers = []string{ssh.InsecureCipherTripleDESCBC} }, []string{"3des-cbc"}},
		"authentication code": {func(c *ssh.ServerConfig) {
			c.Ciphers, c.MACs = []string{ssh.CipherAES128CTR}, []string{ssh.InsecureHMACSHA196}
		}, []string{"hmac-sha1-96"}},
		"two of them": {func(c *ssh.ServerConfig) {
			c.KeyExchanges, c.Ciphers = []string{ssh.InsecureKeyExchangeDH14SHA1}, []string{ssh.InsecureCipherAES128CBC}
		}, []string{"diffie-hellman-group14-sha1", "aes128-cbc"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := play(t, "cisco-iosxe", nil, greet, tc.edit)
			for _, need := range tc.need {
				_, err := device.Open(t.Context(), target)
				require.ErrorContains(t, err, "old_algorithms: ["+need+"]")
				require.NotErrorIs(t, err, device.ErrLost)
				target.Old = append(target.Old, need)
			}
			opened(t, target)
		})
	}
}

// TestInventoryNamesOldAlgorithms that this program knows and calls unsafe.
func TestInventoryNamesOldAlgorithms(t *testing.T) {
	t.Parallel()
	old := ssh.InsecureAlgorithms()
	all := slices.Concat(old.KeyExchanges, old.Ciphers, old.MACs, old.HostKeys)
	for _, a := range inventory.Algorithms {
		assert.Contains(t, all, a)
	}
	for _, a := range slices.Concat(old.KeyExchanges, old.MACs) {
		assert.Contains(t, inventory.Algorithms, a, "the message of a refusal may name it")
	}
}

// TestRSAHostKey: SHA-2 is asked for, SHA-1 only by the option.
func TestRSAHostKey(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	signer, err := ssh.NewSignerFromKey(key)
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		algorithms []string
		need       string
	}{"SHA-2": {[]string{ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512}, ""}, "SHA-1": {[]string{ssh.KeyAlgoRSA}, "ssh-rsa"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			as, ok := signer.(ssh.AlgorithmSigner)
			require.True(t, ok)
			limited, err := ssh.NewSignerWithAlgorithms(as, tc.algorithms)
			require.NoError(t, err)
			target := play(t, "cisco-iosxe", nil, greet, func(c *ssh.ServerConfig) { c.AddHostKey(limited) })
			addr := net.JoinHostPort("127.0.0.1", itoa(target.Port))
			target.KnownHosts = known(t, knownhosts.Line([]string{addr}, signer.PublicKey()))
			if tc.need != "" {
				_, err := device.Open(t.Context(), target)
				require.ErrorContains(t, err, "old_algorithms: ["+tc.need+"]")
				target.Old = []string{tc.need}
			}
			opened(t, target)
		})
	}
}

// TestCertificateAuthority: a key that an authority has signed for this host is
// trusted, and for another host it is not.
func TestCertificateAuthority(t *testing.T) {
	t.Parallel()
	_, authority := newKey(t)
	_, other := newKey(t)
	for name, tc := range map[string]struct {
		trusted ssh.Signer
		name    string
		ok      bool
	}{"signed": {authority, "127.0.0.1", true}, "for another host": {authority, "192.0.2.1", false}, "by another authority": {other, "127.0.0.1", false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
			require.NoError(t, err)
			host, err := ssh.NewSignerFromKey(key)
			require.NoError(t, err)
			cert := &ssh.Certificate{Key: host.PublicKey(), CertType: ssh.HostCert, ValidPrincipals: []string{tc.name}, ValidBefore: ssh.CertTimeInfinity}
			require.NoError(t, cert.SignCert(rand.Reader, authority))
			signed, err := ssh.NewCertSigner(cert, host)
			require.NoError(t, err)
			target := play(t, "cisco-iosxe", nil, greet, func(c *ssh.ServerConfig) { c.AddHostKey(signed) })
			target.KnownHosts = known(t, fmt.Sprintf("@cert-authority 127.0.0.1,[127.0.0.1]:%d %s", target.Port, ssh.MarshalAuthorizedKey(tc.trusted.PublicKey())))
			s, err := device.Open(t.Context(), target)
			if tc.ok {
				require.NoError(t, err)
				_ = s.Close()
				return
			}
			var untrusted *device.HostKeyError
			require.ErrorAs(t, err, &untrusted)
		})
	}
}

// gap is a way to a gateway that can fall silent without ending, as one does
// when a router on it loses power.
type gap struct {
	net.Listener

	silent atomic.Bool
}

// between puts a gap in front of a gateway.
func between(t *testing.T, target *device.Target) *gap {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := &gap{Listener: l}
	t.Cleanup(func() { _ = l.Close() })
	far := net.JoinHostPort("127.0.0.1", itoa(target.Port))
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			conn, err := net.Dial("tcp", far)
			if err != nil {
				_ = near.Close()
				return
			}
			go g.copy(conn, near)
			go g.copy(near, conn)
		}
	}()
	addr, ok := l.Addr().(*net.TCPAddr)
	require.True(t, ok)
	data, err := os.ReadFile(target.KnownHosts)
	require.NoError(t, err)
	target.KnownHosts = known(t, strings.ReplaceAll(string(data), itoa(target.Port), itoa(addr.Port)))
	target.Port = addr.Port
	return g
}

func (g *gap) copy(to, from net.Conn) {
	defer func() { _ = to.Close() }()
	b := make([]byte, 4096)
	for {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		if g.silent.Load() {
			continue
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

// TestDeadPeerIsNoticed: within three requests without an answer, long before
// the limit of the reply; one that lives and is busy is left alone.
func TestDeadPeerIsNoticed(t *testing.T) {
	t.Parallel()
	target := play(t, "cisco-iosxe", func(r *vendor.SessionRules) { r.Patience = nil }, func(term *tty) {
		term.say("gw#")
		for {
			line, ok := term.line()
			if !ok {
				return
			}
			if line == "long" {
				time.Sleep(time.Second)
			}
			term.say("\ndone\ngw#")
		}
	})
	target.KeepAlive, target.Timeout = 250*time.Millisecond, time.Minute
	g := between(t, &target)
	s := opened(t, target)
	out, err := s.Run(t.Context(), "long")
	require.NoError(t, err, "it answers the requests meanwhile")
	assert.Equal(t, "done", out)
	g.silent.Store(true)
	began := time.Now()
	_, err = s.Run(t.Context(), "short")
	require.ErrorIs(t, err, device.ErrLost)
	require.ErrorContains(t, err, "has not answered for 750ms")
	assert.Less(t, time.Since(began), 20*time.Second)
}

// TestTrust: what a host shows, what the file says of it, and what is added.
func TestTrust(t *testing.T) {
	t.Parallel()
	target := play(t, "cisco-iosxe", nil, greet)
	trusted := target.KnownHosts
	keys := func(file string) []device.HostKey {
		h := target.Host
		h.KnownHosts = file
		list, err := device.HostKeys(t.Context(), h, nil, 20*time.Second)
		require.NoError(t, err)
		require.Len(t, list, 2, "of two kinds")
		return list
	}
	list := keys(trusted)
	assert.Equal(t, device.Trusted, list[0].Trust)
	assert.Equal(t, device.Unknown, list[1].Trust, "the other kind is not in the file")
	require.ErrorContains(t, list[0].Add(), "cannot be added")

	file := filepath.Join(t.TempDir(), "new", "known_hosts")
	list = keys(file)
	assert.Equal(t, device.Unknown, list[0].Trust)
	assert.Regexp(t, `^SHA256:[A-Za-z0-9+/]{43}$`, list[0].Fingerprint)
	require.NoError(t, list[0].Add())
	assert.Equal(t, device.Trusted, keys(file)[0].Trust)
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	target.KnownHosts = file
	opened(t, target)

	_, other := newKey(t)
	addr := net.JoinHostPort("127.0.0.1", itoa(target.Port))
	list = keys(known(t, knownhosts.Line([]string{addr}, other.PublicKey())))
	assert.Equal(t, device.Changed, list[0].Trust)
	assert.Contains(t, list[0].Where, ":1")
	require.Error(t, list[0].Add(), "a known host's other key is never added")

	unfinished := writeFile(t, []byte("# no end of line"))
	list = keys(unfinished)
	require.NoError(t, list[0].Add())
	assert.Equal(t, device.Trusted, keys(unfinished)[0].Trust)
}

// TestTrustBehindAJumpHost: the jump host is checked first.
func TestTrustBehindAJumpHost(t *testing.T) {
	t.Parallel()
	jump := devicetest.StartRaw(t, func(rw io.ReadWriter) { _, _ = io.Copy(io.Discard, rw) })
	target := play(t, "cisco-iosxe", nil, greet)
	via := device.Host{Address: "127.0.0.1", Port: jump.Addr.Port, Username: "ops", KeyFile: jump.KeyFile(), KnownHosts: jump.KnownHosts()}
	list, err := device.HostKeys(t.Context(), target.Host, &via, 20*time.Second)
	require.NoError(t, err)
	assert.Equal(t, device.Trusted, list[0].Trust)
	via.KnownHosts = target.KnownHosts
	_, err = device.HostKeys(t.Context(), target.Host, &via, 20*time.Second)
	var untrusted *device.HostKeyError
	require.ErrorAs(t, err, &untrusted)
}

// TestServerAsksForMoreThanThePassword: a new password is not made of the old.
func TestServerAsksForMoreThanThePassword(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	target := play(t, "cisco-iosxe", nil, greet, func(c *ssh.ServerConfig) {
		c.PasswordCallback = nil
		c.KeyboardInteractiveCallback = func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			answers, err := ask("", "", []string{"Password: "}, []bool{false})
			if err != nil || answers[0] != devicetest.Password {
				return nil, io.ErrUnexpectedEOF
			}
			asked.Add(1)
			if _, err := ask("", "Your password has expired", []string{"New password: "}, []bool{false}); err != nil {
				return nil, err
			}
			asked.Add(1)
			return &ssh.Permissions{}, nil
		}
	})
	target.KeyFile, target.Password = "", devicetest.Password
	_, err := device.Open(t.Context(), target)
	require.ErrorContains(t, err, "asks for more than the password")
	assert.NotContains(t, err.Error(), devicetest.Password)
	assert.Equal(t, int64(1), asked.Load())
}
