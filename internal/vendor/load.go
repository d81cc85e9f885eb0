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
		must("version", func(v yamlpos.Value) { v.OneOf("version", "1") }),
		must("id", func(v yamlpos.Value) { p.ID = v.Match("id", idPattern, "lower case").Val }),
		must("title", func(v yamlpos.Value) { p.Title = text(v, "title") }),
		must("syntax", func(v yamlpos.Value) { p.Syntax = v.OneOf("syntax", "indent", "sections", "braces").Val }),
		must("releases", func(v yamlpos.Value) { p.Releases = text(v, "releases") }),
		must("platforms", p.decodePlatforms),
		must("ports", p.Ports.decode),
		must("example", p.Example.decode),
		opt("names", p.decodeNames),
		opt("ids", func(v yamlpos.Value) {
			v.Map("ids",
				opt("probe", func(v yamlpos.Value) { p.ProbeIDs = decodeRange(v) }),
				opt("track", func(v yamlpos.Value) { p.TrackIDs = decodeRange(v) }),
			)
		}),
		opt("probe", p.Probe.decode),
		opt("bfd", p.BFD.decode),
		opt("flow", p.Flow.decode),
		must("distance", func(v yamlpos.Value) { p.Distance = decodeRange(v) }),
		must("default_distance", func(v yamlpos.Value) { p.DefaultDistance = number(v, "default_distance") }),
		opt("route_order", func(v yamlpos.Value) {
			p.RouteOrder = RouteOrder(v.OneOf("route_order", string(OrderAddress), string(OrderLength)).Val)
		}),
		must("capabilities", func(v yamlpos.Value) { p.Capabilities = decodeCapabilities(v) }),
		opt("advice", func(v yamlpos.Value) { p.Advice = decodeAdvice(v) }),
		must("sources", p.decodeSources),
		must("statements", p.decodeStatements),
		opt("manage", p.decodeManage),
	)
	p.checkReferences(top)
	return p
}

func must(name string, dec func(yamlpos.Value)) yamlpos.Key {
	return yamlpos.Key{Name: name, Required: true, Decode: dec}
}

func opt(name string, dec func(yamlpos.Value)) yamlpos.Key {
	return yamlpos.Key{Name: name, Decode: dec}
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
		must("min", func(v yamlpos.Value) { r.Min = number(v, "min") }),
		must("max", func(v yamlpos.Value) { r.Max = number(v, "max") }),
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
		must("default", func(v yamlpos.Value) { p.DefaultPlatform = text(v, "default") }),
		must("list", func(v yamlpos.Value) {
			v.Entries("list", func(k, v yamlpos.Value) {
				pl := &Platform{ID: k.Match("a platform", idPattern, "lower case").Val}
				v.Map("a platform",
					must("title", func(v yamlpos.Value) { pl.Title = text(v, "title") }),
					opt("capabilities", func(v yamlpos.Value) { pl.Capabilities = decodeCapabilities(v) }),
					opt("sampling", func(v yamlpos.Value) { pl.Sampling = decodeRange(v) }),
					opt("sampling_power_of_two", func(v yamlpos.Value) { pl.SamplingPow2 = v.Bool("sampling_power_of_two").Val }),
					opt("bfd", func(v yamlpos.Value) { pl.BFD = &BFDLimits{}; pl.BFD.decode(v) }),
					opt("flow", func(v yamlpos.Value) { pl.Flow = &FlowLimits{}; pl.Flow.decode(v) }),
					opt("example", func(v yamlpos.Value) { pl.Example = &Example{}; pl.Example.decode(v) }),
					opt("negotiation", func(v yamlpos.Value) { pl.Negotiation = &Negotiation{}; pl.Negotiation.decode(v) }),
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
		must("pattern", func(v yamlpos.Value) { p.Pattern = pattern(v, "pattern") }),
		opt("bundle", func(v yamlpos.Value) { p.Bundle = pattern(v, "bundle") }),
		opt("vlan_interface", func(v yamlpos.Value) { p.VLANInterface = pattern(v, "vlan_interface") }),
		opt("flow_source", func(v yamlpos.Value) { p.FlowSource = pattern(v, "flow_source") }),
		opt("negotiation", p.Negotiation.decode),
		opt("slot", func(v yamlpos.Value) { p.Slot = pattern(v, "slot") }),
		must("tagged", func(v yamlpos.Value) { p.Tagged = text(v, "tagged") }),
		must("untagged", func(v yamlpos.Value) { p.Untagged = text(v, "untagged") }),
		opt("frame_overhead", func(v yamlpos.Value) {
			v.Map("frame_overhead",
				must("untagged", func(v yamlpos.Value) { p.FrameOverhead.Untagged = number(v, "untagged") }),
				must("tagged", func(v yamlpos.Value) { p.FrameOverhead.Tagged = number(v, "tagged") }),
			)
		}),
	)
}

func (n *Negotiation) decode(v yamlpos.Value) {
	v.Map("negotiation",
		must("gigabit", func(v yamlpos.Value) { n.Gigabit = pattern(v, "gigabit") }),
		opt("faster", func(v yamlpos.Value) { n.Faster = pattern(v, "faster") }),
	)
}

func (e *Example) decode(v yamlpos.Value) {
	v.Map("example",
		must("ports", func(v yamlpos.Value) { e.Ports = texts(v, "ports") }),
		opt("slot", func(v yamlpos.Value) { e.Slot = number(v, "slot") }),
		opt("negotiation", func(v yamlpos.Value) { e.Negotiation = text(v, "negotiation") }),
		opt("flow_interface", func(v yamlpos.Value) { e.FlowInterface = text(v, "flow_interface") }),
		opt("flow_address", func(v yamlpos.Value) { e.FlowAddress = text(v, "flow_address") }),
		opt("zone_circuits", func(v yamlpos.Value) { e.ZoneCircuits = text(v, "zone_circuits") }),
		opt("zone_site", func(v yamlpos.Value) { e.ZoneSite = text(v, "zone_site") }),
	)
}

func (p *Profile) decodeNames(v yamlpos.Value) {
	v.Entries("names", func(k, v yamlpos.Value) {
		r := NameRule{Replace: map[string]string{}, Suffix6: "-v6"}
		v.Map("a name rule",
			opt("max", func(v yamlpos.Value) { r.Max = number(v, "max") }),
			opt("replace", func(v yamlpos.Value) {
				v.Entries("replace", func(k, v yamlpos.Value) { r.Replace[text(k, "a character")] = text(v, "a character") })
			}),
			opt("suffix6", func(v yamlpos.Value) { r.Suffix6 = text(v, "suffix6") }),
			must("source", func(v yamlpos.Value) { r.Sources = texts(v, "source") }),
		)
		p.Names[text(k, "a kind of name")] = r
	})
}

func (l *ProbeLimits) decode(v yamlpos.Value) {
	l.TimeoutUnit = time.Second
	v.Map("probe",
		must("model", func(v yamlpos.Value) { l.Model = v.OneOf("model", ModelDelayed, ModelCycle, ModelBurst).Val }),
		opt("period", func(v yamlpos.Value) { l.Period = decodeRange(v) }),
		opt("interval", func(v yamlpos.Value) { l.Interval = decodeRange(v) }),
		opt("count", func(v yamlpos.Value) { l.Count = decodeRange(v) }),
		opt("timeout", func(v yamlpos.Value) { l.Timeout = decodeRange(v) }),
		opt("timeout_unit", func(v yamlpos.Value) { l.TimeoutUnit = unit(v) }),
		opt("delay", func(v yamlpos.Value) { l.Delay = decodeRange(v) }),
		opt("margin", func(v yamlpos.Value) { l.Margin = number(v, "margin") }),
		opt("whole_intervals", func(v yamlpos.Value) { l.WholeIntervals = v.Bool("whole_intervals").Val }),
		opt("pause", func(v yamlpos.Value) { l.Pause = number(v, "pause") }),
		must("source", func(v yamlpos.Value) { l.Sources = texts(v, "source") }),
	)
}

func (l *BFDLimits) decode(v yamlpos.Value) {
	v.Map("bfd",
		must("interval", func(v yamlpos.Value) { l.Interval = decodeRange(v) }),
		must("multiplier", func(v yamlpos.Value) { l.Multiplier = decodeRange(v) }),
		opt("hold_up", func(v yamlpos.Value) { l.HoldUp = decodeRange(v) }),
		must("source", func(v yamlpos.Value) { l.Sources = texts(v, "source") }),
	)
}

func (l *FlowLimits) decode(v yamlpos.Value) {
	l.ActiveUnit = time.Second
	v.Map("flow",
		must("sampling", func(v yamlpos.Value) { l.Sampling = decodeRange(v) }),
		opt("active_unit", func(v yamlpos.Value) { l.ActiveUnit = unit(v) }),
		opt("active", func(v yamlpos.Value) { l.Active = decodeRange(v) }),
		opt("port", func(v yamlpos.Value) { l.Port = decodeRange(v) }),
		opt("needs_interface", func(v yamlpos.Value) { l.NeedsInterface = v.Bool("needs_interface").Val }),
		opt("needs_address", func(v yamlpos.Value) { l.NeedsAddress = v.Bool("needs_address").Val }),
		opt("needs_slot", func(v yamlpos.Value) { l.NeedsSlot = v.Bool("needs_slot").Val }),
		opt("traps", func(v yamlpos.Value) {
			v.Seq("traps", func(v yamlpos.Value) { l.Traps = append(l.Traps, decodeTrap(v)) })
		}),
		must("source", func(v yamlpos.Value) { l.Sources = texts(v, "source") }),
	)
}

func decodeTrap(v yamlpos.Value) (t Trap) {
	v.Map("a trap",
		must("kind", func(v yamlpos.Value) {
			t.Kind = TrapKind(v.OneOf("kind", string(FirstPath), string(ShortIndex), string(FirstPacket)).Val)
		}),
		must("unless", func(v yamlpos.Value) { t.Unless = text(v, "unless") }),
		must("source", func(v yamlpos.Value) { t.Sources = texts(v, "source") }),
	)
	return t
}

func decodeCapabilities(v yamlpos.Value) map[string]*Capability {
	out := map[string]*Capability{}
	v.Entries("capabilities", func(k, v yamlpos.Value) {
		name := text(k, "a capability")
		c := &Capability{Pos: k.Pos()}
		v.Map("a capability",
			must("support", func(v yamlpos.Value) {
				c.Support = Support(v.OneOf("support", string(Yes), string(No), string(Unverified)).Val)
			}),
			opt("note", func(v yamlpos.Value) { c.Note = text(v, "note") }),
			opt("instead", func(v yamlpos.Value) { c.Instead = text(v, "instead") }),
			opt("since", func(v yamlpos.Value) { c.Since = text(v, "since") }),
			must("source", func(v yamlpos.Value) { c.Sources = texts(v, "source") }),
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
			must("code", func(v yamlpos.Value) {
				a.Code = diag.Code(v.OneOf("code", string(diag.CodeControlPlane), string(diag.CodeReversePath)).Val)
			}),
			must("text", func(v yamlpos.Value) { a.Text = text(v, "text") }),
			must("help", func(v yamlpos.Value) { a.Help = text(v, "help") }),
			must("source", func(v yamlpos.Value) { a.Sources = texts(v, "source") }),
		)
		out = append(out, a)
	})
	return out
}

func (p *Profile) decodeSources(v yamlpos.Value) {
	v.Entries("sources", func(k, v yamlpos.Value) {
		var s Source
		v.Map("a source",
			must("title", func(v yamlpos.Value) { s.Title = text(v, "title") }),
			must("confidence", func(v yamlpos.Value) {
				s.Confidence = Confidence(v.OneOf("confidence", string(Device), string(Vendor), string(ThirdParty), string(Inferred)).Val)
			}),
			opt("where", func(v yamlpos.Value) { s.Where = text(v, "where") }),
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
