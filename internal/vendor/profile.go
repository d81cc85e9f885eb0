// Package vendor loads the profiles of operating systems. A profile is data in
// a folder of vendors/; the registry is the folder listing. What a system can
// do, within which limits and by which source is known is looked up here and
// decided nowhere else.
package vendor

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/twinpath/twinpath/internal/diag"
)

// Profile is what is known of one operating system.
type Profile struct {
	File  string
	ID    string
	Title string
	// Syntax is the family of its configuration text: indent, sections, braces.
	Syntax string
	// Releases says in words which releases the facts are about.
	Releases        string
	DefaultPlatform string
	Platforms       []*Platform
	Ports           Ports
	Example         Example
	// Names maps a kind of object ("probe", "bfd", "route") to the rule of its
	// name.
	Names    map[string]NameRule
	ProbeIDs Range
	TrackIDs Range
	Probe    ProbeLimits
	BFD      BFDLimits
	Flow     FlowLimits
	// Distance is the range of a static route's distance (preference), and
	// DefaultDistance the one that is not printed.
	Distance        Range
	DefaultDistance int
	// RouteOrder is how static routes are sorted when they are printed.
	RouteOrder   RouteOrder
	Capabilities map[string]*Capability
	Advice       []Advice
	Sources      map[string]Source
	Statements   []*Statement
	// Manage is nil for a system that is only rendered.
	Manage *Manage
}

// RouteOrder is an order of printed static routes; IPv4 is always first.
type RouteOrder string

// The orders of printed static routes.
const (
	// OrderAddress: by address, then length; the legs of one prefix as the
	// scenario has them. The default.
	OrderAddress RouteOrder = "address"
	// OrderLength: by length, then address; the legs of one prefix by
	// distance, then next hop.
	OrderLength RouteOrder = "length"
)

// Platform is a family of devices under one OS whose abilities or grammar
// differ.
type Platform struct {
	ID    string
	Title string
	// Capabilities override the profile's.
	Capabilities map[string]*Capability
	Sampling     Range
	SamplingPow2 bool
	// BFD and Flow take the place of the profile's limits, Example of its
	// example, Negotiation of that of its ports; nil where those hold.
	BFD         *BFDLimits
	Flow        *FlowLimits
	Example     *Example
	Negotiation *Negotiation
}

// Example is what `--os` fills in for a device.
type Example struct {
	Ports []string
	// Slot is the slot of all ports, 0 for none.
	Slot          int
	Negotiation   string
	FlowInterface string
	FlowAddress   string
	ZoneCircuits  string
	ZoneSite      string
}

// NameRule bounds the names of one kind of object.
type NameRule struct {
	// Max is the longest name in characters, 0 for no limit.
	Max int
	// Replace turns characters of a circuit's name that the system refuses
	// into others.
	Replace map[string]string
	// Suffix6 is what an IPv6 object's name ends with.
	Suffix6 string
	Sources []string
}

// Apply returns the system's form of a name.
func (r NameRule) Apply(name string) string {
	// In sorted order, since one replacement may make a character of another.
	for _, from := range slices.Sorted(maps.Keys(r.Replace)) {
		name = strings.ReplaceAll(name, from, r.Replace[from])
	}
	return name
}

// Range is a closed interval; the zero Range holds every number.
type Range struct{ Min, Max int }

// Holds reports whether n lies in the range.
func (r Range) Holds(n int) bool { return r == Range{} || n >= r.Min && n <= r.Max }

// String returns "a to b".
func (r Range) String() string { return fmt.Sprintf("%d to %d", r.Min, r.Max) }

// The models of how a system turns lost probes into a withdrawn route. They
// are explained at intent.Timers.
const (
	// ModelDelayed: one probe a period; the first loss starts a hold-down.
	ModelDelayed = "delayed"
	// ModelCycle: whole test cycles, a cycle with no answer withdraws.
	ModelCycle = "cycle"
	// ModelBurst: a number of losses in a row within a test withdraws.
	ModelBurst = "burst"
)

// ProbeLimits describe the system's ICMP probe.
type ProbeLimits struct {
	Model string
	// Period is how often a probe (ModelDelayed) or a cycle runs, in seconds.
	Period Range
	// Interval is the time between the probes of a cycle, in seconds.
	Interval Range
	Count    Range
	// Timeout is in TimeoutUnit.
	Timeout     Range
	TimeoutUnit time.Duration
	// Delay is the range of the hold-down and hold-up, in seconds.
	Delay Range
	// Margin is how many more seconds than its probes a cycle must have;
	// WholeIntervals says that the last probe's interval counts too.
	Margin         int
	WholeIntervals bool
	// Pause is the time between two tests of ModelBurst, in seconds.
	Pause   int
	Sources []string
}

// BFDLimits describe BFD; times in milliseconds.
type BFDLimits struct {
	Interval   Range
	Multiplier Range
	// HoldUp is the range of a delay before a session counts as up again; zero
	// when the system has none.
	HoldUp  Range
	Sources []string
}

// FlowLimits describe the flow export.
type FlowLimits struct {
	Sampling Range
	// ActiveUnit is the unit of the active timeout, Active its range in units.
	ActiveUnit time.Duration
	Active     Range
	Port       Range
	// NeedsInterface and NeedsAddress say which part of flow_source is
	// rendered, NeedsSlot that sampling is bound to a slot.
	NeedsInterface, NeedsAddress, NeedsSlot bool
	// Traps are where the export does not say which way a packet went.
	Traps   []Trap
	Sources []string
}

// TrapKind is a way in which flow export can mislead about the circuit.
type TrapKind string

// The traps.
const (
	// FirstPath: of several equal paths the first is reported for every packet.
	FirstPath TrapKind = "first-path"
	// ShortIndex: an interface index is cut to 16 bits.
	ShortIndex TrapKind = "short-index"
	// FirstPacket: a flow keeps the output interface of its first packet, so that
	// after a failover it is reported on the dead circuit until it is exported.
	FirstPacket TrapKind = "first-packet"
)

// Trap is one such way with what it is avoided by.
type Trap struct {
	Kind TrapKind
	// Unless is the configuration without which it holds.
	Unless  string
	Sources []string
}

// Support says how sure a capability is.
type Support string

// The answers to "can it do that?".
const (
	Yes        Support = "yes"
	No         Support = "no"
	Unverified Support = "unverified"
)

// Capability is one ability of a system, with its source.
type Capability struct {
	Pos     diag.Position
	Support Support
	// Note says the limit or the reason, Instead what to use.
	Note, Instead string
	// Since is the first release that has it, empty when all supported do.
	Since   string
	Sources []string
}

// Advice is a warning about something outside the rendered lines that must
// agree with them.
type Advice struct {
	Code    diag.Code
	Text    string
	Help    string
	Sources []string
}

// Confidence says how a fact is known.
type Confidence string

// The kinds of evidence, surest first.
const (
	Device     Confidence = "device"
	Vendor     Confidence = "vendor"
	ThirdParty Confidence = "third-party"
	Inferred   Confidence = "unconfirmed"
)

// Source is where a fact comes from.
type Source struct {
	Title      string
	Confidence Confidence
	Where      string
}

// Statement is one line that templates of the system may print, with the
// source of its form. {} parts stand for values.
type Statement struct {
	Pos     diag.Position
	Line    string
	In      string
	Sources []string
	Note    string

	// line and in compile the patterns of Line and In when first asked for.
	line, in func() *regexp.Regexp
}

// Platform returns the platform of an id, the default one for "", or nil.
func (p *Profile) Platform(id string) *Platform {
	if id == "" {
		id = p.DefaultPlatform
	}
	for _, pl := range p.Platforms {
		if pl.ID == id {
			return pl
		}
	}
	return nil
}

// PlatformIDs returns the ids of the platforms in the profile's order.
func (p *Profile) PlatformIDs() []string {
	out := make([]string, len(p.Platforms))
	for i, pl := range p.Platforms {
		out[i] = pl.ID
	}
	return out
}

// BFDOf returns the limits of BFD on one platform.
func (p *Profile) BFDOf(platform string) BFDLimits {
	if pl := p.Platform(platform); pl != nil && pl.BFD != nil {
		return *pl.BFD
	}
	return p.BFD
}

// ExampleOf returns the example of one platform.
func (p *Profile) ExampleOf(platform string) Example {
	if pl := p.Platform(platform); pl != nil && pl.Example != nil {
		return *pl.Example
	}
	return p.Example
}

// FlowOf returns the limits of the flow export on one platform.
func (p *Profile) FlowOf(platform string) FlowLimits {
	if pl := p.Platform(platform); pl != nil && pl.Flow != nil {
		return *pl.Flow
	}
	return p.Flow
}

// Capability returns what is known of one ability on one platform. An ability
// that the profile does not name is not there.
func (p *Profile) Capability(platform, name string) *Capability {
	if pl := p.Platform(platform); pl != nil {
		if c := pl.Capabilities[name]; c != nil {
			return c
		}
	}
	if c := p.Capabilities[name]; c != nil {
		return c
	}
	return &Capability{Support: No, Note: "the profile does not know it"}
}

// Confidence returns the weakest confidence among sources.
func (p *Profile) Confidence(keys []string) Confidence {
	order := []Confidence{Device, Vendor, ThirdParty, Inferred}
	worst := 0
	for _, k := range keys {
		for i, c := range order {
			if p.Sources[k].Confidence == c && i > worst {
				worst = i
			}
		}
	}
	return order[worst]
}

// Trace returns the statement that a line of the system's text matches, or
// nil. parent is the line that the line stands under, "" at the top.
func (p *Profile) Trace(parent, line string) *Statement {
	for _, s := range p.Statements {
		if s.line().MatchString(line) && (s.in == nil && parent == "" || s.in != nil && s.in().MatchString(parent)) {
			return s
		}
	}
	return nil
}
