package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// startSwitch builds the switch beside the gateway. It sees nothing until a
// verification mirrors the circuits' packets to it.
func (l *Lab) startSwitch(ctx context.Context) error {
	if err := l.addSpace(ctx, nsSwitch); err != nil {
		return err
	}
	if err := l.sysctl(nsSwitch, "net/ipv6/conf/all/disable_ipv6", "1"); err != nil && !os.IsNotExist(err) {
		return err // a kernel without IPv6 has nothing to turn off
	}
	// The ports with indexes of their own come first: the others' may be theirs.
	for _, b := range []struct{ ns, lines string }{
		{nsSwitch, l.model.switchPorts()},
		{"", l.model.switchLinks()},
		{nsSwitch, l.model.switchUp()},
		{nsSite, fmt.Sprintf("addr add %s dev sw0\nlink set sw0 up\n", switchPeer)},
		{nsGateway, l.model.mirrorUp()},
	} {
		if err := l.ip(ctx, b.ns, b.lines); err != nil {
			return err
		}
	}
	script, err := l.file("switch.sh", "switch.sh", nil)
	if err != nil {
		return err
	}
	dir := filepath.Join(l.dir, "switch")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	_, err = l.run(ctx, command{ns: nsSwitch, name: script, args: []string{
		dir, l.model.collectorOf(sflowExport).String(), strconv.Itoa(sflowExport.sampling), strconv.Itoa(len(l.model.circuits)),
	}})
	return err
}
