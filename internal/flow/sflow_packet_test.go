package flow

import (
	"bytes"
	"fmt"
	"net/netip"
	"testing"

	"github.com/netsampler/goflow2/v2/decoders/sflow"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// richSample is one flow sample with every record that is read, but the one
// with the packet's header where headerless is true.
func richSample(tb testing.TB, expanded, headerless bool) []byte {
	tb.Helper()
	records := `000003e9 00000010 00000064 00000000 000000c8 00000000
		000003ea 00000010 00000001 0a000001 00000018 00000010
		000003eb 0000002c 00000002 20010db8000000000000000000000001 00000001 00000002 00000003 00000001 00000002 00000000 `
	if headerless {
		records += "00000003 00000020 000005dc 00000006 ac100001 c0a80001 00001389 000001bb 00000010 00000000"
	} else {
		records += `00000001 0000003c 00000001 000005ea 00000004 0000002a 000000000000 000000000000 0800
			4500001c 00000000 40110000 ac100001 c0a80001 13881389 00080000 0000`
	}
	body := unhex(tb, records)
	head := unhex(tb, "00000001 0000000c 000003e8 00000000 00000005 00000002 0000000c 00000004")
	format := 1
	if expanded {
		format = 3
		head = unhex(tb, "00000001 00000000 0000000c 000003e8 00000000 00000005 00000000 00000002 00000000 0000000c 00000004")
	}
	b := unhex(tb, "00000005 00000001 c0000201 00000003 00000001 00000001 00000001")
	b = append(b, unhex(tb, fmt.Sprintf("%08x %08x", format, len(head)+len(body)))...)
	return append(append(b, head...), body...)
}

func TestEveryRecordOfASample(t *testing.T) {
	for _, expanded := range []bool{false, true} {
		for _, headerless := range []bool{false, true} {
			samples, st := decodeAll(richSample(t, expanded, headerless), richSample(t, expanded, headerless))
			require.Zero(t, st.Errors.Total(), st.LastError)
			require.Len(t, samples, 2)
			want := Sample{
				Stream: Stream{Exporter: router, Protocol: SFlow, Domain: 3}, In: 2, Out: 12, SrcVLAN: 100, DstVLAN: 200,
				NextHop: netip.MustParseAddr("10.0.0.1"), BGPNextHop: netip.MustParseAddr("2001:db8::1"),
				Src: netip.MustParseAddr("172.16.0.1"), Dst: netip.MustParseAddr("192.168.0.1"), SrcPort: 5000, DstPort: 5001, Proto: 17,
				Observed: ObservedEgress, Packets: 1, Bytes: 1514, Rate: 1000, RateSource: RateFromRecord,
				Received: noon, Start: noon, End: noon,
			}
			if headerless {
				want.SrcPort, want.DstPort, want.Proto, want.Bytes = 5001, 443, 6, 1500
			}
			assert.Equal(t, want, samples[0])
		}
	}
}

// FuzzSample holds what is read of a flow sample against goflow2's decoder.
func FuzzSample(f *testing.F) {
	for _, expanded := range []bool{false, true} {
		for _, headerless := range []bool{false, true} {
			f.Add(expanded, richSample(f, expanded, headerless)[36:])
		}
	}
	f.Fuzz(func(t *testing.T, expanded bool, b []byte) {
		format := uint32(sflowCompact)
		if expanded {
			format = sflowExpanded
		}
		if known, err := guardSample(format, b); !known || err != nil || len(b) > 4096 {
			return
		}
		var got []Sample
		d := newDecoder(router, func(s *Sample) { got = append(got, *s) })
		d.received = noon
		d.flowSample(3, format, b)
		require.Len(t, got, 1)
		h := sflow.SampleHeader{Format: format, Length: uint32(len(b))}
		decoded, err := sflow.DecodeSample(&h, bytes.NewBuffer(bytes.Clone(b)))
		if err != nil {
			return // goflow2 gives a sample up for one of its records
		}
		switch w := decoded.(type) {
		case sflow.FlowSample:
			assert.InDelta(t, float64(w.SamplingRate), got[0].Rate, 0)
			assert.Equal(t, port(w.Output>>30, w.Output&localPort), got[0].Out)
			assert.Equal(t, port(w.Input>>30, w.Input&localPort), got[0].In)
		case sflow.ExpandedFlowSample:
			assert.InDelta(t, float64(w.SamplingRate), got[0].Rate, 0)
			assert.Equal(t, port(w.OutputIfFormat, w.OutputIfValue), got[0].Out)
			assert.Equal(t, port(w.InputIfFormat, w.InputIfValue), got[0].In)
		}
	})
}
