package flow

// maxStreams bounds the numbered streams that are followed per exporter.
const maxStreams = 256

// maxGap is the largest step that is taken for loss; beyond it the exporter has
// started anew.
const maxGap = 1 << 20

// sequence follows the numbers of one stream. NetFlow v9 and sFlow number
// datagrams, v5 and IPFIX records, but exporters differ from the standards, so
// both readings are followed and the one that fits more often is believed.
type sequence struct {
	// standard is true when the protocol numbers records.
	standard           bool
	started            bool
	number             uint32
	records            uint32
	recordsKnown       bool
	byDatagram, byUnit gaps
	// uptime is the device's age in ms, restarts how often it became younger.
	uptime   uint32
	restarts uint64
}

// gaps counts what is missing under one reading, and how often the next number
// was the expected one.
type gaps struct{ lost, expected, hits uint64 }

// step takes in the distance between the number that came and the expected one.
func (g *gaps) step(diff int32, size uint64) {
	g.expected += size
	switch {
	case diff == 0:
		g.hits++
	case diff > 0 && diff < maxGap:
		g.lost += uint64(diff)
		g.expected += uint64(diff)
	case diff < 0 && diff > -maxGap && g.lost > 0:
		// A datagram that was overtaken fills a gap.
		g.lost -= min(g.lost, size)
	}
}

// seen takes in a datagram's number and its records; known is false when some
// of them could not be counted.
func (q *sequence) seen(number, records uint32, known bool) {
	if !q.started {
		q.started = true
		q.byDatagram.expected, q.byUnit.expected = 1, uint64(records)
	} else {
		q.byDatagram.step(int32(number-q.number-1), 1)
		if q.recordsKnown {
			q.byUnit.step(int32(number-q.number-q.records), uint64(records))
		} else {
			q.byUnit.expected += uint64(records)
		}
		if int32(number-q.number) < 0 && int32(number-q.number) > -maxGap {
			return // overtaken; the newer number stays
		}
	}
	q.number, q.records, q.recordsKnown = number, records, known
}

// best returns the reading that fits, the standard's when both do.
func (q *sequence) best() gaps {
	switch d, u := q.byDatagram.hits, q.byUnit.hits; {
	case u > d || u == d && q.standard:
		return q.byUnit
	default:
		return q.byDatagram
	}
}
