package lab

import (
	"fmt"
	"slices"
	"time"
)

// Report is the result of a run of the lab.
type Report struct {
	Scenario string  `json:"scenario"`
	Machine  Machine `json:"machine"`
	// UpSeconds is from nothing to a lab with a bare gateway, ConfigureSeconds
	// from there to a configured one with both sessions up.
	UpSeconds        float64    `json:"up_seconds"`
	ConfigureSeconds float64    `json:"configure_seconds"`
	TotalSeconds     float64    `json:"total_seconds"`
	Drill            *Drill     `json:"drill,omitempty"`
	Negatives        []Negative `json:"negatives,omitempty"`
	Untested         []string   `json:"not_tested"`
	OK               bool       `json:"ok"`
}

// Machine says where the figures were taken.
type Machine struct {
	Kernel string  `json:"kernel"`
	CPUs   int     `json:"cpus"`
	Router string  `json:"router"`
	Load   float64 `json:"load"`
}

// Negative is a run with a deliberate mistake that the checks must catch.
type Negative struct {
	Mistake string `json:"mistake"`
	Check   string `json:"check"`
	Caught  bool   `json:"caught"`
	Reason  string `json:"reason"`
}

// Drill is one circuit's failure and return, measured.
type Drill struct {
	Circuit string `json:"circuit"`
	Rows    []Row  `json:"rows"`
	// DetectionMS and WindowMS are the repeated short cuts: until the kernel's
	// route left the circuit, and from the first to the last packet lost on the
	// way to the cloud.
	DetectionMS []float64 `json:"detection_ms"`
	WindowMS    []float64 `json:"outward_window_ms"`
	ReturnMS    []float64 `json:"gateway_return_ms"`
	// Other is the circuit that is cut as a check of the environment, and
	// OtherMS as DetectionMS.
	Other      string    `json:"other"`
	OtherMS    []float64 `json:"other_detection_ms"`
	Cut        Losses    `json:"cut"`
	Healed     Losses    `json:"healed"`
	Splits     []Split   `json:"splits"`
	Flows      int       `json:"flows"`
	FlowsHit   int       `json:"flows_hit"`
	PacketRate float64   `json:"packets_per_second"`
	// Flaps counts how often the gateway left a circuit that was whole: a
	// machine too busy for the timers.
	Flaps int  `json:"flaps"`
	OK    bool `json:"ok"`
}

// Losses are both directions' of one span.
type Losses struct {
	Outward Loss `json:"site_to_cloud"`
	Back    Loss `json:"cloud_to_site"`
}

// Row is one line of the table: what the scenario's timers promise beside what
// was measured.
type Row struct {
	What     string `json:"what"`
	Expected string `json:"expected"`
	Measured string `json:"measured"`
	// Verdict is pass or fail, and empty for a row that only informs.
	Verdict string `json:"verdict,omitempty"`
}

// limit is how long the gateway may keep a dead circuit: a fifth more than its
// timers say, and what a busy machine needs to notice.
func limit(promised time.Duration) time.Duration { return promised*6/5 + 100*time.Millisecond }

// median returns the middle value, of an even number the upper one.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(values))
	return v[len(v)/2]
}

func verdict(ok bool) string {
	if ok {
		return pass
	}
	return fail
}

// drillFacts is what a drill measured, before it is judged.
type drillFacts struct {
	promised, recovery bounds // the gateway's
	withdraw, restore  bounds // the cloud's
	nominal            time.Duration
	share              float64
	cloudLeft          time.Duration
	cloudBack          time.Duration
}

// judge fills in the table from what was measured.
func (d *Drill) judge(f drillFacts) {
	top := limit(f.promised.max)
	row := func(what, expected, measured, verdict string) {
		d.Rows = append(d.Rows, Row{what, expected, measured, verdict})
	}
	det, win := median(d.DetectionMS), median(d.WindowMS)
	row(fmt.Sprintf("gateway leaves the dead circuit (median of %d)", len(d.DetectionMS)),
		fmt.Sprintf("%s, limit %d ms", spanMS(f.promised), top.Milliseconds()),
		fmt.Sprintf("%.0f ms (%.0f to %.0f)", det, slices.Min(d.DetectionMS), slices.Max(d.DetectionMS)), verdict(det <= ms(top)))
	if len(d.OtherMS) > 0 {
		row(fmt.Sprintf("the same of %s (median of %d)", d.Other, len(d.OtherMS)), fmt.Sprintf("%s, limit %d ms", spanMS(f.promised), top.Milliseconds()),
			fmt.Sprintf("%.0f ms (%.0f to %.0f)", median(d.OtherMS), slices.Min(d.OtherMS), slices.Max(d.OtherMS)), verdict(median(d.OtherMS) <= ms(top)))
	}
	row("site → cloud dark, by packets (median)", fmt.Sprintf("%s, limit %d ms", spanMS(f.promised), top.Milliseconds()),
		fmt.Sprintf("%.0f ms (%.0f to %.0f)", win, slices.Min(d.WindowMS), slices.Max(d.WindowMS)), verdict(win <= ms(top)))
	row("gateway uses the repaired circuit again (median)", "within "+f.recovery.max.String(),
		fmt.Sprintf("%.0f ms", median(d.ReturnMS)), verdict(median(d.ReturnMS) <= ms(f.recovery.max)))
	rate := d.PacketRate * f.share
	row("long cut: packets lost site → cloud", fmt.Sprintf("%.0f to %.0f", rate*f.promised.min.Seconds(), rate*f.promised.max.Seconds()),
		fmt.Sprintf("%d in %s", d.Cut.Outward.Lost, round(d.Cut.Outward.Window)), verdict(d.Cut.Outward.Window <= top))
	row("cloud leaves the dead circuit", fmt.Sprintf("%s (%s nominal)", spanS(f.withdraw), f.nominal), fmt.Sprintf("%.1f s", f.cloudLeft.Seconds()), verdict(within(f.cloudLeft, f.withdraw)))
	row("long cut: packets lost cloud → site", "for "+spanS(f.withdraw),
		fmt.Sprintf("%d in %s", d.Cut.Back.Lost, round(d.Cut.Back.Window)), verdict(d.Cut.Back.Window <= f.withdraw.max+slack))
	row("cloud uses the repaired circuit again", spanS(f.restore), fmt.Sprintf("%.1f s", f.cloudBack.Seconds()), verdict(within(f.cloudBack, f.restore)))
	row("repair: packets lost site → cloud, cloud → site", "0, 0 (at most 1 in 1000)", fmt.Sprintf("%d, %d of %d", d.Healed.Outward.Lost, d.Healed.Back.Lost, d.Healed.Outward.Sent),
		verdict(d.Healed.Outward.Lost+d.Healed.Back.Lost <= d.Healed.Outward.Sent/1000))
	for _, s := range d.Splits {
		row("verify "+s.Phase+", "+s.Export, s.wanted(), s.words(), verdict(s.ok()))
	}
	row("gateway leaves a whole circuit", "never", fmt.Sprintf("%d times", d.Flaps), verdict(d.Flaps == 0))
	if a := d.agree(); a.compared > 0 {
		row("share by flow samples against the kernel's counters", fmt.Sprintf("within verify's own intervals (%.4g %%)", 100*comparedAt),
			a.words(), verdict(a.within == a.compared))
	}
	d.OK = !slices.ContainsFunc(d.Rows, func(r Row) bool { return r.Verdict == fail })
}

// slack is what starting two programs and a busy machine may add to a time of
// seconds.
const slack = 500 * time.Millisecond

func within(d time.Duration, b bounds) bool { return d >= b.min-slack && d <= b.max+slack }

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func round(d time.Duration) string { return d.Round(time.Millisecond).String() }

func spanMS(b bounds) string {
	return fmt.Sprintf("%d to %d ms", b.min.Milliseconds(), b.max.Milliseconds())
}

func spanS(b bounds) string { return fmt.Sprintf("%.0f to %.0f s", b.min.Seconds(), b.max.Seconds()) }
