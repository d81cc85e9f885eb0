package show_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/show"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/vendors"
)

// good are the states that a check may wait for.
var good = []string{"forwards", "up", "installed", "all", "answered"}

func registry(tb testing.TB) *vendor.Registry {
	tb.Helper()
	r, err := vendor.NewRegistry(vendors.FS)
	require.NoError(tb, err)
	return r
}

func parsers(tb testing.TB, id string) show.Parsers {
	tb.Helper()
	p, err := show.Load(registry(tb), id)
	require.NoError(tb, err)
	return p
}

// sample is a reply with what must be read out of it. The comment of its file
// says where the format is from.
type sample struct {
	os, parser, name string
	reply, want      string
	p                *show.Parser
	all              show.Parsers
}

func samples(tb testing.TB) []sample {
	tb.Helper()
	var out []sample
	loaded := map[string]show.Parsers{}
	root := os.DirFS("testdata")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".txt") {
			return err
		}
		data, err := fs.ReadFile(root, name)
		require.NoError(tb, err)
		a := txtar.Parse(data)
		require.Len(tb, a.Files, 2, name)
		require.NotEmpty(tb, a.Comment, "%s: where is the format from?", name)
		part := strings.Split(path.Dir(name), "/")
		if loaded[part[0]] == nil {
			loaded[part[0]] = parsers(tb, part[0])
		}
		p := loaded[part[0]][part[1]]
		require.NotNil(tb, p, name)
		out = append(out, sample{part[0], part[1], name, string(a.Files[0].Data), string(a.Files[1].Data), p, loaded[part[0]]})
		return nil
	})
	require.NoError(tb, err)
	require.NotEmpty(tb, out)
	return out
}

// text writes records, or the error, as the samples do.
func text(records []map[string]string, err error) string {
	if err != nil {
		return "unknown: " + err.Error() + "\n"
	}
	var b strings.Builder
	for _, r := range records {
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(r)) {
			parts = append(parts, k+"="+r[k])
		}
		b.WriteString(strings.Join(parts, " ") + "\n")
	}
	return b.String()
}

func TestSamplesAreRead(t *testing.T) {
	for _, s := range samples(t) {
		got := text(s.p.Parse(s.reply))
		if why, unknown := strings.CutPrefix(strings.TrimSpace(s.want), "unknown: "); unknown {
			assert.Contains(t, got, why, s.name)
			assert.True(t, strings.HasPrefix(got, "unknown: "), "%s: %s", s.name, got)
			continue
		}
		assert.Equal(t, s.want, got, s.name)
	}
}

// TestEveryParserHasSamples: one that says yes and one that does not, unless no
// reply is trusted at all.
func TestEveryParserHasSamples(t *testing.T) {
	yes, no := map[string]bool{}, map[string]bool{}
	for _, s := range samples(t) {
		for line := range strings.SplitSeq(strings.TrimSpace(s.want), "\n") {
			if isGood(line) {
				yes[s.os+" "+s.parser] = true
			} else {
				no[s.os+" "+s.parser] = true
			}
		}
	}
	for _, id := range registry(t).IDs() {
		for name, p := range parsers(t, id) {
			assert.True(t, no[id+" "+name], "%s %s: no sample says no", id, name)
			assert.Equal(t, p.Unconfirmed == "", yes[id+" "+name], "%s %s: a sample says yes if and only if the format is known", id, name)
		}
	}
}

func isGood(line string) bool {
	m := regexp.MustCompile(`(^| )state=(\S+)`).FindStringSubmatch(line)
	return m != nil && slices.Contains(good, m[2])
}

// TestCutReplyNeverTurnsDownIntoUp: what holds by a part of a reply holds by
// the whole of it, wherever it was cut.
func TestCutReplyNeverTurnsDownIntoUp(t *testing.T) {
	for _, s := range samples(t) {
		if strings.HasPrefix(s.want, "unknown: ") {
			continue // There is no down in it; what stands before the strange line is as it says.
		}
		for i := range len(s.reply) {
			s.partHolds(t, s.reply[:i], fmt.Sprintf("%s cut after %d bytes", s.name, i))
		}
	}
}

// TestPagerMakesAReplyUnknown: a line that is not the command's own is never
// passed over.
func TestPagerMakesAReplyUnknown(t *testing.T) {
	for _, s := range samples(t) {
		lines := strings.SplitAfter(s.reply, "\n")
		for _, alien := range []string{" --More-- \n", "  ---- More ----\n", "---(more 50%)---\n", "% Invalid input detected at '^' marker.\n", "Error: Unrecognized command found at '^' position.\n"} {
			for i := range lines {
				_, err := s.p.Parse(strings.Join(lines[:i], "") + alien + strings.Join(lines[i:], ""))
				assert.Error(t, err, "%s with %q before line %d", s.name, alien, i+1)
			}
		}
	}
}

// partHolds checks that whatever check holds by a part of the reply holds by
// the whole.
func (s sample) partHolds(t *testing.T, part, where string) {
	t.Helper()
	records, err := s.p.Parse(part)
	if err != nil {
		assert.ErrorAs(t, err, new(*show.UnknownError), where)
		return
	}
	for _, r := range records {
		if !slices.Contains(good, r["state"]) {
			continue
		}
		// A cut name of an interface is another interface; and nobody asks for a
		// count.
		for _, k := range []string{"interface", "total"} {
			delete(r, k)
		}
		held, err := show.Holds(s.all, show.Check{Show: s.parser, Command: "x", Want: r}, part)
		require.NoError(t, err, where)
		if held {
			whole, err := show.Holds(s.all, show.Check{Show: s.parser, Command: "x", Want: r}, s.reply)
			assert.True(t, err == nil && whole, "%s: %v holds, but not by the whole reply (%v)", where, r, err)
		}
	}
}

func TestEmptyReplyIsUnknown(t *testing.T) {
	for _, id := range registry(t).IDs() {
		for name, p := range parsers(t, id) {
			_, err := p.Parse("")
			assert.ErrorAs(t, err, new(*show.UnknownError), "%s %s", id, name)
		}
	}
}

func TestWorseOfTwoRecordsCounts(t *testing.T) {
	ps := parsers(t, "huawei-vrp8")
	reply := `Total UP/DOWN Session Number : 1/1
---
Local  Remote PeerIpAddr      State     Type        InterfaceName
---
1      1      10.0.0.1        Up        S_IP_IF     10GE1/0/1
2      2      10.0.0.1        Down      S_IP_PEER   -
---
`
	held, err := show.Holds(ps, show.Check{Show: "bfd", Command: "x", Want: map[string]string{"peer": "10.0.0.1", "state": "up"}}, reply)
	require.NoError(t, err)
	assert.False(t, held)
}

func TestAddressesAreComparedAsAddresses(t *testing.T) {
	ps := parsers(t, "cisco-iosxe")
	c := show.Check{Show: "next-hop", Command: "x", Want: map[string]string{"prefix": "2001:db8:f000:0::/48", "hop": "2001:DB8:0:1:0::1", "state": "forwards"}}
	held, err := show.Holds(ps, c, "2001:DB8:F000::/48\n  nexthop 2001:DB8:0:1::1 GigabitEthernet1\n")
	require.NoError(t, err)
	assert.True(t, held)
}

func TestUnknownSaysWhatToLookAt(t *testing.T) {
	_, err := show.Holds(parsers(t, "frr"), show.Check{Show: "next-hop", Command: "show ip route 10.0.0.0/8", Want: map[string]string{"state": "forwards"}}, "Routing entry for 10.0.0.0/8\n  Moon phase: full\n")
	var u *show.UnknownError
	require.ErrorAs(t, err, &u)
	assert.Equal(t, 2, u.Line)
	assert.Equal(t, `the reply to "show ip route 10.0.0.0/8" is not understood at line 2, "  Moon phase: full": a line like it is not known here (next hops of a prefix in the forwarding table); the state is unknown, so look at the gateway`, err.Error())
}

func TestCheckThatNothingCanReadIsAnError(t *testing.T) {
	ps := parsers(t, "frr")
	for _, c := range []show.Check{
		{Show: "weather", Command: "x", Want: map[string]string{"state": "up"}},
		{Show: "next-hop", Command: "x", Want: map[string]string{"colour": "red"}},
		{Show: "next-hop", Command: "x", Want: map[string]string{"state": "up"}},
		{Show: "next-hop", Command: "x", Want: map[string]string{"hop": "10.0.0"}},
		{Show: "next-hop", Command: "x"},
	} {
		held, err := show.Holds(ps, c, "% Network not in table\n")
		require.Error(t, err)
		assert.False(t, held)
		assert.NotErrorAs(t, err, new(*show.UnknownError), "the check is wrong, not the gateway")
	}
}

// TestEveryCheckOfAProfileCanBeRead: its parser is there and has its fields,
// and no check relies on a format that nobody has seen.
func TestEveryCheckOfAProfileCanBeRead(t *testing.T) {
	reg := registry(t)
	values := map[string]string{
		"network": "192.168.0.0/16", "prefix": "192.168.0.0/16", "mask": "255.255.0.0", "hop": "10.0.0.1", "interface": "x", "vrf": "x", "family": "ip",
		"circuit": "1", "probe": "1", "admin": "a", "name": "n", "probeset": "p", "six": "-v6", "table": "inet6.0", "tracking": "x", "session": "s",
	}
	for _, id := range reg.IDs() {
		profile, err := reg.Profile(id)
		require.NoError(t, err)
		if profile.Manage == nil {
			continue
		}
		require.NotEmpty(t, profile.Manage.Checks, id)
		ps := parsers(t, id)
		for _, k := range profile.Manage.Checks {
			c, ok := k.Fill(values)
			if len(k.Without) == 0 {
				require.True(t, ok, "%s %s: the test has no value for a group of %q", id, k.Name, k.Command)
			}
			require.NotNil(t, ps[k.Show], "%s %s", id, k.Show)
			assert.Empty(t, ps[k.Show].Unconfirmed, "%s %s", id, k.Show)
			assert.Contains(t, good, k.Want["state"], "%s %s", id, k.Name)
			_, err := show.Holds(ps, show.Check{Title: c.Title, Show: c.Show, Command: c.Command, Want: c.Want}, "")
			assert.ErrorAs(t, err, new(*show.UnknownError), "%s %s", id, k.Name)
		}
	}
}

func FuzzParse(f *testing.F) {
	list := samples(f)
	for i, s := range list {
		f.Add(uint(i), s.reply)
	}
	f.Fuzz(func(t *testing.T, i uint, reply string) {
		p := list[i%uint(len(list))].p
		records, err := p.Parse(reply)
		if (err == nil) == (len(records) == 0) {
			t.Fatalf("%d records, error %v", len(records), err)
		}
	})
}
