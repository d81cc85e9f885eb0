package split

import (
	"time"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/vendor"
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
	// IfIndex is the interface that attributes to the circuit, 0 when unknown,
	// Interface its name where the exporter tells it.
	IfIndex   uint32
	Interface string
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

// TopFlow is one of the largest flows towards the cloud.
type TopFlow struct {
	// Name is source > destination, Circuit what it was on.
	Name, Circuit string
	// Bytes are scaled up to the traffic, Share is of the bytes of all flows.
	Bytes, Share float64
}

// Counter is what a gateway's own interface counters say of one circuit in the
// same time, as a check from another source than the samples.
type Counter struct {
	Circuit string
	// Packets and Bytes left by the circuit's interface, Share and ByteShare are
	// their parts of all circuits'.
	Packets, Bytes   float64
	Share, ByteShare float64
	// Source says where the counters were read: sFlow.
	Source string
}

// EventKind is what happened to the traffic of a circuit.
type EventKind string

// The kinds of events.
const (
	// Moved: the circuit's traffic went to the others.
	Moved EventKind = "moved"
	// Returned: the circuit carries its part again.
	Returned EventKind = "returned"
	// Marked: the caller did something at that time, such as failing a circuit.
	Marked EventKind = "marked"
)

// Event is something that happened within the window.
type Event struct {
	At      time.Time
	Circuit string
	Kind    EventKind
	Text    string
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
	// Watching is true when the intervals are confidence sequences, which hold at
	// every look at once; else they are Wilson's, which hold for one look.
	Watching bool
	// From and Until are the judged span of time, zero when all that came counts.
	From, Until time.Time
	// Series is how the circuits' packets towards the cloud lie in time.
	Series Series
	// Census is true when every packet was counted.
	Census bool
	// Observed is the point of observation that was counted.
	Observed string
	Level    float64
	MinShare float64
	Standby  float64
	Rates    []Rate
	Loss     float64
	Before   float64
	Flows    int
	// MoreFlows is true when there were more flows than are kept, so that
	// their numbers are a sketch's estimate.
	MoreFlows bool
	// EffectiveFlows is how many equal flows would leave the shares of bytes as
	// much to chance as these do.
	EffectiveFlows float64
	TopFlow        string
	TopShare       float64
	// TopFlows are the largest flows, largest first, at most ten.
	TopFlows []TopFlow
	// Counters are the interface counters of the circuits, none when the
	// exporters send none.
	Counters []Counter
	// Events are what happened within the window, in order.
	Events []Event
	Window time.Duration
	Stats  flow.Stats
}

// Judged is the time that the packets are of, which rates are told over: a part
// of the window where the exporters' caches hold the rest.
func (r *Result) Judged() time.Duration {
	if r.From.IsZero() || r.Until.IsZero() {
		return r.Window
	}
	return r.Until.Sub(r.From)
}

// Evidence is what a verdict needs to know beside the samples.
type Evidence struct {
	Stats flow.Stats
	// Window is how long was listened.
	Window time.Duration
	// From and Until are the judged span: records are placed by when their flow
	// began and ended, and count with the part inside. A flow cache reports late,
	// so Until lies before the end of the window by the exporters' time-outs.
	// With a zero Until all counts.
	From, Until time.Time
	// Watching is true when the verdict may be asked for again and again, and the
	// first that settles is taken.
	Watching bool
	// Avoided are the traps that a gateway's configuration is known to avoid, by
	// gateway: of a system with a trap, what may come of it is else no verdict.
	Avoided map[string][]vendor.TrapKind
	// Ended is true when the user ended the window early.
	Ended bool
	// File is true when a capture was read: nothing can be listened to again.
	File bool
}
