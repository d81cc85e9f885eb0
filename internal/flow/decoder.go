package flow

import (
	"net/netip"
	"time"
)

// Sink takes the samples of one exporter. It is called by one goroutine only,
// and the sample is reused after it returns.
type Sink func(*Sample)

// decoder holds the state of one exporter. Its datagrams must come in order:
// data that overtakes its template is lost.
type decoder struct {
	exporter netip.Addr
	sink     Sink
	// onInterface and onCounters are nil when nobody asks.
	onInterface func(*Interface)
	onCounters  func(*Counters)
	templates   *templates
	rates       rateTable
	ports       ports
	streams     map[streamKey]*sequence
	agents      map[agentKey]uint32
	lag         lag
	stats       ExporterStats
	sets        []set
	received    time.Time
	// sample is reused for every record.
	sample Sample
	record record
}

type streamKey struct {
	protocol Protocol
	domain   uint32
}

func newDecoder(exporter netip.Addr, sink Sink) *decoder {
	return &decoder{
		exporter:  exporter,
		sink:      sink,
		templates: newTemplates(),
		ports:     newPorts(),
		streams:   map[streamKey]*sequence{},
		agents:    map[agentKey]uint32{},
		stats:     ExporterStats{Exporter: exporter},
	}
}

// fail counts an error and keeps the last one of each run for the person who
// looks for the reason.
func (d *decoder) fail(kind ErrorKind, err error) {
	d.stats.Errors[kind]++
	d.stats.LastError = err.Error()
}

// datagram decodes one datagram. Nothing of b is kept.
func (d *decoder) datagram(b []byte, received time.Time) {
	d.received = received
	d.stats.Datagrams++
	if d.stats.First.IsZero() {
		d.stats.First = received
	}
	d.stats.Last = received
	p, err := identify(b)
	if err != nil {
		d.fail(NotFlow, err)
		return
	}
	switch p {
	case NetFlowV5:
		d.netflow5(b)
	case NetFlowV9:
		d.netflow9(b)
	case IPFIX:
		d.ipfix(b)
	case SFlow:
		d.sflow(b)
	}
}

// follow takes in a datagram's sequence number.
func (d *decoder) follow(k streamKey, number uint32, records int, known bool) {
	q := d.streams[k]
	if q == nil {
		if len(d.streams) >= maxStreams {
			d.fail(TableFull, errStreams)
			return
		}
		q = &sequence{standard: k.protocol == NetFlowV5 || k.protocol == IPFIX}
		d.streams[k] = q
	}
	q.seen(number, uint32(records), known)
}

// clock takes in the exporter's time. The smallest delay is nearest to the
// error of its clock.
func (d *decoder) clock(at time.Time) {
	skew := d.received.Sub(at)
	if !d.stats.SkewKnown || skew.Abs() < d.stats.Skew.Abs() {
		d.stats.Skew, d.stats.SkewKnown = skew, true
	}
}

// snapshot returns the statistics with what is derived from the state.
func (d *decoder) snapshot() ExporterStats {
	s := d.stats
	s.Templates = len(d.templates.byKey)
	s.Interfaces, s.Counters = d.ports.list()
	for _, n := range d.templates.waiting {
		s.UnknownTemplates += n
	}
	for _, q := range d.streams {
		g := q.best()
		s.Lost += g.lost
		s.Expected += g.expected
		s.Restarts += q.restarts
	}
	s.Prescaled = d.templates.prescaled()
	return s
}

// Decoder decodes datagrams that are at hand, of one exporter and in order.
type Decoder struct{ d *decoder }

// NewDecoder returns a decoder without state.
func NewDecoder(exporter netip.Addr, sink Sink) *Decoder {
	return &Decoder{newDecoder(exporter, sink)}
}

// Watch says where names and counters of interfaces go; nil means nowhere. It
// is called before the first datagram.
func (d *Decoder) Watch(names func(*Interface), counters func(*Counters)) {
	d.d.onInterface, d.d.onCounters = names, counters
}

// Datagram decodes one datagram.
func (d *Decoder) Datagram(b []byte, received time.Time) { d.d.datagram(b, received) }

// Stats returns what was seen so far.
func (d *Decoder) Stats() ExporterStats { return d.d.snapshot() }
