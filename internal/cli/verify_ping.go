package cli

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/twinpath/twinpath/internal/device"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/reach"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/show"
	"github.com/twinpath/twinpath/internal/split"
	"github.com/twinpath/twinpath/internal/vendor"
)

// pinging is the manual's own test: every circuit's far end, and addresses in
// the cloud, are pinged and traced from its gateway, by the circuit's own
// address, and from the machine that the program runs on.
type pinging struct {
	connection

	ping          bool
	targets, from []string

	addrs, sources []netip.Addr
}

// usage looks at the flags.
func (o *pinging) usage() error {
	if len(o.targets)+len(o.from) > 0 && !o.ping {
		return usageError("--ping-target and --ping-from are for --ping")
	}
	for flag, into := range map[string]*[]netip.Addr{"--ping-target": &o.addrs, "--ping-from": &o.sources} {
		texts := o.targets
		if flag == "--ping-from" {
			texts = o.from
		}
		for _, t := range texts {
			a, err := netip.ParseAddr(t)
			if err != nil || !a.Is4() {
				return usageError("%s is an IPv4 address, not %q", flag, t)
			}
			*into = append(*into, a)
		}
	}
	return nil
}

// here pings and traces the addresses in the cloud, or the circuits' far ends
// where none is named, from this machine, by each of its addresses that was
// named.
func (o *pinging) here(ctx context.Context, s *scenario.Scenario) []split.Finding {
	targets := o.addrs
	if len(targets) == 0 {
		for _, c := range s.Circuits {
			if c.V4 != nil {
				targets = append(targets, c.V4.Cloud.Val.Addr())
			}
		}
	}
	var out []split.Finding
	for _, from := range o.sources {
		for _, to := range targets {
			out = append(out, fromHere(ctx, fmt.Sprintf("from here: %s from %s", to, from), from, to)...)
		}
	}
	return out
}

func fromHere(ctx context.Context, who string, from, to netip.Addr) []split.Finding {
	n, err := reach.Ping(ctx, from, to)
	f := split.Finding{Code: pingAnswered, Text: fmt.Sprintf("%s answers %d of %d pings", who, n, reach.Count)}
	switch {
	case err != nil:
		return []split.Finding{{Code: pingUnknown, Text: fmt.Sprintf("%s: %v", who, err)}}
	case n == 0:
		return []split.Finding{{Code: pingLost, Text: who + " answers no ping"}}
	case n < reach.Count:
		f.Code = pingPartly
	}
	way, err := reach.Trace(ctx, from, to)
	if err != nil {
		return []split.Finding{f, {Code: pingUnknown, Text: fmt.Sprintf("%s: the way was not traced: %v", who, err)}}
	}
	return []split.Finding{f, {Code: pingTrace, Text: fmt.Sprintf("%s: the way leads over %s", who, strings.Join(way, ", "))}}
}

// The codes of what is found. Only pingLost stands in the way of a pass.
const (
	pingAnswered = "ping-answered"
	pingPartly   = "ping-partly"
	pingLost     = "ping-lost"
	pingUnknown  = "ping-unknown"
	pingTrace    = "ping-trace"
)

// tests logs in to the gateways and returns what their tests say.
func (o *pinging) tests(ctx context.Context, in *input, s *scenario.Scenario, inv *inventory.Inventory) ([]split.Finding, error) {
	var out []split.Finding
	for _, name := range s.Gateways() {
		g := inv.Gateway(name)
		if g == nil {
			continue // Reported already.
		}
		profile, err := in.registry.Profile(g.OS.Val)
		if err != nil {
			return nil, err
		}
		found, err := o.gateway(ctx, in, s, g, profile)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return append(out, o.here(ctx, s)...), nil
}

// gateway tests the circuits of one gateway. One that cannot be reached is a
// finding too.
func (o *pinging) gateway(ctx context.Context, in *input, s *scenario.Scenario, g *inventory.Gateway, p *vendor.Profile) ([]split.Finding, error) {
	unknown := func(format string, args ...any) ([]split.Finding, error) {
		return []split.Finding{{Code: pingUnknown, Text: g.Name.Val + ": " + fmt.Sprintf(format, args...)}}, nil
	}
	if p == nil || p.Manage == nil || len(p.Manage.Tests) == 0 {
		return unknown("nothing was pinged: it is not known how %s does", g.OS.Val)
	}
	for _, t := range p.Manage.Tests {
		if t.Name == vendor.TestPing && t.Unsupported != "" {
			return unknown("nothing was pinged: %s", t.Unsupported)
		}
	}
	t, err := o.target(in, g, p, &in.list)
	if err != nil || in.list.HasErrors() {
		return nil, err
	}
	parsers, err := show.Load(in.registry, p.ID)
	if err != nil {
		return nil, err
	}
	sess, err := device.Open(ctx, t)
	if err != nil {
		if _, ok := errors.AsType[*device.HostKeyError](err); ok {
			return nil, connectError(err)
		}
		return unknown("nothing was pinged: %v", err)
	}
	defer func() { _ = sess.Close() }() //nolint:contextcheck // the logout has a time limit of its own
	var out []split.Finding
	for _, c := range s.Circuits {
		if c.Gateway.Val != g.Name.Val || c.V4 == nil {
			continue
		}
		tester := tester{sess: sess, manage: p.Manage, parsers: parsers, circuit: c}
		for _, to := range slices.Concat([]netip.Addr{c.V4.Cloud.Val.Addr()}, o.addrs) {
			out = append(out, tester.test(ctx, to)...)
		}
	}
	return out, nil
}

// tester tests one circuit.
type tester struct {
	sess    *device.Session
	manage  *vendor.Manage
	parsers show.Parsers
	circuit *scenario.Circuit
}

// test pings an address and, where something answers, traces the way to it.
func (t *tester) test(ctx context.Context, to netip.Addr) []split.Finding {
	from := t.circuit.V4.Gateway.Val.Addr()
	who := fmt.Sprintf("%s: %s from %s", t.circuit.Name.Val, to, from)
	records, err := t.run(ctx, vendor.TestPing, from, to)
	if err != nil {
		return []split.Finding{{Code: pingUnknown, Text: fmt.Sprintf("%s: %v", who, err)}}
	}
	last := records[len(records)-1]
	answers := fmt.Sprintf("answers %s of %s pings", last["received"], last["sent"])
	switch last["state"] {
	case "all":
		return append([]split.Finding{{Code: pingAnswered, Text: who + " " + answers}}, t.trace(ctx, who, from, to)...)
	case "some":
		return append([]split.Finding{{Code: pingPartly, Text: who + " " + answers + ": packets are lost on the way"}}, t.trace(ctx, who, from, to)...)
	}
	return []split.Finding{{Code: pingLost, Text: who + " answers no ping"}}
}

// trace says over which routers the way leads.
func (t *tester) trace(ctx context.Context, who string, from, to netip.Addr) []split.Finding {
	records, err := t.run(ctx, vendor.TestTraceroute, from, to)
	if err != nil {
		return []split.Finding{{Code: pingUnknown, Text: fmt.Sprintf("%s: the way was not traced: %v", who, err)}}
	}
	var way []string
	for _, r := range records {
		if _, err := strconv.Atoi(r["step"]); err != nil || r["state"] != "answered" {
			continue
		}
		way = append(way, r["router"])
	}
	if len(way) == 0 {
		return []split.Finding{{Code: pingTrace, Text: who + ": no router on the way answers"}}
	}
	return []split.Finding{{Code: pingTrace, Text: fmt.Sprintf("%s: the way leads over %s", who, strings.Join(way, ", "))}}
}

// run types a test and reads the reply.
func (t *tester) run(ctx context.Context, name string, from, to netip.Addr) ([]map[string]string, error) {
	values := map[string]string{"target": to.String(), "source": from.String()}
	if t.circuit.VRF.Val != "" {
		values["vrf"] = t.circuit.VRF.Val
	}
	test, ok := t.manage.Test(name, values)
	switch {
	case !ok:
		return nil, fmt.Errorf("how the system does it is not known")
	case test.Unsupported != "":
		return nil, errors.New(test.Unsupported)
	}
	p := t.parsers[test.Show]
	if p == nil {
		return nil, fmt.Errorf("no parser reads the reply to %q", test.Command)
	}
	text, err := t.sess.Run(ctx, test.Command)
	if err != nil {
		return nil, err
	}
	records, err := p.Parse(text)
	if err != nil {
		if u, ok := errors.AsType[*show.UnknownError](err); ok {
			u.Command = test.Command
		}
		return nil, err
	}
	if len(records) == 0 {
		return nil, fmt.Errorf("the reply to %q says nothing", test.Command)
	}
	return records, nil
}
