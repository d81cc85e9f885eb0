// Package flowtest writes flow export as a device would: NetFlow v5 and v9,
// IPFIX and sFlow datagrams of given samples, and captures of them. Tests and
// the load generator use it; it shares no code with the decoders that it tests.
package flowtest

import (
	"encoding/binary"
	"time"

	"github.com/twinpath/twinpath/internal/flow"
)

var be = binary.BigEndian

// TemplateID is the template of the data records, OptionsID that of the
// sampler's options.
const (
	TemplateID  = 256
	OptionsID   = 257
	Template6ID = 258
)

// Field is one field of a template.
type Field struct{ ID, Length uint16 }

// Fields4 are the fields of the IPv4 template, Fields6 those of the IPv6 one.
var (
	Fields4 = []Field{
		{8, 4},
		{12, 4},
		{15, 4},
		{7, 2},
		{11, 2},
		{4, 1},
		{61, 1},
		{10, 4},
		{14, 4},
		{1, 4},
		{2, 4},
		{22, 4},
		{21, 4},
	}
	Fields6 = []Field{
		{27, 16},
		{28, 16},
		{62, 16},
		{7, 2},
		{11, 2},
		{4, 1},
		{61, 1},
		{10, 4},
		{14, 4},
		{1, 4},
		{2, 4},
		{22, 4},
		{21, 4},
	}
)

// Encoder writes the datagrams of one exporter.
type Encoder struct {
	Protocol flow.Protocol
	Domain   uint32
	// Rate is exported as field 34, or in sFlow and v5 with the samples; 0 leaves
	// it out.
	Rate uint32
	// Boot is when the device started.
	Boot time.Time

	sequence uint32
}

// Options returns the datagram with the templates and the sampling rate. Only
// v9 and IPFIX have one.
func (e *Encoder) Options(at time.Time) []byte {
	if e.Protocol != flow.NetFlowV9 && e.Protocol != flow.IPFIX {
		return nil
	}
	set := uint16(0)
	if e.Protocol == flow.IPFIX {
		set = 2
	}
	body := template(set, TemplateID, e.fields(Fields4))
	body = append(body, template(set, Template6ID, e.fields(Fields6))...)
	records, templates := 0, 2
	if e.Rate > 0 {
		records, templates = 1, 3
		if e.Protocol == flow.NetFlowV9 {
			body = append(body, words(1, 20, OptionsID, 4, 4, 1, 4, 34, 4, 0)...)
		} else {
			body = append(body, words(3, 20, OptionsID, 2, 1, 149, 4, 34, 4, 0)...)
		}
		body = append(body, words(OptionsID, 12)...)
		body = be.AppendUint32(body, e.Domain)
		body = be.AppendUint32(body, e.Rate)
	}
	return e.message(at, records, templates, body)
}

// fields gives the fields the numbers of the protocol: IPFIX has times in
// seconds, so that no start of the device is needed.
func (e *Encoder) fields(fs []Field) []Field {
	out := append([]Field{}, fs...)
	if e.Protocol == flow.IPFIX {
		out[len(out)-2].ID, out[len(out)-1].ID = 150, 151
	}
	return out
}

func template(set, id uint16, fs []Field) []byte {
	b := words(set, uint16(8+4*len(fs)), id, uint16(len(fs)))
	for _, f := range fs {
		b = append(b, words(f.ID, f.Length)...)
	}
	return b
}

func words(ws ...uint16) []byte {
	var b []byte
	for _, w := range ws {
		b = be.AppendUint16(b, w)
	}
	return b
}

// message puts the header of v9 or IPFIX before the sets. v9 numbers datagrams
// and counts templates as records (RFC 3954, 5.1); IPFIX numbers records.
func (e *Encoder) message(at time.Time, records, templates int, body []byte) []byte {
	var b []byte
	if e.Protocol == flow.NetFlowV9 {
		b = words(9, uint16(records+templates))
		b = be.AppendUint32(b, e.uptime(at))
		b = be.AppendUint32(b, uint32(at.Unix()))
		b = be.AppendUint32(b, e.sequence)
		e.sequence++
	} else {
		b = words(10, uint16(16+len(body)))
		b = be.AppendUint32(b, uint32(at.Unix()))
		b = be.AppendUint32(b, e.sequence)
		e.sequence += uint32(records)
	}
	b = be.AppendUint32(b, e.Domain)
	return append(b, body...)
}

func (e *Encoder) uptime(at time.Time) uint32 { return uint32(at.Sub(e.Boot).Milliseconds()) }

// Data returns one datagram with the samples, all of one family.
func (e *Encoder) Data(at time.Time, samples []flow.Sample) []byte {
	switch e.Protocol {
	case flow.NetFlowV5:
		return e.v5(at, samples)
	case flow.SFlow:
		return e.sflow(at, samples)
	case flow.NetFlowV9, flow.IPFIX:
	}
	id := uint16(TemplateID)
	var rows []byte
	for i := range samples {
		s := &samples[i]
		if s.Six() {
			id = Template6ID
			src, dst, hop := s.Src.As16(), s.Dst.As16(), s.NextHop.As16()
			rows = append(append(append(rows, src[:]...), dst[:]...), hop[:]...)
		} else {
			src, dst, hop := v4(s.Src), v4(s.Dst), v4(s.NextHop)
			rows = append(append(append(rows, src[:]...), dst[:]...), hop[:]...)
		}
		rows = append(rows, words(s.SrcPort, s.DstPort)...)
		rows = append(rows, s.Proto, direction(s.Observed))
		for _, v := range []uint32{s.In, s.Out, uint32(s.Bytes), uint32(s.Packets), e.stamp(s.Start), e.stamp(s.End)} {
			rows = be.AppendUint32(rows, v)
		}
	}
	for len(rows)%4 != 0 {
		rows = append(rows, 0)
	}
	return e.message(at, len(samples), 0, append(words(id, uint16(4+len(rows))), rows...))
}

// direction is field 61, which has no word for "not known".
func direction(o flow.Observed) byte {
	if o == flow.ObservedEgress {
		return 1
	}
	return 0
}

func (e *Encoder) stamp(at time.Time) uint32 {
	if e.Protocol == flow.IPFIX {
		return uint32(at.Unix())
	}
	return e.uptime(at)
}

func (e *Encoder) v5(at time.Time, samples []flow.Sample) []byte {
	b := words(5, uint16(len(samples)))
	b = be.AppendUint32(b, e.uptime(at))
	b = be.AppendUint32(b, uint32(at.Unix()))
	b = be.AppendUint32(b, uint32(at.Nanosecond()))
	b = be.AppendUint32(b, e.sequence)
	b = append(b, byte(e.Domain>>8), byte(e.Domain))
	b = be.AppendUint16(b, uint16(e.Rate)|0x4000)
	e.sequence += uint32(len(samples))
	for i := range samples {
		s := &samples[i]
		src, dst, hop := v4(s.Src), v4(s.Dst), v4(s.NextHop)
		b = append(append(append(b, src[:]...), dst[:]...), hop[:]...)
		b = append(b, words(uint16(s.In), uint16(s.Out))...)
		for _, v := range []uint32{uint32(s.Packets), uint32(s.Bytes), e.uptime(s.Start), e.uptime(s.End)} {
			b = be.AppendUint32(b, v)
		}
		b = append(b, words(s.SrcPort, s.DstPort)...)
		b = append(b, 0, 0, s.Proto, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	}
	return b
}
