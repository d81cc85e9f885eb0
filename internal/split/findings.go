package split

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"time"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/scenario"
)

// exporters finds gateways that were not heard, and export that was not read.
func (j *judge) exporters() {
	seen := map[netip.Addr]*flow.ExporterStats{}
	for i := range j.r.Stats.Exporters {
		seen[j.r.Stats.Exporters[i].Exporter] = &j.r.Stats.Exporters[i]
	}
	for _, name := range j.t.m.names {
		heard := false
		var known []string
		for _, a := range j.t.m.addresses[name] {
			heard = heard || seen[a] != nil && seen[a].Datagrams > 0
			known = append(known, a.String())
		}
		if !heard {
			j.cause("exporter-silent", "no flow export came from %s (%s)%s", name, strings.Join(known, ", "), j.stranger())
		}
	}
	for i := range j.r.Stats.Exporters {
		j.exporter(&j.r.Stats.Exporters[i])
	}
	if j.r.Loss > maxLoss {
		j.cause("export-lost", "%s of the flow export was lost on the way, more than %s", percent(j.r.Loss), percent(maxLoss))
	}
	if j.t.full {
		j.cause("too-varied", "the exporters use more sampling rates or observation domains than are kept apart")
	}
}

// stranger names an address that export came from but that no gateway has.
func (j *judge) stranger() string {
	if j.r.Stats.Refused == 0 {
		return ""
	}
	return fmt.Sprintf("; %d datagrams came from addresses that are no gateway's, such as %s: set flow_source.address", j.r.Stats.Refused, j.r.Stats.RefusedFrom)
}

func (j *judge) exporter(e *flow.ExporterStats) {
	if e.DataSets > 0 && float64(e.UnknownTemplates)/float64(e.DataSets) > maxUnknownSets {
		j.cause("template-missing", "%d of %d data sets of %s could not be read, since their templates have not come; exporters repeat them every few minutes",
			e.UnknownTemplates, e.DataSets, e.Exporter)
	} else if e.UnknownSets > 0 {
		after := ""
		if j.ev.From.After(e.LastUnknown) {
			after = "; what is judged begins after them"
		}
		j.note("template-late", "%d data sets of %s came before their template and were not counted%s", e.UnknownSets, e.Exporter, after)
	}
	if n := e.Errors.Total(); n > 0 {
		text := fmt.Sprintf("%d parts of the export of %s could not be read (last: %s)", n, e.Exporter, e.LastError)
		if float64(n) > maxLoss*float64(e.Datagrams) {
			j.cause("export-unreadable", "%s", text)
		} else {
			j.note("export-unreadable", "%s", text)
		}
	}
	for _, p := range e.Prescaled {
		j.note("prescaled", "all counts of %s in %s domain %d are multiples of %d: it multiplies what it sampled itself, so they are taken as they are and for %d times fewer samples",
			e.Exporter, p.Protocol, p.Domain, p.By, p.By)
	}
	if e.Restarts > 0 {
		j.note("restarted", "%s began anew within the window; if it numbers its interfaces again, if_index of the inventory may be wrong now", e.Exporter)
	}
	if e.AgentDrops > 0 {
		j.note("agent-drops", "the sFlow agent %s could not send %d samples", e.Exporter, e.AgentDrops)
	}
	if limit := max(j.ev.Window/10, 2*time.Second); e.SkewKnown && !j.ev.File && e.Skew.Abs() > limit {
		j.note("clock-skew", "the clock of %s is off by %s; records are placed by the receiver's clock, so the verdict does not depend on it",
			e.Exporter, e.Skew.Round(time.Second))
	}
}

// rates finds packets of which nobody knows how many they stand for.
func (j *judge) rates(changed []flow.Stream) {
	for _, s := range changed {
		j.cause("rate-changed", "the sampling rate of %s changed within the window", s.Exporter)
	}
	for _, r := range j.r.Rates {
		switch r.Source {
		case rateUnknown:
			j.cause("rate-unknown", "%s does not say how it samples, and the scenario has no flow_export.sampling", r.Gateway)
		case rateFromScenario:
			j.note("rate-assumed", "%s does not say how it samples; one packet in %g, from the scenario, is assumed", r.Gateway, r.Rate)
		default:
			if c := j.t.m.configured; c > 0 && c != r.Rate {
				j.note("rate-differs", "%s samples one packet in %g, the scenario says %g; what the exporter says is used", r.Gateway, r.Rate, c)
			}
		}
	}
}

// attribution finds packets of no circuit, and devices that contradict
// themselves.
func (j *judge) attribution(by map[flow.Observed]*side, observed flow.Observed, total sums) {
	if j.r.UnattributedShare > maxUnattributed {
		j.cause("unattributed", "%s of the packets to the cloud belong to no known circuit, more than %s: check if_index in the inventory%s%s",
			percent(j.r.UnattributedShare), percent(maxUnattributed), j.indices(), j.shortIndices())
	}
	if total.packets > 0 && total.conflicts/total.packets > maxConflict {
		j.cause("attribution-conflict", "of %s of the packets the interface and the next hop name different circuits: check if_index in the inventory",
			percent(total.conflicts/total.packets))
	}
	if o, bad := disagree(by, observed); bad {
		j.cause("observation-conflict", "records of %s and of %s observation give shares that differ by more than 5 points: observe every circuit the same way", observed, o)
	}
}

func (j *judge) indices() string {
	var out []string
	for _, c := range j.t.m.circuits {
		if c.ifIndex > 0 {
			out = append(out, fmt.Sprintf("%s %d", c.name, c.ifIndex))
		}
	}
	if len(out) == 0 {
		return " (none is set)"
	}
	return " (now " + strings.Join(out, ", ") + ")"
}

// enough asks for traffic that a share can be told from.
func (j *judge) enough(total sums) {
	if len(j.r.Causes) > 0 && total.packets == 0 {
		return // that nothing was counted has its reason already
	}
	if total.packets == 0 {
		why := "no packet to the cloud's prefixes was seen"
		if j.t.before > 0 {
			why = "every flow to the cloud began before the window: listen for longer than the exporters' active timeout"
		}
		j.cause("no-traffic", "%s", why)
		return
	}
	if j.r.Effective < minSamples {
		j.r.More = math.Ceil(minSamples - j.r.Effective)
		j.cause("too-few-samples", "only %.0f samples of traffic to the cloud, at least %d are needed%s: send more traffic, listen longer, or sample more densely",
			j.r.Effective, minSamples, j.moreTime())
	}
	if j.t.m.mode == scenario.ActiveStandby {
		return // where all goes one way, it does not matter how many flows there are
	}
	if j.r.Flows < minFlows {
		j.cause("too-few-flows", "only %d different flows to the cloud, at least %d are needed: a circuit is chosen per flow, so few flows say nothing about it", j.r.Flows, minFlows)
	} else if j.r.TopShare > maxFlowShare {
		j.cause("too-concentrated", "one flow (%s) has %s of the bytes, and a flow stays on one circuit: measure with more flows", j.r.TopFlow, percent(j.r.TopShare))
	}
}

func (j *judge) moreTime() string { return j.longer(j.r.More) }

// notes says what does not change the verdict.
func (j *judge) notes() {
	j.fallbacks()
	if j.r.Verdict != Fail {
		for _, c := range j.r.Circuits {
			if j.t.m.mode == scenario.ActiveActive && c.ByteShare.High < j.t.m.minShare {
				j.note("bytes-differ", "%s carries %s of the bytes; packets decide", c.Name, percent(c.ByteShare.Share))
			}
		}
	}
	j.hashing()
	if total := j.t.timed + j.t.notTimed; total > 0 && j.t.notTimed/total > maxConflict && !j.ev.File {
		j.note("no-times", "%s of the records do not say when their flow began, so that some of them may tell of the time before the window", percent(j.t.notTimed/total))
	}
	if j.r.Before > 0 {
		j.note("before-window", "%.0f sampled packets belong to flows that began before the window and were left out", j.r.Before)
	}
	if j.t.dropped > 0 {
		j.note("dropped", "%.0f sampled packets were dropped by the gateway and count for no circuit", j.t.dropped)
	}
	if j.r.MoreFlows {
		j.note("many-flows", "there were more flows than are kept; their number is an estimate, good to about 2 %%")
	}
	if n := j.r.Stats.Fragments; n > 0 {
		j.note("fragments", "%d fragments or cut-off datagrams of the capture were not read", n)
	}
	if !j.r.Stats.KernelDropsKnown && !j.ev.File {
		j.note("drops-unknown", "this system does not say how many datagrams it lost; gaps in the exporters' numbers still show them")
	}
	if j.ev.Ended {
		j.note("ended-early", "the window was ended by hand after %s", j.ev.Window.Round(time.Second))
	}
	j.protocols()
}

// fallbacks says which circuits were not told by their interface.
func (j *judge) fallbacks() {
	for _, c := range j.r.Circuits {
		for _, m := range []Method{ByNextHop, ByBGPNextHop, ByVLAN, ByExporter} {
			if n := c.Method[m.String()]; c.Packets > 0 && n/c.Packets > maxConflict {
				j.note("attributed-by-"+m.String(), "%s of the packets of %s were attributed by %s, not by interface index", percent(n/c.Packets), c.Name, m.words())
			}
		}
	}
}

func (m Method) words() string {
	switch m {
	case ByNextHop:
		return "the next hop"
	case ByBGPNextHop:
		return "the BGP next hop"
	case ByVLAN:
		return "the VLAN"
	case ByExporter:
		return "their exporter"
	case ByIfIndex, methods:
	}
	return "interface index"
}

// protocols warns of lengths that are not the same thing.
func (j *judge) protocols() {
	sflow, other := false, false
	for _, r := range j.r.Rates {
		if r.Protocol == flow.SFlow.String() {
			sflow = true
		} else {
			other = true
		}
	}
	if sflow && other {
		j.note("mixed-protocols", "sFlow counts the bytes of the frame and NetFlow those of the packet: the shares of bytes are not comparable")
	}
}
