package split_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// TestPrescaledCountsAreNotScaledAgain: the verdict of an exporter that sends
// ten times what it sampled is that of one that sends what it sampled and says
// that it takes one packet in ten.
func TestPrescaledCountsAreNotScaledAgain(t *testing.T) {
	m := shanghai(t, func(s *scenario.Scenario) { s.FlowExport.Sampling = yamlpos.Default(10) })
	stream := flow.Stream{Exporter: gw, Protocol: flow.IPFIX, Domain: 7}
	told, times := m.NewTally(time.Time{}, 1), m.NewTally(time.Time{}, 1)
	for _, s := range draw(2000, 200, .4) {
		s.Stream = stream
		s.Rate, s.RateSource = 10, flow.RateFromRecord
		told.Add(&s)
		s.Packets, s.Bytes, s.Rate, s.RateSource = 10*s.Packets, 10*s.Bytes, 0, flow.RateUnknown
		times.Add(&s)
	}
	ev := heard()
	want := told.Verdict(ev)
	ev.Stats.Exporters[0].Prescaled = []flow.Prescaled{{Protocol: flow.IPFIX, Domain: 7, By: 10, Records: 2000}}
	got := times.Verdict(ev)
	assert.Equal(t, want.Verdict, got.Verdict, got.Reason)
	assert.InDelta(t, want.Effective, got.Effective, 1e-6)
	for i := range want.Circuits {
		assert.InDelta(t, want.Circuits[i].Packets, got.Circuits[i].Packets, 1e-6)
		assert.InDelta(t, want.Circuits[i].Share.Low, got.Circuits[i].Share.Low, 1e-9)
		assert.InDelta(t, want.Circuits[i].ByteShare.Low, got.Circuits[i].ByteShare.Low, 1e-9)
	}
	assert.Contains(t, codes(got.Notes), "prescaled")
}
