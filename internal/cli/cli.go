// Package cli is the command tree: one file a command. It is the only package
// that prints. The result of a command goes to standard output, diagnostics
// and progress to standard error.
package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/twinpath/twinpath/internal/diag"
)

// The exit codes, which scripts rely on.
const (
	exitOK           = 0
	exitFailed       = 1
	exitUsage        = 2
	exitInvalid      = 3
	exitDifferences  = 4
	exitRefused      = 5
	exitRolledBack   = 6
	exitUnknown      = 7
	exitUnverified   = 8
	exitInconclusive = 9
)

// Streams are where a run reads and writes. Color is decided per stream by
// System; tests leave it off.
type Streams struct {
	Out, Err io.Writer
	Color    bool
}

// System returns the streams of the process. NO_COLOR (https://no-color.org)
// and a standard error that is no terminal turn colours off.
func System() Streams {
	_, noColor := os.LookupEnv("NO_COLOR")
	return Streams{
		Out:   os.Stdout,
		Err:   os.Stderr,
		Color: !noColor && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(os.Stderr.Fd())),
	}
}

// exitError is an error with the exit code that it ends in. A nil err means
// that everything was said already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usageError is wrong usage: exit code 2.
func usageError(format string, args ...any) error {
	return &exitError{code: exitUsage, err: fmt.Errorf(format, args...)}
}

// Main runs the program and returns its exit code.
func Main(args []string, st Streams) int {
	root := newRoot(st)
	root.SetArgs(args)
	root.SetOut(st.Out)
	root.SetErr(st.Err)
	cmd, err := root.ExecuteC()
	if err == nil {
		return exitOK
	}
	var ee *exitError
	if !errors.As(err, &ee) {
		ee = &exitError{code: exitFailed, err: err}
	}
	if ee.err != nil {
		fmt.Fprintf(st.Err, "twinpath: %v\n", ee.err)
		if ee.code == exitUsage {
			fmt.Fprintf(st.Err, "See '%s --help'.\n", cmd.CommandPath())
		}
	}
	return ee.code
}

// newRoot builds the command tree.
func newRoot(st Streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "twinpath",
		Short: "Gateways with two circuits to the cloud: rendered, changed, verified",
		Long: `twinpath takes one scenario (two leased circuits or more between a data centre
and its cloud network) and makes both ends of it: the gateways' configuration
('render') and the cloud's as Terraform ('cloud'), as text that is reviewed like
code. 'plan' computes the change of a gateway, 'push' carries it out and takes it
back when something is wrong, 'verify' tells whether every circuit carries its
share. 'lab gateway' plays gateways to rehearse with.

Start with:
  twinpath validate inventory/shanghai/scenario.yaml
  twinpath render   inventory/shanghai/scenario.yaml --os OS     (OS: see 'twinpath vendors')

Exit codes: 0 ok · 1 failed · 2 wrong usage · 3 invalid input · 4 differences ·
5 refused for safety · 6 taken back · 7 state of the gateway unknown ·
8 verification failed · 9 inconclusive.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &exitError{code: exitUsage, err: err} })
	root.AddCommand(
		newValidate(st), newRender(st), newSimulate(st), newDiff(st), newPlan(st), newPush(st), newResume(st), newRollback(st), newVerify(st), newTrust(st),
		newVendors(st), newSchema(st), newExplain(st), newVersion(st),
		newLab(st), newDrill(st), newCloud(st),
	)
	root.Version = Version()
	root.SetVersionTemplate("twinpath {{.Version}}\n")
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Args = cobra.NoArgs // an unknown shell is wrong usage
			c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
	usageArgs(root)
	return root
}

// complete offers fixed words for a flag.
func complete(cmd *cobra.Command, flag string, words ...string) {
	// The only error is a flag that does not exist, which a test would show.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// usageArgs makes wrong arguments of every command end in exit code 2.
func usageArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return &exitError{code: exitUsage, err: argsError(c, args, err)}
			}
			return nil
		}
	}
	for _, c := range cmd.Commands() {
		usageArgs(c)
	}
}

// argsError says what the command takes, or which command may have been meant;
// the words of the library count arguments and name none.
func argsError(c *cobra.Command, args []string, err error) error {
	switch {
	case c.HasAvailableSubCommands() && len(args) > 0:
		c.SuggestionsMinimumDistance = 2 // the library's own, which it sets on another way
		if near := c.SuggestionsFor(args[0]); len(near) > 0 {
			return fmt.Errorf("%w (did you mean %q?)", err, near[0])
		}
		return err
	case len(args) == 0:
		return fmt.Errorf("something is missing; the command is: %s", c.UseLine())
	default:
		return fmt.Errorf("it is not used like that; the command is: %s", c.UseLine())
	}
}

// printDiagnostics writes diagnostics as text and returns the error of invalid
// input when one of them is an error.
func (st Streams) printDiagnostics(in *input) error {
	if err := diag.PrintText(st.Err, &in.list, in.sources, diag.Style{Color: st.Color}); err != nil {
		return err
	}
	return in.invalid()
}
