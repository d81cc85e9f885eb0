//go:build unix

package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestClosedTerminalTakesBack: a terminal that goes away is told twice, by the
// kernel and by the shell; it is one interrupt, and nobody has left at once.
func TestClosedTerminalTakesBack(t *testing.T) {
	// Tests that run under nohup have the signal ignored; who asks for it, has it.
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGHUP)
	defer signal.Stop(asked)
	o := &carrying{}
	err := o.signalled(t.Context(), func(ctx context.Context) error {
		for range 2 {
			require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGHUP))
		}
		<-ctx.Done()
		select {
		case <-o.abandon:
			assert.Fail(t, "the step under way would not be taken back")
		default:
		}
		return nil
	})
	require.NoError(t, err)
}
