package report

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/twinpath/twinpath/internal/split"
)

func TestLiveShowsWhereTheIntervalsAre(t *testing.T) {
	r := result()
	r.Watching = true
	l := Live{So: r, Since: 72 * time.Second, Window: 5 * time.Minute, Heard: 1, Known: 2, Width: 100}
	got := strings.Split(l.String(), "\n")
	assert.Contains(t, got[0], "verify shanghai: 1m12s of 5m0s")
	assert.Contains(t, got[0], "1 of 2 addresses heard")
	assert.Regexp(t, `^ec1 +51\.0 % ·+┃·+━+●━+·+ 49\.0 % to 53\.0 %$`, got[1])
	assert.Regexp(t, `^unattributed +0\.0 %$`, got[3])
	assert.Equal(t, "so far pass, settled at 95 % at every look: every circuit carries at least 20 %", got[4])

	assert.Equal(t, "1m12s of 5m0s: 0 datagrams, 0 records, 1 of 2 addresses heard; ec1 51.0 % (49.0 % to 53.0 %), ec2 49.0 % (47.0 % to 51.0 %); "+got[4], l.Line())

	l.Color, l.Sound = true, time.Date(2026, 3, 1, 12, 1, 20, 0, time.UTC)
	assert.Contains(t, l.String(), "\ntoo early for a verdict, which is sound from 12:01:20 on\n")
	l.Sound = time.Time{}
	r.Verdict, r.Reason = split.Inconclusive, "too few"
	assert.Contains(t, l.String(), "so far \x1b[33minconclusive\x1b[0m: too few")
}

// TestLiveFitsTheTerminal: no line is as wide as the terminal, or it would wrap.
func TestLiveFitsTheTerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := result()
		low := rapid.Float64Range(0, 1).Draw(t, "low")
		high := rapid.Float64Range(low, 1).Draw(t, "high")
		r.Circuits[0].Share = split.Interval{Share: rapid.Float64Range(low, high).Draw(t, "share"), Low: low, High: high}
		r.MinShare = rapid.Float64Range(0, 1).Draw(t, "floor")
		r.Reason = rapid.String().Draw(t, "reason")
		l := Live{So: r, Width: rapid.IntRange(2, 250).Draw(t, "width")}
		lines := strings.Split(strings.TrimSuffix(l.String(), "\n"), "\n")
		assert.Len(t, lines, 5)
		for _, line := range lines {
			assert.Less(t, len([]rune(line)), l.Width)
		}
	})
}
