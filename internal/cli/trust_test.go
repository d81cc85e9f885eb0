package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/twinpath/twinpath/internal/devicetest"
)

// trusting is a gateway in an inventory with a file of known hosts of its own.
type trusting struct {
	*devicetest.Server

	inventory, known string
}

func newTrusting(t *testing.T) *trusting {
	t.Helper()
	g := &trusting{Server: devicetest.Start(t, nil), known: filepath.Join(t.TempDir(), "known_hosts")}
	g.inventory = filepath.Join(t.TempDir(), "inventory.yaml")
	require.NoError(t, os.WriteFile(g.inventory, fmt.Appendf(nil, `version: 1
gateways:
  - name: gw1
    os: frr
    address: 127.0.0.1
    port: %d
    username: netops
    known_hosts: %s
    ports: {wan1: c1}
`, g.Addr.Port, g.known), 0o600))
	return g
}

// run runs the command with what a person answers, nobody when empty.
func (g *trusting) run(t *testing.T, answer string, fingerprints ...string) (out, say string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	opts := &trustOptions{connection: connection{timeout: 20 * time.Second}, inventory: g.inventory, fingerprints: fingerprints}
	if answer != "" {
		opts.answers = bufio.NewReader(strings.NewReader(answer + "\n"))
	}
	err := runTrust(t.Context(), Streams{Out: &o, Err: &e}, opts)
	if ee, ok := errors.AsType[*exitError](err); ok {
		return o.String(), e.String() + err.Error(), ee.code
	}
	require.NoError(t, err)
	return o.String(), e.String(), exitOK
}

// written is the file of known hosts, nothing when there is none.
func (g *trusting) written(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(g.known)
	if os.IsNotExist(err) {
		return ""
	}
	require.NoError(t, err)
	return string(data)
}

func TestTrustAddsOnlyWhatIsConfirmed(t *testing.T) {
	t.Parallel()
	const wrong = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for name, tc := range map[string]struct {
		answer string
		prints func(right string) []string
		ok     bool
	}{
		"nobody there":       {"", nil, false},
		"right fingerprint":  {"", func(r string) []string { return []string{r} }, true},
		"wrong fingerprint":  {"", func(string) []string { return []string{wrong} }, false},
		"wrong, and yes":     {"yes", func(string) []string { return []string{wrong} }, false},
		"yes":                {"yes", nil, true},
		"no":                 {"no", nil, false},
		"just return":        {" ", nil, false},
		"typed the right":    {"RIGHT", nil, true},
		"typed another":      {wrong, nil, false},
		"the beginning only": {"SHA256:", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newTrusting(t)
			right := ssh.FingerprintSHA256(g.Key.PublicKey())
			var prints []string
			if tc.prints != nil {
				prints = tc.prints(right)
			}
			out, say, code := g.run(t, strings.ReplaceAll(tc.answer, "RIGHT", right), prints...)
			assert.Contains(t, out, right)
			if !tc.ok {
				assert.Equal(t, exitRefused, code)
				assert.Contains(t, out, "unknown")
				assert.Contains(t, say, "--fingerprint")
				assert.Empty(t, g.written(t))
				return
			}
			assert.Equal(t, exitOK, code, say)
			assert.Contains(t, out, right+" added")
			assert.Contains(t, g.written(t), "ssh-ed25519")
			out, _, code = g.run(t, "")
			assert.Equal(t, exitOK, code)
			assert.Contains(t, out, right+" trusted")
		})
	}
}

func TestTrustNeverReplacesAKey(t *testing.T) {
	t.Parallel()
	g, other := newTrusting(t), newTrusting(t)
	_, _, code := other.run(t, "yes")
	require.Equal(t, exitOK, code)
	before := strings.ReplaceAll(other.written(t), fmt.Sprint(other.Addr.Port), fmt.Sprint(g.Addr.Port))
	require.NoError(t, os.WriteFile(g.known, []byte(before), 0o600))
	out, say, code := g.run(t, "yes", ssh.FingerprintSHA256(g.Key.PublicKey()))
	assert.Equal(t, exitRefused, code)
	assert.Contains(t, out, "changed "+g.known+":1")
	assert.Contains(t, say, "somebody stands in between")
	assert.Equal(t, before, g.written(t))
}

func TestTrustUsage(t *testing.T) {
	t.Parallel()
	g := newTrusting(t)
	_, say, code := g.run(t, "", "MD5:00:11")
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, say, "ssh-keygen -l")
	g.inventory = ""
	_, _, code = g.run(t, "")
	assert.Equal(t, exitUsage, code)
}
