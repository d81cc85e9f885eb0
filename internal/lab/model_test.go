package lab

import (
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/scenario"
)

const shipped = "../../inventory/lab/scenario.yaml"

func shippedOptions() Options {
	return Options{Scenario: shipped, Inventory: DefaultInventory(shipped), Flows: 256, Cuts: 5}
}

func readAll(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(data)
}

func shippedModel(t *testing.T) *model {
	t.Helper()
	s, inv, err := shippedOptions().read()
	require.NoError(t, err)
	m, err := newModel(s, inv)
	require.NoError(t, err)
	return m
}

func TestLabHasTheModelCasesAddresses(t *testing.T) {
	m := shippedModel(t)
	assert.Equal(t, []string{"dc", "gw", "vbr1", "vbr2", "vpc"}, m.namespaces())
	assert.Equal(t, "link add dc0 netns gw type veth peer name eth0 netns dc", strings.Split(m.links(), "\n")[0],
		"the gateway's ports come first, so that their indexes are known")
	assert.Contains(t, m.addresses("vbr2"), "addr add 10.0.0.5/30 dev gw0\n")
	assert.Contains(t, m.addresses("vbr2"), "addr add 100.96.0.12/32 dev lo\n")
	assert.NotContains(t, m.addresses(nsGateway), "addr add", "the router software gives the ports their addresses")
	assert.Equal(t, "192.168.0.10", m.server.String())
}

func TestCloudRouteHoldsTheCircuitsThatAreUp(t *testing.T) {
	m := shippedModel(t)
	const route = "route replace 172.16.0.0/12"
	assert.Equal(t, route+" src 192.168.0.10 nexthop via 198.18.0.1 nexthop via 198.18.0.5", m.cloudRoute([]bool{true, true}))
	assert.Equal(t, route+" src 192.168.0.10 nexthop via 198.18.0.5", m.cloudRoute([]bool{false, true}))
	assert.Equal(t, "route replace unreachable 172.16.0.0/12", m.cloudRoute([]bool{false, false}))
}

func TestReplaceBlockTakesTheWholeBlock(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"block", "a: 1\nk:\n  x: 1\n\n  # y\n  y: 2\nb: 2\n", "a: 1\nk: new\nb: 2\n"},
		{"one line", "k: {x: 1}\nb: 2\n", "k: new\nb: 2\n"},
		{"a longer key", "key: 1\n", "key: 1\nk: new\n"},
		{"at the end", "a: 1\nk:\n  x: 1\n", "a: 1\nk: new\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, replaceBlock(tt.text, "k", "k: new"))
		})
	}
}

func TestLabsOwnFilesAreValid(t *testing.T) {
	m := shippedModel(t)
	data := readAll(t, shipped)
	own := labScenario(data, m, netflowExport)
	for name, text := range map[string]string{"tracked": own, "untracked": untracked(own)} {
		var list diag.List
		s := scenario.Decode(name, []byte(text), &list)
		require.False(t, list.HasErrors(), name)
		assert.True(t, s.FlowExport.External)
		assert.Equal(t, name == "tracked", s.Tracking.Method.Val == scenario.MethodBFD)
	}
	listeners := map[netip.AddrPort]bool{}
	for _, e := range exports {
		var list diag.List
		s := scenario.Decode(e.name, []byte(labScenario(data, m, e)), &list)
		require.False(t, list.HasErrors(), e.name)
		assert.Equal(t, e.protocol, s.FlowExport.Protocol.Val)
		assert.Equal(t, e.sampling, s.FlowExport.Sampling.Val)
		assert.InDelta(t, comparedAt, s.Split.Confidence.Val, 1e-9)
		assert.InDelta(t, 0.2, s.Split.MinShare.Val, 1e-9, "what is asked for stays")
		listeners[s.FlowExport.Collector.Val] = true
	}
	assert.Len(t, listeners, len(exports), "each stream has a listener of its own")
	inv := labInventory(readAll(t, DefaultInventory(shipped)), "/run/lab/id", m)
	assert.Contains(t, inv, "    auth: {key_file: /run/lab/id}\n    if_index: {ec1: 3, ec2: 4}\n    flow_source: {address: 198.18.1.2}\n")
}

func TestJudgeComparesMeasuredWithPromised(t *testing.T) {
	facts := drillFacts{
		promised: bounds{600 * time.Millisecond, 900 * time.Millisecond}, recovery: bounds{0, 3 * time.Second},
		withdraw: withdrawal(2*time.Second, 8), restore: restoration(2 * time.Second), nominal: 16 * time.Second,
		share: 0.5, cloudLeft: 16 * time.Second, cloudBack: 6 * time.Second,
	}
	measured := func() *Drill {
		return &Drill{
			Circuit: "ec1", DetectionMS: []float64{700, 2000, 800}, WindowMS: []float64{700, 750, 800}, ReturnMS: []float64{300},
			PacketRate: 5120, Cut: Losses{Outward: Loss{Lost: 2000, Window: 800 * time.Millisecond}, Back: Loss{Lost: 9, Window: 16 * time.Second}},
			Splits: []Split{{Phase: "before", Wanted: pass, Verdict: pass}},
		}
	}
	tests := []struct {
		name   string
		change func(*Drill, *drillFacts)
		fails  string
	}{
		{"as promised, with one outlier", func(*Drill, *drillFacts) {}, ""},
		{"slow gateway", func(d *Drill, _ *drillFacts) { d.DetectionMS = []float64{1181, 1181, 1181} }, "gateway leaves"},
		{"slow by packets", func(d *Drill, _ *drillFacts) { d.WindowMS = []float64{1300} }, "site → cloud dark"},
		{"slow cloud", func(_ *Drill, f *drillFacts) { f.cloudLeft = 18 * time.Second }, "cloud leaves"},
		{"hasty cloud", func(_ *Drill, f *drillFacts) { f.cloudLeft = 13 * time.Second }, "cloud leaves"},
		{"loss at the repair", func(d *Drill, _ *drillFacts) { d.Healed.Back.Lost = 5 }, "repair"},
		{"lopsided", func(d *Drill, _ *drillFacts) { d.Splits[0].Verdict = fail }, "verify before"},
		{"nobody named", func(d *Drill, _ *drillFacts) { d.Splits[0].Says = "ec2 carries the traffic alone" }, "verify before"},
		{"not the kernel's share", func(d *Drill, _ *drillFacts) {
			d.Splits[0].Circuits = []SplitCircuit{{Name: "ec1", Seen: 9, Kernel: .5, KernelLow: .499, KernelHigh: .501, Share: .51, Low: .502, High: .518}}
		}, "share by flow samples"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, f := measured(), facts
			tt.change(d, &f)
			d.judge(f)
			assert.Equal(t, tt.fails == "", d.OK)
			for _, r := range d.Rows {
				if r.Verdict == fail {
					assert.Contains(t, r.What, tt.fails)
				}
			}
		})
	}
}

func TestLimitIsAFifthMoreAndAMoment(t *testing.T) {
	assert.Equal(t, 1180*time.Millisecond, limit(900*time.Millisecond))
	assert.InDelta(t, 2.0, median([]float64{3, 1, 2}), 0)
}
