package kafka_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/kafka"
)

// run reads until stop is called, which returns what Run gave.
func run(tb testing.TB, r *kafka.Reader) (stop func() error) {
	tb.Helper()
	ctx, cancel := context.WithCancel(tb.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	tb.Cleanup(func() { cancel(); assert.NoError(tb, r.Close()) })
	return func() error {
		cancel()
		return <-done
	}
}

func open(tb testing.TB, url string, cfg flow.Config) *kafka.Reader {
	tb.Helper()
	src, err := kafka.Parse(url)
	require.NoError(tb, err)
	r, err := kafka.Open(tb.Context(), src, cfg)
	require.NoError(tb, err)
	return r
}

func address(c *kfake.Cluster) string {
	return "kafka://" + strings.Join(c.ListenAddrs(), ",") + "/" + topic
}

// TestSameAsTheExport sends real datagrams through goflow2 and a broker, and
// holds what comes out against what is decoded of the datagrams themselves.
func TestSameAsTheExport(t *testing.T) {
	t.Parallel()
	agent := netip.MustParseAddrPort("192.0.2.1:6343") // the encoder's sFlow agent
	for _, p := range []flow.Protocol{flow.NetFlowV5, flow.NetFlowV9, flow.IPFIX, flow.SFlow} {
		for _, json := range []bool{false, true} {
			t.Run(p.String()+map[bool]string{true: " JSON", false: " protobuf"}[json], func(t *testing.T) {
				t.Parallel()
				now := time.Now().Truncate(time.Second)
				from := gw1
				if p == flow.SFlow {
					from = agent
				}
				var want []flow.Sample
				direct := flow.NewDecoder(from.Addr(), func(s *flow.Sample) { want = append(want, *s) })
				gf := newCollector(t, json)
				k := cluster(t, 3)
				cl := client(t, k.ListenAddrs())
				var c counts
				r := open(t, address(k), c.config(from))
				stop := run(t, r)
				for _, b := range export(p, 5, 1, now) {
					direct.Datagram(b, now)
					produce(t, cl, gf.datagram(t, from, now, b)...)
				}
				require.NoError(t, stop())
				require.Len(t, c.samples, len(want), "what the topic held at the end is read")
				slices.SortStableFunc(want, func(a, b flow.Sample) int { return strings.Compare(name(&a), name(&b)) })
				slices.SortStableFunc(c.samples, func(a, b flow.Sample) int { return strings.Compare(name(&a), name(&b)) })
				var packets, bytes uint64
				for i := range want {
					w, g := want[i], c.samples[i]
					packets, bytes = packets+w.Packets-g.Packets, bytes+w.Bytes-g.Bytes
					w.Packets, w.Bytes = g.Packets, g.Bytes // of the same flow in another order
					w.Observed = g.Observed                 // not passed on
					w.Stream.Domain = g.Stream.Domain
					assert.WithinDuration(t, w.Start, g.Start, time.Millisecond)
					assert.WithinDuration(t, w.End, g.End, time.Millisecond)
					assert.WithinDuration(t, w.Received, g.Received, 0)
					w.Start, w.End, w.Received = g.Start, g.End, g.Received
					assert.Equal(t, w, g)
				}
				assert.Zero(t, packets)
				assert.Zero(t, bytes)
				st := r.Stats()
				assert.EqualValues(t, len(want), st.Records())
				assert.Zero(t, st.Unread+st.Undecoded+st.Refused)
			})
		}
	}
}

// messages are goflow2's messages of n datagrams of ten records.
func messages(tb testing.TB, from netip.AddrPort, n int, seed uint64) [][]byte {
	tb.Helper()
	gf := newCollector(tb, false)
	var out [][]byte
	for _, b := range export(flow.NetFlowV9, n, seed, time.Now()) {
		out = append(out, gf.datagram(tb, from, time.Now(), b)...)
	}
	return out
}

func TestOnlyTheWindowAndTheGateways(t *testing.T) {
	k := cluster(t, 2)
	cl := client(t, k.ListenAddrs())
	produce(t, cl, messages(t, gw1, 5, 1)...) // before the window
	time.Sleep(5 * time.Millisecond)
	var c counts
	r := open(t, address(k), c.config(gw1))
	stop := run(t, r)
	produce(t, cl, messages(t, gw1, 3, 2)...)
	produce(t, cl, messages(t, gw2, 2, 3)...)
	produce(t, cl, []byte("no message"))
	require.NoError(t, stop())
	assert.Len(t, c.samples, 30)
	st := r.Stats()
	assert.EqualValues(t, 20, st.Refused)
	assert.Equal(t, gw2.Addr(), st.RefusedFrom)
	assert.EqualValues(t, 1, st.Undecoded)
	assert.EqualValues(t, 30, st.Records())
	assert.Equal(t, []int32{0, 1}, r.Partitions())
}

func TestATopicOfSomethingElse(t *testing.T) {
	k := cluster(t, 1)
	var c counts
	r := open(t, address(k), c.config(gw1))
	stop := run(t, r)
	produce(t, client(t, k.ListenAddrs()), []byte("a line of a log"), []byte(`{"user": "x"}`))
	assert.ErrorContains(t, stop(), "none of the 2 messages of topic flow-messages")
}

// TestGroupSharesATopic: two verifications of one group read everything exactly
// once, although the second joins while the first is reading and the group was
// used before.
func TestGroupSharesATopic(t *testing.T) {
	k := cluster(t, 6)
	cl := client(t, k.ListenAddrs())
	url := address(k) + "?group=verify&since=" + time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	var total, first, second counts
	sent := func(n int, seed uint64) { produce(t, cl, messages(t, gw1, n, seed)...) }
	sent(30, 1)
	stop1 := run(t, open(t, url, first.config(gw1)))
	require.Eventually(t, func() bool { return first.len() >= 300 }, 30*time.Second, 10*time.Millisecond)
	r2 := open(t, url, second.config(gw1))
	stop2 := run(t, r2)
	require.Eventually(t, func() bool {
		sent(1, 2)
		return second.len() > 0
	}, 30*time.Second, 50*time.Millisecond, "the second is given partitions")
	sent(30, 3)
	require.NoError(t, stop2())
	require.NoError(t, stop1(), "the first takes what the second leaves")
	third := open(t, url, total.config(gw1)) // a later run with the group goes on where it ended
	require.NoError(t, run(t, third)())
	adm := kadm.NewClient(cl)
	ends, err := adm.ListEndOffsets(t.Context(), topic)
	require.NoError(t, err)
	var produced int64
	ends.Each(func(o kadm.ListedOffset) { produced += o.Offset })
	assert.EqualValues(t, produced, first.len()+second.len()+total.len(), "every message exactly once")
	assert.Positive(t, second.len())
}

func TestWhatIsSaidWhenItDoesNotWork(t *testing.T) {
	k := cluster(t, 1)
	open := func(url string) error {
		src, err := kafka.Parse(url)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, err = kafka.Open(ctx, src, flow.Config{})
		return err
	}
	require.ErrorContains(t, open(strings.Replace(address(k), topic, "flows", 1)), "the brokers have no topic flows; they show flow-messages, other")
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	require.ErrorContains(t, open("kafka://"+closed.Addr().String()+"/"+topic), "no broker answered as it should")
	t.Setenv("KAFKA_SASL_USER", "")
	require.ErrorContains(t, open(address(k)+"?sasl=plain"), "set KAFKA_SASL_USER and KAFKA_SASL_PASS")
	require.ErrorContains(t, open(strings.Replace(address(k), "kafka:", "kafkas:", 1)+"?ca=absent.pem"), "absent.pem")
}

func TestParse(t *testing.T) {
	s, err := kafka.Parse("kafkas://k1.example.net,k2.example.net:9093,[2001:db8::1]/flow-messages?group=g&since=2026-03-01T22:00:00Z&sasl=scram-sha-512")
	require.NoError(t, err)
	assert.Equal(t, kafka.Source{
		Brokers: []string{"k1.example.net:9092", "k2.example.net:9093", "[2001:db8::1]:9092"}, Topic: topic, Group: "g",
		Since: time.Date(2026, 3, 1, 22, 0, 0, 0, time.UTC), TLS: true, SASL: "scram-sha-512",
	}, s)
	for url, want := range map[string]string{
		"broker:9092/topic":              "write it as kafka://",
		"kafka://broker:9092":            "no name of a topic",
		"kafka://broker:9092/a/b":        "no name of a topic",
		"kafka:///topic":                 "no address of a broker",
		"kafka://a:b:c/topic":            "no address of a broker",
		"kafka://b/t?grup=x":             `"grup" is not known`,
		"kafka://b/t?group=":             "needs one value",
		"kafka://b/t?since=yesterday":    "no time such as",
		"kafka://b/t?sasl=gssapi":        "there are plain",
		"kafka://b/t?ca=x.pem":           "kafkas://",
		"kafkas://b/t?cert=x.pem":        "belong together",
		"kafka://user:secret@broker/top": "KAFKA_SASL_PASS",
	} {
		_, err := kafka.Parse(url)
		require.ErrorContains(t, err, want, url)
		assert.NotContains(t, err.Error(), "secret")
	}
}

// TestEncryptedWithAUser reads over TLS with an authority of the user's and
// SCRAM.
func TestEncryptedWithAUser(t *testing.T) {
	config, ca := authority(t)
	k := cluster(t, 1, kfake.TLS(config), kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "verify", "sesame"))
	pool := x509.NewCertPool()
	pem, err := os.ReadFile(ca)
	require.NoError(t, err)
	require.True(t, pool.AppendCertsFromPEM(pem))
	cl := client(t, k.ListenAddrs(), kgo.DialTLSConfig(&tls.Config{RootCAs: pool}),
		kgo.SASL(scram.Auth{User: "verify", Pass: "sesame"}.AsSha512Mechanism()))
	url := strings.Replace(address(k), "kafka:", "kafkas:", 1) + "?sasl=scram-sha-512&ca=" + ca
	t.Setenv("KAFKA_SASL_USER", "verify")
	t.Setenv("KAFKA_SASL_PASS", "wrong")
	src, err := kafka.Parse(url)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	_, err = kafka.Open(ctx, src, flow.Config{})
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "sesame")
	t.Setenv("KAFKA_SASL_PASS", "sesame")
	var c counts
	stop := run(t, open(t, url, c.config(gw1)))
	produce(t, cl, messages(t, gw1, 2, 1)...)
	require.NoError(t, stop())
	assert.Len(t, c.samples, 20)
}

// authority is the configuration of a broker on 127.0.0.1 and the file of the
// certificate to trust.
func authority(t *testing.T) (config *tls.Config, file string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "broker"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	file = filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, file
}
