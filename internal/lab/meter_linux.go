package lab

import (
	"context"
	"sync"
	"time"
)

// The intervals of the readings: the ports' over netlink, the gateway's own
// packets by a program.
const (
	readSent = 10 * time.Millisecond
	readOwn  = time.Second
)

// startMeter reads the kernel's counters until the function that it returns is
// called, which gives them. The first readings are there when it returns.
func (l *Lab) startMeter(ctx context.Context) (func() (*meter, error), error) {
	m := &meter{}
	if err := l.nft(ctx, nsGateway, l.model.ownRules()); err != nil {
		return nil, err
	}
	sent := func() error {
		before := time.Now()
		packets, err := l.watch.counters()
		m.sent = append(m.sent, reading{before.Add(time.Since(before) / 2), packets})
		return err
	}
	own := func() error {
		out, err := l.run(ctx, command{ns: nsGateway, name: "nft", args: []string{"-j", "list", "counters", "table", "netdev", "own"}})
		if err != nil {
			return err
		}
		packets, err := l.model.parseOwn(out)
		m.own = append(m.own, reading{time.Now(), packets})
		return err
	}
	stop := make(chan struct{})
	var errs [2]error
	var done sync.WaitGroup
	for i, r := range []struct {
		every time.Duration
		read  func() error
	}{{readSent, sent}, {readOwn, own}} {
		if errs[i] = r.read(); errs[i] != nil {
			close(stop)
			done.Wait()
			return nil, errs[i]
		}
		done.Go(func() {
			tick := time.NewTicker(r.every)
			defer tick.Stop()
			for errs[i] == nil {
				select {
				case <-stop:
					errs[i] = r.read()
					return
				case <-tick.C:
					errs[i] = r.read()
				}
			}
		})
	}
	return func() (*meter, error) {
		close(stop)
		done.Wait()
		for _, err := range errs {
			if err != nil {
				return nil, err
			}
		}
		return m, l.nft(ctx, nsGateway, "delete table netdev own\n")
	}, nil
}
