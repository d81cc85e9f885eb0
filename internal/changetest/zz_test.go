package changetest

import (
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"testing"
	"time"
)

func heap() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}

func TestZZ(t *testing.T) {
	system := "juniper-junos"
	for i := range 12 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			b := New(t, system, Scenario(system))
			g := b.Plan(t, MoveBoth...)
			b.Read(t)
			crash := &Crash{At: 30 + i, After: i%2 == 0}
			heal := crash.Strike(b)
			b.Push(t.Context(), t, g)
			b.Clock.Advance(time.Second)
			heal()
			_, _ = b.Resume(t.Context(), t)
		})
		fmt.Printf("%d live %.2f MB goroutines %d\n", i, heap(), runtime.NumGoroutine())
	}
	f, _ := os.Create("/tmp/tp/s5/matrix/goroutines")
	_ = pprof.Lookup("goroutine").WriteTo(f, 1)
	f, _ = os.Create("/tmp/tp/s5/matrix/heap-crash")
	_ = pprof.WriteHeapProfile(f)
	_ = f.Close()
}
