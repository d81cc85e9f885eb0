package kafka_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/netsampler/goflow2/v2/decoders/netflow"
	"github.com/netsampler/goflow2/v2/decoders/netflowlegacy"
	"github.com/netsampler/goflow2/v2/decoders/sflow"
	"github.com/netsampler/goflow2/v2/producer"
	protoproducer "github.com/netsampler/goflow2/v2/producer/proto"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/flowtest"
)

var (
	gw1 = netip.MustParseAddrPort("172.16.255.1:50000")
	gw2 = netip.MustParseAddrPort("172.16.255.2:50000")
)

const topic = "flow-messages"

// collector is goflow2's own decoders, producer and formats, as its command puts
// them together before its Kafka transport.
type collector struct {
	producer  producer.ProducerInterface
	templates netflow.NetFlowTemplateSystem
	json      bool
}

func newCollector(tb testing.TB, json bool) *collector {
	tb.Helper()
	var cfg *protoproducer.ProducerConfig
	compiled, err := cfg.Compile()
	require.NoError(tb, err)
	p, err := protoproducer.CreateProtoProducer(compiled, protoproducer.CreateSamplingSystem)
	require.NoError(tb, err)
	return &collector{producer: p, templates: netflow.CreateTemplateSystem(), json: json}
}

// datagram returns the messages that goflow2 sends for a datagram.
func (c *collector) datagram(tb testing.TB, from netip.AddrPort, at time.Time, b []byte) [][]byte {
	tb.Helper()
	var packet any
	buf := bytes.NewBuffer(b)
	switch {
	case binary.BigEndian.Uint32(b) == 5:
		p := &sflow.Packet{}
		require.NoError(tb, sflow.DecodeMessageVersion(buf, p))
		packet = p
	case b[1] == 5:
		p := &netflowlegacy.PacketNetFlowV5{}
		require.NoError(tb, netflowlegacy.DecodeMessageVersion(buf, p))
		packet = p
	default:
		v9, ipfix := &netflow.NFv9Packet{}, &netflow.IPFIXPacket{}
		require.NoError(tb, netflow.DecodeMessageVersion(buf, c.templates, v9, ipfix))
		if packet = v9; b[1] == 10 {
			packet = ipfix
		}
	}
	set, err := c.producer.Produce(packet, &producer.ProduceArgs{Src: from, TimeReceived: at, SamplerAddress: from.Addr()})
	require.NoError(tb, err)
	defer c.producer.Commit(set)
	var out [][]byte
	for _, m := range set {
		p, ok := m.(*protoproducer.ProtoProducerMessage)
		require.True(tb, ok)
		marshal := p.MarshalBinary
		if c.json {
			marshal = p.MarshalJSON
		}
		value, err := marshal()
		require.NoError(tb, err)
		out = append(out, value)
	}
	return out
}

// export is n datagrams of ten records of one gateway.
func export(p flow.Protocol, n int, seed uint64, at time.Time) [][]byte {
	e := flowtest.Encoder{Protocol: p, Domain: 7, Rate: 100, Boot: at.Add(-time.Hour)}
	t := flowtest.Traffic{
		Flows: 100, Out: []uint32{12, 13}, Share: []float64{.5, .5}, In: 2,
		NextHop: []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.5")},
		Src:     netip.MustParseAddr("172.16.1.1"), Dst: netip.MustParseAddr("192.168.1.1"),
	}
	rng := rand.New(rand.NewPCG(3, seed))
	var out [][]byte
	if o := e.Options(at); o != nil {
		out = append(out, o)
	}
	for range n {
		out = append(out, e.Data(at, t.Samples(rng, 10, at.Add(-3*time.Second), at.Add(-time.Second))))
	}
	return out
}

// cluster is an in-process broker with the topic.
func cluster(tb testing.TB, partitions int32, opts ...kfake.Opt) *kfake.Cluster {
	tb.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(partitions, topic, "other")}, opts...)...)
	require.NoError(tb, err)
	tb.Cleanup(c.Close)
	return c
}

func client(tb testing.TB, addrs []string, opts ...kgo.Opt) *kgo.Client {
	tb.Helper()
	opts = append([]kgo.Opt{
		kgo.SeedBrokers(addrs...), kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()),
	}, opts...)
	cl, err := kgo.NewClient(opts...)
	require.NoError(tb, err)
	tb.Cleanup(cl.Close)
	return cl
}

func produce(tb testing.TB, cl *kgo.Client, values ...[]byte) {
	tb.Helper()
	rs := make([]*kgo.Record, len(values))
	for i, v := range values {
		rs[i] = &kgo.Record{Value: v}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	require.NoError(tb, cl.ProduceSync(ctx, rs...).FirstErr())
}

// counts keeps the samples of every gateway; it is read after Run.
type counts struct {
	mu      sync.Mutex
	samples []flow.Sample
}

func (c *counts) config(gateways ...netip.AddrPort) flow.Config {
	cfg := flow.Config{Sink: func(netip.Addr) flow.Sink {
		return func(s *flow.Sample) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.samples = append(c.samples, *s)
		}
	}}
	for _, g := range gateways {
		cfg.Exporters = append(cfg.Exporters, g.Addr())
	}
	return cfg
}

func (c *counts) len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.samples)
}

// name tells two flows apart and the same flow again.
func name(s *flow.Sample) string {
	return fmt.Sprintf("%s %s:%d>%s:%d %d", s.Stream.Exporter, s.Src, s.SrcPort, s.Dst, s.DstPort, s.Out)
}
