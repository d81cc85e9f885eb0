package conftree_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/conftree"
)

var syntax = conftree.Syntax{
	Family:   "indent",
	Noise:    []*regexp.Regexp{regexp.MustCompile(`^Building configuration\.\.\.$`), regexp.MustCompile(`^end$`)},
	Leave:    []*regexp.Regexp{regexp.MustCompile(`^exit$`)},
	Verbatim: regexp.MustCompile(`^banner \S+ (\^C|\S).*$`),
}

func lines(t *testing.T, text string) []string {
	t.Helper()
	tree, err := conftree.Parse(text, syntax)
	require.NoError(t, err)
	var out []string
	for n := range tree.Lines() {
		s := n.Text
		for p := n.Parent; p != nil; p = p.Parent {
			s = p.Text + " > " + s
		}
		out = append(out, s)
	}
	return out
}

func TestIndentationIsTheTree(t *testing.T) {
	assert.Equal(t, []string{
		"bfd", "bfd > profile a", "bfd > profile a > detect-multiplier 5", "bfd > profile b", "interface c1", "interface c1 > ip address 10.0.0.2/30",
	}, lines(t, "Building configuration...\n\n!\nbfd\n profile a\n  detect-multiplier 5\n exit\n !\n profile b\n exit\n !\nexit\n!\ninterface c1\n\n ip address 10.0.0.2/30  \r\nexit\nend\n"))
}

func TestBannerIsNoConfiguration(t *testing.T) {
	assert.Equal(t, []string{
		"banner motd ^C", "banner motd ^C > ip route 0.0.0.0 0.0.0.0 1.1.1.1", "banner motd ^C > ^C", "banner login #one line#", "hostname x",
	}, lines(t, "banner motd ^C\nip route 0.0.0.0 0.0.0.0 1.1.1.1\n^C\nbanner login #one line#\nhostname x\n"))
}

func TestOtherFamiliesAreRefused(t *testing.T) {
	for _, family := range []string{"xml", ""} {
		_, err := conftree.Parse("x\n", conftree.Syntax{Family: family})
		assert.ErrorIs(t, err, conftree.ErrFamily)
	}
}

func TestSections(t *testing.T) {
	s := conftree.Syntax{Family: conftree.Sections, Noise: []*regexp.Regexp{regexp.MustCompile(`^return$`)}}
	tree, err := conftree.Parse("!Software Version V200R019C10SPC800\n#\nnqa test-instance a t1\n test-type icmp \nnqa test-instance a t2\n test-type icmp\n#\nbgp 1\n peer 10.0.0.1 as-number 2\n #\n ipv4-family unicast\n  undo synchronization\n  peer 10.0.0.1 enable\n#\nreturn\n", s)
	require.NoError(t, err)
	assert.Equal(t, []string{
		"nqa test-instance a t1", "nqa test-instance a t1 > test-type icmp", "nqa test-instance a t2", "nqa test-instance a t2 > test-type icmp",
		"bgp 1", "bgp 1 > peer 10.0.0.1 as-number 2", "bgp 1 > ipv4-family unicast",
		"bgp 1 > ipv4-family unicast > undo synchronization", "bgp 1 > ipv4-family unicast > peer 10.0.0.1 enable",
	}, paths(tree))
}

func TestBraces(t *testing.T) {
	text := "## Last commit: 2026-11-20 10:00:00 UTC by admin\nversion 22.4R1;\nsystem {\n    root-authentication {\n        encrypted-password \"$6$a;b{\"; ## SECRET-DATA\n    }\n    /* a; b { */\n    host-name gw;\n}\ninterfaces {\n    inactive: ge-0/0/0 {\n        unit 0 { description \"x } y\"; }\n    }\n}\nrouting-options {\n    static {\n        route 0.0.0.0/0 next-hop [ 10.0.0.1 10.0.1.1 ];\n    }\n}\napply-groups [ a b ];\n"
	tree, err := conftree.Parse(text, conftree.Syntax{Family: conftree.Braces})
	require.NoError(t, err)
	assert.Equal(t, text, tree.String())
	assert.Equal(t, []string{
		"version 22.4R1", "system", "system > root-authentication", `system > root-authentication > encrypted-password "$6$a;b{"`, "system > host-name gw",
		"interfaces", "interfaces > inactive: ge-0/0/0", "interfaces > inactive: ge-0/0/0 > unit 0", `interfaces > inactive: ge-0/0/0 > unit 0 > description "x } y"`,
		"routing-options", "routing-options > static", "routing-options > static > route 0.0.0.0/0 next-hop [ 10.0.0.1 10.0.1.1 ]", "apply-groups [ a b ]",
	}, paths(tree))
}

func TestCommandsAreStatements(t *testing.T) {
	tree, err := conftree.Parse("set version 25.4R1.12\nset system host-name \"a { b\"\ndeactivate interfaces ge-0/0/0\n", conftree.Syntax{Family: conftree.Braces})
	require.NoError(t, err)
	assert.Equal(t, []string{"set version 25.4R1.12", `set system host-name "a { b"`, "deactivate interfaces ge-0/0/0"}, paths(tree))
}

// TestLongTextsTakeLinearTime: 100,000 lines of the worst shapes must not take
// longer than a test may.
func TestLongTextsTakeLinearTime(t *testing.T) {
	const n = 100_000
	for name, text := range map[string]string{
		"flat":     strings.Repeat("ip route 10.0.0.0 255.0.0.0 10.0.0.1\n", n),
		"open":     strings.Repeat("a {\n", n),
		"close":    strings.Repeat("}\n", n),
		"unended":  strings.Repeat("word\n", n),
		"comments": strings.Repeat("/* x\n", n),
		"blanks":   strings.Repeat("\n", n),
		"deeper":   deeper(3000),
	} {
		for _, family := range []string{conftree.Indent, conftree.Sections, conftree.Braces} {
			tree, err := conftree.Parse(text, conftree.Syntax{Family: family})
			require.NoError(t, err)
			assert.Len(t, tree.String(), len(text), "%s %s", family, name)
		}
	}
}

func deeper(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "x\n")
	}
	return b.String()
}

func paths(tree *conftree.Tree) []string {
	var out []string
	for n := range tree.Lines() {
		s := ""
		for p := n; p != nil; p = p.Parent {
			text := p.Text
			if p.Inactive {
				text = "inactive: " + text
			}
			s = text + " > " + s
		}
		out = append(out, strings.TrimSuffix(s, " > "))
	}
	return out
}

func FuzzPrintGivesBackEveryByte(f *testing.F) {
	for _, s := range []string{"", "a", "a\n b\n  c\n d\n!\n\ne\r\n", "\t\tx\n y", "banner x #\nfoo\n#\n", " lone\nexit\n", "\x00\xff\n", "a { b; c }\n}\n", "/* { */ x;\n", "#\na\n b\n#\nreturn", "x [ a\n b ];"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, family := range []string{conftree.Indent, conftree.Sections, conftree.Braces} {
			s := syntax
			s.Family = family
			tree, err := conftree.Parse(text, s)
			require.NoError(t, err)
			assert.Equal(t, text, tree.String(), family)
		}
	})
}
