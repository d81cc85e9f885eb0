package scenario

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/twinpath/twinpath/internal/diag"
)

// prefixes draws labelled prefixes that are close together, so that many of
// them overlap, some of them IPv6.
func drawPrefixes(t *rapid.T) []labelled {
	n := rapid.IntRange(0, 40).Draw(t, "n")
	out := make([]labelled, n)
	for i := range out {
		var addr netip.Addr
		bits := rapid.IntRange(1, 8).Draw(t, "bits")
		low := rapid.Uint8().Draw(t, "low")
		if rapid.Bool().Draw(t, "six") {
			addr = netip.AddrFrom16([16]byte{low})
		} else {
			addr = netip.AddrFrom4([4]byte{low})
		}
		p, err := addr.Prefix(bits)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = labelled{
			prefix: p, pos: diag.Position{File: "t", Line: i + 1, Column: 1}, what: fmt.Sprint("prefix ", i),
			group: group(rapid.IntRange(int(groupLink), int(groupGatewayLink)).Draw(t, "group")),
		}
	}
	return out
}

// key names a prefix of a group; of equal ones the sweep looks at one.
func (l labelled) key() string { return fmt.Sprint(l.group, l.prefix) }

// TestSweepAgreesWithBruteForce compares every prefix with every other.
func TestSweepAgreesWithBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawPrefixes(t)
		want := map[string]bool{}
		repeated := map[string]int{}
		for i, a := range all {
			repeated[a.key()]++
			for _, b := range all[i+1:] {
				if a.prefix.Overlaps(b.prefix) && !a.group.mayOverlap(b.group) {
					x, y := a.key(), b.key()
					want[min(x, y)+" "+max(x, y)] = true
				}
			}
		}
		got := map[string]bool{}
		involved := map[int]bool{}
		for _, pair := range sweep(slices.Clone(all)) {
			a, b := pair[0], pair[1]
			if !before(a.pos, b.pos) {
				t.Fatalf("%s is reported at %s, which stands before it", b.what, a.what)
			}
			involved[a.pos.Line], involved[b.pos.Line] = true, true
			x, y := a.key(), b.key()
			got[min(x, y)+" "+max(x, y)] = true
		}
		if !maps.Equal(got, want) {
			t.Fatalf("the sweep finds %v, comparing all finds %v", got, want)
		}
		// A link that is written twice is reported at its second place.
		for i, a := range all {
			if a.group.isLink() && repeated[a.key()] > 1 && !involved[i+1] {
				t.Fatalf("%s is repeated and not reported", a.what)
			}
		}
	})
}

// TestSweepIsCheap: a fleet, and the same link ten thousand times.
func TestSweepIsCheap(t *testing.T) {
	for name, address := range map[string]func(i int) netip.Addr{
		"fleet": func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(i >> 14), byte(i >> 6), byte(i << 2)}) },
		"same":  func(int) netip.Addr { return netip.AddrFrom4([4]byte{10}) },
	} {
		t.Run(name, func(t *testing.T) {
			const n = 20_000
			all := make([]labelled, n)
			for i := range all {
				all[i] = labelled{prefix: netip.PrefixFrom(address(i), 30), pos: diag.Position{File: "t", Line: i + 1}}
			}
			want := 0
			if name == "same" {
				want = n - 1
			}
			if got := len(sweep(all)); got != want {
				t.Errorf("%d pairs, want %d", got, want)
			}
		})
	}
}
