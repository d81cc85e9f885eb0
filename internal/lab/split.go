package lab

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// Exit codes of `verify` that are verdicts and not failures to reach one.
const (
	exitRefuted = 8
	exitOpen    = 9
)

// The verdicts of `verify`.
const (
	pass = "pass"
	fail = "fail"
)

// Split is the share of each circuit, site to cloud, over a span, and what
// `verify` made of it.
type Split struct {
	Phase    string         `json:"phase"`
	Wanted   string         `json:"wanted"`
	Verdict  string         `json:"verdict"`
	Reason   string         `json:"reason"`
	Circuits []SplitCircuit `json:"circuits"`
	// Verify is what the program's own command printed.
	Verify json.RawMessage `json:"verify,omitempty"`
}

// SplitCircuit is one circuit of a Split: what the kernel sent, and what the
// flow samples say of it.
type SplitCircuit struct {
	Name    string  `json:"name"`
	Packets uint64  `json:"kernel_packets"`
	Kernel  float64 `json:"kernel_share"`
	Seen    int     `json:"seen_packets"`
	Share   float64 `json:"share"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
}

// count takes the kernel's counters.
func (s *Split) count(before, after []uint64) {
	var total uint64
	for i := range after {
		total += after[i] - before[i]
	}
	for i := range s.Circuits {
		c := &s.Circuits[i]
		c.Packets = after[i] - before[i]
		c.Kernel = float64(c.Packets) / float64(max(total, 1))
	}
}

// verifyResult is what `verify --format json` prints, as far as the lab reads it.
type verifyResult struct {
	Verdict  string
	Reason   string
	Circuits []struct {
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
	s.Verdict, s.Reason, s.Verify = v.Verdict, v.Reason, out
	for _, c := range v.Circuits {
		if i := m.index(c.Name); i >= 0 {
			s.Circuits[i].Share, s.Circuits[i].Low, s.Circuits[i].High = c.Share, c.Low, c.High
			s.Circuits[i].Seen = c.Packets
		}
	}
	return nil
}

// words prints a split on one line.
func (s *Split) words() string {
	var b strings.Builder
	b.WriteString(s.Verdict + ":")
	for _, c := range s.Circuits {
		fmt.Fprintf(&b, " %s %.1f %%", c.Name, 100*c.Kernel)
		if c.Seen > 0 || c.High > 0 {
			fmt.Fprintf(&b, " (flows say %.1f)", 100*c.Share)
		}
	}
	return b.String()
}

// agreement is how far the share of the flow samples may be from the kernel's.
// A flow record counts whole or not at all. After a repair all flows of a
// circuit have the same phase, and one record more or less of each, in a window
// of six, is as much as this.
const agreement = 0.10

// disagreement returns the largest difference between flow samples and kernel,
// and whether there were any samples.
func (d *Drill) disagreement() (worst float64, told bool) {
	for _, s := range d.Splits {
		for _, c := range s.Circuits {
			if c.High > 0 {
				told = true
				worst = max(worst, math.Abs(c.Share-c.Kernel))
			}
		}
	}
	return worst, told
}
