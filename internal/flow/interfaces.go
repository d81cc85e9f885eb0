package flow

import (
	"bytes"
	"cmp"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Interface is what an exporter says one of its interfaces is called, from an
// options record (RFC 5610, 82 and 83). The index is the one in Sample.In and
// Sample.Out of the same exporter.
type Interface struct {
	Exporter netip.Addr
	Protocol Protocol
	// Domain is the observation domain whose options said it. Devices with one
	// index space send the table in one domain only, so a reader should not ask
	// for it to be the domain of a sample.
	Domain uint32
	Index  uint32
	// Name is the short name (82), Description the long one (83) or what the
	// operator wrote; either may be empty. They are cut to 256 bytes and hold no
	// control characters.
	Name, Description string
	Received          time.Time
}

// Counters is one reading of an interface's counters, from an sFlow agent. The
// numbers are totals since an unknown time, in bytes and packets of the link
// layer; what passed is the difference of two readings.
type Counters struct {
	Exporter netip.Addr
	// Domain is the sub-agent.
	Domain uint32
	Index  uint32
	// Speed is in bit/s, 0 when the agent does not know it.
	Speed             uint64
	InBytes, OutBytes uint64
	// InPackets and OutPackets are the sums of unicast, multicast and broadcast
	// packets. They are numbers of 32 bits that wrap, and so does the sum.
	InPackets, OutPackets uint32
	// InLost and OutLost are discarded and erroneous packets together.
	InLost, OutLost uint32
	// Up is true when the interface is up in fact.
	Up       bool
	Received time.Time
}

// CounterSpan is what passed an interface between its first and its last
// reading of counters.
type CounterSpan struct {
	Domain uint32
	Index  uint32
	// From and To are the times of the readings that the sums lie between.
	From, To time.Time
	// Readings is the number of readings. One reading spans nothing.
	Readings              uint64
	InBytes, OutBytes     uint64
	InPackets, OutPackets uint64
	InLost, OutLost       uint64
	// Resets counts how often the counters began anew. What passed between the
	// two readings is then missing from the sums.
	Resets uint64
	// Speed and Up are as of the last reading.
	Speed uint64
	Up    bool
}

// The bounds of what is kept of one exporter's interfaces.
const (
	maxInterfaces = 4096
	maxText       = 256
)

var errInterfaces = errors.New("more interfaces than are kept")

// interfaceKey names an interface. Names and counters are kept apart.
type interfaceKey struct {
	domain, index uint32
}

// spanState is a span with the reading that the next one is held against.
type spanState struct {
	span CounterSpan
	last Counters
}

// ports is what is known of one exporter's interfaces.
type ports struct {
	names map[interfaceKey]*Interface
	spans map[interfaceKey]*spanState
	// The text fields of the options record that is being read; they lie in the
	// datagram.
	index             uint64
	name, description []byte
}

func newPorts() ports {
	return ports{names: map[interfaceKey]*Interface{}, spans: map[interfaceKey]*spanState{}}
}

// field takes in a field of an options record.
func (p *ports) field(el element, b []byte) {
	switch el {
	case elIn, elOut:
		if p.index == 0 {
			p.index = number(b)
		}
	case elIfName:
		p.name = b
	case elIfDescription:
		p.description = b
	}
}

// named keeps the name of an options record, if it has one, and hands it on.
// The same name again, as exporters repeat their tables, is not handed on.
func (d *decoder) named() {
	p := &d.ports
	if p.index == 0 || p.index > 1<<32-1 || len(p.name)+len(p.description) == 0 {
		return
	}
	i := Interface{
		Exporter: d.exporter, Protocol: d.sample.Stream.Protocol, Domain: d.sample.Stream.Domain, Index: uint32(p.index),
		Name: text(p.name), Description: text(p.description), Received: d.received,
	}
	k := interfaceKey{i.Domain, i.Index}
	before := p.names[k]
	switch {
	case i.Name == "" && i.Description == "":
		return
	case before == nil && len(p.names) >= maxInterfaces:
		d.fail(TableFull, errInterfaces)
		return
	case before != nil && before.Name == i.Name && before.Description == i.Description:
		before.Received = i.Received
		return
	}
	p.names[k] = &i
	if d.onInterface != nil {
		d.onInterface(&i)
	}
}

// text returns the printable part of a field that is padded with zeros or
// blanks. Names are shown on terminals, so nothing that moves a cursor passes.
func text(b []byte) string {
	if at := bytes.IndexByte(b, 0); at >= 0 {
		b = b[:at]
	}
	b = b[:min(len(b), maxText)]
	s := strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, string(b))
	return strings.TrimSpace(s)
}

// counted takes in a reading and hands it on.
func (d *decoder) counted(c *Counters) {
	d.stats.Readings++
	k := interfaceKey{c.Domain, c.Index}
	s := d.ports.spans[k]
	if s == nil {
		if len(d.ports.spans) >= maxInterfaces {
			d.fail(TableFull, errInterfaces)
			return
		}
		s = &spanState{span: CounterSpan{Domain: c.Domain, Index: c.Index, From: c.Received}, last: *c}
		d.ports.spans[k] = s
	}
	s.add(c)
	if d.onCounters != nil {
		d.onCounters(c)
	}
}

// add takes in the next reading. Bytes have 64 bits and never wrap in practice,
// so bytes that went back say that the agent began anew; packets wrap.
func (s *spanState) add(c *Counters) {
	v, l := &s.span, &s.last
	v.Readings++
	v.To, v.Speed, v.Up = c.Received, c.Speed, c.Up
	if c.InBytes < l.InBytes || c.OutBytes < l.OutBytes {
		v.Resets++
	} else {
		v.InBytes += c.InBytes - l.InBytes
		v.OutBytes += c.OutBytes - l.OutBytes
		v.InPackets += uint64(c.InPackets - l.InPackets)
		v.OutPackets += uint64(c.OutPackets - l.OutPackets)
		v.InLost += uint64(c.InLost - l.InLost)
		v.OutLost += uint64(c.OutLost - l.OutLost)
	}
	s.last = *c
}

// list returns copies in the order of domain and index.
func (p *ports) list() (names []Interface, spans []CounterSpan) {
	for _, i := range p.names {
		names = append(names, *i)
	}
	for _, s := range p.spans {
		spans = append(spans, s.span)
	}
	slices.SortFunc(names, func(a, b Interface) int {
		return cmp.Or(cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Index, b.Index), cmp.Compare(a.Protocol, b.Protocol))
	})
	slices.SortFunc(spans, func(a, b CounterSpan) int {
		return cmp.Or(cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Index, b.Index))
	})
	return names, spans
}
