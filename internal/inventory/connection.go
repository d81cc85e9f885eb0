package inventory

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// What carries the connection to a gateway.
const (
	// TransportNative is this program's own SSH.
	TransportNative = "native"
	// TransportSystem is OpenSSH's program, with the user's configuration of it.
	TransportSystem = "system"
)

// Connection is how the SSH connection to a gateway is made, beside where it
// goes and who logs in.
type Connection struct {
	// KnownHosts is the file of the host keys that are trusted, "" for the
	// user's own.
	KnownHosts Of[string]
	// OldAlgorithms are those that are not safe any more and that this device
	// may use all the same.
	OldAlgorithms []Of[string]
	// Transport is TransportNative or TransportSystem, "" for the first.
	Transport Of[string]
	// SSHConfig is a file of OpenSSH's configuration in place of the user's.
	SSHConfig Of[string]
	// KeepAlive is the time between two signs of life that are asked for, 0 (and
	// set) for none.
	KeepAlive Of[time.Duration]
}

// Algorithms are the old algorithms that an inventory may allow, by the names
// of RFC 4253 and its successors: those that golang.org/x/crypto/ssh v0.58 calls
// insecure and a gateway may still need.
var Algorithms = []string{
	"diffie-hellman-group14-sha1",
	"diffie-hellman-group-exchange-sha1",
	"diffie-hellman-group1-sha1",
	"ssh-rsa",
	"aes128-cbc",
	"3des-cbc",
	"hmac-sha1-96",
}

// Auth says how to log in. Secrets are referred to, never written.
type Auth struct {
	Pos         diag.Position
	Agent       bool
	KeyFile     Of[string]
	PasswordEnv Of[string]
}

// Jump is a host that the SSH connection goes through.
type Jump struct {
	Pos      diag.Position
	Address  Of[string]
	Port     Of[int]
	Username Of[string]
	Auth     *Auth
	// KnownHosts and OldAlgorithms are as of a gateway (Connection).
	KnownHosts    Of[string]
	OldAlgorithms []Of[string]
}

func knownHosts(into *Of[string]) yamlpos.Key {
	return yamlpos.Optional("known_hosts", func(v yamlpos.Value) { *into = v.Path("known_hosts") })
}

func oldAlgorithms(into *[]Of[string]) yamlpos.Key {
	return yamlpos.Optional("old_algorithms", func(v yamlpos.Value) {
		v.Seq("old_algorithms", func(v yamlpos.Value) {
			a := v.OneOf("old_algorithms", Algorithms...)
			if !slices.ContainsFunc(*into, func(o Of[string]) bool { return o.Val == a.Val }) {
				*into = append(*into, a)
			}
		})
	})
}

// maxKeepAlive bounds how long a push may wait on a dead peer.
const maxKeepAlive = 5 * time.Minute

// decodeKeepAlive reads a duration; none asks for no sign of life.
func decodeKeepAlive(v yamlpos.Value) Of[time.Duration] {
	d := v.Duration("keepalive", 0, maxKeepAlive, diag.CodeValue)
	if d.Set && d.Val != 0 && d.Val < time.Second {
		v.Add(diag.CodeValue, "keepalive is %s, allowed is 1s to %s, or 0s for none", diag.Duration(d.Val), diag.Duration(maxKeepAlive))
		d.Set = false
	}
	return d
}

// checkConnection finds what cannot go together.
func (g *Gateway) checkConnection(v yamlpos.Value) {
	system := g.Transport.Val == TransportSystem
	if g.SSHConfig.Set && !system {
		v.List().Add(diag.CodeValue, g.SSHConfig.Pos, "ssh_config is read by OpenSSH's program alone").
			WithHelp("add transport: system, or remove ssh_config")
	}
	if !system {
		return
	}
	refuse := func(a *Auth) {
		if a != nil && a.PasswordEnv.Set {
			v.List().Add(diag.CodeValue, a.Pos, "with transport: system no password is typed: OpenSSH takes none from another program").
				WithHelp("use key_file or agent, leave auth out to log in as OpenSSH's configuration says, or remove transport")
		}
	}
	refuse(g.Auth)
	if g.Jump != nil {
		refuse(g.Jump.Auth)
	}
}

// host reads a host name or an address. A port or a wrong octet would otherwise
// be looked up as a name, hours later.
func host(v yamlpos.Value, what string) Of[string] {
	h := v.Match(what, hostPattern, hostRule)
	if !h.Set || !hostPattern.MatchString(h.Val) {
		return h
	}
	if _, err := netip.ParseAddr(h.Val); err == nil {
		return h
	}
	if ap, err := netip.ParseAddrPort(h.Val); err == nil {
		v.Add(diag.CodeAddress, "%s holds a port", what).WithHelp("write address: %s and port: %d", ap.Addr(), ap.Port())
	} else if strings.Contains(h.Val, ":") || numeric.MatchString(h.Val) {
		v.Add(diag.CodeAddress, "%s %s is no IP address and no host name", what, diag.Quote(h.Val))
	}
	return h
}

func decodeAuth(v yamlpos.Value) *Auth {
	a := &Auth{Pos: v.Pos()}
	if !v.IsMap() && !v.IsSeq() {
		v.LiteralSecret("auth says where the secret is kept, it is not the secret")
		return a
	}
	n, said := 0, false
	v.Map("auth",
		yamlpos.Optional("agent", func(v yamlpos.Value) {
			n++
			agent := v.Bool("auth.agent")
			if a.Agent = agent.Val; !agent.Set {
				said = true
			} else if !a.Agent {
				said = true
				v.Add(diag.CodeValue, "auth.agent is false, it can only be true").
					WithHelp("remove it, and write key_file: PATH or password_env: NAME")
			}
		}),
		yamlpos.Optional("key_file", func(v yamlpos.Value) {
			n++
			if v.Contains("PRIVATE KEY") {
				said = true
				v.LiteralSecret("auth.key_file is a path, not the key itself")
				return
			}
			a.KeyFile = v.Path("auth.key_file")
		}),
		yamlpos.Optional("password_env", func(v yamlpos.Value) {
			n++
			// The value is not quoted: what is no variable's name may be the password.
			if a.PasswordEnv, _ = v.Text("auth.password_env"); a.PasswordEnv.Set && !envPattern.MatchString(a.PasswordEnv.Val) {
				said = true
				v.LiteralSecret("auth.password_env is the name of an environment variable, and what stands here is none")
			} else if a.PasswordEnv.Set {
				v.Match("auth.password_env", envPattern, "the name of an environment variable")
			}
		}),
	)
	if n != 1 && v.IsMap() && !said && !v.HasSecretKey() {
		v.Add(diag.CodeValue, "auth needs exactly one of agent: true, key_file and password_env")
	}
	return a
}

func decodeJump(v yamlpos.Value) *Jump {
	j := &Jump{Pos: v.Pos(), Port: yamlpos.Default(22)}
	v.Map("jump",
		yamlpos.Required("address", func(v yamlpos.Value) { j.Address = host(v, "jump.address") }),
		yamlpos.Optional("port", func(v yamlpos.Value) { j.Port.Take(v.Int("jump.port", 1, 65535, diag.CodeValue)) }),
		yamlpos.Optional("username", func(v yamlpos.Value) { j.Username = v.Match("jump.username", userPattern, userRule) }),
		yamlpos.Optional("auth", func(v yamlpos.Value) { j.Auth = decodeAuth(v) }),
		knownHosts(&j.KnownHosts),
		oldAlgorithms(&j.OldAlgorithms),
	)
	return j
}
