package cli

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/scenario"
)

type validateOptions struct {
	scenarios []string
	inventory string
	format    string
	outputs   string
	behaviour bool
}

func newValidate(st Streams) *cobra.Command {
	var o validateOptions
	cmd := &cobra.Command{
		Use:   "validate SCENARIO... [-i INVENTORY]",
		Short: "Check the files and report every problem at once",
		Long: `Checks a scenario and, with -i, whether the gateways of an inventory can hold
it. Every problem is reported in one run as

  file:line:column: severity: text [CODE]

on standard error; 'twinpath explain CODE' says more. With -i, the detection
and recovery bounds that result on each gateway go to standard output, and what
the timers of both ends make of a failure: who notices what after how long, and
which direction is dark until then. --behaviour prints the latter without -i,
with the times that the scenario asks for.

--cloud-outputs compares with what the applied cloud side says of itself.

Exit codes: 0 no errors (warnings do not count) · 3 errors.`,
		Example: `  twinpath validate inventory/shanghai/scenario.yaml
  twinpath validate inventory/shanghai/scenario.yaml -i INVENTORY`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			o.scenarios = args
			return runValidate(st, o)
		},
	}
	cmd.Flags().StringVarP(&o.inventory, "inventory", "i", "", "inventory `FILE` that binds the gateways to devices")
	cmd.Flags().StringVar(&o.format, "format", "text", "text, json or github")
	cmd.Flags().BoolVar(&o.behaviour, "behaviour", false, "also without -i: say who notices which failure after how long")
	outputsFlag(cmd, &o.outputs)
	complete(cmd, "format", "text", "json", "github")
	return cmd
}

// bounds is the row of one gateway in the result of validate -i.
type bounds struct {
	Scenario     string  `json:"scenario"`
	Gateway      string  `json:"gateway"`
	OS           string  `json:"os"`
	Method       string  `json:"method"`
	Mechanism    string  `json:"mechanism"`
	DetectionMin float64 `json:"detection_min_seconds"`
	DetectionMax float64 `json:"detection_max_seconds"`
	RecoveryMin  float64 `json:"recovery_min_seconds"`
	RecoveryMax  float64 `json:"recovery_max_seconds"`
	CloudSeconds float64 `json:"cloud_detection_seconds"`
}

func runValidate(st Streams, o validateOptions) error {
	quick()
	if o.format != "text" && o.format != "json" && o.format != "github" {
		return usageError("--format is text, json or github, not %q", o.format)
	}
	in, err := newInput()
	if err != nil {
		return err
	}
	if err := in.useOutputs(o.outputs, o.scenarios); err != nil {
		return err
	}
	scenarios, inv := in.load(o.scenarios, o.inventory)
	var rows []bounds
	if inv != nil {
		for _, s := range scenarios {
			r, err := in.bounds(s, target{name: targetName(o.inventory), inv: inv})
			if err != nil {
				return err
			}
			rows = append(rows, r...)
		}
	}
	var table []*behaviour
	if !in.list.HasErrors() {
		table = behaviours(scenarios, rows)
	}
	switch o.format {
	case "json":
		return in.validateJSON(st, rows, table)
	case "github":
		if err := diag.PrintGitHub(st.Out, &in.list); err != nil {
			return err
		}
		return in.invalid()
	}
	if err := st.printDiagnostics(in); err != nil {
		return err
	}
	if err := printBounds(st, rows); err != nil {
		return err
	}
	if inv != nil || o.behaviour {
		if err := printBehaviour(st, table); err != nil {
			return err
		}
	}
	if o.outputs != "" {
		fmt.Fprintf(st.Err, "both ends agree: %s compared with what the cloud's side says of itself\n", count(len(scenarios[0].Circuits), "circuit"))
	}
	fmt.Fprintf(st.Err, "%s\n", summary(in))
	return nil
}

// bounds builds every gateway of a scenario and returns its rows.
func (in *input) bounds(s *scenario.Scenario, t target) ([]bounds, error) {
	gws, err := in.gateways(&in.list, s, t, "")
	if err != nil {
		return nil, err
	}
	rows := make([]bounds, len(gws))
	cloud := s.CloudDetection().Seconds() // Looks at every circuit: once, not once a gateway.
	build(&in.list, s, gws, func(i int, d *intent.Device, _ *diag.List) {
		if d == nil {
			return
		}
		tm := d.Timers
		rows[i] = bounds{
			Scenario: s.Name.Val, Gateway: d.Gateway, OS: d.OS, Method: d.Method, Mechanism: tm.Model,
			DetectionMin: tm.Detection.Min.Seconds(), DetectionMax: tm.Detection.Max.Seconds(),
			RecoveryMin: tm.Recovery.Min.Seconds(), RecoveryMax: tm.Recovery.Max.Seconds(),
			CloudSeconds: cloud,
		}
	})
	return rows, nil
}

func (in *input) validateJSON(st Streams, rows []bounds, table []*behaviour) error {
	if rows == nil {
		rows = []bounds{}
	}
	if table == nil {
		table = []*behaviour{}
	}
	enc := json.NewEncoder(st.Out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	err := enc.Encode(struct {
		Diagnostics any          `json:"diagnostics"`
		Gateways    []bounds     `json:"gateways"`
		Behaviour   []*behaviour `json:"behaviour"`
	}{in.list.JSON(), rows, table})
	if err != nil {
		return err
	}
	return in.invalid()
}

func printBounds(st Streams, rows []bounds) error {
	if len(rows) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(st.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "GATEWAY\tOS\tTRACKING\tDEAD CIRCUIT LEFT AFTER\tREPAIRED ONE USED AFTER\tCLOUD LEAVES AFTER")
	for _, r := range rows {
		if r.Method == scenario.MethodNone {
			fmt.Fprintf(w, "%s\t%s\tnone\tnever\t-\t%s\n", r.Gateway, r.OS, r.cloudLeaves())
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s to %s\t%s to %s\t%s\n", r.Gateway, r.OS, r.Method,
			span(r.DetectionMin), span(r.DetectionMax), span(r.RecoveryMin), span(r.RecoveryMax), r.cloudLeaves())
	}
	fmt.Fprintln(w)
	return w.Flush()
}

// cloudLeaves says after how long the cloud leaves a dead circuit.
func (b bounds) cloudLeaves() string {
	if b.CloudSeconds == 0 {
		return "never"
	}
	return span(b.CloudSeconds)
}

// span prints seconds as a person would write them.
func span(s float64) string {
	if s == 0 {
		return "0s"
	}
	return diag.Duration(time.Duration(s * float64(time.Second)).Round(time.Millisecond))
}

// summary counts what was found.
func summary(in *input) string {
	return fmt.Sprintf("valid: %s, %s", count(in.list.Count(diag.Warning), "warning"), count(in.list.Count(diag.Info), "note"))
}

// count returns a number with its noun, such as "1 warning" or "2 warnings".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
