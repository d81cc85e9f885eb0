//go:build realkafka

// The test of this file needs a broker of Apache Kafka and goflow2's command;
// `make kafka` fetches both and runs it.

package kafka_test

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/twinpath/twinpath/internal/flow"
)

// port is one that was free a moment ago.
func port(t *testing.T, network string) int {
	t.Helper()
	if network == "udp" {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		require.NoError(t, err)
		defer c.Close() //nolint:errcheck // nothing waits in it
		return c.LocalAddr().(*net.UDPAddr).Port
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close() //nolint:errcheck // nothing waits in it
	return l.Addr().(*net.TCPAddr).Port
}

// output is what a process said, for the person who asks why it ended.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.b.String()
	return s[max(0, len(s)-4000):]
}

// process starts a command and ends it with the test.
func process(t *testing.T, name string, args ...string) *output {
	t.Helper()
	var out output
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return &out
}

// broker starts Apache Kafka in KRaft mode and returns its address.
func broker(t *testing.T) string {
	t.Helper()
	classes := filepath.Join(os.Getenv("TWINPATH_KAFKA_JARS"), "*")
	dir := t.TempDir()
	address, controller := fmt.Sprintf("127.0.0.1:%d", port(t, "tcp")), fmt.Sprintf("127.0.0.1:%d", port(t, "tcp"))
	properties := filepath.Join(dir, "server.properties")
	require.NoError(t, os.WriteFile(properties, []byte(strings.Join([]string{
		"process.roles=broker,controller", "node.id=1", "controller.quorum.voters=1@" + controller,
		"listeners=PLAINTEXT://" + address + ",CONTROLLER://" + controller, "controller.listener.names=CONTROLLER",
		"log.dirs=" + filepath.Join(dir, "data"), "offsets.topic.replication.factor=1", "offsets.topic.num.partitions=1",
		"transaction.state.log.replication.factor=1", "transaction.state.log.min.isr=1", "share.coordinator.state.topic.replication.factor=1",
		"group.initial.rebalance.delay.ms=0", "auto.create.topics.enable=false",
	}, "\n")), 0o600))
	java := []string{"-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classes}
	format := exec.Command("java", append(java, "kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", properties)...)
	said, err := format.CombinedOutput()
	require.NoError(t, err, string(said))
	out := process(t, "java", append(java, "kafka.Kafka", properties)...)
	require.Eventually(t, func() bool {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}, 60*time.Second, 100*time.Millisecond, "the broker listens: %s", out)
	return address
}

// TestRealPipeline sends export over UDP to goflow2's own command, which writes
// to Apache Kafka, and reads it with two members of a group and with one reader
// that is alone: each way every record once.
func TestRealPipeline(t *testing.T) {
	address := broker(t)
	cl := client(t, []string{address})
	adm := kadm.NewClient(cl)
	for _, form := range []string{"bin", "json"} {
		t.Run(form, func(t *testing.T) {
			name := "flows-" + form
			_, err := adm.CreateTopic(t.Context(), 4, 1, nil, name)
			require.NoError(t, err)
			udp := fmt.Sprintf("127.0.0.1:%d", port(t, "udp"))
			out := process(t, os.Getenv("TWINPATH_GOFLOW2"), "-listen", "netflow://"+udp+"?count=1&workers=1", "-addr", "127.0.0.1:0",
				"-format", form, "-transport", "kafka", "-transport.kafka.brokers", address, "-transport.kafka.topic", name,
				"-transport.kafka.flushfreq", "100ms")
			conn, err := net.Dial("udp", udp)
			require.NoError(t, err)
			t.Cleanup(func() { _ = conn.Close() })
			local := netip.MustParseAddrPort("127.0.0.1:1")
			url := "kafka://" + address + "/" + name
			var alone, first, second counts
			stopAlone := run(t, open(t, url, alone.config(local)))
			stopFirst := run(t, open(t, url+"?group=verify", first.config(local)))
			stopSecond := run(t, open(t, url+"?group=verify", second.config(local)))
			datagrams := export(flow.IPFIX, 100, 1, time.Now())
			require.Eventually(t, func() bool { // a closed port refuses what was sent before
				_, err := conn.Write(datagrams[0])
				return err == nil && strings.Contains(out.String(), "starting collection")
			}, 20*time.Second, 200*time.Millisecond, "goflow2 starts: %s", out)
			sent := 0
			for _, b := range datagrams[1:] {
				_, err := conn.Write(b)
				require.NoError(t, err)
				sent += 10
				time.Sleep(20 * time.Millisecond) // the group settles meanwhile
			}
			assert.Eventually(t, func() bool { return alone.len() >= sent }, 30*time.Second, 50*time.Millisecond, "%s", out)
			require.NoError(t, stopSecond())
			require.NoError(t, stopFirst())
			require.NoError(t, stopAlone())
			assert.Equal(t, sent, alone.len())
			assert.Equal(t, sent, first.len()+second.len(), "every record once")
			assert.Positive(t, second.len(), "the second member had a share")
			assert.InDelta(t, 100, alone.samples[sent-1].Rate, 1e-9)
			t.Logf("%d records: alone %d, members %d and %d", sent, alone.len(), first.len(), second.len())
		})
	}
}
