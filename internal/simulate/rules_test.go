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
)

// TestRules reads testdata/rules/OS.txt: cases of a configuration, the lines
// that are typed, and what the device then shows or which rule refuses which
// line. The source of each rule stands in vendors/OS/device.yaml.
func TestRules(t *testing.T) {
	files, err := filepath.Glob("testdata/rules/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	// A check that a system has from another one may be shown there.
	tested := map[string]bool{}
	for _, f := range files {
		folder := strings.TrimSuffix(filepath.Base(f), ".txt")
		d := device(t, folder)
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		for _, text := range strings.Split("\n"+string(data), "\n=== ")[1:] {
			name, rest, _ := strings.Cut(text, "\n")
			t.Run(folder+"/"+name, func(t *testing.T) { ruleCase(t, d, name, rest, tested) })
		}
		// Every rule that is in the data is shown to refuse something.
		for _, r := range d.Rules {
			assert.Truef(t, tested[r.ID], "%s: no case for the rule %s", f, r.ID)
		}
		for _, r := range d.Commits {
			assert.Truef(t, tested[r.ID], "%s: no case for the check %s", f, r.ID)
		}
	}
}

// ruleCase runs one case: parts "--- config", "--- typed", and "--- shows" or
// "--- refused RULE" with the line and a part of what is said. The rule "-" is
// a line that the device does not understand.
func ruleCase(t *testing.T, d *simulate.Device, name, text string, tested map[string]bool) {
	t.Helper()
	_, rest, ok := strings.Cut(text, "--- config\n")
	require.True(t, ok, name)
	config, rest, ok := strings.Cut(rest, "--- typed\n")
	require.True(t, ok, name)
	if typed, shows, ok := strings.Cut(rest, "--- shows\n"); ok {
		got, err := d.Run(config, typed)
		require.NoError(t, err)
		assert.Equal(t, said(shows), said(got.Config))
		return
	}
	typed, refused, ok := strings.Cut(rest, "--- refused ")
	require.True(t, ok, name)
	rule, rest, _ := strings.Cut(refused, "\n")
	line, say, _ := strings.Cut(rest, "\n")
	_, err := d.Run(config, typed)
	r, ok := errors.AsType[*simulate.RefusalError](err)
	require.True(t, ok, "nothing was refused")
	tested[r.Rule] = true
	assert.Equal(t, strings.TrimPrefix(rule, "-"), r.Rule, r.Error())
	assert.Equal(t, line, r.Text, r.Error())
	assert.Contains(t, r.Say, strings.TrimSpace(say))
	assert.NotEmpty(t, r.Source)
	assert.NotEmpty(t, r.Confidence)
}
