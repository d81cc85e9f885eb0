// Package report prints the result of a verification: one value, several
// printers. It decides nothing: what stands in a report stands in the result.
package report

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/twinpath/twinpath/internal/split"
)

// band heads the column of the interval.
func band(r *split.Result) string {
	switch {
	case r.Census:
		return "every packet"
	case r.Watching:
		return fmt.Sprintf("%g %% at every look", r.Level*100)
	}
	return fmt.Sprintf("%g %% interval", r.Level*100)
}

// heads are the columns of rows.
func heads(r *split.Result) []string {
	return []string{"circuit", "packets", band(r), "bytes", "rate", "flows", "samples"}
}

func rows(r *split.Result) [][]string {
	var out [][]string
	for _, c := range r.Circuits {
		name := c.Name
		if c.Standby {
			name += " (standby)"
		}
		out = append(out, []string{
			name, share(c.Share.Share), reach(r, c.Share), share(c.ByteShare.Share), bits(c.Bytes, r.Judged()),
			fmt.Sprint(c.Flows), fmt.Sprint(whole(c.Samples)),
		})
	}
	return append(out, []string{"unattributed", share(r.UnattributedShare), "", "", "", "", ""})
}

// reach is how far a share may be off.
func reach(r *split.Result, i split.Interval) string {
	if r.Census && r.Loss == 0 && i.High-i.Low < 0.0005 {
		return "counted"
	}
	return fmt.Sprintf("%s to %s", share(i.Low), share(i.High))
}

// limit is the share that a circuit must reach, or as a standby must not pass.
func limit(r *split.Result, c split.Circuit) float64 {
	if c.Standby {
		return r.Standby
	}
	if standby(r) {
		return 0
	}
	return r.MinShare
}

// asked is what the scenario asks of a circuit.
func asked(r *split.Result, c split.Circuit) string {
	switch {
	case c.Standby:
		return "carries at most " + share(r.Standby) + " as a standby"
	case standby(r):
		return "carries the traffic"
	}
	return "carries at least " + share(r.MinShare)
}

// broken reports whether a circuit lies on the wrong side of its limit.
func broken(r *split.Result, c split.Circuit) bool {
	if c.Standby {
		return c.Share.Low > r.Standby
	}
	return !standby(r) && c.Share.High < r.MinShare
}

// span is the time that the result tells of.
func span(r *split.Result) (from, until time.Time, ok bool) {
	from, until = r.From, r.Until
	if s := &r.Series; len(s.Points) > 0 {
		if from.IsZero() {
			from = s.Start
		}
		if until.IsZero() {
			until = s.Points[len(s.Points)-1].At.Add(s.Width)
		}
	}
	return from, until, !from.IsZero() && !until.IsZero()
}

// basis says what the result rests on.
func basis(r *split.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "From %d datagrams with %d records in %s; lost on the way: %s.", r.Stats.Datagrams(), r.Stats.Records(),
		r.Window.Round(time.Second), share(r.Loss))
	for _, x := range r.Rates {
		fmt.Fprintf(&b, " %s (%s, %s): %s.", x.Gateway, x.Exporter, x.Protocol, sampled(x))
	}
	fmt.Fprintf(&b, " Back from the cloud:")
	back := false
	for _, c := range r.Return {
		if c.Packets > 0 {
			back = true
			fmt.Fprintf(&b, " %s %s", c.Name, share(c.Share.Share))
		}
	}
	if !back {
		b.WriteString(" not observed")
	}
	return b.String() + "."
}

// sampled says how an exporter samples and who says so.
func sampled(x split.Rate) string {
	how := "by its " + x.Source
	switch x.Source {
	case "scenario":
		how = "assumed from the scenario"
	case "unknown":
		how = "rate unknown"
	}
	return fmt.Sprintf("one packet in %g, %s", x.Rate, how)
}

func share(p float64) string { return fmt.Sprintf("%.1f %%", p*100) }

// bits writes a rate in bits per second.
func bits(bytes float64, window time.Duration) string {
	if window <= 0 {
		return "-"
	}
	return scaled(bytes*8/window.Seconds(), "bit/s")
}

// scaled writes a quantity with three digits and the prefix of its unit.
func scaled(v float64, unit string) string {
	prefixes := []string{"", "k", "M", "G", "T"}
	i := 0
	for v >= 999.5 && i < len(prefixes)-1 {
		v /= 1000
		i++
	}
	return fmt.Sprintf("%.3g %s%s", v, prefixes[i], unit)
}

// sentence writes a finding as one, but never a circuit's name in other letters.
func sentence(r *split.Result, text string) string {
	for _, c := range r.Circuits {
		if strings.HasPrefix(text, c.Name) {
			return text + "."
		}
	}
	return upperFirst(text) + "."
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// clean takes out of a name what could steer a terminal or break a table:
// exporters send the names of interfaces, and nobody vouches for them.
func clean(s string) string {
	return strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return '�'
		}
		return c
	}, s)
}
