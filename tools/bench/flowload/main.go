// Command flowload sends flow export at a given rate, as load for collectors:
// NetFlow v9 with 28 records a datagram, from several exporters that differ in
// source port and source id. It numbers datagrams as RFC 3954 asks, so that a
// collector can tell what it lost, and prints what it sent.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"net"
	"os"
	"time"
)

const (
	records  = 28
	template = 256
	// prepared is how many different datagrams there are for each source.
	prepared = 64
	// burst is how many are sent before the clock is looked at.
	burst = 64
)

// fields are type and length of the template's fields.
var fields = [][2]uint16{
	{8, 4}, {12, 4}, {7, 2}, {11, 2}, {4, 1}, {5, 1}, {6, 1}, {10, 4}, {14, 4}, {15, 4}, {1, 4}, {2, 4}, {22, 4}, {21, 4}, {61, 1},
}

var be = binary.BigEndian

func main() {
	to := flag.String("to", "127.0.0.1:9995", "address of the collector")
	from := flag.String("from", "", "address to send from")
	rate := flag.Int("rate", 20000, "datagrams a second")
	seconds := flag.Float64("seconds", 4, "how long")
	sources := flag.Int("sources", 8, "number of exporters")
	flag.Parse()
	if err := run(*to, *from, *rate, *seconds, *sources); err != nil {
		fmt.Fprintf(os.Stderr, "flowload: %v\n", err)
		os.Exit(1)
	}
}

// source is one exporter.
type source struct {
	conn     net.Conn
	sequence uint32
	ready    [][]byte
}

func run(to, from string, rate int, seconds float64, n int) error {
	all := make([]*source, n)
	for i := range all {
		dialer := net.Dialer{LocalAddr: &net.UDPAddr{IP: net.ParseIP(from)}}
		conn, err := dialer.Dial("udp", to)
		if err != nil {
			return err
		}
		defer conn.Close()
		s := &source{conn: conn}
		for j := range prepared {
			s.ready = append(s.ready, datagram(uint32(i+1), i, j))
		}
		all[i] = s
		if err := s.send(templates(uint32(i + 1))); err != nil {
			return err
		}
	}
	time.Sleep(300 * time.Millisecond)
	start := time.Now()
	end := start.Add(time.Duration(seconds * float64(time.Second)))
	sent := 0
	for time.Now().Before(end) {
		due := int(time.Since(start).Seconds()*float64(rate)) - sent
		if due <= 0 {
			time.Sleep(200 * time.Microsecond)
			continue
		}
		for range min(due, burst) {
			if err := all[sent%n].send(all[sent%n].ready[sent/n%prepared]); err != nil {
				return err
			}
			sent++
		}
	}
	took := time.Since(start).Seconds()
	// For programs: datagrams with their templates, records, and the rate.
	fmt.Printf("%d\t%d\t%.0f\n", sent+n, sent*records, float64(sent)/took)
	return nil
}

// send gives a datagram its number and its time.
func (s *source) send(b []byte) error {
	be.PutUint32(b[8:], uint32(time.Now().Unix()))
	be.PutUint32(b[12:], s.sequence)
	s.sequence++
	_, err := s.conn.Write(b)
	return err
}

func header(count uint16, id uint32) []byte {
	b := be.AppendUint16(nil, 9)
	b = be.AppendUint16(b, count)
	b = be.AppendUint32(b, 3_600_000) // an hour since the start
	b = append(b, make([]byte, 8)...)
	return be.AppendUint32(b, id)
}

func templates(id uint32) []byte {
	b := header(1, id)
	b = be.AppendUint16(b, 0)
	b = be.AppendUint16(b, uint16(8+4*len(fields)))
	b = be.AppendUint16(b, template)
	b = be.AppendUint16(b, uint16(len(fields)))
	for _, f := range fields {
		b = be.AppendUint16(be.AppendUint16(b, f[0]), f[1])
	}
	return b
}

// datagram has flows from the site to the cloud of the model case, half of them
// on each circuit.
func datagram(id uint32, i, j int) []byte {
	b := header(records, id)
	at := len(b)
	b = append(b, 0, 0, 0, 0)
	for r := range records {
		flow := (i*prepared+j)*records + r
		b = append(b, 172, 16, byte(flow>>8), byte(flow), 192, 168, 1, 1)
		b = be.AppendUint16(be.AppendUint16(b, uint16(1024+r)), 443)
		b = append(b, 6, 0, 0x18)
		b = be.AppendUint32(be.AppendUint32(b, 2), 12+uint32(r%2))
		b = append(b, 10, 0, 0, byte(1+4*(r%2)))
		b = be.AppendUint32(be.AppendUint32(b, uint32(1500*(r+1))), uint32(r+1))
		b = be.AppendUint32(be.AppendUint32(b, 3_598_000), 3_599_000)
		b = append(b, 1)
	}
	for (len(b)-at)%4 != 0 {
		b = append(b, 0)
	}
	be.PutUint16(b[at:], template)
	be.PutUint16(b[at+2:], uint16(len(b)-at))
	return b
}
