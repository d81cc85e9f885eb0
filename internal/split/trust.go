package split

import (
	"fmt"
	"slices"
	"strings"

	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/vendor"
)

// Distrust says in which ways a gateway's export can mislead about the circuit.
// It is for before the first tally.
func (m *Map) Distrust(name string, traps []vendor.Trap) {
	for _, g := range m.byName {
		if g.name == name {
			g.traps = traps
		}
	}
}

// traps finds verdicts that rest on what a system's export does not tell. A
// trap that the samples or the configuration disprove is none.
func (j *judge) traps() {
	for _, name := range j.t.m.names {
		for _, t := range j.t.m.byName[name].traps {
			if slices.Contains(j.ev.Avoided[name], t.Kind) {
				continue
			}
			switch t.Kind {
			case vendor.FirstPath:
				j.firstPath(name, t)
			case vendor.ShortIndex:
				j.shortIndex(name, t)
			case vendor.FirstPacket: // matters after a failover only
			}
		}
	}
}

// firstPath: all packets of a gateway on one of its circuits is what it reports
// too when it always gives the first of several equal paths. That another one
// was seen shows that it does not; so do the interface counters.
func (j *judge) firstPath(name string, t vendor.Trap) {
	if j.t.m.mode != scenario.ActiveActive {
		return
	}
	var own, used []string
	for _, c := range j.r.Circuits {
		if c.Gateway != name {
			continue
		}
		own = append(own, c.Name)
		if c.Samples >= 1 {
			used = append(used, c.Name)
		}
	}
	if len(own) < 2 || len(used) != 1 || j.counted() {
		return
	}
	j.cause("first-path", "%s reports the first of several paths for every packet unless it has `%s`, so that its export, which shows all packets on %s, does not tell whether %s",
		name, t.Unless, used[0], others(own, used[0]))
}

func others(own []string, used string) string {
	rest := slices.DeleteFunc(slices.Clone(own), func(n string) bool { return n == used })
	return strings.Join(rest, ", ") + " is used: configure that and measure again"
}

// shortIndex: a circuit whose index has more than 16 bits is never seen when
// the exporter cuts it.
func (j *judge) shortIndex(name string, t vendor.Trap) {
	for i, c := range j.r.Circuits {
		index := j.t.m.circuits[i].ifIndex
		if c.Gateway == name && index > 0xffff && c.Samples == 0 {
			j.cause("short-index", "%s sends 16 bits of an interface index unless it has `%s`, and %s has the index %d, of which nothing was seen", name, t.Unless, c.Name, index)
		}
	}
}

// maxApart is how far shares of the samples and of the counters may be apart.
const maxApart = 0.05

// counters holds the shares of the samples against those of the interfaces' own
// counters, where the exporters send them. Counters also see what is not for
// the cloud, and their readings do not begin and end with the window.
func (j *judge) counters() {
	found := make([]Counter, len(j.r.Circuits))
	seen := make([]bool, len(found))
	var packets, bytes float64
	for i := range j.r.Stats.Exporters {
		e := &j.r.Stats.Exporters[i]
		for _, c := range e.Counters {
			n, ok := j.circuitAt(i, c.Index)
			if !ok || seen[n] || c.Readings < 2 || c.Resets > 0 || c.To.Sub(c.From) < j.ev.Window/2 {
				continue
			}
			// Readings of several interfaces span different times.
			seconds := c.To.Sub(c.From).Seconds()
			seen[n] = true
			found[n] = Counter{
				Circuit: j.r.Circuits[n].Name, Packets: float64(c.OutPackets), Bytes: float64(c.OutBytes), Source: "sFlow",
				Share: float64(c.OutPackets) / seconds, ByteShare: float64(c.OutBytes) / seconds,
			}
			packets += found[n].Share
			bytes += found[n].ByteShare
		}
	}
	if slices.Contains(seen, false) || packets <= 0 || bytes <= 0 {
		return
	}
	for i := range found {
		found[i].Share /= packets
		found[i].ByteShare /= bytes
	}
	j.r.Counters = found
	if off, worst := j.apart(); off > maxApart {
		j.cause("counters-differ", "the interface counters give %s %s of the packets and the samples %s (%s to %s): sampling or attribution is wrong, or most of the traffic is not for the cloud",
			worst.Circuit, percent(worst.Share), percent(j.share(worst).Share), percent(j.share(worst).Low), percent(j.share(worst).High))
	}
}

// apart returns how far a share of the counters is outside the interval of the
// samples, and of which circuit.
func (j *judge) apart() (most float64, worst Counter) {
	for _, c := range j.r.Counters {
		s := j.share(c)
		if off := max(s.Low-c.Share, c.Share-s.High); off > most {
			most, worst = off, c
		}
	}
	return most, worst
}

func (j *judge) share(c Counter) Interval {
	for i := range j.r.Circuits {
		if j.r.Circuits[i].Name == c.Circuit {
			return j.r.Circuits[i].Share
		}
	}
	return Interval{High: 1}
}

// counted reports whether interface counters agree with the samples.
func (j *judge) counted() bool {
	off, _ := j.apart()
	return len(j.r.Counters) > 0 && off <= maxApart
}

// circuitAt returns the circuit of an exporter's interface.
func (j *judge) circuitAt(exporter int, index uint32) (int, bool) {
	e := &j.r.Stats.Exporters[exporter]
	g := j.t.m.gateways[e.Exporter]
	if g == nil {
		return 0, false
	}
	for i := range j.r.Circuits {
		if c := &j.r.Circuits[i]; c.Gateway == g.name && c.IfIndex == index && index != 0 {
			return i, true
		}
	}
	return 0, false
}

// shortIndices names, for a person who looks at unattributed packets, gateways
// that may have cut their indices.
func (j *judge) shortIndices() string {
	for _, name := range j.t.m.names {
		for _, t := range j.t.m.byName[name].traps {
			if t.Kind == vendor.ShortIndex && !slices.Contains(j.ev.Avoided[name], t.Kind) {
				return fmt.Sprintf("; %s sends 16 bits of an index unless it has `%s`", name, t.Unless)
			}
		}
	}
	return ""
}
