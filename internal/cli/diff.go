package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/twinpath/twinpath/internal/plan"
)

type diffOptions struct {
	os            string
	before, after string
	format        string
	exitCode      bool
}

func newDiff(st Streams) *cobra.Command {
	var o diffOptions
	cmd := &cobra.Command{
		Use:   "diff --os OS BEFORE AFTER",
		Short: "Compute the lines that turn one configuration into another",
		Long: `Compares two configuration files of one system and prints what must be typed in
configuration mode to turn the first into the second: each statement taken back
in the form that the system accepts, what can be replaced in place replaced,
what cannot be edited removed and made again, new before old, and what a
statement refers to before it.

Headers, timestamps and other noise are ignored, and so is the order of
statements where it says nothing. Any configuration will do; for statements that
the system's profile does not know, general rules of the family hold.

--format text      for a terminal; what may be a secret is hidden
--format commands  the lines to type, in order, nothing else
--format json      the same with the changed statements

Systems that take a candidate need a commit after the lines.

Two folders are compared file by file, those of the same name, several at once.

Exit codes: 0 compared · 1 failed · 4 --exit-code and they differ.`,
		Example: `  twinpath diff --os OS running.cfg intended.cfg
  twinpath diff --os OS running.cfg intended.cfg --format commands
  twinpath diff --os OS backups/ intended/ --exit-code`,
		Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			o.before, o.after = args[0], args[1]
			return runDiff(st, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.os, "os", "", "`OS` of the two configurations (see 'twinpath vendors')")
	f.StringVar(&o.format, "format", "text", "text, commands or json")
	f.BoolVar(&o.exitCode, "exit-code", false, "exit with 4 when the configurations differ")
	return cmd
}

func runDiff(st Streams, o diffOptions) error {
	switch o.format {
	case "text", "commands", "json":
	default:
		return usageError("--format is text, commands or json, not %q", o.format)
	}
	if o.os == "" {
		return usageError("name the system of the configurations with --os OS")
	}
	in, err := newInput()
	if err != nil {
		return err
	}
	profile, err := in.registry.Profile(o.os)
	if err != nil {
		return &exitError{code: exitUsage, err: err}
	}
	if profile == nil {
		return usageError("%q is no system that is known; 'twinpath vendors' lists them", o.os)
	}
	folders, err := areFolders(o.before, o.after)
	if err != nil {
		return err
	}
	if folders {
		return diffFolders(st, o, profile)
	}
	d, err := diffFiles(profile, o.before, o.after)
	if err != nil {
		return err
	}
	switch o.format {
	case "text":
		err = plan.PrintDelta(st.Out, d, profile.Manage.Mask)
	case "commands":
		for _, line := range d.Commands {
			if _, err = fmt.Fprintln(st.Out, line); err != nil {
				break
			}
		}
	case "json":
		enc := json.NewEncoder(st.Out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		err = enc.Encode(d)
	}
	if err == nil && o.exitCode && !d.Empty() {
		return &exitError{code: exitDifferences}
	}
	return err
}
