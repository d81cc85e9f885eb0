package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/twinpath/twinpath/internal/split"
)

// Markdown writes the result for a change record.
func Markdown(w io.Writer, r *split.Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## Verification of %s: %s\n\n%s\n\n", r.Scenario, r.Verdict, sentence(r, r.Reason))
	if from, until, ok := span(r); ok {
		fmt.Fprintf(&b, "Judged: %s to %s, packets from the site to the cloud.\n\n", from.UTC().Format(time.RFC3339), until.UTC().Format(time.RFC3339))
	}
	mdTable(&b, heads(r), rows(r))
	if len(r.Events) > 0 {
		b.WriteString("\nEvents:\n\n")
		mdTable(&b, []string{"time", "circuit", "event"}, eventRows(r))
	}
	if len(r.Counters) > 0 {
		b.WriteString("\nBeside the gateways' interface counters:\n\n")
		mdTable(&b, counterHeads, counterRows(r))
	}
	if len(r.TopFlows) > 0 {
		b.WriteString("\nLargest flows:\n\n")
		mdTable(&b, []string{"flow", "circuit", "share of the bytes"}, flowRows(r))
	}
	fmt.Fprintf(&b, "\n%s\n", basis(r))
	if len(r.Notes) > 0 {
		b.WriteString("\nNotes:\n\n")
	}
	for _, f := range r.Notes {
		fmt.Fprintf(&b, "- %s (`%s`)\n", f.Text, f.Code)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// mdCell keeps a cell from ending its column or its row, or from becoming a tag.
var mdCell = strings.NewReplacer("|", `\|`, "<", "&lt;", "`", "'")

func mdTable(b *strings.Builder, heads []string, rows [][]string) {
	fmt.Fprintf(b, "| %s |\n|%s\n", strings.Join(heads, " | "), strings.Repeat("---|", len(heads)))
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = mdCell.Replace(c)
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
}

func eventRows(r *split.Result) [][]string {
	var out [][]string
	for _, e := range r.Events {
		out = append(out, []string{e.At.UTC().Format("15:04:05"), e.Circuit, eventText(e)})
	}
	return out
}

func eventText(e split.Event) string {
	switch {
	case e.Text != "":
		return e.Text
	case e.Kind == split.Moved:
		return "the traffic of " + e.Circuit + " moved to the others"
	case e.Kind == split.Returned:
		return e.Circuit + " carries its part again"
	}
	return string(e.Kind) + " " + e.Circuit
}

var counterHeads = []string{"circuit", "packets by samples", "by counters", "bytes by samples", "by counters", "source"}

func counterRows(r *split.Result) [][]string {
	var out [][]string
	for _, n := range r.Counters {
		for _, c := range r.Circuits {
			if c.Name == n.Circuit {
				out = append(out, []string{c.Name, share(c.Share.Share), share(n.Share), share(c.ByteShare.Share), share(n.ByteShare), clean(n.Source)})
			}
		}
	}
	return out
}

func flowRows(r *split.Result) [][]string {
	var out [][]string
	for _, f := range r.TopFlows {
		out = append(out, []string{clean(f.Name), f.Circuit, share(f.Share)})
	}
	return out
}
