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
			if *update {
				require.NoError(t, os.WriteFile(file, b.Bytes(), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(want, b.Bytes()), "%s is not what the encoder writes; run go test ./internal/flowtest -update", file)
		})
	}
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
