package cli

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/internal/yamlpos"
	"github.com/twinpath/twinpath/vendors"
)

// input collects the files of a run and what is wrong with them.
type input struct {
	list     diag.List
	sources  diag.Sources
	registry *vendor.Registry
	// outputs is the file with what an applied cloud side says of itself, ""
	// without one.
	outputs string
}

func newInput() (*input, error) {
	if err := scenario.LoadProviders(); err != nil {
		return nil, err
	}
	reg, err := vendor.NewRegistry(vendors.FS)
	if err != nil {
		return nil, err
	}
	return &input{sources: diag.Sources{}, registry: reg}, nil
}

// invalid returns the error of exit code 3 when a diagnostic is an error.
func (in *input) invalid() error {
	if !in.list.HasErrors() {
		return nil
	}
	return &exitError{code: exitInvalid}
}

// loaded is a file that was read and decoded apart from the others, so that
// several can be read at once.
type loaded struct {
	name     string
	data     []byte
	list     diag.List
	scenario *scenario.Scenario
	inv      *inventory.Inventory
}

func (l *loaded) read() {
	l.data = yamlpos.ReadFile(l.name, &l.list)
}

// load reads scenarios and, where named, the inventory, side by side.
func (in *input) load(scenarios []string, inv string) ([]*scenario.Scenario, *inventory.Inventory) {
	resolve := in.resolver()
	files := make([]*loaded, 0, len(scenarios)+1)
	var g errgroup.Group
	g.SetLimit(8)
	for _, name := range scenarios {
		l := &loaded{name: name}
		files = append(files, l)
		g.Go(func() error {
			if l.read(); l.data != nil {
				l.scenario = scenario.DecodeWith(l.name, l.data, resolve, &l.list)
			}
			return nil
		})
	}
	if inv != "" {
		l := &loaded{name: inv}
		files = append(files, l)
		g.Go(func() error {
			if l.read(); l.data != nil {
				l.inv = inventory.Decode(l.name, l.data, &l.list)
			}
			return nil
		})
	}
	_ = g.Wait() // the functions return no errors
	var out []*scenario.Scenario
	var i *inventory.Inventory
	for _, l := range files {
		in.sources[l.name] = l.data
		in.list.Append(&l.list)
		if l.scenario != nil {
			out = append(out, l.scenario)
		}
		if l.inv != nil {
			i = l.inv
		}
	}
	return out, i
}

// target is one way to render a scenario: with an inventory, or with an
// operating system's example ports.
type target struct {
	name string
	inv  *inventory.Inventory
	// os and platform are used when there is no inventory.
	os, platform string
}

// besides returns the inventories that stand beside a scenario, or every known
// system when there are none.
func (in *input) besides(s *scenario.Scenario) ([]target, error) {
	files, err := filepath.Glob(filepath.Join(filepath.Dir(s.File), "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("list inventories: %w", err)
	}
	var out []target
	for _, f := range files {
		if filepath.Base(f) == filepath.Base(s.File) {
			continue
		}
		if !looksLikeInventory(f) {
			continue
		}
		_, inv := in.load(nil, filepath.ToSlash(f))
		if inv != nil {
			out = append(out, target{name: targetName(f), inv: inv})
		}
	}
	if len(out) == 0 {
		for _, id := range in.registry.IDs() {
			out = append(out, target{name: id, os: id})
		}
	}
	return out, nil
}

var inventoryKey = regexp.MustCompile(`(?m)^gateways\s*:`)

// looksLikeInventory reports whether a file that stands beside a scenario is
// one: other YAML files, a second scenario among them, may stand there too.
func looksLikeInventory(file string) bool {
	data, err := os.ReadFile(file)
	return err == nil && inventoryKey.Match(data)
}

func targetName(file string) string {
	return strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
}

// gateway pairs a gateway of the scenario with its device and profile.
type gateway struct {
	name    string
	inv     *inventory.Gateway
	profile *vendor.Profile
}

// gateways finds the device of each gateway of the scenario, or of the one that
// only names.
func (in *input) gateways(list *diag.List, s *scenario.Scenario, t target, only string) ([]gateway, error) {
	names := s.Gateways()
	if only != "" {
		if !slices.Contains(names, only) {
			return nil, usageError("scenario %s has no gateway %q (%s)", s.Name.Val, only, diag.DidYouMean(only, names))
		}
		names = []string{only}
	}
	var byName map[string]*inventory.Gateway
	if t.inv != nil {
		byName = make(map[string]*inventory.Gateway, len(t.inv.Gateways))
		for _, g := range t.inv.Gateways {
			byName[g.Name.Val] = g
		}
		in.registry.Load(systems(t.inv))
		unused(list, s, t.inv)
		intent.CheckSpeeds(s, byName, list)
	}
	var out []gateway
	missing := 0
	for _, n := range names {
		g := gateway{name: n}
		osID := t.os
		if t.inv != nil {
			if g.inv = byName[n]; g.inv == nil {
				missing++
				missingGateway(list, s, t.inv, n, missing <= maxHelped)
				continue
			}
			osID = g.inv.OS.Val
		}
		p, err := in.registry.Profile(osID)
		if err != nil {
			return nil, err
		}
		if p == nil {
			if g.inv == nil {
				return nil, usageError("the operating system %q is not known (%s)", osID, diag.DidYouMean(osID, in.registry.IDs()))
			}
			if g.inv.OS.Set {
				list.Add(diag.CodeUnknownOS, g.inv.OS.Pos, "the operating system %s is not known", diag.Quote(osID)).
					WithHelp("%s", diag.DidYouMean(osID, in.registry.IDs()))
			}
			continue
		}
		g.profile = p
		if g.inv == nil {
			platform := t.platform
			if platform == "" {
				platform = p.DefaultPlatform
			}
			if p.Platform(platform) == nil {
				return nil, usageError("%s has no platform %q (%s)", p.Title, platform, diag.DidYouMean(platform, p.PlatformIDs()))
			}
			g.inv = intent.ExampleOn(s, n, p, platform)
		}
		out = append(out, g)
	}
	return out, nil
}

// systems returns the ids of the operating systems of an inventory.
func systems(inv *inventory.Inventory) []string {
	ids := map[string]bool{}
	for _, g := range inv.Gateways {
		ids[g.OS.Val] = true
	}
	return slices.Collect(maps.Keys(ids))
}

// maxHelped is how many wrong names get a suggestion. With the inventory of
// another fleet every name is wrong, and each would be compared with all.
const maxHelped = 20

// unused warns of inventory gateways that the scenario does not speak of.
func unused(list *diag.List, s *scenario.Scenario, inv *inventory.Inventory) {
	gateways, wrong := s.Gateways(), 0
	used := make(map[string]bool, len(gateways))
	for _, n := range gateways {
		used[n] = true
	}
	for _, g := range inv.Gateways {
		if g.Name.Set && !used[g.Name.Val] {
			d := list.Add(diag.CodeUnusedGateway, g.Name.Pos, "scenario %s has no circuit on gateway %s", diag.Quote(s.Name.Val), diag.Quote(g.Name.Val))
			if wrong++; wrong <= maxHelped {
				d.WithHelp("%s", diag.DidYouMean(g.Name.Val, gateways))
			}
			continue
		}
		var names []string
		for _, c := range s.CircuitsOf(g.Name.Val) {
			names = append(names, c.Name.Val)
		}
		for _, n := range slices.Sorted(maps.Keys(g.IfIndex)) {
			if !slices.Contains(names, n) {
				list.Add(diag.CodeUnusedIfIndex, g.IfIndex[n].Pos, "scenario %s has no circuit %s on gateway %s, its if_index is not used",
					diag.Quote(s.Name.Val), diag.Quote(n), diag.Quote(g.Name.Val)).
					WithHelp("%s", diag.DidYouMean(n, names))
			}
		}
	}
}

// missingGateway reports a gateway without a device, at its first use; help
// says to look for a gateway of a similar name.
func missingGateway(list *diag.List, s *scenario.Scenario, inv *inventory.Inventory, name string, help bool) {
	pos := s.Pos
	if cs := s.CircuitsOf(name); len(cs) > 0 {
		pos = cs[0].Gateway.Pos
	}
	d := list.Add(diag.CodeUnknownGateway, pos, "the inventory %s has no gateway %s", inv.File, diag.Quote(name))
	if !help {
		return
	}
	names := make([]string, len(inv.Gateways))
	for i, g := range inv.Gateways {
		names[i] = g.Name.Val
	}
	d.WithHelp("%s", diag.DidYouMean(name, names))
}

// build builds the intent of each gateway on all processors; the diagnostics
// keep the order of the gateways.
func build(list *diag.List, s *scenario.Scenario, gws []gateway, each func(int, *intent.Device, *diag.List)) {
	lists := make([]diag.List, len(gws))
	var g errgroup.Group
	g.SetLimit(parallel)
	const chunk = 32
	for start := 0; start < len(gws); start += chunk {
		g.Go(func() error {
			for i := start; i < min(start+chunk, len(gws)); i++ {
				d := intent.Build(s, gws[i].inv, gws[i].profile, &lists[i])
				each(i, d, &lists[i])
			}
			return nil
		})
	}
	_ = g.Wait() // the functions return no errors
	for i := range lists {
		list.Append(&lists[i])
	}
}
