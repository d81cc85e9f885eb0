package cloudtest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shipped returns the scenarios whose cloud side is in golden/, each with its
// folder there.
func shipped(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	files, err := filepath.Glob("../../golden/*/cloud-*/*.tf")
	require.NoError(t, err)
	for _, f := range files {
		folder := filepath.Dir(f)
		name := filepath.Base(filepath.Dir(folder))
		out["../../inventory/"+name+"/scenario.yaml"] = folder
	}
	require.NotEmpty(t, out, "no golden cloud side")
	return out
}

// TestGoldenFilesInTerraform: every golden cloud side is formatted and valid,
// and wired as the scenario says.
func TestGoldenFilesInTerraform(t *testing.T) {
	t.Parallel()
	for scenario, folder := range shipped(t) {
		for _, p := range programs(t) {
			t.Run(p.name+"/"+filepath.Base(filepath.Dir(folder)), func(t *testing.T) {
				t.Parallel()
				copied := t.TempDir()
				require.NoError(t, os.CopyFS(copied, os.DirFS(folder)))
				p.passes(t, copied, scenario)
			})
		}
	}
}

// TestEveryKeyInTerraform: the same for scenarios that use the keys which the
// shipped ones leave away.
func TestEveryKeyInTerraform(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		for _, p := range programs(t) {
			t.Run(p.name+"/"+strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
				t.Parallel()
				p.passes(t, write(t, file), file)
			})
		}
	}
}

// alike are the shipped scenarios whose cloud side refuses the same as that of
// another one: it differs from the model case in what the gateways do.
var alike = map[string]bool{
	"ipfix": true, "lab": true, "sflow": true, "tagged": true, "two-gateways": true, "untracked": true,
	"vrf": true, "standby-bfd": true, "second-cloud-bfd": true,
}

// passes holds the files in a folder to fmt, validate and the tests of their
// scenario.
func (p program) passes(t *testing.T, folder, scenario string) {
	t.Helper()
	out, err := p.run(t, folder, "fmt", "-check", "-diff")
	require.NoError(t, err, out)
	out, err = p.run(t, folder, "validate", "-json")
	require.NoError(t, err, out)
	var valid struct {
		Valid       bool                                 `json:"valid"`
		Diagnostics []struct{ Severity, Summary string } `json:"diagnostics"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &valid), out)
	assert.True(t, valid.Valid)
	for _, d := range valid.Diagnostics {
		assert.Equal(t, "Provider development overrides are in effect", d.Summary)
	}
	tests := []string{"wiring", "sources"}
	if p.last && !alike[filepath.Base(filepath.Dir(scenario))] {
		tests = append(tests, "refusals")
	}
	writeTests(t, scenario, folder, tests...)
	status, problems, _ := p.test(t, folder)
	assert.Empty(t, problems)
	var failed []string
	for run, s := range status {
		if s != "pass" {
			failed = append(failed, run+": "+s)
		}
	}
	slices.Sort(failed)
	assert.Empty(t, failed)
}
