// Command tfprovider is a Terraform provider that has a schema and nothing
// behind it: with it `terraform validate` and `terraform test` with mocked
// values run without a registry, an account or a network. Installed under the
// name terraform-provider-NAME it takes its schema from the table of NAME in
// vendors/; what an apply would do, it refuses to.
//
// Called as `tfprovider drift PROVIDER PACKAGE` it compares that table with a
// package of TypeScript declarations; tools/drift/drift.sh fetches one.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
)

// tables is the folder of the tables. The build sets it, with
// -ldflags "-X main.tables=/where/the/clone/is/vendors".
var tables = "vendors"

func main() {
	if len(os.Args) > 1 && os.Args[1] == "drift" {
		if err := drift(os.Stdout, tables, os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "drift:", err)
			os.Exit(1) //nolint:forbidigo // this is a program, though it does not stand in cmd/
		}
		return
	}
	name := strings.TrimPrefix(filepath.Base(os.Args[0]), "terraform-provider-")
	// Terraform throws away what a provider prints, so that a table that cannot be
	// read is its answer to the first question instead of an end without a word.
	s := &server{}
	s.table, s.err = find(tables, name)
	address := "twinpath.invalid/twinpath/" + name
	if s.err == nil {
		address = s.table.Provider.Address
	}
	if err := tf5server.Serve(address, func() tfprotov5.ProviderServer { return s }); err != nil {
		fmt.Fprintln(os.Stderr, "tfprovider:", err)
		os.Exit(1) //nolint:forbidigo // this is a program, though it does not stand in cmd/
	}
}
