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
	missing := func(what string) {
		list.Add(diag.CodeMissing, g.Pos, "gateway %s lacks %s, which is needed to log in to it", diag.Quote(g.Name.Val), what)
	}
	if g.Address.Val == "" {
		missing("address")
	}
	if g.Username.Val == "" {
		missing("username")
	}
	if g.Auth == nil {
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
		Host:     device.Host{Address: g.Address.Val, Port: g.Port.Val, Username: g.Username.Val, Agent: g.Auth.Agent},
		Platform: dialogue, Rules: p.Manage.Session, Mask: p.Manage.Mask, Timeout: c.timeout,
	}
	if t.KnownHosts, err = c.hosts(g); err != nil {
		return t, err
	}
	if name := g.Auth.PasswordEnv; name.Set {
		if t.Password = os.Getenv(name.Val); t.Password == "" {
			return t, fmt.Errorf("gateway %s: the environment variable %s, which holds the password, is empty", g.Name.Val, name.Val)
		}
	}
	t.KeyFile, err = home(g.Auth.KeyFile.Val)
	return t, err
}

// hosts returns the file of trusted host keys: the flag's, the gateway's, the
// user's own.
func (c *connection) hosts(g *inventory.Gateway) (string, error) {
	switch {
	case c.knownHosts != "":
		return c.knownHosts, nil
	case g.KnownHosts.Val != "":
		return home(g.KnownHosts.Val)
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
