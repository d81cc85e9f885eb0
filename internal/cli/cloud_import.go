package cli

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/twinpath/twinpath/internal/cloud"
	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/yamlpos"
	"github.com/twinpath/twinpath/vendors"
)

func newCloudImport(st Streams) *cobra.Command {
	var provider, name string
	cmd := &cobra.Command{
		Use:   "import STATE",
		Short: "Draft a scenario from a cloud side that exists",
		Long: `Reads what 'terraform show -json' prints of a state and drafts a scenario to
standard output. What the state does not tell is marked: NOT KNOWN where a value
must be filled in before the file is valid, GUESSED where a usual value stands,
LOOK where the set-up is not what a scenario would render. Nothing else of the
state is printed: states may hold secrets.

Exit codes: 0 ok · 1 the file is no state, or it holds no border router.`,
		Example: `  terraform show -json > state.json
  twinpath cloud import state.json > scenario.yaml`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return runCloudImport(st, args[0], provider, name) },
	}
	cmd.Flags().StringVar(&provider, "provider", "", "read the resources of this `CLOUD` only (default: the one that has border routers)")
	cmd.Flags().StringVar(&name, "name", "imported", "`NAME` of the scenario")
	complete(cmd, "provider", scenario.Providers()...)
	return cmd
}

var scenarioName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

func runCloudImport(st Streams, file, provider, name string) error {
	providers := scenario.Providers()
	if provider != "" {
		if scenario.LookupProvider(provider) == nil {
			return usageError("--provider %q is not known (%s)", provider, diag.DidYouMean(provider, providers))
		}
		providers = []string{provider}
	}
	if !scenarioName.MatchString(name) {
		return usageError("--name %q is no name of a scenario: a lower-case letter, then lower-case letters, digits or -", name)
	}
	in, err := newInput()
	if err != nil {
		return err
	}
	data := yamlpos.ReadFile(file, &in.list)
	if data == nil {
		return st.printDiagnostics(in)
	}
	state, err := cloud.DecodeState(data)
	if err != nil {
		return fmt.Errorf("%s: %w; run it where the cloud side is managed, and give the file that it fills", file, err)
	}
	for _, p := range providers {
		m, err := cloud.LoadMapping(vendors.FS, p)
		if err != nil {
			return err
		}
		d, err := cloud.Import(state, m, p)
		if errors.Is(err, cloud.ErrNoRouter) {
			continue
		}
		if err != nil {
			return err
		}
		return printDraft(st, file, d, name)
	}
	return fmt.Errorf("%s holds no border router of %s; nothing can be drafted", file, strings.Join(providers, " or "))
}

// printDraft prints the draft, and on standard error what is still to be done.
func printDraft(st Streams, file string, d *cloud.Draft, name string) error {
	if _, err := fmt.Fprint(st.Out, d.Text(name)); err != nil {
		return err
	}
	for _, u := range d.Unknown {
		fmt.Fprintf(st.Err, "%s: not known: %s\n", file, u)
	}
	for _, o := range d.Odd {
		fmt.Fprintf(st.Err, "%s: look: %s\n", file, o)
	}
	fmt.Fprintf(st.Err, "%s drafted; fill in NOT KNOWN, look at GUESSED, then run validate\n", count(len(d.Circuits), "circuit"))
	return nil
}
