package scenario

import (
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/twinpath/twinpath/internal/diag"
)

// Numbers of circuits. The number of a circuit's IPv6 probe is its own number
// plus IPv6Offset, so that all stay below 500, the smallest limit of a track
// number on the supported systems.
const (
	MaxID      = 249
	IPv6Offset = 250
	maxNamed   = 99
)

// assignIDs gives each circuit the number of its probe and track on its
// gateway: the `id` key, else the number at the end of the name (ec12 is 12),
// else one derived from the name's letters. It depends on nothing but the
// circuit itself, so adding or removing one never renumbers another; two
// circuits that meet are told to set `id`.
func (s *Scenario) assignIDs(list *diag.List) {
	type place struct {
		gateway string
		id      int
	}
	taken := make(map[place]*Circuit, len(s.Circuits))
	for _, c := range s.Circuits {
		if c.ID.Bad() || !c.Name.Set || !c.Gateway.Set {
			continue
		}
		if !c.ID.Set {
			c.ID.Val = deriveID(c.Name.Val)
		}
		p := place{c.Gateway.Val, c.ID.Val}
		other := taken[p]
		if other == nil {
			taken[p] = c
			continue
		}
		if strings.EqualFold(other.Name.Val, c.Name.Val) {
			continue // duplicate-name said it
		}
		pos := c.ID.Pos
		if !c.ID.Set {
			pos = c.Name.Pos
		}
		list.Add(diag.CodeIDCollision, pos, "circuits %s and %s would both get number %d on gateway %s",
			diag.Quote(other.Name.Val), diag.Quote(c.Name.Val), c.ID.Val, diag.Quote(c.Gateway.Val)).
			WithHelp("set `id: N` (1 to %d) on the newer circuit; the older one then keeps its probe and track number", MaxID).
			WithRelated(other.Name.Pos, "the other circuit")
	}
}

// deriveID returns 1..99 from the digits at the end of a name, or 100..249
// from a hash of it.
func deriveID(name string) int {
	i := len(name)
	for i > 0 && name[i-1] >= '0' && name[i-1] <= '9' {
		i--
	}
	if n, err := strconv.Atoi(name[i:]); err == nil && n >= 1 && n <= maxNamed {
		return n
	}
	h := fnv.New32a()
	h.Write([]byte(name))
	return maxNamed + 1 + int(h.Sum32()%(MaxID-maxNamed))
}
