package flowtest

import (
	"io"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/twinpath/twinpath/internal/flow"
)

// Datagram is a payload with its time and its ends.
type Datagram struct {
	At      time.Time
	From    netip.AddrPort
	To      netip.AddrPort
	Payload []byte
}

// WritePcap writes the datagrams as a pcap file of an Ethernet card.
func WritePcap(w io.Writer, ds []Datagram) error {
	out := pcapgo.NewWriter(w)
	if err := out.WriteFileHeader(65535, layers.LinkTypeEthernet); err != nil {
		return err
	}
	for _, d := range ds {
		b := ethernet(d)
		info := gopacket.CaptureInfo{Timestamp: d.At, CaptureLength: len(b), Length: len(b)}
		if err := out.WritePacket(info, b); err != nil {
			return err
		}
	}
	return nil
}

// ethernet wraps a payload in UDP, IPv4 and Ethernet, without checksums.
func ethernet(d Datagram) []byte {
	b := make([]byte, 12, 42+len(d.Payload))
	b = append(b, words(0x0800, 0x4500, uint16(28+len(d.Payload)), 0, 0, 0x4011, 0)...)
	src, dst := v4(d.From.Addr()), v4(d.To.Addr())
	b = append(append(b, src[:]...), dst[:]...)
	b = append(b, words(d.From.Port(), d.To.Port(), uint16(8+len(d.Payload)), 0)...)
	return append(b, d.Payload...)
}

// Traffic describes packets from the site to the cloud.
type Traffic struct {
	// Flows is the number of flows, spread over the circuits by Share.
	Flows int
	// Out and NextHop are each circuit's interface and next hop.
	Out     []uint32
	NextHop []netip.Addr
	// Share is each circuit's part of the packets.
	Share []float64
	In    uint32
	Src   netip.Addr
	Dst   netip.Addr
}

// Samples draws n sampled packets. Every flow stays on one circuit.
func (t Traffic) Samples(rng *rand.Rand, n int, start, end time.Time) []flow.Sample {
	out := make([]flow.Sample, n)
	for i := range out {
		c, u := 0, rng.Float64()
		for c < len(t.Share)-1 && u >= t.Share[c] {
			u -= t.Share[c]
			c++
		}
		f := rng.IntN(max(t.Flows/len(t.Share), 1))*len(t.Share) + c
		out[i] = flow.Sample{
			Src: t.Src, Dst: t.Dst, SrcPort: port(f), DstPort: 443, Proto: 17, In: t.In, Out: t.Out[c],
			Packets: 1, Bytes: uint64(80 + rng.IntN(2)*1420), Start: start, End: end, Observed: flow.ObservedEgress,
		}
		if len(t.NextHop) > 0 {
			out[i].NextHop = t.NextHop[c]
		}
	}
	return out
}

// port gives every flow a port of its own of which no bit tells the circuit, as
// a good hash does.
func port(flow int) uint16 {
	x := uint16(flow) * 40503
	x ^= x >> 7
	x *= 27655
	return x ^ x>>9
}
