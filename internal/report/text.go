package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/twinpath/twinpath/internal/split"
)

// Text writes the result for a terminal.
func Text(w io.Writer, r *split.Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s, site to cloud: %s.\n\n", strings.ToUpper(string(r.Verdict)), r.Scenario, r.Reason)
	tw := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, strings.ToUpper(strings.Join(heads(r), "\t")))
	for _, row := range rows(r) {
		fmt.Fprintln(tw, strings.Join(row, "\t"))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	b.WriteString("\n" + basis(r) + "\n")
	for _, e := range r.Events {
		fmt.Fprintf(&b, "event: %s %s\n", e.At.UTC().Format("15:04:05Z"), eventText(e))
	}
	for _, f := range r.Notes {
		fmt.Fprintf(&b, "note: %s [%s]\n", f.Text, f.Code)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
