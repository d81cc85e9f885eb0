//go:build unix

package cli

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/flow"
)

// silent is a source that nothing was heard of.
type silent struct{}

func (silent) Run(context.Context) error { return nil }
func (silent) Stats() flow.Stats         { return flow.Stats{} }

// TestLiveViewOnATerminal shows the view on a real pseudo-terminal: the shares
// have the intervals of who watches, and at the end the view makes room for the
// result.
func TestLiveViewOnATerminal(t *testing.T) {
	t.Setenv("TERM", "xterm-256color")
	ptmx, tty, err := pty.Open()
	require.NoError(t, err)
	defer ptmx.Close() //nolint:errcheck // a test's terminal
	require.NoError(t, pty.Setsize(ptmx, &pty.Winsize{Rows: 24, Cols: 100}))
	var seen log
	read := make(chan struct{})
	go func() {
		defer close(read)
		b := make([]byte, 4096)
		for {
			n, err := ptmx.Read(b)
			_, _ = seen.Write(b[:n]) // it never fails
			if err != nil {
				return
			}
		}
	}()
	v := local(t, Streams{Err: tty})
	f, ok := v.st.terminal()
	require.True(t, ok)
	start := time.Now()
	sink := v.sink(start)(v.from[0])
	for i := range 300 {
		sink(&flow.Sample{
			Stream: flow.Stream{Exporter: v.from[0]}, Src: netip.MustParseAddr("172.16.1.1"), Dst: netip.MustParseAddr("192.168.1.1"),
			SrcPort: uint16(i), Proto: 17, Packets: 1, Bytes: 100, Rate: 100, Received: start,
			NextHop: netip.AddrFrom4([4]byte{10, 0, 0, byte(1 + i%2*4)}), Observed: flow.ObservedEgress,
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		v.showLive(ctx, f, silent{}, start, time.Minute)
	}()
	require.Eventually(t, func() bool { return strings.Contains(seen.String(), "unattributed") }, 20*time.Second, 5*time.Millisecond)
	cancel()
	<-done
	require.NoError(t, tty.Close())
	<-read
	assert.Regexp(t, `ec1 +50\.0 % [·┃━]+●[·━]+ 40\.0 % to 60\.0 %`, seen.String(), "300 samples: Wilson would say 44 to 56")
	assert.Contains(t, seen.String(), "so far inconclusive")
	assert.Contains(t, seen.String(), "\x1b[J", "the view was not taken away")
	assert.True(t, v.watched)
}

// TestNoLiveViewElsewhere: in a file or a pipe there are lines.
func TestNoLiveViewElsewhere(t *testing.T) {
	_, ok := Streams{Err: &log{}}.terminal()
	assert.False(t, ok)
}
