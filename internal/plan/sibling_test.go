package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/simulate"
	"github.com/twinpath/twinpath/vendors"
)

// siblings are statements that somebody else adds beside ours after a plan was
// made, by system: what is typed.
var siblings = map[string]string{
	iosxe: `interface GigabitEthernet0/0/0
 ip access-group SITE in
 exit
interface GigabitEthernet0/0/1
 ip access-group SITE in
 exit
ip sla 77
 icmp-echo 198.51.100.7
 exit
track 77 ip sla 77 reachability
 exit
flow record SITE
 match ipv4 protocol
 exit
ip route 198.51.100.0 255.255.255.0 203.0.113.1
`,
	"huawei-vrp5": `interface GigabitEthernet0/0/1
 arp expire-time 60
 quit
nqa test-instance site x
 test-type icmp
 quit
ip route-static 198.51.100.0 255.255.255.0 203.0.113.1
`,
	"huawei-vrp8": `interface 10GE1/0/1
 arp expire-time 60
 quit
nqa test-instance site x
 test-type icmp
 quit
ip route-static 198.51.100.0 255.255.255.0 203.0.113.1
`,
	frr: `interface c1
 ip ospf area 0
 exit
bfd
 profile site
  detect-multiplier 9
  exit
 exit
ip route 198.51.100.0/24 203.0.113.1
`,
	"juniper-junos": bracesSiblings,
	"juniper-srx":   bracesSiblings + "set security zones security-zone cloud interfaces ge-0/0/7.0\n",
}

const bracesSiblings = `set chassis fpc 0 pic 0 number-of-ports 8
set services rpm probe SITE test t target address 198.51.100.7
set services flow-monitoring version9 template SITE ipv4-template
set interfaces ge-0/0/0 description "port of ec1"
set interfaces ge-0/0/0 unit 7 family inet address 198.51.100.1/24
set forwarding-options sampling instance SITE input rate 10
set policy-options policy-statement SITE then reject
set routing-options autonomous-system 65000
set routing-options static route 198.51.100.0/24 next-hop 203.0.113.1
set routing-options rib inet6.0 static route 2001:db8:ffff::/48 next-hop 2001:db8::9
set protocols bgp group site neighbor 203.0.113.9
`

// TestTheWayBackTakesNobodyElsesStatements: what somebody adds beside ours after
// the plan was made stays when the plan, or its way back, is carried out.
func TestTheWayBackTakesNobodyElsesStatements(t *testing.T) {
	for _, folder := range inventories(t) {
		name := "shanghai"
		if folder == frr {
			name = "lab"
		}
		t.Run(folder, func(t *testing.T) {
			s := rendered(t, name, folder)
			id := s.profile.ID
			d, err := simulate.Load(vendors.FS, id, s.device.Platform)
			require.NoError(t, err)
			fresh := aroundOn(s.profile, "")
			lines := strings.Split(strings.TrimSpace(siblings[id]), "\n")
			alone := s.types(t, d, "", lines)
			want, err := plan.Paths(s.profile, alone)
			require.NoError(t, err)
			require.NotEmpty(t, want)
			g := s.plan(t, fresh)
			for _, when := range []string{"before the plan", "after it"} {
				config := fresh
				if when == "before the plan" {
					config = s.types(t, d, config, lines)
				}
				for _, st := range g.Steps {
					config = s.types(t, d, config, st.Commands)
				}
				if when == "after it" {
					config = s.types(t, d, config, lines)
				}
				for _, st := range slices.Backward(g.Steps) {
					config = s.types(t, d, config, st.Rollback)
				}
				got, err := plan.Paths(s.profile, config)
				require.NoError(t, err)
				for _, p := range want {
					assert.Contains(t, got, p, "added %s", when)
				}
				base, err := plan.Paths(s.profile, fresh)
				require.NoError(t, err)
				assert.Len(t, got, len(base)+len(want), "nothing of ours is left")
			}
		})
	}
}
