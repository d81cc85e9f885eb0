package flow

import "time"

// lagSpan is how long a lag is remembered, at least: a clock that was set back
// shows after twice as much.
const lagSpan = time.Minute

// lag is how much later than by its exporter's clock a datagram comes. The
// header of IPFIX and NetFlow v9 has whole seconds (RFC 7011 section 3.1, RFC
// 3954 section 5.1): a time of milliseconds that is compared with it is off by
// up to a second, and by another part of it in each datagram. The least of many
// is near the error of the clock and the delay of the network.
type lag struct {
	since    time.Time
	now, old time.Duration
}

// take adds what one datagram shows.
func (l *lag) take(received time.Time, d time.Duration) {
	switch {
	case l.since.IsZero():
		l.since, l.now, l.old = received, d, d
	case received.Sub(l.since) >= lagSpan:
		l.since, l.now, l.old = received, d, l.now
	default:
		l.now = min(l.now, d)
	}
}

// least returns the least of the last minute or two.
func (l *lag) least() time.Duration { return min(l.now, l.old) }

// ended takes in when a record's last packet went by: a cache reports what has
// been, so the exporter's clock was beyond that. More than the second which the
// header leaves open it does not say.
func (d *decoder) ended(m moment) moment {
	if end, ok := d.record.instant(d.record.end, d.record.endEl); ok {
		if by := d.received.Sub(end); by > d.received.Sub(m.at)-time.Second {
			d.lag.take(d.received, by)
		}
	}
	m.now = d.received.Add(-d.lag.least())
	return m
}

// instant returns a time that stands in a record by the exporter's clock, of
// those that are finer than a second.
func (r *record) instant(v uint64, el element) (time.Time, bool) {
	switch el {
	case elStartUptime, elEndUptime:
		return time.UnixMilli(int64(r.initMillis + v)), r.initMillis > 0
	case elStartMillis, elEndMillis:
		return time.UnixMilli(int64(v)), true
	case elStartMicros, elEndMicros, elStartNanos, elEndNanos:
		// NTP's format: seconds and a fraction of 2^32 (RFC 7011, 6.1.9).
		frac := v & 0xffffffff * 1e9 >> 32
		return time.Unix(int64(v>>32)-ntpOffset, int64(frac)), true
	}
	return time.Time{}, false
}
