package flow

import (
	"cmp"
	"math/bits"
	"slices"
)

// Prescaled is a domain whose exporter multiplies what it sampled before it
// sends it, as Open vSwitch does in IPFIX, and does not say so. Its counts must
// not be scaled up again, and stand for By times fewer samples.
type Prescaled struct {
	Protocol Protocol
	Domain   uint32
	// By is the number that every count is a multiple of.
	By uint64
	// Records is how many records that was seen in.
	Records uint64
}

// The evidence that is asked for: in so many records of packets as they came the
// counts have no common divisor, and test traffic of a constant rate does not
// give several multiples of one.
const (
	prescaledRecords   = 100
	prescaledMultiples = 3
)

// multiples finds the number that all counts are multiples of.
type multiples struct {
	by, records uint64
	// seen has a bit for each multiple that occurred, the last for all larger.
	seen uint64
}

func (m *multiples) add(packets uint64) {
	if m.by == 1 {
		return
	}
	m.records++
	if m.by == 0 || packets%m.by != 0 {
		a, b := m.by, packets
		for b != 0 {
			a, b = b, a%b
		}
		m.by, m.seen = a, 0
	}
	m.seen |= 1 << min(packets/m.by, 63)
}

// prescaled returns the domains for which there is enough evidence in all of
// their templates.
func (t *templates) prescaled() []Prescaled {
	type domain struct {
		protocol Protocol
		domain   uint32
	}
	all := map[domain]multiples{}
	for k, e := range t.byKey {
		en, ok := e.Value.(*entry)
		if !ok || en.layout.counted.by == 0 {
			continue
		}
		c, sum := en.layout.counted, all[domain{k.protocol, k.domain}]
		if sum.by != 0 && sum.by != c.by {
			c.by = 1
		}
		all[domain{k.protocol, k.domain}] = multiples{c.by, sum.records + c.records, sum.seen | c.seen}
	}
	var out []Prescaled
	for k, m := range all {
		if m.by > 1 && m.records >= prescaledRecords && bits.OnesCount64(m.seen) >= prescaledMultiples {
			out = append(out, Prescaled{k.protocol, k.domain, m.by, m.records})
		}
	}
	slices.SortFunc(out, func(a, b Prescaled) int {
		return cmp.Or(cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Domain, b.Domain))
	})
	return out
}
