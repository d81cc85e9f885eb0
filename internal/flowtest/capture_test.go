package flowtest_test

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/flowtest"
)

var update = flag.Bool("update", false, "write the captures anew")

// TestShippedCaptures holds the captures of testdata to what the encoder
// writes: the export of the model case's gateway during one minute.
func TestShippedCaptures(t *testing.T) {
	for _, c := range []struct {
		name     string
		protocol flow.Protocol
		rate     uint32
		share    float64
	}{
		{"v9", flow.NetFlowV9, 1000, .5},
		{"v9-cut", flow.NetFlowV9, 1000, 0},
		{"v9-norate", flow.NetFlowV9, 0, .5},
		{"ipfix", flow.IPFIX, 1000, .4},
		{"v5", flow.NetFlowV5, 1000, .5},
		{"sflow", flow.SFlow, 1000, .6},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join("testdata", c.name+".pcap")
			var b bytes.Buffer
			require.NoError(t, flowtest.WritePcap(&b, minute(c.protocol, c.rate, c.share)))
			shipped(t, file, b.Bytes())
		})
	}
	t.Run("failover", func(t *testing.T) {
		var b bytes.Buffer
		require.NoError(t, flowtest.WritePcap(&b, failover()))
		shipped(t, filepath.Join("testdata", "failover.pcap"), b.Bytes())
	})
}

func shipped(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, got, 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(want, got), "%s is not what the encoder writes; run go test ./internal/flowtest -update", file)
}

// minute is the export of one minute, eight samples a second.
func minute(p flow.Protocol, rate uint32, share float64) []flowtest.Datagram {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	e := flowtest.Encoder{Protocol: p, Domain: 1, Rate: rate, Boot: noon.Add(-time.Hour)}
	traffic := flowtest.Traffic{
		Flows: 120, Out: []uint32{12, 13}, Share: []float64{share, 1 - share}, In: 2,
		NextHop: []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.5")},
		Src:     netip.MustParseAddr("172.16.1.1"), Dst: netip.MustParseAddr("192.168.1.1"),
	}
	from, to := netip.MustParseAddrPort("172.16.255.1:50000"), netip.MustParseAddrPort("172.16.255.10:2055")
	rng := rand.New(rand.NewPCG(1, uint64(p)))
	var out []flowtest.Datagram
	add := func(at time.Time, b []byte) {
		if b != nil {
			out = append(out, flowtest.Datagram{At: at, From: from, To: to, Payload: b})
		}
	}
	add(noon, e.Options(noon))
	for at := noon; at.Before(noon.Add(time.Minute)); at = at.Add(time.Second) {
		add(at, e.Data(at, traffic.Samples(rng, 8, at.Add(-5*time.Second), at.Add(-time.Second))))
	}
	return out
}

// failover is the export of five minutes in which the second circuit is lost
// after two and comes back after three and a half: the first sends nothing for
// three seconds, until the gateway has noticed, and then carries everything.
func failover() []flowtest.Datagram {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	e := flowtest.Encoder{Protocol: flow.IPFIX, Domain: 1, Rate: 1000, Boot: noon.Add(-time.Hour)}
	traffic := flowtest.Traffic{
		Flows: 400, Out: []uint32{12, 13}, In: 2,
		NextHop: []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.5")},
		Src:     netip.MustParseAddr("172.16.1.1"), Dst: netip.MustParseAddr("192.168.1.1"),
	}
	from, to := netip.MustParseAddrPort("172.16.255.1:50000"), netip.MustParseAddrPort("172.16.255.10:2055")
	rng := rand.New(rand.NewPCG(1, 99))
	out := []flowtest.Datagram{{At: noon, From: from, To: to, Payload: e.Options(noon)}}
	for at := noon; at.Before(noon.Add(5 * time.Minute)); at = at.Add(time.Second) {
		n := 20
		traffic.Share = []float64{.53, .47}
		switch since := at.Sub(noon); {
		case since >= 2*time.Minute && since < 2*time.Minute+3*time.Second:
			n, traffic.Share = 10, []float64{1, 0} // what went to the lost circuit is lost
		case since >= 2*time.Minute && since < 210*time.Second:
			traffic.Share = []float64{1, 0}
		}
		// Reported a second after the packets, as a cache does with short flows.
		out = append(out, flowtest.Datagram{At: at.Add(time.Second), From: from, To: to, Payload: e.Data(at.Add(time.Second), traffic.Samples(rng, n, at, at))})
	}
	return out
}
