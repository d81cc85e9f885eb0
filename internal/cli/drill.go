package cli

import (
	"context"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/twinpath/twinpath/internal/lab"
	"github.com/twinpath/twinpath/internal/vendor"
)

func newDrill(st Streams) *cobra.Command {
	var o drillOptions
	q := &o.lab
	cmd := &cobra.Command{
		Use:   "drill SCENARIO -i INVENTORY --circuit C [--window WINDOW]",
		Short: "Fail one circuit, measure, repair it: in the lab, or on gateways",
		Long: `Without --window, fails one circuit of the lab that 'twinpath lab up' built from
these files, measures in each direction how long and how many packets are lost,
verifies the split before, during and after, and repairs the circuit. No other
gateway is contacted.

With --window, the drill is on the inventory's gateways. It is a sealed plan: it is
printed, and carried out when its seal is given with --expect-seal. All circuits of
the gateway must be healthy, then the one is failed inside the gateway's confirm
timer, kept so for --hold while the others stay up, and taken back: by the gateway
itself when twinpath or its machine fails meanwhile ('twinpath resume' finishes
what was left). A system without a timer needs --accept-no-confirm-timer.

--how shutdown takes the port down, which the gateway knows at once: it tests the
way around, not how a circuit is noticed that is up and carries nothing. --how
silent is for that: a filter of its own drops what comes in and goes out, while the
port stays up. What is sent into the circuit until its probes notice is lost. It is
refused, with the reason, on a system whose filter is not confirmed, where a filter
is there already, and on a circuit that no probe watches.

With --verify-listen, flow export says whether the traffic moved and returned; the
split must pass before. The circuit is down for --hold, not for the time that the
exporters take to report.

Exit codes: 0 everything as promised · 8 something measured was not · 9 the flow
export gives no verdict · 1 no lab is up, or it was built from other files; a
gateway could not be reached · 5 refused, nothing was changed · 6 taken back before
its end · 7 the gateway's state is not known.`,
		Example: `  twinpath lab up
  twinpath drill inventory/lab/scenario.yaml --circuit ec1
  twinpath drill SCENARIO -i INVENTORY --circuit ec1 --window '2026-12-01 22:00/23:30 Europe/Berlin'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.Scenario, q.Inventory = args[0], o.inventory
			if q.Circuit == "" {
				return usageError("--circuit is missing: name the circuit to fail")
			}
			if o.window != "" {
				return o.signalled(cmd.Context(), func(ctx context.Context) error { return runDrill(ctx, st, &o) })
			}
			return o.inLab(cmd, st)
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

// inLab drills the lab that is up.
func (o *drillOptions) inLab(cmd *cobra.Command, st Streams) error {
	if err := o.labOnly(cmd); err != nil {
		return err
	}
	q := &o.lab
	if q.Inventory == "" {
		q.Inventory = lab.DefaultInventory(q.Scenario)
	}
	if err := checkLab(q.Options, o.format); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	r, err := lab.DrillUp(ctx, *q, st.Err)
	if err != nil {
		return err
	}
	return st.labReport(r, o.format)
}

// labOnly refuses flags of a drill on gateways where --window is missing.
func (o *drillOptions) labOnly(cmd *cobra.Command) error {
	for _, name := range []string{"how", "hold", "grace", "verify-listen", "verify-for", "expect-seal", "accept-no-confirm-timer"} {
		if cmd.Flags().Changed(name) {
			return usageError("--%s is for a drill on gateways, which needs a --window", name)
		}
	}
	return nil
}

func (o *drillOptions) addFlags(f *pflag.FlagSet) {
	q := &o.lab
	o.flags(f)
	f.StringVar(&q.Circuit, "circuit", "", "the `CIRCUIT` to fail")
	f.StringVar(&o.format, "format", "text", "text or json")
	f.IntVar(&q.Flows, "flows", 256, "in the lab, how many UDP flows cross the circuits")
	f.IntVar(&q.Cuts, "cuts", 5, "in the lab, how often the gateway's failover is measured")
	f.StringVar(&o.how, "how", vendor.FailShutdown, "shutdown or silent: the port goes down, or it stays up and nothing gets through")
	f.DurationVar(&o.hold, "hold", 2*time.Minute, "how long the circuit stays failed")
	f.DurationVar(&o.grace, "grace", 30*time.Second, "how long the gateway may take to move the traffic, and to bring it back")
	f.StringVar(&o.listen, "verify-listen", "", "`ADDRESS` to receive flow export on: was the traffic moved, did it return?")
	f.DurationVar(&o.span, "verify-for", time.Minute, "how much of the traffic is judged before, and twice as much after")
	f.StringVar(&o.expectSeal, "expect-seal", "", "the `SEAL` of the drill that was reviewed; without it nothing is changed")
	f.StringVar(&o.journal, "journal", "", "`FILE` for the record of the drill (default drill-SCENARIO-CIRCUIT.journal)")
	f.BoolVar(&o.accept, "accept-no-confirm-timer", false, "drill systems that cannot take a change back by themselves")
}
