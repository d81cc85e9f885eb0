package split

import (
	"time"

	"github.com/twinpath/twinpath/internal/flow"
)

// Verdict is the outcome of a verification.
type Verdict string

// The verdicts.
const (
	Pass         Verdict = "pass"
	Fail         Verdict = "fail"
	Inconclusive Verdict = "inconclusive"
)

// Finding is one reason, with a code that scripts can match.
type Finding struct {
	Code string
	Text string
}

// Circuit is what one circuit carried in one direction.
type Circuit struct {
	Name    string
	Gateway string
	// Packets and Bytes are scaled up to the traffic, Samples and Records are
	// what was received.
	Packets, Bytes float64
	Samples        float64
	Records        uint64
	Flows          int
	Share          Interval
	ByteShare      Interval
	// Method is how most of it was attributed.
	Method map[string]float64
	// Standby is true for a circuit that must carry next to nothing.
	Standby bool
}

// Rate is a sampling rate that was applied.
type Rate struct {
	Exporter string
	Gateway  string
	Protocol string
	Rate     float64
	// Source is options, record, scenario or unknown.
	Source  string
	Samples float64
}

// Result is a verification's outcome with all that it rests on.
type Result struct {
	Scenario string
	Mode     string
	Verdict  Verdict
	Reason   string
	// Causes are why a verdict was not possible, Notes what to know beside it.
	Causes []Finding
	Notes  []Finding
	// Circuits are towards the cloud, in the scenario's order; Return is the way
	// back, which has no part in the verdict.
	Circuits []Circuit
	Return   []Circuit
	// Unattributed are packets towards the cloud of no known circuit.
	Unattributed      float64
	UnattributedShare float64
	// Effective is the number of equal samples that the packets count for.
	Effective float64
	// More is how many more effective samples would settle the verdict, 0 when
	// it is settled or samples are not what is missing.
	More float64
	// Census is true when every packet was counted.
	Census bool
	// Observed is the point of observation that was counted.
	Observed  string
	Level     float64
	MinShare  float64
	Standby   float64
	Rates     []Rate
	Loss      float64
	Before    float64
	Flows     int
	MoreFlows bool
	TopFlow   string
	TopShare  float64
	Window    time.Duration
	Stats     flow.Stats
}

// Evidence is what a verdict needs to know beside the samples.
type Evidence struct {
	Stats flow.Stats
	// Window is how long was listened.
	Window time.Duration
	// Ended is true when the user ended the window early.
	Ended bool
	// File is true when a capture was read: nothing can be listened to again.
	File bool
}
