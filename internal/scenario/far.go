package scenario

import (
	"regexp"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// Create is the word for what does not exist yet and is to be made.
const Create = "create"

// Network is the cloud network that the circuits lead to. Empty ids are asked
// for when the cloud side is applied.
type Network struct {
	Pos diag.Position
	ID  Of[string]
	// Subnets are where the cloud's hub reaches into the network, in zones.
	Subnets []Subnet
}

// Subnet is one zone of the network.
type Subnet struct {
	Pos  diag.Position
	Zone Of[string]
	ID   Of[string]
}

// Hub is what joins the border routers and the network. Each of its parts is
// an id, the word Create, or empty: then it is asked for.
type Hub struct {
	Pos     diag.Position
	Network Of[string]
	Router  Of[string]
}

// Far is what the cloud side must know of one circuit.
type Far struct {
	Pos diag.Position
	// Connection is the id of the ordered physical circuit, AccessPoint where
	// it ends, RedundantTo the circuit that it was ordered as redundant to.
	Connection  Of[string]
	AccessPoint Of[string]
	RedundantTo Of[string]
	// Router is the name of the border router.
	Router Of[string]
	// Bandwidth is in Mbit/s, 0 when it is left to the cloud.
	Bandwidth Of[int]
	// Account owns circuit and border router, when it is not the cloud.account.
	Account Of[string]
}

var (
	idPattern      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	accountPattern = regexp.MustCompile(`^[0-9]{1,20}$`)
	routerPattern  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{1,127}$`)
)

const (
	idRule      = "a letter or digit, then letters, digits, ., - or _, at most 64 characters"
	accountRule = "the account's number: digits, in quotes"
	routerRule  = "a letter, then letters, digits, - or _, 2 to 128 characters"
)

// maxBandwidth bounds a bandwidth before the cloud's own list is looked at.
const maxBandwidth = 1_000_000

func (s *Scenario) decodeNetwork(v yamlpos.Value) {
	n := &s.Cloud.Network
	n.Pos = v.Pos()
	v.Map("cloud.network",
		yamlpos.Optional("id", func(v yamlpos.Value) { n.ID = v.Match("the network's id", idPattern, idRule) }),
		yamlpos.Optional("subnets", func(v yamlpos.Value) {
			v.Seq("cloud.network.subnets", func(v yamlpos.Value) {
				sub := Subnet{Pos: v.Pos()}
				v.Map("a subnet",
					yamlpos.Required("zone", func(v yamlpos.Value) { sub.Zone = v.Match("zone", wordPattern, wordRule) }),
					yamlpos.Optional("id", func(v yamlpos.Value) { sub.ID = v.Match("the subnet's id", idPattern, idRule) }),
				)
				n.Subnets = append(n.Subnets, sub)
			})
		}),
	)
}

func (s *Scenario) decodeHub(v yamlpos.Value) {
	h := &s.Cloud.Hub
	h.Pos = v.Pos()
	v.Map("cloud.hub",
		yamlpos.Optional("network", func(v yamlpos.Value) { h.Network = v.Match("cloud.hub.network", idPattern, idRule) }),
		yamlpos.Optional("router", func(v yamlpos.Value) { h.Router = v.Match("cloud.hub.router", idPattern, idRule) }),
	)
}

func decodeFar(v yamlpos.Value) *Far {
	f := &Far{Pos: v.Pos()}
	v.Map("cloud",
		yamlpos.Optional("connection", func(v yamlpos.Value) { f.Connection = v.Match("connection", idPattern, idRule) }),
		yamlpos.Optional("access_point", func(v yamlpos.Value) { f.AccessPoint = v.Match("access_point", idPattern, idRule) }),
		yamlpos.Optional("redundant_to", func(v yamlpos.Value) { f.RedundantTo = v.Match("redundant_to", namePattern, nameRule) }),
		yamlpos.Optional("router", func(v yamlpos.Value) { f.Router = v.Match("the border router's name", routerPattern, routerRule) }),
		yamlpos.Optional("bandwidth", func(v yamlpos.Value) { f.Bandwidth = v.Int("bandwidth", 1, maxBandwidth, diag.CodeValue) }),
		yamlpos.Optional("account", func(v yamlpos.Value) { f.Account = v.Match("account", accountPattern, accountRule) }),
	)
	return f
}

// resolveLinkSources fills in `source: auto` where the cloud probes from its
// own end of the link: then the source is known from the start.
func (s *Scenario) resolveLinkSources() {
	p := s.Provider()
	if p == nil || !p.LinkSource {
		return
	}
	for _, c := range s.Circuits {
		for _, l := range c.Links() {
			if h := l.Health; h != nil && h.Auto && l.Cloud.Set {
				h.Source.Val, h.Source.Set, h.Auto = l.Cloud.Val.Addr(), true, false
			}
		}
	}
}

// FromLink reports whether the probe comes from the cloud's end of the link:
// that address is connected, so the reply needs no return route.
func (l *Link) FromLink() bool {
	h := l.Health
	return h != nil && !h.Auto && h.Source.Set && l.Cloud.Set && h.Source.Val == l.Cloud.Val.Addr()
}

// bothEndsBFD reports whether the cloud watches the circuits by BFD as well, so
// that they need no health check.
func (s *Scenario) bothEndsBFD() bool {
	p := s.Provider()
	return p != nil && p.StaticBFD && s.Tracking.Method.Val == MethodBFD && s.Tracking.BFD.Mode.Val == BFDAsync
}

// FarBFD returns the timers with which the cloud watches the circuits by BFD,
// or false when it does not.
func (s *Scenario) FarBFD() (BFD, bool) { return s.Tracking.BFD, s.bothEndsBFD() }
