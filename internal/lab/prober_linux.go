package lab

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// firstPort is the source port of the first flow, serverPort where the
	// server in the cloud listens.
	firstPort  = 20000
	serverPort = 7000
	// packetSize is the payload: flow and sequence number, and padding.
	packetSize = 200
	// most is how late the sender may be with a packet.
	most = 20 * time.Millisecond
	// longest bounds the record of a run.
	longest = 5 * time.Minute
)

// prober sends many UDP flows from the data centre to the cloud, which answers
// each packet. Both ends are in this process, so that the fate of every packet
// is known in each direction, without a protocol that could lose it.
type prober struct {
	start   time.Time
	every   time.Duration
	flows   []flow
	clients []*net.UDPConn
	server  *net.UDPConn
	stop    context.CancelFunc
	sender  sync.WaitGroup
	readers sync.WaitGroup
}

// startProber starts n flows that send a packet every interval each.
func (l *Lab) startProber(ctx context.Context, n int, every time.Duration) (*prober, error) {
	p := &prober{every: every, flows: make([]flow, n)}
	for i := range p.flows {
		p.flows[i] = make(flow, longest/every)
	}
	target := netip.AddrPortFrom(l.model.server, serverPort)
	err := l.in(nsCloud, func() (err error) {
		p.server, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(target))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listen in the cloud: %w", err)
	}
	if err := wideBuffer(p.server, 4<<20); err != nil {
		return nil, fmt.Errorf("widen the server's buffer: %w", err)
	}
	err = l.in(nsSite, func() error {
		for i := range n {
			local := netip.AddrPortFrom(l.model.host, uint16(firstPort+i))
			c, err := net.DialUDP("udp4", net.UDPAddrFromAddrPort(local), net.UDPAddrFromAddrPort(target))
			if err != nil {
				return err
			}
			p.clients = append(p.clients, c)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("open the flows: %w", err)
	}
	ctx, p.stop = context.WithCancel(ctx)
	p.start = time.Now()
	p.readers.Go(p.serve)
	for i := range p.clients {
		p.readers.Go(func() { p.receive(i) })
	}
	p.sender.Go(func() { p.send(ctx) })
	return p, nil
}

// wideBuffer sets a socket's receive buffer, past the system's limit.
func wideBuffer(c *net.UDPConn, size int) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var serr error
	err = raw.Control(func(fd uintptr) {
		serr = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, size)
	})
	return errors.Join(err, serr)
}

// send paces all flows from one loop, each at its own phase.
func (p *prober) send(ctx context.Context) {
	n := len(p.flows)
	step := p.every / time.Duration(n)
	buf := make([]byte, packetSize)
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for next := 0; ; {
		due := int(time.Since(p.start) / step)
		// A sender that was held up leaves out what it missed: a burst would be
		// lost in places where nothing is broken.
		next = max(next, due-max(int(most/step), 1))
		for ; next < due; next++ {
			f, seq := next%n, next/n
			if seq >= len(p.flows[f]) {
				return
			}
			binary.BigEndian.PutUint32(buf, uint32(f))
			binary.BigEndian.PutUint32(buf[4:], uint32(seq))
			p.flows[f][seq].sent = time.Since(p.start)
			_, _ = p.clients[f].Write(buf) // a packet that cannot be sent is lost
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// packet returns the record that a received payload belongs to.
func (p *prober) packet(b []byte) *packet {
	if len(b) < 8 {
		return nil
	}
	f, seq := int(binary.BigEndian.Uint32(b)), int(binary.BigEndian.Uint32(b[4:]))
	if f >= len(p.flows) || seq >= len(p.flows[f]) {
		return nil
	}
	return &p.flows[f][seq]
}

// serve answers every packet in the cloud.
func (p *prober) serve() {
	buf := make([]byte, 2048)
	for {
		n, from, err := p.server.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if rec := p.packet(buf[:n]); rec != nil {
			rec.served = time.Since(p.start)
			_, _ = p.server.WriteToUDPAddrPort(buf[:n], from) // as in send
		}
	}
}

// receive takes the answers of one flow.
func (p *prober) receive(i int) {
	buf := make([]byte, 2048)
	for {
		n, err := p.clients[i].Read(buf)
		if err != nil {
			if isClosed(err) {
				return
			}
			continue // an ICMP error of the path, told at the next read
		}
		if rec := p.packet(buf[:n]); rec != nil {
			rec.answered = time.Since(p.start)
		}
	}
}

// finish stops sending, waits for the last answers and closes every socket.
// Only then may the record be read.
func (p *prober) finish() {
	p.stop()
	p.sender.Wait()
	time.Sleep(500 * time.Millisecond)
	_ = p.server.Close() // closing is what ends the readers, and a socket of UDP has nothing left to write
	for _, c := range p.clients {
		_ = c.Close() // as above
	}
	p.readers.Wait()
}

// since returns a moment on the prober's clock.
func (p *prober) since(t time.Time) time.Duration { return t.Sub(p.start) }
