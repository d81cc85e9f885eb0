package lab

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestLossesAreCountedPerDirection(t *testing.T) {
	const s = time.Second
	flows := []flow{
		{{sent: 1 * s, served: 1 * s, answered: 1 * s}, {sent: 2 * s}, {sent: 4 * s, served: 4 * s}, {}},
		{{sent: 3 * s}, {sent: 5 * s, served: 5 * s}, {sent: 9 * s}},
	}
	out, back := losses(flows, 0, 8*s)
	assert.Equal(t, Loss{Sent: 5, Lost: 2, First: 2 * s, Window: 1 * s, Seconds: 1}, out)
	assert.Equal(t, Loss{Sent: 3, Lost: 2, First: 4 * s, Window: 1 * s, Seconds: 1}, back,
		"an answer is lost only when there was one")
	assert.Equal(t, 2, affected(flows, 0, 8*s))
	assert.Equal(t, 1, affected(flows, 8*s, 10*s))
}

func TestOneLostPacketHasNoWindow(t *testing.T) {
	out, back := losses([]flow{{{sent: time.Second}}}, 0, time.Minute)
	assert.Equal(t, 1, out.Lost)
	assert.Zero(t, out.Window)
	assert.Zero(t, back.Sent)
}
