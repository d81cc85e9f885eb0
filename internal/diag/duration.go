package diag

import (
	"strconv"
	"strings"
	"time"
)

// Duration prints a time span as a person writes it into a file: 300ms, 90s,
// 2m, 1h30m; not 1m30s, 2m0s or 1h30m0s. Below two minutes seconds are the
// unit, since timers are set in them.
func Duration(d time.Duration) string {
	if d > time.Minute && d < 2*time.Minute {
		return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
