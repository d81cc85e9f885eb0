package device

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// allow sets what may be negotiated: what is safe, and what the inventory
// allows this host beside that. The defaults of x/crypto/ssh hold algorithms
// that it calls insecure itself (InsecureAlgorithms), such as
// diffie-hellman-group14-sha1.
func (h Host) allow(c *ssh.ClientConfig) {
	safe, old := ssh.SupportedAlgorithms(), ssh.InsecureAlgorithms()
	c.KeyExchanges = append(safe.KeyExchanges, h.old(old.KeyExchanges)...)
	c.Ciphers = append(safe.Ciphers, h.old(old.Ciphers)...)
	c.MACs = append(safe.MACs, h.old(old.MACs)...)
}

// old returns those of a list that the inventory allows.
func (h Host) old(list []string) []string {
	return slices.DeleteFunc(list, func(a string) bool { return !slices.Contains(h.Old, a) })
}

// hostKeys returns the kinds of host key that the file of known hosts holds
// for an address. Without them another kind may be negotiated than the one
// that is known, and a good host would be refused.
func (h Host) hostKeys(known ssh.HostKeyCallback, addr string) []string {
	var ke *knownhosts.KeyError
	// A key that no file holds makes the callback list those that it wants.
	if !errors.As(known(addr, &net.TCPAddr{}, stranger{}), &ke) {
		return nil
	}
	var out []string
	for _, k := range ke.Want {
		for _, a := range h.kinds(k) {
			if !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	if len(out) == 0 {
		// It is not known, and will be refused; not because of the kind of its key.
		return append(ssh.SupportedAlgorithms().HostKeys, h.old(ssh.InsecureAlgorithms().HostKeys)...)
	}
	return out
}

// kinds returns the algorithms with which a host can show that it has a key.
func (h Host) kinds(k knownhosts.KnownKey) []string {
	if authority(k) {
		// The kind of the host's own key is not the kind of its authority's.
		return slices.DeleteFunc(ssh.SupportedAlgorithms().HostKeys, func(a string) bool { return !strings.Contains(a, "-cert-v01@") })
	}
	if k.Key.Type() != ssh.KeyAlgoRSA {
		return []string{k.Key.Type()}
	}
	return append([]string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}, h.old([]string{ssh.KeyAlgoRSA})...)
}

// authority reports whether a line of the file of known hosts is the key of a
// certificate authority, which x/crypto does not tell.
func authority(k knownhosts.KnownKey) bool {
	f, err := os.Open(k.Filename)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // Only read from.
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if n == k.Line {
			return strings.HasPrefix(strings.TrimSpace(lines.Text()), "@cert-authority")
		}
	}
	return false
}

// disagreed says what it means that a host and this program know no algorithm
// in common.
func (h Host) disagreed(e *ssh.AlgorithmNegotiationError, addr string) error {
	theirs := strings.Join(e.RequestedAlgorithms, ", ")
	insecure := ssh.InsecureAlgorithms()
	// RC4, DSA and certificates signed with SHA-1 are not allowed by any option.
	old := slices.Concat(insecure.KeyExchanges, insecure.MACs, []string{ssh.InsecureCipherAES128CBC, ssh.InsecureCipherTripleDESCBC, ssh.KeyAlgoRSA})
	var could []string
	for _, a := range e.RequestedAlgorithms {
		// A host key of another kind than the known one is not made good by this.
		if slices.Contains(old, a) && (e.What != "host key" || slices.Contains(e.SupportedAlgorithms, ssh.KeyAlgoRSASHA256)) {
			could = append(could, a)
		}
	}
	switch {
	case len(could) > 0:
		return fmt.Errorf("it offers no safe %s, only %s; update its software, or allow an old one in the inventory: old_algorithms: [%s]", e.What, theirs, could[0])
	case e.What == "host key":
		return &HostKeyError{Address: addr, Reason: fmt.Sprintf("it has no host key of the kind in %s (%s), but %s",
			h.KnownHosts, strings.Join(e.SupportedAlgorithms, ", "), theirs)}
	}
	return fmt.Errorf("it offers no %s that this program knows, only %s", e.What, theirs)
}

// stranger is a public key that nobody has.
type stranger struct{}

// Type returns a kind of key that does not exist.
func (stranger) Type() string { return "stranger" }

// Marshal returns bytes that are no key.
func (stranger) Marshal() []byte { return []byte("stranger") }

// Verify accepts nothing.
func (stranger) Verify([]byte, *ssh.Signature) error { return errors.New("no such key") }
