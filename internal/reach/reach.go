// Package reach sends packets from the machine that the program runs on: pings,
// and the trace of a way.
package reach

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"regexp"
	"time"

	probing "github.com/prometheus-community/pro-bing"
)

// Count is how many pings are sent, and how long is waited for all of them.
const (
	Count = 5
	limit = 8 * time.Second
)

// Ping sends Count pings by an address of this machine and returns how many were
// answered. The error says that none could be sent.
func Ping(ctx context.Context, from, to netip.Addr) (received int, err error) {
	// The kernel lets everybody ping who is in net.ipv4.ping_group_range, and
	// others with CAP_NET_RAW only.
	for _, privileged := range []bool{false, true} {
		p := probing.New(to.String())
		p.Count, p.Timeout, p.Interval = Count, limit, time.Second/2
		p.SetPrivileged(privileged)
		p.Source = from.String()
		failed := p.RunWithContext(ctx)
		if failed == nil {
			return p.Statistics().PacketsRecv, nil
		}
		err = errors.Join(err, failed)
	}
	return 0, fmt.Errorf("this machine does not let the program ping (net.ipv4.ping_group_range, CAP_NET_RAW): %w", err)
}

// step is a line of what traceroute -n prints for one router.
var step = regexp.MustCompile(`^\s*\d+\s+([0-9a-f.:]+)\s`)

// Trace returns the routers on the way that answer, by the system's traceroute
// command.
func Trace(ctx context.Context, from, to netip.Addr) ([]string, error) {
	name, err := exec.LookPath("traceroute")
	if err != nil {
		return nil, errors.New("this machine has no traceroute command")
	}
	out, err := exec.CommandContext(ctx, name, "-n", "-q", "1", "-w", "1", "-m", "12", "-s", from.String(), to.String()).Output() //nolint:gosec // two addresses, and a command that the system has
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", name, to, err)
	}
	return routers(out), nil
}

// routers reads what traceroute prints.
func routers(out []byte) []string {
	var way []string
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		if m := step.FindStringSubmatch(lines.Text()); m != nil {
			way = append(way, m[1])
		}
	}
	return way
}
