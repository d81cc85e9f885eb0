package diag_test

import (
	"testing"
	"time"

	"github.com/twinpath/twinpath/internal/diag"
)

func TestDurationsAreWrittenAsAPersonWritesThem(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                        "0s",
		300 * time.Millisecond:   "300ms",
		2500 * time.Millisecond:  "2.5s",
		time.Minute:              "1m",
		90 * time.Second:         "90s",
		90500 * time.Millisecond: "90.5s",
		2 * time.Minute:          "2m",
		150 * time.Second:        "2m30s",
		10 * time.Minute:         "10m",
		time.Hour:                "1h",
		90 * time.Minute:         "1h30m",
		20 * time.Hour:           "20h",
		-2 * time.Minute:         "-2m",
	} {
		if got := diag.Duration(d); got != want {
			t.Errorf("%s is printed as %s, want %s", d, got, want)
		}
	}
}
