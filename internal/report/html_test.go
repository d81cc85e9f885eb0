package report

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/twinpath/twinpath/internal/split"
)

// timed is a result with a series in which ec2 stops half way.
func timed(circuits, points int) *split.Result {
	r := full()
	r.Effective = float64(40 * points)
	noon := r.From
	r.Circuits = nil
	for i := range circuits {
		r.Circuits = append(r.Circuits, split.Circuit{Name: fmt.Sprintf("ec%d", i+1), Gateway: "gw1", Share: split.Interval{Share: .5, Low: .4, High: .6}})
	}
	r.Series = split.Series{Start: noon, Width: time.Second}
	for n := range points {
		p := split.Point{At: noon.Add(time.Duration(n) * time.Second), Effective: 40}
		for i := range circuits {
			part := 1 / float64(circuits)
			if n > points/2 && i == 1 {
				part = 0
			}
			p.Packets, p.Bytes = append(p.Packets, 1000*part), append(p.Bytes, 1e5*part)
			p.Share = append(p.Share, split.Interval{Share: part, Low: max(part-.1, 0), High: min(part+.1, 1)})
			p.Running = append(p.Running, split.Interval{Share: part, Low: max(part-.2, 0), High: min(part+.2, 1)})
		}
		if n%10 == 9 { // nothing came
			p.Effective, p.Packets = 0, make([]float64, circuits)
		}
		r.Series.Points = append(r.Series.Points, p)
	}
	return r
}

func pageOf(t *testing.T, r *split.Result) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, HTML(&b, r))
	return b.String()
}

// outside are the elements and attributes with which a page loads something or
// runs something.
var outside = regexp.MustCompile(`^(src|href|srcset|action|poster|data|on.*)$`)

// TestPageStandsAlone: nothing is loaded, nothing runs, every color is one
// that the page gives for light and for dark, and no text of an exporter
// becomes an element.
func TestPageStandsAlone(t *testing.T) {
	r := timed(9, 300)
	r.Circuits[0].Interface = "Gi0/0/0 <script>alert(1)</script>\x1b[2J"
	r.TopFlows[0].Name = `"><img src=x onerror=alert(1)>`
	r.Notes[0].Text = "<style>*{display:none}</style>"
	text := pageOf(t, r)
	doc, err := html.Parse(strings.NewReader(text))
	require.NoError(t, err)
	styles, charts := 0, 0
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		assert.NotContains(t, []string{"script", "link", "iframe", "object", "embed", "img", "use", "image", "base"}, n.Data)
		for _, a := range n.Attr {
			assert.NotRegexp(t, outside, a.Key)
		}
		switch n.Data {
		case "style":
			styles++
		case "svg":
			charts++
		}
	}
	assert.Equal(t, 1, styles)
	assert.Equal(t, 6, charts, "three charts in two sizes")
	assert.Empty(t, regexp.MustCompile(`ZgotmplZ|\x1b|rgb\(|url\(|@import|\bfill:(white|black)`).FindAllString(text, -1),
		"a value that the template does not trust, a control character, or a color of its own")
	for _, name := range regexp.MustCompile(`var\((--[a-z]+[0-9]*)\)`).FindAllStringSubmatch(text, -1) {
		assert.Contains(t, text, name[1]+":", "a color without a value")
	}
	assert.Contains(t, text, "var(--line7)")
	assert.Less(t, len(text), 256<<10)
}

func TestPageSaysWhatItMeans(t *testing.T) {
	r := timed(2, 60)
	got := pageOf(t, r)
	assert.Contains(t, got, "Both circuits carry the traffic.")
	assert.Contains(t, got, "2026-03-01 12:00:00 to 12:01:00 UTC")
	assert.Contains(t, got, "the traffic of ec2 moved to the others")

	r.Verdict, r.Reason = split.Fail, "ec2 carries 0 %"
	r.Circuits[1].Share = split.Interval{High: .01}
	got = pageOf(t, r)
	assert.Contains(t, got, "Below the share asked for: ec2.")
	assert.Contains(t, got, "✗ not so: carries at least 20.0 %")

	r.Verdict, r.Reason, r.More = split.Inconclusive, "too few", 400
	r.Causes = []split.Finding{{Code: "too-few-samples", Text: "only 40 samples"}}
	got = pageOf(t, r)
	assert.Contains(t, got, "Do not sign the change on this. About 400 more samples would settle it.")
	assert.Contains(t, got, "only 40 samples")
	assert.NotContains(t, got, "✓")
}

// TestPageOfNothing: a verification that saw nothing has a page too.
func TestPageOfNothing(t *testing.T) {
	got := pageOf(t, &split.Result{Scenario: "s", Verdict: split.Inconclusive, Reason: "no flow export came from gw1"})
	assert.Contains(t, got, "No verdict")
	assert.NotContains(t, got, "<svg")
}

// TestChartLeavesGaps: where nothing was seen no line is drawn, since a line
// says that something was.
func TestChartLeavesGaps(t *testing.T) {
	r := timed(2, 60)
	c := shareChart(r, r.Series)
	svg, err := c.draw(wideWidth, wideHeight)
	require.NoError(t, err)
	lines := regexp.MustCompile(`d="([^"]*)" style="stroke-width:2.5;stroke:var\(--line0\)`).FindAllStringSubmatch(string(svg), -1)
	moves := 0
	for _, l := range lines {
		moves += strings.Count(l[1], "M ")
	}
	assert.GreaterOrEqual(t, moves, 6, "five gaps within, one at the end")
	assert.Equal(t, 6, strings.Count(string(svg), "fill:var(--area0)"))
	assert.Contains(t, string(svg), "stroke:var(--event)")
	assert.Contains(t, string(svg), "stroke:var(--limit)")
}

func TestAxisHasRoomForItsLabels(t *testing.T) {
	for _, whole := range []time.Duration{20 * time.Second, time.Minute, 5 * time.Minute, time.Hour, 26 * time.Hour, 9 * 24 * time.Hour} {
		r := timed(2, 30)
		c := shareChart(r, r.Series)
		c.width = whole / 30
		for _, w := range []int{wideWidth, narrowWidth} {
			svg, err := c.draw(w, narrowHeight)
			require.NoError(t, err)
			n := len(regexp.MustCompile(`>(\d\d:\d\d(:\d\d)?|[A-Z][a-z]+ \d+)<`).FindAllString(string(svg), -1))
			assert.Positive(t, n, "%s on %d", whole, w)
			assert.LessOrEqual(t, n, w/70, "%s on %d", whole, w)
		}
	}
	for v, want := range map[float64]float64{0: 1, 3: 4, 4.1: 6, 9: 10, 101: 200, 0.03: 0.04} {
		assert.InDelta(t, want, roundUp(v), 1e-9)
	}
}
