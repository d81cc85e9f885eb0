package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/twinpath/twinpath/internal/change"
	"github.com/twinpath/twinpath/internal/device"
	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/render"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/templates"
)

type planOptions struct {
	outputs string
	connection

	scenario  string
	inventory string
	gateway   string
	running   string
	format    string
	output    string
	exitCode  bool
}

func newPlan(st Streams) *cobra.Command {
	var o planOptions
	cmd := &cobra.Command{
		Use:   "plan SCENARIO -i INVENTORY",
		Short: "Compute the change from the running to the rendered configuration",
		Long: `Compares the running configuration of each gateway, read over SSH or from a
file, with the rendered one. The result is an ordered change: circuit by
circuit, new before old, each step with its way back, and whether a protected
prefix could lose its last next hop on the way. Only statements that the
scenario renders, or that carry its names, are touched.

The seal is a hash of everything that push would do and of what it was computed
from; the same input gives the same seal.

--format text      for a terminal
--format commands  the lines to type, in order, nothing else
--format json      what push reads; -o FILE writes it beside the chosen format
--format markdown  for a pull request

Exit codes: 0 planned (or nothing to change) · 1 failed · 3 invalid input ·
4 --exit-code and something would change · 5 refused: the change cannot be made
safely yet, or the host is not trusted.`,
		Example: `  twinpath plan inventory/lab/scenario.yaml -i INVENTORY -o lab.plan
  twinpath plan inventory/lab/scenario.yaml -i INVENTORY --running FILE --format commands`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.scenario = args[0]
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			// A second signal ends the program at once.
			context.AfterFunc(ctx, stop)
			return runPlan(ctx, st, o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.inventory, "inventory", "i", "", "inventory `FILE` that binds the gateways to devices")
	f.StringVar(&o.gateway, "gateway", "", "plan only for this `GATEWAY`")
	f.StringVar(&o.running, "running", "", "read the running configuration from this `FILE` instead of the gateway")
	f.StringVar(&o.format, "format", "text", "text, commands, json or markdown")
	f.StringVarP(&o.output, "output", "o", "", "write the plan as JSON to this `FILE`")
	f.BoolVar(&o.exitCode, "exit-code", false, "exit with 4 when something would change")
	o.flags(f)
	outputsFlag(cmd, &o.outputs)
	return cmd
}

func runPlan(ctx context.Context, st Streams, o planOptions) error {
	switch o.format {
	case "text", "commands", "json", "markdown":
	default:
		return usageError("--format is text, commands, json or markdown, not %q", o.format)
	}
	if o.inventory == "" {
		return usageError("name an inventory with -i FILE")
	}
	in, err := newInput()
	if err != nil {
		return err
	}
	if err := in.useOutputs(o.outputs, []string{o.scenario}); err != nil {
		return err
	}
	scenarios, inv := in.load([]string{o.scenario}, o.inventory)
	if in.list.HasErrors() {
		return st.printDiagnostics(in)
	}
	s := scenarios[0]
	gws, err := in.gateways(&in.list, s, target{name: targetName(o.inventory), inv: inv}, o.gateway)
	if err != nil {
		return err
	}
	if o.running != "" && len(gws) > 1 {
		return usageError("--running is one gateway's configuration, the scenario has %d gateways; choose one with --gateway", len(gws))
	}
	devices := make([]*intent.Device, len(gws))
	build(&in.list, s, gws, func(i int, d *intent.Device, _ *diag.List) { devices[i] = d })
	in.list.DropInfo()
	if err := st.printDiagnostics(in); err != nil {
		return err
	}
	p := &plan.Plan{Scenario: s.Name.Val, ScenarioSHA256: plan.Hash(in.sources[s.File]), Tool: version}
	for i, g := range gws {
		running, err := o.read(ctx, st, in, g)
		if err != nil {
			return err
		}
		gp, err := o.gatewayPlan(s, g, devices[i], running)
		if err != nil {
			return err
		}
		p.Gateways = append(p.Gateways, gp)
	}
	if err := p.SealIt(); err != nil {
		return err
	}
	return o.finish(st, p, causes(s))
}

// gatewayPlan computes the change of one gateway from its running
// configuration.
func (o planOptions) gatewayPlan(s *scenario.Scenario, g gateway, d *intent.Device, running string) (*plan.Gateway, error) {
	renderer := render.New(templates.FS)
	rendered, err := renderer.Render(d, render.Running)
	if err != nil {
		return nil, err
	}
	load, err := renderer.Render(d, render.Load)
	if err != nil {
		return nil, err
	}
	var protected []netip.Prefix
	for _, pre := range s.Protected {
		protected = append(protected, pre.Val)
	}
	gp, err := plan.Compute(plan.Input{
		Device: d, Profile: g.profile, Running: running, Rendered: rendered, Load: load, Protected: protected,
	})
	if _, ok := errors.AsType[*plan.RefusedError](err); ok {
		return nil, &exitError{code: exitRefused, err: err}
	}
	return gp, err
}

// read returns the running configuration of a gateway.
func (o planOptions) read(ctx context.Context, st Streams, in *input, g gateway) (string, error) {
	if o.running != "" {
		data, err := os.ReadFile(o.running)
		if err != nil {
			return "", fmt.Errorf("read the running configuration: %w", err)
		}
		return string(data), in.foreign(o.running, string(data), g.profile)
	}
	fresh := &input{sources: in.sources, registry: in.registry}
	t, err := o.target(in, g.inv, g.profile, &fresh.list)
	if err != nil {
		return "", err
	}
	if err := st.printDiagnostics(fresh); err != nil {
		return "", err
	}
	sess, err := device.Open(ctx, t)
	if err != nil {
		return "", connectError(err)
	}
	defer func() { _ = sess.Close() }() //nolint:contextcheck // Only read from; closing has a limit of its own.
	return change.Running(ctx, sess, g.profile)
}

// causes says where the scenario speaks of each circuit.
func causes(s *scenario.Scenario) plan.Causes {
	out := plan.Causes{}
	for _, c := range s.Circuits {
		out[c.Name.Val] = fmt.Sprintf("%s:%d", c.Pos.File, c.Pos.Line)
	}
	return out
}

func (o planOptions) finish(st Streams, p *plan.Plan, where plan.Causes) error {
	if o.output != "" {
		var b bytes.Buffer
		if err := plan.PrintJSON(&b, p); err != nil {
			return err
		}
		if err := os.WriteFile(o.output, b.Bytes(), 0o644); err != nil {
			return fmt.Errorf("write plan: %w", err)
		}
	}
	var err error
	switch o.format {
	case "text":
		err = plan.PrintText(st.Out, p, where)
	case "commands":
		err = plan.PrintCommands(st.Out, p)
	case "json":
		err = plan.PrintJSON(st.Out, p)
	case "markdown":
		err = plan.PrintMarkdown(st.Out, p, where)
	}
	if err != nil {
		return err
	}
	for _, g := range p.Gateways {
		if o.exitCode && !g.Empty() {
			return &exitError{code: exitDifferences}
		}
	}
	return nil
}
