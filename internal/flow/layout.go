package flow

import (
	"errors"

	"github.com/netsampler/goflow2/v2/decoders/netflow"
)

// variable is the length that says "the record says how long" (RFC 7011, 7).
// Some devices use it in NetFlow v9 too.
const variable = 0xffff

// maxSteps bounds the fields that are walked in a record of variable length.
const maxSteps = 512

// element is an information element of the IANA registry that is read. NetFlow
// v9 numbers the same way (RFC 3954, 8).
type element = uint16

const (
	elBytes            element = 1
	elPackets          element = 2
	elProtocol         element = 4
	elSrcPort          element = 7
	elSrc4             element = 8
	elIn               element = 10
	elDstPort          element = 11
	elDst4             element = 12
	elOut              element = 14
	elNextHop4         element = 15
	elBGPNextHop4      element = 18
	elEndUptime        element = 21
	elStartUptime      element = 22
	elOutBytes         element = 23
	elOutPackets       element = 24
	elSrc6             element = 27
	elDst6             element = 28
	elSamplingInterval element = 34
	elSamplerID        element = 48
	elRandomInterval   element = 50
	elSrcVLAN          element = 58
	elDstVLAN          element = 59
	elDirection        element = 61
	elNextHop6         element = 62
	elBGPNextHop6      element = 63
	elIfName           element = 82
	elIfDescription    element = 83
	elTotalBytes       element = 85
	elTotalPackets     element = 86
	elForwarding       element = 89
	elStartSeconds     element = 150
	elEndSeconds       element = 151
	elStartMillis      element = 152
	elEndMillis        element = 153
	elStartMicros      element = 154
	elEndMicros        element = 155
	elStartNanos       element = 156
	elEndNanos         element = 157
	elStartDelta       element = 158
	elEndDelta         element = 159
	elInitMillis       element = 160
	elDot1qVLAN        element = 243
	elInPhysical       element = 252
	elOutPhysical      element = 253
	elPostDot1qVLAN    element = 254
	elSelectorID       element = 302
	elAlgorithm        element = 304
	elPacketInterval   element = 305
	elPacketSpace      element = 306
	elSampleSize       element = 309
	elPopulation       element = 310
	elProbability      element = 311
	elInitiatorBytes   element = 231
	elInitiatorPackets element = 298
)

// wanted are the elements of the registry that are read.
var wanted = func() map[uint16]bool {
	m := map[uint16]bool{}
	for _, e := range []element{
		elBytes, elPackets, elProtocol, elSrcPort, elSrc4, elIn, elDstPort, elDst4, elOut, elNextHop4, elBGPNextHop4,
		elEndUptime, elStartUptime, elOutBytes, elOutPackets, elSrc6, elDst6, elSamplingInterval, elSamplerID,
		elRandomInterval, elSrcVLAN, elDstVLAN, elDirection, elNextHop6, elBGPNextHop6, elTotalBytes, elTotalPackets,
		elForwarding, elStartSeconds, elEndSeconds, elStartMillis, elEndMillis, elStartMicros, elEndMicros, elStartNanos,
		elEndNanos, elStartDelta, elEndDelta, elInitMillis, elDot1qVLAN, elInPhysical, elOutPhysical, elPostDot1qVLAN,
		elSelectorID, elAlgorithm, elPacketInterval, elPacketSpace, elSampleSize, elPopulation, elProbability,
		elInitiatorBytes, elInitiatorPackets, elIfName, elIfDescription,
	} {
		m[e] = true
	}
	return m
}()

// step is one field, or several in a row that nobody reads.
type step struct {
	el   element
	read bool
	// scope is true for a scope of an options record.
	scope bool
	// at is the field's place in a record of fixed length.
	at     int
	length int
}

// layout says where the fields of one template lie in a record.
type layout struct {
	steps []step
	// size is the length of a record, the shortest one when some fields are of
	// variable length.
	size     int
	variable bool
	options  bool
	counted  multiples
}

var (
	errEmptyRecord = errors.New("template whose records have no bytes")
	errManyFields  = errors.New("template with too many fields")
)

// compile turns a template's fields into a layout. Fields without bytes are
// legal and occur, but a record must have some, or a set would never end.
func compile(scopes, fields []netflow.Field, v9 bool) (*layout, error) {
	l := &layout{options: len(scopes) > 0}
	for _, f := range append(append([]netflow.Field{}, scopes...), fields...) {
		if f.Length == variable {
			l.variable = true
		}
	}
	l.add(scopes, v9, true)
	l.add(fields, v9, false)
	switch {
	case l.size == 0:
		return nil, errEmptyRecord
	case len(l.steps) > maxSteps:
		return nil, errManyFields
	}
	return l, nil
}

func (l *layout) add(fields []netflow.Field, v9, scope bool) {
	for _, f := range fields {
		n := int(f.Length)
		s := step{el: f.Type, scope: scope, at: l.size, length: n}
		// A v9 scope has numbers of its own (RFC 3954, 6.1): 1 is the system, 2 an
		// interface.
		s.read = !f.PenProvided && n > 0 && (wanted[f.Type] || scope && v9)
		switch {
		case n == variable:
			s.length = variable
			l.size++
			l.steps = append(l.steps, s)
		case n == 0:
		case s.read:
			l.size += n
			l.steps = append(l.steps, s)
		default:
			l.size += n
			l.skip(s)
		}
	}
}

// skip appends a field that nobody reads. In a record of fixed length it needs
// no step; otherwise it joins the one before.
func (l *layout) skip(s step) {
	if !l.variable {
		return
	}
	if n := len(l.steps); n > 0 && !l.steps[n-1].read && l.steps[n-1].length != variable {
		l.steps[n-1].length += s.length
		return
	}
	l.steps = append(l.steps, s)
}

// each calls read for every field of the record at the start of b and returns
// the record's length, 0 when no whole record is left.
func (l *layout) each(b []byte, read func(*step, []byte)) int {
	if len(b) < l.size {
		return 0
	}
	if !l.variable {
		for i := range l.steps {
			s := &l.steps[i]
			read(s, b[s.at:s.at+s.length])
		}
		return l.size
	}
	at := 0
	for i := range l.steps {
		s := &l.steps[i]
		n := s.length
		if n == variable {
			if at >= len(b) {
				return 0
			}
			n = int(b[at])
			at++
			if n == 255 {
				if at+2 > len(b) {
					return 0
				}
				n = int(be.Uint16(b[at:]))
				at += 2
			}
		}
		if at+n > len(b) {
			return 0
		}
		if s.read && n > 0 {
			read(s, b[at:at+n])
		}
		at += n
	}
	return at
}

// number reads an unsigned number of one to eight bytes; longer ones are cut to
// their last eight.
func number(b []byte) uint64 {
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(be.Uint16(b))
	case 4:
		return uint64(be.Uint32(b))
	case 8:
		return be.Uint64(b)
	}
	var n uint64
	for _, x := range b {
		n = n<<8 | uint64(x)
	}
	return n
}
