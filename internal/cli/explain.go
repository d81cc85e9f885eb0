package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/twinpath/twinpath/docs"
	"github.com/twinpath/twinpath/internal/diag"
)

func newExplain(st Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "explain CODE",
		Short: "Say what a diagnostic means and what to do",
		Long: `Prints the entry of docs/diagnostics.md for a code, such as health-source-shared,
or for the id of a rule, such as H5.`,
		Example:           "  twinpath explain health-source-shared\n  twinpath explain H5",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: cobra.FixedCompletions(codeNames(), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(_ *cobra.Command, args []string) error {
			return runExplain(st, args[0])
		},
	}
}

func codeNames() []string {
	var out []string
	for _, r := range diag.Rules() {
		out = append(out, string(r.Code))
	}
	return out
}

func runExplain(st Streams, name string) error {
	name = strings.Trim(name, "[]")
	var found []string
	for _, r := range diag.Rules() {
		if strings.EqualFold(string(r.Code), name) || slices.ContainsFunc(r.IDs, func(id string) bool { return strings.EqualFold(id, name) }) {
			if s := section(docs.Diagnostics, string(r.Code)); s != "" {
				found = append(found, s)
			}
		}
	}
	if len(found) == 0 {
		return usageError("no diagnostic has the code %s (%s)", diag.Quote(name), diag.DidYouMean(name, codeNames()))
	}
	_, err := fmt.Fprint(st.Out, strings.Join(found, "\n"))
	return err
}

// section returns the part of the page under "### code", up to the next
// heading.
func section(page, code string) string {
	head := "### " + code + "\n"
	_, rest, ok := strings.Cut(page, head)
	if !ok {
		return ""
	}
	end := len(rest)
	for _, mark := range []string{"\n### ", "\n## "} {
		if i := strings.Index(rest, mark); i >= 0 && i < end {
			end = i
		}
	}
	return head + strings.TrimRight(rest[:end], "\n") + "\n"
}
