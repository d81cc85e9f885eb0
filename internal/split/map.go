// Package split decides from flow samples whether every circuit carries its
// part of the traffic. It attributes each sample to a circuit, adds up, and
// gives a verdict with the interval that the sampling leaves, or says that no
// verdict is possible and why. It has no clock and no network: the same
// samples give the same result.
package split

import (
	"fmt"
	"net/netip"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/vendor"
)

// Direction is where packets go.
type Direction uint8

// The directions. Other is traffic that does not cross a circuit.
const (
	Other Direction = iota
	ToCloud
	FromCloud
)

// Method is how a sample was attributed.
type Method uint8

// The ways of attribution, surest first.
const (
	ByIfIndex Method = iota
	ByNextHop
	ByBGPNextHop
	ByVLAN
	ByExporter
	methods
)

// String returns the method's word in results.
func (m Method) String() string {
	switch m {
	case ByIfIndex:
		return "if-index"
	case ByNextHop:
		return "next-hop"
	case ByBGPNextHop:
		return "bgp-next-hop"
	case ByVLAN:
		return "vlan"
	case ByExporter:
		return "exporter"
	case methods:
	}
	return "unknown"
}

// unattributed is the circuit of a sample that belongs to none.
const unattributed = -1

// circuit is what is known of one circuit.
type circuit struct {
	name       string
	gateway    string
	ifIndex    uint32
	vlan       int
	preference int
	// interfaces are the names that the device may call its interface by.
	interfaces []string
}

// gateway is one exporter's device with its circuits.
type gateway struct {
	name      string
	byIfIndex map[uint32]int
	byNextHop map[netip.Addr]int
	byVLAN    map[int]int
	// links are the far ends of the links to other gateways: what leaves there
	// is seen again where it leaves for the cloud.
	links map[netip.Addr]bool
	// only is the circuit of a gateway that has one and no link, else -1.
	only int
	// noIndex is true when a circuit has no if_index.
	noIndex bool
	// traps are the ways in which its export can mislead.
	traps []vendor.Trap
}

// Map attributes samples. It is read only, so that several may share it.
type Map struct {
	circuits  []circuit
	gateways  map[netip.Addr]*gateway
	byName    map[string]*gateway
	names     []string
	addresses map[string][]netip.Addr
	cloud     []netip.Prefix
	mode      string
	minShare  float64
	standby   float64
	level     float64
	// configured is the sampling rate of the scenario, 0 when it has none.
	configured float64
	scenario   string
}

// NewMap builds the attribution of a scenario's circuits. exporters gives the
// addresses that each gateway exports from.
func NewMap(s *scenario.Scenario, inv *inventory.Inventory, exporters map[netip.Addr]string) (*Map, error) {
	m := &Map{
		gateways: map[netip.Addr]*gateway{}, byName: map[string]*gateway{}, addresses: map[string][]netip.Addr{},
		mode: s.Mode.Val, scenario: s.Name.Val,
		minShare: s.Split.MinShare.Val, standby: s.Split.StandbyMaxShare.Val, level: s.Split.Confidence.Val,
	}
	if s.FlowExport != nil {
		m.configured = float64(s.FlowExport.Sampling.Val)
	}
	for _, p := range s.Cloud.Prefixes {
		m.cloud = append(m.cloud, p.Val.Masked())
	}
	for _, c := range s.Circuits {
		m.circuits = append(m.circuits, circuit{name: c.Name.Val, gateway: c.Gateway.Val, vlan: c.VLAN.Val, preference: c.Preference.Val})
	}
	for _, name := range s.Gateways() {
		g, err := m.gateway(s, inv, name)
		if err != nil {
			return nil, err
		}
		m.byName[name] = g
		m.names = append(m.names, name)
	}
	for a, name := range exporters {
		if g := m.byName[name]; g != nil {
			m.gateways[a.Unmap()] = g
			m.addresses[name] = append(m.addresses[name], a.Unmap())
		}
	}
	return m, nil
}

// gateway indexes the circuits of one gateway.
func (m *Map) gateway(s *scenario.Scenario, inv *inventory.Inventory, name string) (*gateway, error) {
	g := &gateway{
		name: name, only: unattributed,
		byIfIndex: map[uint32]int{}, byNextHop: map[netip.Addr]int{}, byVLAN: map[int]int{}, links: map[netip.Addr]bool{},
	}
	dev := inv.Gateway(name)
	linked := g.link(s)
	n := 0
	for i, c := range s.Circuits {
		if c.Gateway.Val != name {
			continue
		}
		if n++; n == 1 && !linked {
			g.only = i
		} else {
			g.only = unattributed
		}
		for _, l := range c.Links() {
			g.byNextHop[l.Cloud.Val.Addr()] = i
		}
		if v := m.circuits[i].vlan; v > 0 {
			if _, taken := g.byVLAN[v]; taken {
				g.byVLAN[v] = unattributed // the same number on two ports tells nothing
			} else {
				g.byVLAN[v] = i
			}
		}
		m.circuits[i].interfaces = portNames(dev, c.Port.Val, c.VLAN.Val)
		if dev == nil || !dev.IfIndex[c.Name.Val].Set {
			g.noIndex = true
			continue
		}
		index := uint32(dev.IfIndex[c.Name.Val].Val)
		if other, taken := g.byIfIndex[index]; taken {
			return nil, fmt.Errorf("%s: if_index of %s and %s is %d in both", dev.Name.Val, m.circuits[other].name, c.Name.Val, index)
		}
		g.byIfIndex[index] = i
		m.circuits[i].ifIndex = index
	}
	return g, nil
}

// link notes the links to other gateways and reports whether there are any.
func (g *gateway) link(s *scenario.Scenario) bool {
	linked := false
	for _, l := range s.Links {
		for i, e := range l.Ends {
			if e.Gateway.Val != g.name || len(l.Ends) != 2 {
				continue
			}
			linked = true
			g.links[l.Ends[1-i].Address.Val.Addr()] = true
		}
	}
	return linked
}

// Exporters returns the gateways' names with the addresses that they export
// from.
func (m *Map) Exporters() map[string][]netip.Addr { return m.addresses }

// direction tells from the cloud's prefixes where a packet goes.
func (m *Map) direction(s *flow.Sample) Direction {
	to, from := m.inCloud(s.Dst), m.inCloud(s.Src)
	switch {
	case to && !from:
		return ToCloud
	case from && !to:
		return FromCloud
	}
	return Other
}

func (m *Map) inCloud(a netip.Addr) bool {
	for _, p := range m.cloud {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// place is where a sample belongs.
type place struct {
	circuit int
	method  Method
	// conflict is true when the interface and the next hop name two circuits.
	conflict bool
	// skip is true for what another gateway counts.
	skip bool
}

// place attributes a sample. Towards the cloud the interface that it leaves by
// is surest; some devices do not fill it in, and then the next hop decides.
// learnt are the indices that the device told by the names of its interfaces.
func (g *gateway) place(s *flow.Sample, d Direction, learnt map[uint32]int) place {
	index, vlan := s.Out, s.DstVLAN
	if d == FromCloud {
		index, vlan = s.In, s.SrcVLAN
	}
	hop, byHop := unattributed, ByNextHop
	if d == ToCloud {
		if g.links[s.NextHop] {
			return place{circuit: unattributed, skip: true}
		}
		if c, ok := g.byNextHop[s.NextHop]; ok {
			hop = c
		} else if c, ok := g.byNextHop[s.BGPNextHop]; ok {
			hop, byHop = c, ByBGPNextHop
		}
	}
	c, ok := g.byIfIndex[index]
	if !ok {
		c, ok = learnt[index]
	}
	if ok && index != 0 {
		return place{circuit: c, method: ByIfIndex, conflict: hop != unattributed && hop != c}
	}
	if hop != unattributed {
		return place{circuit: hop, method: byHop}
	}
	if c, ok := g.byVLAN[int(vlan)]; ok && vlan != 0 && c != unattributed {
		return place{circuit: c, method: ByVLAN}
	}
	// The only circuit of a gateway, when nothing says that the packet went
	// elsewhere.
	known := index != 0 && (!g.noIndex || len(learnt) > 0) || d == ToCloud && s.NextHop.IsValid()
	if g.only != unattributed && !known {
		return place{circuit: g.only, method: ByExporter}
	}
	return place{circuit: unattributed}
}
