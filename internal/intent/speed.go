package intent

import (
	"strconv"
	"strings"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/scenario"
)

// CheckSpeeds finds circuits that differ in speed (V14). The cloud shares the
// load over all of them, so circuits of different gateways are compared too.
func CheckSpeeds(s *scenario.Scenario, gateways map[string]*inventory.Gateway, list *diag.List) {
	if s.Mode.Val != scenario.ActiveActive {
		return
	}
	var first *scenario.Circuit
	var firstPort *inventory.Port
	firstSpeed := 0
	for _, c := range s.Circuits {
		g := gateways[c.Gateway.Val]
		if g == nil {
			continue
		}
		p := g.PortOf(c.Port.Val)
		if p == nil {
			continue
		}
		speed, err := strconv.Atoi(strings.TrimSuffix(p.Negotiation.Val, " full"))
		switch {
		case err != nil: // not stated, or negotiated
		case first == nil:
			first, firstPort, firstSpeed = c, p, speed
		case speed != firstSpeed:
			list.Add(diag.CodeSpeedUnequal, p.Negotiation.Pos, "circuits %s and %s run at %d and %d Mbit/s",
				diag.Quote(first.Name.Val), diag.Quote(c.Name.Val), firstSpeed, speed).
				WithHelp("equal-cost routes share the load equally, so the slower circuit fills first; use equal speeds or mode: %s", scenario.ActiveStandby).
				WithRelated(firstPort.Negotiation.Pos, "the first circuit's port")
			return
		}
	}
}
