package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/twinpath/twinpath/internal/simulate"
	"github.com/twinpath/twinpath/vendors"
)

type simulateOptions struct {
	os       string
	platform string
}

func newSimulate(st Streams) *cobra.Command {
	var o simulateOptions
	cmd := &cobra.Command{
		Use:   "simulate --os OS CONFIG COMMANDS",
		Short: "Type commands at a configuration and print what the device would show",
		Long: `Plays a device that has the configuration CONFIG (running form; an empty file is
a fresh device) and types the lines of COMMANDS in its configuration mode. It
prints the configuration that the device would then show. A line that the device
would refuse ends it with exit code 1; the line and the reason are named, and
how sure the reason is.

What it knows of a system stands in vendors/OS/device.yaml, apart from what the
planner knows, each rule with its source. A statement that it does not know is a
plain edit of the text.

Exit codes: 0 all lines accepted · 1 a line was refused · 2 wrong usage.`,
		Example: `  twinpath simulate --os OS running.cfg change.txt
  twinpath simulate --os OS /dev/null golden/lab/OS/gw1.load.cfg`,
		Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error { return runSimulate(st, o, args[0], args[1]) },
	}
	f := cmd.Flags()
	f.StringVar(&o.os, "os", "", "the operating `system`, see 'twinpath vendors'")
	f.StringVar(&o.platform, "platform", "", "the `grammar` of the system, where it has several")
	return cmd
}

func runSimulate(st Streams, o simulateOptions, config, commands string) error {
	systems, err := simulate.Systems(vendors.FS)
	if err != nil {
		return err
	}
	id := ""
	for _, s := range systems {
		if s == o.os {
			id = s
		}
	}
	if id == "" {
		return usageError("name a system with --os: %s", strings.Join(systems, ", "))
	}
	d, err := simulate.Load(vendors.FS, id, o.platform)
	if err != nil {
		return err
	}
	before, err := os.ReadFile(config)
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	lines, err := os.ReadFile(commands)
	if err != nil {
		return fmt.Errorf("read the commands: %w", err)
	}
	result, err := d.Run(string(before), string(lines))
	for _, n := range result.Notes {
		fmt.Fprintf(st.Err, "note: %s\n", n)
	}
	if r, ok := errors.AsType[*simulate.RefusalError](err); ok {
		return fmt.Errorf("%s: %w", commands, r)
	}
	if err != nil {
		return err
	}
	if result.Uncommitted {
		fmt.Fprintln(st.Err, "note: the last lines are not committed; they were checked as by a commit, and what is printed is with them")
	}
	_, err = fmt.Fprint(st.Out, result.Config)
	return err
}
