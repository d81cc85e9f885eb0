package report

import (
	"bytes"
	"encoding/json"
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
