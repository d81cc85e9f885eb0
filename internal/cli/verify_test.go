package cli

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/flowtest"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/split"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// log is a writer that may be read while it is written.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// local is a verification of the model case whose gateway exports from
// 127.0.0.1.
func local(t *testing.T, st Streams) *verification {
	t.Helper()
	in, err := newInput()
	require.NoError(t, err)
	ss, inv := in.load([]string{"../../inventory/shanghai/scenario.yaml"}, "../../inventory/shanghai/cisco-iosxe.yaml")
	require.Len(t, ss, 1)
	inv.Gateways[0].FlowSource.Address.Val = netip.MustParseAddr("127.0.0.1")
	v, err := in.verification(st, ss[0], inv)
	require.NoError(t, err)
	require.NotNil(t, v)
	return v
}

var listening = regexp.MustCompile(`listening on (\S+) for (\S+),`)

// TestLiveEndsByHand sends export to a listening verification and ends it as
// Ctrl-C does: the result is from what was seen.
func TestLiveEndsByHand(t *testing.T) {
	var errs log
	v := local(t, Streams{Err: &errs})
	ctx, cancel := context.WithCancel(t.Context())
	type outcome struct {
		r   *split.Result
		err error
	}
	done := make(chan outcome)
	go func() {
		r, err := v.live(ctx, verifyOptions{listen: "127.0.0.1:0", window: time.Second})
		done <- outcome{r, err}
	}()
	require.Eventually(t, func() bool { return listening.MatchString(errs.String()) }, 5*time.Second, time.Millisecond)
	found := listening.FindStringSubmatch(errs.String())
	assert.Equal(t, "2m20s", found[2], "60s active timeout, 15s inactive, 5s for the export, and 60s that are judged")
	assert.Contains(t, errs.String(), "note: --for 1s is too short")

	conn, err := net.Dial("udp", found[1])
	require.NoError(t, err)
	defer conn.Close() //nolint:errcheck // nothing waits in a UDP socket
	e := flowtest.Encoder{Protocol: flow.NetFlowV9, Rate: 100, Boot: time.Now().Add(-time.Hour)}
	_, err = conn.Write(e.Options(time.Now()))
	require.NoError(t, err)
	traffic := flowtest.Traffic{
		Flows: 100, Out: []uint32{0, 0}, Share: []float64{.5, .5}, Src: netip.MustParseAddr("172.16.1.1"), Dst: netip.MustParseAddr("192.168.1.1"),
		NextHop: []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.5")},
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		now := time.Now()
		_, err = conn.Write(e.Data(now, traffic.Samples(rng, 20, now, now)))
		require.NoError(t, err)
	}
	// Ending reads what the kernel has taken.
	cancel()
	got := <-done
	require.NoError(t, got.err)
	assert.Equal(t, split.Pass, got.r.Verdict, got.r.Reason)
	assert.InDelta(t, 1000, got.r.Effective, 1)
	assert.Contains(t, errs.String(), "ended by hand")
	assert.True(t, strings.HasSuffix(errs.String(), "\n"))
}

func TestShortestWindow(t *testing.T) {
	s := &scenario.Scenario{}
	least, _ := shortest(s)
	assert.Equal(t, 140*time.Second, least)
	s.FlowExport = &scenario.FlowExport{Protocol: yamlpos.Default(scenario.IPFIX), ActiveTimeout: yamlpos.Default(5 * time.Second)}
	least, _ = shortest(s)
	assert.Equal(t, 20*time.Second, least)
	s.FlowExport.Protocol = yamlpos.Default(scenario.SFlow)
	least, _ = shortest(s)
	assert.Equal(t, 10*time.Second, least)
}
