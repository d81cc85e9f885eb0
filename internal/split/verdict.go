package split

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/scenario"
)

// The limits beyond which a share cannot be believed.
const (
	minSamples      = 100  // effective samples
	minFlows        = 30   // distinct flows
	maxFlowShare    = 0.25 // of the bytes in one flow
	maxUnattributed = 0.05
	maxLoss         = 0.01
	maxConflict     = 0.05
	maxUnknownSets  = 0.01
	// minEffectiveFlows is from where on a lopsided hash is told from chance.
	minEffectiveFlows = 30
	maxTopFlows       = 10
)

// Verdict decides. What stands in the way of a decision comes first: a share
// from bad data is worse than none.
func (t *Tally) Verdict(ev Evidence) *Result {
	t = t.unscaled(&ev.Stats)
	ev.From = t.readable(ev)
	j, by, observed := t.measure(ev)
	r := j.r
	j.kept = t.countFlows(r, observed)
	r.Series = t.timeline(j.later, observed, t.spanOf(ev.From, ev.Until))
	j.interfaces()
	j.counters()
	total := sums{}
	if s := by[ToCloud][observed]; s != nil {
		total = s.total()
	}
	j.enough(total)
	j.traps()
	j.decide()
	r.Events = t.events(r)
	j.notes()
	return r
}

// measure adds up what the evidence's span holds and finds what was wrong with
// the export.
func (t *Tally) measure(ev Evidence) (*judge, map[Direction]map[flow.Observed]*side, flow.Observed) {
	later, changed := t.rates()
	by := t.collect(later, t.spanOf(ev.From, ev.Until))
	r := &Result{
		Scenario: t.m.scenario, Mode: t.m.mode, Level: t.m.level, MinShare: t.m.minShare, Standby: t.m.standby,
		Stats: ev.Stats, Window: ev.Window, Rates: t.rateList(later), Before: t.before,
		From: ev.From, Until: ev.Until, Watching: ev.Watching,
	}
	observed, to := choose(ToCloud, by[ToCloud], len(t.m.circuits))
	_, from := choose(FromCloud, by[FromCloud], len(t.m.circuits))
	r.Observed = observed.String()
	r.Loss = loss(&ev.Stats)
	r.Census = t.census(r.Rates)
	r.Circuits = t.shares(to, r)
	r.Return = t.shares(from, r)
	total := to.total()
	r.Effective = effective(total.packets, total.packets2)
	r.Unattributed = to.unattributed.packets
	if all := r.Unattributed + total.packets; all > 0 {
		r.UnattributedShare = r.Unattributed / all
	}
	j := &judge{t: t, r: r, ev: ev, later: later}
	j.exporters()
	j.rates(changed)
	j.attribution(by[ToCloud], observed, total)
	return j, by, observed
}

// loss returns the part of the export that did not arrive, of the worst
// exporter.
func loss(st *flow.Stats) float64 {
	worst := 0.0
	for i := range st.Exporters {
		worst = max(worst, st.Exporters[i].LossShare())
	}
	if st.KernelDrops > 0 {
		worst = max(worst, float64(st.KernelDrops)/float64(st.KernelDrops+st.Datagrams()))
	}
	if missed := st.Unread + st.Undecoded; missed > 0 {
		worst = max(worst, float64(missed)/float64(missed+st.Datagrams()))
	}
	return worst
}

// census reports whether every packet was counted, and somebody said so.
func (t *Tally) census(rates []Rate) bool {
	for _, r := range rates {
		if r.Rate != 1 || r.Source == rateUnknown {
			return false
		}
	}
	return len(rates) > 0
}

// shares turns the sums of one direction into circuits.
func (t *Tally) shares(s *side, r *Result) []Circuit {
	total := s.total()
	z := quantile(t.m.level, len(t.m.circuits))
	lowest := t.lowestPreference()
	out := make([]Circuit, len(t.m.circuits))
	for i := range out {
		c, m := &s.circuits[i], &t.m.circuits[i]
		out[i] = Circuit{
			Name: m.name, Gateway: m.gateway, Packets: c.packets, Bytes: c.bytes, Samples: c.samples, Records: c.records,
			Method: c.method, IfIndex: m.ifIndex, Standby: t.m.mode == scenario.ActiveStandby && m.preference != lowest,
		}
		out[i].Share = t.interval(c.packets, total.packets, total.packets2, r)
		out[i].ByteShare = t.interval(c.bytes, total.bytes, total.bytes2, r)
		if r.Census && total.packets > 0 {
			p := out[i].Share.Share
			off := z * math.Sqrt((1-p)*(1-p)*c.edge+p*p*(total.edge-c.edge)) / total.packets
			out[i].Share, out[i].ByteShare = census(p, r.Loss, off), census(out[i].ByteShare.Share, r.Loss, off)
		}
	}
	return out
}

// interval is what the sampling leaves open of a part of a sum: for one look at
// the end Wilson's interval, while watching a confidence sequence.
func (t *Tally) interval(part, sum, squares float64, r *Result) Interval {
	if sum <= 0 {
		return Interval{Low: 0, High: 1}
	}
	p, n, circuits := min(part/sum, 1), effective(sum, squares), len(t.m.circuits)
	if r.Watching {
		return sequence(p, n, tail(t.m.level, circuits))
	}
	return wilson(p, n, quantile(t.m.level, circuits))
}

func (t *Tally) lowestPreference() int {
	lowest := math.MaxInt
	for _, c := range t.m.circuits {
		lowest = min(lowest, c.preference)
	}
	return lowest
}

// countFlows counts the flows of each circuit at the chosen point of
// observation and names the largest.
func (t *Tally) countFlows(r *Result, observed flow.Observed) []sized {
	for i := range r.Circuits {
		r.Circuits[i].Flows = t.flows.count(i, observed)
		r.Flows += r.Circuits[i].Flows
	}
	kept := t.flows.largest(observed, maxTopFlows)
	all := t.flows.all[observed]
	r.MoreFlows = t.flows.distinct != nil
	r.EffectiveFlows = effectiveFlows(kept, r.Flows, all)
	for i := range kept[:min(len(kept), maxTopFlows)] {
		f := &kept[i]
		r.TopFlows = append(r.TopFlows, TopFlow{
			Name: f.name(), Circuit: t.m.circuits[f.circuit].name, Bytes: f.weight, Share: ratioOf(f.weight, all),
		})
	}
	if len(kept) > 0 {
		// Of the largest flow as much may have been forgotten as of every other.
		r.TopFlow, r.TopShare = r.TopFlows[0].Name, min(ratioOf(kept[0].weight+t.flows.missing, all), 1)
	}
	return kept
}

// judge writes the findings of a result.
type judge struct {
	t  *Tally
	r  *Result
	ev Evidence
	// later are the rates that options gave after the first records.
	later map[flow.Stream]float64
	// kept are the flows towards the cloud that are known by name.
	kept []sized
}

func (j *judge) cause(code, format string, args ...any) {
	j.r.Causes = append(j.r.Causes, Finding{code, fmt.Sprintf(format, args...)})
}

func (j *judge) note(code, format string, args ...any) {
	j.r.Notes = append(j.r.Notes, Finding{code, fmt.Sprintf(format, args...)})
}

// decide gives the verdict of the shares when nothing stands in its way.
func (j *judge) decide() {
	if len(j.r.Causes) == 0 {
		if j.t.m.mode == scenario.ActiveStandby {
			j.standby()
		} else {
			j.balanced()
		}
	}
	if len(j.r.Causes) > 0 {
		j.r.Verdict = Inconclusive
		j.r.Reason = words(j.r.Causes)
	}
}

func words(fs []Finding) string {
	texts := make([]string, len(fs))
	for i, f := range fs {
		texts[i] = f.Text
	}
	return strings.Join(texts, "; ")
}

// balanced: every circuit must carry the least share. It passes when even the
// lower bounds do, and fails when an upper bound does not.
func (j *judge) balanced() {
	floor := j.t.m.minShare
	var under []string
	var open []Circuit
	for _, c := range j.r.Circuits {
		switch {
		case c.Share.High < floor:
			under = append(under, fmt.Sprintf("%s carries %s of the packets to the cloud (at most %s)", c.Name, percent(c.Share.Share), percent(c.Share.High)))
		case c.Share.Low < floor:
			open = append(open, c)
		}
	}
	switch {
	case len(under) > 0:
		j.r.Verdict = Fail
		j.r.Reason = fmt.Sprintf("%s, less than the %s asked for%s", strings.Join(under, "; "), percent(floor), j.survivor())
	case len(open) > 0:
		j.open(open, floor)
	default:
		least := slices.MinFunc(j.r.Circuits, func(a, b Circuit) int { return int(math.Copysign(1, a.Share.Share-b.Share.Share)) })
		j.r.Verdict = Pass
		j.r.Reason = fmt.Sprintf("every circuit carries at least %s of the packets to the cloud; the least loaded, %s, carries %s (at least %s)",
			percent(floor), least.Name, percent(least.Share.Share), percent(least.Share.Low))
	}
}

// survivor names the circuit that carries everything, if one does.
func (j *judge) survivor() string {
	for _, c := range j.r.Circuits {
		if c.Share.Low > 0.95 {
			return "; " + c.Name + " carries the traffic alone"
		}
	}
	return ""
}

// standby: the circuits that wait must carry next to nothing.
func (j *judge) standby() {
	limit := j.t.m.standby
	var over []string
	var open []Circuit
	for _, c := range j.r.Circuits {
		switch {
		case !c.Standby:
		case c.Share.Low > limit:
			over = append(over, fmt.Sprintf("%s is on standby and carries %s of the packets to the cloud (at least %s)", c.Name, percent(c.Share.Share), percent(c.Share.Low)))
		case c.Share.High > limit:
			open = append(open, c)
		}
	}
	switch {
	case len(over) > 0:
		j.r.Verdict = Fail
		j.r.Reason = fmt.Sprintf("%s, more than the %s allowed", strings.Join(over, "; "), percent(limit))
	case len(open) > 0:
		j.open(open, limit)
	default:
		j.r.Verdict = Pass
		j.r.Reason = fmt.Sprintf("the active circuit carries the traffic to the cloud; every standby circuit at most %s of the packets", percent(limit))
	}
}

// open says how far the interval must shrink.
func (j *judge) open(circuits []Circuit, limit float64) {
	z := quantile(j.t.m.level, len(j.r.Circuits))
	most := 0.0
	var names []string
	for _, c := range circuits {
		if j.r.Watching {
			most = max(most, neededWatching(c.Share.Share, limit, tail(j.t.m.level, len(j.r.Circuits))))
		} else {
			most = max(most, needed(c.Share.Share, limit, z))
		}
		names = append(names, fmt.Sprintf("%s is between %s and %s", c.Name, percent(c.Share.Low), percent(c.Share.High)))
	}
	text := fmt.Sprintf("too few samples to tell: %s of the packets, and the limit is %s", strings.Join(names, ", "), percent(limit))
	switch more := math.Ceil(most - j.r.Effective); {
	case j.r.Census:
		text = fmt.Sprintf("what was lost on the way leaves open which side of %s: %s", percent(limit), strings.Join(names, ", "))
	case math.IsInf(most, 1) || more > 1e7:
		text += "; the share is so near the limit that no number of samples will tell"
	default:
		j.r.More = max(more, 1)
		text += fmt.Sprintf("; about %.0f more samples would settle it%s", j.r.More, j.longer(j.r.More))
	}
	j.cause("too-few-samples", "%s", text)
}

// longer says how much longer that takes at the rate seen.
func (j *judge) longer(more float64) string {
	if j.ev.File || j.r.Judged() <= 0 || j.r.Effective <= 0 {
		return ""
	}
	seconds := more / j.r.Effective * j.r.Judged().Seconds()
	return fmt.Sprintf(", about %s at this rate", roundTime(seconds))
}

func roundTime(seconds float64) string {
	switch {
	case seconds < 120:
		return fmt.Sprintf("%.0f s", math.Ceil(seconds))
	case seconds < 7200:
		return fmt.Sprintf("%.0f min", math.Ceil(seconds/60))
	}
	return fmt.Sprintf("%.0f h", math.Ceil(seconds/3600))
}
