package intent

import (
	"cmp"
	"slices"
	"strings"

	"github.com/twinpath/twinpath/internal/vendor"
)

// Routes returns pins, legs and backups together, in the order in which the
// system prints them (vendor.Profile.RouteOrder).
func (d *Device) Routes() []*Route {
	out := slices.Clone(d.Pins)
	for _, g := range d.Groups {
		out = append(out, g.Legs...)
		if g.Backup != nil {
			out = append(out, g.Backup)
		}
	}
	compare := func(a, b *Route) int { return comparePrefix(a.Prefix, b.Prefix) }
	if d.routeOrder == vendor.OrderLength {
		compare = compareLength
	}
	slices.SortStableFunc(out, compare)
	return out
}

// compareLength sorts by family, length and address; the legs of one prefix by
// distance, then next hop. A distance of 0 is the system's default, which is
// the lowest where this order is used.
func compareLength(a, b *Route) int {
	return cmp.Or(
		cmp.Compare(a.Prefix.Addr().BitLen(), b.Prefix.Addr().BitLen()),
		cmp.Compare(a.Prefix.Bits(), b.Prefix.Bits()),
		a.Prefix.Addr().Compare(b.Prefix.Addr()),
		cmp.Compare(a.Distance, b.Distance),
		a.NextHop.Compare(b.NextHop),
	)
}

// PortsByName returns the ports in the natural order of their names, eth2
// before eth10, which is the order in which systems print interfaces.
func (d *Device) PortsByName() []*Port {
	return slices.SortedStableFunc(slices.Values(d.Ports), func(a, b *Port) int { return compareNatural(a.Name, b.Name) })
}

// ProbesByID returns the probes by their numbers, which is the order in which
// systems with numbered probes print them.
func (d *Device) ProbesByID() []*Probe {
	return slices.SortedStableFunc(slices.Values(d.Probes), func(a, b *Probe) int { return cmp.Compare(a.ID, b.ID) })
}

// VRF returns the routing table of the circuits, "" for the global one. All
// circuits of a gateway share it (rule vrf-mixed).
func (d *Device) VRF() string {
	if len(d.Circuits) == 0 {
		return ""
	}
	return d.Circuits[0].VRF
}

const decimals = "0123456789"

// compareNatural compares names part by part, numbers by their value.
func compareNatural(a, b string) int {
	for a != "" && b != "" {
		i, j := span(a), span(b)
		if i != j || a[:i] != b[:j] {
			return strings.Compare(a, b)
		}
		a, b = a[i:], b[j:]
		x, y := number(a), number(b)
		if c := cmp.Or(cmp.Compare(len(strings.TrimLeft(x, "0")), len(strings.TrimLeft(y, "0"))),
			strings.Compare(strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")), cmp.Compare(len(x), len(y))); c != 0 {
			return c
		}
		a, b = a[len(x):], b[len(y):]
	}
	return strings.Compare(a, b)
}

// span returns how many bytes stand before the first digit.
func span(s string) int {
	if i := strings.IndexAny(s, decimals); i >= 0 {
		return i
	}
	return len(s)
}

// number returns the digits that s begins with.
func number(s string) string { return s[:len(s)-len(strings.TrimLeft(s, decimals))] }
