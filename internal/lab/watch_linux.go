package lab

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// routeState is what the gateway's kernel does with the cloud's prefix from a
// moment on: true for each circuit that the route uses.
type routeState struct {
	at   time.Time
	uses []bool
}

// watch follows the gateway's kernel route to the cloud.
type watch struct {
	lab    *Lab
	handle *netlink.Handle
	done   chan struct{}
	reader sync.WaitGroup

	mu     sync.Mutex
	states []routeState
	err    error
	signal chan struct{}
}

// startWatch subscribes to the gateway's routes.
func (l *Lab) startWatch() (*watch, error) {
	space := l.spaces[nsGateway]
	h, err := netlink.NewHandleAt(space)
	if err != nil {
		return nil, fmt.Errorf("watch the gateway's routes: %w", err)
	}
	w := &watch{lab: l, handle: h, done: make(chan struct{}), signal: make(chan struct{})}
	updates := make(chan netlink.RouteUpdate, 64)
	err = netlink.RouteSubscribeWithOptions(updates, w.done, netlink.RouteSubscribeOptions{
		Namespace: &space,
		ErrorCallback: func(err error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.err = err
		},
	})
	if err != nil {
		return nil, fmt.Errorf("watch the gateway's routes: %w", err)
	}
	w.read()
	w.reader.Go(func() {
		for u := range updates {
			if u.Dst != nil && u.Dst.String() == l.model.cloud.String() {
				w.read()
			}
		}
	})
	return w, nil
}

func (w *watch) stop() {
	close(w.done)
	w.handle.Close()
}

// read asks the kernel for the route as it is now. An update alone may be one
// half of a replacement.
func (w *watch) read() {
	uses := make([]bool, len(w.lab.model.circuits))
	routes, err := w.handle.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{Table: unix.RT_TABLE_MAIN}, netlink.RT_FILTER_TABLE)
	for _, r := range routes {
		if r.Dst == nil || r.Dst.String() != w.lab.model.cloud.String() {
			continue
		}
		hops := []int{r.LinkIndex}
		for _, h := range r.MultiPath {
			hops = append(hops, h.LinkIndex)
		}
		for i := range uses {
			uses[i] = uses[i] || slices.Contains(hops, circuitIndex(i))
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.err = err
	}
	if n := len(w.states); n == 0 || !slices.Equal(w.states[n-1].uses, uses) {
		w.states = append(w.states, routeState{time.Now(), uses})
		close(w.signal)
		w.signal = make(chan struct{})
	}
}

// now returns the newest state and the channel that is closed at the next.
func (w *watch) now() (routeState, <-chan struct{}, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.states[len(w.states)-1], w.signal, w.err
}

// left waits until the route does not use a circuit, and returns when that was.
func (w *watch) left(ctx context.Context, i int) (time.Time, error) {
	for {
		s, signal, err := w.now()
		if err != nil || !s.uses[i] {
			return s.at, err
		}
		select {
		case <-ctx.Done():
			return time.Time{}, ctx.Err()
		case <-signal:
		}
	}
}

// settled waits until the route has used every circuit for a while, and returns
// since when. The router software puts a route back when a link comes up and
// withdraws it again until its session is up, so the first sight does not count.
func (w *watch) settled(ctx context.Context, hold time.Duration) (time.Time, error) {
	for {
		s, signal, err := w.now()
		if err != nil {
			return s.at, err
		}
		var timer <-chan time.Time
		if !slices.Contains(s.uses, false) {
			rest := hold - time.Since(s.at)
			if rest <= 0 {
				return s.at, nil
			}
			timer = time.After(rest)
		}
		select {
		case <-ctx.Done():
			return time.Time{}, ctx.Err()
		case <-signal:
		case <-timer:
		}
	}
}

// flaps counts the times that the route left a circuit since a moment, outside
// of the spans in which one was meant to be dead.
func (w *watch) flaps(since time.Time, meant []mark) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, s := range w.states {
		if s.at.After(since) && slices.Contains(s.uses, false) &&
			!slices.ContainsFunc(meant, func(m mark) bool { return !s.at.Before(m.from) && !s.at.After(m.to) }) {
			n++
		}
	}
	return n
}

// counters returns the packets that the gateway has sent over each circuit.
func (w *watch) counters() ([]uint64, error) {
	out := make([]uint64, len(w.lab.model.circuits))
	for i, c := range w.lab.model.circuits {
		link, err := w.handle.LinkByName(c.port)
		if err != nil {
			return nil, fmt.Errorf("read the counters of %s: %w", c.port, err)
		}
		out[i] = link.Attrs().Statistics.TxPackets
	}
	return out, nil
}
