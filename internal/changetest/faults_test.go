package changetest_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/twinpath/twinpath/internal/changetest"
	"github.com/twinpath/twinpath/internal/gateway"
)

// fault is something that goes wrong at a point of a push.
type fault struct {
	// name is what the table calls it.
	name string
	// at are the only points that it can happen at; none: all.
	at []string
	// hang: what is called at the point has no more time than it needs to begin.
	hang bool
	// begin is called before the push; before and after at the point.
	begin  func(c *trial)
	before func(c *trial, ctx context.Context, p changetest.Point)
	after  func(c *trial, p changetest.Point)
}

// The groups of points that some faults are limited to.
var (
	connecting = []string{"connect", "reconnect"}
	typing     = except(changetest.Points, connecting...)
)

func except(list []string, out ...string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(out, s) })
}

// strike lets the gateway's faults of some kinds happen at what comes next.
func strike(kinds ...string) func(*trial, context.Context, changetest.Point) {
	return func(c *trial, _ context.Context, p changetest.Point) {
		at, n := "any", 1
		switch {
		case slices.Contains(connecting, p.At):
			at = "login"
		case c.loads() && strings.HasSuffix(p.At, " line"):
			at = "line"
			if p.At == "last line" {
				n = len(c.g.Steps[p.Step-1].Commands)
			}
		}
		var list []gateway.Fault
		for _, k := range kinds {
			list = append(list, gateway.Fault{Kind: k, At: at, N: n})
		}
		require.NoError(c.t, c.Set(list...))
	}
}

// faults are the rows of the table.
var faults = []fault{
	{name: "refused", before: strike("refuse")},
	{name: "refused after the prompt", at: []string{"first line", "last line"}, before: strike("refuse", "late")},
	{name: "hangs", hang: true, before: strike("hang"), after: func(c *trial, _ changetest.Point) {
		require.NoError(c.t, c.Set()) // Nothing may be left of it when the connection took too long.
		c.Clock.Advance(c.Options.Timeout)
	}},
	{name: "connection lost before it took effect", before: strike("drop")},
	{name: "connection lost after it took effect", at: typing, before: strike("drop-after")},
	{name: "unexpected question", at: typing, before: strike("ask")},
	{name: "pager", at: []string{"read", "reread"}, before: strike("pager")},
	{name: "gateway restarts", at: typing, before: strike("reboot")},
	{name: "second administrator", before: func(c *trial, _ context.Context, _ changetest.Point) {
		_ = c.Type(foreign(c.system)) // Refused where the gateway is locked.
	}},
	{name: "second circuit goes down", before: func(c *trial, _ context.Context, p changetest.Point) {
		c.SetCircuit(c.other(p.Step), false)
		c.Clock.Advance(noticed)
	}},
	{name: "check never comes true", at: []string{"check"}, before: func(c *trial, _ context.Context, p changetest.Point) {
		c.SetCircuit(c.far(p.Step), false)
	}},
	{name: "window closes", before: func(c *trial, _ context.Context, _ changetest.Point) {
		c.Clock.Advance(c.Options.Window.End.Sub(c.Clock.Now()))
	}},
	{name: "other host key", at: connecting, before: func(c *trial, _ context.Context, _ changetest.Point) {
		require.NoError(c.t, os.WriteFile(c.Target.KnownHosts, []byte(c.otherKey()), 0o600))
	}},
	{name: "login refused from here on", at: connecting, before: func(c *trial, _ context.Context, _ changetest.Point) {
		require.NoError(c.t, c.Set(gateway.Fault{Kind: "no-login"}))
	}},
	{name: "disk full from here on", at: []string{"enter"}, before: func(c *trial, _ context.Context, _ changetest.Point) {
		require.NoError(c.t, c.Set(gateway.Fault{Kind: "disk-full"}))
	}},
	{name: "Ctrl-C", before: func(c *trial, _ context.Context, _ changetest.Point) { c.interrupt() }},
	{name: "Ctrl-C twice, then resume", before: func(c *trial, ctx context.Context, _ changetest.Point) {
		c.interrupt()
		close(c.abandon)
		<-ctx.Done()
	}},
	{name: "killed, then resume", before: func(c *trial, _ context.Context, _ changetest.Point) { c.crash.Kill() }},
	{name: "killed after the reply, resume much later", at: typing, after: func(c *trial, _ changetest.Point) {
		c.late = 20 * time.Minute
		c.crash.Kill()
	}},
	{name: "killed, then rollback", before: func(c *trial, _ context.Context, _ changetest.Point) { c.crash.Kill() }},
}

// whole are the faults that hold during a whole push, or from a step on.
var whole = []fault{
	{name: "one byte at a time", begin: set("slow=1")},
	{name: "pieces of 7 bytes", begin: set("slow=7")},
	{name: "log lines in the output", begin: set("log")},
	{name: "clock two hours slow", begin: set("skew=-2h")},
	{name: "clock two hours fast", begin: set("skew=2h")},
}

func set(text string) func(*trial) {
	return func(c *trial) {
		f, err := gateway.ParseFault(text)
		require.NoError(c.t, err)
		require.NoError(c.t, c.Set(f))
	}
}

// noticed is the time after which every system has noticed that a circuit is
// dead.
const noticed = 40 * time.Second

// foreign is a line that has nothing to do with the plan.
func foreign(system string) string {
	switch {
	case system == "frr":
		return "ip route 10.99.0.0/16 Null0"
	case strings.HasPrefix(system, "cisco"):
		return "ip route 10.99.0.0 255.255.0.0 Null0"
	case strings.HasPrefix(system, "huawei"):
		return "ip route-static 10.99.0.0 255.255.0.0 NULL0"
	}
	return "set routing-options static route 10.99.0.0/16 discard"
}

// far is the far end of the circuit of a step once the step is in force, other
// that of the other circuit at that time.
func (c *trial) far(step int) string {
	return map[string]string{"ec1": "10.0.0.9", "ec2": "10.0.0.13"}[c.g.Steps[step-1].Circuit]
}

func (c *trial) other(step int) string {
	if step > 1 {
		return c.far(1)
	}
	return map[string]string{"ec1": "10.0.0.5", "ec2": "10.0.0.1"}[c.g.Steps[0].Circuit]
}

// otherKey is the line of known hosts of a gateway with another key.
func (c *trial) otherKey() string {
	key, _, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(c.t, err)
	public, err := ssh.NewPublicKey(key)
	require.NoError(c.t, err)
	return knownhosts.Line([]string{knownhosts.Normalize(c.Addr.String())}, public) + "\n"
}

// loads reports whether the system gets the lines of a step as one text.
func (c *trial) loads() bool { return c.Profile.Manage.Session.Change.Load != nil }
