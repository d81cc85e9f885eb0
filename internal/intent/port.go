package intent

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/vendor"
)

// defaultMTU is what an interface carries when nothing is said.
const defaultMTU = 1500

// frameMTU returns what a port's own MTU must be, or 0 when it need not be set.
func (b *builder) frameMTU(p *Port) int {
	o := b.p.Ports.FrameOverhead
	switch {
	case p.MTU == 0 || o == vendor.FrameOverhead{}:
		return 0
	case p.Tagged:
		return p.MTU + o.Tagged
	}
	return p.MTU + o.Untagged
}

// port returns the device's port of a scenario's port, made on first use.
func (b *builder) port(logical scenario.Of[string]) *Port {
	ip := b.g.PortOf(logical.Val)
	if ip == nil {
		names := make([]string, len(b.g.Ports))
		for i, p := range b.g.Ports {
			names[i] = p.Logical.Val
		}
		b.list.Add(diag.CodeUnknownPort, logical.Pos, "gateway %s has no port %s in the inventory", diag.Quote(b.g.Name.Val), diag.Quote(logical.Val)).
			WithHelp("%s", diag.DidYouMean(logical.Val, names)).
			WithRelated(b.g.PortsPos, "the gateway's ports")
		return nil
	}
	for _, p := range b.d.Ports {
		if p.Name == ip.Name.Val {
			return p
		}
	}
	if !b.p.Ports.Pattern.MatchString(ip.Name.Val) {
		b.list.Add(diag.CodePortName, ip.Name.Pos, "%s is no port of %s", diag.Quote(ip.Name.Val), b.p.Title).
			WithHelp("%s", b.portHelp(ip.Name.Val))
	}
	p := &Port{Name: ip.Name.Val, Slot: -1}
	b.negotiation(p, ip)
	b.slot(p, ip)
	b.d.Ports = append(b.d.Ports, p)
	return p
}

// portHelp says what to write in the place of a name that is no port. A tag in
// the name is a common mistake, since the device shows the sub-interface so.
func (b *builder) portHelp(name string) string {
	ports := b.p.Ports
	example := strings.Join(b.p.ExampleOf(b.platform).Ports[:1], "")
	const tag = "write vlan: %s at the circuit"
	if i := strings.LastIndexByte(name, '.'); i > 0 && ports.Pattern.MatchString(name[:i]) {
		return fmt.Sprintf("the port is meant, not its sub-interface: write %s here, and "+tag, name[:i], name[i+1:])
	}
	if re := ports.VLANInterface; re != nil {
		if m := re.FindStringSubmatch(name); len(m) > 1 {
			return fmt.Sprintf("a port is meant, not the interface of a VLAN: write one such as %s here, and "+tag, example, m[1])
		}
	}
	return "write it in full as the device prints it, such as " + example
}

func (b *builder) negotiation(p *Port, ip *inventory.Port) {
	prov := b.s.Provider()
	fixed := prov != nil && !prov.AutoNegotiation
	n := ip.Negotiation
	if re := b.p.Ports.Bundle; re != nil && re.MatchString(ip.Name.Val) {
		b.bundle(ip)
		return
	}
	if !n.Set {
		if fixed && !b.asked["negotiation-unset"] && b.can(vendor.FeatureNegotiation) {
			b.asked["negotiation-unset"] = true // one port says it for the gateway
			b.list.Add(diag.CodeNegotiationUnset, ip.Pos, "the negotiation of port %s is not stated, it is left as it is", ip.Name.Val).
				WithHelp(`the cloud asks for fixed speed and full duplex on copper and 1G ports: {name: %s, negotiation: "1000 full"}`, ip.Name.Val)
		}
		return
	}
	auto := n.Val == "auto"
	speed, _ := strconv.Atoi(strings.TrimSuffix(n.Val, " full")) // 0 for auto
	if auto && fixed {
		b.list.Add(diag.CodeNegotiation, n.Pos, "port %s negotiates, the cloud asks for fixed speed and full duplex", ip.Name.Val)
	}
	if !b.p.NegotiationOf(b.platform).Has(ip.Name.Val, speed) {
		if speed <= 1000 {
			b.list.Add(diag.CodeNegotiationUnset, n.Pos, "the negotiation of port %s is not rendered, it is left as it is", ip.Name.Val).
				WithHelp("%s has no line for %q on a port of this type", b.p.Title, n.Val)
		}
		return
	}
	p.Auto, p.Speed = auto, speed
	// What is not confirmed is no news about an example that nobody wrote.
	if !b.example() || !b.can(vendor.FeatureNegotiation) {
		b.need(vendor.FeatureNegotiation, n.Pos)
	}
}

// bundle refuses to negotiate for a bundle of ports, and says that the ports
// below it are not rendered.
func (b *builder) bundle(ip *inventory.Port) {
	if n := ip.Negotiation; n.Set {
		b.list.Add(diag.CodeBundleNegotiation, n.Pos, "port %s is a bundle, it has no negotiation of its own", ip.Name.Val).
			WithHelp("leave negotiation away here; the members of the bundle negotiate, state it there, on the device")
	}
	if !b.asked["bundle"] {
		b.asked["bundle"] = true // one port says it for the gateway
		b.list.Add(diag.CodeBundleMembers, ip.Pos, "port %s is a bundle, its members are not rendered", ip.Name.Val).
			WithHelp("configure the members, their fixed speed and LACP on the device before this is loaded")
	}
}

// slot takes the slot from the inventory or from the port's name.
func (b *builder) slot(p *Port, ip *inventory.Port) {
	if ip.Slot.Set {
		p.Slot = ip.Slot.Val
	} else if re := b.p.Ports.Slot; re != nil {
		if m := re.FindStringSubmatch(ip.Name.Val); len(m) > 1 {
			p.Slot, _ = strconv.Atoi(m[1])
		}
	}
	f := b.s.FlowExport
	if p.Slot < 0 && b.p.FlowOf(b.platform).NeedsSlot && f != nil && !f.External {
		b.list.Add(diag.CodeSlot, ip.Pos, "the slot of port %s is not known, sampling is bound to it", ip.Name.Val).
			WithHelp("write {name: %s, slot: N}", ip.Name.Val)
	}
}
