package intent

import "slices"

// Destinations returns the routes of one family for systems that write one
// entry per destination, in printing order: every cloud prefix with its legs,
// and every pin as a destination with one leg.
func (d *Device) Destinations(six bool) []*Group {
	var out []*Group
	for _, g := range d.Groups {
		if g.Six == six {
			out = append(out, g)
		}
	}
	for _, p := range d.Pins {
		if p.Six == six {
			out = append(out, &Group{Prefix: p.Prefix, Six: six, VRF: p.VRF, Legs: []*Route{p}})
		}
	}
	slices.SortStableFunc(out, func(a, b *Group) int { return comparePrefix(a.Prefix, b.Prefix) })
	return out
}
