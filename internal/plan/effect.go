package plan

import (
	"fmt"
	"slices"
	"strings"
)

// disturbed are the routes of protected prefixes that a step touches: those that
// were there before it, and those that are there after it.
type disturbed struct{ before, after []*statement }

// disturbs finds them. A route that refers to something which is made again,
// such as a probe, is one: the system may withdraw it until the probe is good.
func disturbs(want []protected, start, end map[protected][]*statement, touched map[string]bool) disturbed {
	var out disturbed
	for _, w := range want {
		for _, s := range start[w] {
			if touched[s.id] {
				out.before = append(out.before, s)
			}
		}
		for _, s := range end[w] {
			if touched[s.id] {
				out.after = append(out.after, s)
			}
		}
	}
	return out
}

// explain says what a step may take away, what carries the traffic meanwhile,
// and what must be seen before the next step: that what it disturbed works
// again. Without the latter the next step would take the other circuit away
// while this one is still down.
// It returns how many circuits may carry nothing meanwhile.
func (p *planner) explain(out *Step, hit disturbed, want []protected, start map[protected][]*statement) int {
	var needs []*statement
	var lost []string
	for _, w := range want {
		if w.pinned || !slices.ContainsFunc(start[w], func(s *statement) bool { return slices.Contains(hit.before, s) }) {
			continue
		}
		for _, s := range start[w] {
			if c := p.circuit(s); slices.Contains(hit.before, s) {
				if !slices.Contains(lost, c) {
					lost = append(lost, c)
				}
				continue
			}
			needs = append(needs, s)
		}
	}
	out.While = inTables(needs)
	if len(out.Checks) == 0 { // What the program looks at says more.
		out.Wait = inTables(hit.after)
	}
	if len(lost) > 0 {
		out.Effect = effect(lost, len(p.in.Device.Circuits))
	}
	return len(lost)
}

// effect says how much is lost during a step.
func effect(lost []string, all int) string {
	slices.Sort(lost)
	names := strings.Trim(strings.Join(lost, ", "), ", ")
	if names == "" {
		names = "a way that is no circuit's"
	}
	return fmt.Sprintf("%s may carry nothing during this step: %d of %d circuits, until what the step waits for is seen", names, len(lost), all)
}

// most is how many prefixes of a next hop are named; a person reads them.
const most = 4

// inTables says of routes that they are in use, by next hop.
func inTables(routes []*statement) string {
	var hops []string
	prefixes := map[string][]string{}
	for _, s := range routes {
		hop := s.value("hop")
		if prefixes[hop] == nil {
			hops = append(hops, hop)
		}
		prefixes[hop] = append(prefixes[hop], s.prefix.String())
	}
	var out []string
	for _, hop := range hops {
		list, verb := prefixes[hop], "are"
		more := ""
		if n := len(list) - most; n > 0 {
			list, more = list[:most], fmt.Sprintf(" and %d more", n)
		} else if len(list) == 1 {
			verb = "is"
		}
		out = append(out, fmt.Sprintf("%s%s via %s %s in the forwarding table", strings.Join(list, ", "), more, hop, verb))
	}
	return strings.Join(out, "; ")
}
