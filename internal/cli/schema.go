package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/twinpath/twinpath/docs"
)

func newSchema(st Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "schema scenario|inventory",
		Short: "Print the JSON Schema of a file for editors",
		Long: `Prints a JSON Schema (draft 2020-12). Editors with the YAML language server take
it from the first line of a file:

  # yaml-language-server: $schema=../../docs/schema/scenario.json`,
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"scenario", "inventory"},
		RunE: func(_ *cobra.Command, args []string) error {
			text := docs.ScenarioSchema
			if args[0] == "inventory" {
				text = docs.InventorySchema
			}
			_, err := fmt.Fprint(st.Out, text)
			return err
		},
	}
}
