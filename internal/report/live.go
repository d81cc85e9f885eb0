package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/twinpath/twinpath/internal/split"
)

// Live is what is known while a window is open.
type Live struct {
	// So is the result so far, whose intervals hold at every look.
	So *split.Result
	// Since is how long was listened, of Window.
	Since, Window time.Duration
	// Heard is how many of Known addresses have sent something.
	Heard, Known int
	// Sound is when the first verdict can come, zero when it has passed: until
	// then the exporters have not told of all flows.
	Sound time.Time
	// Width is how many columns there are. Color marks the verdict.
	Width int
	Color bool
}

// The columns of a line of the live view beside the bar, and its bounds.
const (
	liveSpan = 18 // " 12.3 % to 100.0 %"
	minBar   = 10
	maxBar   = 60
)

// String draws the view: one bar a circuit, on which the interval closes in on
// the share, and the verdict so far.
func (l *Live) String() string {
	var b strings.Builder
	r := l.So
	b.WriteString(l.cut(fmt.Sprintf("verify %s: %s of %s, %d datagrams, %d records, %d of %d addresses heard", r.Scenario,
		l.Since.Round(time.Second), l.Window, r.Stats.Datagrams(), r.Stats.Records(), l.Heard, l.Known)))
	name := len("unattributed")
	for _, c := range r.Circuits {
		name = max(name, len(c.Name))
	}
	bar := min(l.Width-name-len(" 100.0 % ")-liveSpan-1, maxBar)
	for _, c := range r.Circuits {
		line := fmt.Sprintf("%-*s %7s ", name, c.Name, share(c.Share.Share))
		if bar >= minBar {
			line += scale(c.Share, limit(r, c), bar)
		}
		b.WriteString(l.cut(fmt.Sprintf("%s %s to %s", line, share(c.Share.Low), share(c.Share.High))))
	}
	b.WriteString(l.cut(fmt.Sprintf("%-*s %7s", name, "unattributed", share(r.UnattributedShare))))
	return b.String() + l.paint(l.cut(l.verdict()))
}

// Line is the view in one line, for where nothing can move.
func (l *Live) Line() string {
	parts := make([]string, len(l.So.Circuits))
	for i, c := range l.So.Circuits {
		parts[i] = fmt.Sprintf("%s %s (%s to %s)", c.Name, share(c.Share.Share), share(c.Share.Low), share(c.Share.High))
	}
	return fmt.Sprintf("%s of %s: %d datagrams, %d records, %d of %d addresses heard; %s; %s", l.Since.Round(time.Second), l.Window,
		l.So.Stats.Datagrams(), l.So.Stats.Records(), l.Heard, l.Known, strings.Join(parts, ", "), l.verdict())
}

func (l *Live) verdict() string {
	switch {
	case !l.Sound.IsZero():
		return "too early for a verdict, which is sound from " + l.Sound.Format("15:04:05") + " on"
	case l.So.Verdict == split.Inconclusive:
		return "so far inconclusive: " + l.So.Reason
	}
	return fmt.Sprintf("so far %s, settled at %s: %s", l.So.Verdict, band(l.So), l.So.Reason)
}

// scale draws an interval from 0 to 100 %: the share is a dot, the limit a bar.
func scale(i split.Interval, limit float64, width int) string {
	at := func(p float64) int { return min(int(p*float64(width)), width-1) }
	cells := []rune(strings.Repeat("·", width))
	for n := at(i.Low); n <= at(i.High); n++ {
		cells[n] = '━'
	}
	cells[at(i.Share)] = '●'
	if limit > 0 {
		cells[at(limit)] = '┃'
	}
	return string(cells)
}

// cut ends a line where the terminal does, since a wrapped line would move all
// that stands above it.
func (l *Live) cut(line string) string {
	runes := []rune(clean(line))
	if most := l.Width - 1; len(runes) > most && most > 0 {
		runes = append(runes[:most-1], '…')
	}
	return string(runes) + "\n"
}

func (l *Live) paint(line string) string {
	colors := map[split.Verdict]string{split.Pass: "32", split.Fail: "31", split.Inconclusive: "33"}
	if word := string(l.So.Verdict); l.Color && l.Sound.IsZero() {
		return strings.Replace(line, word, "\x1b["+colors[l.So.Verdict]+"m"+word+"\x1b[0m", 1)
	}
	return line
}
