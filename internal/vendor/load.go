package vendor

import (
	"regexp"
	"slices"
	"time"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

var (
	idPattern   = regexp.MustCompile(`^[a-z][a-z0-9-]{0,40}$`)
	wordPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_./-]{0,60}$`)
)

// Decode reads a profile. Every source that is named must be defined, every
// pattern must compile, every capability must be one of Features.
func Decode(file string, data []byte, list *diag.List) *Profile {
	top, ok := yamlpos.Parse(file, data, list)
	if !ok {
		return nil
	}
	p := &Profile{File: file, Names: map[string]NameRule{}, Sources: map[string]Source{}}
	top.Map("the profile",
		yamlpos.Required("version", func(v yamlpos.Value) { v.OneOf("version", "1") }),
		yamlpos.Required("id", func(v yamlpos.Value) { p.ID = v.Match("id", idPattern, "lower case").Val }),
		yamlpos.Required("title", func(v yamlpos.Value) { p.Title = text(v, "title") }),
		yamlpos.Required("syntax", func(v yamlpos.Value) { p.Syntax = v.OneOf("syntax", "indent", "sections", "braces").Val }),
		yamlpos.Required("releases", func(v yamlpos.Value) { p.Releases = text(v, "releases") }),
		yamlpos.Required("platforms", p.decodePlatforms),
		yamlpos.Required("ports", p.Ports.decode),
		yamlpos.Required("example", p.Example.decode),
		yamlpos.Optional("names", p.decodeNames),
		yamlpos.Optional("ids", func(v yamlpos.Value) {
			v.Map("ids",
				yamlpos.Optional("probe", func(v yamlpos.Value) { p.ProbeIDs = decodeRange(v) }),
				yamlpos.Optional("track", func(v yamlpos.Value) { p.TrackIDs = decodeRange(v) }),
			)
		}),
		yamlpos.Optional("probe", p.Probe.decode),
		yamlpos.Optional("bfd", p.BFD.decode),
		yamlpos.Optional("flow", p.Flow.decode),
		yamlpos.Required("distance", func(v yamlpos.Value) { p.Distance = decodeRange(v) }),
		yamlpos.Required("default_distance", func(v yamlpos.Value) { p.DefaultDistance = number(v, "default_distance") }),
		yamlpos.Optional("route_order", func(v yamlpos.Value) {
			p.RouteOrder = RouteOrder(v.OneOf("route_order", string(OrderAddress), string(OrderLength)).Val)
		}),
		yamlpos.Required("capabilities", func(v yamlpos.Value) { p.Capabilities = decodeCapabilities(v) }),
		yamlpos.Optional("advice", func(v yamlpos.Value) { p.Advice = decodeAdvice(v) }),
		yamlpos.Required("sources", p.decodeSources),
		yamlpos.Required("statements", p.decodeStatements),
		yamlpos.Optional("manage", p.decodeManage),
	)
	p.checkReferences(top)
	return p
}

func text(v yamlpos.Value, what string) string {
	t, _ := v.LongText(what)
	return t.Val
}

func texts(v yamlpos.Value, what string) []string {
	var out []string
	v.Seq(what, func(v yamlpos.Value) { out = append(out, text(v, what)) })
	return out
}

func pattern(v yamlpos.Value, what string) *regexp.Regexp {
	t := text(v, what)
	re, err := regexp.Compile("^(?:" + t + ")$")
	if err != nil {
		v.Add(diag.CodeValue, "%s is no regular expression: %v", what, err)
		return regexp.MustCompile("^$")
	}
	return re
}

func number(v yamlpos.Value, what string) int {
	return v.Int(what, 0, 1<<31-1, diag.CodeValue).Val
}

func decodeRange(v yamlpos.Value) Range {
	var r Range
	v.Map("a range",
		yamlpos.Required("min", func(v yamlpos.Value) { r.Min = number(v, "min") }),
		yamlpos.Required("max", func(v yamlpos.Value) { r.Max = number(v, "max") }),
	)
	if r.Min > r.Max {
		v.Add(diag.CodeValue, "min %d is above max %d", r.Min, r.Max)
	}
	return r
}

func unit(v yamlpos.Value) time.Duration {
	return v.Duration("a unit", time.Millisecond, time.Minute, diag.CodeValue).Val
}

func (p *Profile) decodePlatforms(v yamlpos.Value) {
	v.Map("platforms",
		yamlpos.Required("default", func(v yamlpos.Value) { p.DefaultPlatform = text(v, "default") }),
		yamlpos.Required("list", func(v yamlpos.Value) {
			v.Entries("list", func(k, v yamlpos.Value) {
				pl := &Platform{ID: k.Match("a platform", idPattern, "lower case").Val}
				v.Map("a platform",
					yamlpos.Required("title", func(v yamlpos.Value) { pl.Title = text(v, "title") }),
					yamlpos.Optional("capabilities", func(v yamlpos.Value) { pl.Capabilities = decodeCapabilities(v) }),
					yamlpos.Optional("sampling", func(v yamlpos.Value) { pl.Sampling = decodeRange(v) }),
					yamlpos.Optional("sampling_power_of_two", func(v yamlpos.Value) { pl.SamplingPow2 = v.Bool("sampling_power_of_two").Val }),
					yamlpos.Optional("bfd", func(v yamlpos.Value) { pl.BFD = &BFDLimits{}; pl.BFD.decode(v) }),
					yamlpos.Optional("flow", func(v yamlpos.Value) { pl.Flow = &FlowLimits{}; pl.Flow.decode(v) }),
					yamlpos.Optional("example", func(v yamlpos.Value) { pl.Example = &Example{}; pl.Example.decode(v) }),
					yamlpos.Optional("negotiation", func(v yamlpos.Value) { pl.Negotiation = &Negotiation{}; pl.Negotiation.decode(v) }),
				)
				p.Platforms = append(p.Platforms, pl)
			})
		}),
	)
	if p.Platform("") == nil {
		v.Add(diag.CodeValue, "the default platform %s is not in the list", diag.Quote(p.DefaultPlatform))
	}
}

func (p *Ports) decode(v yamlpos.Value) {
	v.Map("ports",
		yamlpos.Required("pattern", func(v yamlpos.Value) { p.Pattern = pattern(v, "pattern") }),
		yamlpos.Optional("bundle", func(v yamlpos.Value) { p.Bundle = pattern(v, "bundle") }),
		yamlpos.Optional("vlan_interface", func(v yamlpos.Value) { p.VLANInterface = pattern(v, "vlan_interface") }),
		yamlpos.Optional("flow_source", func(v yamlpos.Value) { p.FlowSource = pattern(v, "flow_source") }),
		yamlpos.Optional("negotiation", p.Negotiation.decode),
		yamlpos.Optional("slot", func(v yamlpos.Value) { p.Slot = pattern(v, "slot") }),
		yamlpos.Required("tagged", func(v yamlpos.Value) { p.Tagged = text(v, "tagged") }),
		yamlpos.Required("untagged", func(v yamlpos.Value) { p.Untagged = text(v, "untagged") }),
		yamlpos.Optional("frame_overhead", func(v yamlpos.Value) {
			v.Map("frame_overhead",
				yamlpos.Required("untagged", func(v yamlpos.Value) { p.FrameOverhead.Untagged = number(v, "untagged") }),
				yamlpos.Required("tagged", func(v yamlpos.Value) { p.FrameOverhead.Tagged = number(v, "tagged") }),
			)
		}),
	)
}

func (n *Negotiation) decode(v yamlpos.Value) {
	v.Map("negotiation",
		yamlpos.Required("gigabit", func(v yamlpos.Value) { n.Gigabit = pattern(v, "gigabit") }),
		yamlpos.Optional("faster", func(v yamlpos.Value) { n.Faster = pattern(v, "faster") }),
	)
}

func (e *Example) decode(v yamlpos.Value) {
	v.Map("example",
		yamlpos.Required("ports", func(v yamlpos.Value) { e.Ports = texts(v, "ports") }),
		yamlpos.Optional("slot", func(v yamlpos.Value) { e.Slot = number(v, "slot") }),
		yamlpos.Optional("negotiation", func(v yamlpos.Value) { e.Negotiation = text(v, "negotiation") }),
		yamlpos.Optional("flow_interface", func(v yamlpos.Value) { e.FlowInterface = text(v, "flow_interface") }),
		yamlpos.Optional("flow_address", func(v yamlpos.Value) { e.FlowAddress = text(v, "flow_address") }),
		yamlpos.Optional("zone_circuits", func(v yamlpos.Value) { e.ZoneCircuits = text(v, "zone_circuits") }),
		yamlpos.Optional("zone_site", func(v yamlpos.Value) { e.ZoneSite = text(v, "zone_site") }),
	)
}

func (p *Profile) decodeNames(v yamlpos.Value) {
	v.Entries("names", func(k, v yamlpos.Value) {
		r := NameRule{Replace: map[string]string{}, Suffix6: "-v6"}
		v.Map("a name rule",
			yamlpos.Optional("max", func(v yamlpos.Value) { r.Max = number(v, "max") }),
			yamlpos.Optional("replace", func(v yamlpos.Value) {
				v.Entries("replace", func(k, v yamlpos.Value) { r.Replace[text(k, "a character")] = text(v, "a character") })
			}),
			yamlpos.Optional("suffix6", func(v yamlpos.Value) { r.Suffix6 = text(v, "suffix6") }),
			yamlpos.Required("source", func(v yamlpos.Value) { r.Sources = texts(v, "source") }),
		)
		p.Names[text(k, "a kind of name")] = r
	})
}

func (l *ProbeLimits) decode(v yamlpos.Value) {
	l.TimeoutUnit = time.Second
	v.Map("probe",
		yamlpos.Required("model", func(v yamlpos.Value) { l.Model = v.OneOf("model", ModelDelayed, ModelCycle, ModelBurst).Val }),
		yamlpos.Optional("period", func(v yamlpos.Value) { l.Period = decodeRange(v) }),
		yamlpos.Optional("interval", func(v yamlpos.Value) { l.Interval = decodeRange(v) }),
		yamlpos.Optional("count", func(v yamlpos.Value) { l.Count = decodeRange(v) }),
		yamlpos.Optional("timeout", func(v yamlpos.Value) { l.Timeout = decodeRange(v) }),
		yamlpos.Optional("timeout_unit", func(v yamlpos.Value) { l.TimeoutUnit = unit(v) }),
		yamlpos.Optional("delay", func(v yamlpos.Value) { l.Delay = decodeRange(v) }),
		yamlpos.Optional("margin", func(v yamlpos.Value) { l.Margin = number(v, "margin") }),
		yamlpos.Optional("whole_intervals", func(v yamlpos.Value) { l.WholeIntervals = v.Bool("whole_intervals").Val }),
		yamlpos.Optional("pause", func(v yamlpos.Value) { l.Pause = number(v, "pause") }),
		yamlpos.Required("source", func(v yamlpos.Value) { l.Sources = texts(v, "source") }),
	)
}

func (l *BFDLimits) decode(v yamlpos.Value) {
	v.Map("bfd",
		yamlpos.Required("interval", func(v yamlpos.Value) { l.Interval = decodeRange(v) }),
		yamlpos.Required("multiplier", func(v yamlpos.Value) { l.Multiplier = decodeRange(v) }),
		yamlpos.Optional("hold_up", func(v yamlpos.Value) { l.HoldUp = decodeRange(v) }),
		yamlpos.Required("source", func(v yamlpos.Value) { l.Sources = texts(v, "source") }),
	)
}

func (l *FlowLimits) decode(v yamlpos.Value) {
	l.ActiveUnit = time.Second
	v.Map("flow",
		yamlpos.Required("sampling", func(v yamlpos.Value) { l.Sampling = decodeRange(v) }),
		yamlpos.Optional("active_unit", func(v yamlpos.Value) { l.ActiveUnit = unit(v) }),
		yamlpos.Optional("active", func(v yamlpos.Value) { l.Active = decodeRange(v) }),
		yamlpos.Optional("port", func(v yamlpos.Value) { l.Port = decodeRange(v) }),
		yamlpos.Optional("needs_interface", func(v yamlpos.Value) { l.NeedsInterface = v.Bool("needs_interface").Val }),
		yamlpos.Optional("needs_address", func(v yamlpos.Value) { l.NeedsAddress = v.Bool("needs_address").Val }),
		yamlpos.Optional("needs_slot", func(v yamlpos.Value) { l.NeedsSlot = v.Bool("needs_slot").Val }),
		yamlpos.Optional("traps", func(v yamlpos.Value) {
			v.Seq("traps", func(v yamlpos.Value) { l.Traps = append(l.Traps, decodeTrap(v)) })
		}),
		yamlpos.Required("source", func(v yamlpos.Value) { l.Sources = texts(v, "source") }),
	)
}

func decodeTrap(v yamlpos.Value) (t Trap) {
	v.Map("a trap",
		yamlpos.Required("kind", func(v yamlpos.Value) {
			t.Kind = TrapKind(v.OneOf("kind", string(FirstPath), string(ShortIndex), string(FirstPacket)).Val)
		}),
		yamlpos.Required("unless", func(v yamlpos.Value) { t.Unless = text(v, "unless") }),
		yamlpos.Required("source", func(v yamlpos.Value) { t.Sources = texts(v, "source") }),
	)
	return t
}

func decodeCapabilities(v yamlpos.Value) map[string]*Capability {
	out := map[string]*Capability{}
	v.Entries("capabilities", func(k, v yamlpos.Value) {
		name := text(k, "a capability")
		c := &Capability{Pos: k.Pos()}
		v.Map("a capability",
			yamlpos.Required("support", func(v yamlpos.Value) {
				c.Support = Support(v.OneOf("support", string(Yes), string(No), string(Unverified)).Val)
			}),
			yamlpos.Optional("note", func(v yamlpos.Value) { c.Note = text(v, "note") }),
			yamlpos.Optional("instead", func(v yamlpos.Value) { c.Instead = text(v, "instead") }),
			yamlpos.Optional("since", func(v yamlpos.Value) { c.Since = text(v, "since") }),
			yamlpos.Required("source", func(v yamlpos.Value) { c.Sources = texts(v, "source") }),
		)
		if c.Support == No && c.Note == "" {
			k.Add(diag.CodeMissing, "a capability that is not there needs a note with the reason")
		}
		if !slices.ContainsFunc(Features, func(f Feature) bool { return f.Name == name }) {
			names := make([]string, len(Features))
			for i, f := range Features {
				names[i] = f.Name
			}
			k.Add(diag.CodeWord, "%s is no capability", diag.Quote(name)).WithHelp("%s", diag.DidYouMean(name, names))
		}
		out[name] = c
	})
	return out
}

func decodeAdvice(v yamlpos.Value) []Advice {
	var out []Advice
	v.Seq("advice", func(v yamlpos.Value) {
		var a Advice
		v.Map("an advice",
			yamlpos.Required("code", func(v yamlpos.Value) {
				a.Code = diag.Code(v.OneOf("code", string(diag.CodeControlPlane), string(diag.CodeReversePath)).Val)
			}),
			yamlpos.Required("text", func(v yamlpos.Value) { a.Text = text(v, "text") }),
			yamlpos.Required("help", func(v yamlpos.Value) { a.Help = text(v, "help") }),
			yamlpos.Required("source", func(v yamlpos.Value) { a.Sources = texts(v, "source") }),
		)
		out = append(out, a)
	})
	return out
}

func (p *Profile) decodeSources(v yamlpos.Value) {
	v.Entries("sources", func(k, v yamlpos.Value) {
		var s Source
		v.Map("a source",
			yamlpos.Required("title", func(v yamlpos.Value) { s.Title = text(v, "title") }),
			yamlpos.Required("confidence", func(v yamlpos.Value) {
				s.Confidence = Confidence(v.OneOf("confidence", string(Device), string(Vendor), string(ThirdParty), string(Inferred)).Val)
			}),
			yamlpos.Optional("where", func(v yamlpos.Value) { s.Where = text(v, "where") }),
		)
		p.Sources[k.Match("a source", wordPattern, "a short word").Val] = s
	})
}

// checkReferences holds every named source against the table of sources.
func (p *Profile) checkReferences(top yamlpos.Value) {
	check := func(pos diag.Position, what string, keys []string) {
		if pos.IsZero() {
			pos = top.Pos()
		}
		for _, k := range keys {
			if _, ok := p.Sources[k]; !ok {
				top.List().Add(diag.CodeValue, pos, "%s names the source %s, which is not defined", what, diag.Quote(k))
			}
		}
	}
	for name, c := range p.Capabilities {
		check(c.Pos, "capability "+name, c.Sources)
	}
	for _, pl := range p.Platforms {
		for name, c := range pl.Capabilities {
			check(c.Pos, "capability "+name, c.Sources)
		}
		check(diag.Position{}, "bfd of "+pl.ID, p.BFDOf(pl.ID).Sources)
		check(diag.Position{}, "flow of "+pl.ID, p.FlowOf(pl.ID).Sources)
	}
	for _, s := range p.Statements {
		check(s.Pos, "statement "+diag.Quote(s.Line), s.Sources)
	}
	for name, n := range p.Names {
		check(diag.Position{}, "the name rule "+name, n.Sources)
	}
	for _, a := range p.Advice {
		check(diag.Position{}, "an advice", a.Sources)
	}
	check(diag.Position{}, "probe", p.Probe.Sources)
	check(diag.Position{}, "bfd", p.BFD.Sources)
	check(diag.Position{}, "flow", p.Flow.Sources)
	for _, t := range p.Flow.Traps {
		check(diag.Position{}, "the trap "+string(t.Kind), t.Sources)
	}
	p.checkManageSources(check)
}
