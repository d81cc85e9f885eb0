package flow

import (
	"encoding/hex"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	router = netip.MustParseAddr("192.0.2.1")
	noon   = time.Unix(1700000000, 0)
)

// unhex reads the hex words of a datagram.
func unhex(tb testing.TB, words string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(words), ""))
	require.NoError(tb, err)
	return b
}

// decodeAll decodes datagrams of one exporter in their order.
func decodeAll(datagrams ...[]byte) ([]Sample, ExporterStats) {
	var out []Sample
	d := newDecoder(router, func(s *Sample) { out = append(out, *s) })
	for i, b := range datagrams {
		d.datagram(b, noon.Add(time.Duration(i)*time.Second))
	}
	return out, d.snapshot()
}

// captured reads a payload of a real device. They are not part of this
// repository; the test is skipped where they are absent.
func captured(tb testing.TB, names ...string) [][]byte {
	tb.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "peers", "flow")
	if _, err := os.Stat(dir); err != nil {
		tb.Skip("the payloads of real devices are not here")
	}
	var out [][]byte
	for _, n := range names {
		b, err := os.ReadFile(filepath.Join(dir, n))
		require.NoError(tb, err)
		out = append(out, b)
	}
	return out
}

// TestRealDevices reads payloads of real devices and holds what they say of
// interfaces, next hops and sampling.
func TestRealDevices(t *testing.T) {
	for _, c := range []struct {
		name    string
		files   []string
		samples int
		in, out uint32
		nextHop string
		bgp     string
		rate    float64
		source  RateSource
	}{
		{"netflow v5", []string{"netflow5_test_juniper_mx80.dat"}, 29, 542, 536, "192.168.0.2", "", 1000, RateFromRecord},
		{"v9 with direction", []string{"netflow9_cisco_asr1001x_tpl259.dat"}, 25, 4, 16, "10.10.5.100", "", 0, RateUnknown},
		{"v9 without output", []string{"netflow9_test_cisco_1941K9.dat"}, 29, 17, 0, "", "", 0, RateUnknown},
		{
			"v9 with BGP next hop only",
			[]string{"netflow9_test_cisco_asr9k_opttpl256.dat", "netflow9_test_cisco_asr9k_tpl260.dat", "netflow9_test_cisco_asr9k_data260.dat"},
			21, 110, 158, "", "10.0.14.33", 0, RateUnknown,
		},
		{
			"v9 with text of variable length",
			[]string{"netflow9_test_h3c_netstream_varstring_tpl3281.dat", "netflow9_test_h3c_netstream_varstring_data3281.dat"},
			1, 17, 0, "", "", 0, RateUnknown,
		},
		{
			"v9 from a switch",
			[]string{"netflow9_test_huawei_netstream_tpl.dat", "netflow9_test_huawei_netstream_data.dat"},
			1, 8, 31, "10.108.252.41", "", 0, RateUnknown,
		},
		{"v9 of an old probe", []string{"netflow9_test_softflowd_tpl_data.dat"}, 7, 0, 0, "", "", 0, RateUnknown},
		{"several IPFIX messages in one file", []string{"ipfix.dat"}, 12, 0, 0, "", "", 1, RateFromOptions},
	} {
		t.Run(c.name, func(t *testing.T) {
			samples, st := decodeAll(captured(t, c.files...)...)
			assert.Zero(t, st.Errors.Total(), st.LastError)
			require.Len(t, samples, c.samples)
			s := samples[0]
			assert.Equal(t, c.in, s.In)
			assert.Equal(t, c.out, s.Out)
			assert.InDelta(t, c.rate, s.Rate, 1e-9)
			assert.Equal(t, c.source, s.RateSource)
			for want, got := range map[string]netip.Addr{c.nextHop: s.NextHop, c.bgp: s.BGPNextHop} {
				if want != "" {
					assert.Equal(t, want, got.String())
				}
			}
			assert.Positive(t, s.Packets)
			assert.Positive(t, s.Bytes)
			assert.True(t, s.Src.IsValid() && s.Dst.IsValid())
		})
	}
}

func TestTruncatedV5GivesNoRecords(t *testing.T) {
	samples, st := decodeAll(captured(t, "netflow5_test_invalid01.dat")...)
	assert.Empty(t, samples)
	assert.Equal(t, map[string]uint64{"malformed": 1}, st.Errors.ByKind())
}
