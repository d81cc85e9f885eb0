package cloud

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/scenario"
)

// Build decides what the cloud's end of a valid scenario must have. What the
// cloud's Terraform provider cannot say, or no document confirms, is an error
// in list that names the manual step; the plan is nil then.
func Build(s *scenario.Scenario, schema *Schema, list *diag.List) *Plan {
	b := &builder{s: s, prov: s.Provider(), list: list}
	b.refuse()
	if list.HasErrors() {
		return nil
	}
	b.plan = &Plan{
		Scenario: s.Name.Val, Title: b.prov.Title, Constraint: schema.Provider.Constraint,
		Region: s.Cloud.Region.Val, Standby: s.Mode.Val == scenario.ActiveStandby,
		SitePrefixes: sorted(s.Site.Prefixes), CloudPrefixes: sorted(s.Cloud.Prefixes),
		Account: s.Cloud.Account.Val, Hub: hub(s.Cloud.Hub), Network: network(s.Cloud.Network),
	}
	if !b.prov.IPv6Static {
		six := slices.IndexFunc(b.plan.SitePrefixes, func(p netip.Prefix) bool { return p.Addr().Is6() })
		if six >= 0 {
			b.plan.SitePrefixes, b.plan.Elsewhere = b.plan.SitePrefixes[:six], b.plan.SitePrefixes[six:]
		}
	}
	b.owners()
	b.connections()
	for _, c := range s.Circuits {
		b.plan.IPv6 = b.plan.IPv6 || c.V6 != nil
		b.plan.Circuits = append(b.plan.Circuits, b.circuit(c))
	}
	return b.plan
}

type builder struct {
	s    *scenario.Scenario
	prov *scenario.Provider
	list *diag.List
	plan *Plan
	// byPort finds the physical circuit of a gateway's port.
	byPort map[port]*Connection
}

type port struct{ gateway, port string }

// owners finds the accounts that own circuits and are not the hub's.
func (b *builder) owners() {
	seen := map[string]bool{}
	for _, c := range b.s.Circuits {
		a := c.Far.Account.Val
		if a != "" && a != b.s.Cloud.Account.Val && !seen[a] {
			seen[a] = true
			b.plan.Owners = append(b.plan.Owners, &Owner{Account: a, Alias: "account_" + a})
		}
	}
	slices.SortFunc(b.plan.Owners, func(x, y *Owner) int { return cmp.Compare(x.Account, y.Account) })
}

func (b *builder) owner(account string) *Owner {
	for _, o := range b.plan.Owners {
		if o.Account == account {
			return o
		}
	}
	return nil
}

// connections finds the physical circuits: circuits of one port lie on one.
func (b *builder) connections() {
	b.byPort = map[port]*Connection{}
	for _, c := range b.s.Circuits {
		k := port{c.Gateway.Val, c.Port.Val}
		con := b.byPort[k]
		if con == nil {
			con = &Connection{Name: c.Name.Val, Owner: b.owner(c.Far.Account.Val)}
			b.byPort[k] = con
			for _, o := range b.plan.Connections {
				b.plan.Pairs = append(b.plan.Pairs, Pair{A: o, B: con})
			}
			b.plan.Connections = append(b.plan.Connections, con)
		}
		con.ID = cmp.Or(con.ID, c.Far.Connection.Val)
		con.AccessPoint = cmp.Or(con.AccessPoint, c.Far.AccessPoint.Val)
	}
}

func (b *builder) circuit(c *scenario.Circuit) *Circuit {
	out := &Circuit{
		Name: c.Name.Val, Router: cmp.Or(c.Far.Router.Val, b.plan.Scenario+"-"+c.Name.Val),
		Connection: b.byPort[port{c.Gateway.Val, c.Port.Val}], Owner: b.owner(c.Far.Account.Val),
		VLAN: c.VLAN.Val, MTU: cmp.Or(c.MTU.Val, defaultMTU), Bandwidth: c.Far.Bandwidth.Val,
		V4: Link{c.V4.Cloud.Val, c.V4.Gateway.Val},
	}
	if b.plan.Standby {
		out.Preference = c.Preference.Val
		b.plan.LastPreference = max(b.plan.LastPreference, out.Preference)
	}
	if c.V6 != nil {
		out.V6 = &Link{c.V6.Cloud.Val, c.V6.Gateway.Val}
		out.ByHand = c.V6.Health != nil && !b.prov.IPv6Health
	}
	if c.V4.Health != nil {
		out.Health = b.health(c.V4)
	}
	if t, ok := b.s.FarBFD(); ok {
		out.BFD = &BFD{Interval: int(t.Interval.Val / time.Millisecond), Multiplier: t.Multiplier.Val}
	}
	return out
}

// defaultMTU is what 0 stands for in a scenario.
const defaultMTU = 1500

// health decides who chooses the source of the cloud's probe. A source that
// the scenario names inside the automatic range is one that the cloud chose:
// it cannot be set, only expected.
func (b *builder) health(l *scenario.Link) *Health {
	h := l.Health
	out := &Health{Target: h.Target.Val, Interval: int(h.Interval.Val / time.Second), Probes: h.Probes.Val}
	if !out.Target.IsValid() {
		out.Target = l.Gateway.Val.Addr()
	}
	switch auto := b.prov.AutoSources; {
	case h.Auto, l.FromLink():
	case b.prov.LinkSource: // The cloud cannot be told; somebody looked.
		out.Expected = h.Source.Val
	case auto.IsValid() && auto.Contains(h.Source.Val):
		out.Expected = h.Source.Val
	default:
		out.Custom = h.Source.Val
	}
	return out
}

func hub(h scenario.Hub) Hub {
	out := Hub{CreateNetwork: h.Network.Val == scenario.Create, CreateRouter: h.Router.Val == scenario.Create}
	if !out.CreateNetwork {
		out.Network = h.Network.Val
	}
	if !out.CreateRouter {
		out.Router = h.Router.Val
	}
	return out
}

func network(n scenario.Network) Network {
	out := Network{ID: n.ID.Val}
	for _, s := range n.Subnets {
		out.Subnets = append(out.Subnets, Subnet{Zone: s.Zone.Val, ID: s.ID.Val})
	}
	return out
}

// sorted returns prefixes sorted, IPv4 first.
func sorted(ps []scenario.Of[netip.Prefix]) []netip.Prefix {
	out := make([]netip.Prefix, len(ps))
	for i, p := range ps {
		out[i] = p.Val
	}
	slices.SortFunc(out, func(a, b netip.Prefix) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
	return out
}
