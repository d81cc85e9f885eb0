package lab

import (
	"context"
	"fmt"
	"os/exec"
	"time"
)

// startExport makes the gateway's packets visible to a flow exporter, which
// sends NetFlow v9 to the collector in the data centre. It lives until the
// bubble ends.
func (l *Lab) startExport(ctx context.Context) error {
	if err := l.nft(ctx, nsGateway, tap); err != nil {
		return fmt.Errorf("copy the gateway's packets: %w", err)
	}
	conf, err := l.file("uacctd.conf", "uacctd.conf", struct {
		Collector string
		Active    int
	}{l.model.collector.String(), exportEvery})
	if err != nil {
		return err
	}
	path, err := lookPath("uacctd")
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, "-f", conf) //nolint:gosec // the lab's own exporter
	cmd.Env = l.env()
	if err := l.in(nsGateway, cmd.Start); err != nil {
		return fmt.Errorf("start the flow exporter: %w", err)
	}
	return nil
}

// verify asks the program for its verdict over a span, and the kernel for the
// truth beside it.
func (l *Lab) verify(ctx context.Context, phase string, span time.Duration) (Split, error) {
	s := Split{Phase: phase}
	for _, c := range l.model.circuits {
		s.Circuits = append(s.Circuits, SplitCircuit{Name: c.name})
	}
	before, err := l.watch.counters()
	if err != nil {
		return s, err
	}
	out, err := l.twinpath(ctx, "verify", l.scenarioFile, "-i", l.inventoryFile,
		"--listen", l.model.collector.String(), "--for", span.String(), "--format", "json")
	if code := exitCode(err); err != nil && code != exitRefuted && code != exitOpen {
		return s, fmt.Errorf("verify the split %s: %w", phase, err)
	}
	after, err := l.watch.counters()
	if err != nil {
		return s, err
	}
	s.count(before, after)
	return s, s.judge(out, l.model)
}
