package flow_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/flowtest"
)

var (
	noon     = time.Unix(1700000000, 0)
	exporter = netip.MustParseAddrPort("172.16.255.1:50000")
	stranger = netip.MustParseAddrPort("172.16.255.9:50000")
	listener = netip.MustParseAddrPort("172.16.255.10:2055")
)

func traffic(six bool) flowtest.Traffic {
	t := flowtest.Traffic{
		Flows: 100, Out: []uint32{12, 13}, Share: []float64{.5, .5}, In: 2,
		Src: netip.MustParseAddr("172.16.1.1"), Dst: netip.MustParseAddr("192.168.1.1"),
	}
	if six {
		t.Src, t.Dst = netip.MustParseAddr("2001:db8:1::1"), netip.MustParseAddr("2001:db8:2::1")
	}
	return t
}

// export is n datagrams of one exporter, ten records each.
func export(p flow.Protocol, six bool, n int) ([][]byte, []flow.Sample) {
	e := flowtest.Encoder{Protocol: p, Domain: 7, Rate: 100, Boot: noon.Add(-time.Hour)}
	rng := rand.New(rand.NewPCG(3, 5))
	var out [][]byte
	var all []flow.Sample
	if o := e.Options(noon); o != nil {
		out = append(out, o)
	}
	for range n {
		s := traffic(six).Samples(rng, 10, noon.Add(-3*time.Second), noon.Add(-time.Second))
		all = append(all, s...)
		out = append(out, e.Data(noon, s))
	}
	return out, all
}

// TestRoundTrip decodes what the encoder wrote, in every protocol.
func TestRoundTrip(t *testing.T) {
	for _, p := range []flow.Protocol{flow.NetFlowV5, flow.NetFlowV9, flow.IPFIX, flow.SFlow} {
		for _, six := range []bool{false, true} {
			if six && p == flow.NetFlowV5 {
				continue
			}
			t.Run(p.String()+map[bool]string{true: " IPv6"}[six], func(t *testing.T) {
				datagrams, want := export(p, six, 5)
				var got []flow.Sample
				d := flow.NewDecoder(exporter.Addr(), func(s *flow.Sample) { got = append(got, *s) })
				for _, b := range datagrams {
					d.Datagram(b, noon)
				}
				st := d.Stats()
				assert.Zero(t, st.Errors.Total(), st.LastError)
				assert.Zero(t, st.Lost)
				require.Len(t, got, len(want))
				for i, w := range want {
					w.Stream, w.Received, w.Rate = got[i].Stream, got[i].Received, 100
					w.RateSource = flow.RateFromOptions
					switch p {
					case flow.NetFlowV5:
						w.RateSource, w.Observed = flow.RateFromRecord, flow.ObservedUnknown
					case flow.SFlow:
						w.RateSource, w.Start, w.End = flow.RateFromRecord, noon, noon
					case flow.NetFlowV9, flow.IPFIX:
					}
					assert.Equal(t, w, got[i])
				}
			})
		}
	}
}

func writePcap(t *testing.T, from netip.AddrPort, payloads [][]byte) string {
	t.Helper()
	var ds []flowtest.Datagram
	for i, b := range payloads {
		ds = append(ds, flowtest.Datagram{At: noon.Add(time.Duration(i) * time.Second), From: from, To: listener, Payload: b})
	}
	name := filepath.Join(t.TempDir(), "export.pcap")
	f, err := os.Create(name)
	require.NoError(t, err)
	require.NoError(t, flowtest.WritePcap(f, ds))
	require.NoError(t, f.Close())
	return name
}

func count(n *int) func(netip.Addr) flow.Sink {
	return func(netip.Addr) flow.Sink { return func(*flow.Sample) { *n++ } }
}

func TestReadCapture(t *testing.T) {
	datagrams, want := export(flow.NetFlowV9, false, 6)
	n := 0
	cfg := flow.Config{Exporters: []netip.Addr{exporter.Addr()}, Sink: count(&n)}
	st, err := flow.ReadFile(t.Context(), writePcap(t, exporter, datagrams), cfg)
	require.NoError(t, err)
	assert.Len(t, want, n)
	assert.Equal(t, 6*time.Second, st.Last.Sub(st.First))

	n = 0
	cfg.For = 2 * time.Second
	_, err = flow.ReadFile(t.Context(), writePcap(t, exporter, datagrams), cfg)
	require.NoError(t, err)
	assert.Equal(t, 20, n, "two datagrams of ten records in the first two seconds")

	n = 0
	st, err = flow.ReadFile(t.Context(), writePcap(t, stranger, datagrams), cfg)
	require.NoError(t, err)
	assert.Zero(t, n)
	assert.EqualValues(t, 7, st.Refused)
	assert.Equal(t, stranger.Addr(), st.RefusedFrom)
}

func TestReadCaptureOfEveryKind(t *testing.T) {
	datagrams, want := export(flow.IPFIX, false, 1)
	name := writePcap(t, exporter, datagrams)
	f, err := os.Open(name)
	require.NoError(t, err)
	defer f.Close() //nolint:errcheck // nothing was written
	r, err := pcapgo.NewReader(f)
	require.NoError(t, err)
	var frames [][]byte
	for {
		b, _, err := r.ReadPacketData()
		if err != nil {
			break
		}
		frames = append(frames, b)
	}
	for link, head := range map[layers.LinkType][]byte{
		layers.LinkTypeEthernet:  append(make([]byte, 12), 0x81, 0, 0, 5, 0x08, 0),
		layers.LinkTypeLinuxSLL:  append(make([]byte, 14), 0x08, 0),
		layers.LinkTypeLinuxSLL2: append([]byte{8, 0}, make([]byte, 18)...),
		layers.LinkTypeRaw:       {},
		layers.LinkTypeNull:      {2, 0, 0, 0},
	} {
		var file bytes.Buffer
		w, err := pcapgo.NewNgWriter(&file, link)
		require.NoError(t, err)
		for _, b := range frames {
			b = append(append([]byte{}, head...), b[14:]...)
			require.NoError(t, w.WritePacket(gopacket.CaptureInfo{Timestamp: noon, CaptureLength: len(b), Length: len(b)}, b))
		}
		require.NoError(t, w.Flush())
		name := filepath.Join(t.TempDir(), "export.pcapng")
		require.NoError(t, os.WriteFile(name, file.Bytes(), 0o600))
		n := 0
		_, err = flow.ReadFile(t.Context(), name, flow.Config{Exporters: []netip.Addr{exporter.Addr()}, Sink: count(&n)})
		require.NoError(t, err)
		assert.Len(t, want, n, link)
	}
}

func TestReceiver(t *testing.T) {
	n := 0
	r, err := flow.Listen(t.Context(), "127.0.0.1:0", flow.Config{Exporters: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, Sink: count(&n)})
	require.NoError(t, err)
	defer r.Close() //nolint:errcheck // nothing waits in a UDP socket
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	datagrams, want := export(flow.NetFlowV9, false, 50)
	conn, err := net.Dial("udp", r.Addr().String())
	require.NoError(t, err)
	defer conn.Close() //nolint:errcheck // nothing waits in a UDP socket
	for _, b := range datagrams {
		_, err := conn.Write(b)
		require.NoError(t, err)
	}
	other := &net.Dialer{LocalAddr: &net.UDPAddr{IP: net.ParseIP("127.0.0.2")}}
	foreign, err := other.DialContext(t.Context(), "udp", r.Addr().String())
	if err == nil { // only Linux has all of 127/8
		_, err = foreign.Write(datagrams[1])
		require.NoError(t, err)
		require.NoError(t, foreign.Close())
		assert.Eventually(t, func() bool { return r.Stats().Refused == 1 }, 5*time.Second, time.Millisecond)
	}
	assert.Eventually(t, func() bool { st := r.Stats(); return st.Records() == uint64(len(want)) }, 5*time.Second, time.Millisecond)
	cancel()
	require.NoError(t, <-done)
	st := r.Stats()
	assert.Len(t, want, n)
	assert.Zero(t, st.KernelDrops)
	require.Len(t, st.Exporters, 1)
	assert.Zero(t, st.Exporters[0].Lost)
}
