package simulate_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/simulate"
	"github.com/twinpath/twinpath/vendors"
)

// all returns every system that can be simulated.
func all(tb testing.TB) []*simulate.Device {
	tb.Helper()
	ids, err := simulate.Systems(vendors.FS)
	require.NoError(tb, err)
	var out []*simulate.Device
	for _, id := range ids {
		d, err := simulate.Load(vendors.FS, id, "")
		require.NoError(tb, err)
		out = append(out, d)
	}
	return out
}

// FuzzRun: whatever is typed at whatever is there, the simulator does not
// panic, a refusal names a line that was typed, and what the device then shows
// reads back as the same.
func FuzzRun(f *testing.F) {
	devices := all(f)
	files, err := filepath.Glob("testdata/rules/*.txt")
	require.NoError(f, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		for c := range strings.SplitSeq(string(data), "\n=== ") {
			config, rest, _ := strings.Cut(c, "--- typed\n")
			_, config, _ = strings.Cut(config, "--- config\n")
			typed, _, _ := strings.Cut(rest, "--- ")
			for i := range devices {
				f.Add(uint8(i), config, typed)
			}
		}
	}
	f.Add(uint8(0), "", "banner exec ^C")
	f.Add(uint8(0), "banner exec ^C\nx\n", "")
	f.Fuzz(func(t *testing.T, which uint8, config, typed string) {
		d := devices[int(which)%len(devices)]
		got, err := d.Run(config, typed)
		if r, ok := errors.AsType[*simulate.RefusalError](err); ok {
			assert.LessOrEqual(t, r.Line, strings.Count(typed, "\n")+2)
			assert.NotEmpty(t, r.Error())
		} else {
			require.NoError(t, err)
		}
		again, err := d.Run(got.Config, "")
		if _, ok := errors.AsType[*simulate.RefusalError](err); !ok {
			assert.Equal(t, d.Canonical(got.Config), d.Canonical(again.Config))
		}
	})
}
