package plan_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/plan"
)

// defeating are statements of somebody else that defeat a plan, by system: the
// text, the line of it that is reported, and what is said.
var defeating = map[string][]struct{ name, text, line, says string }{
	iosxe: {
		{"an untracked twin", "ip route 192.168.0.0 255.255.0.0 10.0.0.1\n", "ip route 192.168.0.0 255.255.0.0 10.0.0.1", "an untracked twin"},
		{"another route", "ip route 192.168.0.0 255.255.0.0 203.0.113.1\n", "ip route 192.168.0.0 255.255.0.0 203.0.113.1", "another route for 192.168.0.0/16"},
		{"a longer prefix", "ip route 192.168.7.0 255.255.255.0 203.0.113.1\n", "ip route 192.168.7.0 255.255.255.0 203.0.113.1", "a longer prefix within 192.168.0.0/16"},
		{"a summary", "ip route 192.0.0.0 255.0.0.0 Null0\n", "ip route 192.0.0.0 255.0.0.0 Null0", "a summary of 192.168.0.0/16"},
	},
	"huawei-vrp5": {
		{"an untracked twin", "ip route-static 192.168.0.0 255.255.0.0 10.0.0.1\n#\n", "ip route-static 192.168.0.0 255.255.0.0 10.0.0.1", "an untracked twin"},
		{"a better distance", "ip route-static 192.168.0.0 255.255.0.0 203.0.113.1 preference 5\n#\n", "ip route-static 192.168.0.0 255.255.0.0 203.0.113.1 preference 5", "with a better distance"},
		{"a longer prefix", "ip route-static 192.168.7.0 255.255.255.0 203.0.113.1\n#\n", "ip route-static 192.168.7.0 255.255.255.0 203.0.113.1", "a longer prefix within 192.168.0.0/16"},
		{"a summary", "ip route-static 192.0.0.0 255.0.0.0 NULL0\n#\n", "ip route-static 192.0.0.0 255.0.0.0 NULL0", "a summary of 192.168.0.0/16"},
	},
	"huawei-vrp8": {
		{"an untracked twin", "ip route-static 192.168.0.0 255.255.0.0 10.0.0.1\n#\n", "ip route-static 192.168.0.0 255.255.0.0 10.0.0.1", "an untracked twin"},
		{"another route", "ip route-static 192.168.0.0 255.255.0.0 203.0.113.1\n#\n", "ip route-static 192.168.0.0 255.255.0.0 203.0.113.1", "another route for 192.168.0.0/16"},
		{"a longer prefix", "ip route-static 192.168.7.0 255.255.255.0 203.0.113.1\n#\n", "ip route-static 192.168.7.0 255.255.255.0 203.0.113.1", "a longer prefix within 192.168.0.0/16"},
		{"a summary", "ip route-static 192.0.0.0 255.0.0.0 NULL0\n#\n", "ip route-static 192.0.0.0 255.0.0.0 NULL0", "a summary of 192.168.0.0/16"},
	},
	"juniper-junos": {
		{"another route", "set routing-options static route 192.168.0.0/16 next-hop 203.0.113.1\n", "routing-options static route 192.168.0.0/16 next-hop 203.0.113.1", "another route for 192.168.0.0/16"},
		{"a longer prefix", "set routing-options static route 192.168.7.0/24 next-hop 203.0.113.1\n", "routing-options static route 192.168.7.0/24 next-hop 203.0.113.1", "a longer prefix within 192.168.0.0/16"},
		{"a summary", "set routing-options static route 192.0.0.0/8 discard\n", "routing-options static route 192.0.0.0/8 discard", "a summary of 192.168.0.0/16"},
		{"an accepting policy before ours", "set policy-options policy-statement SITE then accept\nset routing-options forwarding-table export SITE\n", "routing-options forwarding-table export SITE", "the policy SITE accepts every route before"},
		{"a policy with an accepting term", "set policy-options policy-statement SITE term 1 then accept\nset routing-options forwarding-table export SITE\n", "policy-options policy-statement SITE term 1 then accept", "the policy SITE ends the list"},
	},
	"juniper-srx": {
		{"another route", "set routing-options static route 192.168.0.0/16 next-hop 203.0.113.1\n", "routing-options static route 192.168.0.0/16 next-hop 203.0.113.1", "another route for 192.168.0.0/16"},
		{"a longer prefix", "set routing-options static route 192.168.7.0/24 next-hop 203.0.113.1\n", "routing-options static route 192.168.7.0/24 next-hop 203.0.113.1", "a longer prefix within 192.168.0.0/16"},
		{"a summary", "set routing-options static route 192.0.0.0/8 discard\n", "routing-options static route 192.0.0.0/8 discard", "a summary of 192.168.0.0/16"},
		{"an accepting policy before ours", "set policy-options policy-statement SITE then accept\nset routing-options forwarding-table export SITE\n", "routing-options forwarding-table export SITE", "the policy SITE accepts every route before"},
	},
	frr: {
		{"an untracked twin", "ip route 192.168.0.0/16 10.0.0.1\n", "ip route 192.168.0.0/16 10.0.0.1", "an untracked twin"},
		{"another route", "ip route 192.168.0.0/16 203.0.113.1\n", "ip route 192.168.0.0/16 203.0.113.1", "another route for 192.168.0.0/16"},
		{"a longer prefix", "ip route 192.168.7.0/24 203.0.113.1\n", "ip route 192.168.7.0/24 203.0.113.1", "a longer prefix within 192.168.0.0/16"},
		{"a summary", "ip route 192.0.0.0/8 blackhole\n", "ip route 192.0.0.0/8 blackhole", "a summary of 192.168.0.0/16"},
		{"a filter of static routes", "ip protocol static route-map SITE\n", "ip protocol static route-map SITE", "the route map SITE decides"},
	},
}

// TestForeignStatementsThatDefeatThePlanAreReported: each with its line, on a
// gateway that has everything else already and on one that has nothing of ours.
func TestForeignStatementsThatDefeatThePlanAreReported(t *testing.T) {
	for _, id := range profiles(t).IDs() {
		require.NotEmpty(t, defeating[id], id)
		name := "shanghai"
		if id == frr {
			name = "lab"
		}
		s := rendered(t, name, id)
		for _, tc := range defeating[id] {
			for _, ours := range []string{s.running, ""} {
				kind := "configured"
				if ours == "" {
					kind = "fresh"
				}
				t.Run(id+"/"+tc.name+"/"+kind, func(t *testing.T) {
					config := aroundOn(s.profile, tc.text+ours)
					if s.profile.Syntax == "braces" {
						config = tc.text + asSets(t, s, ours)
					}
					g := s.plan(t, config)
					assert.Equal(t, ours != "", g.Empty(), "it stays")
					at := 1 + strings.Count(config[:strings.Index(config, tc.line)], "\n")
					for _, r := range g.Remarks {
						if r.Line == at && r.Text == tc.line {
							assert.Contains(t, r.Why, tc.says)
							return
						}
					}
					t.Errorf("nothing is said of line %d, %q: %+v", at, tc.line, g.Remarks)
				})
			}
		}
	}
}

// asSets writes a configuration in braces as the lines that make it.
func asSets(t *testing.T, s setting, config string) string {
	t.Helper()
	d, err := plan.Diff(s.profile, "", config)
	require.NoError(t, err)
	return strings.Join(d.Commands, "\n") + "\n"
}

// TestObjectsOfSomebodyElseAreNotTakenOver: what the scenario would render under
// a number or a name that is in use is refused with its line, and what is ours
// in an older form is not.
func TestObjectsOfSomebodyElseAreNotTakenOver(t *testing.T) {
	for _, tc := range []struct {
		name, os, scenario, was, is, line string
	}{
		{"a probe of another address", iosxe, "shanghai", "icmp-echo 10.0.0.1 source-ip 10.0.0.2", "icmp-echo 198.51.100.7", "ip sla 1"},
		{"a probe of another type", iosxe, "shanghai", "icmp-echo 10.0.0.1 source-ip 10.0.0.2", "http get http://198.51.100.7/", "ip sla 1"},
		{"a track of an interface", iosxe, "shanghai", "track 2 ip sla 2 reachability", "track 2 interface GigabitEthernet0/0/5 line-protocol", "track 2 interface GigabitEthernet0/0/5 line-protocol"},
		{"a session of another peer", "huawei-vrp5", "lab", "bfd ec1 bind peer-ip 10.0.0.1 interface GigabitEthernet0/0/1 source-ip 10.0.0.2 auto", "bfd ec1 bind peer-ip 198.51.100.7 source-ip 198.51.100.8 auto", "bfd ec1 bind peer-ip 198.51.100.7 source-ip 198.51.100.8 auto"},
		{"a session of another peer", "huawei-vrp8", "lab", "bfd ec1 bind peer-ip 10.0.0.1 interface 10GE1/0/1 source-ip 10.0.0.2 auto", "bfd ec1 bind peer-ip 198.51.100.7 source-ip 198.51.100.8 auto", "bfd ec1 bind peer-ip 198.51.100.7 source-ip 198.51.100.8 auto"},
		{"ours with another interval", iosxe, "shanghai", "frequency 2", "frequency 9", ""},
		{"ours of an older address", iosxe, "shanghai", "10.0.0.1", "10.0.0.3", ""},
		{"an empty probe", iosxe, "shanghai", " icmp-echo 10.0.0.1 source-ip 10.0.0.2\n threshold 1000\n timeout 1000\n frequency 2\nip sla schedule 1 life forever start-time now\n", "", ""},
	} {
		t.Run(tc.os+"/"+tc.name, func(t *testing.T) {
			s := rendered(t, tc.scenario, tc.os)
			require.Contains(t, s.running, tc.was)
			config := aroundOn(s.profile, strings.Replace(s.running, tc.was, tc.is, 1))
			g, err := s.compute(config)
			if tc.line == "" {
				require.NoError(t, err)
				assert.NotEmpty(t, g.Commands)
				return
			}
			refused, ok := errors.AsType[*plan.RefusedError](err)
			require.True(t, ok, "%v", err)
			assert.Contains(t, refused.Error(), tc.line)
			assert.Contains(t, refused.Error(), "in use by somebody else")
			assert.Regexp(t, `line \d+`, refused.Error())
		})
	}
}
