package device_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/device"
	"github.com/twinpath/twinpath/internal/devicetest"
	"github.com/twinpath/twinpath/internal/vendor"
)

// BenchmarkLine is what a line costs beside the time that the gateway takes.
func BenchmarkLine(b *testing.B) {
	var typed atomic.Int64
	server := devicetest.Start(b, func() devicetest.CLI { return &script{prompt: "gw", typed: &typed} })
	s, err := device.Open(b.Context(), device.Target{
		Host:     device.Host{Address: "127.0.0.1", Port: server.Addr.Port, Username: "netops", KeyFile: server.KeyFile(), KnownHosts: server.KnownHosts()},
		Platform: []byte(definition), Rules: &vendor.SessionRules{}, Timeout: 10 * time.Second,
	})
	require.NoError(b, err)
	defer func() { _ = s.Close() }()
	_, err = s.Act(b.Context(), "configure terminal")
	require.NoError(b, err)
	for b.Loop() {
		require.NoError(b, s.Line(b.Context(), "ip route 10.0.0.0 255.0.0.0 10.0.0.1 name x track 1"))
	}
}
