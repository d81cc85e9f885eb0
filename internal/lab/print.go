package lab

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// WriteText prints a report for a person.
func (r *Report) WriteText(out io.Writer) error {
	if d := r.Drill; d != nil {
		rows := [][]string{{"", "DRILL OF " + d.Circuit, "EXPECTED", "MEASURED"}}
		for _, row := range d.Rows {
			rows = append(rows, []string{row.Verdict, row.What, row.Expected, row.Measured})
		}
		if err := table(out, rows); err != nil {
			return err
		}
		fmt.Fprintf(out, "%d flows, %.0f packets a second each way; the long cut hit %d flows.\n\n", d.Flows, d.PacketRate, d.FlowsHit)
	}
	if len(r.Negatives) > 0 {
		rows := [][]string{{"", "MISTAKE", "CAUGHT BY", "REASON"}}
		for _, n := range r.Negatives {
			word := "caught"
			if !n.Caught {
				word = "MISSED"
			}
			rows = append(rows, []string{word, n.Mistake, n.Check, n.Reason})
		}
		if err := table(out, rows); err != nil {
			return err
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "Up in %.1f s, configured in %.1f s", r.UpSeconds, r.ConfigureSeconds)
	if r.TotalSeconds > 0 {
		fmt.Fprintf(out, ", the whole run %.0f s", r.TotalSeconds)
	}
	fmt.Fprintf(out, ". Kernel %s, %d CPUs, load %.1f, router software %s.\n", r.Machine.Kernel, r.Machine.CPUs, r.Machine.Load, r.Machine.Router)
	for _, u := range r.Untested {
		fmt.Fprintf(out, "Not tested: %s.\n", u)
	}
	word := "Everything is as promised."
	if !r.OK {
		word = "NOT EVERYTHING IS AS PROMISED."
	}
	_, err := fmt.Fprintln(out, word)
	return err
}

// table prints rows in columns.
func table(out io.Writer, rows [][]string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		fmt.Fprintln(w, strings.Join(r, "\t"))
	}
	return w.Flush()
}
