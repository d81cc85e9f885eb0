package flow

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/netsampler/goflow2/v2/decoders/sflow"
)

// The sample formats that carry packets (sflow.org/sflow_version_5.txt).
const (
	sflowCompact         = 1
	sflowCounter         = 2
	sflowExpanded        = 3
	sflowExpandedCounter = 4
	sflowDrop            = 5
)

// maxAgents bounds the sources of samples that are followed per exporter.
const maxAgents = 4096

// agentKey names a data source of an sFlow agent.
type agentKey struct {
	subAgent, kind, source uint32
}

var errAgents = errors.New("too many sFlow data sources")

// sflow decodes one datagram sample by sample, so that one that is unknown or
// broken costs only itself.
func (d *decoder) sflow(b []byte) {
	at := 12
	if len(b) >= 8 && be.Uint32(b[4:]) == 2 {
		at = 24
	}
	if len(b) < at+16 || be.Uint32(b[4:]) == 0 || be.Uint32(b[4:]) > 2 {
		d.fail(Malformed, fmt.Errorf("sFlow: %w", errShort))
		return
	}
	domain, number := be.Uint32(b[at:]), be.Uint32(b[at+4:])
	d.follow(streamKey{SFlow, domain}, number, 1, true)
	rest := b[at+16:]
	for range be.Uint32(b[at+12:]) {
		if len(rest) < 8 {
			d.fail(Malformed, fmt.Errorf("sFlow: %d samples announced, fewer there", be.Uint32(b[at+12:])))
			return
		}
		format, n := be.Uint32(rest), uint64(be.Uint32(rest[4:]))
		if n > uint64(len(rest)-8) {
			d.fail(Malformed, fmt.Errorf("sFlow: sample of %d bytes with %d left", n, len(rest)-8))
			return
		}
		d.sflowSample(domain, format, rest[8:8+n])
		rest = rest[8+n:]
	}
}

func (d *decoder) sflowSample(domain, format uint32, b []byte) {
	known, err := guardSample(format, b)
	if err != nil {
		d.fail(Malformed, err)
		return
	}
	if !known {
		return
	}
	if format == sflowDrop { // a notice, not one packet in N
		d.stats.DropEvents++
		return
	}
	if format == sflowCompact || format == sflowExpanded {
		d.flowSample(domain, format, b)
		return
	}
	h := sflow.SampleHeader{Format: format, Length: uint32(len(b))}
	decoded, err := sflow.DecodeSample(&h, bytes.NewBuffer(b))
	if err != nil {
		d.fail(Unreadable, err)
		return
	}
	if c, ok := decoded.(sflow.CounterSample); ok {
		d.counterSample(domain, &c)
	}
}

// counterSample takes in the generic counters of an interface; of the other
// records none is needed.
func (d *decoder) counterSample(domain uint32, s *sflow.CounterSample) {
	for i := range s.Records {
		c, ok := s.Records[i].Data.(sflow.IfCounters)
		if !ok || c.IfIndex == 0 {
			continue
		}
		d.counted(&Counters{
			Exporter: d.exporter, Domain: domain, Index: c.IfIndex, Speed: c.IfSpeed,
			InBytes: c.IfInOctets, OutBytes: c.IfOutOctets,
			InPackets:  c.IfInUcastPkts + c.IfInMulticastPkts + c.IfInBroadcastPkts,
			OutPackets: c.IfOutUcastPkts + c.IfOutMulticastPkts + c.IfOutBroadcastPkts,
			InLost:     c.IfInDiscards + c.IfInErrors, OutLost: c.IfOutDiscards + c.IfOutErrors,
			// Bit 0 is what was configured, bit 1 what is.
			Up: c.IfStatus&2 != 0, Received: d.received,
		})
	}
}

// The formats of an sFlow interface.
const (
	portIndex   = 0
	portDiscard = 1
	// localPort stands for the device itself; it is also the mask of the value.
	localPort = 0x3fffffff
)

// port returns an interface index, 0 for a reason, a number of ports, or the
// device itself.
func port(format, value uint32) uint32 {
	if format != portIndex || value == localPort {
		return 0
	}
	return value
}

// agentDrops takes in the count of samples that the agent could not send.
func (d *decoder) agentDrops(k agentKey, drops uint32) {
	before, seen := d.agents[k]
	if !seen && len(d.agents) >= maxAgents {
		d.fail(TableFull, errAgents)
		return
	}
	if step := drops - before; seen && step < maxGap {
		d.stats.AgentDrops += uint64(step)
	}
	d.agents[k] = drops
}
