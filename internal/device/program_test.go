package device_test

import (
	"encoding/pem"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/twinpath/twinpath/internal/device"
	"github.com/twinpath/twinpath/internal/devicetest"
)

// viaProgram is a target that OpenSSH's program carries, with an empty
// configuration of it.
func viaProgram(t *testing.T, target device.Target) device.Target {
	t.Helper()
	_, err := exec.LookPath("ssh")
	require.NoError(t, err, "these tests need OpenSSH's client (Debian: openssh-client)")
	target.System, target.Config = true, writeFile(t, []byte("# none\n"))
	return target
}

// TestProgramCarriesTheConnection: OpenSSH's own program in a terminal, with
// the same judgement of what the gateway says.
func TestProgramCarriesTheConnection(t *testing.T) {
	t.Parallel()
	target := viaProgram(t, play(t, "cisco-iosxe", nil, replies("gw#", map[string]string{
		"show": "~one\n two\ngw#", "~.": "tilde\ngw#", "bad": "% Invalid input detected at '^' marker.\ngw#",
	})))
	s := opened(t, target)
	out, err := s.Run(t.Context(), "show")
	require.NoError(t, err)
	assert.Equal(t, "~one\n two", out)
	out, err = s.Run(t.Context(), "~.")
	require.NoError(t, err, "OpenSSH's own escapes are off")
	assert.Equal(t, "tilde", out)
	_, err = s.Run(t.Context(), "bad")
	var rejected *device.RejectedError
	require.ErrorAs(t, err, &rejected)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	_, err = s.Run(t.Context(), "show")
	require.ErrorIs(t, err, device.ErrLost)
}

// TestProgramChecksHostKeys as strictly, whatever its configuration says.
func TestProgramChecksHostKeys(t *testing.T) {
	t.Parallel()
	_, other := newKey(t)
	for name, line := range map[string]func(addr string) string{
		"unknown": func(string) string { return "# nobody" },
		"changed": func(addr string) string { return knownhosts.Line([]string{addr}, other.PublicKey()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := viaProgram(t, play(t, "cisco-iosxe", nil, greet))
			trusted := target.KnownHosts
			target.KnownHosts = known(t, line("[127.0.0.1]:"+itoa(target.Port)))
			target.Config = writeFile(t, []byte("Host *\n  StrictHostKeyChecking no\n  UserKnownHostsFile "+trusted+"\n  GlobalKnownHostsFile "+trusted+"\n"))
			_, err := device.Open(t.Context(), target)
			var untrusted *device.HostKeyError
			require.ErrorAs(t, err, &untrusted)
		})
	}
}

// TestProgramIsNotLetIn: nothing is asked at a terminal that nobody sees.
func TestProgramIsNotLetIn(t *testing.T) {
	t.Parallel()
	target := viaProgram(t, play(t, "cisco-iosxe", nil, greet))
	stranger, _ := newKey(t)
	block, err := ssh.MarshalPrivateKey(stranger, "")
	require.NoError(t, err)
	target.KeyFile = writeFile(t, pem.EncodeToMemory(block))
	_, err = device.Open(t.Context(), target)
	require.ErrorContains(t, err, `did not let user "netops" log in`)
	require.NotErrorIs(t, err, device.ErrLost)

	target.Port = 1
	target.KeyFile = ""
	_, err = device.Open(t.Context(), target)
	require.ErrorContains(t, err, "refused")
}

// TestProgramThroughAJumpHost: the jump host's key is checked by its own file.
func TestProgramThroughAJumpHost(t *testing.T) {
	t.Parallel()
	target := viaProgram(t, play(t, "cisco-iosxe", nil, greet))
	jump := devicetest.StartRaw(t, func(io.ReadWriter) {})
	dir := filepath.Join(t.TempDir(), "with space and 100%")
	require.NoError(t, os.Mkdir(dir, 0o700))
	file := filepath.Join(dir, "known_hosts")
	data, err := os.ReadFile(jump.KnownHosts())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, data, 0o600))
	target.Jump = &device.Host{Address: "127.0.0.1", Port: jump.Addr.Port, Username: "ops", KeyFile: jump.KeyFile(), KnownHosts: file}
	s := opened(t, target)
	out, err := s.Run(t.Context(), "show")
	require.NoError(t, err)
	assert.Equal(t, "yes", out)

	target.Jump.KnownHosts = target.KnownHosts
	_, err = device.Open(t.Context(), target)
	require.Error(t, err)
	require.NotErrorIs(t, err, device.ErrLost)
}

// TestProgramUsesOldAlgorithmsByOption: the same option, given to OpenSSH.
func TestProgramUsesOldAlgorithmsByOption(t *testing.T) {
	t.Parallel()
	target := viaProgram(t, play(t, "cisco-iosxe", nil, greet, func(c *ssh.ServerConfig) {
		c.KeyExchanges, c.Ciphers = []string{ssh.InsecureKeyExchangeDH14SHA1}, []string{ssh.InsecureCipherAES128CBC}
	}))
	_, err := device.Open(t.Context(), target)
	require.ErrorContains(t, err, "Unable to negotiate")
	target.Old = []string{"diffie-hellman-group14-sha1", "aes128-cbc"}
	opened(t, target)
}

// TestProgramThatFallsSilent is noticed by its own keep-alive.
func TestProgramThatFallsSilent(t *testing.T) {
	t.Parallel()
	target := viaProgram(t, play(t, "cisco-iosxe", nil, greet))
	target.KeepAlive, target.Timeout = time.Second, time.Minute
	g := between(t, &target)
	s := opened(t, target)
	g.silent.Store(true)
	_, err := s.Run(t.Context(), "show")
	require.ErrorIs(t, err, device.ErrLost)
	require.ErrorContains(t, err, "not responding")
}
