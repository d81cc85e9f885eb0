package split

import (
	"sync"
	"time"

	"github.com/twinpath/twinpath/internal/flow"
)

// Shared is the tally of one exporter that is looked at while it grows.
type Shared struct {
	mu sync.Mutex
	t  *Tally
}

// Share lets others look at a tally, which must not be used directly any more.
func Share(t *Tally) *Shared { return &Shared{t: t} }

// Add takes in one sample.
func (s *Shared) Add(x *flow.Sample) {
	s.mu.Lock()
	s.t.Add(x)
	s.mu.Unlock()
}

// Learn takes in the name of an interface.
func (s *Shared) Learn(i *flow.Interface) {
	s.mu.Lock()
	s.t.Learn(i)
	s.mu.Unlock()
}

// Mark tells the tally that something happened to a circuit at a time.
func (s *Shared) Mark(at time.Time) {
	s.mu.Lock()
	s.t.Mark(at)
	s.mu.Unlock()
}

// Sum is one tally of all.
func (m *Map) Sum(all []*Shared) *Tally {
	sum := m.NewTally(time.Time{}, 1)
	for _, s := range all {
		s.mu.Lock()
		sum.Merge(s.t)
		s.mu.Unlock()
	}
	return sum
}
