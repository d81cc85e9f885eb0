package gateway

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/twinpath/twinpath/internal/inventory"
)

// Placed is a gateway that is played, in the place of one of an inventory.
type Placed struct {
	Gateway *Gateway
	As      *inventory.Gateway
}

// WriteFiles writes into a folder what is needed to log in to gateways: an
// inventory in which they stand, inventory.yaml, a key for each, and known_hosts.
func WriteFiles(dir string, list []Placed) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	var hosts, inv strings.Builder
	inv.WriteString("# Simulated gateways; true as long as they run.\nversion: 1\ngateways:\n")
	for _, p := range list {
		hosts.WriteString(p.Gateway.KnownHosts())
		key := filepath.Join(dir, p.As.Name.Val+".key")
		if err := os.WriteFile(key, p.Gateway.UserPEM(), 0o600); err != nil {
			return err
		}
		inv.WriteString(p.entry(key, filepath.Join(dir, "known_hosts")))
	}
	if err := os.WriteFile(filepath.Join(dir, "known_hosts"), []byte(hosts.String()), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "inventory.yaml"), []byte(inv.String()), 0o600)
}

// entry is the gateway in the inventory: how it is reached is its own, all else
// is as in the one whose place it takes.
func (p Placed) entry(key, hosts string) string {
	var b strings.Builder
	as := p.As
	line := func(indent int, name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s%s: %s\n", strings.Repeat(" ", indent), name, value)
		}
	}
	text := func(name, value string) {
		if value != "" {
			line(4, name, strconv.Quote(value))
		}
	}
	fmt.Fprintf(&b, "  - name: %q\n", as.Name.Val)
	text("os", as.OS.Val)
	text("platform", as.Platform.Val)
	text("os_version", as.OSVersion.Val)
	text("address", p.Gateway.Addr.IP.String())
	line(4, "port", strconv.Itoa(p.Gateway.Addr.Port))
	text("username", p.Gateway.o.Username)
	line(4, "auth", fmt.Sprintf("{key_file: %q}", key))
	text("known_hosts", hosts)
	if as.IDOffset.Set {
		line(4, "id_offset", strconv.Itoa(as.IDOffset.Val))
	}
	if len(as.Ports) > 0 {
		b.WriteString("    ports:\n")
	}
	for _, port := range as.Ports {
		value := fmt.Sprintf("{name: %q", port.Name.Val)
		if port.Slot.Set {
			value += fmt.Sprintf(", slot: %d", port.Slot.Val)
		}
		if port.Negotiation.Val != "" {
			value += fmt.Sprintf(", negotiation: %q", port.Negotiation.Val)
		}
		line(6, port.Logical.Val, value+"}")
	}
	if f := as.FlowSource; f != nil {
		line(4, "flow_source", fmt.Sprintf("{interface: %q, address: %q}", f.Interface.Val, f.Address.Val))
	}
	b.WriteString(management(as))
	if z := as.SecurityZone; z != nil {
		line(4, "security_zone", fmt.Sprintf("{circuits: %q, site: %q}", z.Circuits.Val, z.Site.Val))
	}
	return b.String()
}

func management(as *inventory.Gateway) string {
	var parts []string
	var prefixes []string
	for _, p := range as.Management.Prefixes {
		prefixes = append(prefixes, strconv.Quote(p.Val.String()))
	}
	if len(prefixes) > 0 {
		parts = append(parts, "prefixes: ["+strings.Join(prefixes, ", ")+"]")
	}
	if v := as.Management.VRF.Val; v != "" {
		parts = append(parts, fmt.Sprintf("vrf: %q", v))
	}
	out := ""
	if len(parts) > 0 {
		out = "    management: {" + strings.Join(parts, ", ") + "}\n"
	}
	var index []string
	for name, n := range as.IfIndex {
		index = append(index, fmt.Sprintf("%s: %d", name, n.Val))
	}
	if len(index) > 0 {
		slices.Sort(index)
		out += "    if_index: {" + strings.Join(index, ", ") + "}\n"
	}
	return out
}
