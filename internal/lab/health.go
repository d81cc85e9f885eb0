package lab

import (
	"fmt"
	"time"
)

// holdDown is how many good probes in a row bring a circuit back into the
// cloud's route. More than one, so that the gateway's BFD session is up first:
// the first good probe comes before it.
const holdDown = 3

// health is what the cloud knows of one circuit: a probe every interval, so
// many losses in a row withdraw the route, so many answers in a row restore it.
type health struct {
	probes   int
	down     bool
	lost     int
	answered int
}

// record counts one probe and reports whether the circuit changed its state.
func (h *health) record(ok bool) bool {
	if !ok {
		h.answered = 0
		h.lost++
		if h.down || h.lost < h.probes {
			return false
		}
		h.down = true
		return true
	}
	h.lost = 0
	h.answered++
	if !h.down || h.answered < holdDown {
		return false
	}
	h.down = false
	return true
}

// withdrawal returns after how long the cloud leaves a circuit that dies
// between two probes: the last of the lost ones is sent at the earliest just
// under `probes` intervals after the failure, and waited for.
func withdrawal(interval time.Duration, probes int) bounds {
	return bounds{interval*time.Duration(probes-1) + probeTimeout, interval*time.Duration(probes) + probeTimeout}
}

// restoration returns after how long the cloud comes back to a repaired circuit.
// A probe that was sent before the repair may still be answered in time: the
// kernel keeps it while it asks for the neighbour's link address (RFC 1122
// section 2.3.2.2), which a long silence has made it forget.
func restoration(interval time.Duration) bounds {
	return bounds{interval * (holdDown - 1), interval*holdDown + probeTimeout}
}

// probeTimeout is how long the cloud waits for an answer.
const probeTimeout = time.Second

// fate is what became of one probe.
type fate struct {
	answered bool
	// wrong is the index of the circuit that brought the answer when it was
	// not the one that took the probe, else -1.
	wrong int
}

// ok reports whether the probe counts as answered: only over its own circuit.
func (f fate) ok() bool { return f.answered && f.wrong < 0 }

// word says why a probe was lost.
func (f fate) word(cs []circuit, own int) string {
	switch {
	case f.wrong >= 0:
		return fmt.Sprintf("the answer to %s's probe came over %s", cs[own].name, cs[f.wrong].name)
	case !f.answered:
		return fmt.Sprintf("no answer to %s's probe", cs[own].name)
	}
	return "answered"
}

// bounds are the shortest and the longest time that something may take.
type bounds struct{ min, max time.Duration }
