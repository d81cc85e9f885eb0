package gateway_test

import (
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/twinpath/twinpath/internal/gateway"
	"github.com/twinpath/twinpath/vendors"
)

// BenchmarkGateways plays 200 gateways in one process, which think 20 ms about
// each line, and types 40 lines at all of them at once. The memory is that of
// both ends of the connections.
func BenchmarkGateways(b *testing.B) {
	const count, lines = 200, 40
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		all := make([]*gateway.Gateway, count)
		for i := range all {
			var err error
			all[i], err = gateway.New(gateway.Options{Systems: vendors.FS, OS: "huawei-vrp8", Fresh: true, Quiet: true, Reply: 20 * time.Millisecond})
			require.NoError(b, err)
		}
		var g sync.WaitGroup
		for _, one := range all {
			g.Go(func() { typeLines(b, one, lines) })
		}
		g.Wait()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapInuse+after.StackInuse-before.HeapInuse-before.StackInuse)/count/1024, "KiB/gateway")
		for _, one := range all {
			require.NoError(b, one.Close())
		}
	}
}

// typeLines types lines of configuration, each after the prompt of the one before.
func typeLines(b *testing.B, g *gateway.Gateway, lines int) {
	b.Helper()
	conn, err := ssh.Dial("tcp", g.Addr.String(), &ssh.ClientConfig{
		User: "netops", Auth: []ssh.AuthMethod{ssh.PublicKeys(g.UserKey)}, HostKeyCallback: ssh.FixedHostKey(g.HostKey.PublicKey()),
	})
	require.NoError(b, err)
	s, err := conn.NewSession()
	require.NoError(b, err)
	in, err := s.StdinPipe()
	require.NoError(b, err)
	out, err := s.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, s.Shell())
	until := func(end string) {
		var got strings.Builder
		buf := make([]byte, 512)
		for !strings.HasSuffix(got.String(), end) {
			n, err := out.Read(buf)
			require.NoError(b, err)
			got.Write(buf[:n])
		}
	}
	until("<gw1>")
	for i := range lines {
		line, end := "ip route-static 10.1.0.0 255.255.0.0 10.0.0.1 description x", "[*gw1]"
		if i == 0 {
			line, end = "system-view", "[~gw1]"
		}
		_, err := io.WriteString(in, line+"\r")
		require.NoError(b, err)
		until(end)
	}
}
