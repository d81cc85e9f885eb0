package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// startExport makes the gateway's packets visible to a flow exporter, which
// sends NetFlow v9 and IPFIX to the collector in the data centre. It lives
// until the bubble ends.
func (l *Lab) startExport(ctx context.Context) error {
	if err := l.nft(ctx, nsGateway, tap); err != nil {
		return fmt.Errorf("copy the gateway's packets: %w", err)
	}
	conf, err := l.file("uacctd.conf", "uacctd.conf", struct {
		NetFlow, IPFIX string
		Active         int
	}{l.model.collectorOf(netflowExport).String(), l.model.collectorOf(ipfixExport).String(), exportEvery})
	if err != nil {
		return err
	}
	path, err := lookPath("uacctd")
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, "-f", conf) //nolint:gosec // the lab's own exporter
	cmd.Env = l.env()
	log := filepath.Join(l.dir, "uacctd.log")
	if cmd.Stderr, err = os.Create(log); err != nil {
		return err
	}
	if err := l.in(nsGateway, cmd.Start); err != nil {
		return fmt.Errorf("start the flow exporter: %w", err)
	}
	return l.until(ctx, 20*time.Second, "both streams of the flow exporter to start", func() (bool, error) {
		said, err := os.ReadFile(log)
		return strings.Count(string(said), "Exporting flows to") == 2, err
	})
}

// verify asks the program for its verdict over a span, once for each export,
// and the kernel for the truth beside it.
func (l *Lab) verify(ctx context.Context, phase string, span time.Duration, by ...export) ([]Split, error) {
	splits := make([]Split, len(by))
	read, err := l.startMeter(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the kernel's counters: %w", err)
	}
	g, gctx := errgroup.WithContext(ctx)
	for i, e := range by {
		s := &splits[i]
		s.Phase, s.Export = phase, e.name
		for _, c := range l.model.circuits {
			s.Circuits = append(s.Circuits, SplitCircuit{Name: c.name})
		}
		g.Go(func() error { return l.verifyOne(gctx, s, e, span) })
	}
	err = g.Wait()
	m, merr := read()
	if err != nil {
		return nil, err
	}
	if merr != nil {
		return nil, fmt.Errorf("read the kernel's counters: %w", merr)
	}
	for i := range splits {
		if err := m.truth(&splits[i]); err != nil {
			return nil, fmt.Errorf("verify the split %s by %s: %w", phase, splits[i].Export, err)
		}
	}
	return splits, nil
}

// verifyOne asks for the verdict by one export.
func (l *Lab) verifyOne(ctx context.Context, s *Split, e export, span time.Duration) error {
	if e.mirrored {
		if err := l.nft(ctx, nsGateway, l.model.mirrorRules()); err != nil {
			return fmt.Errorf("mirror the circuits' packets: %w", err)
		}
		defer l.nft(ctx, nsGateway, "delete table netdev mirror\n") //nolint:errcheck // copies that nobody looks at harm nothing
	}
	out, err := l.twinpath(ctx, "verify", l.exportFile(e), "-i", l.inventoryFile,
		"--listen", l.model.collectorOf(e).String(), "--for", span.String(), "--format", "json")
	if code := exitCode(err); err != nil && code != exitRefuted && code != exitOpen {
		return fmt.Errorf("verify the split %s by %s: %w", s.Phase, e.name, err)
	}
	return s.judge(out, l.model)
}
