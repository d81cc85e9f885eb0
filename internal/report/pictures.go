package report

import (
	"fmt"
	"math"
	"time"

	"github.com/twinpath/twinpath/internal/split"
)

// The points of a chart: as many as its place has room for, and each of enough
// samples that its band says something.
const (
	wideWidth, wideHeight, widePoints       = 920, 280, 60
	narrowWidth, narrowHeight, narrowPoints = 312, 230, 24
	samplesAPoint                           = 30
)

// joined returns the series in at most n points.
func joined(r *split.Result, n int) split.Series {
	have := len(r.Series.Points)
	k := (have + n - 1) / n
	if each := r.Effective / float64(max(have, 1)); each > 0 {
		k = max(k, int(math.Ceil(samplesAPoint/each)))
	}
	return r.Coarser(min(k, max(have/6, 1)))
}

func pictures(r *split.Result) ([]picture, error) {
	if len(r.Series.Points) < 2 {
		return nil, nil
	}
	var out []picture
	for _, k := range []struct {
		title, text string
		make        func(*split.Result, split.Series) *chart
	}{
		{"Share of each circuit over time", "Of the packets to the cloud. The bands are the " + pointBand(r) + " of each moment alone; thin dots are the shares of the bytes.", shareChart},
		{"The share so far, closing in", "Of all packets up to each moment. The bands hold at every look at once; the verdict is settled when they leave the limit.", runningChart},
		{"Packets per second", "Shares hide an outage of all circuits; this does not.", rateChart},
	} {
		p := picture{Title: k.title, Text: k.text}
		var err error
		c := k.make(r, joined(r, widePoints))
		c.title, p.Unknown = k.title, c.unknown != nil
		if len(c.limits) > 0 && r.Effective == 0 {
			continue // a share of nothing
		}
		if p.Wide, err = c.draw(wideWidth, wideHeight); err != nil {
			return nil, err
		}
		for _, l := range c.limits {
			p.Limits = append(p.Limits, "limit "+share(l))
		}
		c = k.make(r, joined(r, narrowPoints))
		c.title = k.title
		if p.Narrow, err = c.draw(narrowWidth, narrowHeight); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func pointBand(r *split.Result) string { return fmt.Sprintf("%g %% intervals", r.Level*100) }

func newChart(r *split.Result, s split.Series) *chart {
	c := &chart{start: s.Start, width: s.Width, points: len(s.Points), top: 1, events: r.Events}
	c.label = func(v float64) string { return fmt.Sprintf("%.0f %%", v*100) }
	c.curves = make([]curve, len(r.Circuits))
	return c
}

// limits are the shares asked for, each once.
func limits(r *split.Result) []float64 {
	var out []float64
	for _, c := range r.Circuits {
		if l := limit(r, c); l > 0 && (len(out) == 0 || out[len(out)-1] != l) {
			out = append(out, l)
		}
	}
	return out
}

func (k *curve) add(i split.Interval, seen bool) {
	if !seen {
		i = split.Interval{Share: math.NaN(), Low: math.NaN(), High: math.NaN()}
	}
	k.mid, k.low, k.high = append(k.mid, i.Share), append(k.low, i.Low), append(k.high, i.High)
}

func shareChart(r *split.Result, s split.Series) *chart {
	c := newChart(r, s)
	c.limits = limits(r)
	for _, p := range s.Points {
		bytes := 0.0
		for _, b := range p.Bytes {
			bytes += b
		}
		for i := range c.curves {
			k := &c.curves[i]
			k.add(p.Share[i], p.Effective > 0)
			k.beside = append(k.beside, p.Bytes[i]/bytes) // of nothing it is NaN, a gap
		}
	}
	return c
}

func runningChart(r *split.Result, s split.Series) *chart {
	c := newChart(r, s)
	c.limits = limits(r)
	seen := false
	for _, p := range s.Points {
		seen = seen || p.Effective > 0
		for i := range c.curves {
			c.curves[i].add(p.Running[i], seen)
		}
	}
	return c
}

func rateChart(r *split.Result, s split.Series) *chart {
	c := newChart(r, s)
	most := 0.0
	for n, p := range s.Points {
		width := s.Width
		if end, known := lastEnd(r); known && n == len(s.Points)-1 && p.At.Add(width).After(end) && end.After(p.At) {
			width = end.Sub(p.At) // the last point may be of fewer
		}
		for i := range c.curves {
			v := p.Packets[i] / width.Seconds()
			most = max(most, v)
			c.curves[i].mid = append(c.curves[i].mid, v)
		}
		if r.Unattributed > 0 {
			v := p.Unattributed / width.Seconds()
			most = max(most, v)
			c.unknown = append(c.unknown, v)
		}
	}
	c.top = roundUp(most)
	c.label = func(v float64) string { return scaled(v, "") }
	return c
}

// lastEnd is where the series ends.
func lastEnd(r *split.Result) (time.Time, bool) {
	n := len(r.Series.Points)
	if n == 0 {
		return time.Time{}, false
	}
	return r.Series.Points[n-1].At.Add(r.Series.Width), true
}

// roundUp is the next number of which the quarters are short to write.
func roundUp(v float64) float64 {
	if v <= 0 {
		return 1
	}
	p := math.Pow10(int(math.Floor(math.Log10(v))))
	for _, m := range []float64{1, 2, 4, 6, 8} {
		if v <= m*p {
			return m * p
		}
	}
	return 10 * p
}
