package flow

import "math"

// The bounds of what is taken for a restart, in milliseconds: a datagram that
// was overtaken is a little older, and the counter wraps after 49.7 days.
const (
	overtaken = 60_000
	wrapSlack = 600_000
	// maxRestarts is how many are believed of one stream. Two engines that share
	// a domain would otherwise take each other's templates away for ever.
	maxRestarts = 8
)

// restarted takes in a device's age. One that is younger than before has begun
// anew: it may use the numbers of its templates for other layouts now, and
// records read with the old ones would be wrong without an error.
func (d *decoder) restarted(k streamKey, uptime uint32) {
	q := d.streams[k]
	if q == nil {
		return
	}
	before := q.uptime
	wrapped := before > math.MaxUint32-wrapSlack && uptime < wrapSlack
	switch {
	case uptime >= before || wrapped:
		q.uptime = uptime
	case before-uptime > overtaken && q.restarts < maxRestarts:
		q.uptime = uptime
		q.restarts++
		d.templates.forget(k.protocol, k.domain)
	}
}
