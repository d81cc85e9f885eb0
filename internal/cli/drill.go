package cli

import (
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/twinpath/twinpath/internal/lab"
)

func newDrill(st Streams) *cobra.Command {
	var q lab.Request
	var format string
	cmd := &cobra.Command{
		Use:   "drill SCENARIO -i INVENTORY --circuit C",
		Short: "Fail one circuit of the lab, measure, repair it",
		Long: `Fails one circuit of the lab that 'twinpath lab up' built from these files,
measures in each direction how long and how many packets are lost, verifies the
split before, during and after, and repairs the circuit.

It works on the lab only: a drill on real gateways is not built, and none is
contacted.

Exit codes: 0 everything as promised · 8 something measured was not · 1 no lab
is up, or it was built from other files.`,
		Example: `  twinpath lab up
  twinpath drill inventory/lab/scenario.yaml --circuit ec1`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.Scenario = args[0]
			if q.Inventory == "" {
				q.Inventory = lab.DefaultInventory(q.Scenario)
			}
			if err := checkLab(q.Options, format); err != nil {
				return err
			}
			if q.Circuit == "" {
				return usageError("--circuit is missing: name the circuit to fail")
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			r, err := lab.DrillUp(ctx, q, st.Err)
			if err != nil {
				return err
			}
			return st.labReport(r, format)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&q.Inventory, "inventory", "i", "", "inventory `FILE` (default: the lab's beside the scenario)")
	f.StringVar(&q.Circuit, "circuit", "", "the `CIRCUIT` to fail")
	f.StringVar(&format, "format", "text", "text or json")
	f.IntVar(&q.Flows, "flows", 256, "how many UDP flows cross the circuits")
	f.IntVar(&q.Cuts, "cuts", 5, "how often the gateway's failover is measured")
	return cmd
}
