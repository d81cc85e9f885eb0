package flow

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// maxFrame is the longest frame of a capture that is read; gopacket's own
// readers reserve what a file claims.
const maxFrame = 1 << 18

// frames is what the readers of pcap and pcapng have in common.
type frames interface {
	ZeroCopyReadPacketData() ([]byte, gopacket.CaptureInfo, error)
	LinkType() layers.LinkType
}

// ReadFile decodes the flow export in a capture file, pcap or pcapng, of a
// network card. The datagrams are placed at the times of the capture.
func ReadFile(ctx context.Context, name string, cfg Config) (Stats, error) {
	f, err := os.Open(name)
	if err != nil {
		return Stats{}, fmt.Errorf("read capture: %w", err)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	src, err := open(bufio.NewReaderSize(f, 1<<20))
	if err != nil {
		return Stats{}, fmt.Errorf("read capture %s: %w", name, err)
	}
	c := &capture{cfg: cfg, allowed: map[netip.Addr]bool{}, decoders: map[netip.Addr]*decoder{}}
	for _, a := range cfg.Exporters {
		c.allowed[a.Unmap()] = true
	}
	if err := c.run(ctx, src); err != nil {
		return c.stats(), fmt.Errorf("read capture %s: %w", name, err)
	}
	return c.stats(), nil
}

var errNoCapture = errors.New("neither pcap nor pcapng")

// open tells the two formats by their magic number.
func open(r *bufio.Reader) (frames, error) {
	magic, err := r.Peek(4)
	if err != nil {
		return nil, errNoCapture
	}
	switch be.Uint32(magic) {
	case 0x0a0d0d0a:
		return pcapgo.NewNgReader(r, pcapgo.DefaultNgReaderOptions)
	case 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1:
		p, err := pcapgo.NewReader(r)
		if err != nil {
			return nil, err
		}
		if p.Snaplen() == 0 || p.Snaplen() > maxFrame {
			p.SetSnaplen(maxFrame)
		}
		return p, nil
	}
	return nil, errNoCapture
}

// capture decodes the datagrams of a file in their order.
type capture struct {
	cfg      Config
	allowed  map[netip.Addr]bool
	decoders map[netip.Addr]*decoder
	st       Stats
	// first is the time of the first datagram.
	first time.Time
}

func (c *capture) run(ctx context.Context, src frames) error {
	for ctx.Err() == nil {
		b, info, err := src.ZeroCopyReadPacketData()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			// A capture that was stopped by force ends in the middle of a frame.
			return nil
		}
		if err != nil {
			return err
		}
		if first := c.first; c.cfg.For > 0 && !first.IsZero() && info.Timestamp.Sub(first) > c.cfg.For {
			return nil
		}
		ip, ok := network(src.LinkType(), b)
		if ok {
			c.packet(ip, info.Timestamp)
		}
	}
	return nil
}

// packet takes a UDP datagram out of an IP packet.
func (c *capture) packet(b []byte, at time.Time) {
	var h Sample
	proto, udp, whole := parseNetwork(&h, b)
	if h.Proto != protoUDP {
		return
	}
	if !c.allowed[h.Src] {
		// A capture may hold anything; only what may be flow export is mentioned.
		if whole && len(udp) > 8 {
			if _, err := identify(udp[8:]); err == nil {
				c.st.Refused++
				c.st.RefusedFrom = h.Src
			}
		}
		return
	}
	more := b[0]>>4 == 4 && be.Uint16(b[6:])&0x2000 != 0
	if !whole || more || proto != protoUDP || len(udp) < 8 {
		c.st.Fragments++
		return
	}
	n := int(be.Uint16(udp[4:]))
	if n < 8 || n > len(udp) {
		c.st.Fragments++
		return
	}
	d := c.decoders[h.Src]
	if d == nil {
		d = c.cfg.decoder(h.Src)
		c.decoders[h.Src] = d
	}
	if c.first.IsZero() {
		c.first = at
	}
	d.datagram(udp[8:n], at)
}

func (c *capture) stats() Stats {
	st := c.st
	for _, d := range c.decoders {
		st.Add(d.snapshot())
	}
	st.Sort()
	return st
}

// The link types of captures of a network card (www.tcpdump.org/linktypes.html)
// beside those that gopacket names: raw IP as the BSDs number it.
const linkRawBSD = 12

// network returns the IP packet in a frame.
func network(link layers.LinkType, b []byte) ([]byte, bool) {
	var at, ether int
	switch link { //nolint:exhaustive // a network card has these
	case layers.LinkTypeEthernet:
		at, ether = 14, 12
	case layers.LinkTypeLinuxSLL:
		at, ether = 16, 14
	case layers.LinkTypeLinuxSLL2:
		at, ether = 20, 0
	case layers.LinkTypeNull, layers.LinkTypeLoop:
		at, ether = 4, -1
	case layers.LinkTypeRaw, layers.LinkTypeIPv4, layers.LinkTypeIPv6, linkRawBSD:
		ether = -1
	default:
		return nil, false
	}
	if len(b) < at {
		return nil, false
	}
	if ether < 0 {
		return b[at:], true
	}
	kind, b := be.Uint16(b[ether:]), b[at:]
	for kind == etherVLAN || kind == etherQinQ {
		if len(b) < 4 {
			return nil, false
		}
		kind, b = be.Uint16(b[2:]), b[4:]
	}
	return b, kind == etherIPv4 || kind == etherIPv6
}
