package changetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/change"
)

func TestPushMovesACircuit(t *testing.T) {
	for _, system := range Systems(t) {
		t.Run(system, func(t *testing.T) {
			b := New(t, system, Scenario(system))
			g := b.Plan(t, MoveFirst...)
			b.Forget()
			out := b.Push(t.Context(), t, g)
			require.Equal(t, change.Done, out.Ending, "%s %v\n%s", out.Reason, out.Detail, b.Dialogue())
			assert.True(t, b.Plan(t, MoveFirst...).Empty())
			_, runs := b.PendingRevert()
			assert.False(t, runs)
		})
	}
}
