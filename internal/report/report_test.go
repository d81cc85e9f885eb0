package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/split"
)

// result is a verification of two circuits with a byte share that differs.
func result() *split.Result {
	return &split.Result{
		Scenario: "shanghai", Mode: "active-active", Verdict: split.Pass, Reason: "every circuit carries at least 20 %",
		Circuits: []split.Circuit{
			{Name: "ec1", Gateway: "gw1", Packets: 5100, Bytes: 900000, Samples: 51, Flows: 7, Share: split.Interval{Share: 0.51, Low: 0.49, High: 0.53}},
			{Name: "ec2", Gateway: "gw1", Packets: 4900, Bytes: 100000, Samples: 49, Flows: 6, Share: split.Interval{Share: 0.49, Low: 0.47, High: 0.51}},
		},
		Notes: []split.Finding{{Code: "attributed-by-next-hop", Text: "ec1 was attributed by the next hop"}},
		Rates: []split.Rate{{Exporter: "172.16.255.1", Gateway: "gw1", Protocol: "NetFlow v9", Rate: 100, Source: "options", Samples: 100}},
		Level: 0.95, MinShare: 0.2, Window: time.Minute,
	}
}

// The keys of the JSON object are fixed: scripts outside the project read them.
func TestJSONHasTheFixedKeys(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, JSON(&b, result()))
	var got struct {
		Verdict  string `json:"verdict"`
		Reason   string `json:"reason"`
		Circuits []struct {
			Name    string  `json:"name"`
			Packets uint64  `json:"packets"`
			Bytes   uint64  `json:"bytes"`
			Flows   int     `json:"flows"`
			Samples uint64  `json:"samples"`
			Share   float64 `json:"share"`
			Low     float64 `json:"low"`
			High    float64 `json:"high"`
		} `json:"circuits"`
		Unattributed *uint64         `json:"unattributed"`
		Sampling     json.RawMessage `json:"sampling"`
	}
	require.NoError(t, json.Unmarshal(b.Bytes(), &got))
	assert.Equal(t, "pass", got.Verdict)
	assert.NotEmpty(t, got.Reason)
	require.Len(t, got.Circuits, 2)
	assert.Equal(t, "ec1", got.Circuits[0].Name)
	assert.EqualValues(t, 5100, got.Circuits[0].Packets)
	assert.EqualValues(t, 900000, got.Circuits[0].Bytes)
	assert.Equal(t, 7, got.Circuits[0].Flows)
	assert.EqualValues(t, 51, got.Circuits[0].Samples)
	assert.InDelta(t, 0.49, got.Circuits[0].Low, 1e-9)
	assert.InDelta(t, 0.53, got.Circuits[0].High, 1e-9)
	require.NotNil(t, got.Unattributed)
	assert.NotEmpty(t, got.Sampling)
}

func TestTextBeginsWithTheVerdict(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, Text(&b, result()))
	assert.Regexp(t, `^PASS  shanghai, site to cloud: every circuit carries at least 20 %`, b.String())
	assert.Regexp(t, `(?m)^ec1 +51\.0 % +49\.0 % to 53\.0 %`, b.String())
	assert.Contains(t, b.String(), "[attributed-by-next-hop]")
}

func TestInconclusiveSaysWhy(t *testing.T) {
	r := result()
	r.Verdict, r.Reason = split.Inconclusive, "too few samples"
	r.Causes = []split.Finding{{Code: "few-samples", Text: "51 samples are too few"}}
	r.More = 400
	var b bytes.Buffer
	require.NoError(t, Text(&b, r))
	assert.Regexp(t, `^INCONCLUSIVE  shanghai`, b.String())
	assert.Contains(t, b.String(), "too few")
}

func TestMarkdownIsATable(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, Markdown(&b, result()))
	assert.Regexp(t, `^## Verification of shanghai: pass`, b.String())
	assert.Regexp(t, `(?m)^\| ec2 \|`, b.String())
}

// TestJUnitSaysWhatFailed holds the report to what a CI server reads: counts
// that fit the cases, a failure for a failed circuit, an error where nothing
// could be told, and text that stays XML whatever an exporter sends.
func TestJUnitSaysWhatFailed(t *testing.T) {
	parse := func(r *split.Result) suites {
		var b bytes.Buffer
		require.NoError(t, JUnit(&b, r))
		var got suites
		require.NoError(t, xml.Unmarshal(b.Bytes(), &got))
		assert.Len(t, got.Suite.Cases, got.Tests)
		return got
	}
	got := parse(result())
	assert.Equal(t, 3, got.Tests)
	assert.Zero(t, got.Failures+got.Errors+got.Suite.Skipped)
	assert.Contains(t, got.Suite.Out, "PASS  shanghai")

	r := result()
	r.Verdict, r.Reason = split.Fail, "ec2 carries 0.0 % <of> the \"packets\" & nothing else\x1b[31m"
	r.Circuits[0].Share, r.Circuits[1].Share = split.Interval{Share: 1, Low: .99, High: 1}, split.Interval{Share: 0, Low: 0, High: .01}
	got = parse(r)
	assert.Equal(t, 2, got.Failures, "the verdict and the circuit")
	assert.Contains(t, got.Suite.Cases[0].Failure.Message, `<of> the "packets"`)
	assert.Equal(t, "ec2 carries at least 20.0 %", got.Suite.Cases[2].Name)
	assert.NotNil(t, got.Suite.Cases[2].Failure)
	assert.Nil(t, got.Suite.Cases[1].Failure)

	r = result()
	r.Verdict, r.Causes = split.Inconclusive, []split.Finding{{Code: "rate-unknown", Text: "nobody says how gw1 samples"}}
	got = parse(r)
	assert.Equal(t, 1, got.Errors)
	assert.Equal(t, 2, got.Suite.Skipped)
	assert.Contains(t, got.Suite.Cases[0].Error.Text, "[rate-unknown]")
}

// TestStandbyIsHeldToItsOwnLimit: the active circuit of active-standby has no
// floor, the other a ceiling.
func TestStandbyIsHeldToItsOwnLimit(t *testing.T) {
	r := result()
	r.MinShare, r.Standby = .2, .01
	r.Circuits[1].Standby = true
	assert.Equal(t, "carries the traffic", asked(r, r.Circuits[0]))
	assert.Equal(t, "carries at most 1.0 % as a standby", asked(r, r.Circuits[1]))
	assert.True(t, broken(r, r.Circuits[1]))
	r.Circuits[0].Share = split.Interval{}
	assert.False(t, broken(r, r.Circuits[0]))
}

// full is a result with all that an exporter may add to it.
func full() *split.Result {
	r := result()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	r.From, r.Until = noon, noon.Add(time.Minute)
	r.Events = []split.Event{{At: noon.Add(30 * time.Second), Circuit: "ec2", Kind: split.Moved}}
	r.TopFlows = []split.TopFlow{{Name: "172.16.1.1:5 > 192.168.1.1:443", Circuit: "ec1", Bytes: 3e5, Share: .3}}
	r.Counters = []split.Counter{{Circuit: "ec1", Packets: 5000, Bytes: 9e5, Share: .5, ByteShare: .9, Source: "sFlow | <b>\x1b[2J"}}
	return r
}

func TestEveryFormatShowsEvents(t *testing.T) {
	for name, write := range map[string]func(io.Writer, *split.Result) error{"text": Text, "markdown": Markdown, "junit": JUnit} {
		var b bytes.Buffer
		require.NoError(t, write(&b, full()))
		assert.Contains(t, b.String(), "the traffic of ec2 moved to the others", name)
		assert.NotContains(t, b.String(), "\x1b", name)
	}
	var b bytes.Buffer
	require.NoError(t, JSON(&b, full()))
	var got struct {
		From     time.Time
		Until    time.Time
		Events   []struct{ Kind, Circuit string }
		TopFlows []struct{ Share float64 } `json:"top_flows"`
		Counters []struct{ Source string }
	}
	require.NoError(t, json.Unmarshal(b.Bytes(), &got))
	assert.Equal(t, time.Minute, got.Until.Sub(got.From))
	assert.Equal(t, "moved", got.Events[0].Kind)
	assert.InDelta(t, .3, got.TopFlows[0].Share, 1e-9)
	assert.Len(t, got.Counters, 1)
}

func TestMarkdownCellsStayCells(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, Markdown(&b, full()))
	assert.Contains(t, b.String(), `| ec1 | 51.0 % | 50.0 % | 0.0 % | 90.0 % | sFlow \| &lt;b>`)
}
