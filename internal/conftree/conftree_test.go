package conftree_test

import (
	"regexp"
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
	for _, family := range []string{"sections", "braces", ""} {
		_, err := conftree.Parse("x\n", conftree.Syntax{Family: family})
		assert.ErrorIs(t, err, conftree.ErrFamily)
	}
}

func FuzzPrintGivesBackEveryByte(f *testing.F) {
	for _, s := range []string{"", "a", "a\n b\n  c\n d\n!\n\ne\r\n", "\t\tx\n y", "banner x #\nfoo\n#\n", " lone\nexit\n", "\x00\xff\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tree, err := conftree.Parse(text, syntax)
		require.NoError(t, err)
		assert.Equal(t, text, tree.String())
	})
}
