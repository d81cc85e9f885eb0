package vendor_test

import (
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/vendors"
)

func decodeEdited(t *testing.T, old, replacement string) (*vendor.Profile, *diag.List) {
	t.Helper()
	data, err := os.ReadFile("../../vendors/frr/profile.yaml")
	require.NoError(t, err)
	require.Contains(t, string(data), old)
	var list diag.List
	p := vendor.Decode("profile.yaml", []byte(strings.Replace(string(data), old, replacement, 1)), &list)
	return p, &list
}

func TestManageNamesMustBeThere(t *testing.T) {
	for name, tc := range map[string]struct{ old, replacement, want string }{
		"group of a key":       {"key: [prefix, hop, interface]", "key: [prefix, hop, port]", `the group "port"`},
		"section":              {"{in: [profile], line: '(?P<timer>", "{in: [timer], line: '(?P<timer>", "opens no section"},
		"kind referred to":     {"refers: [profile, interface]", "refers: [profil]", "is no kind"},
		"source of a kind":     {"unwanted: true, harmless: true, source: [frr-run]", "unwanted: true, harmless: true, source: [nowhere]", `the source "nowhere"`},
		"pattern of a line":    {"line: 'vrf (?P<vrf>", "line: 'vrf (?P<vrf", "no regular expression"},
		"kind of a check":      {"kinds: [route], name: binding", "kinds: [rute], name: binding", `the check binding is of "rute", which is no kind`},
		"empty check":          {`want: {vrf: default, prefix: "{network}", peer: "{hop}", state: installed}`, "want: {}", "a check without want would hold whatever the gateway says"},
		"group of a list":      {"vrf: {line:", "vrf: {list: {group: numbers, style: to, form: 'a {list}', add: 'a {list}', remove: 'b {list}'}, line:", `the group "numbers"`},
		"form of a list":       {"vrf: {line:", "vrf: {list: {group: vrf, style: to, form: 'a {list} b', add: 'a {list}', remove: 'b {list}'}, line:", "must end in {list}"},
		"list of a section":    {"vrf: {line:", "vrf: {listed: interface, line:", "which is no list"},
		"kind that is taken":   {"vrf: {line:", "vrf: {taken: [vfr], line:", "is no kind"},
		"source of a defeat":   {"without a way\", source: [frr-zebra]", "without a way\", source: [nowhere]", `the source "nowhere"`},
		"a word that is wrong": {"    errors: ", "    errrors: ", "no key"},
	} {
		t.Run(name, func(t *testing.T) {
			_, list := decodeEdited(t, tc.old, tc.replacement)
			require.True(t, list.HasErrors())
			var all []string
			for _, d := range list.Sorted() {
				all = append(all, d.Text)
			}
			assert.Contains(t, strings.Join(all, "\n"), tc.want)
		})
	}
}

func TestRouteGroups(t *testing.T) {
	p, list := decodeEdited(t, "id: frr", "id: frr")
	require.False(t, list.HasErrors())
	k := p.Manage.Kind("route")
	for line, want := range map[string]map[string]string{
		"ip route 192.168.0.0/16 10.0.0.1 c1 bfd profile twinpath": {
			"family": "ip", "prefix": "192.168.0.0/16", "hop": "10.0.0.1", "interface": "c1", "tracking": "bfd profile twinpath", "profile": "twinpath",
		},
		"ip route 192.168.0.0/16 10.0.0.1 bfd": {"family": "ip", "prefix": "192.168.0.0/16", "hop": "10.0.0.1", "tracking": "bfd"},
		"ip route 192.168.0.0/16 10.0.0.1 20":  {"family": "ip", "prefix": "192.168.0.0/16", "hop": "10.0.0.1", "distance": "20"},
		"ipv6 route 2001:db8::/32 2001:db8:0:1::1 c1 tag 7 5": {
			"family": "ipv6", "prefix": "2001:db8::/32", "hop": "2001:db8:0:1::1", "interface": "c1", "distance": "5",
		},
		"ip route 192.168.0.0/16 c1":                nil,
		"ip route 192.168.0.0/16 10.0.0.1 onlink x": nil,
	} {
		got, ok := k.Groups(line)
		assert.Equal(t, want != nil, ok, line)
		assert.True(t, maps.Equal(want, maps.Collect(got.All())), "%s: %v", line, got)
	}
}

func TestCheckIsFilledOnlyWhole(t *testing.T) {
	c := vendor.Check{
		Title: "{prefix} via {hop}", Command: "show route vrf {vrf} {prefix}", Needs: []string{"tracking"},
		Want: map[string]string{"hop": "{hop}", "state": "up"},
	}
	values := map[string]string{"prefix": "192.168.0.0/16", "hop": "10.0.0.1", "tracking": "bfd"}
	_, ok := c.Fill(values)
	assert.False(t, ok, "the route is in no VRF")
	values["vrf"] = "A"
	got, ok := c.Fill(values)
	assert.True(t, ok)
	assert.Equal(t, "192.168.0.0/16 via 10.0.0.1", got.Title)
	assert.Equal(t, "show route vrf A 192.168.0.0/16", got.Command)
	assert.Equal(t, map[string]string{"hop": "10.0.0.1", "state": "up"}, got.Want)
	assert.Equal(t, "{hop}", c.Want["hop"], "the form itself is left as it is")
	delete(values, "tracking")
	_, ok = c.Fill(values)
	assert.False(t, ok, "the route is not tracked")
}

func TestSecretsAreMasked(t *testing.T) {
	p, _ := decodeEdited(t, "id: frr", "id: frr")
	assert.Equal(t, "password (hidden, it may hold a secret)", p.Manage.Mask("password hunter2"))
	assert.Equal(t, "neighbor (hidden, it may hold a secret)", p.Manage.Mask("neighbor 10.0.0.1 password hunter2"))
	assert.Equal(t, "ip route 10.0.0.0/8 10.0.0.1", p.Manage.Mask("ip route 10.0.0.0/8 10.0.0.1"))
}

// TestEveryDialogueIsUsed: a platform definition without rules for the session
// would never be used.
func TestEveryDialogueIsUsed(t *testing.T) {
	reg, err := vendor.NewRegistry(vendors.FS)
	require.NoError(t, err)
	for _, id := range reg.IDs() {
		p, err := reg.Profile(id)
		require.NoError(t, err)
		data, err := reg.Dialogue(id)
		require.NoError(t, err)
		assert.Equal(t, data != nil, p.Manage != nil && p.Manage.Session != nil, id)
	}
}

// TestUnconfirmedKinds: a kind of which every source is a belief says so, and
// none that a scenario renders rests on one.
func TestUnconfirmedKinds(t *testing.T) {
	p, list := decodeEdited(t, "unwanted: true, harmless: true, source: [frr-run]", "unwanted: true, harmless: true, source: [notes]")
	require.False(t, list.HasErrors())
	assert.True(t, p.Manage.Kind("shutdown").Unconfirmed)
	assert.False(t, p.Manage.Kind("route").Unconfirmed)
	reg, err := vendor.NewRegistry(vendors.FS)
	require.NoError(t, err)
	found := 0
	for _, id := range reg.IDs() {
		p, err := reg.Profile(id)
		require.NoError(t, err)
		for _, k := range p.Manage.Kinds {
			if k.Unconfirmed {
				found++
				assert.False(t, k.Route || len(k.Own) > 0 || len(k.Taken) > 0, "%s: %s is the scenario's", id, k.ID)
			}
		}
	}
	assert.Greater(t, found, 20)
}

func TestListsOfNumbers(t *testing.T) {
	l := &vendor.NumberList{Range: " to ", Join: " ", Form: "vlan batch {list}", Most: 2}
	for text, want := range map[string][]int{"5": {5}, "3 to 5 9": {3, 4, 5, 9}, "9 3": {3, 9}, "3 3 to 4": {3, 4}} {
		got, ok := l.Parse(text)
		assert.True(t, ok, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "all", "1 to", "-1", "5000", "1 to 99999999"} {
		_, ok := l.Parse(text)
		assert.False(t, ok, text)
	}
	assert.Equal(t, []string{"vlan batch 1 to 3 7", "vlan batch 9"}, l.Lines(l.Form, []int{1, 2, 3, 7, 9}))
}
