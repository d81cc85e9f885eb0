package scenario

import (
	"net/netip"
	"regexp"
	"time"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

var (
	namePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,30}[A-Za-z0-9]$|^[A-Za-z]$`)
	vrfPattern  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,30}$`)
	wordPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
)

const (
	nameRule = "a letter, then letters, digits, - or _, at most 32 characters, the last a letter or digit"
	vrfRule  = "a letter, then letters, digits, - or _, at most 31 characters"
	wordRule = "a lower-case letter, then lower-case letters, digits or -, at most 63 characters"
)

// Defaults of the optional keys.
const (
	defaultHealthInterval = 2 * time.Second
	defaultHealthProbes   = 8
	defaultInterval       = 2 * time.Second
	defaultTimeout        = time.Second
	defaultFailures       = 3
	defaultRecovery       = 10 * time.Second
	defaultBFDInterval    = 300 * time.Millisecond
	defaultBFDMultiplier  = 3
	defaultSampling       = 1000
	defaultActiveTimeout  = 60 * time.Second
	defaultPreference     = 200
	defaultConfidence     = 0.95
	defaultStandbyShare   = 0.01
)

// Decode reads a scenario and checks every rule that the file alone can
// decide. Problems go to list; the scenario is usable when list has no errors.
func Decode(file string, data []byte, list *diag.List) *Scenario {
	return DecodeWith(file, data, nil, list)
}

// Resolver fills in what a scenario leaves to the cloud side, such as probe
// sources, before the rules are checked.
type Resolver func(s *Scenario, list *diag.List)

// DecodeWith is Decode with a resolver, which may be nil.
func DecodeWith(file string, data []byte, resolve Resolver, list *diag.List) *Scenario {
	top, ok := yamlpos.Parse(file, data, list)
	if !ok {
		return nil
	}
	if isInventory(top) {
		return nil
	}
	s := &Scenario{File: file, Pos: diag.Position{File: file, Line: 1, Column: 1}}
	s.Split = Split{
		Confidence:      yamlpos.Default(defaultConfidence),
		StandbyMaxShare: yamlpos.Default(defaultStandbyShare),
	}
	top.Map("the scenario",
		yamlpos.Required("version", func(v yamlpos.Value) { decodeVersion(v) }),
		yamlpos.Required("name", func(v yamlpos.Value) { s.Name = v.Match("the scenario's name", wordPattern, wordRule) }),
		yamlpos.Required("mode", func(v yamlpos.Value) { s.Mode = v.OneOf("mode", ActiveActive, ActiveStandby) }),
		yamlpos.Required("cloud", s.decodeCloud),
		yamlpos.Required("site", func(v yamlpos.Value) {
			s.Site.Pos = v.Pos()
			v.Map("site", yamlpos.Required("prefixes", func(v yamlpos.Value) { s.Site.Prefixes = prefixes(v, "site.prefixes") }))
		}),
		yamlpos.Required("circuits", func(v yamlpos.Value) {
			s.circuitsPos = v.Pos()
			v.Seq("circuits", func(v yamlpos.Value) { s.Circuits = append(s.Circuits, decodeCircuit(v)) })
		}),
		yamlpos.Optional("gateway_links", func(v yamlpos.Value) {
			v.Seq("gateway_links", func(v yamlpos.Value) { s.Links = append(s.Links, decodeGatewayLink(v)) })
		}),
		yamlpos.Required("tracking", s.decodeTracking),
		yamlpos.Optional("flow_export", s.decodeFlowExport),
		yamlpos.Optional("split", s.decodeSplit),
		yamlpos.Optional("protected", func(v yamlpos.Value) {
			v.Map("protected", yamlpos.Required("prefixes", func(v yamlpos.Value) { s.Protected = prefixes(v, "protected.prefixes") }))
		}),
	)
	if !s.Split.MinShare.Set && len(s.Circuits) > 0 {
		s.Split.MinShare.Val = 0.4 / float64(len(s.Circuits))
	}
	s.resolveLinkSources()
	if resolve != nil {
		resolve(s, list)
	}
	s.check(list)
	return s
}

// isInventory reports a file of the other kind, once: every key of it would be
// wrong.
func isInventory(top yamlpos.Value) bool {
	pos, has := top.KeyPos("gateways")
	if _, circuits := top.KeyPos("circuits"); !has || circuits {
		return false
	}
	top.List().Add(diag.CodeType, pos, "this is an inventory, a scenario is needed here").
		WithHelp("give it with -i, and the scenario as the argument")
	return true
}

func decodeVersion(v yamlpos.Value) {
	t, ok := v.Text("version")
	if ok && t.Val != "1" {
		v.Add(diag.CodeVersion, "version %s is not known, this program reads version 1", diag.Quote(t.Val)).
			WithHelp("set version: 1, or use a twinpath that knows the newer format")
	}
}

func prefixes(v yamlpos.Value, what string) []Of[netip.Prefix] {
	var out []Of[netip.Prefix]
	n := 0
	v.Seq(what, func(v yamlpos.Value) {
		n++
		if p := v.Prefix("a prefix of " + what); p.Set {
			out = append(out, p)
		}
	})
	if n == 0 {
		v.Add(diag.CodeMissing, "%s needs one prefix or more", what)
	}
	return out
}

func (s *Scenario) decodeCloud(v yamlpos.Value) {
	s.Cloud.Pos = v.Pos()
	v.Map("cloud",
		yamlpos.Required("provider", func(v yamlpos.Value) { s.Cloud.Provider, _ = v.Text("provider") }),
		yamlpos.Required("region", func(v yamlpos.Value) { s.Cloud.Region = v.Match("region", wordPattern, wordRule) }),
		yamlpos.Required("prefixes", func(v yamlpos.Value) { s.Cloud.Prefixes = prefixes(v, "cloud.prefixes") }),
		yamlpos.Optional("account", func(v yamlpos.Value) { s.Cloud.Account = v.Match("cloud.account", accountPattern, accountRule) }),
		yamlpos.Optional("network", s.decodeNetwork),
		yamlpos.Optional("ipv6_routes", func(v yamlpos.Value) { s.Cloud.IPv6Elsewhere = v.OneOf("cloud.ipv6_routes", "elsewhere").Set }),
		yamlpos.Optional("hub", s.decodeHub),
	)
}

func decodeCircuit(v yamlpos.Value) *Circuit {
	c := &Circuit{Pos: v.Pos(), MTU: yamlpos.Default(1500), Far: &Far{}}
	v4 := &Link{Pos: v.Pos()}
	v.Map("a circuit",
		yamlpos.Required("name", func(v yamlpos.Value) { c.Name = v.Match("the circuit's name", namePattern, nameRule) }),
		yamlpos.Required("gateway", func(v yamlpos.Value) { c.Gateway = v.Match("gateway", namePattern, nameRule) }),
		yamlpos.Required("port", func(v yamlpos.Value) { c.Port = v.Match("port", namePattern, nameRule) }),
		yamlpos.Optional("vlan", func(v yamlpos.Value) { c.VLAN = v.Int("vlan", 0, 2999, diag.CodeVLANRange) }),
		yamlpos.Required("cloud_address", func(v yamlpos.Value) { v4.Cloud = v.Interface("cloud_address") }),
		yamlpos.Required("gateway_address", func(v yamlpos.Value) { v4.Gateway = v.Interface("gateway_address") }),
		yamlpos.Optional("ipv6", func(v yamlpos.Value) { c.V6 = decodeIPv6(v) }),
		yamlpos.Optional("id", func(v yamlpos.Value) { c.ID = v.Int("id", 1, MaxID, diag.CodeValue) }),
		yamlpos.Optional("preference", func(v yamlpos.Value) { c.Preference = v.Int("preference", 1, 254, diag.CodeValue) }),
		yamlpos.Optional("mtu", func(v yamlpos.Value) { c.MTU.Take(v.Int("mtu", 0, 9216, diag.CodeMTU)) }),
		yamlpos.Optional("vrf", func(v yamlpos.Value) { c.VRF = v.Match("vrf", vrfPattern, vrfRule) }),
		yamlpos.Optional("track_target", func(v yamlpos.Value) { c.TrackTarget = v.Addr("track_target") }),
		yamlpos.Optional("health_check", func(v yamlpos.Value) { v4.Health = decodeHealth(v) }),
		yamlpos.Optional("cloud", func(v yamlpos.Value) { c.Far = decodeFar(v) }),
	)
	c.V4 = v4
	return c
}

func decodeIPv6(v yamlpos.Value) *Link {
	l := &Link{Pos: v.Pos()}
	v.Map("ipv6",
		yamlpos.Required("cloud_address", func(v yamlpos.Value) { l.Cloud = v.Interface("ipv6.cloud_address") }),
		yamlpos.Required("gateway_address", func(v yamlpos.Value) { l.Gateway = v.Interface("ipv6.gateway_address") }),
		yamlpos.Optional("health_check", func(v yamlpos.Value) { l.Health = decodeHealth(v) }),
	)
	return l
}

func decodeHealth(v yamlpos.Value) *HealthCheck {
	h := &HealthCheck{
		Pos:         v.Pos(),
		Interval:    yamlpos.Default(defaultHealthInterval),
		Probes:      yamlpos.Default(defaultHealthProbes),
		ChangeRoute: yamlpos.Default(true),
	}
	v.Map("health_check",
		yamlpos.Required("source", func(v yamlpos.Value) {
			if t, ok := v.Text("source"); ok && t.Val == "auto" {
				h.Auto = true
				h.Source.Pos = v.Pos()
				return
			} else if ok {
				h.Source = v.Addr("source")
			}
		}),
		yamlpos.Optional("target", func(v yamlpos.Value) { h.Target = v.Addr("target") }),
		yamlpos.Optional("interval", func(v yamlpos.Value) {
			h.Interval.Take(v.Duration("health_check.interval", 2*time.Second, 3*time.Second, diag.CodeHealthTimers))
			if h.Interval.Set && h.Interval.Val%time.Second != 0 {
				v.Add(diag.CodeHealthTimers, "health_check.interval is %s, the cloud counts in whole seconds", diag.Duration(h.Interval.Val))
				h.Interval.Set = false
			}
		}),
		yamlpos.Optional("probes", func(v yamlpos.Value) { h.Probes.Take(v.Int("health_check.probes", 3, 8, diag.CodeHealthTimers)) }),
		yamlpos.Optional("change_route", func(v yamlpos.Value) { h.ChangeRoute.Take(v.Bool("change_route")) }),
	)
	return h
}

func decodeGatewayLink(v yamlpos.Value) *GatewayLink {
	l := &GatewayLink{Pos: v.Pos(), Preference: yamlpos.Default(defaultPreference)}
	v.Map("a gateway link",
		yamlpos.Required("ends", func(v yamlpos.Value) {
			v.Seq("ends", func(v yamlpos.Value) {
				e := LinkEnd{Pos: v.Pos()}
				v.Map("an end",
					yamlpos.Required("gateway", func(v yamlpos.Value) { e.Gateway = v.Match("gateway", namePattern, nameRule) }),
					yamlpos.Required("port", func(v yamlpos.Value) { e.Port = v.Match("port", namePattern, nameRule) }),
					yamlpos.Required("address", func(v yamlpos.Value) { e.Address = v.Interface("address") }),
				)
				l.Ends = append(l.Ends, e)
			})
		}),
		yamlpos.Optional("preference", func(v yamlpos.Value) { l.Preference.Take(v.Int("preference", 1, 254, diag.CodeValue)) }),
	)
	return l
}

func (s *Scenario) decodeTracking(v yamlpos.Value) {
	t := &s.Tracking
	*t = Tracking{
		Pos:      v.Pos(),
		Interval: yamlpos.Default(defaultInterval),
		Timeout:  yamlpos.Default(defaultTimeout),
		Failures: yamlpos.Default(defaultFailures),
		Recovery: yamlpos.Default(defaultRecovery),
		BFD: BFD{
			Interval:   yamlpos.Default(defaultBFDInterval),
			Multiplier: yamlpos.Default(defaultBFDMultiplier),
			Mode:       yamlpos.Default(BFDAsync),
		},
	}
	v.Map("tracking",
		yamlpos.Required("method", func(v yamlpos.Value) { t.Method = v.OneOf("tracking.method", MethodICMP, MethodBFD, MethodNone) }),
		yamlpos.Optional("target", func(v yamlpos.Value) {
			if s, ok := v.Text("tracking.target"); ok && s.Val != "cloud_address" {
				t.Target = v.Addr("tracking.target")
			}
		}),
		yamlpos.Optional("interval", func(v yamlpos.Value) {
			t.Interval.Take(v.Duration("tracking.interval", 100*time.Millisecond, time.Minute, diag.CodeTimerRange))
		}),
		yamlpos.Optional("timeout", func(v yamlpos.Value) {
			t.Timeout.Take(v.Duration("tracking.timeout", 50*time.Millisecond, time.Minute, diag.CodeTimerRange))
		}),
		yamlpos.Optional("failures", func(v yamlpos.Value) { t.Failures.Take(v.Int("tracking.failures", 1, 15, diag.CodeTimerRange)) }),
		yamlpos.Optional("recovery", func(v yamlpos.Value) {
			t.Recovery.Take(v.Duration("tracking.recovery", 0, 10*time.Minute, diag.CodeTimerRange))
		}),
		yamlpos.Optional("max_detection", func(v yamlpos.Value) {
			t.MaxDetection = v.Duration("tracking.max_detection", 100*time.Millisecond, time.Hour, diag.CodeTimerRange)
		}),
		yamlpos.Optional("bfd", func(v yamlpos.Value) { t.BFD.decode(v) }),
	)
}

func (b *BFD) decode(v yamlpos.Value) {
	b.Pos = v.Pos()
	v.Map("bfd",
		yamlpos.Optional("interval", func(v yamlpos.Value) {
			b.Interval.Take(v.Duration("bfd.interval", 10*time.Millisecond, 10*time.Second, diag.CodeTimerRange))
			if b.Interval.Set && b.Interval.Val%time.Millisecond != 0 {
				v.Add(diag.CodeTimerRange, "bfd.interval is %s, BFD is set in whole milliseconds", diag.Duration(b.Interval.Val))
			}
		}),
		yamlpos.Optional("multiplier", func(v yamlpos.Value) { b.Multiplier.Take(v.Int("bfd.multiplier", 2, 50, diag.CodeTimerRange)) }),
		yamlpos.Optional("mode", func(v yamlpos.Value) { b.Mode.Take(v.OneOf("bfd.mode", BFDAsync, BFDEcho)) }),
	)
}

func (s *Scenario) decodeFlowExport(v yamlpos.Value) {
	f := &FlowExport{
		Pos:           v.Pos(),
		Sampling:      yamlpos.Default(defaultSampling),
		ActiveTimeout: yamlpos.Default(defaultActiveTimeout),
	}
	v.Map("flow_export",
		yamlpos.Required("protocol", func(v yamlpos.Value) { f.Protocol = v.OneOf("flow_export.protocol", NetFlowV9, IPFIX, SFlow) }),
		yamlpos.Required("collector", func(v yamlpos.Value) { f.Collector = v.AddrPort("flow_export.collector") }),
		yamlpos.Optional("sampling", func(v yamlpos.Value) { f.Sampling.Take(v.Int("flow_export.sampling", 1, 65535, diag.CodeFlowSampling)) }),
		yamlpos.Optional("active_timeout", func(v yamlpos.Value) {
			f.ActiveTimeout.Take(v.Duration("flow_export.active_timeout", time.Second, 30*time.Minute, diag.CodeFlowTimeout))
			if f.ActiveTimeout.Set && f.ActiveTimeout.Val%time.Second != 0 {
				v.Add(diag.CodeFlowTimeout, "flow_export.active_timeout is %s, exporters count in whole seconds", diag.Duration(f.ActiveTimeout.Val))
			}
		}),
		yamlpos.Optional("exporter", func(v yamlpos.Value) {
			f.External = v.OneOf("flow_export.exporter", "device", "external").Val == "external"
		}),
	)
	s.FlowExport = f
}

func (s *Scenario) decodeSplit(v yamlpos.Value) {
	s.Split.Pos = v.Pos()
	v.Map("split",
		yamlpos.Optional("min_share", func(v yamlpos.Value) { s.Split.MinShare.Take(v.Fraction("split.min_share")) }),
		yamlpos.Optional("confidence", func(v yamlpos.Value) { s.Split.Confidence.Take(v.Fraction("split.confidence")) }),
		yamlpos.Optional("standby_max_share", func(v yamlpos.Value) { s.Split.StandbyMaxShare.Take(v.Fraction("split.standby_max_share")) }),
	)
}
