package split

import "time"

// Coarser returns the series of the result with k points made one, for a chart
// that has less room or asks for more samples in a point. The last point may be
// of fewer.
func (r *Result) Coarser(k int) Series {
	s := r.Series
	if k <= 1 || len(s.Points) == 0 {
		return s
	}
	out := Series{Start: s.Start, Width: s.Width * time.Duration(k)}
	z := quantile(r.Level, len(r.Circuits))
	for i := 0; i < len(s.Points); i += k {
		out.Points = append(out.Points, join(s.Points[i:min(i+k, len(s.Points))], z))
	}
	return out
}

// join makes one point of several.
func join(ps []Point, z float64) Point {
	last := ps[len(ps)-1]
	n := len(last.Packets)
	out := Point{At: ps[0].At, Packets: make([]float64, n), Bytes: make([]float64, n), Share: make([]Interval, n), Running: last.Running}
	var sum, squares float64
	for _, p := range ps {
		here := 0.0
		for c := range n {
			out.Packets[c] += p.Packets[c]
			out.Bytes[c] += p.Bytes[c]
			here += p.Packets[c]
		}
		out.Unattributed += p.Unattributed
		sum += here
		if p.Effective > 0 { // Kish's size is sum² / squares
			squares += here * here / p.Effective
		}
	}
	out.Effective = effective(sum, squares)
	for c := range n {
		out.Share[c] = wilson(ratioOf(out.Packets[c], sum), out.Effective, z)
	}
	return out
}
