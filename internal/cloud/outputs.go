package cloud

import (
	"maps"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// Outputs is what an applied cloud side says of itself: `terraform output
// -json` of the files that Render made. Every value keeps its place in the
// file.
type Outputs struct {
	Scenario yamlpos.Of[string]
	// Sources are where the cloud probes each circuit from.
	Sources map[string]yamlpos.Of[netip.Addr]
	// Circuits are the cloud's ends, Site and Cloud the prefixes that it routes.
	Circuits    map[string]*FarEnd
	Site, Cloud []yamlpos.Of[netip.Prefix]
	pos         diag.Position
}

// FarEnd is the cloud's end of one circuit. What the outputs do not hold is
// not set, and not compared.
type FarEnd struct {
	Pos                   diag.Position
	VLAN, MTU             yamlpos.Of[int]
	Cloud, Gateway, Mask  yamlpos.Of[netip.Addr]
	Target                yamlpos.Of[netip.Addr]
	ProbeInterval, Probes yamlpos.Of[int]
}

// outputsHelp says where the file comes from.
const outputsHelp = "it is what `terraform output -json` prints where the cloud side of this scenario was applied"

// DecodeOutputs reads the outputs of an applied cloud side. JSON is read as the
// YAML that it is, for the places of values. Problems go to list.
func DecodeOutputs(file string, data []byte, list *diag.List) *Outputs {
	top, ok := yamlpos.Parse(file, data, list)
	if !ok {
		return nil
	}
	o := &Outputs{
		pos: diag.Position{File: file, Line: 1, Column: 1}, Sources: map[string]yamlpos.Of[netip.Addr]{}, Circuits: map[string]*FarEnd{},
	}
	if !top.IsMap() {
		list.Add(diag.CodeCloudOutputs, o.pos, "these are no Terraform outputs").WithHelp(outputsHelp)
		return nil
	}
	seen := map[string]bool{}
	top.Entries("the outputs", func(k, v yamlpos.Value) {
		name := text(k, "an output")
		seen[name] = true
		value(v, func(v yamlpos.Value) { o.decode(name, v) })
	})
	for _, name := range []string{"scenario", "probe_sources", "circuits"} {
		if !seen[name] {
			list.Add(diag.CodeCloudOutputs, o.pos, "there is no output %s", diag.Quote(name)).WithHelp(outputsHelp)
		}
	}
	return o
}

// value finds the value inside one output, which stands beside its type.
func value(v yamlpos.Value, each func(yamlpos.Value)) {
	if !v.IsMap() {
		return
	}
	v.Entries("an output", func(k, v yamlpos.Value) {
		if k.Contains("value") && text(k, "a key") == "value" {
			each(v)
		}
	})
}

func (o *Outputs) decode(name string, v yamlpos.Value) {
	switch name {
	case "scenario":
		o.Scenario, _ = v.Text("the scenario's name")
	case "probe_sources":
		v.Entries("probe_sources", func(k, v yamlpos.Value) { o.Sources[text(k, "a circuit")] = v.Addr("a probe source") })
	case "circuits":
		v.Entries("circuits", func(k, v yamlpos.Value) {
			f := &FarEnd{Pos: k.Pos()}
			o.Circuits[text(k, "a circuit")] = f
			v.Entries("a circuit", func(k, v yamlpos.Value) { f.decode(text(k, "a key"), v) })
		})
	case "prefixes":
		v.Entries("prefixes", func(k, v yamlpos.Value) {
			into := &o.Site
			if text(k, "a key") == "cloud" {
				into = &o.Cloud
			}
			v.Seq("prefixes", func(v yamlpos.Value) { *into = append(*into, v.Prefix("a prefix")) })
		})
	}
}

func (f *FarEnd) decode(name string, v yamlpos.Value) {
	number := func() yamlpos.Of[int] { return v.Int(name, 0, math.MaxInt32, diag.CodeValue) }
	switch name {
	case "vlan":
		f.VLAN = number()
	case "mtu":
		f.MTU = number()
	case "cloud_address":
		f.Cloud = v.Addr(name)
	case "gateway_address":
		f.Gateway = v.Addr(name)
	case "mask":
		f.Mask = v.Addr(name)
	case "probe_target":
		f.Target = v.Addr(name)
	case "probe_interval":
		f.ProbeInterval = number()
	case "probe_count":
		f.Probes = number()
	}
}

// Resolve fills the automatic probe sources of a scenario with those that the
// cloud chose, and reports where the two ends disagree: the cloud's end was
// applied from another state of the scenario, or changed by hand since.
func (o *Outputs) Resolve(s *scenario.Scenario, list *diag.List) {
	c := &comparison{o: o, list: list}
	if o.Scenario.Set && o.Scenario.Val != s.Name.Val {
		list.Add(diag.CodeCloudOutputs, o.Scenario.Pos, "these are the outputs of scenario %s, not of %s", diag.Quote(o.Scenario.Val), diag.Quote(s.Name.Val)).
			WithHelp(outputsHelp)
		return
	}
	known := map[string]bool{}
	for _, circuit := range s.Circuits {
		known[circuit.Name.Val] = true
		if circuit.V4 != nil && circuit.Name.Set {
			c.source(circuit)
			c.circuit(circuit)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Circuits)) {
		if !known[name] {
			list.Add(diag.CodeCloudDisagrees, o.Circuits[name].Pos, "the cloud has a border router for circuit %s, the scenario has no such circuit", diag.Quote(name)).
				WithHelp(agreeHelp)
		}
	}
	site := s.Site.Prefixes
	if s.Cloud.IPv6Elsewhere { // the cloud side has the IPv4 ones only
		site = slices.DeleteFunc(slices.Clone(site), func(p scenario.Of[netip.Prefix]) bool { return p.Val.Addr().Is6() })
	}
	c.prefixes("site.prefixes", site, o.Site)
	c.prefixes("cloud.prefixes", s.Cloud.Prefixes, o.Cloud)
}

// agreeHelp says how the ends come together again.
const agreeHelp = "render and apply the cloud side again from this scenario, or correct the scenario; then read its outputs anew"

// comparison reports where scenario and outputs differ.
type comparison struct {
	o    *Outputs
	list *diag.List
}

// differ reports one value that the two ends do not share.
func (c *comparison) differ(circuit *scenario.Circuit, what string, here, there end) {
	if here.at.IsZero() {
		here.at = circuit.Pos
	}
	c.list.Add(diag.CodeCloudDisagrees, here.at, "circuit %s: the %s is %v here and %v on the cloud's side", diag.Quote(circuit.Name.Val), what, here.value, there.value).
		WithHelp(agreeHelp).WithRelated(there.at, "the cloud's side")
}

// end is a value at one end, and its place.
type end struct {
	value any
	at    diag.Position
}

// source takes over or compares the source of one circuit's probe.
func (c *comparison) source(circuit *scenario.Circuit) {
	h := circuit.V4.Health
	if h == nil {
		return
	}
	src := c.o.Sources[circuit.Name.Val]
	switch {
	case !src.Set && h.Auto:
		c.list.Add(diag.CodeCloudOutputs, c.o.pos, "the outputs name no probe source of circuit %s", diag.Quote(circuit.Name.Val)).
			WithHelp("apply the cloud side whole, then read its outputs again").WithRelated(h.Source.Pos, "the circuit's source")
	case !src.Set:
	case h.Auto:
		h.Auto, h.Source.Val, h.Source.Set = false, src.Val, true
	case h.Source.Set && h.Source.Val != src.Val:
		c.differ(circuit, "source of the cloud's probe", end{h.Source.Val, h.Source.Pos}, end{src.Val, src.Pos})
	}
}

// circuit compares the two ends of one circuit.
func (c *comparison) circuit(circuit *scenario.Circuit) {
	far := c.o.Circuits[circuit.Name.Val]
	if far == nil {
		c.list.Add(diag.CodeCloudDisagrees, circuit.Name.Pos, "the cloud's side has no border router for circuit %s", diag.Quote(circuit.Name.Val)).
			WithHelp(agreeHelp)
		return
	}
	number := func(what string, here, there scenario.Of[int]) {
		if there.Set && here.Val != there.Val {
			c.differ(circuit, what, end{here.Val, here.Pos}, end{there.Val, there.Pos})
		}
	}
	address := func(what string, here netip.Addr, at diag.Position, there scenario.Of[netip.Addr]) {
		if there.Set && here.IsValid() && here != there.Val {
			c.differ(circuit, what, end{here, at}, end{there.Val, there.Pos})
		}
	}
	v4 := circuit.V4
	number("VLAN", circuit.VLAN, far.VLAN)
	mtu := circuit.MTU
	if mtu.Val == 0 {
		mtu.Val = defaultMTU
	}
	number("MTU", mtu, far.MTU)
	address("cloud's address", v4.Cloud.Val.Addr(), v4.Cloud.Pos, far.Cloud)
	address("gateway's address", v4.Gateway.Val.Addr(), v4.Gateway.Pos, far.Gateway)
	if far.Mask.Set && v4.Cloud.Set {
		if m, err := mask(v4.Cloud.Val); err == nil && m != far.Mask.Val.String() {
			c.differ(circuit, "mask of the link", end{m, v4.Cloud.Pos}, end{far.Mask.Val, far.Mask.Pos})
		}
	}
	if h := v4.Health; h != nil {
		target := h.Target.Val
		if !target.IsValid() {
			target = v4.Gateway.Val.Addr()
		}
		address("target of the cloud's probe", target, h.Pos, far.Target)
		interval := scenario.Of[int]{Val: int(h.Interval.Val / time.Second), Pos: h.Pos}
		number("interval of the cloud's probe in seconds", interval, far.ProbeInterval)
		number("number of lost probes", h.Probes, far.Probes)
	}
}

// prefixes compares the prefixes of one end.
func (c *comparison) prefixes(what string, here, there []scenario.Of[netip.Prefix]) {
	if len(there) == 0 {
		return
	}
	for _, p := range here {
		if !slices.ContainsFunc(there, func(o scenario.Of[netip.Prefix]) bool { return o.Val == p.Val }) {
			c.list.Add(diag.CodeCloudDisagrees, p.Pos, "the prefix %s of %s is not on the cloud's side", p.Val, what).WithHelp(agreeHelp)
		}
	}
	for _, p := range there {
		if !slices.ContainsFunc(here, func(o scenario.Of[netip.Prefix]) bool { return o.Val == p.Val }) {
			c.list.Add(diag.CodeCloudDisagrees, p.Pos, "the cloud's side has the prefix %s, %s of the scenario has not", p.Val, what).WithHelp(agreeHelp)
		}
	}
}
