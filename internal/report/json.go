package report

import (
	"encoding/json"
	"io"
	"math"
	"slices"
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

	Interval string     `json:"interval"`
	From     *time.Time `json:"from,omitempty"`
	Until    *time.Time `json:"until,omitempty"`
	Events   []event    `json:"events"`
	TopFlows []topFlow  `json:"top_flows"`
	Counters []counter  `json:"counters"`
}

type event struct {
	At      time.Time       `json:"at"`
	Circuit string          `json:"circuit"`
	Kind    split.EventKind `json:"kind"`
	Text    string          `json:"text"`
}

type topFlow struct {
	Flow    string  `json:"flow"`
	Circuit string  `json:"circuit"`
	Bytes   uint64  `json:"bytes"`
	Share   float64 `json:"share"`
}

type counter struct {
	Circuit   string  `json:"circuit"`
	Packets   uint64  `json:"packets"`
	Bytes     uint64  `json:"bytes"`
	Share     float64 `json:"share"`
	ByteShare float64 `json:"byte_share"`
	Source    string  `json:"source"`
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
	IfIndex          uint32             `json:"if_index,omitempty"`
	Interface        string             `json:"interface,omitempty"`
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
	o.timed(r)
	return o
}

// timed adds what lies in time, and what stands beside the samples.
func (o *object) timed(r *split.Result) {
	o.Interval = "wilson"
	switch {
	case r.Census:
		o.Interval = "counted"
	case r.Watching:
		o.Interval = "confidence-sequence"
	}
	if from, until, ok := span(r); ok {
		from, until = from.UTC(), until.UTC()
		o.From, o.Until = &from, &until
	}
	o.Events, o.TopFlows, o.Counters = []event{}, []topFlow{}, []counter{}
	for _, e := range r.Events {
		o.Events = append(o.Events, event{e.At.UTC(), e.Circuit, e.Kind, eventText(e)})
	}
	for _, f := range r.TopFlows {
		o.TopFlows = append(o.TopFlows, topFlow{f.Name, f.Circuit, whole(f.Bytes), fixed(f.Share, 6)})
	}
	for _, c := range r.Counters {
		o.Counters = append(o.Counters, counter{c.Circuit, whole(c.Packets), whole(c.Bytes), fixed(c.Share, 6), fixed(c.ByteShare, 6), c.Source})
	}
}

func standby(r *split.Result) bool {
	return slices.ContainsFunc(r.Circuits, func(c split.Circuit) bool { return c.Standby })
}

func circuits(r *split.Result, cs []split.Circuit) []circuit {
	out := make([]circuit, len(cs))
	seconds := r.Judged().Seconds()
	for i, c := range cs {
		out[i] = circuit{
			Name: c.Name, Gateway: c.Gateway, IfIndex: c.IfIndex, Interface: c.Interface, Standby: c.Standby, Packets: whole(c.Packets), Bytes: whole(c.Bytes),
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
