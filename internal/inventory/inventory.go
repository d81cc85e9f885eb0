// Package inventory reads an inventory file: which device each gateway of a
// scenario is, how it is reached, and what its ports are called.
package inventory

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// Of is a value with the place where it was written.
type Of[T any] = yamlpos.Of[T]

// Inventory is an inventory file.
type Inventory struct {
	File     string
	Gateways []*Gateway
}

// Gateway binds a gateway of the scenario to a device.
type Gateway struct {
	Pos       diag.Position
	Name      Of[string]
	OS        Of[string]
	Platform  Of[string]
	OSVersion Of[string]
	Address   Of[string]
	Port      Of[int]
	Username  Of[string]
	Auth      *Auth
	Jump      *Jump
	Connection
	Ports    []*Port
	PortsPos diag.Position
	// IDOffset is added to every probe and track number, so that they stay
	// clear of numbers that are in use on the device.
	IDOffset     Of[int]
	FlowSource   *FlowSource
	Management   Management
	IfIndex      map[string]Of[int]
	SecurityZone *SecurityZone
}

// Port is one port: Logical is the scenario's name, Name the device's.
type Port struct {
	Pos         diag.Position
	Logical     Of[string]
	Name        Of[string]
	Slot        Of[int]
	Negotiation Of[string]
}

// FlowSource is where the exporter sends from.
type FlowSource struct {
	Pos       diag.Position
	Interface Of[string]
	Address   Of[netip.Addr]
}

// Management is what a change never cuts.
type Management struct {
	Prefixes []Of[netip.Prefix]
	VRF      Of[string]
}

// SecurityZone names the zones of a firewall.
type SecurityZone struct {
	Pos      diag.Position
	Circuits Of[string]
	Site     Of[string]
}

// Gateway returns the gateway of a name, or nil.
func (inv *Inventory) Gateway(name string) *Gateway {
	for _, g := range inv.Gateways {
		if g.Name.Val == name {
			return g
		}
	}
	return nil
}

// PortOf returns the port that the scenario calls name, or nil.
func (g *Gateway) PortOf(name string) *Port {
	for _, p := range g.Ports {
		if p.Logical.Val == name {
			return p
		}
	}
	return nil
}

var (
	namePattern    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,30}[A-Za-z0-9]$|^[A-Za-z]$`)
	osPattern      = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)
	versionPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.()_-]{0,40}$`)
	hostPattern    = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$`)
	userPattern    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9._@-]{0,62}$`)
	envPattern     = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)
	numeric        = regexp.MustCompile(`^[0-9.]+$`)
	ifacePattern   = regexp.MustCompile(`^[0-9]{0,4}[A-Za-z][A-Za-z0-9/:._-]{0,62}$`)
	negPattern     = regexp.MustCompile(`^(auto|(10|100|1000|2500|5000|10000|25000|40000|100000) full)$`)
)

const (
	nameRule    = "a letter, then letters, digits, - or _, at most 32 characters, the last a letter or digit"
	osRule      = "an id of `twinpath vendors`"
	versionRule = "letters, digits and . ( ) _ -"
	hostRule    = "a host name or an IP address"
	userRule    = "letters, digits and . _ @ -"
	ifaceRule   = "a device's interface name in full, without spaces"
	negRule     = `"auto" or a speed in Mbit/s and "full", such as "1000 full"`
)

// Decode reads an inventory and checks what it alone can decide.
func Decode(file string, data []byte, list *diag.List) *Inventory {
	top, ok := yamlpos.Parse(file, data, list)
	if !ok {
		return nil
	}
	if isScenario(top) {
		return nil
	}
	inv := &Inventory{File: file}
	top.Map("the inventory",
		yamlpos.Required("version", func(v yamlpos.Value) {
			if t, ok := v.Text("version"); ok && t.Val != "1" {
				v.Add(diag.CodeVersion, "version %s is not known, this program reads version 1", diag.Quote(t.Val)).
					WithHelp("set version: 1, or use a twinpath that knows the newer format")
			}
		}),
		yamlpos.Required("gateways", func(v yamlpos.Value) {
			v.Seq("gateways", func(v yamlpos.Value) { inv.Gateways = append(inv.Gateways, decodeGateway(v)) })
			if len(inv.Gateways) == 0 && v.IsSeq() {
				v.Add(diag.CodeMissing, "gateways needs one gateway or more")
			}
		}),
	)
	inv.check(list)
	return inv
}

// isScenario reports a file of the other kind, once: every key of it would be
// wrong.
func isScenario(top yamlpos.Value) bool {
	pos, has := top.KeyPos("circuits")
	if _, gateways := top.KeyPos("gateways"); !has || gateways {
		return false
	}
	top.List().Add(diag.CodeType, pos, "this is a scenario, an inventory is needed here").
		WithHelp("give the inventory with -i, and the scenario as the argument")
	return true
}

func decodeGateway(v yamlpos.Value) *Gateway {
	g := &Gateway{Pos: v.Pos(), Port: yamlpos.Default(22)}
	v.Map("a gateway",
		yamlpos.Required("name", func(v yamlpos.Value) { g.Name = v.Match("the gateway's name", namePattern, nameRule) }),
		yamlpos.Required("os", func(v yamlpos.Value) { g.OS = v.Match("os", osPattern, osRule) }),
		yamlpos.Optional("platform", func(v yamlpos.Value) { g.Platform = v.Match("platform", osPattern, "an id of the OS's platforms") }),
		yamlpos.Optional("os_version", func(v yamlpos.Value) { g.OSVersion = release(v) }),
		yamlpos.Optional("address", func(v yamlpos.Value) { g.Address = host(v, "address") }),
		yamlpos.Optional("port", func(v yamlpos.Value) { g.Port.Take(v.Int("port", 1, 65535, diag.CodeValue)) }),
		yamlpos.Optional("username", func(v yamlpos.Value) { g.Username = v.Match("username", userPattern, userRule) }),
		yamlpos.Optional("auth", func(v yamlpos.Value) { g.Auth = decodeAuth(v) }),
		knownHosts(&g.KnownHosts),
		oldAlgorithms(&g.OldAlgorithms),
		yamlpos.Optional("transport", func(v yamlpos.Value) { g.Transport = v.OneOf("transport", TransportNative, TransportSystem) }),
		yamlpos.Optional("ssh_config", func(v yamlpos.Value) { g.SSHConfig = v.Path("ssh_config") }),
		yamlpos.Optional("keepalive", func(v yamlpos.Value) { g.KeepAlive = decodeKeepAlive(v) }),
		yamlpos.Optional("jump", func(v yamlpos.Value) { g.Jump = decodeJump(v) }),
		yamlpos.Required("ports", func(v yamlpos.Value) { g.PortsPos = v.Pos(); g.decodePorts(v) }),
		yamlpos.Optional("id_offset", func(v yamlpos.Value) { g.IDOffset = v.Int("id_offset", 0, 100000, diag.CodeValue) }),
		yamlpos.Optional("flow_source", func(v yamlpos.Value) { g.FlowSource = decodeFlowSource(v) }),
		yamlpos.Optional("management", func(v yamlpos.Value) { g.Management.decode(v) }),
		yamlpos.Optional("if_index", func(v yamlpos.Value) {
			g.IfIndex = map[string]Of[int]{}
			v.Entries("if_index", func(k, v yamlpos.Value) {
				name := k.Match("the circuit's name", namePattern, nameRule)
				g.IfIndex[name.Val] = v.Int("if_index", 1, 1<<31-1, diag.CodeValue)
			})
		}),
		yamlpos.Optional("security_zone", func(v yamlpos.Value) {
			z := &SecurityZone{Pos: v.Pos()}
			v.Map("security_zone",
				yamlpos.Required("circuits", func(v yamlpos.Value) { z.Circuits = v.Match("security_zone.circuits", namePattern, nameRule) }),
				yamlpos.Optional("site", func(v yamlpos.Value) { z.Site = v.Match("security_zone.site", namePattern, nameRule) }),
			)
			g.SecurityZone = z
		}),
	)
	g.checkConnection(v)
	return g
}

// release reads the release of an operating system. YAML may take it for a
// number; what counts is how it is written.
func release(v yamlpos.Value) Of[string] {
	t, ok := v.Text("os_version")
	switch {
	case !ok:
	case !versionPattern.MatchString(t.Val):
		v.Add(diag.CodeName, "os_version %s is not allowed: %s", diag.Quote(t.Val), versionRule)
		t.Set = false
	case !strings.ContainsAny(t.Val, "0123456789"):
		v.Add(diag.CodeValue, "os_version %s holds no digit, so it names no release", diag.Quote(t.Val)).
			WithHelp("write it as the device's version command prints it, such as \"17.9\", \"20.4R3\" or \"V200R010C00\"; or remove it")
		t.Set = false
	}
	return t
}

// decodePorts reads `wan1: NAME` or `wan1: {name: NAME, ...}`.
func (g *Gateway) decodePorts(v yamlpos.Value) {
	v.Entries("ports", func(k, v yamlpos.Value) {
		p := &Port{Pos: v.Pos(), Logical: k.Match("the port's name", namePattern, nameRule)}
		if !v.IsMap() {
			p.Name = v.Match("the port", ifacePattern, ifaceRule)
		} else {
			v.Map("a port",
				yamlpos.Required("name", func(v yamlpos.Value) { p.Name = v.Match("the port", ifacePattern, ifaceRule) }),
				yamlpos.Optional("slot", func(v yamlpos.Value) { p.Slot = v.Int("slot", 0, 255, diag.CodeValue) }),
				yamlpos.Optional("negotiation", func(v yamlpos.Value) { p.Negotiation = v.Match("negotiation", negPattern, negRule) }),
			)
		}
		g.Ports = append(g.Ports, p)
	})
}

func decodeFlowSource(v yamlpos.Value) *FlowSource {
	f := &FlowSource{Pos: v.Pos()}
	v.Map("flow_source",
		yamlpos.Optional("interface", func(v yamlpos.Value) { f.Interface = v.Match("flow_source.interface", ifacePattern, ifaceRule) }),
		yamlpos.Optional("address", func(v yamlpos.Value) { f.Address = v.Addr("flow_source.address") }),
	)
	return f
}

func (m *Management) decode(v yamlpos.Value) {
	v.Map("management",
		yamlpos.Optional("prefixes", func(v yamlpos.Value) {
			v.Seq("management.prefixes", func(v yamlpos.Value) {
				m.Prefixes = append(m.Prefixes, v.Prefix("a prefix of management.prefixes"))
			})
		}),
		yamlpos.Optional("vrf", func(v yamlpos.Value) { m.VRF = v.Match("management.vrf", namePattern, nameRule) }),
	)
}

// check finds gateways and ports that are defined twice.
func (inv *Inventory) check(list *diag.List) {
	byName := map[string]*Gateway{}
	for _, g := range inv.Gateways {
		if first := byName[g.Name.Val]; first != nil && g.Name.Set {
			list.Add(diag.CodeDuplicateName, g.Name.Pos, "a second gateway is named %s", diag.Quote(g.Name.Val)).
				WithRelated(first.Name.Pos, "first defined here")
		} else {
			byName[g.Name.Val] = g
		}
		byPort := map[string]*Port{}
		for _, p := range g.Ports {
			k := strings.ToLower(p.Name.Val)
			if first := byPort[k]; first != nil && p.Name.Set {
				list.Add(diag.CodeDuplicatePort, p.Name.Pos, "ports %s and %s are both %s", diag.Quote(first.Logical.Val), diag.Quote(p.Logical.Val), p.Name.Val).
					WithRelated(first.Name.Pos, "first bound here")
			} else {
				byPort[k] = p
			}
		}
	}
}
