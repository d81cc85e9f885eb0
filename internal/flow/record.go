package flow

import (
	"errors"
	"net/netip"
	"time"
)

var errStreams = errors.New("too many observation domains")

// record gathers the fields of one data record.
type record struct {
	rateFields
	bytes, packets           uint64
	outBytes, outPackets     uint64
	totalBytes, totalPackets uint64
	inPhysical, outPhysical  uint32
	// start and end are in the unit that the element says.
	start, end     uint64
	startEl, endEl element
	initMillis     uint64
	scopeInterface uint64
}

// moment is the time that a message's header gives.
type moment struct {
	// at is the export time, uptime the device's age in ms (v5, v9).
	at     time.Time
	uptime uint32
	// now is the exporter's clock at that time, finer than at.
	now time.Time
}

// field puts a field into the sample and the record.
func (r *record) field(s *Sample, el element, b []byte) {
	if r.set(el, b) {
		return
	}
	switch el {
	case elBytes:
		r.bytes = number(b)
	case elPackets:
		r.packets = number(b)
	case elOutBytes:
		r.outBytes = number(b)
	case elOutPackets:
		r.outPackets = number(b)
	case elTotalBytes, elInitiatorBytes:
		r.totalBytes = number(b)
	case elTotalPackets, elInitiatorPackets:
		r.totalPackets = number(b)
	case elInPhysical:
		r.inPhysical = uint32(number(b))
	case elOutPhysical:
		r.outPhysical = uint32(number(b))
	case elStartUptime, elStartSeconds, elStartMillis, elStartMicros, elStartNanos, elStartDelta:
		r.start, r.startEl = number(b), el
	case elEndUptime, elEndSeconds, elEndMillis, elEndMicros, elEndNanos, elEndDelta:
		r.end, r.endEl = number(b), el
	case elInitMillis:
		r.initMillis = number(b)
	default:
		header(s, el, b)
	}
}

// header puts a field of the packets' headers or of their way into the sample.
func header(s *Sample, el element, b []byte) {
	switch el {
	case elProtocol:
		s.Proto = uint8(number(b))
	case elSrcPort:
		s.SrcPort = uint16(number(b))
	case elDstPort:
		s.DstPort = uint16(number(b))
	case elSrc4, elSrc6:
		address(&s.Src, b)
	case elDst4, elDst6:
		address(&s.Dst, b)
	case elIn:
		s.In = uint32(number(b))
	case elOut:
		s.Out = uint32(number(b))
	case elNextHop4, elNextHop6:
		address(&s.NextHop, b)
	case elBGPNextHop4, elBGPNextHop6:
		address(&s.BGPNextHop, b)
	case elSrcVLAN, elDot1qVLAN:
		s.SrcVLAN = uint16(number(b))
	case elDstVLAN, elPostDot1qVLAN:
		s.DstVLAN = uint16(number(b))
	case elDirection:
		s.Observed = ObservedIngress
		if number(b) == 1 {
			s.Observed = ObservedEgress
		}
	case elForwarding:
		// The top two bits: 2 is dropped, 3 consumed by the device (RFC 7270, 4.12).
		s.Dropped = number(b)>>6&3 == 2
	}
}

// address takes an address that is not all zeros: a dual-stack template fills
// the fields of the other family with zeros.
func address(to *netip.Addr, b []byte) {
	if a, ok := netip.AddrFromSlice(b); ok && !a.IsUnspecified() {
		*to = a.Unmap()
	}
}

// finish moves the counters and times into the sample and reports whether the
// record is one of traffic.
func (r *record) finish(s *Sample, m moment) bool {
	s.Packets = firstOf(r.packets, r.outPackets, r.totalPackets)
	s.Bytes = firstOf(r.bytes, r.outBytes, r.totalBytes)
	if s.In == 0 {
		s.In = r.inPhysical
	}
	if s.Out == 0 {
		s.Out = r.outPhysical
	}
	s.Stream.Sampler = r.sampler
	if age, ok := r.age(r.start, r.startEl, m); ok {
		s.Start = s.Received.Add(-age)
	}
	if age, ok := r.age(r.end, r.endEl, m); ok {
		s.End = s.Received.Add(-age)
	}
	return s.Packets > 0
}

func firstOf(ns ...uint64) uint64 {
	for _, n := range ns {
		if n > 0 {
			return n
		}
	}
	return 0
}

// ntpOffset is 1970 in the seconds of NTP, which count from 1900.
const ntpOffset = 2208988800

// maxAge is the oldest time that is believed. Beyond it a counter has wrapped.
const maxAge = 24 * time.Hour

// age returns how long before the export a time was.
func (r *record) age(v uint64, el element, m moment) (time.Duration, bool) {
	var age time.Duration
	at, ok := r.instant(v, el)
	switch {
	case ok:
		age = m.now.Sub(at)
	case el == elStartUptime || el == elEndUptime:
		// Signed, because an exporter may count a packet that came while it wrote.
		age = time.Duration(int32(m.uptime-uint32(v))) * time.Millisecond
	case el == elStartSeconds || el == elEndSeconds:
		age = m.at.Sub(time.Unix(int64(v), 0))
	case el == elStartDelta || el == elEndDelta:
		age = time.Duration(v&0xffffffff) * time.Microsecond
	default:
		return 0, false
	}
	if age < -time.Minute || age > maxAge {
		return 0, false
	}
	return max(age, 0), true
}
