package report

import (
	"fmt"
	"html/template"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/go-analyze/charts"

	"github.com/twinpath/twinpath/internal/split"
)

// curve is one circuit's line of a chart with its band, and a thin one beside
// it. A point without traffic is NaN and leaves a gap.
type curve struct{ mid, low, high, beside []float64 }

// chart is a picture of curves over time.
type chart struct {
	// title is what a screen reader says.
	title  string
	start  time.Time
	width  time.Duration // of one point
	points int
	curves []curve
	// top is the end of the axis of values, limits are dashed lines across, label
	// writes a value of the axis.
	top    float64
	limits []float64
	label  func(float64) string
	events []split.Event
}

// ink is what a chart is drawn with. The library knows colors only, so that
// each is drawn in a color of its own which the page then replaces by a
// variable: one picture serves light and dark.
type ink uint8

const (
	inkText ink = iota
	inkGrid
	inkLimit
	inkEvent
	inkLine // and one for each circuit's line after it
)

// maxInks is how many circuits have a color of their own; more begin again.
const maxInks = 8

const inkArea = inkLine + maxInks

var inkNames = sync.OnceValue(func() []string {
	names := []string{inkText: "--ink", inkGrid: "--grid", inkLimit: "--limit", inkEvent: "--event", inkArea + maxInks - 1: ""}
	for i := range ink(maxInks) {
		names[inkLine+i] = fmt.Sprintf("--line%d", i)
		names[inkArea+i] = fmt.Sprintf("--area%d", i)
	}
	return names
})

func (i ink) color() charts.Color { return charts.Color{R: 1, G: 1, B: uint8(i), A: 255} }

var inks = sync.OnceValue(func() *strings.Replacer {
	var pairs []string
	for i, name := range inkNames() {
		pairs = append(pairs, fmt.Sprintf("rgb(1,1,%d)", i), "var("+name+")")
	}
	return strings.NewReplacer(pairs...)
})

// The margins of a chart, in units of its own.
const (
	marginLeft   = 52
	marginRight  = 12
	marginTop    = 20
	marginBottom = 26
	letter       = 7.2 // about the width of a letter of the labels
)

// canvas maps times and values to a picture.
type canvas struct {
	*charts.Painter
	*chart
	w, h int
}

// draw returns the chart as SVG that is as wide as its place, with a text size
// that suits a place of about w pixels.
func (c *chart) draw(w, h int) (template.HTML, error) {
	p := canvas{charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: w, Height: h}), c, w, h}
	p.values()
	p.times()
	for i, k := range c.curves {
		p.area(k, inkArea+ink(i%maxInks))
	}
	for i, k := range c.curves {
		p.line(k, i)
	}
	for _, l := range c.limits {
		y := p.y(l)
		p.DashedLineStroke([]charts.Point{{X: marginLeft, Y: y}, {X: w - marginRight, Y: y}}, inkLimit.color(), 1.5, []float64{6, 4})
	}
	p.marks()
	b, err := p.Bytes()
	if err != nil {
		return "", fmt.Errorf("draw chart: %w", err)
	}
	label := template.HTMLEscapeString(c.title)
	svg := strings.Replace(inks().Replace(string(b)), "<svg ", `<svg role="img" aria-label="`+label+`" `, 1)
	return template.HTML(svg), nil //nolint:gosec // the library escapes the texts, the label is escaped above
}

func (p *canvas) x(point float64) int {
	return marginLeft + int(math.Round(point/float64(p.points)*float64(p.w-marginLeft-marginRight)))
}

func (p *canvas) y(v float64) int {
	v = min(max(v/p.top, 0), 1)
	return p.h - marginBottom - int(math.Round(v*float64(p.h-marginTop-marginBottom)))
}

func (p *canvas) text(s string, x, y int, i ink) {
	p.Text(s, x, y, 0, charts.FontStyle{FontSize: 9, FontColor: i.color()})
}

// values draws the axis of values.
func (p *canvas) values() {
	for i := range 5 {
		v := p.top * float64(i) / 4
		y := p.y(v)
		p.LineStroke([]charts.Point{{X: marginLeft, Y: y}, {X: p.w - marginRight, Y: y}}, inkGrid.color(), 1)
		label := p.label(v)
		p.text(label, marginLeft-6-int(letter*float64(len(label))), y+4, inkText)
	}
}

const day = 24 * time.Hour

// steps are the distances of the labels of an axis of time.
var steps = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, day, 2 * day, 7 * day, 14 * day, 28 * day,
}

// times draws the axis of time, in UTC, with as many labels as there is room.
func (p *canvas) times() {
	const room = 84
	whole := p.width * time.Duration(p.points)
	step := steps[len(steps)-1]
	for _, s := range steps {
		if int(whole/s) <= (p.w-marginLeft-marginRight)/room {
			step = s
			break
		}
	}
	layout := "15:04:05"
	switch {
	case step >= day:
		layout = "Jan 2"
	case step >= time.Minute:
		layout = "15:04"
	}
	half := int(letter * float64(len(layout)) / 2)
	for at := p.start.Truncate(step); !at.After(p.start.Add(whole)); at = at.Add(step) {
		if at.Before(p.start) {
			continue
		}
		x := p.x(p.at(at))
		p.LineStroke([]charts.Point{{X: x, Y: p.h - marginBottom}, {X: x, Y: p.h - marginBottom + 4}}, inkText.color(), 1)
		p.text(at.UTC().Format(layout), min(x-half, p.w-2*half), p.h-marginBottom+18, inkText)
	}
}

// at is a time as a number of points.
func (p *canvas) at(t time.Time) float64 { return float64(t.Sub(p.start)) / float64(p.width) }

// area fills the bands of a curve, one piece between gaps at a time.
func (p *canvas) area(k curve, color ink) {
	for from := 0; from < len(k.low); from++ {
		to := from
		for to < len(k.low) && !math.IsNaN(k.low[to]) {
			to++
		}
		if to > from {
			p.FillArea(p.outline(k, from, to), color.color())
			from = to
		}
	}
}

// outline goes along the upper bounds and back along the lower ones. The band
// of a point is as wide as the point, so that one alone is seen.
func (p *canvas) outline(k curve, from, to int) []charts.Point {
	out := []charts.Point{{X: p.x(float64(from)), Y: p.y(k.high[from])}}
	for i := from; i < to; i++ {
		out = append(out, charts.Point{X: p.x(float64(i) + .5), Y: p.y(k.high[i])})
	}
	out = append(out, charts.Point{X: p.x(float64(to)), Y: p.y(k.high[to-1])}, charts.Point{X: p.x(float64(to)), Y: p.y(k.low[to-1])})
	for i := to - 1; i >= from; i-- {
		out = append(out, charts.Point{X: p.x(float64(i) + .5), Y: p.y(k.low[i])})
	}
	return append(out, charts.Point{X: p.x(float64(from)), Y: p.y(k.low[from])})
}

// line draws a curve. Every second circuit's is dashed, so that they are told
// apart without their colors.
func (p *canvas) line(k curve, i int) {
	color := (inkLine + ink(i%maxInks)).color()
	if len(k.beside) > 0 {
		p.DashedLineStroke(p.path(k.beside), color, 1, []float64{1, 2})
	}
	if i%2 == 1 {
		p.DashedLineStroke(p.path(k.mid), color, 2.5, []float64{8, 3})
		return
	}
	p.LineStroke(p.path(k.mid), color, 2.5)
}

// path returns where the values of a line are.
func (p *canvas) path(values []float64) []charts.Point {
	points := make([]charts.Point, len(values))
	for n, v := range values {
		points[n] = charts.Point{X: p.x(float64(n) + .5), Y: math.MaxInt32} // a gap
		if !math.IsNaN(v) {
			points[n].Y = p.y(v)
		}
	}
	return points
}

// marks draws a numbered line for each event. The page lists them by number.
func (p *canvas) marks() {
	for i, e := range p.events {
		at := p.at(e.At)
		if at < 0 || at > float64(p.points) {
			continue
		}
		x := p.x(at)
		p.DashedLineStroke([]charts.Point{{X: x, Y: marginTop}, {X: x, Y: p.h - marginBottom}}, inkEvent.color(), 1.5, []float64{2, 3})
		label := fmt.Sprint(i + 1)
		p.text(label, x-int(letter*float64(len(label))/2), marginTop-6, inkEvent)
	}
}
