package split

import "time"

// The bounds of a series. One second is what a chart of minutes needs and what
// exporters that write whole seconds can give; a longer span gets wider buckets.
const (
	narrowest  = time.Second
	maxBuckets = 512
	minBuckets = 32
	// allBuckets is shared by the tallies of one run.
	allBuckets = 1 << 17
	// reach is how long before the first record was received a series goes back.
	// What a record tells of the time before is in the sums only.
	reach = 10 * time.Minute
	// shortRecord is below what any exporter can tell; a slope over less would
	// leave its rounding in the buckets after it.
	shortRecord = int64(time.Millisecond)
)

// bucket is a part of a series. Packets that are spread evenly over a record's
// time are a slope that begins in one bucket and ends in another, so that a
// record costs two buckets however long it lasts.
type bucket struct {
	// packets and bytes are what begins in this bucket puts into it, beside the
	// slopes that come in from the left.
	packets, bytes float64
	// slope and byteSlope are the changes of the slopes, per nanosecond.
	slope, byteSlope float64
	// open is the change of the packets of all records whose time is running.
	open float64
}

// series is how packets and bytes are spread over time, in a bounded number of
// buckets. Buckets are aligned to the epoch, so that two series can be added.
type series struct {
	width   int64 // nanoseconds
	first   int64 // number of buckets[0], counted from the epoch
	buckets []bucket
	most    int
}

func newSeries(most int) series { return series{width: int64(narrowest), most: most} }

// add spreads packets and bytes evenly from one time to another, given in
// nanoseconds since the epoch.
func (s *series) add(from, to int64, packets, bytes float64) {
	if to-from < shortRecord {
		s.room(from, from)
		b := &s.buckets[from/s.width-s.first]
		b.packets += packets
		b.bytes += bytes
		return
	}
	s.room(from, to)
	slope, byteSlope := packets/float64(to-from), bytes/float64(to-from)
	i := from / s.width
	left := float64((i+1)*s.width - from)
	b := &s.buckets[i-s.first]
	b.packets += slope * left
	b.bytes += byteSlope * left
	b.slope += slope
	b.byteSlope += byteSlope
	b.open += packets
	i = to / s.width
	left = float64((i+1)*s.width - to)
	b = &s.buckets[i-s.first]
	b.packets -= slope * left
	b.bytes -= byteSlope * left
	b.slope -= slope
	b.byteSlope -= byteSlope
	b.open -= packets
}

// room makes the series reach from one time to another.
func (s *series) room(from, to int64) {
	for {
		i, j := from/s.width, to/s.width
		if len(s.buckets) == 0 {
			s.first = i
		}
		end := s.first + int64(len(s.buckets))
		if i >= s.first && j < end {
			return
		}
		lo, hi := min(i, s.first), max(j+1, end)
		if hi-lo > int64(s.most) {
			s.coarsen()
			continue
		}
		if lo < s.first {
			s.buckets = append(make([]bucket, s.first-lo, hi-lo), s.buckets...)
			s.first = lo
		}
		for end = s.first + int64(len(s.buckets)); end < hi; end++ {
			s.buckets = append(s.buckets, bucket{})
		}
		return
	}
}

// coarsen makes every bucket twice as wide.
func (s *series) coarsen() {
	first := s.first >> 1
	n := 0
	if len(s.buckets) > 0 {
		n = int((s.first+int64(len(s.buckets))-1)>>1 - first + 1)
	}
	out := make([]bucket, n)
	for i, b := range s.buckets {
		at := s.first + int64(i)
		to := &out[at>>1-first]
		if at&1 == 0 { // its slope runs through the other half too
			b.packets += b.slope * float64(s.width)
			b.bytes += b.byteSlope * float64(s.width)
		}
		to.packets += b.packets
		to.bytes += b.bytes
		to.slope += b.slope
		to.byteSlope += b.byteSlope
		to.open += b.open
	}
	s.first, s.buckets, s.width = first, out, 2*s.width
}

// merge adds another series, which is not changed.
func (s *series) merge(o *series) {
	if len(o.buckets) == 0 {
		return
	}
	if o.width < s.width {
		c := *o
		for c.width < s.width {
			c.coarsen()
		}
		o = &c
	}
	for s.width < o.width {
		s.coarsen()
	}
	s.room(o.first*o.width, (o.first+int64(len(o.buckets)))*o.width-1)
	if s.width > o.width { // making room has coarsened it
		s.merge(o)
		return
	}
	for i, b := range o.buckets {
		to := &s.buckets[o.first+int64(i)-s.first]
		to.packets += b.packets
		to.bytes += b.bytes
		to.slope += b.slope
		to.byteSlope += b.byteSlope
		to.open += b.open
	}
}

// amount is what a span holds.
type amount struct{ packets, bytes float64 }

// span returns what lies from one time to another, in nanoseconds since the
// epoch, and the packets of the records whose time runs across its end. Within
// a bucket all is taken to be spread evenly.
func (s *series) span(from, to int64) (sum amount, open float64) {
	s.each(func(at int64, a amount, running float64) {
		lo, hi := max(at, from), min(at+s.width, to)
		if lo >= hi {
			return
		}
		part := float64(hi-lo) / float64(s.width)
		sum.packets += a.packets * part
		sum.bytes += a.bytes * part
		open = running
	})
	if end := (s.first + int64(len(s.buckets))) * s.width; to >= end {
		open = 0
	}
	return sum, max(open, 0)
}

// each gives every bucket's beginning, what it holds, and the packets of the
// records that run on at its end.
func (s *series) each(f func(at int64, a amount, running float64)) {
	var slope, byteSlope, open float64
	for i, b := range s.buckets {
		a := amount{b.packets + slope*float64(s.width), b.bytes + byteSlope*float64(s.width)}
		slope += b.slope
		byteSlope += b.byteSlope
		open += b.open
		// Adding and taking away the same slope leaves the rounding.
		f((s.first+int64(i))*s.width, amount{max(a.packets, 0), max(a.bytes, 0)}, open)
	}
}

// buckets returns how many buckets each series of one of n tallies may have.
func bucketsFor(n int) int { return min(max(allBuckets/max(n, 1)/4, minBuckets), maxBuckets) }
