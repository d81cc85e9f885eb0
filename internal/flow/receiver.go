package flow

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/ipv4"
)

// Config says whose datagrams are taken and where their samples go.
type Config struct {
	// Exporters are the addresses that datagrams are taken from. A datagram of
	// any other address is counted and not decoded.
	Exporters []netip.Addr
	// Sink returns the sink of one exporter. It is called once per exporter, when
	// its first datagram comes.
	Sink func(exporter netip.Addr) Sink
	// Interfaces and Counters return where the names and the counters of an
	// exporter's interfaces go, as Sink does and called by the same goroutine as
	// its sink. Either may be nil: ExporterStats has their sums all the same. What
	// is handed over is not changed afterwards and may be kept.
	Interfaces func(exporter netip.Addr) func(*Interface)
	Counters   func(exporter netip.Addr) func(*Counters)
	// For is how much of a capture is read, from its first datagram; zero means
	// all.
	For time.Duration
}

// decoder returns the decoder of one exporter.
func (c *Config) decoder(exporter netip.Addr) *decoder {
	d := newDecoder(exporter, c.Sink(exporter))
	if c.Interfaces != nil {
		d.onInterface = c.Interfaces(exporter)
	}
	if c.Counters != nil {
		d.onCounters = c.Counters(exporter)
	}
	return d
}

const (
	// receiveBuffer is asked of the kernel. The default of 208 KiB holds 150
	// datagrams, a few milliseconds of a burst.
	receiveBuffer = 32 << 20
	// maxDatagram is the largest payload of UDP.
	maxDatagram = 65535
	// queueBytes bounds what waits for all decoders together, with queueCost for
	// each datagram beside its bytes: thousands of exporters share it, so that none
	// reserves anything for a burst that does not come.
	queueBytes = 32 << 20
	queueCost  = 64
	// keepRoom is for how many datagrams a queue keeps its room.
	keepRoom = 256
	// batch is how many datagrams one call to the kernel may bring: each call
	// costs as much as decoding a datagram of thirty records.
	batch = 32
	// drainTime is how long is read after the end.
	drainTime = 100 * time.Millisecond
	// usual is the size of a pooled buffer, enough for an Ethernet frame.
	usual = 2048
)

// Receiver listens on one UDP socket.
type Receiver struct {
	cfg     Config
	conn    *net.UDPConn
	buffer  int
	allowed map[netip.Addr]bool
	pool    sync.Pool
	queued  atomic.Int64

	mu      sync.Mutex
	workers map[netip.Addr]*worker
	refused uint64
	from    netip.Addr
}

// worker decodes the datagrams of one exporter in their order.
type worker struct {
	queue queue
	drops atomic.Uint64
	mu    sync.Mutex
	dec   *decoder
}

// queueSize is what a datagram of n bytes takes while it waits: pooled buffers
// are not smaller than the usual one.
func queueSize(n int) int64 { return int64(max(n, usual) + queueCost) }

// queue is what waits for one decoder. It is taken whole, so that a busy
// exporter costs one wake-up for many datagrams.
type queue struct {
	mu     sync.Mutex
	filled *sync.Cond
	items  []datagram
	closed bool
}

// put appends a datagram.
func (q *queue) put(d datagram) {
	q.mu.Lock()
	q.items = append(q.items, d)
	wake := len(q.items) == 1
	q.mu.Unlock()
	if wake {
		q.filled.Signal()
	}
}

// take returns all that waits, and lends the queue room for what comes next;
// nothing when the queue is closed and empty.
func (q *queue) take(room []datagram) []datagram {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 && !q.closed {
		q.filled.Wait()
	}
	out := q.items
	q.items = room[:0]
	return out
}

// end lets take return when nothing waits any more.
func (q *queue) end() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.filled.Signal()
}

type datagram struct {
	buf      *[]byte
	received time.Time
}

// Listen opens the socket. Nothing is read before Run.
func Listen(ctx context.Context, addr string, cfg Config) (*Receiver, error) {
	lc := net.ListenConfig{Control: setReceiveBuffer}
	pc, err := lc.ListenPacket(ctx, "udp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen for flow export: %w", err)
	}
	conn, ok := pc.(*net.UDPConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("listen on %s: not a UDP socket", addr), pc.Close())
	}
	r := &Receiver{
		cfg: cfg, conn: conn, buffer: bufferSize(conn),
		allowed: map[netip.Addr]bool{}, workers: map[netip.Addr]*worker{},
	}
	r.pool.New = func() any { b := make([]byte, 0, usual); return &b }
	for _, a := range cfg.Exporters {
		r.allowed[a.Unmap()] = true
	}
	return r, nil
}

// Addr returns the address that is listened on.
func (r *Receiver) Addr() netip.AddrPort {
	if a, ok := r.conn.LocalAddr().(*net.UDPAddr); ok {
		return netip.AddrPortFrom(a.AddrPort().Addr().Unmap(), a.AddrPort().Port())
	}
	return netip.AddrPort{}
}

// Run receives until ctx ends, then lets the decoders finish what has come. It
// is called once. After it no sink is called any more.
func (r *Receiver) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	stop := context.AfterFunc(ctx, func() {
		// What the kernel has taken within the window is still read. The socket
		// stays open, so that its losses can be asked for.
		_ = r.conn.SetReadDeadline(time.Now().Add(drainTime))
	})
	defer stop()
	err := r.receive(&wg)
	r.mu.Lock()
	for _, w := range r.workers {
		w.queue.end()
	}
	r.mu.Unlock()
	wg.Wait()
	return err
}

// Close closes the socket. It is called after the last Stats.
func (r *Receiver) Close() error { return r.conn.Close() }

func (r *Receiver) receive(wg *sync.WaitGroup) error {
	messages := make([]ipv4.Message, batch)
	for i := range messages {
		messages[i].Buffers = [][]byte{make([]byte, maxDatagram)}
	}
	// What it returns is of either family; only options are of one.
	conn := ipv4.NewPacketConn(r.conn)
	for {
		n, err := conn.ReadBatch(messages, 0)
		if err != nil {
			if errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded) {
				return nil
			}
			return fmt.Errorf("receive flow export: %w", err)
		}
		now := time.Now()
		for i := range messages[:n] {
			m := &messages[i]
			if from, ok := m.Addr.(*net.UDPAddr); ok {
				r.take(m.Buffers[0][:m.N], from.AddrPort().Addr().Unmap(), now, wg)
			}
		}
	}
}

// take hands a datagram to its exporter's worker, or counts it.
func (r *Receiver) take(b []byte, from netip.Addr, now time.Time, wg *sync.WaitGroup) {
	if !r.allowed[from] {
		r.mu.Lock()
		r.refused++
		r.from = from
		r.mu.Unlock()
		return
	}
	w := r.workers[from] // only this goroutine writes the map
	if w == nil {
		w = &worker{dec: r.cfg.decoder(from)}
		w.queue.filled = sync.NewCond(&w.queue.mu)
		r.mu.Lock()
		r.workers[from] = w
		r.mu.Unlock()
		wg.Go(func() { r.work(w) })
	}
	size := queueSize(len(b))
	if r.queued.Load()+size > queueBytes {
		w.drops.Add(1)
		return
	}
	p, ok := r.pool.Get().(*[]byte)
	if !ok {
		p = new([]byte)
	}
	*p = append((*p)[:0], b...)
	r.queued.Add(size)
	w.queue.put(datagram{p, now})
}

func (r *Receiver) work(w *worker) {
	var room []datagram
	for {
		taken := w.queue.take(room)
		if len(taken) == 0 {
			return
		}
		for _, g := range taken {
			w.mu.Lock()
			w.dec.datagram(*g.buf, g.received)
			w.mu.Unlock()
			r.queued.Add(-queueSize(len(*g.buf)))
			if cap(*g.buf) <= usual {
				r.pool.Put(g.buf)
			}
		}
		// After a burst the room for it is given back.
		if room = taken; cap(room) > keepRoom {
			room = nil
		}
		clear(room)
	}
}

// Stats returns what was seen so far.
func (r *Receiver) Stats() Stats {
	r.mu.Lock()
	st := Stats{Refused: r.refused, RefusedFrom: r.from, Buffer: r.buffer}
	workers := make([]*worker, 0, len(r.workers))
	for _, w := range r.workers {
		workers = append(workers, w)
	}
	r.mu.Unlock()
	for _, w := range workers {
		w.mu.Lock()
		e := w.dec.snapshot()
		w.mu.Unlock()
		e.QueueDrops = w.drops.Load()
		st.Add(e)
	}
	st.Sort()
	st.KernelDrops, st.KernelDropsKnown = kernelDrops(r.Addr())
	return st
}

// Add takes in one more exporter.
func (s *Stats) Add(e ExporterStats) {
	s.Exporters = append(s.Exporters, e)
	if s.First.IsZero() || e.First.Before(s.First) {
		s.First = e.First
	}
	if e.Last.After(s.Last) {
		s.Last = e.Last
	}
}

// Sort puts the exporters into the order of their addresses.
func (s *Stats) Sort() {
	slices.SortFunc(s.Exporters, func(a, b ExporterStats) int { return a.Exporter.Compare(b.Exporter) })
}
