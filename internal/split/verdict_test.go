package split_test

import (
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/split"
)

// load reads a shipped scenario, changed by edit, with an inventory text.
func load(tb testing.TB, name, inv string, edit func(*scenario.Scenario)) *split.Map {
	tb.Helper()
	file := filepath.Join("..", "..", "inventory", name, "scenario.yaml")
	data, err := os.ReadFile(file)
	require.NoError(tb, err)
	var list diag.List
	s := scenario.Decode(file, data, &list)
	i := inventory.Decode("inventory.yaml", []byte(inv), &list)
	require.False(tb, list.HasErrors())
	if edit != nil {
		edit(s)
	}
	exporters := map[netip.Addr]string{}
	for _, g := range i.Gateways {
		exporters[g.FlowSource.Address.Val] = g.Name.Val
	}
	m, err := split.NewMap(s, i, exporters)
	require.NoError(tb, err)
	return m
}

const inventoryText = `version: 1
gateways:
  - name: gw1
    os: any
    ports: {wan1: Port1, wan2: Port2}
    flow_source: {address: 172.16.255.1}
    if_index: {ec1: 12, ec2: 13}
`

func shanghai(tb testing.TB, edit func(*scenario.Scenario)) *split.Map {
	tb.Helper()
	return load(tb, "shanghai", inventoryText, edit)
}

// heard is evidence that the gateway was heard without loss.
func heard() split.Evidence {
	return split.Evidence{
		Window: time.Minute,
		Stats: flow.Stats{
			KernelDropsKnown: true,
			Exporters:        []flow.ExporterStats{{Exporter: gw, Datagrams: 100, Records: 1000, DataSets: 100, Expected: 100}},
		},
	}
}

// run tallies samples, each at a rate of the exporter's options.
func run(m *split.Map, rate float64, samples []flow.Sample, ev split.Evidence) *split.Result {
	t := m.NewTally(time.Time{}, 1)
	for i := range samples {
		s := samples[i]
		s.Stream = flow.Stream{Exporter: gw, Protocol: flow.NetFlowV9}
		if rate > 0 {
			s.Rate, s.RateSource = rate, flow.RateFromOptions
		}
		t.Add(&s)
	}
	return t.Verdict(ev)
}

func draw(n, flows int, share float64) []flow.Sample {
	return traffic(flows, share).Samples(rand.New(rand.NewPCG(7, 11)), n, noon, noon)
}

func codes(fs []split.Finding) []string {
	out := []string{}
	for _, f := range fs {
		out = append(out, f.Code)
	}
	return out
}

func TestVerdict(t *testing.T) {
	lossy := heard()
	lossy.Stats.Exporters[0].Lost = 5
	untold := heard()
	untold.Stats.Exporters[0].UnknownSets, untold.Stats.Exporters[0].UnknownTemplates = 40, 40
	for _, c := range []struct {
		name    string
		samples []flow.Sample
		rate    float64
		ev      split.Evidence
		verdict split.Verdict
		cause   string
		reason  string
	}{
		{"both carry", draw(2000, 200, .5), 1000, heard(), split.Pass, "", "every circuit carries at least 20 %"},
		{"uneven but above the floor", draw(2000, 200, .3), 1000, heard(), split.Pass, "", "the least loaded, ec1, carries"},
		{"one is dead", draw(2000, 200, 0), 1000, heard(), split.Fail, "", "ec2 carries the traffic alone"},
		{"one carries too little", draw(5000, 200, .1), 1000, heard(), split.Fail, "", "less than the 20 % asked for"},
		{"on the limit", draw(400, 200, .2), 1000, heard(), split.Inconclusive, "too-few-samples", "more samples would settle it"},
		{"too few samples", draw(60, 200, .5), 1000, heard(), split.Inconclusive, "too-few-samples", "at least 100 are needed"},
		{"too few flows", draw(2000, 8, .5), 1000, heard(), split.Inconclusive, "too-few-flows", "only 8 different flows"},
		{"nothing", nil, 1000, heard(), split.Inconclusive, "no-traffic", "no packet to the cloud"},
		{"nobody exports", nil, 1000, split.Evidence{Window: time.Minute}, split.Inconclusive, "exporter-silent", "no flow export came from gw1 (172.16.255.1)"},
		{"export lost", draw(2000, 200, .5), 1000, lossy, split.Inconclusive, "export-lost", "5.0 % of the flow export was lost"},
		{"template missing", draw(2000, 200, .5), 1000, untold, split.Inconclusive, "template-missing", "40 of 100 data sets"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := run(shanghai(t, nil), c.rate, c.samples, c.ev)
			assert.Equal(t, c.verdict, r.Verdict, r.Reason)
			assert.Contains(t, r.Reason, c.reason)
			if c.cause != "" {
				assert.Contains(t, codes(r.Causes), c.cause)
			} else {
				assert.Empty(t, r.Causes)
			}
		})
	}
}

func TestUnattributedLimitsTheVerdict(t *testing.T) {
	samples := draw(2000, 200, .5)
	for i := range samples[:200] {
		samples[i].Out, samples[i].NextHop = 99, netip.Addr{}
	}
	r := run(shanghai(t, nil), 1000, samples, heard())
	assert.Equal(t, split.Inconclusive, r.Verdict)
	assert.Equal(t, []string{"unattributed"}, codes(r.Causes))
	assert.InDelta(t, .1, r.UnattributedShare, 1e-9)
	assert.InDelta(t, 200*1000, r.Unattributed, 1e-9)
}

func TestAttribution(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*flow.Sample)
		method string
		note   string
	}{
		{"interface", func(s *flow.Sample) { s.NextHop = netip.Addr{} }, "if-index", ""},
		{"next hop where the interface is missing", func(s *flow.Sample) { s.Out = 0 }, "next-hop", "attributed-by-next-hop"},
		{"BGP next hop", func(s *flow.Sample) { s.Out, s.BGPNextHop, s.NextHop = 0, s.NextHop, netip.Addr{} }, "bgp-next-hop", "attributed-by-bgp-next-hop"},
	} {
		t.Run(c.name, func(t *testing.T) {
			samples := draw(2000, 200, .4)
			for i := range samples {
				c.change(&samples[i])
			}
			r := run(shanghai(t, nil), 1000, samples, heard())
			assert.Equal(t, split.Pass, r.Verdict, r.Reason)
			assert.InDelta(t, .4, r.Circuits[0].Share.Share, .03)
			assert.InDelta(t, r.Circuits[0].Packets, r.Circuits[0].Method[c.method], 1e-9)
			if c.note != "" {
				assert.Contains(t, codes(r.Notes), c.note)
			}
		})
	}
}

func TestInterfaceAndNextHopDisagree(t *testing.T) {
	samples := draw(2000, 200, .5)
	for i := range samples {
		samples[i].Out = 25 - samples[i].Out // the inventory has the two the wrong way round
	}
	r := run(shanghai(t, nil), 1000, samples, heard())
	assert.Equal(t, []string{"attribution-conflict"}, codes(r.Causes))
}

func TestEveryPacketCountsOnce(t *testing.T) {
	// Each packet is seen where it comes in, with no output, and where it goes out.
	samples := draw(2000, 200, .5)
	for _, s := range samples[:2000:2000] {
		s.Observed, s.Out, s.NextHop = flow.ObservedIngress, 0, netip.Addr{}
		samples = append(samples, s)
	}
	r := run(shanghai(t, nil), 1000, samples, heard())
	assert.Equal(t, split.Pass, r.Verdict, r.Reason)
	assert.Zero(t, r.Unattributed)
	assert.InDelta(t, 2000, r.Effective, 1e-6)
	assert.Equal(t, "egress", r.Observed)
}

func TestCircuitsObservedDifferently(t *testing.T) {
	samples := draw(2000, 200, .5)
	for i := range samples {
		if samples[i].Out == 13 {
			samples[i].Observed = flow.ObservedIngress
		}
	}
	r := run(shanghai(t, nil), 1000, samples, heard())
	assert.Equal(t, split.Inconclusive, r.Verdict)
	assert.Contains(t, codes(r.Causes), "observation-conflict")
}

func TestRates(t *testing.T) {
	none := func(s *scenario.Scenario) { s.FlowExport = nil }
	samples := draw(2000, 200, .5)
	r := run(shanghai(t, none), 0, samples, heard())
	assert.Contains(t, codes(r.Causes), "rate-unknown")

	r = run(shanghai(t, nil), 0, samples, heard())
	assert.Equal(t, split.Pass, r.Verdict, r.Reason)
	assert.Contains(t, codes(r.Notes), "rate-assumed")
	assert.InDelta(t, 2000*1000, r.Circuits[0].Packets+r.Circuits[1].Packets, 1e-6)

	r = run(shanghai(t, nil), 500, samples, heard())
	assert.Equal(t, split.Pass, r.Verdict)
	assert.Contains(t, codes(r.Notes), "rate-differs")

	r = run(shanghai(t, nil), 1, samples, heard())
	assert.True(t, r.Census)
	assert.InDelta(t, r.Circuits[0].Share.Share, r.Circuits[0].Share.Low, 1e-12)

	m := shanghai(t, nil)
	tally := m.NewTally(time.Time{}, 1)
	for i, s := range samples {
		s.Stream = flow.Stream{Exporter: gw}
		switch { // the options come late, and change
		case i > 1500:
			s.Rate, s.RateSource = 200, flow.RateFromOptions
		case i > 1000:
			s.Rate, s.RateSource = 100, flow.RateFromOptions
		}
		tally.Add(&s)
	}
	r = tally.Verdict(heard())
	assert.Contains(t, codes(r.Causes), "rate-changed")
}

func TestLateOptionsHoldForEarlierRecords(t *testing.T) {
	tally := shanghai(t, nil).NewTally(time.Time{}, 1)
	for i, s := range draw(2000, 200, .5) {
		s.Stream = flow.Stream{Exporter: gw}
		if i > 1000 {
			s.Rate, s.RateSource = 50, flow.RateFromOptions
		}
		tally.Add(&s)
	}
	r := tally.Verdict(heard())
	assert.Equal(t, split.Pass, r.Verdict, r.Reason)
	assert.InDelta(t, 2000*50, r.Circuits[0].Packets+r.Circuits[1].Packets, 1e-6)
	assert.NotContains(t, codes(r.Notes), "rate-assumed")
}

func TestRecordsFromBeforeTheWindowAreLeftOut(t *testing.T) {
	m := shanghai(t, nil)
	tally := m.NewTally(noon, 1)
	old, now := draw(2000, 200, 0), draw(2000, 200, .5)
	for i := range old {
		old[i].Start = noon.Add(-time.Minute)
		now[i].Start = noon.Add(time.Second)
		for _, s := range []flow.Sample{old[i], now[i]} {
			s.Stream, s.Rate, s.RateSource = flow.Stream{Exporter: gw}, 10, flow.RateFromOptions
			tally.Add(&s)
		}
	}
	r := tally.Verdict(heard())
	assert.Equal(t, split.Pass, r.Verdict, r.Reason)
	assert.InDelta(t, 2000, r.Before, 1e-9)
	assert.Contains(t, codes(r.Notes), "before-window")
}

func TestStandby(t *testing.T) {
	for share, want := range map[float64]split.Verdict{1: split.Pass, .9: split.Fail, .9905: split.Inconclusive} {
		r := run(load(t, "standby", inventoryText, nil), 1000, draw(3000, 200, share), heard())
		assert.Equal(t, want, r.Verdict, "%g: %s", share, r.Reason)
		assert.True(t, r.Circuits[1].Standby)
	}
	r := run(load(t, "standby", inventoryText, nil), 1000, draw(120, 200, 1), heard())
	assert.Equal(t, split.Inconclusive, r.Verdict, "none of 120 does not show less than 1 %%")
	assert.Positive(t, r.More)
}

func TestDirectionsAreApart(t *testing.T) {
	samples := draw(2000, 200, .5)
	for _, s := range draw(1000, 200, 0) {
		s.Src, s.Dst, s.In, s.Out, s.Observed = s.Dst, s.Src, s.Out, s.In, flow.ObservedIngress
		samples = append(samples, s)
	}
	r := run(shanghai(t, nil), 1000, samples, heard())
	assert.Equal(t, split.Pass, r.Verdict, r.Reason)
	assert.InDelta(t, 1, r.Return[1].Share.Share, 1e-9)
	assert.InDelta(t, 2000, r.Effective, 1e-6)
}

func TestMergeIsTheSameAsOneTally(t *testing.T) {
	m := shanghai(t, nil)
	one, a, b := m.NewTally(time.Time{}, 1), m.NewTally(time.Time{}, 2), m.NewTally(time.Time{}, 2)
	for i, s := range draw(3000, 200, .4) {
		s.Stream, s.Rate, s.RateSource = flow.Stream{Exporter: gw}, 10, flow.RateFromOptions
		one.Add(&s)
		if i%3 == 0 {
			a.Add(&s)
		} else {
			b.Add(&s)
		}
	}
	sum := m.NewTally(time.Time{}, 1)
	sum.Merge(a)
	sum.Merge(b)
	assert.Equal(t, one.Verdict(heard()), sum.Verdict(heard()))
}
