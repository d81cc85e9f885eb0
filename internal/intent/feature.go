package intent

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/vendor"
)

// can reports whether the system has a feature at all, without a word.
func (b *builder) can(feature string) bool {
	return b.p.Capability(b.platform, feature).Support != vendor.No
}

// example reports whether the device is the profile's example, so that there is
// no inventory to point at.
func (b *builder) example() bool { return b.g.OS.Pos.IsZero() }

// need asks for a feature once. What is not there is an error with what to use
// instead, what is not confirmed a warning. It reports whether the feature may
// be rendered.
func (b *builder) need(feature string, pos diag.Position) bool {
	c := b.p.Capability(b.platform, feature)
	ok := c.Support != vendor.No
	if b.asked[feature] {
		return ok
	}
	b.asked[feature] = true
	who := b.p.Title + " (" + b.platform + ")"
	if pos.IsZero() { // of an example device, or of a limit that no line asks for
		pos = diag.Position{File: b.s.File}
	}
	switch {
	case !ok:
		b.list.Add(diag.CodeUnsupported, pos, "%s cannot do this: %s: %s", who, vendor.Title(feature), c.Note).
			WithHelp("%s", c.Instead).
			WithRelated(b.g.OS.Pos, "gateway %s", b.g.Name.Val)
	case c.Since != "" && b.g.OSVersion.Set && older(b.g.OSVersion.Val, c.Since):
		b.list.Add(diag.CodeUnsupported, pos, "%s: %s needs release %s or later, the inventory says %s", who, vendor.Title(feature), c.Since, b.g.OSVersion.Val).
			WithHelp("%s", c.Instead).
			WithRelated(b.g.OSVersion.Pos, "the release of gateway %s", b.g.Name.Val)
		return false
	case c.Since != "" && b.g.OSVersion.Pos.IsZero() && !b.example():
		b.list.Add(diag.CodeOSVersion, pos, "%s: %s needs release %s or later, the inventory states no os_version", who, vendor.Title(feature), c.Since).
			WithRelated(b.g.OS.Pos, "gateway %s", b.g.Name.Val)
	case c.Support == vendor.Unverified:
		b.list.Add(diag.CodeUnverified, pos, "%s: %s is not confirmed on a device: %s", who, vendor.Title(feature), c.Note).
			WithHelp("%s", c.Instead)
	}
	return ok
}

// features asks for everything that the scenario as a whole needs of this
// gateway; ports, routes and the export ask for the rest when they are built.
func (b *builder) features() {
	s, method := b.s, b.d.Method
	circuits := s.CircuitsOf(b.g.Name.Val)
	switch method {
	case scenario.MethodICMP:
		if !b.need(vendor.FeatureICMP, s.Tracking.Method.Pos) {
			break
		}
		if len(circuits) > 2 {
			b.need(vendor.FeatureICMPMany, s.Tracking.Method.Pos)
		}
		if len(circuits) == 1 && len(s.Links) == 0 {
			b.need(vendor.FeatureICMPSingle, s.Tracking.Method.Pos)
		}
		if dualStack(circuits) {
			b.need(vendor.FeatureIPv6ICMP, s.Tracking.Method.Pos)
		}
	case scenario.MethodBFD:
		if b.need(vendor.FeatureBFD, s.Tracking.Method.Pos) && dualStack(circuits) {
			b.need(vendor.FeatureIPv6BFD, s.Tracking.Method.Pos)
		}
		if s.Tracking.BFD.Mode.Val == scenario.BFDEcho {
			b.need(vendor.FeatureBFDEcho, s.Tracking.BFD.Mode.Pos)
		}
	case scenario.MethodNone:
		b.need(vendor.FeatureUntracked, s.Tracking.Method.Pos)
	}
	if s.Mode.Val == scenario.ActiveStandby {
		b.need(vendor.FeatureStandby+standbySuffix[method], s.Mode.Pos)
	}
	for _, c := range circuits {
		if c.VLAN.Val > 0 {
			b.need(vendor.FeatureTagged, c.VLAN.Pos)
		} else {
			b.need(vendor.FeatureUntagged, c.Port.Pos)
		}
		if m := c.MTU.Val; m != 0 && m != defaultMTU {
			b.need(vendor.FeatureMTU, c.MTU.Pos)
		}
		if c.VRF.Val != "" {
			b.need(vendor.FeatureVRF, c.VRF.Pos)
		}
		if c.V6 != nil {
			b.need(vendor.FeatureIPv6, c.V6.Pos)
		}
	}
}

// dualStack reports whether a circuit of this gateway has an IPv6 side.
func dualStack(circuits []*scenario.Circuit) bool {
	return slices.ContainsFunc(circuits, func(c *scenario.Circuit) bool { return c.V6 != nil })
}

var standbySuffix = map[string]string{
	scenario.MethodICMP: "icmp",
	scenario.MethodBFD:  "bfd",
	scenario.MethodNone: "untracked",
}

var digits = regexp.MustCompile(`\d+`)

// older compares releases by their numbers: 17.9 is older than 17.12, 18.4R1
// older than 19.1R1, V800R012C10 older than V800R021C00.
func older(a, b string) bool {
	x, y := digits.FindAllString(a, -1), digits.FindAllString(b, -1)
	for i := 0; i < len(x) && i < len(y); i++ {
		n, _ := strconv.Atoi(x[i])
		m, _ := strconv.Atoi(y[i])
		if n != m {
			return n < m
		}
	}
	return len(x) < len(y) && len(x) == 0
}
