package kafka

import (
	"bytes"
	"errors"
	"net/netip"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/twinpath/twinpath/internal/flow"
)

// message is what is read of a FlowMessage (goflow2 v2, pb/flow.proto).
type message struct {
	kind             flow.Protocol
	received         uint64
	rate             uint64
	sampler          netip.Addr
	start, end       uint64
	bytes, packets   uint64
	src, dst         netip.Addr
	proto            uint64
	srcPort, dstPort uint64
	in, out          uint64
	srcVLAN, dstVLAN uint64
	forwarding       uint64
	nextHop, bgpHop  netip.Addr
	domain           uint64
}

var (
	errMessage = errors.New("neither goflow2's protobuf nor its JSON")
	errEmpty   = errors.New("empty message")
)

// decode calls each for every flow message in the value of a record: one or
// several protobuf messages with their lengths before them (goflow2's -format
// bin), one without, or one of JSON. Nothing is kept of b. What was read before
// an error has been handed over.
func decode(b []byte, m *message, each func(*message)) error {
	b = bytes.TrimRight(b, "\n")
	if len(b) == 0 {
		return errEmpty
	}
	// A message of 123 bytes begins with a brace too.
	if b[0] == '{' && b[len(b)-1] == '}' {
		if *m = (message{}); m.json(b) == nil {
			each(m)
			return nil
		}
	}
	if delimited(b) {
		for len(b) > 0 {
			body, n := protowire.ConsumeBytes(b)
			if n < 0 {
				return errMessage
			}
			*m = message{}
			if !m.protobuf(body) {
				return errMessage
			}
			each(m)
			b = b[n:]
		}
		return nil
	}
	*m = message{}
	if !m.protobuf(b) {
		return errMessage
	}
	each(m)
	return nil
}

// delimited reports whether lengths and messages alternate to the very end.
func delimited(b []byte) bool {
	for len(b) > 0 {
		body, n := protowire.ConsumeBytes(b)
		if n < 0 || len(body) == 0 {
			return false
		}
		b = b[n:]
	}
	return true
}

// protobuf reads one message and reports whether it is one of a flow. Fields
// that are not needed are passed over.
func (m *message) protobuf(b []byte) bool {
	for len(b) > 0 {
		num, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return false
		}
		b = b[n:]
		var v uint64
		var text []byte
		switch kind {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			text, n = protowire.ConsumeBytes(b)
		case protowire.Fixed32Type, protowire.Fixed64Type, protowire.StartGroupType, protowire.EndGroupType:
			n = protowire.ConsumeFieldValue(num, kind, b)
		default:
			return false
		}
		if n < 0 {
			return false
		}
		b = b[n:]
		if text != nil {
			m.address(num, text)
		} else if kind == protowire.VarintType {
			m.number(num, v)
		}
	}
	return m.kind != 0 && m.sampler.IsValid()
}

func (m *message) number(num protowire.Number, v uint64) {
	switch int32(num) {
	case 1:
		m.kind = kindOf(v)
	case 3:
		m.rate = v
	case 9:
		m.bytes = v
	case 10:
		m.packets = v
	case 18:
		m.in = v
	case 19:
		m.out = v
	case 20:
		m.proto = v
	case 21:
		m.srcPort = v
	case 22:
		m.dstPort = v
	case 24:
		m.forwarding = v
	case 33:
		m.srcVLAN = v
	case 34:
		m.dstVLAN = v
	case 70:
		m.domain = v
	case 110:
		m.received = v
	case 111:
		m.start = v
	case 112:
		m.end = v
	}
}

func (m *message) address(num protowire.Number, v []byte) {
	switch int32(num) {
	case 6:
		m.src = addr(v)
	case 7:
		m.dst = addr(v)
	case 11:
		m.sampler = addr(v)
	case 12:
		m.nextHop = addr(v)
	case 100:
		m.bgpHop = addr(v)
	}
}

// addr returns an address, none for all zeros or for what is none.
func addr(b []byte) netip.Addr {
	a, ok := netip.AddrFromSlice(b)
	if !ok || a.IsUnspecified() {
		return netip.Addr{}
	}
	return a.Unmap()
}

// kindOf maps goflow2's numbers of the protocols.
func kindOf(v uint64) flow.Protocol {
	switch v {
	case 1:
		return flow.SFlow
	case 2:
		return flow.NetFlowV5
	case 3:
		return flow.NetFlowV9
	case 4:
		return flow.IPFIX
	}
	return 0
}

// The interface formats of a compact sFlow sample, which goflow2 passes on with
// the number: the top two bits, and the number of the device itself.
const (
	portDiscard = 1
	localPort   = 0x3fffffff
)

// port returns an interface index, 0 for what is none.
func port(kind flow.Protocol, v uint64) (index uint32, discarded bool) {
	p := uint32(v)
	if kind != flow.SFlow {
		return p, false
	}
	if p>>30 != 0 || p == localPort {
		return 0, p>>30 == portDiscard
	}
	return p, false
}

// sample puts a message into a sample and reports whether it is one of traffic.
func (m *message) sample(s *flow.Sample) bool {
	*s = flow.Sample{
		Stream: flow.Stream{Exporter: m.sampler, Protocol: m.kind, Domain: uint32(m.domain)},
		Src:    m.src, Dst: m.dst, SrcPort: uint16(m.srcPort), DstPort: uint16(m.dstPort), Proto: uint8(m.proto),
		NextHop: m.nextHop, BGPNextHop: m.bgpHop, SrcVLAN: uint16(m.srcVLAN), DstVLAN: uint16(m.dstVLAN),
		Packets: m.packets, Bytes: m.bytes,
		Start: moment(m.start), End: moment(m.end), Received: moment(m.received),
	}
	s.In, _ = port(m.kind, m.in)
	s.Out, s.Dropped = port(m.kind, m.out)
	// The top two bits: 2 is dropped (RFC 7270, 4.12).
	s.Dropped = s.Dropped || m.kind != flow.SFlow && m.forwarding>>6&3 == 2
	// Of NetFlow v9 and IPFIX, goflow2 gives 0 for options that have not come and
	// 1 for encodings that it reads wrongly.
	switch {
	case m.rate == 0 || m.rate == 1 && (m.kind == flow.NetFlowV9 || m.kind == flow.IPFIX):
	default:
		s.Rate, s.RateSource = float64(m.rate), flow.RateFromRecord
		if m.kind == flow.NetFlowV9 || m.kind == flow.IPFIX {
			s.RateSource = flow.RateFromOptions
		}
	}
	return s.Packets > 0
}

// moment returns a time of nanoseconds since 1970, zero for none.
func moment(ns uint64) time.Time {
	if ns == 0 || ns > 1<<63-1 {
		return time.Time{}
	}
	return time.Unix(0, int64(ns))
}
