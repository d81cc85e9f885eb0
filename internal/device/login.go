package device

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/crypto/ssh/knownhosts"
)

// login is one attempt to log in.
type login struct {
	host   Host
	config *ssh.ClientConfig
	// means names what the user logs in with; done releases it.
	means string
	done  func()
	// trusted says that the host key was checked and found good; untrusted is why
	// it was not.
	trusted   bool
	untrusted error
}

// login reads the file of known hosts and what to log in with.
func (h Host) login(ctx context.Context, addr string) (*login, error) {
	known, err := knownhosts.New(h.KnownHosts)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &HostKeyError{Address: addr, Reason: fmt.Sprintf("there is no file of known hosts %s", h.KnownHosts)}
	}
	if err != nil {
		return nil, &HostKeyError{Address: addr, Reason: fmt.Sprintf("the file of known hosts cannot be read: %v", err)}
	}
	l := &login{host: h, done: func() {}}
	l.config = &ssh.ClientConfig{
		User: h.Username,
		HostKeyCallback: func(host string, remote net.Addr, key ssh.PublicKey) error {
			err := known(host, remote, key)
			l.trusted, l.untrusted = err == nil, err
			return err
		},
		HostKeyAlgorithms: h.hostKeys(known, addr),
	}
	h.allow(l.config)
	return l, h.auth(ctx, l)
}

// auth adds the one way to log in that the inventory names.
func (h Host) auth(ctx context.Context, l *login) error {
	switch {
	case h.KeyFile != "":
		data, err := os.ReadFile(h.KeyFile)
		if err != nil {
			return fmt.Errorf("read the key file: %w", err)
		}
		signer, err := ssh.ParsePrivateKey(data)
		if _, ok := errors.AsType[*ssh.PassphraseMissingError](err); ok {
			return fmt.Errorf("the key file %s needs a passphrase; add the key to ssh-agent and use auth: {agent: true}", h.KeyFile)
		}
		if err != nil {
			return fmt.Errorf("the key file %s holds no usable private key", h.KeyFile)
		}
		l.means = "the key " + h.KeyFile
		l.config.Auth = []ssh.AuthMethod{ssh.PublicKeys(signer)}
		return nil
	case h.Password != "":
		l.means = "the password"
		l.config.Auth = []ssh.AuthMethod{ssh.Password(string(h.Password)), ssh.KeyboardInteractive(once(string(h.Password)))}
		return nil
	case h.Agent:
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

// once answers the one question for a password. A host that asks for more, such
// as a new password or a code, is not answered.
func once(password string) ssh.KeyboardInteractiveChallenge {
	said := false
	return func(_, _ string, questions []string, echos []bool) ([]string, error) {
		if len(questions) == 0 {
			return nil, nil // Only something to read.
		}
		if said || len(questions) > 1 || echos[0] {
			return nil, errors.New("it asks for more than the password; log in by hand and see what it wants")
		}
		said = true
		return []string{password}, nil
	}
}

// failed says what a failed handshake means.
func (l *login) failed(addr string, err error) error {
	if re, ok := errors.AsType[*knownhosts.RevokedError](err); ok {
		return &HostKeyError{Address: addr, Reason: fmt.Sprintf("the key that it shows is marked as revoked in %s:%d", re.Revoked.Filename, re.Revoked.Line)}
	}
	if ke, ok := errors.AsType[*knownhosts.KeyError](err); ok {
		if len(ke.Want) == 0 {
			return &HostKeyError{Address: addr, Reason: fmt.Sprintf("its host key is not known to %s", l.host.KnownHosts)}
		}
		return &HostKeyError{Address: addr, Reason: fmt.Sprintf("it shows another host key than the one in %s:%d", ke.Want[0].Filename, ke.Want[0].Line)}
	}
	if l.untrusted != nil {
		return &HostKeyError{Address: addr, Reason: fmt.Sprintf("its certificate is not good: %v", l.untrusted)}
	}
	if ne, ok := errors.AsType[*ssh.AlgorithmNegotiationError](err); ok {
		return l.host.disagreed(ne, addr)
	}
	if l.trusted {
		return fmt.Errorf("the gateway did not let user %q log in with %s: %w", l.host.Username, l.means, err)
	}
	return fmt.Errorf("log in: %w", err)
}
