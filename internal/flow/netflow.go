package flow

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/netsampler/goflow2/v2/decoders/netflowlegacy"
)

var (
	errShort   = errors.New("shorter than its header")
	errOptions = errors.New("more samplers than are kept")
	errWaiting = errors.New("more unknown templates than are counted")
)

func (d *decoder) netflow9(b []byte) {
	if len(b) < v9Header {
		d.fail(Malformed, fmt.Errorf("NetFlow v9: %w", errShort))
		return
	}
	m := moment{uptime: be.Uint32(b[4:]), at: time.Unix(int64(be.Uint32(b[8:])), 0)}
	d.restarted(streamKey{NetFlowV9, be.Uint32(b[16:])}, m.uptime)
	d.message(NetFlowV9, be.Uint32(b[16:]), be.Uint32(b[12:]), m, b[v9Header:])
}

// ipfix decodes one message, or several one after the other as they stand in
// files: RFC 7011, 10.3 puts one into a datagram.
func (d *decoder) ipfix(b []byte) {
	for len(b) > 0 {
		if len(b) < ipfixHeader || be.Uint16(b) != 10 {
			d.fail(Malformed, fmt.Errorf("IPFIX: %w", errShort))
			return
		}
		n := int(be.Uint16(b[2:]))
		if n < ipfixHeader || n > len(b) {
			d.fail(Malformed, fmt.Errorf("IPFIX: message of %d bytes in %d", n, len(b)))
			return
		}
		m := moment{at: time.Unix(int64(be.Uint32(b[4:])), 0)}
		d.message(IPFIX, be.Uint32(b[12:]), be.Uint32(b[8:]), m, b[ipfixHeader:n])
		b = b[n:]
	}
}

// message decodes the sets of a v9 or IPFIX message in their order. A set that
// cannot be read costs only itself.
func (d *decoder) message(p Protocol, domain, number uint32, m moment, b []byte) {
	d.clock(m.at)
	d.lag.take(d.received, d.received.Sub(m.at))
	var err error
	if d.sets, err = splitSets(b, d.sets[:0]); err != nil {
		d.fail(Malformed, err)
	}
	records, known := 0, err == nil
	for _, s := range d.sets {
		switch {
		case p == NetFlowV9 && s.id <= v9OptionsSet, p == IPFIX && (s.id == ipfixTemplateSet || s.id == ipfixOptionsSet):
			d.templateSet(p, domain, s)
		case s.id >= firstDataSet:
			n, ok := d.dataSet(p, domain, s, m)
			records += n
			known = known && ok
		}
	}
	d.follow(streamKey{p, domain}, number, records, known)
}

// dataSet decodes the records of one set and returns how many there were, and
// false when that cannot be told.
func (d *decoder) dataSet(p Protocol, domain uint32, s set, m moment) (int, bool) {
	d.stats.DataSets++
	k := templateKey{p, domain, s.id}
	l := d.templates.get(k, d.received)
	if l == nil {
		d.stats.UnknownSets++
		d.stats.LastUnknown = d.received
		if !d.templates.unknown(k) {
			d.fail(TableFull, errWaiting)
		}
		return 0, false
	}
	n := 0
	for b := s.body; ; n++ {
		d.sample = Sample{Stream: Stream{Exporter: d.exporter, Protocol: p, Domain: domain}, Received: d.received}
		d.record = record{}
		var size int
		if l.options {
			d.ports.index, d.ports.name, d.ports.description = 0, nil, nil
			size = l.each(b, d.optionField)
		} else {
			size = l.each(b, d.dataField)
		}
		if size == 0 {
			return n, true
		}
		b = b[size:]
		if l.options {
			d.options()
			d.named()
			continue
		}
		d.stats.Records++
		if d.record.finish(&d.sample, d.ended(m)) {
			l.counted.add(d.sample.Packets)
			d.rate(d.record.rate(), d.record.hasSampler && d.record.sampler != 0)
			d.sink(&d.sample)
		}
	}
}

func (d *decoder) dataField(s *step, b []byte) { d.record.field(&d.sample, s.el, b) }

// v9Interface is the scope "interface" of a v9 options record.
const v9Interface = 2

func (d *decoder) optionField(s *step, b []byte) {
	r := &d.record
	if s.scope && d.sample.Stream.Protocol == NetFlowV9 {
		if s.el == v9Interface {
			r.scopeInterface = number(b)
			d.ports.field(elIn, b)
		}
		return
	}
	d.ports.field(s.el, b)
	if s.scope && (s.el == elIn || s.el == elOut) {
		r.scopeInterface = number(b)
		return
	}
	r.set(s.el, b)
}

// options keeps the sampling rate of an options record, if it has one.
func (d *decoder) options() {
	r := &d.record
	rate := r.rate()
	if rate == 0 {
		return
	}
	k := samplerKey{protocol: d.sample.Stream.Protocol, domain: d.sample.Stream.Domain}
	switch {
	case r.hasSampler && r.sampler != 0:
		k.kind, k.id = oneSampler, r.sampler
	case r.scopeInterface != 0:
		k.kind, k.id = oneInterface, r.scopeInterface
	}
	if !d.rates.set(k, rate) {
		d.fail(TableFull, errOptions)
	}
}

// rate gives the sample its rate: its own, or that of the options.
func (d *decoder) rate(own float64, named bool) {
	s := &d.sample
	if own > 0 {
		s.Rate, s.RateSource = own, RateFromRecord
		return
	}
	if r, ok := d.rates.get(s, named); ok {
		s.Rate, s.RateSource = r, RateFromOptions
	}
}

func (d *decoder) netflow5(b []byte) {
	if err := guardV5(b); err != nil {
		d.fail(Malformed, err)
		return
	}
	var p netflowlegacy.PacketNetFlowV5
	if err := netflowlegacy.DecodeMessageVersion(bytes.NewBuffer(b), &p); err != nil {
		d.fail(Malformed, err)
		return
	}
	m := moment{at: time.Unix(int64(p.UnixSecs), int64(p.UnixNSecs)), uptime: p.SysUptime}
	d.clock(m.at)
	domain := uint32(p.EngineType)<<8 | uint32(p.EngineId)
	d.follow(streamKey{NetFlowV5, domain}, p.FlowSequence, len(p.Records), true)
	for i := range p.Records {
		f := &p.Records[i]
		d.stats.Records++
		d.sample = Sample{
			Stream: Stream{Exporter: d.exporter, Protocol: NetFlowV5, Domain: domain}, Received: d.received,
			In: uint32(f.Input), Out: uint32(f.Output), Src: v4(f.SrcAddr), Dst: v4(f.DstAddr), NextHop: v4(f.NextHop),
			SrcPort: f.SrcPort, DstPort: f.DstPort, Proto: f.Proto,
		}
		d.record = record{
			packets: uint64(f.DPkts), bytes: uint64(f.DOctets),
			start: uint64(f.First), startEl: elStartUptime, end: uint64(f.Last), endEl: elEndUptime,
		}
		if d.record.finish(&d.sample, m) {
			// The top two bits are the mode.
			d.rate(float64(p.SamplingInterval&0x3fff), false)
			d.sink(&d.sample)
		}
	}
}

// v4 returns an address, none for 0.0.0.0.
func v4(a netflowlegacy.IPAddress) netip.Addr {
	var raw [4]byte
	be.PutUint32(raw[:], uint32(a))
	var out netip.Addr
	address(&out, raw[:])
	return out
}
