package flow

import "math"

// rateFields are the fields of a record that say how it was sampled.
type rateFields struct {
	interval, random       uint64
	packetInterval         uint64
	packetSpace            uint64
	hasSpace               bool
	sampleSize, population uint64
	probability            float64
	algorithm              uint64
	sampler                uint64
	hasSampler             bool
}

// set takes a field in and reports whether it is one of sampling.
func (r *rateFields) set(el element, b []byte) bool {
	switch el {
	case elSamplingInterval:
		r.interval = number(b)
	case elRandomInterval:
		r.random = number(b)
	case elPacketInterval:
		r.packetInterval = number(b)
	case elPacketSpace:
		r.packetSpace, r.hasSpace = number(b), true
	case elSampleSize:
		r.sampleSize = number(b)
	case elPopulation:
		r.population = number(b)
	case elProbability:
		if len(b) == 8 {
			r.probability = math.Float64frombits(be.Uint64(b))
		} else if len(b) == 4 {
			r.probability = float64(math.Float32frombits(be.Uint32(b)))
		}
	case elAlgorithm:
		r.algorithm = number(b)
	case elSamplerID, elSelectorID:
		r.sampler, r.hasSampler = number(b), true
	default:
		return false
	}
	return true
}

// The selector algorithms (IANA, psamp-parameters) that decide which pair of
// fields applies.
const (
	systematicCount = 1
	randomNOutOfN   = 3
	probabilistic   = 4
)

// rate returns "one packet in rate", or 0 when the fields do not say. Where
// several encodings stand in one record, the one that the algorithm asks for
// wins: a router that samples n packets out of N also sends an interval of 1.
func (r *rateFields) rate() float64 {
	if *r == (rateFields{sampler: r.sampler, hasSampler: r.hasSampler}) {
		return 0 // the usual record
	}
	outOf := ratio(r.population, r.sampleSize)
	var spaced float64
	if r.hasSpace && r.packetInterval > 0 {
		spaced = (float64(r.packetInterval) + float64(r.packetSpace)) / float64(r.packetInterval)
	}
	var chance float64
	if r.probability > 0 && r.probability <= 1 {
		chance = 1 / r.probability
	}
	order := []float64{outOf, spaced, chance}
	switch r.algorithm {
	case systematicCount:
		order = []float64{spaced, outOf, chance}
	case probabilistic:
		order = []float64{chance, outOf, spaced}
	case randomNOutOfN:
	}
	for _, v := range append(order, float64(r.random), float64(r.interval)) {
		if v >= 1 && !math.IsInf(v, 0) {
			return v
		}
	}
	// An interval without a space says how many packets in a row are taken. Some
	// exporters mean "one in that many"; a lone 1 says nothing.
	if r.packetInterval > 1 {
		return float64(r.packetInterval)
	}
	return 0
}

func ratio(population, size uint64) float64 {
	switch {
	case population == 0:
		return 0
	case size == 0:
		return float64(population)
	}
	return float64(population) / float64(size)
}

// maxSamplers bounds the samplers that are kept per exporter.
const maxSamplers = 1024

// samplerKey names what a rate holds for: a whole domain, one sampler of it, or
// one interface.
type samplerKey struct {
	protocol Protocol
	domain   uint32
	kind     samplerKind
	id       uint64
}

type samplerKind uint8

const (
	wholeDomain samplerKind = iota
	oneSampler
	oneInterface
)

// rateTable keeps what an exporter said of its sampling.
type rateTable struct {
	rates map[samplerKey]float64
	// samplers counts the samplers and interfaces known of a domain.
	samplers map[samplerKey]int
	// byInterface is true when a rate holds for one interface.
	byInterface bool
}

// set stores a rate and reports whether there was room.
func (t *rateTable) set(k samplerKey, rate float64) bool {
	if t.rates == nil {
		t.rates, t.samplers = map[samplerKey]float64{}, map[samplerKey]int{}
	}
	if _, known := t.rates[k]; !known {
		if len(t.rates) >= maxSamplers {
			return false
		}
		t.byInterface = t.byInterface || k.kind == oneInterface
		if k.kind != wholeDomain {
			t.samplers[samplerKey{protocol: k.protocol, domain: k.domain}]++
		}
	}
	t.rates[k] = rate
	return true
}

// get returns the rate of a record: of the sampler that it names, of the
// interface that it was seen on, or of its domain. A record that names no
// sampler takes the rate of the only one there is. With several it is unknown.
func (t *rateTable) get(s *Sample, named bool) (float64, bool) {
	if len(t.rates) == 0 {
		return 0, false
	}
	k := samplerKey{protocol: s.Stream.Protocol, domain: s.Stream.Domain}
	if named {
		k.kind, k.id = oneSampler, s.Stream.Sampler
		if r, ok := t.rates[k]; ok {
			return r, true
		}
	}
	if t.byInterface {
		k.kind = oneInterface
		for _, i := range s.interfaces() {
			k.id = uint64(i)
			if r, ok := t.rates[k]; ok && i != 0 {
				return r, true
			}
		}
	}
	k.kind, k.id = wholeDomain, 0
	if r, ok := t.rates[k]; ok {
		return r, true
	}
	if t.samplers[k] == 1 && !named {
		for key, r := range t.rates {
			if key.domain == k.domain && key.protocol == k.protocol {
				return r, true
			}
		}
	}
	return 0, false
}

// interfaces returns the interfaces that a record may have been sampled on, the
// likelier first.
func (s *Sample) interfaces() [2]uint32 {
	if s.Observed == ObservedEgress {
		return [2]uint32{s.Out, s.In}
	}
	return [2]uint32{s.In, s.Out}
}
