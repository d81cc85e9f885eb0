// Command replay sends the UDP payloads of a capture to an address, as the
// gateway did that they were captured from, only faster. It reads what
// twinpath's tests ship: classic pcap of Ethernet frames with IPv4.
package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"time"
)

// headers are those of Ethernet, IPv4 without options and UDP.
const headers = 14 + 20 + 8

func main() {
	seconds := flag.Float64("seconds", 8, "how long the whole takes")
	flag.Usage = func() { fmt.Fprintln(os.Stderr, "usage: replay [-seconds N] CAPTURE ADDRESS") }
	flag.Parse()
	if flag.NArg() != 2 {
		flag.Usage()
		os.Exit(2)
	}
	if err := replay(flag.Arg(0), flag.Arg(1), *seconds); err != nil {
		fmt.Fprintln(os.Stderr, "replay:", err)
		os.Exit(1)
	}
}

func replay(file, address string, seconds float64) error {
	payloads, err := read(file)
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	conn, err := net.Dial("udp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	pause := time.Duration(seconds * float64(time.Second) / float64(max(len(payloads), 1)))
	for _, p := range payloads {
		if _, err := conn.Write(p); err != nil {
			return err
		}
		time.Sleep(pause)
	}
	return nil
}

// read returns the payloads of a capture.
func read(file string) ([][]byte, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(b, []byte{0xd4, 0xc3, 0xb2, 0xa1}) || len(b) < 24 {
		return nil, errors.New("no classic pcap")
	}
	var out [][]byte
	for b = b[24:]; len(b) >= 16; {
		n := int(binary.LittleEndian.Uint32(b[8:]))
		if n < headers || len(b) < 16+n {
			return nil, errors.New("a frame is cut off or no UDP")
		}
		out = append(out, b[16+headers:16+n])
		b = b[16+n:]
	}
	return out, nil
}
