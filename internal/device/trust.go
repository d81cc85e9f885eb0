package device

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Trust is what the file of known hosts says of a key.
type Trust string

// What may be said of a key.
const (
	// Trusted keys are in the file, or signed by an authority that is.
	Trusted Trust = "trusted"
	// Unknown keys may be added.
	Unknown Trust = "unknown"
	// Changed keys are others than those that the file has for the host.
	Changed Trust = "changed"
	// Revoked keys are marked so in the file.
	Revoked Trust = "revoked"
)

// HostKey is a key that a host shows. Only a person can say whether it is the
// host's: by comparing the fingerprint with the one at the host's console.
type HostKey struct {
	// Address is host:port; Kind the type of the key; Fingerprint its SHA-256 in
	// the form of OpenSSH.
	Address, Kind, Fingerprint string
	// Certified says that it was signed by a certificate authority.
	Certified bool
	Trust     Trust
	// Where is the line of the file that speaks of the key or the host.
	Where string

	file string
	key  ssh.PublicKey
}

// errSeen ends a handshake once the host has shown its key.
var errSeen = errors.New("the key was seen")

// HostKeys returns the keys that a host shows, one of each kind, in the order in
// which this program prefers them. Nobody logs in to it, but the jump host
// (nil: none) is logged in to, and must be trusted.
func HostKeys(ctx context.Context, h Host, jump *Host, timeout time.Duration) ([]HostKey, error) {
	dial := direct
	if jump != nil {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		client, err := jump.connect(ctx, direct)
		if err != nil {
			return nil, fmt.Errorf("jump host %s: %w", jump.Address, err)
		}
		defer func() { _ = client.Close() }() // Only a way.
		dial = func(ctx context.Context, addr string) (net.Conn, error) { return client.DialContext(ctx, "tcp", addr) }
	}
	known, err := knownhosts.New(h.KnownHosts)
	if errors.Is(err, fs.ErrNotExist) {
		known, err = knownhosts.New()
	}
	if err != nil {
		return nil, fmt.Errorf("read the file of known hosts: %w", err)
	}
	var out []HostKey
	for _, kinds := range h.offers() {
		key, err := h.shown(ctx, dial, kinds, timeout)
		if _, ok := errors.AsType[*ssh.AlgorithmNegotiationError](err); ok {
			if err := h.other(err); err != nil {
				return nil, err
			}
			continue // It has none of this kind.
		}
		if err != nil {
			return nil, fmt.Errorf("see the host key of %s: %w", h.addr(), err)
		}
		k := h.known(known, key)
		if !slices.ContainsFunc(out, func(o HostKey) bool { return o.Fingerprint == k.Fingerprint }) {
			out = append(out, k)
		}
	}
	if slices.ContainsFunc(out, func(k HostKey) bool { return k.Trust == Trusted }) {
		for i := range out {
			if out[i].Trust == Changed {
				out[i].Trust, out[i].Where = Unknown, "" // Another kind than the one that is trusted.
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s shows no host key of a kind that is safe; an RSA key that it can only use with SHA-1 needs old_algorithms: [ssh-rsa]", h.addr())
	}
	return out, nil
}

// other returns an error of a negotiation that is not about the kind of key.
func (h Host) other(err error) error {
	if ne, ok := errors.AsType[*ssh.AlgorithmNegotiationError](err); ok && ne.What != "host key" {
		return h.disagreed(ne, h.addr())
	}
	return nil
}

// offers returns the kinds of key to ask for, each with its algorithms.
func (h Host) offers() [][]string {
	return [][]string{
		{ssh.CertAlgoED25519v01, ssh.CertAlgoECDSA256v01, ssh.CertAlgoECDSA384v01, ssh.CertAlgoECDSA521v01, ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01},
		{ssh.KeyAlgoED25519},
		{ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521},
		append([]string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}, h.old([]string{ssh.KeyAlgoRSA})...),
	}
}

// shown returns the key that a host shows when it is asked for one kind.
func (h Host) shown(ctx context.Context, dial dialer, kinds []string, timeout time.Duration) (ssh.PublicKey, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	conn, err := dial(ctx, h.addr())
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // Nothing is asked of it any more.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	var key ssh.PublicKey
	config := &ssh.ClientConfig{
		User: h.Username, HostKeyAlgorithms: kinds,
		HostKeyCallback: func(_ string, _ net.Addr, k ssh.PublicKey) error { key = k; return errSeen },
	}
	h.allow(config)
	_, _, _, err = ssh.NewClientConn(conn, h.addr(), config)
	switch {
	case key != nil:
		return key, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("no answer within %s", timeout)
	}
	return nil, err
}

// known says what the file of known hosts holds about a key.
func (h Host) known(known ssh.HostKeyCallback, key ssh.PublicKey) HostKey {
	k := HostKey{Address: h.addr(), Kind: key.Type(), Trust: Trusted, file: h.KnownHosts, key: key}
	k.Fingerprint = ssh.FingerprintSHA256(key)
	if cert, ok := key.(*ssh.Certificate); ok {
		k.Certified, k.Fingerprint = true, ssh.FingerprintSHA256(cert.Key)
	}
	err := known(k.Address, &net.TCPAddr{}, key)
	if re, ok := errors.AsType[*knownhosts.RevokedError](err); ok {
		k.Trust, k.Where = Revoked, fmt.Sprintf("%s:%d", re.Revoked.Filename, re.Revoked.Line)
	} else if ke, ok := errors.AsType[*knownhosts.KeyError](err); ok && len(ke.Want) > 0 {
		k.Trust, k.Where = Changed, fmt.Sprintf("%s:%d", ke.Want[0].Filename, ke.Want[0].Line)
	} else if err != nil {
		k.Trust = Unknown
	}
	return k
}

// Add writes a key that is unknown to the file of known hosts, which is made
// when there is none. It never takes a line out of it: a host that shows
// another key than before is for a person to look into.
func (k HostKey) Add() error {
	if k.Trust != Unknown || k.Certified {
		return fmt.Errorf("the key %s of %s is %s and cannot be added", k.Fingerprint, k.Address, k.Trust)
	}
	if err := os.MkdirAll(filepath.Dir(k.file), 0o700); err != nil {
		return fmt.Errorf("add a host key: %w", err)
	}
	f, err := os.OpenFile(k.file, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("add a host key: %w", err)
	}
	line := knownhosts.Line([]string{knownhosts.Normalize(k.Address)}, k.key) + "\n"
	if info, serr := f.Stat(); serr == nil && info.Size() > 0 {
		last := make([]byte, 1)
		if _, rerr := f.ReadAt(last, info.Size()-1); rerr == nil && last[0] != '\n' {
			line = "\n" + line // The last line has no end; ours is not a part of it.
		}
	}
	_, err = f.WriteString(line)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("add a host key to %s: %w", k.file, err)
	}
	return nil
}
