package flow

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// setReceiveBuffer asks for a large buffer, past net.core.rmem_max where the
// process may.
func setReceiveBuffer(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		if unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) != nil {
			// What was granted is read back and reported; a refusal ends nothing.
			_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
		}
	})
}

// bufferSize returns the size that was granted. The kernel doubles what it is
// asked for, for its own bookkeeping (socket(7)).
func bufferSize(conn *net.UDPConn) int {
	c, err := conn.SyscallConn()
	if err != nil {
		return 0
	}
	size := 0
	err = c.Control(func(fd uintptr) {
		size, _ = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF)
	})
	if err != nil {
		return 0
	}
	return size / 2
}

// kernelDrops returns the datagrams that the socket had no room for, from the
// last column of /proc/net/udp and udp6 (proc_net_udp(5)).
func kernelDrops(addr netip.AddrPort) (uint64, bool) {
	var drops uint64
	known := false
	for _, name := range []string{"/proc/net/udp", "/proc/net/udp6"} {
		d, found, err := tableDrops(name, addr)
		if err == nil && found {
			drops += d
			known = true
		}
	}
	return drops, known
}

var errColumns = errors.New("unexpected columns")

func tableDrops(name string, addr netip.AddrPort) (drops uint64, found bool, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, false, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	local := procAddr(addr.Addr()) + fmt.Sprintf(":%04X", addr.Port())
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		cols := strings.Fields(sc.Text())
		if len(cols) < 13 || cols[1] != local {
			continue
		}
		n, err := strconv.ParseUint(cols[len(cols)-1], 10, 64)
		if err != nil {
			return 0, false, fmt.Errorf("%s: %w", name, errColumns)
		}
		drops += n
		found = true
	}
	return drops, found, sc.Err()
}

// procAddr writes an address as the kernel does: words of four bytes in the
// order of the machine.
func procAddr(a netip.Addr) string {
	var b strings.Builder
	raw := a.AsSlice()
	for i := 0; i+4 <= len(raw); i += 4 {
		fmt.Fprintf(&b, "%08X", binary.NativeEndian.Uint32(raw[i:i+4]))
	}
	return b.String()
}
