package flow

import (
	"net/netip"
	"time"
)

// Protocol is the export protocol of a datagram.
type Protocol uint8

// The protocols that are read.
const (
	NetFlowV5 Protocol = iota + 1
	NetFlowV9
	IPFIX
	SFlow
)

// String returns the usual name of the protocol.
func (p Protocol) String() string {
	switch p {
	case NetFlowV5:
		return "NetFlow v5"
	case NetFlowV9:
		return "NetFlow v9"
	case IPFIX:
		return "IPFIX"
	case SFlow:
		return "sFlow"
	}
	return "unknown"
}

// Observed says on which side of the device a packet was seen.
type Observed uint8

// The points of observation. Most exporters do not say.
const (
	ObservedUnknown Observed = iota
	ObservedIngress
	ObservedEgress
)

// String returns the point in words.
func (o Observed) String() string {
	switch o {
	case ObservedIngress:
		return "ingress"
	case ObservedEgress:
		return "egress"
	case ObservedUnknown:
	}
	return "unstated"
}

// RateSource says where a sampling rate comes from.
type RateSource uint8

// The sources of a rate.
const (
	// RateUnknown: the exporter has not said how it samples.
	RateUnknown RateSource = iota
	// RateFromOptions: an options record of the exporter.
	RateFromOptions
	// RateFromRecord: the record or the datagram itself.
	RateFromRecord
)

// String returns the source in words.
func (r RateSource) String() string {
	switch r {
	case RateFromOptions:
		return "options"
	case RateFromRecord:
		return "record"
	case RateUnknown:
	}
	return "unknown"
}

// Stream is what an exporter numbers and samples together.
type Stream struct {
	Exporter netip.Addr
	Protocol Protocol
	// Domain is the observation domain (IPFIX), source id (v9), engine (v5) or
	// sub-agent (sFlow).
	Domain uint32
	// Sampler is the sampler that a record names, 0 when it names none.
	Sampler uint64
}

// Sample is one flow record or one sampled packet.
type Sample struct {
	Stream Stream
	// In and Out are interface indices, 0 when unknown.
	In, Out uint32
	// Dropped is true when the device says that it did not forward the packets.
	Dropped          bool
	NextHop          netip.Addr
	BGPNextHop       netip.Addr
	SrcVLAN, DstVLAN uint16
	Src, Dst         netip.Addr
	SrcPort, DstPort uint16
	// Proto is the IP protocol number.
	Proto    uint8
	Observed Observed
	// Packets and Bytes are as exported: what was sampled, not scaled up.
	Packets, Bytes uint64
	// Rate is "one packet in Rate", 0 when RateSource is RateUnknown.
	Rate       float64
	RateSource RateSource
	// Start and End are by the clock of the receiver: the exporter's clock only
	// says how long before the export the flow began and ended, so its error
	// does not matter. They are zero when the record does not say.
	Start, End time.Time
	Received   time.Time
}

// Six reports whether the packets are IPv6.
func (s *Sample) Six() bool { return s.Dst.Is6() }
