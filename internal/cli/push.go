package cli

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/twinpath/twinpath/internal/change"
	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/plan"
)

type pushOptions struct {
	carrying
	witnessing

	plans      []string
	expectSeal []string
	journal    string
	accept     bool
	outage     []string
	dryRun     bool
}

func newPush(st Streams) *cobra.Command {
	var o pushOptions
	cmd := &cobra.Command{
		Use:   "push PLAN... -i INVENTORY",
		Short: "Carry out plans in a window, verified, or take them back",
		Long: `Carries out plans that 'plan -o' has written. Before the first line is typed on any
gateway, all are looked at: the seals are whole (and the expected ones), the
window is open and long enough, nobody else works on the gateway, its running
configuration is the one that the plan was made from, and the circuits that must
carry the traffic meanwhile are up. The running configuration is kept in a file
(mode 0600: it holds the gateway's secrets).

Then step by step, each inside the gateway's own confirm timer where it has one:
every reply is judged and the first refused line ends it; over a new connection
the whole running configuration must be the plan's, foreign lines included, and
the plan's checks must hold; then the step is confirmed, held against the plan
once more, and saved. Anything else is taken back, and that is proven over a new
connection. Steps before it stand, and the output says so.

With --verify SCENARIO --verify-listen ADDRESS, the gateways' flow export counts too:
a baseline before the first step, and after the last one (--verify-each: every one)
a verification within the confirm timer, which is made long enough. A step whose
verification fails is taken back, and so is one of which it is inconclusive, unless
--verify-inconclusive accept.

A gateway without a confirm timer needs --accept-no-confirm-timer: the way back
is typed by twinpath, and cannot be when twinpath's machine or its way to the
gateway fails.

Several gateways are worked at at once with --parallel, but never at two circuits
of one scenario. After the first that does not come through no step begins any
more; the steps under way are carried to their end.

Interrupt once (Ctrl-C), or close the terminal, to take back what is under way;
interrupt twice to leave at once; then the output says what each gateway will do
by itself.

Exit codes, the gravest of all gateways: 0 done · 1 a gateway could not be
reached, nothing was changed · 3 invalid input · 5 refused, nothing was changed ·
6 the last step taken back, or the next never begun · 7 a gateway's state is not
known.`,
		Example: `  twinpath push lab.plan -i INVENTORY --dry-run
  twinpath push lab.plan -i INVENTORY --expect-seal SEAL --window '2026-12-01 22:00/23:30 Europe/Berlin'`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.plans = args
			return o.signalled(cmd.Context(), func(ctx context.Context) error { return runPush(ctx, st, &o) })
		},
	}
	f := cmd.Flags()
	o.carrying.flags(f)
	o.witnessing.flags(f)
	f.StringArrayVar(&o.expectSeal, "expect-seal", nil, "the `SEAL` that the reviewers saw (with several plans, one for each)")
	f.StringVar(&o.journal, "journal", "", "`FILE` that the record of the push is appended to (default PLAN.journal)")
	f.BoolVar(&o.accept, "accept-no-confirm-timer", false, "change systems that cannot take a change back by themselves")
	f.StringArrayVar(&o.outage, "allow-outage", nil, "`PREFIX` that may be without a next hop for a moment (repeatable)")
	f.BoolVar(&o.dryRun, "dry-run", false, "check everything, also on the gateways, and change nothing")
	return cmd
}

// refusedError is a refusal for safety: exit code 5.
func refusedError(format string, args ...any) error {
	return &exitError{code: exitRefused, err: fmt.Errorf(format, args...)}
}

func runPush(ctx context.Context, st Streams, o *pushOptions) error {
	if err := errors.Join(o.carrying.usage(), o.witnessing.usage()); err != nil {
		return err
	}
	for _, s := range o.outage {
		if p, err := netip.ParsePrefix(s); err != nil || p != p.Masked() {
			return usageError("--allow-outage is a prefix as the plan writes it, such as 192.168.0.0/16, not %q", s)
		}
	}
	var plans []*plan.Plan
	for _, name := range o.plans {
		p, err := o.read(name)
		if err != nil {
			return err
		}
		plans = append(plans, p)
	}
	for _, s := range o.expectSeal {
		if !slices.ContainsFunc(plans, func(p *plan.Plan) bool { return p.Seal == s }) {
			return refusedError("no plan has the seal %s, which was reviewed", s)
		}
	}
	in, inv, err := o.input(st)
	if err != nil {
		return err
	}
	w, err := o.witness(ctx, st, in, inv, func(name, hash string) error { return ofPlans(plans, name, hash) })
	if err != nil {
		return err
	}
	defer w.close()
	jobs, err := o.jobs(in, plans, inv, w)
	if err != nil {
		return err
	}
	in.list.DropInfo()
	if err := st.printDiagnostics(in); err != nil {
		return err
	}
	defer o.close()
	return o.carry(ctx, st, jobs)
}

// ofPlans makes sure that all plans were made from a scenario.
func ofPlans(plans []*plan.Plan, name, hash string) error {
	for _, p := range plans {
		if p.Scenario != name || p.ScenarioSHA256 != hash {
			return refusedError("the plan with the seal %s was made from scenario %s as it was then, and not from what --verify names; one push verifies one scenario", p.Seal, p.Scenario)
		}
	}
	return nil
}

// read reads a plan and checks its seal.
func (o *pushOptions) read(name string) (*plan.Plan, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, &exitError{code: exitInvalid, err: fmt.Errorf("read plan: %w", err)}
	}
	p, err := plan.Decode(data)
	if err != nil {
		return nil, &exitError{code: exitInvalid, err: fmt.Errorf("%s is no plan as 'twinpath plan -o' writes it: %w", name, err)}
	}
	if !p.Intact() {
		return nil, refusedError("the plan %s is not what was sealed: it was changed, or written by another version; plan again", name)
	}
	if len(o.expectSeal) > 0 && !slices.Contains(o.expectSeal, p.Seal) {
		return nil, refusedError("the seal of %s is %s, the one that was reviewed is %s; nothing was typed: find the plan that was reviewed, or have this one reviewed", name, p.Seal, o.expectSeal[0])
	}
	return p, nil
}

// jobs finds the device of each gateway of the plans, and opens the journals.
func (o *pushOptions) jobs(in *input, plans []*plan.Plan, inv *inventory.Inventory, w *witness) ([]work, error) {
	var out []work
	for i, p := range plans {
		var journal *change.Journal
		if !o.dryRun {
			name := o.journal
			if name == "" {
				name = o.plans[i] + ".journal"
			}
			var err error
			if journal, err = o.open(name); err != nil {
				return nil, err
			}
		}
		for _, g := range p.Gateways {
			co, err := o.options(in, inv, g.Gateway, g.OS)
			if err != nil {
				return nil, err
			}
			if co == nil {
				continue
			}
			co.Scenario, co.Seal, co.Journal = p.Scenario, p.Seal, journal
			co.Accept, co.Outage, co.DryRun = o.accept, o.outage, o.dryRun
			o.watch(w, co)
			out = append(out, work{g.Gateway, change.NewPush(g, *co)})
		}
	}
	return out, nil
}

// device finds a gateway in the inventory; nil when it is not there, which the
// diagnostics then say.
func (in *input) device(inv *inventory.Inventory, name, system string) (*inventory.Gateway, error) {
	dev := inv.Gateway(name)
	if dev == nil {
		in.list.Add(diag.CodeUnknownGateway, diag.Position{File: inv.File}, "the inventory has no gateway %s, which the plan is for", diag.Quote(name))
		return nil, nil
	}
	if dev.OS.Val != system {
		return nil, refusedError("gateway %s is %s in the inventory, the plan was made for %s", name, dev.OS.Val, system)
	}
	return dev, nil
}
