package cloud

import (
	"slices"
	"time"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/scenario"
)

// refuse reports what cannot be rendered for this cloud: what its Terraform
// provider cannot say, and what none of its documents confirms.
func (b *builder) refuse() {
	b.refuseUnused()
	for _, p := range b.s.Site.Prefixes {
		if p.Val.Addr().Is6() && !b.prov.IPv6Static && !b.s.Cloud.IPv6Elsewhere {
			b.list.Add(diag.CodeUnsupported, p.Pos, "%s documents no static IPv6 route from its router to the site, %s is not rendered", b.prov.Title, p.Val).
				WithHelp("%s", b.prov.Manual["ipv6_static"])
			break
		}
	}
	for _, c := range b.s.Circuits {
		if c.Name.Val == networkName {
			b.list.Add(diag.CodeUnsupported, c.Name.Pos, "a circuit cannot be named %s in the Terraform, the network is", diag.Quote(networkName)).
				WithHelp("give the circuit another name")
		}
	}
	b.refuseStandby()
	if n := len(b.s.Circuits); n > maxCircuits {
		b.list.Add(diag.CodeUnsupported, b.s.Circuits[maxCircuits].Pos, "the scenario has %d circuits to one network, at most %d are rendered", n, maxCircuits).
			WithHelp("no cloud attaches so many to one hub; split the scenario by network or region")
	}
	b.refuseBFD()
}

// The preferences and the priorities of the cloud's route maps are 1 to 100.
const maxPreference = 100

// refuseStandby holds what the cloud's end of active-standby takes. The numbers
// of the scenario are used as they are, so that a circuit that is added later
// changes no other's.
func (b *builder) refuseStandby() {
	if b.s.Mode.Val != scenario.ActiveStandby {
		return
	}
	if b.prov.NoStandby {
		b.list.Add(diag.CodeUnsupported, b.s.Mode.Pos, "the static routes of %s cannot prefer one circuit", b.prov.Title).
			WithHelp("%s", b.prov.Manual["standby"])
		return
	}
	for _, c := range b.s.Circuits {
		if c.Preference.Val > maxPreference {
			b.list.Add(diag.CodeUnsupported, c.Preference.Pos, "the cloud knows preferences of 1 to %d, circuit %s has %d", maxPreference, diag.Quote(c.Name.Val), c.Preference.Val).
				WithHelp("both ends have one number for a circuit; choose lower ones in the same order")
			return
		}
	}
}

// networkName is what the templates call the network beside the circuits.
const networkName = "vpc"

// maxCircuits bounds the rendered text: each pair of physical circuits is
// compared in it.
const maxCircuits = 64

// refuseUnused reports keys that this cloud has no use for: what they ask for
// would be dropped in silence.
func (b *builder) refuseUnused() {
	at := map[string]diag.Position{"hub.network": b.s.Cloud.Hub.Network.Pos, "account": b.s.Cloud.Account.Pos}
	if len(b.s.Cloud.Network.Subnets) > 0 {
		at["subnets"] = b.s.Cloud.Network.Subnets[0].Pos
	}
	for _, c := range b.s.Circuits {
		if c.V6 != nil {
			at["ipv6"] = c.V6.Pos
		}
		if c.Far.Account.Set {
			at["account"] = c.Far.Account.Pos
		}
		if c.Far.RedundantTo.Set {
			at["redundant_to"] = c.Far.RedundantTo.Pos
		}
	}
	for _, key := range b.prov.Unused {
		if pos := at[key]; !pos.IsZero() {
			help := b.prov.Manual[key]
			if help == "" {
				help = "remove the key; what it asks for is not rendered for this cloud"
			}
			b.list.Add(diag.CodeUnsupported, pos, "%s has no use for the key %s", b.prov.Title, diag.Quote(key)).WithHelp("%s", help)
		}
	}
}

// refuseBFD holds what the cloud's end of a BFD session takes.
func (b *builder) refuseBFD() {
	t, ok := b.s.FarBFD()
	if !ok {
		return
	}
	pos := func(p diag.Position) diag.Position {
		if p.IsZero() {
			return b.s.Tracking.Pos
		}
		return p
	}
	in := func(n int, r [2]int) bool { return n >= r[0] && n <= r[1] }
	if r := b.prov.BFDInterval; t.Interval.Val%time.Millisecond != 0 || !in(int(t.Interval.Val/time.Millisecond), r) {
		b.list.Add(diag.CodeUnsupported, pos(t.Interval.Pos), "%s: a BFD interval of %s is not possible, the cloud takes %d to %d ms", b.prov.Title, diag.Duration(t.Interval.Val), r[0], r[1]).
			WithHelp("both ends have one interval: choose one that the cloud takes")
	}
	if r := b.prov.BFDMultiplier; !in(t.Multiplier.Val, r) {
		b.list.Add(diag.CodeUnsupported, pos(t.Multiplier.Pos), "%s: a BFD multiplier of %d is not possible, the cloud takes %d to %d", b.prov.Title, t.Multiplier.Val, r[0], r[1]).
			WithHelp("both ends have one multiplier: choose one that the cloud takes")
	}
	i := slices.IndexFunc(b.s.Circuits, func(c *scenario.Circuit) bool { return c.V4.Health != nil })
	if i >= 0 {
		b.list.Add(diag.CodeUnsupported, b.s.Circuits[i].V4.Health.Pos, "%s watches a circuit either by BFD or by its own probe, not by both", b.prov.Title).
			WithHelp("leave health_check away: with method: bfd both ends watch the circuits by BFD; or use method: icmp")
	}
}
