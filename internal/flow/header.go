package flow

// The header protocols of an sFlow sample that are read.
const (
	headerEthernet = 1
	headerIPv4     = 11
	headerIPv6     = 12
)

// The EtherTypes that are read.
const (
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd
	etherVLAN = 0x8100
	etherQinQ = 0x88a8
)

// The IP protocols whose header begins with the ports.
const (
	protoTCP  = 6
	protoUDP  = 17
	protoSCTP = 132
)

// parseEthernet reads a frame that may be cut off anywhere.
func parseEthernet(s *Sample, b []byte) {
	for at := 12; len(b) >= at+2; {
		switch be.Uint16(b[at:]) {
		case etherVLAN, etherQinQ:
			if len(b) >= at+4 && s.SrcVLAN == 0 {
				s.SrcVLAN = be.Uint16(b[at+2:]) & 0xfff
			}
			at += 4
		case etherIPv4, etherIPv6:
			parseIP(s, b[at+2:])
			return
		default:
			return
		}
	}
}

// parseIP reads the addresses, the protocol and, where they are there, the
// ports.
func parseIP(s *Sample, b []byte) {
	if proto, rest, ok := parseNetwork(s, b); ok && len(rest) >= 4 {
		switch proto {
		case protoTCP, protoUDP, protoSCTP:
			s.SrcPort, s.DstPort = be.Uint16(rest), be.Uint16(rest[2:])
		}
	}
}

// parseNetwork reads an IP header and returns what follows it; ok is false for
// a fragment that is not the first, or a header that is cut off.
func parseNetwork(s *Sample, b []byte) (proto uint8, rest []byte, ok bool) {
	if len(b) == 0 {
		return 0, nil, false
	}
	switch b[0] >> 4 {
	case 4:
		if len(b) < 20 {
			return 0, nil, false
		}
		address(&s.Src, b[12:16])
		address(&s.Dst, b[16:20])
		s.Proto = b[9]
		if n := int(b[0]&15) * 4; n >= 20 && len(b) >= n && be.Uint16(b[6:])&0x1fff == 0 {
			return s.Proto, b[n:], true
		}
	case 6:
		if len(b) < 40 {
			return 0, nil, false
		}
		address(&s.Src, b[8:24])
		address(&s.Dst, b[24:40])
		return skipExtensions(s, b[6], b[40:])
	}
	return 0, nil, false
}

// skipExtensions walks the extension headers of IPv6 (RFC 8200, 4).
func skipExtensions(s *Sample, next uint8, b []byte) (proto uint8, rest []byte, ok bool) {
	for {
		s.Proto = next
		var n int
		switch next {
		case 0, 43, 60: // hop-by-hop, routing, destination options
			if len(b) < 2 {
				return 0, nil, false
			}
			n = int(b[1])*8 + 8
		case 44: // fragment
			if len(b) < 8 {
				return 0, nil, false
			}
			if be.Uint16(b[2:])&0xfff8 != 0 {
				s.Proto = b[0]
				return 0, nil, false
			}
			n = 8
		default:
			return next, b, true
		}
		if len(b) < n {
			return 0, nil, false
		}
		next, b = b[0], b[n:]
	}
}
