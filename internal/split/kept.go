package split

import "fmt"

// Kept compares the rate of packets to the cloud in two spans: before a change,
// and after it. A share alone hides an outage: two circuits that carry half of
// next to nothing each are even. It passes unless the rate has surely fallen
// under what a failover must keep; the load of a site moves by itself, so that
// less is no proof. Both results are of a span of time.
func Kept(before, after *Result) (Verdict, string) {
	rate := rateRatio(ratedOf(after), ratedOf(before), quantile(after.Level, 2))
	if rate.High < minSurviving {
		return Fail, fmt.Sprintf("the rate of packets to the cloud is %s of that before the change (at most %s), and at least %s are asked for",
			percent(rate.Share), percent(rate.High), percent(minSurviving))
	}
	if rate.Low == 0 {
		return Inconclusive, "the rate of packets to the cloud cannot be compared with that before the change"
	}
	return Pass, fmt.Sprintf("the rate of packets to the cloud is %s of that before the change (%s to %s)", percent(rate.Share), percent(rate.Low), percent(rate.High))
}

// ratedOf is what a result says of the rate, all circuits together and what is
// of none.
func ratedOf(r *Result) rated {
	sum := r.Unattributed
	for _, c := range r.Circuits {
		sum += c.Packets
	}
	return rated{packets: sum, samples: r.Effective, in: r.Until.Sub(r.From)}
}
