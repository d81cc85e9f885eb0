package split

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/twinpath/twinpath/internal/scenario"
)

// The limits of the notes about the hash. They are notes, so they are drawn
// where chance has practically no part.
const (
	elephant     = 0.10 // of the bytes in one flow
	unlikely     = 1e-6
	fewAddresses = 8
	manyFlows    = 30
	// follows is from where on a circuit is said to follow a bit (Cramér's V).
	follows = 0.9
)

// hashing says what the flows tell of how the circuits are chosen. The unit
// that a hash moves is the flow, so it is flows that are looked at.
func (j *judge) hashing() {
	if j.t.m.mode != scenario.ActiveActive || len(j.kept) == 0 {
		return
	}
	j.elephants()
	if len(j.r.Events) > 0 { // while a circuit is out, its flows are on the others
		j.note("changed", "%s within the window, so that the shares are means of different states: look at the events", j.r.Events[0].Text)
		return
	}
	j.lopsided()
	if why, told := j.addressesOnly(); told {
		if j.r.Verdict == Fail {
			j.r.Reason += "; " + why
		}
	} else if !j.oneBit() {
		j.polarised()
	}
}

// elephants names the flows that are large enough to decide the shares of bytes.
func (j *judge) elephants() {
	var names []string
	part := 0.0
	for _, f := range j.r.TopFlows {
		if f.Share > elephant && len(names) < 3 {
			names = append(names, fmt.Sprintf("%s (%s, on %s)", f.Name, percent(f.Share), f.Circuit))
			part += f.Share
		}
	}
	if len(names) > 0 {
		j.note("elephants", "%s of the bytes are in %d large flows, each of which stays on one circuit: %s", percent(part), len(names), strings.Join(names, ", "))
	}
}

// lopsided tells an unfair hash from chance. The flows' sizes decide how far
// from even a fair one may be.
func (j *judge) lopsided() {
	if j.r.Verdict != Pass || j.r.EffectiveFlows < minEffectiveFlows {
		return
	}
	q := 1 / float64(len(j.r.Circuits))
	sd := math.Sqrt(q * (1 - q) / j.r.EffectiveFlows)
	for _, c := range j.r.Circuits {
		if math.Abs(c.ByteShare.Share-q) > 3*sd {
			j.note("lopsided", "%s has %s of the bytes where an even hash gives %s to %s over these flows: look at the hash's fields",
				c.Name, percent(c.ByteShare.Share), percent(max(q-3*sd, 0)), percent(min(q+3*sd, 1)))
			return
		}
	}
}

// polarised: the numbers of flows are further apart than chance puts them,
// whatever their sizes, while each circuit has some. Behind another hash of the
// same kind only a part of the flows arrives, and the same part of the outcomes.
func (j *judge) polarised() {
	if j.r.Flows < manyFlows || slices.ContainsFunc(j.r.Circuits, func(c Circuit) bool { return c.Flows == 0 }) {
		return
	}
	q := 1 / float64(len(j.r.Circuits))
	sd := math.Sqrt(q * (1 - q) / float64(j.r.Flows))
	for _, c := range j.r.Circuits {
		part := float64(c.Flows) / float64(j.r.Flows)
		if p := 2 * distuv.UnitNormal.Survival(math.Abs(part-q)/sd); p < unlikely {
			j.note("polarised", "%s has %d of %d flows, which an even hash does not do: give the hash of each hop its own seed, or weights that are even",
				c.Name, c.Flows, j.r.Flows)
			return
		}
	}
}

// pair is two addresses.
type pair struct{ src, dst [16]byte }

// addressesOnly finds out that flows between the same two addresses are never
// apart, where a hash that sees the ports would have put some elsewhere. It
// returns what that means for a failed verdict.
func (j *judge) addressesOnly() (why string, told bool) {
	pairs := map[pair][]int{}
	circuits := make([]float64, len(j.r.Circuits))
	for i := range j.kept {
		f := &j.kept[i]
		k := pair{f.src, f.dst}
		if pairs[k] == nil {
			pairs[k] = make([]int, len(circuits))
		}
		pairs[k][f.circuit]++
		circuits[f.circuit]++
	}
	used := 0
	for _, n := range circuits {
		if n > 0 {
			used++
		}
	}
	if used == 1 && len(pairs) < fewAddresses && len(j.kept) >= manyFlows {
		j.note("few-addresses", "all %d flows are between %s: if the gateway's hash sees only addresses and no ports, that alone puts them on one circuit; "+
			"measure with more addresses, or let the hash include the ports", len(j.kept), pairWords(len(pairs)))
		return fmt.Sprintf("all flows are between %s, so that a hash of addresses alone may be why", pairWords(len(pairs))), true
	}
	log := 0.0
	for _, n := range pairs {
		flows, alone := 0, 0.0
		for _, k := range n {
			flows += k
		}
		for c, k := range n {
			if k > 0 && k < flows {
				return "", false
			}
			alone += math.Pow(circuits[c]/float64(len(j.kept)), float64(flows))
		}
		log += math.Log(alone)
	}
	if log > math.Log(unlikely) {
		return "", false
	}
	j.note("hash-addresses", "the flows between two addresses are always on the same circuit (%s, %d flows): the hash sees only addresses; let it include the ports",
		pairWords(len(pairs)), len(j.kept))
	return "the hash sees only addresses, of which there are " + pairWords(len(pairs)), true
}

func pairWords(n int) string {
	if n == 1 {
		return "one pair of addresses"
	}
	return fmt.Sprintf("%d pairs of addresses", n)
}

// bits are the bits of a flow that a weak hash may come down to.
var bits = []struct {
	name string
	of   func(*flowKey) byte
}{
	{"the lowest bit of the source address", func(k *flowKey) byte { return k.src[15] & 1 }},
	{"the lowest bit of the destination address", func(k *flowKey) byte { return k.dst[15] & 1 }},
	{"the lowest bits of both addresses", func(k *flowKey) byte { return (k.src[15] ^ k.dst[15]) & 1 }},
	{"the lowest bit of the source port", func(k *flowKey) byte { return byte(k.srcPort & 1) }},
	{"the lowest bit of the destination port", func(k *flowKey) byte { return byte(k.dstPort & 1) }},
	{"the lowest bits of addresses and ports", func(k *flowKey) byte {
		return (k.src[15] ^ k.dst[15] ^ byte(k.srcPort) ^ byte(k.dstPort)) & 1
	}},
}

// oneBit finds out that the circuit is as good as decided by one bit, so that
// an uneven mix of that bit in the traffic makes the shares uneven.
func (j *judge) oneBit() bool {
	if len(j.kept) < manyFlows || len(j.r.Circuits) != 2 {
		return false
	}
	for _, b := range bits {
		var n [2][2]float64
		for i := range j.kept {
			n[b.of(&j.kept[i].flowKey)][j.kept[i].circuit]++
		}
		product := (n[0][0] + n[0][1]) * (n[1][0] + n[1][1]) * (n[0][0] + n[1][0]) * (n[0][1] + n[1][1])
		if product == 0 {
			continue
		}
		phi := math.Abs(n[0][0]*n[1][1]-n[0][1]*n[1][0]) / math.Sqrt(product)
		chance := distuv.ChiSquared{K: 1}.Survival(phi * phi * float64(len(j.kept)))
		if phi > follows && chance < unlikely {
			j.note("hash-one-bit", "the circuit of a flow follows %s: the shares are those of that bit in the traffic; choose a stronger hash or another seed", b.name)
			return true
		}
	}
	return false
}
