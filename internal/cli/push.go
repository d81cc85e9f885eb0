package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/twinpath/twinpath/internal/change"
	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/show"
)

type pushOptions struct {
	connection

	plan       string
	inventory  string
	expectSeal string
	window     string
	journal    string
	accept     bool
	outage     []string
	waitLimit  time.Duration
	dryRun     bool
}

func newPush(st Streams) *cobra.Command {
	var o pushOptions
	cmd := &cobra.Command{
		Use:   "push PLAN -i INVENTORY",
		Short: "Carry out a plan, checked, or take it back",
		Long: `Carries out a plan that 'plan -o' has written: the seal must be whole (and the
expected one), the window open, and the running configuration the one that the
plan was made from. Then step by step: every reply is judged and the first
refused line ends it; after each step the next hops must be in the forwarding
table; at the end the running configuration, read over a new connection, must be
the plan's. Anything else is taken back, and that is checked too.

Built now for systems without a confirm timer (see --accept-no-confirm-timer):
the way back is typed by twinpath. It cannot be typed when twinpath's machine or
its way to the gateway fails; then the exit code is 7 and the lines to type are
printed. Nothing is saved to the startup configuration.

The gateways of a plan are taken one after the other; the first that does not end
as done ends the push, and what was done on those before it stays.

Exit codes, for the last gateway that was taken: 0 done · 1 it could not be
reached, nothing was changed · 3 invalid input · 5 refused, nothing was changed ·
6 taken back · 7 its state is not known.`,
		Example: `  twinpath push lab.plan -i INVENTORY --dry-run
  twinpath push lab.plan -i INVENTORY --expect-seal SEAL --window 2026-12-01T22:00:00Z/2026-12-01T23:00:00Z`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.plan = args[0]
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			// A second signal ends the program at once.
			context.AfterFunc(ctx, stop)
			return runPush(ctx, st, o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.inventory, "inventory", "i", "", "inventory `FILE` that binds the gateways to devices")
	f.StringVar(&o.expectSeal, "expect-seal", "", "the `SEAL` that the reviewers saw")
	f.StringVar(&o.window, "window", "", "`START/END` in RFC 3339; outside of it nothing is changed")
	f.StringVar(&o.journal, "journal", "", "`FILE` that the record of the push is appended to (default PLAN.journal)")
	f.BoolVar(&o.accept, "accept-no-confirm-timer", false, "change systems that cannot take a change back by themselves")
	f.StringArrayVar(&o.outage, "allow-outage", nil, "`PREFIX` that may be without a next hop for a moment (repeatable)")
	f.DurationVar(&o.waitLimit, "wait-limit", 30*time.Second, "how long the next hops of a step may take to come into use")
	f.BoolVar(&o.dryRun, "dry-run", false, "check everything, also on the gateway, and change nothing")
	o.flags(f)
	return cmd
}

// refusedError is a refusal for safety: exit code 5.
func refusedError(format string, args ...any) error {
	return &exitError{code: exitRefused, err: fmt.Errorf(format, args...)}
}

func runPush(ctx context.Context, st Streams, o pushOptions) error {
	if o.inventory == "" {
		return usageError("name an inventory with -i FILE")
	}
	window, err := parseWindow(o.window)
	if err != nil {
		return err
	}
	p, err := o.read()
	if err != nil {
		return err
	}
	in, err := newInput()
	if err != nil {
		return err
	}
	_, inv := in.load(nil, o.inventory)
	if in.list.HasErrors() {
		return st.printDiagnostics(in)
	}
	works, err := o.prepare(in, p, inv)
	if err != nil {
		return err
	}
	in.list.DropInfo()
	if err := st.printDiagnostics(in); err != nil {
		return err
	}
	var journal *change.Journal
	if !o.dryRun {
		name := o.journal
		if name == "" {
			name = o.plan + ".journal"
		}
		if journal, err = change.OpenJournal(name, p.Seal, time.Now); err != nil {
			return err
		}
		defer func() { _ = journal.Close() }() // Every entry was synced when it was written.
	}
	for i, w := range works {
		w.options.Window, w.options.Journal = window, journal
		w.options.Say = func(format string, args ...any) {
			fmt.Fprintf(st.Err, "%s: %s\n", w.gateway.Gateway, plan.Safe(fmt.Sprintf(format, args...)))
		}
		if err := printOutcome(st, w.gateway, change.Push(ctx, w.gateway, w.options)); err != nil {
			for _, left := range works[i+1:] {
				fmt.Fprintf(st.Out, "%s: %s: the push ended at %s\n", left.gateway.Gateway, change.NotBegun, w.gateway.Gateway)
			}
			return err
		}
	}
	return nil
}

// read reads the plan and checks its seal.
func (o pushOptions) read() (*plan.Plan, error) {
	data, err := os.ReadFile(o.plan)
	if err != nil {
		return nil, &exitError{code: exitInvalid, err: fmt.Errorf("read plan: %w", err)}
	}
	p, err := plan.Decode(data)
	if err != nil {
		return nil, &exitError{code: exitInvalid, err: err}
	}
	if !p.Intact() {
		return nil, refusedError("the plan %s is not what was sealed: it was changed, or written by another version; plan again", o.plan)
	}
	if o.expectSeal != "" && o.expectSeal != p.Seal {
		return nil, refusedError("the seal of %s is %s, the one that was reviewed is %s", o.plan, p.Seal, o.expectSeal)
	}
	return p, nil
}

// work is one gateway to push to.
type work struct {
	gateway *plan.Gateway
	options change.Options
}

// prepare finds the device of each gateway of the plan.
func (o pushOptions) prepare(in *input, p *plan.Plan, inv *inventory.Inventory) ([]work, error) {
	var out []work
	for _, g := range p.Gateways {
		dev := inv.Gateway(g.Gateway)
		if dev == nil {
			in.list.Add(diag.CodeUnknownGateway, diag.Position{File: inv.File}, "the inventory has no gateway %s, which the plan is for", diag.Quote(g.Gateway))
			continue
		}
		if dev.OS.Val != g.OS {
			return nil, refusedError("gateway %s is %s in the inventory, the plan was made for %s", g.Gateway, dev.OS.Val, g.OS)
		}
		profile, err := in.registry.Profile(g.OS)
		if err != nil {
			return nil, err
		}
		if profile == nil {
			in.list.Add(diag.CodeUnknownOS, dev.OS.Pos, "the operating system %s is not known", diag.Quote(g.OS))
			continue
		}
		if profile.Manage == nil || profile.Manage.Session == nil {
			return nil, refusedError("%s can be rendered, but pushing to it is not built yet", profile.Title)
		}
		t, err := o.target(in, dev, profile, &in.list)
		if err != nil {
			return nil, err
		}
		parsers, err := show.Load(in.registry, g.OS)
		if err != nil {
			return nil, err
		}
		out = append(out, work{g, change.Options{
			Profile: profile, Parsers: parsers, Dial: dialer(t), Now: time.Now, Pause: pause, Accept: o.accept, Outage: o.outage,
			WaitLimit: o.waitLimit, DryRun: o.dryRun,
		}})
	}
	return out, nil
}

// pause sleeps, or until the context ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// parseWindow reads START/END.
func parseWindow(text string) (change.Window, error) {
	var w change.Window
	if text == "" {
		return w, nil
	}
	from, to, ok := strings.Cut(text, "/")
	var err error
	if ok {
		if w.Start, err = time.Parse(time.RFC3339, from); err == nil {
			w.End, err = time.Parse(time.RFC3339, to)
		}
	}
	if !ok || err != nil {
		return w, usageError("--window is START/END with both in RFC 3339, such as 2026-12-01T22:00:00Z/2026-12-01T23:00:00Z, not %q", text)
	}
	if !w.Start.Before(w.End) {
		return w, usageError("--window ends before it begins")
	}
	return w, nil
}

// printOutcome prints how the push to one gateway ended.
func printOutcome(st Streams, g *plan.Gateway, out change.Outcome) error {
	fmt.Fprintf(st.Out, "%s: %s: %s\n", g.Gateway, out.Ending, plan.Safe(out.Reason))
	for _, l := range out.Detail {
		fmt.Fprintf(st.Out, "  %s\n", plan.Safe(l))
	}
	switch out.Ending {
	case change.Done:
		return nil
	case change.Refused:
		return &exitError{code: exitRefused}
	case change.RolledBack:
		return &exitError{code: exitRolledBack}
	case change.NotBegun:
		return &exitError{code: exitFailed}
	case change.Unknown:
	}
	return &exitError{code: exitUnknown}
}
