package cloudtest

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/cli"
)

// TestTwoPhases: the gateways of a scenario with automatic sources cannot be
// rendered, and the refusal names the two commands; with the outputs of the
// applied cloud side they have the return route of each source, over the
// circuit that it probes.
func TestTwoPhases(t *testing.T) {
	found := programs(t)
	text, err := os.ReadFile("../../inventory/shanghai/scenario.yaml")
	require.NoError(t, err)
	auto := strings.NewReplacer("100.96.0.11", "auto", "100.96.0.12", "auto").Replace(string(text))
	require.NotEqual(t, string(text), auto)
	file := filepath.Join(t.TempDir(), "scenario.yaml")
	require.NoError(t, os.WriteFile(file, []byte(auto), 0o600))

	code, config, refusal := render(file)
	assert.Equal(t, 3, code)
	assert.Empty(t, config)
	assert.Contains(t, refusal, "terraform output -json")
	assert.Contains(t, refusal, "--cloud-outputs")

	for _, p := range found {
		t.Run(p.name, func(t *testing.T) {
			folder := write(t, file)
			writeTests(t, file, folder, "wiring")
			_, problems, all := p.test(t, folder)
			require.Empty(t, problems)
			outputs := filepath.Join(folder, "outputs.json")
			require.NoError(t, os.WriteFile(outputs, applied(t, all), 0o600))
			code, config, errs := render(file, "--cloud-outputs", outputs)
			require.Zero(t, code, errs)
			assert.Contains(t, config, "ip route 100.96.0.201 255.255.255.255 GigabitEthernet0/0/0 10.0.0.1")
			assert.Contains(t, config, "ip route 100.96.0.202 255.255.255.255 GigabitEthernet0/0/1 10.0.0.5")
			assert.Equal(t, 2, strings.Count(config, "ip route 100.96."))
		})
	}
}

func render(file string, args ...string) (code int, config, errs string) {
	var out, e bytes.Buffer
	code = cli.Main(append([]string{"render", file, "--os", "cisco-iosxe"}, args...), cli.Streams{Out: &out, Err: &e})
	return code, out.String(), e.String()
}

// applied returns what `terraform output -json` would print of the state that
// a test has reached: the same objects, which the test shows as part of it.
func applied(t *testing.T, all []message) []byte {
	t.Helper()
	for _, m := range all {
		if len(m.State) == 0 {
			continue
		}
		var state struct {
			Values struct {
				Outputs json.RawMessage `json:"outputs"`
			} `json:"values"`
			RootModule json.RawMessage `json:"root_module"`
			Outputs    json.RawMessage `json:"outputs"`
		}
		require.NoError(t, json.Unmarshal(m.State, &state))
		if len(state.Values.Outputs) > 0 {
			return state.Values.Outputs
		}
		require.NotEmpty(t, state.Outputs, "the state shows no outputs: %s", m.State)
		return state.Outputs
	}
	require.Fail(t, "the test shows no state")
	return nil
}
