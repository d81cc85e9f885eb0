package cli_test

import (
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/flowtest"
)

const (
	verifyScenario  = "../../inventory/shanghai/scenario.yaml"
	verifyInventory = "../../inventory/shanghai/cisco-iosxe.yaml"
)

// outcome is what scripts read of `verify --format json`.
type outcome struct {
	Verdict  string
	Reason   string
	Circuits []struct {
		Name             string
		Packets          float64
		Share, Low, High float64
	}
	Unattributed *float64
}

func verifyCapture(t *testing.T, file string) (int, outcome) {
	t.Helper()
	code, out, errs := run("verify", verifyScenario, "-i", verifyInventory, "--pcap", file, "--format", "json")
	var o outcome
	require.NoError(t, json.Unmarshal([]byte(out), &o), "exit %d: %s%s", code, out, errs)
	return code, o
}

// TestEveryShippedCapture: each ends in the verdict that it was made for.
func TestEveryShippedCapture(t *testing.T) {
	exits := map[string]int{"pass": 0, "fail": 8, "inconclusive": 9}
	want := map[string]string{
		"v5": "pass", "v9": "pass", "v9-norate": "pass", "ipfix": "pass", "v9-cut": "fail",
		// Of the whole time; that a circuit was down in it is seen in the series.
		"failover": "pass",
		// It names interfaces by index only, and the inventory has no if_index.
		"sflow": "inconclusive",
	}
	files, err := filepath.Glob("../flowtest/testdata/*.pcap")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".pcap")
		t.Run(name, func(t *testing.T) {
			require.Contains(t, want, name, "a capture without an expectation")
			code, o := verifyCapture(t, f)
			assert.Equal(t, want[name], o.Verdict, o.Reason)
			assert.Equal(t, exits[o.Verdict], code)
			require.Len(t, o.Circuits, 2)
			assert.NotNil(t, o.Unattributed)
			if o.Verdict != "inconclusive" {
				assert.InDelta(t, 1, o.Circuits[0].Share+o.Circuits[1].Share, 1e-6)
			}
		})
	}
}

// crash are datagrams that end, hang or fool a process that hands them to
// goflow2 v2.2.6 as they come.
var crash = []string{
	"00000005 00000001 c0000201 00000000 00000001 00000001 00000001 00000003 0000002c 00000001 00000000 00000001 000003e8 00000000 00000000 00000000 00000001 00000000 00000002 ffffffff",
	"000a0018 6553f100 00000001 00000000 00020008 01000000",
	"000a001c 6553f100 00000001 00000000 0100000c 00000000 00000000",
	"00090001 000003e8 6553f100 00000001 00000000 0000000c 01000001 00010000",
	"00090001 000003e8 6553f100 00000001 00000000 0100000c 00000000 00000000",
	"0005ea60 000003e8 6553f100 00000000 00000001 00000000",
}

// TestCrashDatagramsInACapture: they end in counted errors and no verdict.
func TestCrashDatagramsInACapture(t *testing.T) {
	var ds []flowtest.Datagram
	for i, words := range crash {
		b, err := hex.DecodeString(strings.ReplaceAll(words, " ", ""))
		require.NoError(t, err)
		ds = append(ds, flowtest.Datagram{
			At: time.Unix(1700000000+int64(i), 0), From: netip.MustParseAddrPort("172.16.255.1:50000"),
			To: netip.MustParseAddrPort("172.16.255.10:2055"), Payload: b,
		})
	}
	file := filepath.Join(t.TempDir(), "crash.pcap")
	f, err := os.Create(file)
	require.NoError(t, err)
	require.NoError(t, flowtest.WritePcap(f, ds))
	require.NoError(t, f.Close())
	code, out, errs := run("verify", verifyScenario, "-i", verifyInventory, "--pcap", file, "--format", "json")
	assert.Equal(t, 9, code, errs)
	var o struct {
		Verdict  string
		Sampling struct{ Errors map[string]int }
	}
	require.NoError(t, json.Unmarshal([]byte(out), &o))
	assert.Equal(t, "inconclusive", o.Verdict)
	counted := 0
	for _, n := range o.Sampling.Errors {
		counted += n
	}
	assert.GreaterOrEqual(t, counted, 3, out)
}
