package split_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/split"
	"github.com/twinpath/twinpath/internal/vendor"
)

var firstPath = vendor.Trap{Kind: vendor.FirstPath, Unless: "learn-next-hops"}

// counted is evidence with interface counters of the two circuits.
func counted(first, second uint64) split.Evidence {
	ev := heard()
	for i, n := range []uint64{first, second} {
		ev.Stats.Exporters[0].Counters = append(ev.Stats.Exporters[0].Counters, flow.CounterSpan{
			Index: uint32(12 + i), From: noon, To: noon.Add(time.Minute), Readings: 3, OutPackets: n, OutBytes: n * 700,
		})
	}
	return ev
}

func TestFirstPathIsNoVerdict(t *testing.T) {
	avoided := heard()
	avoided.Avoided = map[string][]vendor.TrapKind{"gw1": {vendor.FirstPath}}
	for _, c := range []struct {
		name    string
		share   float64
		ev      split.Evidence
		verdict split.Verdict
		cause   string
	}{
		{"all on one", 0, heard(), split.Inconclusive, "first-path"},
		{"both are seen, so that it is none", .5, heard(), split.Pass, ""},
		{"one packet of the other shows it too", .005, heard(), split.Fail, ""},
		{"the configuration avoids it", 0, avoided, split.Fail, ""},
		{"the counters say the same", 0, counted(0, 1e6), split.Fail, ""},
		{"the counters say other", 0, counted(5e5, 5e5), split.Inconclusive, "counters-differ"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := shanghai(t, nil)
			m.Distrust("gw1", []vendor.Trap{firstPath})
			r := run(m, 1000, draw(2000, 200, c.share), c.ev)
			assert.Equal(t, c.verdict, r.Verdict, r.Reason)
			if c.cause != "" {
				assert.Contains(t, codes(r.Causes), c.cause)
			}
			if c.cause == "first-path" {
				assert.Contains(t, r.Reason, "`learn-next-hops`")
				assert.Contains(t, r.Reason, "whether ec1 is used")
			}
		})
	}
	m := load(t, "standby", inventoryText, nil)
	m.Distrust("gw1", []vendor.Trap{firstPath})
	r := run(m, 1000, draw(2000, 200, 1), heard())
	assert.Equal(t, split.Pass, r.Verdict, "with a standby there is one path: %s", r.Reason)
}

func TestShortIndexIsNoVerdict(t *testing.T) {
	far := strings.Replace(inventoryText, "ec1: 12", "ec1: 70000", 1)
	samples := draw(2000, 200, .5)
	for i := range samples {
		samples[i].NextHop = netip.Addr{}
		if samples[i].Out == 12 {
			samples[i].Out = 70000 & 0xffff
		}
	}
	m := load(t, "shanghai", far, nil)
	m.Distrust("gw1", []vendor.Trap{{Kind: vendor.ShortIndex, Unless: "long-indices"}})
	r := run(m, 1000, samples, heard())
	assert.Equal(t, []string{"unattributed", "short-index"}, codes(r.Causes))
	assert.Contains(t, r.Reason, "sends 16 bits of an index unless it has `long-indices`")
}

func TestCountersBesideSamples(t *testing.T) {
	r := run(shanghai(t, nil), 1000, draw(2000, 200, .4), counted(4e5, 6e5))
	assert.Equal(t, split.Pass, r.Verdict, r.Reason)
	assert.InDelta(t, .4, r.Counters[0].Share, 1e-9)
	assert.InDelta(t, 6e5*700, r.Counters[1].Bytes, 1e-3)

	few := counted(1, 1)
	few.Stats.Exporters[0].Counters[1].Readings = 1
	r = run(shanghai(t, nil), 1000, draw(2000, 200, .4), few)
	assert.Empty(t, r.Counters, "one reading counts nothing")
}

// named is an options record of the exporter.
func named(index uint32, name string) flow.Interface {
	return flow.Interface{Exporter: gw, Index: index, Name: name, Description: "to the cloud"}
}

func TestNamesTellTheIndex(t *testing.T) {
	without := strings.Replace(inventoryText, "    if_index: {ec1: 12, ec2: 13}\n", "", 1)
	m := load(t, "shanghai", without, nil)
	tally := m.NewTally(time.Time{}, 1)
	ev := heard()
	for _, i := range []flow.Interface{named(12, "port1"), named(13, "Port2"), named(14, "Port3")} {
		tally.Learn(&i)
		ev.Stats.Exporters[0].Interfaces = append(ev.Stats.Exporters[0].Interfaces, i)
	}
	for _, s := range draw(2000, 200, .4) {
		s.Stream, s.Rate, s.RateSource, s.NextHop = flow.Stream{Exporter: gw}, 10, flow.RateFromOptions, netip.Addr{}
		tally.Add(&s)
	}
	r := tally.Verdict(ev)
	assert.Equal(t, split.Pass, r.Verdict, r.Reason)
	assert.InDelta(t, .4, r.Circuits[0].Share.Share, .03)
	assert.Equal(t, uint32(12), r.Circuits[0].IfIndex)
	assert.Equal(t, "port1", r.Circuits[0].Interface)
	assert.Equal(t, "Port2", r.Circuits[1].Interface)
}

func TestIndexOfAnotherInterface(t *testing.T) {
	ev := heard()
	ev.Stats.Exporters[0].Interfaces = []flow.Interface{named(22, "Port1"), named(13, "Port2.0")}
	r := run(shanghai(t, nil), 1000, draw(2000, 200, .4), ev)
	assert.Equal(t, []string{"index-differs"}, codes(r.Causes))
	assert.Contains(t, r.Reason, "the interface of ec1, Port1, has the index 22 on gw1, and the inventory says 12")
	assert.Equal(t, "Port2.0", r.Circuits[1].Interface)
}
