//go:build !linux

package flow

import (
	"net"
	"net/netip"
	"syscall"
)

// setReceiveBuffer leaves the size to bufferSize, which has the connection.
func setReceiveBuffer(_, _ string, _ syscall.RawConn) error { return nil }

// bufferSize asks for the buffer. What is granted is not known here.
func bufferSize(conn *net.UDPConn) int {
	_ = conn.SetReadBuffer(receiveBuffer) // a smaller buffer still receives
	return 0
}

// kernelDrops is known on Linux only.
func kernelDrops(netip.AddrPort) (uint64, bool) { return 0, false }
