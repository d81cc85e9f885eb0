package cloud

import "time"

// Span is the shortest and the longest time of something.
type Span struct{ Min, Max time.Duration }

// Watch is how both ends watch one circuit.
type Watch struct {
	// Detection is how long the gateway keeps a silently dead circuit, Recovery
	// how long a repaired one waits for its route. Blind is true without
	// tracking: then the gateway sees only a port that is down.
	Detection, Recovery Span
	Blind               bool
	// Behind is true when the gateway probes an address behind the cloud's
	// router, so that it notices a failure there.
	Behind bool
	// Interval and Probes are the cloud's; Probes is 0 without a health check.
	Interval time.Duration
	Probes   int
}

// The directions of traffic.
const (
	ToCloud = "site → cloud"
	ToSite  = "cloud → site"
)

// Outcome is what one failure does to the traffic of one direction.
type Outcome struct {
	// Failure says what fails, Direction which traffic is looked at.
	Failure, Direction string
	// By is who moves that traffic to another circuit; empty when nobody does.
	By string
	// After is how long that takes; the cloud's own time to change its routes
	// is not stated anywhere and comes on top.
	After Span
	// Lost is true when the traffic on the circuit is lost until then.
	Lost bool
	// Note says what the numbers cannot.
	Note string
}

// Repaired is the one row of Behaviour that is no failure.
const Repaired = "repaired"

// The ends, as a sentence names them.
const (
	byGateway = "gateway"
	byCloud   = "cloud"
)

// Behaviour says who notices which failure of a circuit after how long, and
// what becomes of the traffic of each direction until then. Both ends test the
// way there and back: a circuit that is dead in one direction looks dead to
// both, and each end then moves only the traffic that it sends.
func Behaviour(w Watch) []Outcome {
	gateway := w.gateway()
	cloud := w.cloud()
	at := func(o Outcome, failure, direction string, lost bool) Outcome {
		o.Failure, o.Direction, o.Lost = failure, direction, lost
		return o
	}
	const silent = "circuit dead, ports stay up"
	const port = "gateway's port down"
	const out, back = "only site → cloud dead", "only cloud → site dead"
	const behind = "cloud dead behind its border router"
	down := Outcome{By: byGateway, Note: "at once, by the port's state"}
	all := []Outcome{
		at(gateway, silent, ToCloud, true), at(cloud, silent, ToSite, true),
		at(down, port, ToCloud, true), at(cloud, port, ToSite, true),
		at(gateway, out, ToCloud, true), at(cloud, out, ToSite, false),
		at(gateway, back, ToCloud, false), at(cloud, back, ToSite, true),
	}
	far := Outcome{Note: "the probes end at the border router"}
	if w.Behind {
		far = gateway
	}
	all = append(all, at(far, behind, ToCloud, true),
		at(Outcome{Note: "the cloud's probes begin at the border router"}, behind, ToSite, true))
	again := Outcome{By: byGateway, After: w.Recovery}
	if w.Blind {
		again = Outcome{By: byGateway, Note: "with the port"}
	}
	return append(all, at(again, Repaired, ToCloud, false),
		at(Outcome{By: byCloud, Note: "not documented"}, Repaired, ToSite, false))
}

// gateway is what the gateway's tracking does about a dead circuit.
func (w Watch) gateway() Outcome {
	if w.Blind {
		return Outcome{Note: "no tracking"}
	}
	return Outcome{By: byGateway, After: w.Detection}
}

// cloud is what the cloud's health check does. The first lost probe is sent
// within one interval of the failure.
func (w Watch) cloud() Outcome {
	if w.Probes == 0 {
		return Outcome{Note: "no health check"}
	}
	return Outcome{By: byCloud, After: Span{time.Duration(w.Probes-1) * w.Interval, time.Duration(w.Probes) * w.Interval}}
}
