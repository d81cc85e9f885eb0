package lab

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/scenario"
)

// The namespaces of the lab. The two border routers are vbr1 and vbr2.
const (
	nsSite    = "dc"
	nsGateway = "gw"
	nsCloud   = "vpc"
)

// sitePort is the gateway's port to the data centre. The circuits' ports have
// the names that the inventory gives them.
const sitePort = "dc0"

// loopback is the gateway's own address behind the circuits. The cloud probes
// it, and not the address of the link: when the kernel answers from an address
// of the link, it prefers the next hop of that same link, and so hides a return
// route that hashes the answers over both circuits.
var loopback = netip.MustParseAddr("172.16.255.1")

// circuit is one leased circuit.
type circuit struct {
	name, port     string
	border         string // the namespace of its border router
	cloud, gateway netip.Prefix
	source         netip.Addr
	interval       time.Duration
	probes         int
	// inner and far are the ends of the link between border router and VPC.
	inner, far netip.Prefix
}

// model is what the lab builds: a scenario on one gateway, with addresses for
// the hosts at both ends.
type model struct {
	gatewayName string
	circuits    []circuit
	site, cloud netip.Prefix
	// management is the gateway's address in the data centre, host the data
	// centre's, server the one that answers in the cloud.
	management   netip.Prefix
	host, server netip.Addr
	sshPort      int
	username     string
	collector    netip.AddrPort
	bfdInterval  time.Duration
	bfdMult      int
	// floor is what the scenario asks of the split, as it writes it.
	floor string
}

// newModel takes the lab's facts from the two files, which are valid ones.
func newModel(s *scenario.Scenario, inv *inventory.Inventory) (*model, error) {
	names := s.Gateways()
	if len(names) != 1 || len(s.Circuits) != 2 {
		return nil, fmt.Errorf("the lab has one gateway and two circuits, scenario %s has %d and %d", s.Name.Val, len(names), len(s.Circuits))
	}
	g := inv.Gateway(names[0])
	if g == nil {
		return nil, fmt.Errorf("the inventory %s has no gateway %q", inv.File, names[0])
	}
	addr, err := netip.ParseAddr(g.Address.Val)
	if err != nil || !addr.Is4() {
		return nil, fmt.Errorf("the lab's gateway needs an IPv4 address in the inventory %s, not %q", inv.File, g.Address.Val)
	}
	if s.FlowExport == nil {
		return nil, errors.New("the lab's scenario needs flow_export: it names the collector")
	}
	m := &model{
		gatewayName: names[0],
		site:        s.Site.Prefixes[0].Val, cloud: s.Cloud.Prefixes[0].Val,
		management: netip.PrefixFrom(addr, 24), host: last(addr, 10),
		sshPort: g.Port.Val, username: g.Username.Val, collector: s.FlowExport.Collector.Val,
		bfdInterval: s.Tracking.BFD.Interval.Val, bfdMult: s.Tracking.BFD.Multiplier.Val,
		floor: "min_share: " + number(s.Split.MinShare.Val),
	}
	if s.Mode.Val == scenario.ActiveStandby {
		m.floor = "standby_max_share: " + number(s.Split.StandbyMaxShare.Val)
	}
	if m.sshPort == 0 {
		m.sshPort = 22
	}
	if m.bfdInterval == 0 || m.bfdMult == 0 {
		m.bfdInterval, m.bfdMult = 300*time.Millisecond, 3
	}
	if !m.site.Contains(m.collector.Addr()) || !m.site.Contains(addr) || !m.site.Contains(loopback) {
		return nil, fmt.Errorf("the lab's gateway %s, its loopback %s and the collector %s must lie in the site's %s", addr, loopback, m.collector.Addr(), m.site)
	}
	m.server = last(m.cloud.Masked().Addr().Next(), 10)
	for i, c := range s.Circuits {
		row, err := newCircuit(i, c, g)
		if err != nil {
			return nil, err
		}
		m.circuits = append(m.circuits, row)
	}
	return m, nil
}

func newCircuit(i int, c *scenario.Circuit, g *inventory.Gateway) (circuit, error) {
	name := c.Name.Val
	port := g.PortOf(c.Port.Val)
	switch {
	case port == nil:
		return circuit{}, fmt.Errorf("the inventory has no port %q for circuit %s", c.Port.Val, name)
	case c.VLAN.Val != 0 || c.VRF.Val != "" || c.V4 == nil || c.V6 != nil:
		return circuit{}, fmt.Errorf("the lab's circuits are untagged, IPv4 and in the global table; circuit %s is not", name)
	case c.V4.Health == nil || c.V4.Health.Auto:
		return circuit{}, fmt.Errorf("circuit %s needs a health_check with a source: without one the lab's cloud never leaves it", name)
	}
	// RFC 2544 section C.2.2 sets 198.18.0.0/15 aside for tests.
	inner := netip.AddrFrom4([4]byte{198, 18, 0, byte(4*i + 1)})
	return circuit{
		name: name, port: port.Name.Val, border: fmt.Sprintf("vbr%d", i+1),
		cloud: c.V4.Cloud.Val, gateway: c.V4.Gateway.Val,
		source: c.V4.Health.Source.Val, interval: c.V4.Health.Interval.Val, probes: c.V4.Health.Probes.Val,
		inner: netip.PrefixFrom(inner, 30), far: netip.PrefixFrom(inner.Next(), 30),
	}, nil
}

// last returns the address with another last byte.
func last(a netip.Addr, b byte) netip.Addr {
	v := a.As4()
	v[3] = b
	return netip.AddrFrom4(v)
}

// hostPrefix is the data centre host with the length of its network.
func (m *model) hostPrefix() netip.Prefix { return netip.PrefixFrom(m.host, m.management.Bits()) }

// index returns the place of a circuit, or -1.
func (m *model) index(name string) int {
	for i, c := range m.circuits {
		if c.name == name {
			return i
		}
	}
	return -1
}
