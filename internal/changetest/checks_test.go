package changetest_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/change"
	"github.com/twinpath/twinpath/internal/changetest"
	"github.com/twinpath/twinpath/internal/device"
	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/show"
)

// TestChecksSeeWhatAGatewayShows holds the parsers against the played gateways,
// which were written apart from them: with both circuits up every check of a
// plan holds; when one is cut, none of what tracks it does, and all of the
// other's still do.
func TestChecksSeeWhatAGatewayShows(t *testing.T) {
	for _, system := range changetest.Systems(t) {
		t.Run(system, func(t *testing.T) {
			b := changetest.New(t, system, changetest.Scenario(system))
			if fresh := b.Plan(t); !fresh.Empty() {
				out := b.Push(t.Context(), t, fresh)
				require.Equal(t, change.Done, out.Ending, "%s %v", out.Reason, out.Detail)
			}
			// While one circuit changes, all of the other must be up.
			checks := map[string][]plan.Check{"ec2": needs(b.Plan(t, changetest.MoveFirst...), "ec1"), "ec1": needs(b.Plan(t, changetest.MoveBoth[4:]...), "ec2")}
			require.NotEmpty(t, checks["ec1"])
			require.NotEmpty(t, checks["ec2"])
			look := func(circuit string, want bool) {
				s, err := device.Open(t.Context(), b.Target)
				require.NoError(t, err)
				defer func() { _ = s.Close() }() // Only read from.
				for _, c := range checks[circuit] {
					text, err := s.Run(t.Context(), c.Command)
					if r, ok := errors.AsType[*device.RejectedError](err); ok {
						text, err = r.Reply, nil
					}
					require.NoError(t, err)
					held, err := show.Holds(b.Options.Parsers, c, text)
					where := fmt.Sprintf("%s: %s\n%s", circuit, c.Title, text)
					if want {
						require.NoError(t, err, where)
					}
					if pinned := c.Want["prefix"] == "100.96.0.11/32"; !pinned {
						assert.Equal(t, want, held, where)
					}
				}
			}
			b.Clock.Advance(2 * time.Minute)
			look("ec1", true)
			look("ec2", true)
			b.SetCircuit("ec1", false)
			b.Clock.Advance(2 * time.Minute)
			look("ec1", false)
			look("ec2", true)
		})
	}
}

// needs returns what must hold before the step of a circuit.
func needs(g *plan.Gateway, circuit string) []plan.Check {
	for _, st := range g.Steps {
		if st.Circuit == circuit {
			return st.Needs
		}
	}
	return nil
}
