package changetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDrillPlans(t *testing.T) {
	for _, system := range Systems(t) {
		t.Run(system, func(t *testing.T) {
			b := New(t, system, Scenario(system))
			g, err := b.Drill(t, "ec1", "shutdown")
			require.NoError(t, err)
			require.Len(t, g.Steps, 1)
			t.Log(g.Steps[0].Commands, g.Steps[0].Rollback, g.Steps[0].Wait)
			assert.NotEmpty(t, g.Steps[0].Checks)
			assert.Greater(t, len(g.Steps[0].Needs), len(g.Steps[0].Checks))
			g, err = b.Drill(t, "ec1", "silent")
			if err != nil {
				require.Contains(t, []string{"frr", "huawei-vrp5", "huawei-vrp8"}, system, err)
				return
			}
			t.Log(g.Steps[0].Commands, g.Steps[0].Rollback, g.Steps[0].Wait)
			assert.Greater(t, len(g.Steps[0].Needs), len(g.Steps[0].Checks))
		})
	}
}
