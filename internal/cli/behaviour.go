package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/twinpath/twinpath/internal/cloud"
	"github.com/twinpath/twinpath/internal/scenario"
)

// behaviour is what the chosen timers of both ends make of the failures of
// circuits that are watched alike.
type behaviour struct {
	Scenario string `json:"scenario"`
	// OS is empty when no inventory was given: then the gateway's times are
	// those that the scenario asks for.
	OS       string    `json:"os,omitempty"`
	Circuits []string  `json:"circuits"`
	Outcomes []outcome `json:"outcomes"`

	watch cloud.Watch
}

// outcome is a row of it. By is empty when nobody notices.
type outcome struct {
	Failure   string  `json:"failure"`
	Direction string  `json:"direction"`
	By        string  `json:"noticed_by"`
	Min       float64 `json:"min_seconds"`
	Max       float64 `json:"max_seconds"`
	Lost      bool    `json:"lost_until_then"`
	Note      string  `json:"note,omitempty"`
}

// behaviours computes the behaviour of every circuit; circuits of one scenario
// and system that are watched alike share one. rows are the bounds of the
// gateways, none without an inventory.
func behaviours(scenarios []*scenario.Scenario, rows []bounds) []*behaviour {
	type key struct {
		scenario, os string
		watch        cloud.Watch
	}
	of := map[[2]string]bounds{}
	for _, r := range rows {
		of[[2]string{r.Scenario, r.Gateway}] = r
	}
	found := map[key]*behaviour{}
	out := []*behaviour{}
	for _, s := range scenarios {
		for _, c := range s.Circuits {
			w := watchOf(s, c)
			os := ""
			if r, ok := of[[2]string{s.Name.Val, c.Gateway.Val}]; ok {
				os = r.OS
				w.Detection = cloud.Span{Min: duration(r.DetectionMin), Max: duration(r.DetectionMax)}
				w.Recovery = cloud.Span{Min: duration(r.RecoveryMin), Max: duration(r.RecoveryMax)}
			}
			k := key{s.Name.Val, os, w}
			b := found[k]
			if b == nil {
				b = &behaviour{Scenario: s.Name.Val, OS: os, watch: w}
				for _, o := range cloud.Behaviour(w) {
					b.Outcomes = append(b.Outcomes, outcome{
						Failure: o.Failure, Direction: o.Direction, By: o.By, Lost: o.Lost, Note: o.Note,
						Min: o.After.Min.Seconds(), Max: o.After.Max.Seconds(),
					})
				}
				found[k] = b
				out = append(out, b)
			}
			b.Circuits = append(b.Circuits, c.Name.Val)
		}
	}
	return out
}

func duration(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second)).Round(time.Millisecond)
}

// watchOf is how a circuit is watched, with the times that the scenario asks
// for.
func watchOf(s *scenario.Scenario, c *scenario.Circuit) cloud.Watch {
	t := &s.Tracking
	w := cloud.Watch{
		Blind:     t.Method.Val == scenario.MethodNone,
		Detection: cloud.Span{Min: t.Nominal(), Max: t.Nominal()}, Recovery: cloud.Span{Min: t.Recovery.Val, Max: t.Recovery.Val},
		Behind: t.Method.Val == scenario.MethodICMP && (c.TrackTarget.Set || t.Target.Set),
	}
	if w.Blind {
		w.Detection, w.Recovery = cloud.Span{}, cloud.Span{}
	}
	if h := c.V4.Health; h != nil {
		w.Interval, w.Probes = h.Interval.Val, h.Probes.Val
	} else if t, ok := s.FarBFD(); ok {
		w.Interval, w.Probes = t.Interval.Val, t.Multiplier.Val
	}
	return w
}

// maxNamed is how many circuits a heading names.
const maxNamed = 4

// printBehaviour prints a table for each kind of circuit: the failure, and for
// each direction who moves the traffic after how long.
func printBehaviour(st Streams, all []*behaviour) error {
	for i, b := range all {
		if i > 0 {
			fmt.Fprintln(st.Out)
		}
		named := strings.Join(b.Circuits[:min(len(b.Circuits), maxNamed)], ", ")
		if more := len(b.Circuits) - maxNamed; more > 0 {
			named += fmt.Sprintf(" and %d more", more)
		}
		how := "times as the scenario asks; -i gives those of a system"
		if b.OS != "" {
			how = "on " + b.OS
		}
		fmt.Fprintf(st.Out, "%s: what happens to the traffic of %s (%s)\n", b.Scenario, named, how)
		w := tabwriter.NewWriter(st.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintf(w, "WHAT FAILS\tSITE → CLOUD\tCLOUD → SITE\n")
		for j := 0; j+1 < len(b.Outcomes); j += 2 {
			fmt.Fprintf(w, "%s\t%s\t%s\n", b.Outcomes[j].Failure, b.Outcomes[j], b.Outcomes[j+1])
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// String says an outcome in one cell of the table.
func (o outcome) String() string {
	after := span(o.Min) + " to " + span(o.Max)
	if o.Min == o.Max {
		after = span(o.Max)
	}
	switch {
	case o.By == "" && o.Lost:
		return "lost, nobody notices: " + o.Note
	case o.By == "":
		return "goes on: " + o.Note
	case o.Failure == cloud.Repaired && o.Note != "":
		return fmt.Sprintf("%s returns: %s", o.By, o.Note)
	case o.Failure == cloud.Repaired:
		return fmt.Sprintf("%s returns after %s", o.By, after)
	case o.Note != "":
		return fmt.Sprintf("%s leaves %s", o.By, o.Note)
	case o.Lost:
		return fmt.Sprintf("lost until the %s leaves after %s", o.By, after)
	}
	return fmt.Sprintf("goes on; the %s leaves after %s", o.By, after)
}
