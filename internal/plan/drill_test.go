package plan_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/plan"
)

// TestDrillOfEveryScenario: each circuit of every scenario can be failed, or the
// refusal says why not; what is failed is its own interface and nothing else.
func TestDrillOfEveryScenario(t *testing.T) {
	for _, how := range []string{"shutdown", "silent"} {
		t.Run(how, func(t *testing.T) { drillEvery(t, how) })
	}
}

func drillEvery(t *testing.T, how string) {
	t.Helper()
	also := ""
	if how == "silent" {
		also = "|is watched by BFD: whether|nothing watches circuit|packet filter|is not confirmed for VRP"
	}
	planned, refused := map[string]int{}, map[string]int{}
	everySetting(t, func(name string, s setting) {
		for _, c := range s.device.Circuits {
			in := plan.Input{Device: s.device, Profile: s.profile, Running: s.running, Rendered: s.running, Load: s.load}
			g, err := plan.Drill(in, c.Name, how)
			if r, ok := errors.AsType[*plan.RefusedError](err); ok {
				refused[s.profile.ID+" "+name+" "+c.Name+": "+strings.Join(r.Reasons, " ")]++
				continue
			}
			require.NoError(t, err, "%s %s %s", s.profile.ID, name, c.Name)
			planned[s.profile.ID]++
			require.Len(t, g.Steps, 1)
			st := g.Steps[0]
			assert.Equal(t, c.Name, st.Circuit)
			assert.True(t, g.Hitless)
			assert.NotEmpty(t, st.Changes)
			if how == "shutdown" {
				assert.Len(t, st.Changes, 1)
			}
			assert.NotEmpty(t, st.Checks, "%s %s %s", s.profile.ID, name, c.Name)
			for _, k := range st.Checks {
				assert.Contains(t, st.Needs, k)
				for _, f := range c.Families() {
					assert.NotContains(t, k.Title, f.Peer.String()+" ", "%s %s: the failed circuit must not be asked for", s.profile.ID, name)
				}
			}
		}
	})
	for why := range refused {
		t.Log(why)
		assert.Regexp(t, "its only circuit is|leads to .* alone|lies on the same interface"+also, why)
	}
	if how == "silent" {
		for _, system := range []string{"cisco-iosxe", "juniper-junos", "juniper-srx"} {
			assert.Greater(t, planned[system], 10, system)
		}
		return
	}
	all := 0
	for _, n := range planned {
		all += n
	}
	assert.Greater(t, all, 100)
}

// TestDrillNeedsTheScenario: a gateway that is not as the scenario has it, or
// that has not the circuit, is not drilled.
func TestDrillNeedsTheScenario(t *testing.T) {
	done := false
	everySetting(t, func(name string, s setting) {
		if done || !strings.HasPrefix(name, "shanghai") {
			return
		}
		done = true
		in := plan.Input{Device: s.device, Profile: s.profile, Running: "", Rendered: s.running, Load: s.load}
		_, err := plan.Drill(in, "ec1", "shutdown")
		require.ErrorContains(t, err, "not as the scenario has it")
		in.Running = s.running
		_, err = plan.Drill(in, "ec9", "shutdown")
		require.ErrorContains(t, err, "it has no circuit ec9")
		_, err = plan.Drill(in, "ec1", "magic")
		require.ErrorContains(t, err, "is not known")
	})
	assert.True(t, done)
}

// TestSilentDrillIsRefused where a filter is bound to the interface already, or
// somebody else has its name: with the line of it.
func TestSilentDrillIsRefused(t *testing.T) {
	foreign := map[string][]string{
		"cisco-iosxe": {
			"interface GigabitEthernet0/0/0\n ip access-group SITE in\n",
			"interface GigabitEthernet0/0/0\n ipv6 traffic-filter SITE out\n",
			"ip access-list extended TWINPATH-DRILL\n permit ip any any\n",
		},
		"juniper-junos": {
			"set interfaces ge-0/0/0 unit 0 family inet filter input SITE\n",
			"set interfaces ge-0/0/0 unit 0 family inet filter input-list SITE\n",
			"set firewall family inet filter TWINPATH-DRILL term one then accept\n",
		},
	}
	foreign["juniper-srx"] = foreign["juniper-junos"]
	tried := 0
	everySetting(t, func(name string, s setting) {
		if !strings.HasPrefix(name, "shanghai") {
			return
		}
		in := plan.Input{Device: s.device, Profile: s.profile, Running: s.running, Rendered: s.running, Load: s.load}
		for _, text := range foreign[s.profile.ID] {
			in.Running = s.running + text
			if s.profile.ID != "cisco-iosxe" {
				in.Running = s.load + text
			}
			_, err := plan.Drill(in, "ec1", "silent")
			require.ErrorContains(t, err, "a filter that is there", "%s %s", s.profile.ID, text)
			require.ErrorContains(t, err, "line ")
			tried++
			_, err = plan.Drill(in, "ec2", "silent")
			if strings.Contains(text, "TWINPATH") {
				require.ErrorContains(t, err, "a name that is taken")
			} else {
				require.NoError(t, err, "%s: a filter of another interface is left alone", text)
			}
		}
	})
	assert.Equal(t, 9, tried)
}

// TestNumberedEntriesAreTheSame: newer releases print a number before an entry
// of a list, which nobody typed.
func TestNumberedEntriesAreTheSame(t *testing.T) {
	done := false
	everySetting(t, func(name string, s setting) {
		if done || s.profile.ID != "cisco-iosxe" {
			return
		}
		done = true
		var hashes []string
		for _, printed := range [][2]string{{"deny ip any any", "deny ipv6 any any"}, {"10 deny ip any any", "sequence 10 deny ipv6 any any"}} {
			in := plan.Input{Device: s.device, Profile: s.profile, Rendered: s.running, Load: s.load}
			in.Running = s.running + "ip access-list extended TWINPATH-DRILL\n " + printed[0] + "\nipv6 access-list TWINPATH-DRILL-V6\n " + printed[1] + "\n"
			g, err := plan.Compute(in)
			require.NoError(t, err, name)
			hashes = append(hashes, g.BaseSHA256)
		}
		assert.Equal(t, hashes[0], hashes[1])
	})
	assert.True(t, done)
}
