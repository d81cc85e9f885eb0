// Package plan computes the change that turns the running configuration of a
// gateway into the rendered one: ordered steps, one circuit after the other,
// new before old, each with its way back, and whether a protected prefix could
// lose its last next hop on the way. It is pure: the same input gives the same
// plan and the same seal.
//
// What cannot be changed safely yet is refused (RefusedError), never guessed.
package plan

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/show"
	"github.com/twinpath/twinpath/internal/vendor"
)

// Plan is the change of all gateways of a scenario.
type Plan struct {
	Scenario string `json:"scenario"`
	// Seal is the hash of everything else here.
	Seal string `json:"seal"`
	// ScenarioSHA256 is of the scenario's text, Tool the program's version.
	ScenarioSHA256 string     `json:"scenario_sha256"`
	Tool           string     `json:"tool"`
	Gateways       []*Gateway `json:"gateways"`
}

// Gateway is the change of one gateway.
type Gateway struct {
	Gateway  string `json:"gateway"`
	OS       string `json:"os"`
	Platform string `json:"platform"`
	// BaseSHA256 is of the running configuration without noise; BaseMarks are
	// the first digits of the hash of each of its statements, so that a
	// difference can be shown without keeping the configuration itself, which
	// holds secrets.
	BaseSHA256 string   `json:"base_sha256"`
	BaseMarks  []string `json:"base_marks"`
	// Hitless says whether each protected prefix keeps a next hop after every
	// command; Outage are the prefixes that do not.
	Hitless       bool     `json:"hitless"`
	HitlessReason string   `json:"hitless_reason"`
	Outage        []string `json:"outage"`
	// Remarks are statements that the plan leaves alone but somebody should
	// look at.
	Remarks []Remark `json:"remarks"`
	Steps   []Step   `json:"steps"`
	// Commands are those of all steps; Rollback is what takes them back, the
	// last step's first.
	Commands []string `json:"commands"`
	Rollback []string `json:"rollback"`
}

// Empty reports whether nothing changes.
func (g *Gateway) Empty() bool { return len(g.Steps) == 0 }

// Step is a part of the change after which the gateway is in a safe state.
type Step struct {
	// Circuit is empty for what the circuits share.
	Circuit  string   `json:"circuit"`
	Commands []string `json:"commands"`
	Rollback []string `json:"rollback"`
	// Wait says what must be seen before the next step; Checks is the same for
	// the program. Needs must hold before the step: the circuits that carry the
	// traffic meanwhile.
	Wait string `json:"wait"`
	// While says what must carry the traffic during the step, "" where the step
	// disturbs nothing that does; Effect says what the circuit may lose
	// meanwhile. Both are for the person, also on a system of which it is not
	// known how the program would see it.
	While   string   `json:"while,omitempty"`
	Effect  string   `json:"effect,omitempty"`
	Needs   []Check  `json:"needs"`
	Checks  []Check  `json:"checks"`
	Changes []Change `json:"changes"`
}

// Check is something that must be seen on the gateway.
type Check = show.Check

// Change is one statement that changes.
type Change struct {
	Action Action `json:"action"`
	// Path are the sections of the statement and its text; Old is the text
	// that it replaces.
	Path []string `json:"path"`
	Old  string   `json:"old,omitempty"`
	// Note says what is not certain about how the change is typed, "" for
	// nothing.
	Note string `json:"note,omitempty"`
}

// Action is what happens to a statement.
type Action string

// The actions.
const (
	Add     Action = "+"
	Replace Action = "~"
	Remove  Action = "-"
)

// Remark is a statement of the running configuration to look at.
type Remark struct {
	Line int    `json:"line"`
	Text string `json:"text"`
	Why  string `json:"why"`
}

// Input is what a gateway's change is computed from.
type Input struct {
	Device  *intent.Device
	Profile *vendor.Profile
	// Running and Rendered are configuration texts: what the gateway has and
	// what it must have, as it would print it. Load is the latter in the order
	// in which it can be typed.
	Running, Rendered, Load string
	// Protected are prefixes beside those of the device's routes.
	Protected []netip.Prefix
}

// RefusedError says why no plan is made.
type RefusedError struct {
	Gateway string
	Reasons []string
}

func (e *RefusedError) Error() string {
	if len(e.Reasons) == 1 {
		return fmt.Sprintf("no plan for gateway %s: %s", e.Gateway, e.Reasons[0])
	}
	return fmt.Sprintf("no plan for gateway %s:\n  %s", e.Gateway, strings.Join(e.Reasons, "\n  "))
}

// Compute returns the change of one gateway.
func Compute(in Input) (*Gateway, error) {
	_, g, err := compute(in, "")
	return g, err
}

// compute also returns the planner. Where a circuit is named, every change is
// of its step.
func compute(in Input, circuit string) (*planner, *Gateway, error) {
	d, p := in.Device, in.Profile
	if p.Manage == nil {
		return nil, nil, &RefusedError{d.Gateway, []string{
			fmt.Sprintf("%s can be rendered but not planned for yet: its profile does not say how statements are keyed and removed", p.Title),
		}}
	}
	r := newRules(p)
	running, err := read(r, in.Running)
	if err != nil {
		return nil, nil, fmt.Errorf("read the running configuration: %w", err)
	}
	rendered, err := read(r, in.Rendered)
	if err != nil {
		return nil, nil, fmt.Errorf("read the rendered configuration: %w", err)
	}
	load, err := read(r, in.Load)
	if err != nil {
		return nil, nil, fmt.Errorf("read the load form: %w", err)
	}
	rendered.sortLike(load)
	pl := &planner{in: in, m: p.Manage, rules: r, running: running, rendered: rendered}
	pl.compare()
	if circuit != "" {
		for _, o := range pl.ops {
			o.circuit = circuit
		}
	}
	stages := pl.stages()
	if len(pl.refused) > 0 {
		return nil, nil, &RefusedError{d.Gateway, pl.refused}
	}
	g := &Gateway{
		Gateway: d.Gateway, OS: d.OS, Platform: d.Platform,
		Outage: []string{}, Remarks: pl.remarks(), Steps: []Step{}, Commands: []string{}, Rollback: []string{},
	}
	g.BaseSHA256, g.BaseMarks = hashes(p.Manage, running.paths())
	for _, st := range stages {
		g.Steps = append(g.Steps, pl.step(st))
	}
	for i := range g.Steps {
		g.Commands = append(g.Commands, g.Steps[i].Commands...)
		g.Rollback = append(g.Rollback, g.Steps[len(g.Steps)-1-i].Rollback...)
	}
	if err := pl.prove(g); err != nil {
		return nil, nil, err
	}
	return pl, g, nil
}
