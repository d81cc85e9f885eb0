package split

import "math"

// sequence is a confidence sequence of a proportion p of n trials: it holds at
// every look at once, so that one may watch and stop when it is narrow enough.
// An interval for a fixed number of samples does not: looked at every ten
// samples it is wrong in two of five runs.
//
// It holds every p that the mixture of all likelihood ratios against p, with
// Jeffreys' prior, does not make e^-… times less likely than allowed (Robbins
// 1970; Howard, Ramdas, McAuliffe, Sekhon 2021, "Time-uniform, nonparametric,
// nonasymptotic confidence sequences", beta-binomial mixture). By Ville's
// inequality the truth is ever outside with a probability of at most alpha.
// That is exact for samples of equal weight; of unequal weight n is the
// effective number (see effective), which is close.
func sequence(p, n, alpha float64) Interval {
	if n <= 0 {
		return Interval{Share: p, Low: 0, High: 1}
	}
	hits, misses := p*n, (1-p)*n
	limit := logBeta(hits+.5, misses+.5) - logBeta(.5, .5) + math.Log(alpha)
	// The likelihood of q falls on both sides of p.
	likely := func(q float64) bool { return xlogy(hits, q)+xlogy(misses, 1-q) > limit }
	return Interval{Share: p, Low: edge(0, p, likely), High: edge(1, p, likely)}
}

// neededWatching returns how many effective samples bring the sequence's bound
// of a share p to the other side of limit.
func neededWatching(p, limit, alpha float64) float64 {
	if math.Abs(p-limit) < 1e-4 {
		return math.Inf(1)
	}
	settled := func(n float64) bool {
		hits, misses := p*n, (1-p)*n
		return xlogy(hits, limit)+xlogy(misses, 1-limit) <= logBeta(hits+.5, misses+.5)-logBeta(.5, .5)+math.Log(alpha)
	}
	few, many := 1.0, 1e9
	for range 60 { // halve the ratio: finer than the number is worth
		if n := math.Sqrt(few * many); settled(n) {
			many = n
		} else {
			few = n
		}
	}
	return many
}

// edge finds by halving where likely begins between a bound outside and a share
// inside. Thirty halvings are finer than any share that is printed.
func edge(outside, inside float64, likely func(float64) bool) float64 {
	if likely(outside) {
		return outside
	}
	for range 30 {
		if mid := (outside + inside) / 2; likely(mid) {
			inside = mid
		} else {
			outside = mid
		}
	}
	return outside
}

func logBeta(a, b float64) float64 {
	x, _ := math.Lgamma(a)
	y, _ := math.Lgamma(b)
	z, _ := math.Lgamma(a + b)
	return x + y - z
}

// xlogy is x·log(y), 0 where x is.
func xlogy(x, y float64) float64 {
	if x == 0 {
		return 0
	}
	return x * math.Log(y)
}

// tail is the part of the error that a statement about each of n circuits may
// take, so that all hold together at the level. Two shares add up to one and
// are one statement; of more, each gets its part.
func tail(level float64, n int) float64 {
	if n <= 2 {
		return 1 - level
	}
	return (1 - level) / float64(n)
}
