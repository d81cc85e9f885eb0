package split

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"maps"
	"net/netip"
	"slices"

	"github.com/axiomhq/hyperloglog"

	"github.com/twinpath/twinpath/internal/flow"
)

// maxFlows is shared by the tallies of one run.
const maxFlows = 1 << 16

// precision is the number of registers of a sketch, as a power of two: 4 KiB
// and an error of 1.6 % (standard deviation).
const precision = 12

// flowKey names a flow of IP packets on one circuit.
type flowKey struct {
	src, dst         [16]byte
	srcPort, dstPort uint16
	proto            uint8
	circuit          int
	observed         flow.Observed
}

// name is the flow as a person writes it.
func (k *flowKey) name() string {
	src, dst := netip.AddrFrom16(k.src).Unmap(), netip.AddrFrom16(k.dst).Unmap()
	return netip.AddrPortFrom(src, k.srcPort).String() + " > " + netip.AddrPortFrom(dst, k.dstPort).String()
}

// bytes is the flow as a sketch takes it.
func (k *flowKey) bytes() (b [37]byte) {
	copy(b[:], k.src[:])
	copy(b[16:], k.dst[:])
	binary.BigEndian.PutUint16(b[32:], k.srcPort)
	binary.BigEndian.PutUint16(b[34:], k.dstPort)
	b[36] = k.proto
	return b
}

// class is what flows are counted apart by.
type class struct {
	circuit  int
	observed flow.Observed
}

// flows counts flows and keeps the largest, in bounded memory. As long as all
// have room it is exact. After that the distinct flows are a sketch's estimate,
// and of the sizes the smallest are forgotten, evenly for all: the weight of a
// flow may then be too small by up to missing (Misra and Gries 1982), which is
// less than two parts in most of all bytes.
type flows struct {
	weights map[flowKey]float64
	most    int
	missing float64
	// all are the bytes of all flows, by point of observation.
	all      [flow.ObservedEgress + 1]float64
	distinct map[class]*hyperloglog.Sketch
}

func newFlows(most int) flows {
	return flows{weights: map[flowKey]float64{}, most: most}
}

func (f *flows) add(k *flowKey, weight float64) {
	f.all[k.observed] += weight
	if w, known := f.weights[*k]; known {
		f.weights[*k] = w + weight
		return
	}
	if len(f.weights) >= f.most {
		f.forget()
	}
	if f.distinct != nil {
		f.sketch(k)
	}
	f.weights[*k] = weight
}

// forget makes room for half of the flows.
func (f *flows) forget() {
	if f.distinct == nil {
		f.distinct = map[class]*hyperloglog.Sketch{}
		for k := range f.weights {
			f.sketch(&k)
		}
	}
	sorted := slices.Sorted(maps.Values(f.weights))
	cut := sorted[len(sorted)/2]
	f.missing += cut
	for k, w := range f.weights {
		if w -= cut; w <= 0 {
			delete(f.weights, k)
		} else {
			f.weights[k] = w
		}
	}
}

// sketch counts a flow as one of the distinct ones.
func (f *flows) sketch(k *flowKey) {
	c := class{k.circuit, k.observed}
	s := f.distinct[c]
	if s == nil {
		s, _ = hyperloglog.NewSketch(precision, true) // refuses only another precision
		f.distinct[c] = s
	}
	b := k.bytes()
	s.Insert(b[:])
}

// merge adds other flows, which are not changed.
func (f *flows) merge(o *flows) {
	for obs, w := range o.all {
		f.all[obs] += w
	}
	if o.distinct != nil && f.distinct == nil {
		f.distinct = map[class]*hyperloglog.Sketch{}
		for k := range f.weights {
			f.sketch(&k)
		}
	}
	for k, w := range o.weights {
		f.weights[k] += w
		if f.distinct != nil {
			f.sketch(&k)
		}
	}
	for c, s := range o.distinct {
		if mine := f.distinct[c]; mine != nil {
			_ = mine.Merge(s) // refuses only another precision
		} else {
			f.distinct[c] = s.Clone()
		}
	}
	f.missing += o.missing
	for len(f.weights) > f.most {
		f.forget()
	}
}

// count returns the number of flows of a circuit.
func (f *flows) count(circuit int, observed flow.Observed) int {
	if f.distinct != nil {
		if s := f.distinct[class{circuit, observed}]; s != nil {
			return int(s.Estimate())
		}
		return 0
	}
	n := 0
	for k := range f.weights {
		if k.circuit == circuit && k.observed == observed {
			n++
		}
	}
	return n
}

// sized is a flow with its bytes.
type sized struct {
	flowKey
	weight float64
}

// largest returns the flows that are kept of a point of observation. The first
// n are the largest, in the same order each time; the others are in any order.
func (f *flows) largest(observed flow.Observed, n int) []sized {
	out := make([]sized, 0, len(f.weights))
	for k, w := range f.weights {
		if k.observed != observed {
			continue
		}
		out = append(out, sized{k, w})
		// Rise to the place among the first n.
		i := len(out) - 1
		if i >= n && out[i].larger(&out[n-1]) {
			out[i], out[n-1] = out[n-1], out[i]
			i = n - 1
		}
		for ; i > 0 && i < n && out[i].larger(&out[i-1]); i-- {
			out[i], out[i-1] = out[i-1], out[i]
		}
	}
	return out
}

// larger orders flows by weight, and equal ones by name.
func (s *sized) larger(o *sized) bool {
	if s.weight != o.weight {
		return s.weight > o.weight
	}
	x, y := s.bytes(), o.bytes()
	return cmp.Or(bytes.Compare(x[:], y[:]), cmp.Compare(s.circuit, o.circuit)) < 0
}

// effectiveFlows is how many equal flows would leave the shares as much to
// chance as these do. What was forgotten is taken to be many small ones.
func effectiveFlows(kept []sized, distinct int, all float64) float64 {
	var sum, squares float64
	for i := range kept {
		sum += kept[i].weight
		squares += kept[i].weight * kept[i].weight
	}
	if rest := all - sum; rest > 0 && distinct > len(kept) {
		squares += rest * rest / float64(distinct-len(kept))
	}
	return effective(all, squares)
}
