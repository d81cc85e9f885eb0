package device

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/scrapli/scrapligo/transport"
)

// carrier is what a connection goes over. Read and Write are bytes of a
// terminal; Close may be called at any time and makes both return.
type carrier interface {
	open(ctx context.Context) error
	io.ReadWriteCloser
	// why says more about the end of the connection than err, when it is known;
	// heard is the end of what arrived.
	why(err error, heard string) error
}

// wire carries scrapligo's dialogue: it makes text of what arrives, says when
// something has, and ends when the context of Open does, which scrapligo's own
// transports do not (driver and transport of v1.4.3).
type wire struct {
	ctx     context.Context //nolint:containedctx // scrapligo's Open takes none; it lives as long as one Open.
	target  Target
	carrier carrier
	escapes escapes
	// buffer is what Read reads into: scrapligo asks for much more than arrives,
	// and keeps what it is given until it has been looked at. One goroutine of
	// scrapligo's reads.
	buffer []byte
	// arrived gets a value when something was read, or the connection ended.
	arrived chan struct{}

	mu             sync.Mutex
	opened, closed bool
	// heard is the end of what has arrived.
	heard []byte
}

// The size of the terminal that is asked for: wide, so that the echo of a long
// line is not broken, and so high that a pager has no reason to start.
const (
	termWidth  = 511
	termHeight = 1000
)

// newWire returns a wire that is not open.
func newWire(ctx context.Context, t Target) *wire {
	w := &wire{ctx: ctx, target: t, arrived: make(chan struct{}, 1)}
	if t.System {
		w.carrier = &program{target: t}
	} else {
		w.carrier = &native{target: t}
	}
	return w
}

// Open connects and logs in.
func (w *wire) Open(*transport.Args) error {
	ctx, cancel := context.WithTimeout(w.ctx, w.target.Timeout)
	defer cancel()
	err := w.carrier.open(ctx)
	switch {
	case err != nil && w.ctx.Err() == nil && ctx.Err() != nil:
		return fmt.Errorf("no connection within %s: %w", w.target.Timeout, err)
	case err != nil:
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opened = true
	return nil
}

// Close ends the connection; a read or write in progress returns.
func (w *wire) Close() error {
	w.mu.Lock()
	if w.closed || !w.opened {
		w.mu.Unlock()
		return nil
	}
	w.closed = true
	w.mu.Unlock()
	return w.carrier.Close()
}

// IsAlive reports whether the connection was opened and not closed.
func (w *wire) IsAlive() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.opened && !w.closed
}

// Read reads what has arrived, at most n bytes.
func (w *wire) Read(n int) ([]byte, error) {
	if len(w.buffer) < n {
		w.buffer = make([]byte, n)
	}
	b := w.buffer[:n]
	n, err := w.carrier.Read(b)
	defer func() {
		select {
		case w.arrived <- struct{}{}:
		default: // It was said already.
		}
	}()
	if n > 0 {
		b = w.escapes.strip(slices.Clone(b[:n]))
		w.remember(b)
		return b, nil
	}
	// Whatever ended it, the connection is gone: scrapligo retries for ever
	// on every error but this one.
	if err != nil {
		return nil, io.EOF
	}
	return nil, nil
}

// Write sends bytes.
func (w *wire) Write(b []byte) error {
	_, err := w.carrier.Write(b)
	return err
}

// keep is how much of what arrived is remembered.
const keep = 2000

// remember keeps the end of what arrived.
func (w *wire) remember(b []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard = append(w.heard, b...)
	if over := len(w.heard) - keep; over > 0 {
		w.heard = slices.Clone(w.heard[over:])
	}
}

// why says more about the end of the connection, when it is known.
func (w *wire) why(err error) error {
	w.mu.Lock()
	heard := string(bytes.TrimSpace(w.heard))
	w.mu.Unlock()
	if !errors.Is(err, errConnection) {
		return err
	}
	return w.carrier.why(err, heard)
}
