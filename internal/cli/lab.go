package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/twinpath/twinpath/internal/lab"
)

func newLab(st Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lab",
		Short: "Rehearse on played gateways, or measure on real router software",
		Long: `'lab gateway' plays gateways to rehearse a change on: any system, no root.

The lab of 'lab run' and 'lab up' builds a data centre, a gateway with two circuits and a cloud network on
this machine, out of network namespaces and real router software with BFD, SSH
and flow export. It needs Linux and root; tools/lab/install.sh installs the
rest. Nothing of it is visible on the host, and nothing is left of it when its
process ends, however it ends.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newLabRun(st), newLabGateway(st), newLabUp(st), newLabDown(st), newLabInside(st), newLabHold())
	return cmd
}

// labScenario is the shipped scenario of the lab.
const labScenario = "inventory/lab/scenario.yaml"

// labFlags are the flags that every command of the lab has.
func labFlags(cmd *cobra.Command, o *lab.Options) {
	f := cmd.Flags()
	f.StringVar(&o.Scenario, "scenario", labScenario, "scenario `FILE` with two circuits and BFD")
	f.StringVarP(&o.Inventory, "inventory", "i", lab.DefaultInventory(labScenario), "inventory `FILE` of the lab's gateway")
	f.IntVar(&o.Flows, "flows", 256, "how many UDP flows cross the circuits")
	f.IntVar(&o.Cuts, "cuts", 5, "how often the gateway's failover is measured")
}

func newLabRun(st Streams) *cobra.Command {
	var o lab.Options
	var format string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Build a lab, configure its gateway, fail a circuit, measure, take it down",
		Long: `Builds the lab, configures its gateway with twinpath's own commands over SSH,
verifies the split, cuts one circuit several times and once until the cloud
gives it up, repairs it, and compares what was measured with what the
scenario's timers promise. In a second lab beside it, four mistakes are made
that the same checks must catch.

Exit codes: 0 everything as promised · 8 something measured was not · 1 the lab
could not be built or run.`,
		Example: `  twinpath lab run
  twinpath lab run --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkLab(o, format); err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			r, err := lab.Run(ctx, o, st.Err)
			if err != nil {
				return err
			}
			return st.labReport(r, format)
		},
	}
	labFlags(cmd, &o)
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

func checkLab(o lab.Options, format string) error {
	switch {
	case format != "text" && format != "json":
		return usageError("--format is text or json, not %q", format)
	case o.Flows < 16 || o.Flows > 4096:
		return usageError("--flows is 16 to 4096, not %d", o.Flows)
	case o.Cuts < 1 || o.Cuts > 100:
		return usageError("--cuts is 1 to 100, not %d", o.Cuts)
	}
	return nil
}

// labReport prints the result and returns the error of a failed verification.
func (st Streams) labReport(r *lab.Report, format string) error {
	var err error
	if format == "json" {
		err = labJSON(st.Out, r)
	} else {
		err = r.WriteText(st.Out)
	}
	if err == nil && !r.OK {
		err = &exitError{code: exitUnverified}
	}
	return err
}

func labJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// newLabInside is the program's own way into a bubble.
func newLabInside(st Streams) *cobra.Command {
	var o lab.Options
	cmd := &cobra.Command{
		Use:    "inside JOB",
		Short:  "Do one job inside the lab's namespaces",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] == lab.JobServe {
				return lab.Serve(cmd.Context(), o, lab.Stdio{In: cmd.InOrStdin(), Out: st.Out})
			}
			r, err := lab.Inside(cmd.Context(), args[0], o, st.Err)
			if err != nil {
				return fmt.Errorf("lab: %w", err)
			}
			return labJSON(st.Out, r)
		},
	}
	labFlags(cmd, &o)
	cmd.Flags().BoolVar(&o.Bare, "bare", false, "leave the gateway unconfigured")
	return cmd
}
