package split

import (
	"fmt"
	"strings"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/inventory"
)

// portNames are the names that a device may call a circuit's interface by: the
// port's as the inventory writes it, with the VLAN as its unit when there is
// one. An untagged port may be unit 0.
func portNames(dev *inventory.Gateway, logical string, vlan int) []string {
	if dev == nil {
		return nil
	}
	for _, p := range dev.Ports {
		if p.Logical.Val != logical {
			continue
		}
		name := p.Name.Val
		if vlan > 0 {
			return []string{fmt.Sprintf("%s.%d", name, vlan)}
		}
		return []string{name, name + ".0"}
	}
	return nil
}

// called reports whether an interface is the circuit's.
func (c *circuit) called(i *flow.Interface) bool {
	for _, n := range c.interfaces {
		if strings.EqualFold(n, i.Name) || strings.EqualFold(n, i.Description) {
			return true
		}
	}
	return false
}

// Learn takes in the name of an interface of the tally's exporter. It tells the
// index of a circuit whose index the inventory does not give; records that come
// before it are attributed by what else they say.
func (t *Tally) Learn(i *flow.Interface) {
	g := t.m.gateways[i.Exporter]
	if g == nil {
		return
	}
	for c := range t.m.circuits {
		m := &t.m.circuits[c]
		if m.gateway != g.name || m.ifIndex != 0 || !m.called(i) {
			continue
		}
		if t.learnt == nil {
			t.learnt = map[uint32]int{}
		}
		t.learnt[i.Index] = c
	}
}

// interfaces names the circuits' interfaces and finds circuits whose interface
// has another index on the device than in the inventory: after a change of
// hardware or a reload the indices may be new.
func (j *judge) interfaces() {
	for i := range j.r.Stats.Exporters {
		e := &j.r.Stats.Exporters[i]
		g := j.t.m.gateways[e.Exporter]
		if g == nil {
			continue
		}
		for n := range e.Interfaces {
			j.named(g, &e.Interfaces[n])
		}
	}
}

func (j *judge) named(g *gateway, i *flow.Interface) {
	for c := range j.t.m.circuits {
		m, out := &j.t.m.circuits[c], &j.r.Circuits[c]
		if m.gateway != g.name {
			continue
		}
		ours := m.called(i)
		if m.ifIndex == i.Index || m.ifIndex == 0 && ours {
			out.IfIndex, out.Interface = i.Index, i.Name
			if i.Name == "" {
				out.Interface = i.Description
			}
		}
		if ours && m.ifIndex != 0 && m.ifIndex != i.Index {
			j.cause("index-differs", "the interface of %s, %s, has the index %d on %s, and the inventory says %d: correct if_index, or leave it out, since the device tells it",
				m.name, m.interfaces[0], i.Index, g.name, m.ifIndex)
		}
	}
}
