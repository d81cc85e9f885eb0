package flow

import (
	"encoding/binary"
	"errors"
	"fmt"
)

var be = binary.BigEndian

// errNotFlow is returned for a datagram that carries no flow export.
var errNotFlow = errors.New("neither NetFlow v5, v9, IPFIX nor sFlow v5")

// The fixed sizes of the formats.
const (
	v5Header       = 24
	v5Record       = 48
	v5MaxRecords   = 30 // a v5 datagram holds at most thirty records
	v9Header       = 20
	ipfixHeader    = 16
	setHeader      = 4
	compactSample  = 32 // bytes before the records of a compact sFlow flow sample
	expandedSample = 44 // the same of an expanded one
	counterSample  = 12
	expandedCount  = 16
	dropSample     = 32
)

// identify tells the protocol from the first bytes. sFlow v5 and NetFlow v5
// differ in whether the 5 takes four bytes or two.
func identify(b []byte) (Protocol, error) {
	if len(b) < 4 {
		return 0, errNotFlow
	}
	if be.Uint32(b) == 5 {
		return SFlow, nil
	}
	switch be.Uint16(b) {
	case 5:
		return NetFlowV5, nil
	case 9:
		return NetFlowV9, nil
	case 10:
		return IPFIX, nil
	}
	return 0, errNotFlow
}

// guardV5 holds the record count against the bytes that are there.
func guardV5(b []byte) error {
	n := int(be.Uint16(b[2:]))
	if len(b) < v5Header || n == 0 || n > v5MaxRecords || len(b) < v5Header+n*v5Record {
		return fmt.Errorf("NetFlow v5: %d records in %d bytes", n, len(b))
	}
	return nil
}

// set is one set of a v9 or IPFIX message.
type set struct {
	id   uint16
	body []byte
}

// splitSets cuts a message into its sets. Up to three bytes at the end are
// padding. What was cut before an error can be used.
func splitSets(b []byte, out []set) ([]set, error) {
	for len(b) >= setHeader {
		id, n := be.Uint16(b), int(be.Uint16(b[2:]))
		if n < setHeader || n > len(b) {
			return out, fmt.Errorf("set %d: length %d with %d bytes left", id, n, len(b))
		}
		out = append(out, set{id: id, body: b[setHeader:n]})
		b = b[n:]
	}
	return out, nil
}

// templateKind says how the records of a template set are built.
type templateKind uint8

const (
	dataTemplate templateKind = iota
	v9Options
	ipfixOptions
)

// templateBytes returns the length of the template record at the start of b,
// and whether it withdraws a template. Every field must lie within b: the
// decoder reserves memory for the count before it looks for the fields.
func templateBytes(b []byte, kind templateKind, enterprise bool) (n int, withdraw bool, err error) {
	count := int(be.Uint16(b[2:]))
	n = 4
	switch kind {
	case dataTemplate, ipfixOptions:
		if count == 0 {
			return n, true, nil
		}
		if kind == ipfixOptions {
			n = 6
			if len(b) < n || int(be.Uint16(b[4:])) > count {
				return 0, false, errors.New("options template with more scopes than fields")
			}
		}
	case v9Options:
		n = 6
		if len(b) < n {
			return 0, false, errors.New("options template cut off")
		}
		scope, option := int(be.Uint16(b[2:])), int(be.Uint16(b[4:]))
		count = scope/4 + option/4
		if count == 0 {
			return n, true, nil
		}
	}
	for range count {
		if len(b) < n+4 {
			return 0, false, fmt.Errorf("template of %d fields is cut off", count)
		}
		if enterprise && b[n]&0x80 != 0 {
			n += 4
		}
		n += 4
	}
	if len(b) < n {
		return 0, false, fmt.Errorf("template of %d fields is cut off", count)
	}
	return n, false, nil
}

// guardSample holds the record count and every record length of an sFlow
// sample against its bytes, and tells samples that carry no flow or counters.
func guardSample(format uint32, b []byte) (known bool, err error) {
	var head, at int
	switch format {
	case 1:
		head, at = compactSample, compactSample-4
	case 2:
		head, at = counterSample, counterSample-4
	case 3:
		head, at = expandedSample, expandedSample-4
	case 4:
		head, at = expandedCount, expandedCount-4
	case 5:
		head, at = dropSample, dropSample-4
	default:
		return false, nil
	}
	if len(b) < head {
		return true, fmt.Errorf("sFlow sample of format %d in %d bytes", format, len(b))
	}
	n, rest := uint64(be.Uint32(b[at:])), b[head:]
	if n > uint64(len(rest)/8) {
		return true, fmt.Errorf("sFlow sample with %d records in %d bytes", n, len(rest))
	}
	for range n {
		if len(rest) < 8 {
			return true, errors.New("sFlow records are cut off")
		}
		size := uint64(be.Uint32(rest[4:]))
		if size > uint64(len(rest)-8) {
			return true, fmt.Errorf("sFlow record of %d bytes with %d left", size, len(rest)-8)
		}
		if at, has := textAt[be.Uint32(rest)]; has && (size < at+4 || uint64(be.Uint32(rest[8+at:])) > size-at-4) {
			return true, errors.New("sFlow text is longer than its record")
		}
		rest = rest[8+size:]
	}
	return true, nil
}

// textAt maps the record formats that carry a text (the filter and the function
// that dropped a packet, sflow.org/sflow_drops.txt) to where its length stands.
// On 32-bit systems the decoder takes a length above 2^31 for a negative one.
var textAt = map[uint32]uint64{1037: 4, 1038: 0}
