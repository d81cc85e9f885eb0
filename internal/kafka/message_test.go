package kafka

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	flowmessage "github.com/netsampler/goflow2/v2/pb"

	"github.com/twinpath/twinpath/internal/flow"
)

// decoded are the samples in a value.
func decoded(tb testing.TB, value []byte) ([]flow.Sample, error) {
	tb.Helper()
	var m message
	var out []flow.Sample
	err := decode(value, &m, func(m *message) {
		var s flow.Sample
		if m.sample(&s) {
			out = append(out, s)
		}
	})
	return out, err
}

func marshal(tb testing.TB, m *flowmessage.FlowMessage) []byte {
	tb.Helper()
	b, err := proto.Marshal(m)
	require.NoError(tb, err)
	return b
}

func base() *flowmessage.FlowMessage {
	return &flowmessage.FlowMessage{
		Type: flowmessage.FlowMessage_NETFLOW_V9, SamplerAddress: []byte{172, 16, 255, 1}, Packets: 3, Bytes: 4500,
		SrcAddr: []byte{172, 16, 1, 1}, DstAddr: []byte{192, 168, 1, 1}, OutIf: 12, SamplingRate: 100,
	}
}

// TestFraming reads one message bare, one with its length, several in a row, and
// one whose length is the character that JSON begins with.
func TestFraming(t *testing.T) {
	one := marshal(t, base())
	long := base()
	long.MplsLabel = make([]uint32, 200)
	for len(marshal(t, long)) > 123 {
		long.MplsLabel = long.MplsLabel[1:]
	}
	brace := marshal(t, long)
	require.Len(t, brace, 123)
	prefixed := func(b []byte) []byte { return append([]byte{byte(len(b))}, b...) }
	for name, c := range map[string]struct {
		value []byte
		n     int
	}{
		"bare":                   {one, 1},
		"with its length":        {prefixed(one), 1},
		"three":                  {append(append(prefixed(one), prefixed(brace)...), prefixed(one)...), 3},
		"a length of 123 is a {": {prefixed(brace), 1},
	} {
		got, err := decoded(t, c.value)
		require.NoError(t, err, name)
		require.Len(t, got, c.n, name)
		assert.Equal(t, netip.MustParseAddr("172.16.255.1"), got[0].Stream.Exporter, name)
		assert.EqualValues(t, 12, got[0].Out, name)
	}
}

func TestWhatIsNoMessage(t *testing.T) {
	for name, value := range map[string]string{
		"empty": "", "text": "hello, this is a log line", "other JSON": `{"user": "x", "type": "login"}`,
		"cut off": string(marshal(t, base())[:20]), "a number": "\x08", "no exporter": "\x08\x03\x50\x01",
		"endless length": strings.Repeat("\xff", 40),
	} {
		_, err := decoded(t, []byte(value))
		assert.Error(t, err, name)
	}
}

// TestRatesOfAPipeline: what goflow2 says when it does not know is not taken for
// "every packet".
func TestRatesOfAPipeline(t *testing.T) {
	for _, c := range []struct {
		kind   flowmessage.FlowMessage_FlowType
		rate   uint64
		want   float64
		source flow.RateSource
	}{
		{flowmessage.FlowMessage_NETFLOW_V9, 0, 0, flow.RateUnknown},
		{flowmessage.FlowMessage_NETFLOW_V9, 1, 0, flow.RateUnknown},
		{flowmessage.FlowMessage_IPFIX, 1, 0, flow.RateUnknown},
		{flowmessage.FlowMessage_IPFIX, 1000, 1000, flow.RateFromOptions},
		{flowmessage.FlowMessage_SFLOW_5, 1, 1, flow.RateFromRecord},
		{flowmessage.FlowMessage_NETFLOW_V5, 0, 0, flow.RateUnknown},
		{flowmessage.FlowMessage_NETFLOW_V5, 100, 100, flow.RateFromRecord},
	} {
		m := base()
		m.Type, m.SamplingRate = c.kind, c.rate
		got, err := decoded(t, marshal(t, m))
		require.NoError(t, err)
		require.Len(t, got, 1)
		assert.InDelta(t, c.want, got[0].Rate, 1e-9, c)
		assert.Equal(t, c.source, got[0].RateSource, c)
	}
}

// TestInterfaceFormatsOfSFlow: goflow2 leaves the format of a compact sample in
// the top bits.
func TestInterfaceFormatsOfSFlow(t *testing.T) {
	for raw, want := range map[uint32]struct {
		out     uint32
		dropped bool
	}{12: {12, false}, 0x40000001: {0, true}, 0x80000007: {0, false}, 0x3fffffff: {0, false}} {
		m := base()
		m.Type, m.OutIf = flowmessage.FlowMessage_SFLOW_5, raw
		got, err := decoded(t, marshal(t, m))
		require.NoError(t, err)
		assert.Equal(t, want.out, got[0].Out)
		assert.Equal(t, want.dropped, got[0].Dropped)
	}
	m := base()
	m.ForwardingStatus = 0x80
	got, err := decoded(t, marshal(t, m))
	require.NoError(t, err)
	assert.True(t, got[0].Dropped)
	assert.EqualValues(t, 12, got[0].Out, "32-bit indices of other protocols stay whole")
}

func FuzzDecode(f *testing.F) {
	one := marshal(f, base())
	f.Add(one)
	f.Add(append([]byte{byte(len(one))}, one...))
	f.Add([]byte(`{"type":"IPFIX","sampler_address":"172.16.255.1","packets":3,"proto":"TCP","time_received_ns":"2026-03-01T12:00:00Z"}`))
	f.Fuzz(func(t *testing.T, value []byte) {
		got, err := decoded(t, value)
		for _, s := range got {
			if s.Packets == 0 || !s.Stream.Exporter.IsValid() || s.Stream.Protocol == 0 {
				t.Fatalf("%v of %x", s, value)
			}
		}
		if err == nil && len(value) == 0 {
			t.Fatal("nothing is a message")
		}
	})
}

// BenchmarkDecode reads messages as goflow2 writes them to Kafka by default.
func BenchmarkDecode(b *testing.B) {
	one := base()
	one.SrcMac, one.DstMac, one.TimeReceivedNs, one.TimeFlowStartNs, one.TimeFlowEndNs = 1<<44, 1<<45, 1e18, 1e18, 1e18
	one.SrcPort, one.DstPort, one.Proto, one.NextHop = 1024, 443, 6, []byte{10, 0, 0, 1}
	body := marshal(b, one)
	value := append([]byte{byte(len(body))}, body...)
	var m message
	var s flow.Sample
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		if err := decode(value, &m, func(m *message) {
			if m.sample(&s) {
				n++
			}
		}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "messages/s")
}
