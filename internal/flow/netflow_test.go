package flow

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// v9Message wraps sets in a v9 header with a source id.
func v9Message(tb testing.TB, source int, sets string) []byte {
	tb.Helper()
	return unhex(tb, fmt.Sprintf("00090001 000003e8 6553f100 00000001 %08x ", source)+sets)
}

// packetsTemplate is template 256 with packets (2), and 258 with packets and a
// sampler (48).
const (
	packetsTemplate = "00000018 01000001 00020004 01020002 00020004 00300001"
	fivePackets     = "01000008 00000005"
)

// TestSamplingEncodings reads the rate from every form that exporters use.
func TestSamplingEncodings(t *testing.T) {
	options := func(fields, values string, n int) string {
		// Options template 257 with scope 1 (system) of four bytes, then one record.
		size := 4
		for i := range n {
			var id, length int
			_, err := fmt.Sscanf(fields[i*9:], "%04x%04x", &id, &length)
			require.NoError(t, err)
			size += length
		}
		return fmt.Sprintf("0001%04x 0101 0004 %04x 00010004 %s 0101%04x 00000000 %s", 10+4+4*n, 4*n, fields, 4+size, values)
	}
	for _, c := range []struct {
		name    string
		options string
		want    float64
	}{
		{"34 of four bytes", options("00220004 ", "00000400", 1), 1024},
		{"34 of two bytes", options("00220002 ", "03e8", 1), 1000},
		{"34 of one byte", options("00220001 ", "0a", 1), 10},
		{"50", options("00320004 ", "000007d0", 1), 2000},
		{"305 and 306: one in 1000", options("01310004 01320004 ", "00000001 000003e7", 2), 1000},
		{"305 and 306: two in ten", options("01310004 01320004 ", "00000002 00000008", 2), 5},
		{"309 and 310 beside a lone 305 of 1", options("01300002 01310004 01350004 01360004 ", "0003 00000001 00000001 00000100", 4), 256},
		{"304 asks for 305 and 306", options("01300002 01310004 01320004 01350004 01360004 ", "0001 00000001 00000063 00000001 00000100", 5), 100},
		{"311", options("01370008 ", "3f50624dd2f1a9fc", 1), 1000},
		{"305 alone", options("01310004 ", "00000200", 1), 512},
		{"305 of 1 alone says nothing", options("01310004 ", "00000001", 1), 0},
		{"0 says nothing", options("00220004 ", "00000000", 1), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			samples, st := decodeAll(v9Message(t, 7, packetsTemplate+" "+c.options), v9Message(t, 7, fivePackets))
			require.Len(t, samples, 1, st.LastError)
			assert.Zero(t, st.Errors.Total(), st.LastError)
			assert.InDelta(t, c.want, samples[0].Rate, 1e-9)
			assert.EqualValues(t, 5, samples[0].Packets)
		})
	}
}

func TestEverySamplerHasItsRate(t *testing.T) {
	options := `00010016 0101 0004 0008 00010004 00300001 00320004
		01010016 00000000 01 000007d0 00000000 02 00000fa0`
	samples, st := decodeAll(v9Message(t, 7, packetsTemplate+options),
		v9Message(t, 7, "01020018 00000001 01 00000001 02 00000001 09 00000001 00"), v9Message(t, 8, packetsTemplate+" 01020009 00000001 01"))
	assert.Zero(t, st.Errors.Total(), st.LastError)
	require.Len(t, samples, 5)
	for i, want := range []float64{2000, 4000, 0, 0, 0} {
		assert.InDelta(t, want, samples[i].Rate, 1e-9, "record %d: sampler %d of domain %d", i, samples[i].Stream.Sampler, samples[i].Stream.Domain)
	}
}

func TestRateOfAnInterface(t *testing.T) {
	// Scope 2 is an interface: 4 is sampled at 100, 5 at 200.
	options := "00010012 0101 0004 0004 00020004 00220004 01010014 00000004 00000064 00000005 000000c8"
	template := "00000014 01000003 00020004 000a0004 000e0004"
	samples, _ := decodeAll(v9Message(t, 1, options+template), v9Message(t, 1, "0100001c 00000001 00000004 00000009 00000001 00000005 00000009"))
	require.Len(t, samples, 2)
	assert.InDelta(t, 100, samples[0].Rate, 1e-9)
	assert.InDelta(t, 200, samples[1].Rate, 1e-9)
}

func TestRateInTheRecord(t *testing.T) {
	samples, _ := decodeAll(v9Message(t, 1, "00000010 01000002 00020004 00320002 0100000a 00000001 0800"))
	require.Len(t, samples, 1)
	assert.InDelta(t, 2048, samples[0].Rate, 1e-9)
	assert.Equal(t, RateFromRecord, samples[0].RateSource)
}

func TestDomainsAreApart(t *testing.T) {
	samples, st := decodeAll(v9Message(t, 1, packetsTemplate), v9Message(t, 2, fivePackets))
	assert.Empty(t, samples)
	assert.EqualValues(t, 1, st.UnknownSets)
	assert.EqualValues(t, 1, st.UnknownTemplates)
	_, st = decodeAll(v9Message(t, 2, fivePackets), v9Message(t, 2, packetsTemplate))
	assert.EqualValues(t, 1, st.UnknownSets)
	assert.Zero(t, st.UnknownTemplates, "the template came later")
}

func TestWithdrawalForgetsATemplate(t *testing.T) {
	ipfix := func(body string) []byte {
		b := unhex(t, body)
		return append(unhex(t, fmt.Sprintf("000a%04x 6553f100 00000001 00000000", 16+len(b))), b...)
	}
	tpl, data := ipfix("0002000c 01000001 00020004"), ipfix("01000008 00000005")
	samples, _ := decodeAll(tpl, data)
	assert.Len(t, samples, 1)
	for name, w := range map[string][]byte{"one": ipfix("00020008 01000000"), "all": ipfix("00020008 00020000")} {
		samples, st := decodeAll(tpl, w, data)
		assert.Empty(t, samples, name)
		assert.EqualValues(t, 1, st.UnknownSets, name)
	}
}

func TestTemplatesAreBounded(t *testing.T) {
	d := newDecoder(router, func(*Sample) {})
	for i := range 3 * maxTemplates {
		d.datagram(v9Message(t, i, "0000000c 01000001 00020004 03e70008 00000000"), noon)
	}
	st := d.snapshot()
	assert.Equal(t, maxTemplates, st.Templates)
	assert.LessOrEqual(t, len(d.streams), maxStreams)
	assert.LessOrEqual(t, len(d.templates.waiting), maxWaiting)
	assert.Positive(t, st.Errors[TableFull])
}

func TestTimesDoNotNeedTheExportersClock(t *testing.T) {
	// Uptime 10 s; the flow began at 4 s and ended at 9 s. The header's clock is
	// years away from noon.
	b := unhex(t, "00090001 00002710 10000000 00000001 00000000 00000014 01000003 00020004 00160004 00150004 01000010 00000001 00000fa0 00002328")
	samples, st := decodeAll(b)
	require.Len(t, samples, 1)
	assert.Equal(t, noon.Add(-6*time.Second), samples[0].Start)
	assert.Equal(t, noon.Add(-time.Second), samples[0].End)
	assert.True(t, st.SkewKnown)
	assert.Greater(t, st.Skew.Abs(), 24*time.Hour)
}

func TestV5AgeDoesNotWrap(t *testing.T) {
	// The flow ended a little after the header was written.
	r := record{start: 1010, startEl: elStartUptime}
	age, ok := r.age(r.start, r.startEl, moment{at: noon, now: noon, uptime: 1000})
	assert.True(t, ok)
	assert.Zero(t, age)
}

func TestSequenceGaps(t *testing.T) {
	follow := func(steps ...[2]uint32) gaps {
		var q sequence
		for _, s := range steps {
			q.seen(s[0], s[1], true)
		}
		return q.best()
	}
	assert.Equal(t, gaps{0, 3, 2}, follow([2]uint32{1, 28}, [2]uint32{2, 28}, [2]uint32{3, 28}), "numbered by datagram")
	assert.Zero(t, follow([2]uint32{0, 28}, [2]uint32{28, 28}, [2]uint32{56, 28}).lost, "numbered by record")
	assert.Equal(t, gaps{2, 5, 1}, follow([2]uint32{1, 28}, [2]uint32{4, 28}, [2]uint32{5, 28}), "two datagrams lost")
	assert.EqualValues(t, 28, follow([2]uint32{0, 28}, [2]uint32{56, 28}, [2]uint32{84, 28}).lost, "28 records lost")
	assert.Zero(t, follow([2]uint32{1, 5}, [2]uint32{3, 5}, [2]uint32{2, 5}, [2]uint32{4, 5}).lost, "overtaken")
	assert.Zero(t, follow([2]uint32{1<<32 - 1, 5}, [2]uint32{0, 5}).lost, "wrapped")
	assert.Zero(t, follow([2]uint32{4000000000, 5}, [2]uint32{0, 5}, [2]uint32{1, 5}).lost, "restarted")
}

// encodedSFlow is a datagram with n compact samples of a UDP packet.
func encodedSFlow(tb testing.TB, n int) []byte {
	tb.Helper()
	b := unhex(tb, "00000005 00000001 c0000201 00000000 00000001 00000001")
	b = be.AppendUint32(b, uint32(n))
	for range n {
		b = append(b, unhex(tb, `00000001 00000064 00000001 00000003 000003e8 00000000 00000000 00000002 00000003 00000001
			00000001 0000003c 00000001 000005ea 00000004 0000002a 000000000000 000000000000 0800
			4500001c 00000000 40110000 ac100001 c0a80001 13881389 00080000 0000`)...)
	}
	return b
}

func TestSFlow(t *testing.T) {
	samples, st := decodeAll(encodedSFlow(t, 2))
	assert.Zero(t, st.Errors.Total(), st.LastError)
	require.Len(t, samples, 2)
	s := samples[0]
	assert.Equal(t, "172.16.0.1", s.Src.String())
	assert.Equal(t, "192.168.0.1", s.Dst.String())
	assert.EqualValues(t, 5000, s.SrcPort)
	assert.InDelta(t, 1000, s.Rate, 1e-9)
	assert.EqualValues(t, 1514, s.Bytes)
	assert.Equal(t, ObservedEgress, s.Observed, "the data source is the output")
}

func TestSFlowInterfaceFormats(t *testing.T) {
	for value, want := range map[string]struct {
		out     uint32
		dropped bool
	}{
		"00000003": {3, false},
		"40000001": {0, true},  // discarded, reason 1
		"80000007": {0, false}, // to seven interfaces
		"3fffffff": {0, false}, // the device itself
	} {
		b := encodedSFlow(t, 1)
		copy(b[28+8+6*4:], unhex(t, value))
		samples, st := decodeAll(b)
		require.Len(t, samples, 1, st.LastError)
		assert.Equal(t, want.out, samples[0].Out, value)
		assert.Equal(t, want.dropped, samples[0].Dropped, value)
	}
}
