package split

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Interval is a share with what the sampling leaves open.
type Interval struct{ Share, Low, High float64 }

// quantile returns how many standard deviations a statement about each of n
// circuits may be off, so that all hold together at the level.
func quantile(level float64, n int) float64 {
	return distuv.UnitNormal.Quantile(1 - tail(level, n)/2)
}

// wilson is the score interval of a proportion p of n trials (Wilson 1927). It
// holds its level at small shares, where the usual one does not. n need not be
// whole: samples of unequal weight count as fewer (see effective).
func wilson(p, n, z float64) Interval {
	if n <= 0 {
		return Interval{Share: p, Low: 0, High: 1}
	}
	d := 1 + z*z/n
	mid := p + z*z/(2*n)
	half := z * math.Sqrt(max(p*(1-p), 0)/n+z*z/(4*n*n))
	return Interval{Share: p, Low: max((mid-half)/d, 0), High: min((mid+half)/d, 1)}
}

// effective is the number of equal samples that tell as much as samples with
// this sum of weights and of their squares (Kish 1965).
func effective(sum, squares float64) float64 {
	if squares <= 0 {
		return 0
	}
	return sum * sum / squares
}

// census is the interval when every packet was counted: no sampling error, but
// what was lost on the way may have been of any circuit, and of a record across
// an edge of the window it is not known which of its packets lie inside. off is
// the standard deviation of the share from that, times z.
func census(p, loss, off float64) Interval {
	return Interval{Share: p, Low: max(p*(1-loss)-off, 0), High: min(p*(1-loss)+loss+off, 1)}
}

// needed returns how many effective samples bring the bound of a share p to the
// other side of limit: Wilson's interval holds the limits that are within z
// standard deviations, and those are the limit's own, √(limit(1-limit)/n).
func needed(p, limit, z float64) float64 {
	gap := math.Abs(p - limit)
	if gap < 1e-4 {
		return math.Inf(1)
	}
	return z * z * limit * (1 - limit) / (gap * gap)
}
