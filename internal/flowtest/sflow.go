package flowtest

import (
	"net/netip"
	"time"

	"github.com/twinpath/twinpath/internal/flow"
)

// v4 returns an address, zeros for none.
func v4(a netip.Addr) [4]byte {
	if a.Is4() {
		return a.As4()
	}
	return [4]byte{}
}

// sflow writes compact flow samples, each with the first bytes of its frame.
func (e *Encoder) sflow(at time.Time, samples []flow.Sample) []byte {
	var b []byte
	put := func(vs ...uint32) {
		for _, v := range vs {
			b = be.AppendUint32(b, v)
		}
	}
	put(5, 1, 0xc0000201, e.Domain, e.sequence, e.uptime(at), uint32(len(samples)))
	e.sequence++
	for i := range samples {
		s := &samples[i]
		head := frame(s)
		source := s.Out
		if s.Observed == flow.ObservedIngress {
			source = s.In
		}
		put(1, uint32(32+8+16+len(head)), uint32(i), source, e.Rate, 0, 0, s.In, s.Out, 1)
		put(1, uint32(16+len(head)), 1, uint32(s.Bytes), 4, uint32(len(head)))
		b = append(b, head...)
	}
	return b
}

// frame is an Ethernet frame with an IP and a UDP header, padded to four bytes.
func frame(s *flow.Sample) []byte {
	b := make([]byte, 12, 80)
	if s.Six() {
		src, dst := s.Src.As16(), s.Dst.As16()
		b = append(b, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 8, s.Proto, 64)
		b = append(append(b, src[:]...), dst[:]...)
	} else {
		src, dst := v4(s.Src), v4(s.Dst)
		b = append(b, 0x08, 0x00, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, s.Proto, 0, 0)
		b = append(append(b, src[:]...), dst[:]...)
	}
	b = append(b, words(s.SrcPort, s.DstPort, 8, 0)...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
