package lab

import (
	"context"
	"errors"
	"strings"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// feature is something of the kernel that is tried in a scratch namespace.
type feature struct {
	what string
	// try runs the attempt; need says what the lab cannot do without it, and is
	// empty for what the lab only reports.
	try  func(context.Context, *Lab) error
	need string
}

func ipTry(lines string) func(context.Context, *Lab) error {
	return func(ctx context.Context, l *Lab) error { return l.ip(ctx, scratch, lines) }
}

func nftTry(rules string) func(context.Context, *Lab) error {
	return func(ctx context.Context, l *Lab) error { return l.nft(ctx, scratch, rules) }
}

// scratch is the namespace of the attempts.
const scratch = "scratch"

// features are tried in this order; later ones use the link of the first.
var features = []feature{
	{"veth pairs", ipTry("link add a0 type veth peer name b0\nlink set a0 up\n"), "make a cable"},
	{"nftables ingress hooks of family netdev", nftTry(silence("a0")), "cut a circuit silently"},
	{"nftables egress hooks of family netdev", nftTry("table netdev try { chain c { type filter hook egress device a0 priority 0; }; }\n"), "tell the gateway's own packets from forwarded ones"},
	{"nftables log to NFLOG", nftTry(tap), "export flows"},
	{"net.ipv4.fib_multipath_hash_policy", func(_ context.Context, l *Lab) error {
		return l.sysctl(scratch, hashPolicy, "1")
	}, "spread flows over both circuits"},
	{"two next hops in one route", ipTry("addr add 10.0.0.1/24 dev a0\nroute add 10.9.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.0.3\n"), "use both circuits"},
	{"VLAN sub-interfaces", ipTry("link add link a0 name a0.5 type vlan id 5\n"), ""},
	{"VRFs", ipTry("link add v0 type vrf table 10\n"), ""},
	{"netem (delay, random loss)", func(ctx context.Context, l *Lab) error {
		_, err := l.run(ctx, command{ns: scratch, name: "tc", args: []string{"qdisc", "add", "dev", "a0", "root", "netem", "delay", "1ms"}})
		return err
	}, ""},
	{"Open vSwitch's datapath in the kernel", func(context.Context, *Lab) error {
		_, err := netlink.GenlFamilyGet("ovs_datapath")
		return err
	}, ""},
}

// checkKernel refuses a kernel that lacks what the lab needs, in one sentence
// for all of it, and notes what else it lacks: the lab has not tested that.
func (l *Lab) checkKernel(ctx context.Context) error {
	if err := l.addSpace(ctx, scratch); err != nil {
		return errors.New("the kernel makes no network namespace: " + err.Error())
	}
	var missing []string
	for _, f := range features {
		err := f.try(ctx, l)
		switch {
		case f.need != "" && err != nil:
			missing = append(missing, f.what+" (to "+f.need+": "+err.Error()+")")
		case f.need == "" && err != nil:
			l.untested = append(l.untested, f.what+" (this kernel has none)")
		case f.need == "":
			l.untested = append(l.untested, f.what+" (this kernel has them, the lab does not use them)")
		}
	}
	h := l.spaces[scratch]
	delete(l.spaces, scratch)
	if err := errors.Join(h.Close(), netns.DeleteNamed(scratch)); err != nil {
		return errors.New("the kernel keeps a network namespace: " + err.Error())
	}
	if len(missing) > 0 {
		return errors.New("the lab cannot run, this kernel has no " + strings.Join(missing, ", no "))
	}
	return nil
}

// addSpace makes a network namespace.
func (l *Lab) addSpace(ctx context.Context, name string) error {
	if err := l.ip(ctx, "", "netns add "+name+"\n"); err != nil {
		return err
	}
	h, err := netns.GetFromPath("/run/netns/" + name)
	if err != nil {
		return err
	}
	l.spaces[name] = h
	return nil
}

// hashPolicy is the kernel parameter that decides what a flow is: 0 hashes the
// two addresses, 1 also the ports.
const hashPolicy = "net/ipv4/fib_multipath_hash_policy"

// silence drops whatever arrives at a device and leaves its carrier up.
func silence(dev string) string {
	return "table netdev cut_" + dev + " { chain in { type filter hook ingress device " + dev + " priority 0; policy drop; }; }\n"
}

// restore takes silence back.
func restore(dev string) string { return "delete table netdev cut_" + dev + "\n" }

// tap copies every forwarded packet to the flow exporter.
const tap = "table inet flows { chain tap { type filter hook forward priority 10; log group 5 snaplen 128 queue-threshold 1; }; }\n"
