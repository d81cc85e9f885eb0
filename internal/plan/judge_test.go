package plan_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/twinpath/twinpath/internal/simulate"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/vendors"
)

// destination finds the destination of a static route in a printed line, track
// the object that the route follows: by the words of each system, without the
// profiles that the planner reads with.
var (
	destination = regexp.MustCompile(`^(?:ip|ipv6) route(?:-static)? (?:(?:vrf|vpn-instance) \S+ )?([0-9a-f]*[.:][0-9a-f.:]*(?:/\d+| \d\S*)) |static route (\S+) (?:next-hop|qualified-next-hop) `)
	followed    = regexp.MustCompile(`^ip route .* (track \d+)$|^ip route-static .* track (nqa \S+ \S+|bfd-session \S+)|rpm-probe (\S+ rpm-test \S+)`)
	objects     = regexp.MustCompile(`^(track \d+) |^nqa test-instance (\S+ \S+)|^bfd (\S+) bind|services rpm probe (\S+) test (\S+) `)
)

// routesOf returns how many routes each destination has in what the device
// prints, and the objects that routes follow and that are not there.
func routesOf(d *simulate.Device, config string) (routes map[string]int, missing []string) {
	routes = map[string]int{}
	there := map[string]bool{}
	var wanted []string
	for _, line := range d.Canonical(config) {
		if m := destination.FindStringSubmatch(line); m != nil {
			routes[m[1]+m[2]]++
		}
		if m := objects.FindStringSubmatch(line); m != nil {
			switch {
			case m[2] != "":
				there["nqa "+m[2]] = true
			case m[3] != "":
				there["bfd-session "+m[3]] = true
			case m[4] != "":
				there[m[4]+" rpm-test "+m[5]] = true
			default:
				there[m[1]] = true
			}
		}
		if m := followed.FindStringSubmatch(line); m != nil {
			wanted = append(wanted, m[1]+m[2]+m[3])
		}
	}
	for _, w := range wanted {
		if !there[w] && !slices.Contains(missing, w) {
			missing = append(missing, w)
		}
	}
	return routes, missing
}

// interrupted says what a change takes away that need not go, "" for nothing:
// judged on what the simulated device has after each command where they take
// effect one by one, after all of them otherwise. A destination that has a route
// before and after never has none, of several it never loses more than one,
// and no route follows what is not there.
func interrupted(p *vendor.Profile, before, after string, commands []string) string {
	d, err := simulate.Load(vendors.FS, p.ID, "")
	if err != nil {
		return err.Error()
	}
	old, was := routesOf(d, before)
	now, will := routesOf(d, after)
	for n := range commands {
		if p.Manage.Candidate && n+1 < len(commands) {
			continue
		}
		got, err := d.Run(before, strings.Join(commands[:n+1], "\n")+"\n")
		if err != nil {
			return err.Error()
		}
		has, missing := routesOf(d, got.Config)
		for _, dest := range slices.Sorted(maps.Keys(old)) {
			least := min(old[dest], now[dest])
			if least > 1 {
				least--
			}
			if has[dest] < least {
				return fmt.Sprintf("after %q %s has %d routes of %d", strings.TrimSpace(commands[n]), dest, has[dest], old[dest])
			}
		}
		for _, m := range missing {
			if !slices.Contains(was, m) && !slices.Contains(will, m) {
				return fmt.Sprintf("after %q a route follows %q, which is not there", strings.TrimSpace(commands[n]), m)
			}
		}
	}
	return ""
}
