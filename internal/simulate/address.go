package simulate

import (
	"net/netip"
	"strconv"
	"strings"
)

// take reads the name of an interface, which may be written in two words and
// abbreviated.
func (i Interfaces) take(words []string) (string, int) {
	name, n := words[0], 1
	if len(words) > 1 && !strings.ContainsAny(name, "0123456789") && words[1][0] >= '0' && words[1][0] <= '9' && i.full(name) != "" {
		name, n = i.full(name)+words[1], 2
	} else if at := strings.IndexAny(name, "0123456789"); at > 0 {
		if full := i.full(name[:at]); full != "" {
			name = full + name[at:]
		}
	}
	if i.Pattern == nil || !i.Pattern.MatchString(name) {
		return "", 0
	}
	return name, n
}

// full returns the name that an abbreviation stands for, "" when it is none.
func (i Interfaces) full(short string) string {
	found := ""
	for _, n := range i.Names {
		if strings.EqualFold(n, short) {
			return n
		}
		if found == "" && len(short) > 1 && len(short) < len(n) && strings.EqualFold(n[:len(short)], short) {
			found = n
		}
	}
	return found
}

// network reads an address, a mask or a prefix and returns it as it is printed.
func (d *Device) network(kind, w string) (string, bool) {
	switch kind {
	case "ipv4", "ipv6", "address":
		a, err := netip.ParseAddr(w)
		if err != nil || a.Zone() != "" || kind == "ipv4" && !a.Is4() || kind == "ipv6" && !a.Is6() {
			return "", false
		}
		return d.address(a), true
	case "mask":
		if n, err := strconv.Atoi(w); err == nil && d.Print.Length && n >= 0 && n <= 32 {
			return dotted(n), true
		}
		_, ok := maskLength(w)
		return w, ok
	}
	p, err := netip.ParsePrefix(w)
	if err != nil {
		return "", false
	}
	if (strings.HasSuffix(kind, "4") && !p.Addr().Is4()) || (strings.HasSuffix(kind, "6") && !p.Addr().Is6()) {
		return "", false
	}
	if strings.HasPrefix(kind, "net") {
		p = p.Masked()
	}
	return d.address(p.Addr()) + "/" + strconv.Itoa(p.Bits()), true
}

func (d *Device) address(a netip.Addr) string {
	if a.Is6() && d.Print.UpperV6 {
		return strings.ToUpper(a.String())
	}
	return a.String()
}

func dotted(n int) string {
	m := ^uint32(0) << (32 - n)
	return netip.AddrFrom4([4]byte{byte(m >> 24), byte(m >> 16), byte(m >> 8), byte(m)}).String()
}

// maskLength returns the length of a dotted mask.
func maskLength(w string) (int, bool) {
	a, err := netip.ParseAddr(w)
	if err != nil || !a.Is4() {
		return 0, false
	}
	b := a.As4()
	m := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	n := 0
	for m&(1<<31) != 0 {
		n++
		m <<= 1
	}
	return n, m == 0
}
