package flow

import (
	"net/netip"
	"slices"
	"time"
)

// ErrorKind is why something in a datagram could not be used.
type ErrorKind uint8

// The kinds of errors that are counted.
const (
	// NotFlow is a datagram of a known exporter that is no flow export.
	NotFlow ErrorKind = iota
	// Malformed is a length or count that does not fit the datagram.
	Malformed
	// BadTemplate is a template that no data can be read with.
	BadTemplate
	// TableFull is state beyond the bound for one exporter.
	TableFull
	// BadOptions is an options record that cannot be read.
	BadOptions
	// Unreadable is a sample that the decoder refused.
	Unreadable
	errorKinds
)

// String returns the error in words.
func (k ErrorKind) String() string {
	switch k {
	case NotFlow:
		return "not flow export"
	case Malformed:
		return "malformed"
	case BadTemplate:
		return "template refused"
	case TableFull:
		return "table full"
	case BadOptions:
		return "options record unreadable"
	case Unreadable:
		return "sample unreadable"
	case errorKinds:
	}
	return "unknown"
}

// Errors counts errors by kind.
type Errors [errorKinds]uint64

// Total returns the number of all errors.
func (e Errors) Total() uint64 {
	var n uint64
	for _, c := range e {
		n += c
	}
	return n
}

// ByKind returns the errors that occurred, in words.
func (e Errors) ByKind() map[string]uint64 {
	out := map[string]uint64{}
	for k, c := range e {
		if c > 0 {
			out[ErrorKind(k).String()] = c
		}
	}
	return out
}

// ExporterStats is what is known of one exporter.
type ExporterStats struct {
	Exporter  netip.Addr
	Datagrams uint64
	// Records are flow records and sFlow flow samples, used or not.
	Records uint64
	// Templates are the templates held now.
	Templates int
	// UnknownSets are data sets that were lost because no template had come.
	// UnknownTemplates of these still have none.
	DataSets, UnknownSets, UnknownTemplates uint64
	// LastUnknown is when the last of them came, zero when none did.
	LastUnknown time.Time
	// Lost and Expected are in the unit that the exporter numbers in.
	Lost, Expected uint64
	// QueueDrops are datagrams that arrived but could not be taken.
	QueueDrops uint64
	// AgentDrops are samples that an sFlow agent says it lost itself.
	AgentDrops uint64
	Errors     Errors
	LastError  string
	// Skew is how far the exporter's clock is behind the receiver's, at most:
	// the smallest difference seen.
	Skew        time.Duration
	SkewKnown   bool
	First, Last time.Time
	// Interfaces are the names that the exporter gave, Counters what passed its
	// interfaces by its own count; both in the order of domain and index.
	Interfaces []Interface
	Counters   []CounterSpan
	// Restarts counts how often the exporter began anew.
	Restarts uint64
	// Prescaled are the domains whose counts are multiplied already.
	Prescaled []Prescaled
	// Readings are the readings of counters behind Counters, DropEvents the
	// packets that an agent reports as dropped (sflow.org/sflow_drops.txt).
	Readings, DropEvents uint64
}

// LossShare returns which part of what the exporter sent did not arrive.
func (e *ExporterStats) LossShare() float64 {
	var loss float64
	if e.Expected > 0 {
		loss = float64(e.Lost) / float64(e.Expected)
	}
	if seen := e.Datagrams + e.QueueDrops; seen > 0 {
		loss = max(loss, float64(e.QueueDrops)/float64(seen))
	}
	return loss
}

// Stats is what a receiver has seen.
type Stats struct {
	Exporters []ExporterStats
	// Refused are datagrams of addresses that are no exporters; RefusedFrom is
	// one of them, for the person who wonders why nothing is seen.
	Refused     uint64
	RefusedFrom netip.Addr
	// KernelDrops are datagrams that the socket's buffer had no room for.
	KernelDrops      uint64
	KernelDropsKnown bool
	// Buffer is the size of the socket's receive buffer in bytes, 0 for a file.
	Buffer int
	// Fragments are pieces of larger datagrams in a capture, which are not read.
	Fragments uint64
	// Unread are messages of a topic that were there at the end of the window and
	// could not be read in time, Undecoded those that are no flow messages.
	Unread, Undecoded uint64
	// First and Last are the times of the first and last datagram.
	First, Last time.Time
}

// Datagrams returns the number of datagrams of all exporters.
func (s *Stats) Datagrams() uint64 {
	var n uint64
	for i := range s.Exporters {
		n += s.Exporters[i].Datagrams
	}
	return n
}

// Records returns the number of flow records of all exporters.
func (s *Stats) Records() uint64 {
	var n uint64
	for i := range s.Exporters {
		n += s.Exporters[i].Records
	}
	return n
}

// Merge adds what another verification saw. Of an exporter that both heard, as
// members of a consumer group do, the counts are added.
func (s *Stats) Merge(o *Stats) {
	for _, e := range o.Exporters {
		mine := slices.IndexFunc(s.Exporters, func(m ExporterStats) bool { return m.Exporter == e.Exporter })
		if mine < 0 {
			s.Exporters = append(s.Exporters, e)
		} else {
			s.Exporters[mine].merge(&e)
		}
	}
	s.Sort()
	s.Refused += o.Refused
	if !s.RefusedFrom.IsValid() {
		s.RefusedFrom = o.RefusedFrom
	}
	s.KernelDrops += o.KernelDrops
	s.KernelDropsKnown = s.KernelDropsKnown && o.KernelDropsKnown
	s.Fragments += o.Fragments
	s.Unread += o.Unread
	s.Undecoded += o.Undecoded
	s.First, s.Last = first(s.First, o.First), last(s.Last, o.Last)
}

func (e *ExporterStats) merge(o *ExporterStats) {
	for _, n := range []struct {
		to   *uint64
		from uint64
	}{
		{&e.Datagrams, o.Datagrams},
		{&e.Records, o.Records},
		{&e.DataSets, o.DataSets},
		{&e.UnknownSets, o.UnknownSets},
		{&e.UnknownTemplates, o.UnknownTemplates},
		{&e.Lost, o.Lost},
		{&e.Expected, o.Expected},
		{&e.QueueDrops, o.QueueDrops},
		{&e.AgentDrops, o.AgentDrops},
		{&e.Readings, o.Readings},
		{&e.DropEvents, o.DropEvents},
		{&e.Restarts, o.Restarts},
	} {
		*n.to += n.from
	}
	for k, n := range o.Errors {
		e.Errors[k] += n
	}
	e.Templates = max(e.Templates, o.Templates)
	if e.LastError == "" {
		e.LastError = o.LastError
	}
	if o.SkewKnown && (!e.SkewKnown || o.Skew.Abs() < e.Skew.Abs()) {
		e.Skew, e.SkewKnown = o.Skew, true
	}
	e.First, e.Last = first(e.First, o.First), last(e.Last, o.Last)
	e.LastUnknown = last(e.LastUnknown, o.LastUnknown)
	e.Prescaled = append(e.Prescaled, o.Prescaled...)
	e.Interfaces = append(e.Interfaces, o.Interfaces...)
	e.Counters = append(e.Counters, o.Counters...)
}

// first returns the earlier of two times, zero being none.
func first(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func last(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
