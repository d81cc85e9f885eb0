package device

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/crypto/ssh/knownhosts"
)

// login is one attempt to log in.
type login struct {
	target Target
	config *ssh.ClientConfig
	// means names what the user logs in with; done releases it.
	means string
	done  func()
	// trusted says that the host key was checked and found good.
	trusted bool
}

// login reads the file of known hosts and what to log in with.
func (t Target) login(ctx context.Context, addr string) (*login, error) {
	known, err := knownhosts.New(t.KnownHosts)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &HostKeyError{Address: addr, Reason: fmt.Sprintf("there is no file of known hosts %s", t.KnownHosts)}
	}
	if err != nil {
		return nil, &HostKeyError{Address: addr, Reason: fmt.Sprintf("the file of known hosts cannot be read: %v", err)}
	}
	l := &login{target: t, done: func() {}}
	l.config = &ssh.ClientConfig{
		User: t.Username,
		HostKeyCallback: func(host string, remote net.Addr, key ssh.PublicKey) error {
			err := known(host, remote, key)
			l.trusted = err == nil
			return err
		},
		HostKeyAlgorithms: algorithms(known, addr),
	}
	return l, t.auth(ctx, l)
}

// auth adds the one way to log in that the inventory names.
func (t Target) auth(ctx context.Context, l *login) error {
	switch {
	case t.KeyFile != "":
		data, err := os.ReadFile(t.KeyFile)
		if err != nil {
			return fmt.Errorf("read the key file: %w", err)
		}
		signer, err := ssh.ParsePrivateKey(data)
		if _, ok := errors.AsType[*ssh.PassphraseMissingError](err); ok {
			return fmt.Errorf("the key file %s needs a passphrase; add the key to ssh-agent and use auth: {agent: true}", t.KeyFile)
		}
		if err != nil {
			return fmt.Errorf("the key file %s holds no usable private key", t.KeyFile)
		}
		l.means = "the key " + t.KeyFile
		l.config.Auth = []ssh.AuthMethod{ssh.PublicKeys(signer)}
		return nil
	case t.Password != "":
		answer := func(_, _ string, questions []string, _ []bool) ([]string, error) {
			out := make([]string, len(questions))
			for i := range out {
				out[i] = t.Password
			}
			return out, nil
		}
		l.means = "the password"
		l.config.Auth = []ssh.AuthMethod{ssh.Password(t.Password), ssh.KeyboardInteractive(answer)}
		return nil
	case t.Agent:
		sock := os.Getenv("SSH_AUTH_SOCK")
		if sock == "" {
			return errors.New("auth: {agent: true} needs a running ssh-agent, and SSH_AUTH_SOCK is not set; start one, or use key_file or password_env")
		}
		var d net.Dialer
		conn, err := d.DialContext(ctx, "unix", sock)
		if err != nil {
			return fmt.Errorf("reach ssh-agent at SSH_AUTH_SOCK: %w", err)
		}
		l.means = "the keys of ssh-agent"
		l.config.Auth = []ssh.AuthMethod{ssh.PublicKeysCallback(agent.NewClient(conn).Signers)}
		l.done = func() { _ = conn.Close() }
		return nil
	}
	return errors.New("no way to log in: the inventory's auth needs agent, key_file or password_env")
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

// failed says what a failed handshake means.
func (l *login) failed(addr string, err error) error {
	if re, ok := errors.AsType[*knownhosts.RevokedError](err); ok {
		return &HostKeyError{Address: addr, Reason: fmt.Sprintf("the key that it shows is marked as revoked in %s:%d", re.Revoked.Filename, re.Revoked.Line)}
	}
	if ke, ok := errors.AsType[*knownhosts.KeyError](err); ok {
		if len(ke.Want) == 0 {
			return &HostKeyError{Address: addr, Reason: fmt.Sprintf("its host key is not known to %s", l.target.KnownHosts)}
		}
		return &HostKeyError{Address: addr, Reason: fmt.Sprintf("it shows another host key than the one in %s:%d", ke.Want[0].Filename, ke.Want[0].Line)}
	}
	if ne, ok := errors.AsType[*ssh.AlgorithmNegotiationError](err); ok && slices.Equal(ne.SupportedAlgorithms, l.config.HostKeyAlgorithms) {
		return &HostKeyError{Address: addr, Reason: fmt.Sprintf("it has no host key of the kind in %s (%s), but %s",
			l.target.KnownHosts, strings.Join(ne.SupportedAlgorithms, ", "), strings.Join(ne.RequestedAlgorithms, ", "))}
	}
	if l.trusted {
		return fmt.Errorf("the gateway did not let user %q log in with %s: %w", l.target.Username, l.means, err)
	}
	return fmt.Errorf("log in: %w", err)
}
