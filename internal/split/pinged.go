package split

// Pinged takes in what pings and traces by the circuits' own addresses say,
// which samples cannot: whether the far end answers. What is lost is no pass; a
// failed verdict stays one, and the rest are notes.
func (r *Result) Pinged(found []Finding, lost string) {
	for _, f := range found {
		if f.Code != lost || r.Verdict == Fail {
			r.Notes = append(r.Notes, f)
			continue
		}
		r.Causes = append(r.Causes, f)
		r.Verdict = Inconclusive
		r.Reason = words(r.Causes)
	}
}
