package simulate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/simulate"
	"github.com/twinpath/twinpath/vendors"
)

// device returns the system of a folder of golden/: an id, or an id and a
// platform.
func device(tb testing.TB, folder string) *simulate.Device {
	tb.Helper()
	systems, err := simulate.Systems(vendors.FS)
	require.NoError(tb, err)
	for _, id := range systems {
		if platform, found := strings.CutPrefix(folder, id); found && (platform == "" || platform[0] == '-') {
			d, err := simulate.Load(vendors.FS, id, strings.TrimPrefix(platform, "-"))
			require.NoError(tb, err)
			return d
		}
	}
	require.Failf(tb, "no device.yaml", "golden folder %s", folder)
	return nil
}

// TestLoadFormsMakeTheRunningForms: the lines of every load form, typed into an
// empty configuration, are all accepted, and what the device then shows is the
// running form.
func TestLoadFormsMakeTheRunningForms(t *testing.T) {
	files, err := filepath.Glob("../../golden/*/*/*.load.cfg")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(f, "../../golden/"), ".load.cfg"), func(t *testing.T) {
			d := device(t, filepath.Base(filepath.Dir(f)))
			load, err := os.ReadFile(f)
			require.NoError(t, err)
			running, err := os.ReadFile(strings.Replace(f, ".load.", ".running.", 1))
			require.NoError(t, err)
			got, err := d.Run("", string(load))
			require.NoError(t, err)
			assert.False(t, got.Uncommitted, "the load form does not end in a commit")
			assert.Equal(t, said(string(running)), said(got.Config))
		})
	}
}

// said returns the lines of a configuration without what separates them, which
// is known less well than their order.
func said(config string) string {
	var out []string
	for line := range strings.Lines(config) {
		switch strings.TrimSpace(line) {
		case "!", "#", "":
		default:
			out = append(out, strings.TrimRight(line, "\n"))
		}
	}
	return strings.Join(out, "\n")
}
