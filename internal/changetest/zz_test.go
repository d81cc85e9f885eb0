package changetest

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"testing"

	"github.com/twinpath/twinpath/internal/device"
)

func heap() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}

func TestZZ(t *testing.T) {
	for _, system := range Systems(t) {
		h0 := heap()
		var bs []*Bench
		for range 5 {
			bs = append(bs, New(t, system, Scenario(system)))
		}
		h1 := heap()
		var ss []*device.Session
		for _, b := range bs {
			s, err := device.Open(context.Background(), b.Target)
			if err != nil {
				t.Fatal(err)
			}
			ss = append(ss, s)
		}
		h2 := heap()
		if f, err := os.Create("/tmp/tp/s5/matrix/heap-" + system); err == nil {
			_ = pprof.WriteHeapProfile(f)
			_ = f.Close()
		}
		for _, s := range ss {
			_ = s.Close()
		}
		h3 := heap()
		fmt.Printf("%s bench %.2f MB session %.2f MB closed %.2f MB goroutines %d\n", system, (h1-h0)/5, (h2-h1)/5, (h3-h1)/5, runtime.NumGoroutine())
		_ = bs
	}
}
