package change

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // A jump host may have no zone files, and a window must not move for the lack of them.
)

// Window is when a change may be made. The zero Window is always open.
type Window struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// IsZero reports whether no window was given.
func (w Window) IsZero() bool { return w.Start.IsZero() && w.End.IsZero() }

// WindowForms says how a window is written.
const WindowForms = "2026-12-01T22:00:00Z/2026-12-01T23:00:00Z, or with a zone behind it: '2026-12-01 22:00/23:30 Europe/Berlin'"

// zoned is DATE TIME/[DATE ]TIME ZONE.
var zoned = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)/(?:(\d{4}-\d\d-\d\d)[T ])?(\d\d:\d\d(?::\d\d)?) ([A-Za-z0-9_+/-]+)$`)

// ParseWindow reads a window: START/END, both in RFC 3339, or both in local time
// with the zone of the IANA database behind them. An END without a date is the
// next such time after START. A time that the zone skips or has twice, when the
// clocks change, is refused.
func ParseWindow(text string) (Window, error) {
	var w Window
	var err error
	if m := zoned.FindStringSubmatch(text); m != nil {
		w, err = zonedWindow(m[1:])
	} else if from, to, ok := strings.Cut(text, "/"); ok {
		if w.Start, err = time.Parse(time.RFC3339, from); err == nil {
			w.End, err = time.Parse(time.RFC3339, to)
		}
	} else {
		err = fmt.Errorf("there is no /")
	}
	if err != nil {
		return Window{}, fmt.Errorf("a window is START/END, such as %s, not %q: %w", WindowForms, text, err)
	}
	if !w.Start.Before(w.End) {
		return Window{}, fmt.Errorf("the window %q ends before it begins", text)
	}
	return w, nil
}

// zonedWindow reads the parts of a window with a zone.
func zonedWindow(part []string) (Window, error) {
	loc, err := time.LoadLocation(part[4])
	if err != nil || part[4] == "Local" {
		return Window{}, fmt.Errorf("the zone %q is not in the IANA database", part[4])
	}
	var w Window
	if w.Start, err = wall(part[0], part[1], loc); err != nil {
		return w, err
	}
	day := part[2]
	if day == "" {
		day = part[0]
		if long(part[3]) == long(part[1]) {
			return w, fmt.Errorf("it ends at the time at which it begins; for a whole day, write the date of the end too")
		}
		if long(part[3]) < long(part[1]) {
			day = w.Start.AddDate(0, 0, 1).Format(time.DateOnly)
		}
	}
	w.End, err = wall(day, part[3], loc)
	return w, err
}

// long gives a time of day its seconds.
func long(clock string) string {
	if len(clock) == len("15:04") {
		clock += ":00"
	}
	return clock
}

// wall reads a local time that the clocks of the zone show exactly once.
func wall(day, clock string, loc *time.Location) (time.Time, error) {
	text := day + " " + long(clock)
	t, err := time.ParseInLocation(time.DateTime, text, loc)
	if err != nil {
		return t, err
	}
	if t.Format(time.DateTime) != text {
		return t, fmt.Errorf("the clocks of %s skip %s", loc, text)
	}
	// Clocks are set back by an hour, on Lord Howe Island by half of one.
	for _, d := range []time.Duration{-time.Hour, -30 * time.Minute, 30 * time.Minute, time.Hour} {
		if t.Add(d).Format(time.DateTime) == text {
			return t, fmt.Errorf("the clocks of %s show %s twice; write the window in RFC 3339", loc, text)
		}
	}
	return t, nil
}

// closedError is a window that does not allow what comes next.
type closedError struct{ reason string }

func (e *closedError) Error() string { return e.reason }

// open reports whether the window is open, and stays open for as long as what
// comes next may take.
func (w Window) open(now time.Time, need time.Duration) error {
	var reason string
	switch {
	case w.IsZero():
	case now.Before(w.Start):
		reason = fmt.Sprintf("the window opens at %s, in %s", w.Start.Format(time.RFC3339), w.Start.Sub(now).Round(time.Second))
	case !now.Before(w.End):
		reason = "the window closed at " + w.End.Format(time.RFC3339)
	case now.Add(need).After(w.End):
		reason = fmt.Sprintf("the window closes at %s, in %s; what comes next and its way back may take %s",
			w.End.Format(time.RFC3339), w.End.Sub(now).Round(time.Second), need.Round(time.Second))
	}
	if reason == "" {
		return nil
	}
	return &closedError{reason}
}

// Clock writes a time for a person: the day only when it is not today's.
func Clock(t, now time.Time) string {
	t = t.In(now.Location())
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04:05 MST (-07:00)")
	}
	return t.Format("2006-01-02 15:04:05 MST (-07:00)")
}
