package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/sync/errgroup"
)

// probeID marks the lab's echo requests; the circuit's index is added.
const probeID = 0x7470

// cloudEvent is a change of the cloud's mind about one circuit.
type cloudEvent struct {
	at      time.Time
	circuit int
	up      bool
	// wrong is true when the last probe's answer came over another circuit.
	wrong  bool
	reason string
}

// cloudEnd is the cloud's end of both circuits: it probes each from its own
// border router, and its route to the site holds the circuits that answer.
type cloudEnd struct {
	lab   *Lab
	conns []*ipv4.PacketConn
	links []int // the index of each border router's port to the circuit

	mu     sync.Mutex
	states []health
	fates  []map[uint16]*fate
	wrong  []int // probes of each circuit whose answer came over another
	events []cloudEvent
	signal chan struct{} // closed and replaced at every event

	cancel  context.CancelFunc
	probes  *errgroup.Group
	readers sync.WaitGroup
}

// stop ends the probes and closes their sockets.
func (c *cloudEnd) stop() error {
	c.cancel()
	err := c.probes.Wait()
	for _, conn := range c.conns {
		err = errors.Join(err, conn.Close())
	}
	c.readers.Wait()
	return err
}

// startCloud opens the sockets of the probes and starts probing.
func (l *Lab) startCloud(ctx context.Context) (*cloudEnd, error) {
	n := len(l.model.circuits)
	c := &cloudEnd{
		lab: l, conns: make([]*ipv4.PacketConn, n), links: make([]int, n),
		states: make([]health, n), fates: make([]map[uint16]*fate, n), wrong: make([]int, n),
		signal: make(chan struct{}),
	}
	for i, ci := range l.model.circuits {
		c.states[i].probes = ci.probes
		c.fates[i] = map[uint16]*fate{}
		err := l.in(ci.border, func() error {
			conn, err := icmp.ListenPacket("ip4:icmp", "0.0.0.0")
			if err != nil {
				return err
			}
			link, err := net.InterfaceByName("gw0")
			if err != nil {
				return err
			}
			c.conns[i], c.links[i] = conn.IPv4PacketConn(), link.Index
			return c.conns[i].SetControlMessage(ipv4.FlagInterface, true)
		})
		if err != nil {
			return nil, fmt.Errorf("open the probe of %s: %w", ci.name, err)
		}
	}
	for i := range c.conns {
		c.readers.Go(func() { c.receive(i) })
	}
	ctx, c.cancel = context.WithCancel(ctx)
	c.probes, ctx = errgroup.WithContext(ctx)
	for i := range c.conns {
		c.probes.Go(func() error { return c.probe(ctx, i) })
	}
	return c, nil
}

// receive notes the answers that reach one border router.
func (c *cloudEnd) receive(at int) {
	buf := make([]byte, 1500)
	for {
		n, cm, _, err := c.conns[at].ReadFrom(buf)
		if err != nil {
			return
		}
		msg, err := icmp.ParseMessage(1, buf[:n])
		if err != nil || msg.Type != ipv4.ICMPTypeEchoReply || cm == nil {
			continue
		}
		echo, ok := msg.Body.(*icmp.Echo)
		if !ok || echo.ID < probeID || echo.ID >= probeID+len(c.conns) {
			continue
		}
		own := echo.ID - probeID
		c.mu.Lock()
		if f := c.fates[own][uint16(echo.Seq)]; f != nil {
			f.answered = true
			if at != own || cm.IfIndex != c.links[at] {
				f.wrong = at
			}
		}
		c.mu.Unlock()
	}
}

// probe sends one circuit's probes and judges each after the timeout.
func (c *cloudEnd) probe(ctx context.Context, i int) error {
	ci := c.lab.model.circuits[i]
	ticker := time.NewTicker(ci.interval)
	defer ticker.Stop()
	for seq := uint16(1); ; seq++ {
		f := &fate{wrong: -1}
		c.mu.Lock()
		c.fates[i][seq] = f
		c.mu.Unlock()
		c.send(i, seq)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(probeTimeout):
		}
		c.mu.Lock()
		got := *f
		delete(c.fates[i], seq)
		if got.wrong >= 0 {
			c.wrong[i]++
		}
		changed, down := c.states[i].record(got.ok()), c.states[i].down
		c.mu.Unlock()
		if changed {
			if err := c.move(ctx, i, !down, got); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// send sends one echo request from the circuit's own source. One that cannot be
// sent is lost, as any other.
func (c *cloudEnd) send(i int, seq uint16) {
	msg := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: probeID + i, Seq: int(seq), Data: []byte("twinpath lab")}}
	data, err := msg.Marshal(nil)
	if err != nil {
		return
	}
	cm := &ipv4.ControlMessage{Src: net.IP(c.lab.source(i).AsSlice())}
	_, _ = c.conns[i].WriteTo(data, cm, &net.IPAddr{IP: loopback.AsSlice()}) // as said above
}

// move changes the VPC's route to the circuits that are up now.
func (c *cloudEnd) move(ctx context.Context, i int, up bool, last fate) error {
	c.mu.Lock()
	ups := make([]bool, len(c.states))
	for k := range c.states {
		ups[k] = !c.states[k].down
	}
	c.mu.Unlock()
	if err := c.lab.ip(ctx, nsCloud, c.lab.model.cloudRoute(ups)); err != nil {
		return fmt.Errorf("move the cloud's route: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = append(c.events, cloudEvent{at: time.Now(), circuit: i, up: up, wrong: last.wrong >= 0, reason: last.word(c.lab.model.circuits, i)})
	close(c.signal)
	c.signal = make(chan struct{})
	return nil
}

// well reports whether the last probe of every circuit was answered.
func (c *cloudEnd) well() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !slices.ContainsFunc(c.states, func(h health) bool { return h.down || h.answered == 0 })
}

// wait returns the first event after a time at which the circuit came up or
// went down, as asked.
func (c *cloudEnd) wait(ctx context.Context, after time.Time, i int, up bool) (cloudEvent, error) {
	return c.first(ctx, func(e cloudEvent) bool { return e.circuit == i && e.up == up && e.at.After(after) })
}

// waitAny returns the first circuit that the cloud leaves after a time.
func (c *cloudEnd) waitAny(ctx context.Context, after time.Time) (cloudEvent, error) {
	return c.first(ctx, func(e cloudEvent) bool { return !e.up && e.at.After(after) })
}

// first waits for the first event that fits.
func (c *cloudEnd) first(ctx context.Context, fits func(cloudEvent) bool) (cloudEvent, error) {
	for {
		c.mu.Lock()
		signal := c.signal
		for _, e := range c.events {
			if fits(e) {
				c.mu.Unlock()
				return e, nil
			}
		}
		c.mu.Unlock()
		select {
		case <-ctx.Done():
			return cloudEvent{}, ctx.Err()
		case <-signal:
		}
	}
}
