package flow

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// millis is an IPFIX message with one record of times in milliseconds. Its
// header has whole seconds.
func millis(start, end, exported time.Time) []byte {
	be := binary.BigEndian
	b := be.AppendUint16(nil, 10)
	b = be.AppendUint16(b, 16+20+24)
	b = be.AppendUint32(b, uint32(exported.Unix()))
	b = be.AppendUint32(b, 1)
	b = be.AppendUint32(b, 0)
	for _, n := range []uint16{2, 20, 256, 3, 152, 8, 153, 8, 2, 4, 256, 24} { // the template, and the head of the data
		b = be.AppendUint16(b, n)
	}
	b = be.AppendUint64(b, uint64(start.UnixMilli()))
	b = be.AppendUint64(b, uint64(end.UnixMilli()))
	return be.AppendUint32(b, 20)
}

// TestMillisecondsDoNotDependOnTheHeadersSeconds: records follow each other
// without a gap by the exporter's clock, and so they must by the receiver's,
// whatever part of a second the header leaves out.
func TestMillisecondsDoNotDependOnTheHeadersSeconds(t *testing.T) {
	const behind = 3*time.Hour + 250*time.Millisecond // the exporter's clock
	var got []Sample
	d := newDecoder(router, func(s *Sample) { got = append(got, *s) })
	const step = 1100 * time.Millisecond
	for i := range 300 {
		end := noon.Add(time.Duration(i) * step)
		exported := end.Add(20 * time.Millisecond)
		d.datagram(millis(end.Add(-step).Add(-behind), end.Add(-behind), exported.Add(-behind)), exported)
	}
	require.Len(t, got, 300)
	for i, s := range got {
		want := noon.Add(time.Duration(i) * step)
		assert.WithinDuration(t, want, s.End, 30*time.Millisecond, i)
		assert.Equal(t, step, s.End.Sub(s.Start), i)
	}
}

// TestAClockThatIsSetBackIsFollowed after two minutes at most, and a record that
// ends in the future moves no other.
func TestAClockThatIsSetBackIsFollowed(t *testing.T) {
	var got Sample
	d := newDecoder(router, func(s *Sample) { got = *s })
	send := func(at time.Time, clock time.Duration) {
		d.datagram(millis(at.Add(clock-time.Second), at.Add(clock), at.Add(clock)), at)
	}
	for i := range 200 {
		at := noon.Add(time.Duration(i) * time.Second)
		clock := time.Duration(0)
		if i >= 60 {
			clock = -5 * time.Second
		}
		send(at, clock)
		if i < 60 || i > 180 {
			assert.WithinDuration(t, at, got.End, time.Millisecond, i)
		}
	}
	at := noon.Add(200 * time.Second)
	d.datagram(millis(at, at.Add(time.Hour), at.Add(-5*time.Second)), at)
	send(at.Add(time.Second), -5*time.Second)
	assert.WithinDuration(t, at.Add(time.Second), got.End, time.Millisecond)
}
