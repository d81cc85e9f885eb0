//go:build unix

package plan_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/pairtest"
	"github.com/twinpath/twinpath/internal/plan"
)

// BenchmarkDiff compares the pairs that tools/bench holds against the goals.
func BenchmarkDiff(b *testing.B) {
	for _, id := range pairtest.Systems() {
		for _, scale := range []int{1, 10} {
			before, after := pair(b, id, pairtest.Options{Scale: scale, Device: 1})
			b.Run(fmt.Sprintf("%s/%d-lines", id, strings.Count(before, "\n")), func(b *testing.B) {
				benchmarkDiff(b, id, [][2]string{{before, after}})
			})
		}
	}
}

// BenchmarkDiffFleet compares the configurations of 50 devices in one process,
// one after the other.
func BenchmarkDiffFleet(b *testing.B) {
	for _, id := range pairtest.Systems() {
		var pairs [][2]string
		for i := range 50 {
			before, after := pair(b, id, pairtest.Options{Scale: 1, Device: i + 1})
			pairs = append(pairs, [2]string{before, after})
		}
		b.Run(fmt.Sprintf("%s/%d-devices", id, len(pairs)), func(b *testing.B) { benchmarkDiff(b, id, pairs) })
	}
}

// BenchmarkPlan plans a gateway on which nothing of the scenario is configured
// yet and very much else is.
func BenchmarkPlan(b *testing.B) {
	for _, id := range pairtest.Systems() {
		s := rendered(b, "shanghai", id)
		for _, scale := range []int{1, 10} {
			running, _ := pair(b, id, pairtest.Options{Scale: scale, Device: 1})
			b.Run(fmt.Sprintf("%s/%d-lines", id, strings.Count(running, "\n")), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					g, err := s.compute(running)
					require.NoError(b, err)
					require.NotEmpty(b, g.Commands)
				}
			})
		}
	}
}

func benchmarkDiff(b *testing.B, id string, pairs [][2]string) {
	b.Helper()
	p, err := profiles(b).Profile(id)
	require.NoError(b, err)
	b.ReportAllocs()
	start := processor(b)
	for b.Loop() {
		for _, pair := range pairs {
			d, err := plan.Diff(p, pair[0], pair[1])
			require.NoError(b, err)
			require.NotEmpty(b, d.Commands)
		}
	}
	b.ReportMetric(float64(processor(b)-start)/float64(b.N), "cpu-ns/op")
}

// processor returns the processor time that this process has used, in
// nanoseconds: on a busy machine it says more than the wall clock.
func processor(b *testing.B) int64 {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return u.Utime.Nano() + u.Stime.Nano()
}

func pair(tb testing.TB, id string, o pairtest.Options) (before, after string) {
	tb.Helper()
	before, after, err := pairtest.Pair(id, o)
	require.NoError(tb, err)
	return before, after
}
