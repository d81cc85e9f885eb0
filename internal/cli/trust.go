package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/twinpath/twinpath/internal/device"
	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/inventory"
)

type trustOptions struct {
	connection

	inventory    string
	gateways     []string
	fingerprints []string
	// answers is where a person answers, nil when nobody is there.
	answers *bufio.Reader
	// done says of the hosts that were looked at whether they are trusted.
	done map[string]bool
}

func newTrust(st Streams) *cobra.Command {
	var o trustOptions
	cmd := &cobra.Command{
		Use:   "trust -i INVENTORY",
		Short: "Show the host keys of gateways and add those that you confirm",
		Long: `Shows the SSH host keys of the inventory's gateways, and of the hosts that the
connections go through, with what the file of known hosts says of each: trusted,
unknown, changed or revoked. Nobody logs in to a gateway for this; a jump host is
logged in to once it is trusted.

An unknown key is added only after it was confirmed: with --fingerprint, which
must be the one that the gateway's own console shows, or by an answer at the
terminal. Without a terminal nothing is asked and nothing added. A host that shows
another key than the known one is never added to: find out why, and take the old
line out of the file by hand.

Exit codes: 0 every gateway is trusted now · 1 a gateway could not be reached ·
3 invalid input · 5 a gateway is not trusted.`,
		Example: `  twinpath trust -i inventory.yaml
  twinpath trust -i inventory.yaml --gateway gw1 --fingerprint SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if term.IsTerminal(int(os.Stdin.Fd())) {
				o.answers = bufio.NewReader(os.Stdin)
			}
			return runTrust(cmd.Context(), st, &o)
		},
	}
	f := cmd.Flags()
	o.flags(f)
	f.StringVarP(&o.inventory, "inventory", "i", "", "the inventory `FILE`")
	f.StringArrayVar(&o.gateways, "gateway", nil, "only this `GATEWAY` of the inventory (repeatable)")
	f.StringArrayVar(&o.fingerprints, "fingerprint", nil, "`SHA256:...` of a key that you have read at the gateway's console; it is added (repeatable)")
	return cmd
}

func runTrust(ctx context.Context, st Streams, o *trustOptions) error {
	if o.inventory == "" {
		return usageError("trust needs an inventory: -i FILE")
	}
	for _, f := range o.fingerprints {
		if !strings.HasPrefix(f, "SHA256:") || len(f) != len("SHA256:")+43 {
			return usageError("--fingerprint %s is none: it is SHA256: and 43 characters, as `ssh-keygen -l` prints it", diag.Quote(f))
		}
	}
	in, err := newInput()
	if err != nil {
		return err
	}
	_, inv := in.load(nil, o.inventory)
	if inv != nil {
		o.reachable(in, inv)
	}
	if err := st.printDiagnostics(in); err != nil {
		return err
	}
	var untrusted []string
	o.done = map[string]bool{}
	for _, g := range inv.Gateways {
		if len(o.gateways) > 0 && !slices.Contains(o.gateways, g.Name.Val) {
			continue
		}
		names, err := o.trustGateway(ctx, st, g)
		if err != nil {
			return fmt.Errorf("gateway %s: %w", g.Name.Val, err)
		}
		untrusted = append(untrusted, names...)
	}
	if len(untrusted) > 0 {
		return &exitError{code: exitRefused, err: fmt.Errorf("not trusted: %s. Compare a fingerprint with the one at the console and add it with --fingerprint", strings.Join(untrusted, ", "))}
	}
	return nil
}

// reachable finds gateways that nobody could connect to.
func (o *trustOptions) reachable(in *input, inv *inventory.Inventory) {
	for _, name := range o.gateways {
		if inv.Gateway(name) == nil {
			in.list.Add(diag.CodeValue, diag.Position{File: inv.File}, "the inventory has no gateway %s", diag.Quote(name))
		}
	}
	for _, g := range inv.Gateways {
		if g.Address.Val == "" && (len(o.gateways) == 0 || slices.Contains(o.gateways, g.Name.Val)) {
			in.list.Add(diag.CodeMissing, g.Pos, "gateway %s lacks address", diag.Quote(g.Name.Val))
		}
	}
}

// trustGateway goes through the hosts on the way to a gateway and returns those
// that are not trusted. One behind a host that is not trusted cannot be seen.
func (o *trustOptions) trustGateway(ctx context.Context, st Streams, g *inventory.Gateway) ([]string, error) {
	jump, err := o.jump(g)
	if err != nil {
		return nil, err
	}
	if jump != nil {
		ok, err := o.trustHost(ctx, st, "jump", hop{Host: *jump})
		if err != nil || !ok {
			return []string{g.Name.Val + " (its jump host)"}, err
		}
	}
	h := device.Host{Address: g.Address.Val, Port: g.Port.Val, Username: g.Username.Val, Old: old(g.OldAlgorithms)}
	if h.KnownHosts, err = o.hosts(g.KnownHosts.Val); err != nil {
		return nil, err
	}
	ok, err := o.trustHost(ctx, st, g.Name.Val, hop{h, jump})
	if err != nil || !ok {
		return []string{g.Name.Val}, err
	}
	return nil, nil
}

// hop is a host and the one that it is reached through, nil for none.
type hop struct {
	device.Host

	jump *device.Host
}

// trustHost shows the keys of one host, adds what is confirmed, and reports
// whether the host is trusted now.
func (o *trustOptions) trustHost(ctx context.Context, st Streams, name string, h hop) (bool, error) {
	id := fmt.Sprint(h.Address, h.Port, h.KnownHosts)
	if ok, seen := o.done[id]; seen {
		return ok, nil
	}
	keys, err := device.HostKeys(ctx, h.Host, h.jump, o.timeout)
	if err != nil {
		return false, err
	}
	trusted := slices.ContainsFunc(keys, func(k device.HostKey) bool { return k.Trust == device.Trusted })
	foul := slices.ContainsFunc(keys, func(k device.HostKey) bool { return k.Trust == device.Changed || k.Trust == device.Revoked })
	var add []device.HostKey
	if !trusted && !foul {
		add = o.confirmed(st.Err, name, keys)
	}
	for _, k := range keys {
		say := string(k.Trust)
		if slices.ContainsFunc(add, func(a device.HostKey) bool { return a.Fingerprint == k.Fingerprint }) {
			if err := k.Add(); err != nil {
				return false, err
			}
			trusted, say = true, "added"
		}
		if k.Where != "" && !trusted {
			say += " " + k.Where
		}
		if _, err := fmt.Fprintf(st.Out, "%s %s %s %s %s\n", name, k.Address, k.Kind, k.Fingerprint, say); err != nil {
			return false, err
		}
	}
	if foul && !trusted {
		fmt.Fprintf(st.Err, "twinpath: %s shows a key that %s contradicts: if nobody has exchanged it or made it new keys, somebody stands in between. Nothing was added; if it is in order, take that line out by hand\n", name, h.KnownHosts)
	}
	o.done[id] = trusted
	return trusted, nil
}

// confirmed returns the keys that a person has confirmed.
func (o *trustOptions) confirmed(w io.Writer, name string, keys []device.HostKey) []device.HostKey {
	var add, plain []device.HostKey
	for _, k := range keys {
		if k.Certified {
			continue // Its authority is added by hand, with @cert-authority.
		}
		plain = append(plain, k)
		if slices.Contains(o.fingerprints, k.Fingerprint) {
			add = append(add, k)
		}
	}
	if add != nil || o.answers == nil || len(o.fingerprints) > 0 || plain == nil {
		return add
	}
	fmt.Fprintf(w, "%s at %s shows:\n", name, plain[0].Address)
	for _, k := range plain {
		fmt.Fprintf(w, "  %s %s\n", k.Kind, k.Fingerprint)
	}
	fmt.Fprint(w, "Compare with the gateway's own console. Paste the fingerprint that you read there (or type yes when all are right); anything else adds nothing: ")
	line, err := o.answers.ReadString('\n')
	if err != nil {
		return nil
	}
	switch answer := strings.TrimSpace(line); answer {
	case "yes":
		return plain
	default:
		return slices.DeleteFunc(plain, func(k device.HostKey) bool { return k.Fingerprint != answer })
	}
}
