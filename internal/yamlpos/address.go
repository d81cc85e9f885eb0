package yamlpos

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"net/netip"
	"strings"
	"unicode"

	"github.com/twinpath/twinpath/internal/diag"
)

// Addr returns an IP address without a length.
func (v Value) Addr(what string) Of[netip.Addr] {
	s, ok := v.Text(what)
	if !ok {
		return Of[netip.Addr]{Pos: v.Pos()}
	}
	a, err := netip.ParseAddr(s.Val)
	if err != nil {
		d := v.Add(diag.CodeAddress, "%s is an IP address, found %s", what, diag.Quote(s.Val))
		if p, perr := netip.ParsePrefix(s.Val); perr == nil {
			d.WithHelp("leave the length away: %s", p.Addr())
		}
		return Of[netip.Addr]{Pos: v.Pos()}
	}
	bad := oddAddr(a)
	if bad == "" {
		bad = notUnicast(a)
	}
	if bad != "" {
		v.Add(diag.CodeAddress, "%s %s is %s", what, a, bad)
		return Of[netip.Addr]{Pos: v.Pos()}
	}
	return of(v, a)
}

// oddAddr says why an address can be no end of a circuit, no collector and no
// member of a prefix, or "".
func oddAddr(a netip.Addr) string {
	switch {
	case a.Zone() != "":
		return "written with a zone, which no device configuration carries"
	case a.Is4In6():
		return "an IPv4 address written as IPv6; write " + a.Unmap().String()
	}
	return ""
}

// notUnicast says why an address is that of no single host, or "".
func notUnicast(a netip.Addr) string {
	switch {
	case a.IsUnspecified():
		return "the unspecified address, which no host has"
	case a.IsMulticast():
		return "a multicast address, which no single host has"
	case a.IsLoopback():
		return "a loopback address, which never leaves the device"
	case a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "the broadcast address, which no host has"
	}
	return ""
}

// AddrPort returns an address and a UDP port (172.16.255.10:2055).
func (v Value) AddrPort(what string) Of[netip.AddrPort] {
	s, ok := v.Text(what)
	if !ok {
		return Of[netip.AddrPort]{Pos: v.Pos()}
	}
	ap, err := netip.ParseAddrPort(s.Val)
	if err != nil || ap.Port() == 0 {
		d := v.Add(diag.CodeAddress, "%s is an address and a port such as 172.16.255.10:2055, found %s", what, diag.Quote(s.Val))
		if help := addrPortHelp(s.Val); help != "" {
			d.WithHelp("%s", help)
		}
		return Of[netip.AddrPort]{Pos: v.Pos()}
	}
	bad := oddAddr(ap.Addr())
	if bad == "" {
		bad = notUnicast(ap.Addr())
	}
	if bad != "" {
		v.Add(diag.CodeAddress, "%s %s is %s", what, ap.Addr(), bad)
		return Of[netip.AddrPort]{Pos: v.Pos()}
	}
	return of(v, ap)
}

// addrPortHelp says what is wrong with an address and a port, or "".
func addrPortHelp(s string) string {
	if a, err := netip.ParseAddr(s); err == nil {
		return "add the port: " + netip.AddrPortFrom(a, 2055).String()
	}
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return "write the address, a colon and the port"
	}
	host, port := strings.TrimSuffix(strings.TrimPrefix(s[:i], "["), "]"), s[i+1:]
	switch a, err := netip.ParseAddr(host); {
	case err == nil && a.Is6() && s[0] != '[':
		return "put the IPv6 address in brackets: \"[" + a.String() + "]:" + port + "\""
	case err == nil:
		return "the port is a number from 1 to 65535"
	case strings.ContainsFunc(host, unicode.IsLetter) && !strings.Contains(host, ":"):
		return "devices take no host name here; write the address that it stands for"
	}
	return ""
}

// Interface returns an address with its length (10.0.0.2/30), host bits kept.
func (v Value) Interface(what string) Of[netip.Prefix] {
	return v.prefix(what, "an address with its length such as 10.0.0.2/30", "add the length of the link's subnet")
}

// prefix parses an address with a length; kind and hint word the problem.
func (v Value) prefix(what, kind, hint string) Of[netip.Prefix] {
	s, ok := v.Text(what)
	if !ok {
		return Of[netip.Prefix]{Pos: v.Pos()}
	}
	p, err := netip.ParsePrefix(s.Val)
	if err != nil {
		d := v.Add(diag.CodeAddress, "%s is %s, found %s", what, kind, diag.Quote(s.Val))
		if _, aerr := netip.ParseAddr(s.Val); aerr == nil {
			d.WithHelp("%s", hint)
		} else if help := lengthHelp(s.Val); help != "" {
			d.WithHelp("%s", help)
		}
		return Of[netip.Prefix]{Pos: v.Pos()}
	}
	if bad := oddAddr(p.Addr()); bad != "" {
		v.Add(diag.CodeAddress, "%s %s is %s", what, p, bad)
		return Of[netip.Prefix]{Pos: v.Pos()}
	}
	return of(v, p)
}

// lengthHelp says what is wrong with the length behind a good address, or "".
func lengthHelp(s string) string {
	i := strings.IndexAny(s, "/ ")
	if i < 0 {
		return ""
	}
	a, err := netip.ParseAddr(s[:i])
	if err != nil || a.Zone() != "" {
		return ""
	}
	length := strings.TrimSpace(s[i+1:])
	if m, err := netip.ParseAddr(length); err == nil && a.Is4() && m.Is4() {
		if n, ok := maskLength(m); ok {
			return fmt.Sprintf("write the mask as a length: %s/%d", a, n)
		}
	}
	return fmt.Sprintf("the length of an IPv%d prefix is a number from 0 to %d", map[bool]int{true: 4, false: 6}[a.Is4()], a.BitLen())
}

// maskLength returns the length of a mask such as 255.255.255.252.
func maskLength(m netip.Addr) (int, bool) {
	b := m.As4()
	mask := binary.BigEndian.Uint32(b[:])
	ones := bits.LeadingZeros32(^mask)
	return ones, mask == ^uint32(0)<<(32-ones)
}

// Prefix returns a prefix without host bits.
func (v Value) Prefix(what string) Of[netip.Prefix] {
	p := v.prefix(what, "a prefix such as 192.168.0.0/16", "add the length, as in 192.168.0.0/16")
	if p.Set && p.Val != p.Val.Masked() {
		v.Add(diag.CodeHostBits, "%s %s has bits set behind its length", what, p.Val).
			WithHelp("write %s", p.Val.Masked())
		p.Val = p.Val.Masked()
	}
	return p
}
