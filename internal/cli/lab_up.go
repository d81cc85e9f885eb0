package cli

import (
	"fmt"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/twinpath/twinpath/internal/lab"
)

func newLabUp(st Streams) *cobra.Command {
	var o lab.Options
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Build a lab that stays until `lab down`",
		Long: `Builds the lab in the background and configures its gateway with twinpath's own
commands. It says how to look inside. 'twinpath drill' fails one of its
circuits; 'twinpath lab down' ends it, and so does the end of its process.`,
		Example: `  twinpath lab up
  twinpath drill inventory/lab/scenario.yaml --circuit ec1
  twinpath lab down`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			s, err := lab.Up(ctx, o, st.Err)
			if err != nil {
				return err
			}
			enter := fmt.Sprintf("nsenter -t %d -m -p -n -i ip netns exec", s.PID)
			gateway := fmt.Sprintf("configured in %.1f s", s.ConfigureSeconds)
			if s.Bare {
				gateway = "not configured"
			}
			fmt.Fprintf(st.Out, `The lab of scenario %s is up in %.1f s, its gateway %s.
A shell in the data centre:   %s dc bash
The gateway's command line:   %s dc %s
Other namespaces:             gw, vbr1, vbr2, vpc
`, s.Scenario, s.UpSeconds, gateway, enter, enter, strings.Join(s.Login, " "))
			return nil
		},
	}
	labFlags(cmd, &o)
	cmd.Flags().BoolVar(&o.Bare, "bare", false, "leave the gateway with its site side and SSH, without the circuits")
	return cmd
}

func newLabDown(st Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "down",
		Short: "End the lab that `lab up` built",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := lab.Down(cmd.Context()); err != nil {
				return err
			}
			fmt.Fprintln(st.Err, "the lab is down, nothing of it is left")
			return nil
		},
	}
}

// newLabHold is the process in the background that keeps a lab up.
func newLabHold() *cobra.Command {
	var o lab.Options
	cmd := &cobra.Command{
		Use:    "hold",
		Short:  "Keep a lab up",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE:   func(cmd *cobra.Command, _ []string) error { return lab.Hold(cmd.Context(), o) },
	}
	labFlags(cmd, &o)
	cmd.Flags().BoolVar(&o.Bare, "bare", false, "leave the gateway unconfigured")
	return cmd
}
