package plan_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/plan"
)

// TestListsOfVLANsChangeNumberByNumber: a number that is there before and after
// is never taken away, in whatever order and on however many lines it stands.
func TestListsOfVLANsChangeNumberByNumber(t *testing.T) {
	for _, tc := range []struct {
		name, os, before, after string
		want                    []string
	}{
		{
			"one comes, one goes", iosxe,
			"interface GigabitEthernet0/1\n switchport trunk allowed vlan 10,20-22\n", "interface GigabitEthernet0/1\n switchport trunk allowed vlan 20-22,30\n",
			[]string{"interface GigabitEthernet0/1", "switchport trunk allowed vlan add 30", "switchport trunk allowed vlan remove 10"},
		},
		{
			"on two lines and in another order", iosxe,
			"interface GigabitEthernet0/1\n switchport trunk allowed vlan 10,20\n switchport trunk allowed vlan add 30,40\n", "interface GigabitEthernet0/1\n switchport trunk allowed vlan 40,30,20,10\n",
			nil,
		},
		{
			"from all to some", iosxe,
			"interface GigabitEthernet0/1\n switchport mode trunk\n", "interface GigabitEthernet0/1\n switchport mode trunk\n switchport trunk allowed vlan 5\n",
			[]string{"interface GigabitEthernet0/1", "switchport trunk allowed vlan 5"},
		},
		{
			"from none to some", iosxe,
			"interface GigabitEthernet0/1\n switchport trunk allowed vlan none\n", "interface GigabitEthernet0/1\n switchport trunk allowed vlan 5\n",
			[]string{"interface GigabitEthernet0/1", "switchport trunk allowed vlan 5"},
		},
		{
			"the same on the other system", "huawei-vrp8",
			"#\nvlan batch 10 20 to 22\n#\ninterface 10GE1/0/1\n port trunk allow-pass vlan 10 20 to 22\n#\n", "#\nvlan batch 20 to 22 30\n#\ninterface 10GE1/0/1\n port trunk allow-pass vlan 20 to 22 30\n#\n",
			[]string{"vlan batch 30", "undo vlan batch 10", "interface 10GE1/0/1", "port trunk allow-pass vlan 30", "undo port trunk allow-pass vlan 10"},
		},
		{
			"a section that a list still names", "huawei-vrp8",
			"#\nvlan batch 10 20\n#\nvlan 20\n description x\n#\n", "#\nvlan batch 10 20\n#\n",
			[]string{"vlan 20", "undo description x"},
		},
		{
			"more ranges than a line holds", "huawei-vrp8",
			"#\n", "#\nvlan batch 1 3 5 7 9 11 13 15 17 19 21 23\n#\n",
			[]string{"vlan batch 1 3 5 7 9 11 13 15 17 19", "vlan batch 21 23"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p, err := profiles(t).Profile(tc.os)
			require.NoError(t, err)
			for _, way := range [][2]string{{tc.before, tc.after}, {tc.after, tc.before}} {
				d, err := plan.Diff(p, way[0], way[1])
				require.NoError(t, err)
				if way[0] == tc.before {
					assert.Equal(t, tc.want, typed(p, d.Commands))
				}
				ok, why := plan.Lands(p, way[0], way[1], d.Commands)
				assert.True(t, ok, "%s\n%s", why, strings.Join(d.Commands, "\n"))
				assert.Empty(t, simulated(p, way[0], way[1], d.Commands))
			}
		})
	}
}

// TestUnconfirmedRulesAreMarked: a change that rests on a rule which was only
// inferred says so, in text and JSON; one of our own domain does not.
func TestUnconfirmedRulesAreMarked(t *testing.T) {
	for _, tc := range []struct {
		name, os, before, after string
		marked                  bool
	}{
		{"a rule of an access list", "huawei-vrp8", "#\nacl number 3000\n rule 5 permit ip\n#\n", "#\nacl number 3000\n rule 5 deny ip\n#\n", true},
		{"an unknown line goes", iosxe, "snmp-server location x\n", "hostname x\n", true},
		{"an unknown line comes", iosxe, "hostname x\n", "hostname x\nsnmp-server location x\n", false},
		{"a route", "huawei-vrp8", "#\n", "#\nip route-static 192.0.2.0 255.255.255.0 10.0.0.1\n#\n", false},
		{"an unknown statement in braces", "juniper-junos", "set snmp location x\n", "set system host-name x\n", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p, err := profiles(t).Profile(tc.os)
			require.NoError(t, err)
			d, err := plan.Diff(p, tc.before, tc.after)
			require.NoError(t, err)
			marked := false
			for _, c := range d.Changes {
				marked = marked || strings.HasPrefix(c.Note, "unconfirmed: ")
			}
			assert.Equal(t, tc.marked, marked, "%+v", d.Changes)
			var b strings.Builder
			require.NoError(t, plan.PrintDelta(&b, d, p.Manage.Mask))
			assert.Equal(t, tc.marked, strings.Contains(b.String(), "(unconfirmed)"), b.String())
			assert.Equal(t, tc.marked, strings.Contains(b.String(), "rest on a rule that was inferred"), b.String())
		})
	}
}

// TestOurOwnPlansRestOnNothingUnconfirmed: what a plan types for a scenario, on
// a fresh gateway, is confirmed by a manual, a model or a device.
func TestOurOwnPlansRestOnNothingUnconfirmed(t *testing.T) {
	everywhere(t, func(t *testing.T, s setting) {
		g, err := s.compute(aroundOn(s.profile, ""))
		require.NoError(t, err)
		for _, st := range g.Steps {
			for _, c := range st.Changes {
				assert.Empty(t, c.Note, "%v", c.Path)
			}
		}
	})
}
