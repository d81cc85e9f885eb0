// Package report prints the result of a verification: one value, several
// printers.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/twinpath/twinpath/internal/split"
)

// object is the JSON form. Its first seven keys are relied on by scripts.
type object struct {
	Verdict      split.Verdict `json:"verdict"`
	Reason       string        `json:"reason"`
	Circuits     []circuit     `json:"circuits"`
	Unattributed uint64        `json:"unattributed"`
	Sampling     sampling      `json:"sampling"`

	Scenario          string    `json:"scenario"`
	Mode              string    `json:"mode"`
	Direction         string    `json:"direction"`
	MinShare          float64   `json:"min_share,omitempty"`
	StandbyMaxShare   float64   `json:"standby_max_share,omitempty"`
	WindowSeconds     float64   `json:"window_seconds"`
	UnattributedShare float64   `json:"unattributed_share"`
	MoreSamples       uint64    `json:"more_samples"`
	Causes            []finding `json:"causes"`
	Notes             []finding `json:"notes"`
	FromCloud         []circuit `json:"from_cloud"`
}

type circuit struct {
	Name    string  `json:"name"`
	Packets uint64  `json:"packets"`
	Bytes   uint64  `json:"bytes"`
	Flows   int     `json:"flows"`
	Samples uint64  `json:"samples"`
	Share   float64 `json:"share"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`

	Gateway          string             `json:"gateway"`
	Standby          bool               `json:"standby,omitempty"`
	Records          uint64             `json:"records"`
	ByteShare        float64            `json:"byte_share"`
	ByteLow          float64            `json:"byte_low"`
	ByteHigh         float64            `json:"byte_high"`
	PacketsPerSecond float64            `json:"packets_per_second"`
	BitsPerSecond    float64            `json:"bits_per_second"`
	AttributedBy     map[string]float64 `json:"attributed_by"`
}

type sampling struct {
	Rates            []rate            `json:"rates"`
	Confidence       float64           `json:"confidence"`
	EffectiveSamples uint64            `json:"effective_samples"`
	EveryPacket      bool              `json:"every_packet"`
	Observed         string            `json:"observed"`
	Flows            int               `json:"flows"`
	FlowsComplete    bool              `json:"flows_complete"`
	Datagrams        uint64            `json:"datagrams"`
	Records          uint64            `json:"records"`
	Loss             float64           `json:"loss"`
	KernelDrops      uint64            `json:"kernel_drops"`
	RefusedDatagrams uint64            `json:"refused_datagrams"`
	BeforeWindow     uint64            `json:"before_window"`
	Errors           map[string]uint64 `json:"errors"`
}

type rate struct {
	Gateway  string  `json:"gateway"`
	Exporter string  `json:"exporter"`
	Protocol string  `json:"protocol"`
	Rate     float64 `json:"rate"`
	Source   string  `json:"source"`
	Samples  uint64  `json:"samples"`
}

type finding struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// JSON writes the result as one object.
func JSON(w io.Writer, r *split.Result) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(toObject(r))
}

func toObject(r *split.Result) object {
	o := object{
		Verdict: r.Verdict, Reason: r.Reason, Circuits: circuits(r, r.Circuits), Unattributed: whole(r.Unattributed),
		Scenario: r.Scenario, Mode: r.Mode, Direction: "site-to-cloud", WindowSeconds: fixed(r.Window.Seconds(), 3),
		UnattributedShare: fixed(r.UnattributedShare, 6), MoreSamples: whole(r.More),
		Causes: findings(r.Causes), Notes: findings(r.Notes), FromCloud: circuits(r, r.Return),
		Sampling: sampling{
			Rates: []rate{}, Confidence: r.Level, EffectiveSamples: whole(r.Effective), EveryPacket: r.Census, Observed: r.Observed,
			Flows: r.Flows, FlowsComplete: !r.MoreFlows, Datagrams: r.Stats.Datagrams(), Records: r.Stats.Records(),
			Loss: fixed(r.Loss, 6), KernelDrops: r.Stats.KernelDrops, RefusedDatagrams: r.Stats.Refused,
			BeforeWindow: whole(r.Before), Errors: map[string]uint64{},
		},
	}
	if standby(r) {
		o.StandbyMaxShare = r.Standby
	} else {
		o.MinShare = r.MinShare
	}
	for _, x := range r.Rates {
		o.Sampling.Rates = append(o.Sampling.Rates, rate{x.Gateway, x.Exporter, x.Protocol, x.Rate, x.Source, whole(x.Samples)})
	}
	for i := range r.Stats.Exporters {
		for k, n := range r.Stats.Exporters[i].Errors.ByKind() {
			o.Sampling.Errors[k] += n
		}
	}
	return o
}

func standby(r *split.Result) bool {
	return slices.ContainsFunc(r.Circuits, func(c split.Circuit) bool { return c.Standby })
}

func circuits(r *split.Result, cs []split.Circuit) []circuit {
	out := make([]circuit, len(cs))
	seconds := r.Window.Seconds()
	for i, c := range cs {
		out[i] = circuit{
			Name: c.Name, Gateway: c.Gateway, Standby: c.Standby, Packets: whole(c.Packets), Bytes: whole(c.Bytes),
			Flows: c.Flows, Samples: whole(c.Samples), Records: c.Records,
			Share: fixed(c.Share.Share, 6), Low: fixed(c.Share.Low, 6), High: fixed(c.Share.High, 6),
			ByteShare: fixed(c.ByteShare.Share, 6), ByteLow: fixed(c.ByteShare.Low, 6), ByteHigh: fixed(c.ByteShare.High, 6),
			AttributedBy: map[string]float64{},
		}
		for m, n := range c.Method {
			out[i].AttributedBy[m] = fixed(n/max(c.Packets, 1), 6)
		}
		if seconds > 0 {
			out[i].PacketsPerSecond = fixed(c.Packets/seconds, 1)
			out[i].BitsPerSecond = fixed(c.Bytes*8/seconds, 0)
		}
	}
	return out
}

func findings(fs []split.Finding) []finding {
	out := make([]finding, len(fs))
	for i, f := range fs {
		out[i] = finding{f.Code, f.Text}
	}
	return out
}

func whole(x float64) uint64 { return uint64(math.Round(max(x, 0))) }

func fixed(x float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(x*p) / p
}

// Text writes the result for a terminal.
func Text(w io.Writer, r *split.Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s, site to cloud: %s.\n\n", strings.ToUpper(string(r.Verdict)), r.Scenario, r.Reason)
	tw := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "CIRCUIT\tPACKETS\t%s\tBYTES\tRATE\tFLOWS\tSAMPLES\n", strings.ToUpper(band(r)))
	for _, row := range rows(r) {
		fmt.Fprintln(tw, strings.Join(row, "\t"))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	b.WriteString("\n" + basis(r) + "\n")
	for _, f := range r.Notes {
		fmt.Fprintf(&b, "note: %s [%s]\n", f.Text, f.Code)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Markdown writes the result for a change record.
func Markdown(w io.Writer, r *split.Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## Verification of %s: %s\n\n%s.\n\n", r.Scenario, r.Verdict, upperFirst(r.Reason))
	fmt.Fprintf(&b, "| circuit | packets | %s | bytes | rate | flows | samples |\n|---|---|---|---|---|---|---|\n", band(r))
	for _, row := range rows(r) {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
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

// band heads the column of the interval.
func band(r *split.Result) string {
	if r.Census {
		return "every packet"
	}
	return fmt.Sprintf("%g %% interval", r.Level*100)
}

func rows(r *split.Result) [][]string {
	var out [][]string
	for _, c := range r.Circuits {
		name := c.Name
		if c.Standby {
			name += " (standby)"
		}
		span := fmt.Sprintf("%s to %s", share(c.Share.Low), share(c.Share.High))
		if r.Census && r.Loss == 0 {
			span = "counted"
		}
		out = append(out, []string{
			name, share(c.Share.Share), span, share(c.ByteShare.Share), bits(c.Bytes, r.Window),
			fmt.Sprint(c.Flows), fmt.Sprint(whole(c.Samples)),
		})
	}
	return append(out, []string{"unattributed", share(r.UnattributedShare), "", "", "", "", ""})
}

// basis says what the result rests on.
func basis(r *split.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "From %d datagrams with %d records in %s; lost on the way: %s.", r.Stats.Datagrams(), r.Stats.Records(),
		r.Window.Round(time.Second), share(r.Loss))
	for _, x := range r.Rates {
		how := "by its " + x.Source
		switch x.Source {
		case "scenario":
			how = "assumed from the scenario"
		case "unknown":
			how = "rate unknown"
		}
		fmt.Fprintf(&b, " %s (%s, %s): one packet in %g, %s.", x.Gateway, x.Exporter, x.Protocol, x.Rate, how)
	}
	fmt.Fprintf(&b, " Back from the cloud:")
	back := false
	for _, c := range r.Return {
		if c.Packets > 0 {
			back = true
			fmt.Fprintf(&b, " %s %s", c.Name, share(c.Share.Share))
		}
	}
	if !back {
		b.WriteString(" not observed")
	}
	return b.String() + "."
}

func share(p float64) string { return fmt.Sprintf("%.1f %%", p*100) }

// bits writes a rate in bits per second.
func bits(bytes float64, window time.Duration) string {
	if window <= 0 {
		return "-"
	}
	v, units := bytes*8/window.Seconds(), []string{"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"}
	i := 0
	for v >= 1000 && i < len(units)-1 {
		v /= 1000
		i++
	}
	return fmt.Sprintf("%.3g %s", v, units[i])
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
