package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/twinpath/twinpath/internal/change"
	"github.com/twinpath/twinpath/internal/device"
	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/vendor"
)

// connection holds the flags of commands that talk to gateways.
type connection struct {
	knownHosts string
	timeout    time.Duration
}

func (c *connection) flags(f *pflag.FlagSet) {
	f.StringVar(&c.knownHosts, "known-hosts", "", "`FILE` of trusted host keys (default: the inventory's known_hosts, then ~/.ssh/known_hosts)")
	f.DurationVar(&c.timeout, "timeout", 30*time.Second, "how long a gateway may take for one reply")
}

// target returns how a gateway of the inventory is reached. What is missing in
// the inventory goes to list; then the target is of no use.
func (c *connection) target(in *input, g *inventory.Gateway, p *vendor.Profile, list *diag.List) (device.Target, error) {
	system := g.Transport.Val == inventory.TransportSystem
	missing := func(what string) {
		list.Add(diag.CodeMissing, g.Pos, "gateway %s lacks %s, which is needed to log in to it", diag.Quote(g.Name.Val), what)
	}
	if g.Address.Val == "" {
		missing("address")
	}
	if g.Username.Val == "" {
		missing("username")
	}
	if g.Auth == nil && !system {
		missing("auth")
	}
	dialogue, err := in.registry.Dialogue(p.ID)
	if err != nil {
		return device.Target{}, err
	}
	if p.Manage == nil || p.Manage.Session == nil || dialogue == nil {
		list.Add(diag.CodeValue, g.OS.Pos, "%s cannot be talked to over SSH yet", p.Title).
			WithHelp("save its running configuration to a file and use plan --running FILE")
	}
	if list.HasErrors() {
		return device.Target{}, nil
	}
	t := device.Target{
		System: system, Platform: dialogue, Rules: p.Manage.Session, Mask: p.Manage.Mask, Timeout: c.timeout,
	}
	if g.KeepAlive.Set {
		if t.KeepAlive = g.KeepAlive.Val; t.KeepAlive == 0 {
			t.KeepAlive = -1 // None; 0 would be the usual one.
		}
	}
	if t.Config, err = home(g.SSHConfig.Val); err != nil {
		return t, err
	}
	if t.Host, err = c.gateway(g); err != nil {
		return t, err
	}
	t.Jump, err = c.jump(g)
	return t, err
}

// gateway returns the gateway as a host to log in to.
func (c *connection) gateway(g *inventory.Gateway) (device.Host, error) {
	h := device.Host{Address: g.Address.Val, Port: g.Port.Val, Username: g.Username.Val, Old: old(g.OldAlgorithms)}
	var err error
	if h.KnownHosts, err = c.hosts(g.KnownHosts.Val); err != nil {
		return h, err
	}
	return h, login(&h, "gateway "+g.Name.Val, g.Auth)
}

// jump returns the host that the connection to a gateway goes through, nil
// without one. What is not said of it is as of the gateway.
func (c *connection) jump(g *inventory.Gateway) (*device.Host, error) {
	j := g.Jump
	if j == nil {
		return nil, nil
	}
	h := &device.Host{Address: j.Address.Val, Port: j.Port.Val, Username: j.Username.Val, Old: old(j.OldAlgorithms)}
	if h.Username == "" {
		h.Username = g.Username.Val
	}
	auth := j.Auth
	if auth == nil {
		auth = g.Auth
	}
	name := j.KnownHosts.Val
	if name == "" {
		name = g.KnownHosts.Val
	}
	var err error
	if h.KnownHosts, err = c.hosts(name); err != nil {
		return h, err
	}
	return h, login(h, "jump host of gateway "+g.Name.Val, auth)
}

func old(list []inventory.Of[string]) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.Val)
	}
	return out
}

// login says how to log in to a host. A password is read from the environment
// now: it is nowhere else.
func login(h *device.Host, who string, auth *inventory.Auth) error {
	if auth == nil {
		return nil // As OpenSSH's configuration says.
	}
	h.Agent = auth.Agent
	if name := auth.PasswordEnv; name.Set {
		if h.Password = device.Secret(os.Getenv(name.Val)); h.Password == "" {
			return fmt.Errorf("%s: the environment variable %s, which holds the password, is empty", who, name.Val)
		}
	}
	var err error
	h.KeyFile, err = home(auth.KeyFile.Val)
	return err
}

// hosts returns the file of trusted host keys: the flag's, the inventory's, the
// user's own.
func (c *connection) hosts(name string) (string, error) {
	switch {
	case c.knownHosts != "":
		return c.knownHosts, nil
	case name != "":
		return home(name)
	}
	return home("~/.ssh/known_hosts")
}

// home replaces a leading ~ of a path.
func home(path string) (string, error) {
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok {
		return path, nil
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the home folder: %w", err)
	}
	return filepath.Join(dir, rest), nil
}

// dialer returns how a push opens its connections.
func dialer(t device.Target) func(context.Context) (change.Session, error) {
	return func(ctx context.Context) (change.Session, error) {
		return device.Open(ctx, t)
	}
}

// connectError gives an untrusted host the exit code of a refusal.
func connectError(err error) error {
	if _, ok := errors.AsType[*device.HostKeyError](err); ok {
		return &exitError{code: exitRefused, err: err}
	}
	return err
}
