package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/twinpath/twinpath/internal/cloud"
	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/templates"
	"github.com/twinpath/twinpath/vendors"
)

type cloudOptions struct {
	scenarios []string
	dir       string
	check     bool
}

// cloudFolder begins the name of the folder in golden/ that holds the cloud's
// end; the word of cloud.provider follows.
const cloudFolder = "cloud-"

func newCloud(st Streams) *cobra.Command {
	var o cloudOptions
	cmd := &cobra.Command{
		Use:   "cloud SCENARIO...",
		Short: "Render the cloud's end of the circuits as Terraform",
		Long: `Renders the cloud's end of a scenario as Terraform: border routers with their
routes, the attachments, the health checks, and outputs for the gateways' end.
Circuits are looked up and never ordered. Nothing talks to the cloud.

Without -o the files go to standard output, one after the other. With -o, one
scenario becomes DIR/*.tf, several become DIR/<scenario>/cloud-<provider>/*.tf;
of several, one that the cloud must refuse becomes ` + "`" + refusedFile + "`" + ` there.

--check compares with golden/<scenario>/cloud-<provider>/, or with what -o DIR
would write, and writes nothing.

Exit codes: 0 ok · 3 invalid input or not possible on this cloud · 4 --check
found differences.`,
		Example: `  twinpath cloud inventory/shanghai/scenario.yaml -o OUT
  terraform -chdir=OUT init && terraform -chdir=OUT plan`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			o.scenarios = args
			return runCloud(st, o)
		},
	}
	cmd.AddCommand(newCloudImport(st))
	cmd.Flags().StringVarP(&o.dir, "output", "o", "", "write files below this `DIR`")
	cmd.Flags().BoolVar(&o.check, "check", false, "compare with the files below golden/ (or DIR) and write nothing")
	return cmd
}

func runCloud(st Streams, o cloudOptions) error {
	quick()
	in, err := newInput()
	if err != nil {
		return err
	}
	scenarios, _ := in.load(o.scenarios, "")
	if in.list.HasErrors() {
		return st.printDiagnostics(in)
	}
	whole := o.check || o.dir != "" && len(scenarios) > 1
	if whole {
		in.list = diag.List{} // As render: what validate says of each would bury the differences.
	}
	var all []*rendered
	for _, s := range scenarios {
		out, err := cloudFiles(s)
		if err != nil {
			return err
		}
		switch {
		case !whole:
			in.list.Append(&out.list)
		case out.list.HasErrors():
			out.files = []output{{path: out.dir + "/" + refusedFile, text: refusal(&out.list)}}
		}
		all = append(all, out)
	}
	in.list.DropInfo()
	if err := st.printDiagnostics(in); err != nil {
		return err
	}
	return finishCloud(st, o, all)
}

// cloudFiles renders the cloud's end of one scenario, named as in golden/.
func cloudFiles(s *scenario.Scenario) (*rendered, error) {
	provider := s.Cloud.Provider.Val
	out := &rendered{dir: s.Name.Val + "/" + cloudFolder + provider}
	schema, err := cloud.LoadSchema(vendors.FS, provider)
	if err != nil {
		return nil, err
	}
	plan := cloud.Build(s, schema, &out.list)
	if plan == nil {
		return out, nil
	}
	files, err := cloud.Render(templates.FS, provider, plan, schema)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		out.files = append(out.files, output{path: out.dir + "/" + f.Name, text: f.Text})
	}
	return out, nil
}

// finishCloud prints, writes or compares.
func finishCloud(st Streams, o cloudOptions, all []*rendered) error {
	switch {
	case o.check:
		dir := o.dir
		if dir == "" {
			dir = "golden"
		}
		return checkFiles(st, dir, all, check{own: !o.flat(all)})
	case o.dir == "":
		for _, a := range all {
			for i, f := range a.files {
				if i > 0 {
					fmt.Fprintln(st.Out)
				}
				if _, err := fmt.Fprintf(st.Out, "# ---- %s\n\n%s", filepath.Base(f.path), f.text); err != nil {
					return err
				}
			}
		}
		return nil
	}
	o.flat(all)
	return writeFiles(st, o.dir, all)
}

// flat puts the files of one scenario into the folder itself, beside whatever
// else stands there, and reports whether it did. A folder that is laid out like
// golden/ is compared as such.
func (o cloudOptions) flat(all []*rendered) bool {
	if len(all) != 1 || o.dir == "" {
		return false
	}
	if _, err := os.Stat(filepath.Join(o.dir, filepath.FromSlash(all[0].dir))); err == nil && o.check {
		return false
	}
	for i := range all[0].files {
		all[0].files[i].path = filepath.Base(all[0].files[i].path)
	}
	return true
}
