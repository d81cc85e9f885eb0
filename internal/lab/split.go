package lab

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Exit codes of `verify` that are verdicts and not failures to reach one.
const (
	exitRefuted = 8
	exitOpen    = 9
)

// The verdicts of `verify`.
const (
	pass         = "pass"
	fail         = "fail"
	inconclusive = "inconclusive"
)

// Split is the share of each circuit, site to cloud, over a span, and what
// `verify` made of it from one export.
type Split struct {
	Phase  string `json:"phase"`
	Export string `json:"export"`
	Wanted string `json:"wanted"`
	// Says is what the reason must hold beside the verdict.
	Says    string `json:"says,omitempty"`
	Verdict string `json:"verdict"`
	Reason  string `json:"reason"`
	// From and Until are the time that verify judged.
	From     time.Time      `json:"from"`
	Until    time.Time      `json:"until"`
	Circuits []SplitCircuit `json:"circuits"`
	// Verify is what the program's own command printed.
	Verify json.RawMessage `json:"verify,omitempty"`

	// findings are the codes of verify's causes and notes.
	findings []string
}

// SplitCircuit is one circuit of a Split: what the kernel sent, and what the
// flow samples say of it.
type SplitCircuit struct {
	Name    string  `json:"name"`
	Packets uint64  `json:"kernel_packets"`
	Kernel  float64 `json:"kernel_share"`
	// KernelLow and KernelHigh leave open which of the gateway's own packets lie
	// in the judged time.
	KernelLow  float64 `json:"kernel_low"`
	KernelHigh float64 `json:"kernel_high"`
	Seen       int     `json:"seen_packets"`
	Share      float64 `json:"share"`
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
}

// verifyResult is what `verify --format json` prints, as far as the lab reads it.
type verifyResult struct {
	Verdict, Reason string
	From, Until     time.Time
	Causes, Notes   []struct{ Code string }
	Circuits        []struct {
		Name             string
		Packets          int
		Share, Low, High float64
	}
}

// judge takes over the verdict of verify.
func (s *Split) judge(out []byte, m *model) error {
	var v verifyResult
	if err := json.Unmarshal(out, &v); err != nil {
		return fmt.Errorf("read the verdict of verify: %w", err)
	}
	s.Verdict, s.Reason, s.Verify, s.From, s.Until = v.Verdict, v.Reason, out, v.From, v.Until
	for _, f := range append(v.Causes, v.Notes...) {
		s.findings = append(s.findings, f.Code)
	}
	for _, c := range v.Circuits {
		if i := m.index(c.Name); i >= 0 {
			s.Circuits[i].Share, s.Circuits[i].Low, s.Circuits[i].High = c.Share, c.Low, c.High
			s.Circuits[i].Seen = c.Packets
		}
	}
	return nil
}

// ok reports whether the verdict is the one that must come, for its reason.
func (s *Split) ok() bool { return s.Verdict == s.Wanted && strings.Contains(s.Reason, s.Says) }

// found reports whether verify gave a cause or a note of each of these codes.
func (s *Split) found(codes ...string) bool {
	return !slices.ContainsFunc(codes, func(c string) bool { return !slices.Contains(s.findings, c) })
}

// wanted is the verdict that must come, in words.
func (s *Split) wanted() string {
	if s.Says == "" {
		return s.Wanted
	}
	return s.Wanted + ", " + s.Says
}

// words prints a split on one line.
func (s *Split) words() string {
	var b strings.Builder
	b.WriteString(s.Verdict + ":")
	for _, c := range s.Circuits {
		fmt.Fprintf(&b, " %s %.2f %%", c.Name, 100*c.Kernel)
		if c.Seen > 0 || c.High > 0 {
			fmt.Fprintf(&b, " (flows say %.2f to %.2f)", 100*c.Low, 100*c.High)
		}
	}
	if s.Verdict != s.Wanted {
		b.WriteString("; " + s.Reason)
	} else if s.Says != "" && s.ok() {
		b.WriteString("; " + s.Says)
	}
	return b.String()
}

// rounding is what verify's shares are rounded to.
const rounding = 1e-6

// outside returns how far the kernel's share lies outside of verify's interval.
func (c *SplitCircuit) outside() float64 {
	gap := max(c.Low-c.KernelHigh, c.KernelLow-c.High)
	if gap <= rounding {
		return 0
	}
	return gap
}

// agreement is how the shares of the flow samples compare with the kernel's.
type agreement struct {
	// compared windows, of which within have every circuit's share inside.
	compared, within int
	// worst is the largest distance of a share, outside the largest of an
	// interval, and wide the widest interval.
	worst, outside, wide float64
}

// agree holds every split of the drill against the kernel's counters.
func (d *Drill) agree() (a agreement) {
	for _, s := range d.Splits {
		if !slices.ContainsFunc(s.Circuits, func(c SplitCircuit) bool { return c.Seen > 0 }) {
			continue
		}
		a.compared++
		out := 0.0
		for _, c := range s.Circuits {
			a.worst = max(a.worst, c.Share-c.Kernel, c.Kernel-c.Share)
			a.wide = max(a.wide, c.High-c.Low)
			out = max(out, c.outside())
		}
		if out == 0 {
			a.within++
		}
		a.outside = max(a.outside, out)
	}
	return a
}

// words prints it on one line.
func (a agreement) words() string {
	text := fmt.Sprintf("%d of %d within, %.2f points apart at most", a.within, a.compared, 100*a.worst)
	if a.outside > 0 {
		text += fmt.Sprintf("; %.3f points outside", 100*a.outside)
	}
	return text
}
