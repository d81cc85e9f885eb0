package lab

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestCloudLeavesACircuitAfterLossesInARow(t *testing.T) {
	h := health{probes: 3}
	for _, ok := range []bool{false, false, true, false, false} {
		assert.False(t, h.record(ok), "an answer in between starts the count anew")
	}
	assert.True(t, h.record(false))
	assert.True(t, h.down)
	assert.False(t, h.record(false), "it is left once")
}

func TestCloudComesBackOnlyAfterTheHoldDown(t *testing.T) {
	h := health{probes: 1}
	assert.True(t, h.record(false))
	for range holdDown - 1 {
		assert.False(t, h.record(true))
	}
	assert.False(t, h.record(false), "a loss starts the hold-down anew")
	for range holdDown - 1 {
		assert.False(t, h.record(true))
	}
	assert.True(t, h.down)
	assert.True(t, h.record(true))
	assert.False(t, h.down)
}

func TestAnswerOverTheOtherCircuitCountsAsLost(t *testing.T) {
	cs := []circuit{{name: "ec1"}, {name: "ec2"}}
	tests := []struct {
		name string
		fate fate
		ok   bool
		word string
	}{
		{"own circuit", fate{answered: true, wrong: -1}, true, "answered"},
		{"other circuit", fate{answered: true, wrong: 0}, false, "the answer to ec2's probe came over ec1"},
		{"silence", fate{wrong: -1}, false, "no answer to ec2's probe"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.ok, tt.fate.ok())
			assert.Equal(t, tt.word, tt.fate.word(cs, 1))
		})
	}
}

// TestWithdrawalBoundsHoldForEveryPhase plays the probes of a circuit that dies
// at each moment of an interval.
func TestWithdrawalBoundsHoldForEveryPhase(t *testing.T) {
	const interval, probes = 2 * time.Second, 8
	b := withdrawal(interval, probes)
	r := restoration(interval)
	for died := time.Duration(1); died <= interval; died += 50 * time.Millisecond {
		h := health{probes: probes}
		at := interval // the first probe after the failure
		for !h.record(false) {
			at += interval
		}
		took := at + probeTimeout - died
		assert.GreaterOrEqual(t, took, b.min)
		assert.LessOrEqual(t, took, b.max)

		at = interval
		for !h.record(true) {
			at += interval
		}
		took = at + probeTimeout - died
		assert.GreaterOrEqual(t, took, r.min)
		assert.LessOrEqual(t, took, r.max)
	}
}
