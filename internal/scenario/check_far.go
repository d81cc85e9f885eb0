package scenario

import (
	"slices"
	"strconv"
	"strings"

	"github.com/twinpath/twinpath/internal/diag"
)

// checkFar holds the rules of the keys that only the cloud's side uses.
func (s *Scenario) checkFar(list *diag.List) {
	s.checkConnections(list)
	s.checkAccounts(list)
	s.checkBandwidths(list)
	s.checkAccessPoints(list)
	s.checkZones(list)
	switch h := s.Cloud.Hub; {
	case h.Network.Val != Create || h.Router.Val == Create:
	case h.Router.Set:
		list.Add(diag.CodeCloudHub, h.Router.Pos, "the router %s exists, its network is to be created", diag.Quote(h.Router.Val)).
			WithHelp("a router belongs to one network: name the network that has it, or create both").
			WithRelated(h.Network.Pos, "the network")
	case !h.Router.Bad():
		list.Add(diag.CodeCloudHub, h.Network.Pos, "the network is to be created, and no router in it").
			WithHelp("add `router: create`, or name the network that has the router")
	}
}

// checkConnections: circuits of one port lie on one physical circuit, circuits
// of two ports never do.
func (s *Scenario) checkConnections(list *diag.List) {
	byPort, byID := map[gatewayPort]*Circuit{}, map[string]*Circuit{}
	for _, c := range s.Circuits {
		id := c.Far.Connection
		if !id.Set || !c.Gateway.Set || !c.Port.Set {
			continue
		}
		k := gatewayPort{c.Gateway.Val, c.Port.Val}
		if o := byPort[k]; o != nil && o.Far.Connection.Val != id.Val {
			list.Add(diag.CodeCloudConnection, id.Pos, "circuits %s and %s share port %s and name two physical circuits",
				diag.Quote(o.Name.Val), diag.Quote(c.Name.Val), diag.Quote(c.Port.Val)).
				WithHelp("one port is one physical circuit; name the same id, or leave it away at one of them").
				WithRelated(o.Far.Connection.Pos, "the other id")
		}
		if o := byID[id.Val]; o != nil && (o.Gateway.Val != c.Gateway.Val || o.Port.Val != c.Port.Val) {
			list.Add(diag.CodeCloudConnection, id.Pos, "circuits %s and %s end on two ports and name one physical circuit, %s",
				diag.Quote(o.Name.Val), diag.Quote(c.Name.Val), id.Val).
				WithHelp("each port has a physical circuit of its own").
				WithRelated(o.Far.Connection.Pos, "the other one")
		}
		if byPort[k] == nil {
			byPort[k] = c
		}
		if byID[id.Val] == nil {
			byID[id.Val] = c
		}
	}
}

// checkAccounts: a border router of another account is granted to the account
// of the hub, which must be known for it.
func (s *Scenario) checkAccounts(list *diag.List) {
	for _, c := range s.Circuits {
		if a := c.Far.Account; a.Set && !s.Cloud.Account.Set {
			list.Add(diag.CodeCloudAccount, a.Pos, "circuit %s is account %s's, and cloud.account is not named", diag.Quote(c.Name.Val), a.Val).
				WithHelp("add cloud.account, the number of the account that owns the network: the circuit's account grants it the border router")
			return
		}
	}
}

// checkBandwidths holds the speeds that the cloud offers, and that circuits
// which share the load have one (V14).
func (s *Scenario) checkBandwidths(list *diag.List) {
	p := s.Provider()
	if p == nil {
		return
	}
	var first *Circuit
	for _, c := range s.Circuits {
		b := c.Far.Bandwidth
		if !b.Set {
			continue
		}
		if len(p.Bandwidths) > 0 && !slices.Contains(p.Bandwidths, b.Val) {
			list.Add(diag.CodeCloudBandwidth, b.Pos, "a border router with %d Mbit/s is not offered", b.Val).
				WithHelp("%s offers %s Mbit/s; leave the key away on a shared circuit", p.Title, numbers(p.Bandwidths))
			continue
		}
		if first == nil {
			first = c
		} else if s.Mode.Val == ActiveActive && first.Far.Bandwidth.Val != b.Val {
			list.Add(diag.CodeSpeedUnequal, b.Pos, "circuits %s and %s share the load equally and have %d and %d Mbit/s on the cloud's side",
				diag.Quote(first.Name.Val), diag.Quote(c.Name.Val), first.Far.Bandwidth.Val, b.Val).
				WithHelp("the slower one drops what does not fit; give both the same, or set mode: %s", ActiveStandby).
				WithRelated(first.Far.Bandwidth.Pos, "the other circuit")
		}
	}
}

func numbers(ns []int) string {
	out := make([]string, len(ns))
	for i, n := range ns {
		out[i] = strconv.Itoa(n)
	}
	return strings.Join(out, ", ")
}

// place is where circuits of one account end.
type place struct{ account, point string }

// checkAccessPoints: circuits at one access point end on two devices there only
// if one was ordered as redundant to the other (R8); an account has a quota of
// circuits at each (V11). Each access point is told once.
func (s *Scenario) checkAccessPoints(list *diag.List) {
	s.checkRedundant(list)
	at := map[place][]*Circuit{}
	told := map[place]bool{}
	ports := map[gatewayPort]bool{}
	for _, c := range s.Circuits {
		p := c.Far.AccessPoint
		port := gatewayPort{c.Gateway.Val, c.Port.Val}
		if !p.Set || ports[port] { // circuits of one port lie on one physical circuit
			continue
		}
		ports[port] = true
		k := place{c.Far.Account.Val, p.Val}
		if !told[k] {
			told[k] = apart(list, c, at[k])
		}
		at[k] = append(at[k], c)
		if prov := s.Provider(); prov != nil && prov.CircuitsPerAccessPoint > 0 && len(at[k]) == prov.CircuitsPerAccessPoint+1 {
			list.Add(diag.CodeVBRQuota, p.Pos, "more than %d circuits of one account end at access point %s", prov.CircuitsPerAccessPoint, p.Val).
				WithHelp("the cloud allows %d unless the quota was raised", prov.CircuitsPerAccessPoint)
		}
	}
}

// apart reports, and returns true for, a circuit that is not declared redundant
// to one of the others at its access point.
func apart(list *diag.List, c *Circuit, others []*Circuit) bool {
	for _, o := range others {
		if c.Far.RedundantTo.Val == o.Name.Val || o.Far.RedundantTo.Val == c.Name.Val {
			continue
		}
		list.Add(diag.CodeCloudRedundancy, c.Far.AccessPoint.Pos, "circuits %s and %s end at one access point, %s, and neither is redundant to the other",
			diag.Quote(o.Name.Val), diag.Quote(c.Name.Val), c.Far.AccessPoint.Val).
			WithHelp("one device may hold both. Order the second with the first as its redundant circuit and write `redundant_to: %s` here, or use two access points", o.Name.Val).
			WithRelated(o.Far.AccessPoint.Pos, "the other circuit")
		return true
	}
	return false
}

// maxSuggestions is how many wrong names of circuits are compared with all.
const maxSuggestions = 20

// checkRedundant: redundant_to names another circuit.
func (s *Scenario) checkRedundant(list *diag.List) {
	names := make([]string, len(s.Circuits))
	known := make(map[string]bool, len(s.Circuits))
	for i, c := range s.Circuits {
		names[i] = c.Name.Val
		known[c.Name.Val] = true
	}
	wrong := 0
	for _, c := range s.Circuits {
		to := c.Far.RedundantTo
		if !to.Set || known[to.Val] && to.Val != c.Name.Val {
			continue
		}
		d := list.Add(diag.CodeCloudConnection, to.Pos, "circuit %s is redundant to %s, which is no other circuit", diag.Quote(c.Name.Val), diag.Quote(to.Val))
		if wrong++; wrong <= maxSuggestions {
			d.WithHelp("%s", diag.DidYouMean(to.Val, names))
		}
	}
}

// checkZones: the hub reaches into the network in two zones (R4), each once.
func (s *Scenario) checkZones(list *diag.List) {
	seen := map[string]Subnet{}
	for _, sub := range s.Cloud.Network.Subnets {
		if !sub.Zone.Set {
			continue
		}
		if o, twice := seen[sub.Zone.Val]; twice {
			list.Add(diag.CodeCloudHub, sub.Zone.Pos, "the zone %s stands twice", sub.Zone.Val).
				WithHelp("the hub uses one subnet of a zone").WithRelated(o.Zone.Pos, "first named here")
		}
		seen[sub.Zone.Val] = sub
	}
	if len(seen) == 1 {
		list.Add(diag.CodeCloudZones, s.Cloud.Network.Subnets[0].Pos, "the hub reaches into the network in one zone only").
			WithHelp("name subnets in two zones: a region with several asks for it, and one zone may fail")
	}
}
