package flow

import "errors"

// The records of a flow sample that are read (sflow.org/sflow_version_5.txt).
const (
	recordHeader  = 1
	recordIPv4    = 3
	recordIPv6    = 4
	recordSwitch  = 1001
	recordRouter  = 1002
	recordGateway = 1003
)

var errRecord = errors.New("sFlow record is shorter than its format")

// flowSample takes in a sampled packet whose lengths guardSample has held. Like
// data records of NetFlow it is read straight from the bytes: what goflow2 makes
// of it costs five allocations for fields that nobody asks for.
func (d *decoder) flowSample(domain, format uint32, b []byte) {
	d.stats.Records++
	s := &d.sample
	*s = Sample{
		Stream:   Stream{Exporter: d.exporter, Protocol: SFlow, Domain: domain},
		Received: d.received, Start: d.received, End: d.received, Packets: 1,
	}
	var kind, source, rate, drops, records uint32
	word := func(i int) uint32 { return be.Uint32(b[4*i:]) }
	if format == sflowCompact {
		kind, source = word(1)>>24, word(1)&0xffffff
		rate, drops, records = word(2), word(4), word(7)
		// The top two bits are the format of what follows.
		s.In = port(word(5)>>30, word(5)&localPort)
		s.Out = port(word(6)>>30, word(6)&localPort)
		s.Dropped = word(6)>>30 == portDiscard
		b = b[compactSample:]
	} else {
		kind, source = word(1), word(2)
		rate, drops, records = word(3), word(5), word(10)
		s.In = port(word(6), word(7))
		s.Out = port(word(8), word(9))
		s.Dropped = word(8) == portDiscard
		b = b[expandedSample:]
	}
	d.agentDrops(agentKey{domain, kind, source}, drops)
	if kind == 0 && source != 0 { // 0 is an ifIndex
		switch source {
		case s.Out:
			s.Observed = ObservedEgress
		case s.In:
			s.Observed = ObservedIngress
		}
	}
	for range records { // what stands behind them was not held against its lengths
		n := 8 + int(be.Uint32(b[4:]))
		if !sflowRecord(s, be.Uint32(b), b[8:n]) {
			d.fail(Unreadable, errRecord)
		}
		b = b[n:]
	}
	d.rate(float64(rate), false)
	d.sink(s)
}

// sflowRecord puts what a record says of the packet into the sample, and
// reports false when it is too short for that.
func sflowRecord(s *Sample, format uint32, b []byte) bool {
	switch format {
	case recordHeader:
		if len(b) < 16 {
			return false
		}
		s.Bytes = uint64(be.Uint32(b[4:]))
		head := b[16:]
		head = head[:min(uint64(len(head)), uint64(be.Uint32(b[12:])))]
		switch be.Uint32(b) {
		case headerEthernet:
			parseEthernet(s, head)
		case headerIPv4, headerIPv6:
			parseIP(s, head)
		}
	case recordIPv4:
		return sampledIP(s, b, 4)
	case recordIPv6:
		return sampledIP(s, b, 16)
	case recordSwitch:
		if len(b) < 12 {
			return false
		}
		s.SrcVLAN, s.DstVLAN = uint16(be.Uint32(b)), uint16(be.Uint32(b[8:]))
	case recordRouter, recordGateway:
		if len(b) < 8 {
			return false
		}
		hop := b[4:8]
		if be.Uint32(b) == 2 {
			if len(b) < 20 {
				return false
			}
			hop = b[4:20]
		}
		if format == recordRouter {
			address(&s.NextHop, hop)
		} else {
			address(&s.BGPNextHop, hop)
		}
	}
	return true
}

// sampledIP reads a packet that the agent took apart itself; n is the length of
// an address.
func sampledIP(s *Sample, b []byte, n int) bool {
	if len(b) < 8+2*n+8 {
		return false
	}
	address(&s.Src, b[8:8+n])
	address(&s.Dst, b[8+n:8+2*n])
	ports := b[8+2*n:]
	s.SrcPort, s.DstPort, s.Proto = uint16(be.Uint32(ports)), uint16(be.Uint32(ports[4:])), uint8(be.Uint32(b[4:]))
	if s.Bytes == 0 {
		s.Bytes = uint64(be.Uint32(b))
	}
	return true
}
