package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	flowmessage "github.com/netsampler/goflow2/v2/pb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"github.com/twinpath/twinpath/internal/split"
)

// filledTopic is a broker whose topic has n messages of a window that is past,
// and the URL for that window. Two of three packets go over the first circuit.
func filledTopic(t *testing.T, n int) (url string, window time.Duration) {
	t.Helper()
	k, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(4, "flow-messages"))
	require.NoError(t, err)
	t.Cleanup(k.Close)
	cl, err := kgo.NewClient(kgo.SeedBrokers(k.ListenAddrs()...), kgo.DefaultProduceTopic("flow-messages"),
		kgo.RecordPartitioner(kgo.RoundRobinPartitioner()))
	require.NoError(t, err)
	t.Cleanup(cl.Close)
	since, window := time.Now().Add(-10*time.Minute).Truncate(time.Second), 5*time.Minute
	var rs []*kgo.Record
	for i := range n {
		at := since.Add(time.Second + time.Duration(i)*3*time.Minute/time.Duration(n))
		b, err := proto.Marshal(&flowmessage.FlowMessage{
			Type: flowmessage.FlowMessage_IPFIX, TimeReceivedNs: uint64(at.UnixNano()), SamplingRate: 100,
			SamplerAddress: []byte{127, 0, 0, 1}, TimeFlowStartNs: uint64(at.Add(-time.Second).UnixNano()), TimeFlowEndNs: uint64(at.UnixNano()),
			Bytes: 1000, Packets: 1, SrcAddr: []byte{172, 16, 1, 1}, DstAddr: []byte{192, 168, 1, 1}, Proto: 6,
			SrcPort: uint32(1024 + i%200), DstPort: 443, NextHop: []byte{10, 0, 0, byte(1 + 4*(i%3/2))},
		})
		require.NoError(t, err)
		rs = append(rs, &kgo.Record{Value: b, Timestamp: at})
	}
	// What came after the window is not of it.
	rs = append(rs, &kgo.Record{Value: rs[0].Value, Timestamp: since.Add(8 * time.Minute)})
	require.NoError(t, cl.ProduceSync(t.Context(), rs...).FirstErr())
	return fmt.Sprintf("kafka://%s/flow-messages?since=%s", strings.Join(k.ListenAddrs(), ","), since.UTC().Format(time.RFC3339)), window
}

func TestVerifyReadsATopic(t *testing.T) {
	url, window := filledTopic(t, 3000)
	var errs log
	r, err := local(t, Streams{Err: &errs}).run(t.Context(), verifyOptions{kafka: url, window: window})
	require.NoError(t, err)
	assert.Equal(t, split.Pass, r.Verdict, r.Reason)
	assert.InDelta(t, 2./3, r.Circuits[0].Share.Share, .02)
	assert.Contains(t, errs.String(), "what was lost between the gateways and the topic cannot be seen")
}

// TestMembersOfAGroupAreMerged: the verdict of the merged counts of two members
// is that of one verification that read it all.
func TestMembersOfAGroupAreMerged(t *testing.T) {
	url, window := filledTopic(t, 3000)
	var errs log
	st := Streams{Err: &errs}
	whole, err := local(t, st).run(t.Context(), verifyOptions{kafka: url, window: window})
	require.NoError(t, err)
	dir := t.TempDir()
	files := []string{filepath.Join(dir, "a.json"), filepath.Join(dir, "b.json")}
	var members errgroup.Group
	for _, f := range files {
		v := local(t, st)
		members.Go(func() error {
			_, err := v.run(t.Context(), verifyOptions{kafka: url + "&group=verify", window: window, counts: f})
			return err
		})
	}
	require.NoError(t, members.Wait())
	merged, err := local(t, st).run(t.Context(), verifyOptions{merge: files})
	require.NoError(t, err)
	assert.Equal(t, whole.Verdict, merged.Verdict, merged.Reason)
	assert.Equal(t, whole.Circuits, merged.Circuits)
	assert.Equal(t, whole.Stats.Records(), merged.Stats.Records())

	_, err = local(t, st).run(t.Context(), verifyOptions{merge: []string{files[0], files[0]}})
	require.ErrorContains(t, err, "merged already")
	require.NoError(t, os.WriteFile(files[1], []byte("{"), 0o600))
	_, err = local(t, st).run(t.Context(), verifyOptions{merge: files})
	require.ErrorContains(t, err, "no file of --counts")
}

// TestTwoCountsOfOneExporterAreRefused: its packets would count twice.
func TestTwoCountsOfOneExporterAreRefused(t *testing.T) {
	url, window := filledTopic(t, 300)
	var errs log
	dir := t.TempDir()
	files := []string{filepath.Join(dir, "a.json"), filepath.Join(dir, "b.json")}
	for _, f := range files {
		_, err := local(t, Streams{Err: &errs}).run(t.Context(), verifyOptions{kafka: url, window: window, counts: f})
		require.NoError(t, err)
	}
	_, err := local(t, Streams{Err: &errs}).run(t.Context(), verifyOptions{merge: files})
	require.ErrorContains(t, err, "would count twice")
}

func TestOneInputIsNeeded(t *testing.T) {
	o := verifyOptions{format: "text", inventory: "x"}
	require.ErrorContains(t, o.check(), "one of --listen, --pcap, --kafka and --merge")
	o.listen, o.kafka = ":2055", "kafka://b/t"
	require.ErrorContains(t, o.check(), "one of")
	_, err := (&verification{}).run(t.Context(), verifyOptions{kafka: "kafka://user:secret@b/t"})
	require.ErrorContains(t, err, "KAFKA_SASL_USER")
	assert.NotContains(t, err.Error(), "secret")
}
