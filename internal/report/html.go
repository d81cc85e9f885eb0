package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/twinpath/twinpath/internal/split"
)

//go:embed page.html.tmpl
var pageText string

// pageTemplate is parsed when a page is asked for: most runs ask for none.
var pageTemplate = sync.OnceValue(func() *template.Template { return template.Must(template.New("page").Parse(pageText)) })

// page is what the template prints: all is worked out, and of text only.
type page struct {
	Scenario, Mode, Verdict, Headline, Judged, Span string
	Say                                             []string
	Circuits                                        []card
	Unattributed, Return                            string
	Charts                                          []picture
	Events                                          [][]string
	FlowHeads, CounterHeads, PointHeads             []string
	Flows, Counters, Points                         [][]string
	Causes, Notes                                   []split.Finding
	Facts                                           [][2]string
}

// card is one circuit with its share as a bar. Positions are in percent.
type card struct {
	Name, Where, Asked, State, Share, Reach, Bytes, Rate, Flows, Samples string
	Ink                                                                  int
	Mid, Low, Width, Limit                                               template.CSS
	HasLimit                                                             bool
}

// picture is one chart in the two sizes that the page chooses from.
type picture struct {
	Title, Text  string
	Limits       []string
	Unknown      bool
	Wide, Narrow template.HTML
}

// HTML writes the result as one file for a browser. It loads nothing from
// elsewhere and runs no script, so that it can be attached to a change record
// and opened where neither is allowed.
func HTML(w io.Writer, r *split.Result) error {
	p := page{
		Scenario: r.Scenario, Mode: r.Mode, Verdict: string(r.Verdict), Headline: headline(r), Judged: band(r),
		Say: conclusion(r), Unattributed: share(r.UnattributedShare), Return: returned(r), Causes: r.Causes, Notes: r.Notes,
		FlowHeads: []string{"flow", "circuit", "bytes", "share of the bytes"}, CounterHeads: counterHeads, Counters: counterRows(r),
		Facts: facts(r),
	}
	if from, until, ok := span(r); ok {
		p.Span = from.UTC().Format("2006-01-02 15:04:05") + " to " + until.UTC().Format("15:04:05") + " UTC"
	}
	for i, c := range r.Circuits {
		p.Circuits = append(p.Circuits, newCard(r, c, i%maxInks))
	}
	for i, e := range eventRows(r) {
		p.Events = append(p.Events, append([]string{fmt.Sprint(i + 1)}, e...))
	}
	for _, f := range r.TopFlows {
		p.Flows = append(p.Flows, []string{clean(f.Name), f.Circuit, scaled(f.Bytes, "B"), share(f.Share)})
	}
	p.PointHeads, p.Points = pointRows(r)
	var err error
	if p.Charts, err = pictures(r); err != nil {
		return err
	}
	return pageTemplate().Execute(w, &p)
}

func newCard(r *split.Result, c split.Circuit, ink int) card {
	k := card{
		Name: c.Name, Where: c.Gateway, Asked: asked(r, c), Ink: ink, State: "open",
		Share: share(c.Share.Share), Reach: reach(r, c.Share), Bytes: share(c.ByteShare.Share),
		Rate: bits(c.Bytes, r.Judged()), Flows: fmt.Sprint(c.Flows), Samples: fmt.Sprint(whole(c.Samples)),
		Mid: percent(c.Share.Share), Low: percent(c.Share.Low), Width: percent(c.Share.High - c.Share.Low),
	}
	if r.Judged() > 0 {
		k.Rate += ", " + scaled(c.Packets/r.Judged().Seconds(), "packet/s")
	}
	if c.Interface != "" {
		k.Where += ", " + clean(c.Interface)
	} else if c.IfIndex > 0 {
		k.Where += fmt.Sprintf(", interface index %d", c.IfIndex)
	}
	if l := limit(r, c); l > 0 {
		k.Limit, k.HasLimit = percent(l), true
	}
	switch {
	case r.Verdict == split.Inconclusive:
	case broken(r, c):
		k.State = "broken"
	default:
		k.State = "kept"
	}
	return k
}

func percent(x float64) template.CSS {
	return template.CSS(fmt.Sprintf("%.2f%%", min(max(x, 0), 1)*100)) //nolint:gosec // a number
}

// headline is the verdict in the words of who asked.
func headline(r *split.Result) string {
	every := fmt.Sprintf("All %d circuits carry", len(r.Circuits))
	if len(r.Circuits) == 2 {
		every = "Both circuits carry"
	}
	var names []string
	for _, c := range r.Circuits {
		if broken(r, c) {
			names = append(names, c.Name)
		}
	}
	switch {
	case r.Verdict == split.Pass && standby(r):
		return "The active circuit carries the traffic, as the scenario asks."
	case r.Verdict == split.Pass:
		return every + " the traffic."
	case r.Verdict == split.Fail && standby(r):
		return "Traffic on standby: " + strings.Join(names, ", ") + "."
	case r.Verdict == split.Fail:
		return "Below the share asked for: " + strings.Join(names, ", ") + "."
	}
	return "No verdict: what was seen does not tell."
}

// conclusion says in plain words what was found, how sure it is and what to do.
func conclusion(r *split.Result) []string {
	out := []string{sentence(r, r.Reason)}
	if len(r.Events) > 0 {
		texts := make([]string, len(r.Events))
		for i, e := range r.Events {
			texts[i] = e.At.UTC().Format("at 15:04:05 ") + eventText(e)
		}
		out = append(out, "The verdict is of the whole span, and within it "+strings.Join(texts, "; ")+".")
	}
	switch {
	case r.Verdict == split.Inconclusive && r.More > 0:
		out = append(out, fmt.Sprintf("Do not sign the change on this. About %d more samples would settle it.", whole(r.More)))
	case r.Verdict == split.Inconclusive:
		out = append(out, "Do not sign the change on this. Remove the cause above and verify again.")
	case r.Census:
		out = append(out, fmt.Sprintf("Every packet was counted; %s of the export was lost on the way.", share(r.Loss)))
	case r.Watching:
		out = append(out, fmt.Sprintf("The intervals hold at every look at once, so that the verdict could be taken as soon as it was settled: in at most %.3g %% of such verifications is it wrong by chance.", (1-r.Level)*100))
	default:
		out = append(out, fmt.Sprintf("The traffic was sampled. In at most %.3g %% of such verifications is the verdict wrong by the chance of the sampling.", (1-r.Level)*100))
	}
	for i, s := range out {
		out[i] = strings.ReplaceAll(s, " %", "\u00a0%") // a number and its unit stay on one line
	}
	return out
}

func returned(r *split.Result) string {
	var out []string
	for _, c := range r.Return {
		if c.Packets > 0 {
			out = append(out, c.Name+" "+share(c.Share.Share))
		}
	}
	if len(out) == 0 {
		return "not observed"
	}
	return strings.Join(out, ", ")
}

// facts are what the verdict rests on.
func facts(r *split.Result) [][2]string {
	out := [][2]string{
		{"Mode", r.Mode},
		{"Listened", r.Window.Round(time.Second).String()},
		{"Received", fmt.Sprintf("%d datagrams with %d records", r.Stats.Datagrams(), r.Stats.Records())},
		{"Lost on the way", share(r.Loss)},
		{"Effective samples", fmt.Sprint(whole(r.Effective))},
		{"Different flows", atLeast(r.Flows, r.MoreFlows)},
	}
	if r.Observed != "" {
		out = append(out, [2]string{"Observed at", r.Observed})
	}
	for _, x := range r.Rates {
		out = append(out, [2]string{"Sampling of " + x.Gateway, fmt.Sprintf("%s (%s, %s)", sampled(x), x.Exporter, x.Protocol)})
	}
	return append(out, [2]string{"Back from the cloud", returned(r)})
}

func atLeast(n int, more bool) string {
	if more {
		return fmt.Sprintf("at least %d", n)
	}
	return fmt.Sprint(n)
}

// pointRows is the first chart as a table, for who cannot see it.
func pointRows(r *split.Result) (heads []string, rows [][]string) {
	s := joined(r, narrowPoints)
	if len(s.Points) < 2 {
		return nil, nil
	}
	heads = []string{"from (UTC)"}
	for _, c := range r.Circuits {
		heads = append(heads, c.Name)
	}
	heads = append(heads, "samples")
	for _, p := range s.Points {
		row := []string{p.At.UTC().Format("15:04:05")}
		for i := range r.Circuits {
			cell := "no traffic"
			if p.Effective > 0 {
				cell = fmt.Sprintf("%s (%s to %s)", share(p.Share[i].Share), share(p.Share[i].Low), share(p.Share[i].High))
			}
			row = append(row, cell)
		}
		rows = append(rows, append(row, fmt.Sprintf("%.0f", p.Effective)))
	}
	return heads, rows
}
