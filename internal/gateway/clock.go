package gateway

import (
	"slices"
	"sync"
	"time"
)

// Clock is what the timers of a gateway run on.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f after a time, on a goroutine of its own. The result
	// stops it; it reports whether the call was prevented.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// Real is the clock of the machine.
func Real() Clock { return realClock{} }

type realClock struct{}

// Now is the time.
func (realClock) Now() time.Time { return time.Now() }

// AfterFunc calls f after a time.
func (realClock) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(d, f).Stop
}

// Manual is a clock that stands still until it is told to go on, so that a test
// need not wait for the minutes of a confirm timer.
type Manual struct {
	mu      sync.Mutex
	now     time.Time
	pending []*alarm
}

type alarm struct {
	at time.Time
	f  func()
}

// NewManual returns a clock that shows a time.
func NewManual(now time.Time) *Manual { return &Manual{now: now} }

// Now returns the time that the clock shows.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// AfterFunc calls f once the clock has been moved on by d.
func (m *Manual) AfterFunc(d time.Duration, f func()) func() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := &alarm{at: m.now.Add(d), f: f}
	m.pending = append(m.pending, a)
	return func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		i := slices.Index(m.pending, a)
		if i < 0 {
			return false
		}
		m.pending = slices.Delete(m.pending, i, i+1)
		return true
	}
}

// Advance moves the clock on. What falls due is called in its order, at its
// time, and has ended when Advance returns.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	end := m.now.Add(d)
	for {
		var due *alarm
		for _, a := range m.pending {
			if !a.at.After(end) && (due == nil || a.at.Before(due.at)) {
				due = a
			}
		}
		if due == nil {
			break
		}
		m.pending = slices.DeleteFunc(m.pending, func(a *alarm) bool { return a == due })
		if due.at.After(m.now) {
			m.now = due.at
		}
		m.mu.Unlock()
		due.f()
		m.mu.Lock()
	}
	m.now = end
	m.mu.Unlock()
}
