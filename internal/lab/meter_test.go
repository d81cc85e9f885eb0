package lab

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// clock returns a moment of the tests.
func clock(s float64) time.Time {
	return time.Unix(1000, 0).Add(time.Duration(s * float64(time.Second)))
}

// metered is a minute of two ports that send 100 and 300 packets a second, of
// which 2 and 1 are the gateway's own.
func metered() *meter {
	m := &meter{}
	for s := range uint64(61) {
		m.sent = append(m.sent, reading{clock(float64(s)), []uint64{7 + 100*s, 9 + 300*s}})
		m.own = append(m.own, reading{clock(float64(s)), []uint64{5 + 2*s, s}})
	}
	return m
}

func TestTruthIsOfTheJudgedTimeAndWithoutTheGatewaysOwnPackets(t *testing.T) {
	s := Split{From: clock(10.5), Until: clock(20.5), Circuits: []SplitCircuit{{Name: "ec1"}, {Name: "ec2"}}}
	require.NoError(t, metered().truth(&s))
	assert.Equal(t, uint64(1000), s.Circuits[0].Packets)
	assert.Equal(t, uint64(3000), s.Circuits[1].Packets)
	// Between 9 and 11 seconds' own packets lie in the ten.
	assert.InDelta(t, 978.0/(978+2991), s.Circuits[0].KernelLow, 1e-9)
	assert.InDelta(t, 982.0/(982+2989), s.Circuits[0].KernelHigh, 1e-9)
	assert.InDelta(t, 980.0/(980+2990), s.Circuits[0].Kernel, 1e-6)
	assert.InDelta(t, 1, s.Circuits[0].KernelLow+s.Circuits[1].KernelHigh, 1e-9)
}

// TestADeadCircuitsShareMayBeNothing: all that its port sends is the gateway's own.
func TestADeadCircuitsShareMayBeNothing(t *testing.T) {
	m := &meter{}
	for s := range uint64(20) {
		m.sent = append(m.sent, reading{clock(float64(s)), []uint64{4 * s, 500 * s}})
		m.own = append(m.own, reading{clock(float64(s)), []uint64{4 * s, 4 * s}})
	}
	s := Split{From: clock(2.2), Until: clock(7.9), Circuits: []SplitCircuit{{Name: "ec1"}, {Name: "ec2", Low: 1, High: 1, Share: 1}}}
	require.NoError(t, m.truth(&s))
	assert.Zero(t, s.Circuits[0].KernelLow)
	assert.Less(t, s.Circuits[0].KernelHigh, 0.003)
	assert.Zero(t, s.Circuits[0].outside())
	assert.Zero(t, s.Circuits[1].outside())
}

func TestCountersMustCoverTheJudgedTime(t *testing.T) {
	for _, s := range []Split{{From: clock(-1), Until: clock(5)}, {From: clock(5), Until: clock(61)}, {}} {
		s.Circuits = []SplitCircuit{{}, {}}
		require.ErrorIs(t, metered().truth(&s), errNotRead)
	}
}

func TestAgreementIsStrict(t *testing.T) {
	c := SplitCircuit{Seen: 10, Kernel: .5, KernelLow: .499, KernelHigh: .501, Share: .5005, Low: .4995, High: .5015}
	d := &Drill{Splits: []Split{{Circuits: []SplitCircuit{c}}, {Circuits: []SplitCircuit{{}}}}}
	a := d.agree()
	assert.Equal(t, 1, a.compared, "where nothing was seen there is nothing to compare")
	assert.Equal(t, 1, a.within)
	assert.Equal(t, "1 of 1 within, 0.05 points apart at most", a.words())
	for _, off := range []SplitCircuit{{Seen: 1, KernelLow: .4, KernelHigh: .4994, Low: .4995, High: 1}, {Seen: 1, KernelLow: .6, KernelHigh: .7, High: .5999}} {
		d.Splits[1].Circuits[0] = off
		a = d.agree()
		assert.Equal(t, 2, a.compared)
		assert.Equal(t, 1, a.within)
		assert.InDelta(t, .0001, a.outside, 1e-9)
	}
}

func TestSplitTakesOverTheVerdict(t *testing.T) {
	s := Split{Wanted: fail, Says: "ec2 carries", Circuits: []SplitCircuit{{Name: "ec1", Kernel: .1}, {Name: "ec2", Kernel: .9}}}
	out := `{"verdict": "fail", "reason": "ec2 carries the traffic alone", "from": "2026-01-02T03:04:05.6Z", "until": "2026-01-02T03:04:15.6Z",
		"causes": [], "notes": [{"code": "few-addresses"}], "circuits": [{"name": "ec2", "packets": 9, "share": 0.8, "low": 0.7, "high": 0.85}]}`
	require.NoError(t, s.judge([]byte(out), shippedModel(t)))
	assert.True(t, s.ok())
	assert.True(t, s.found("few-addresses"))
	assert.False(t, s.found("few-addresses", "too-few-flows"))
	assert.Equal(t, 10*time.Second, s.Until.Sub(s.From))
	assert.Equal(t, "fail: ec1 10.00 % ec2 90.00 % (flows say 70.00 to 85.00); ec2 carries", s.words())
	assert.Equal(t, "fail, ec2 carries", s.wanted())
	s.Says = "ec1 carries"
	assert.False(t, s.ok(), "for another reason")
}

func TestOwnPacketsAreReadFromNft(t *testing.T) {
	m := shippedModel(t)
	rules := m.ownRules()
	assert.Contains(t, rules, "egress device c2 priority 0; ip daddr 192.168.0.0/16 accept; counter name own1;")
	const line = `{"counter": {"family": "netdev", "name": "own%d", "table": "own", "handle": 1, "packets": %d, "bytes": 1}}`
	got, err := m.parseOwn([]byte(`{"nftables": [{"metainfo": {"version": "1.0.6"}}, ` + fmt.Sprintf(line, 1, 8) + "," + fmt.Sprintf(line, 0, 7) + "]}"))
	require.NoError(t, err)
	assert.Equal(t, []uint64{7, 8}, got)
	_, err = m.parseOwn([]byte(`{"nftables": []}`))
	require.ErrorContains(t, err, "0 of 2 counters")
}

func TestSwitchHasTheCircuitsIndexes(t *testing.T) {
	m := shippedModel(t)
	assert.Equal(t, "link add name q1 index 3 type veth peer name r1 index 100\nlink add name q2 index 4 type veth peer name r2 index 101\n", m.switchPorts())
	assert.Contains(t, m.mirrorRules(), `egress device c2 priority 0; dup to "m2"`)
}
