package cli

import (
	"github.com/spf13/cobra"

	"github.com/twinpath/twinpath/internal/cloud"
	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// outputsFlag adds --cloud-outputs to a command that reads a scenario.
func outputsFlag(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVar(name, "cloud-outputs", "", "`FILE` with what 'terraform output -json' prints of the applied cloud side: fills in 'source: auto' and compares both ends")
}

// useOutputs makes load fill in and compare the one scenario that is named.
func (in *input) useOutputs(name string, scenarios []string) error {
	if name != "" && len(scenarios) != 1 {
		return usageError("--cloud-outputs is what one scenario's cloud side says: name one scenario, not %d", len(scenarios))
	}
	in.outputs = name
	return nil
}

// resolver reads the outputs, if there are any, and returns what fills them
// into a scenario. Whatever is wrong with the file goes to in.list.
func (in *input) resolver() scenario.Resolver {
	if in.outputs == "" {
		return nil
	}
	name := in.outputs
	data := yamlpos.ReadFile(name, &in.list)
	in.sources[name] = data
	if data == nil {
		return nil
	}
	o := cloud.DecodeOutputs(name, data, &in.list)
	if o == nil || in.list.HasErrors() {
		return nil
	}
	return func(s *scenario.Scenario, list *diag.List) { o.Resolve(s, list) }
}
