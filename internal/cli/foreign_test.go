package cli

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestPlanRefusesAnotherSystemsFile: compared with another system's file, a
// gateway would look as if nothing were configured there.
func TestPlanRefusesAnotherSystemsFile(t *testing.T) {
	t.Chdir("../..")
	systems := []string{"cisco-iosxe", "huawei-vrp8", "juniper-junos"}
	for _, system := range systems {
		for _, file := range systems {
			var out, errs bytes.Buffer
			code := Main([]string{
				"plan", "inventory/shanghai/scenario.yaml", "-i", "inventory/shanghai/" + system + ".yaml",
				"--running", "golden/shanghai/" + file + "/gw1.running.cfg",
			}, Streams{Out: &out, Err: &errs})
			if file == system {
				assert.Equal(t, exitOK, code, "%s", errs.String())
				assert.Contains(t, out.String(), "nothing to change")
				continue
			}
			assert.Equal(t, exitRefused, code, "%s for %s", file, system)
			assert.Contains(t, errs.String(), "looks like a configuration of")
			assert.Empty(t, out.String())
		}
	}
}
