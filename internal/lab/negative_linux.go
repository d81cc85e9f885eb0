package lab

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

// runNegatives makes four mistakes that people make, and reports whether the
// checks of the drill catch each for its own reason.
func (l *Lab) runNegatives(ctx context.Context, o Options) ([]Negative, error) {
	little, err := l.tooLittle(ctx)
	if err != nil {
		return nil, err
	}
	p, err := l.startProber(ctx, o.Flows, 2*every)
	if err != nil {
		return nil, err
	}
	defer p.finish()
	settle, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if _, err := l.watch.settled(settle, settledFor); err != nil {
		return nil, fmt.Errorf("waited for both circuits in the gateway's route: %w", err)
	}
	stays, err := l.noTracking(ctx)
	if err != nil {
		return nil, err
	}
	// The cloud needs sixteen seconds to give a circuit up; the other mistake is
	// in the other direction and is made meanwhile.
	var shared, one Negative
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { shared, err = l.sharedReturn(gctx); return err })
	g.Go(func() (err error) { one, err = l.oneWay(gctx); return err })
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return []Negative{little, stays, shared, one}, nil
}

// noTracking cuts a circuit that the gateway does not watch.
func (l *Lab) noTracking(ctx context.Context) (Negative, error) {
	n := Negative{Mistake: "no tracking", Check: "the gateway leaves a dead circuit"}
	l.note("mistake: %s", n.Mistake)
	at, err := l.sever(ctx, 0)
	if err != nil {
		return n, err
	}
	took, err := l.leaves(ctx, 0, at, limit(l.model.bfdInterval*time.Duration(l.model.bfdMult)))
	switch {
	case errors.Is(err, errStays):
		n.Caught, n.Reason = true, err.Error()
	case err != nil:
		return n, err
	default:
		n.Reason = fmt.Sprintf("the gateway left the circuit after %s", round(took))
	}
	_, err = l.heal(ctx, 0)
	return n, err
}

// sharedReturn lets both border routers probe from one source, for which the
// gateway has one route over both circuits.
func (l *Lab) sharedReturn(ctx context.Context) (Negative, error) {
	n := Negative{Mistake: "one /32 return route over both circuits", Check: "the cloud's health check"}
	l.note("mistake: %s", n.Mistake)
	first, second := l.model.circuits[0], l.model.circuits[1]
	if err := l.ip(ctx, second.border, fmt.Sprintf("addr add %s/32 dev lo\n", first.source)); err != nil {
		return n, err
	}
	// By hand: twinpath refuses a scenario with one source for two circuits.
	if err := l.typeLines(ctx, fmt.Sprintf("ip route %s/32 %s %s", first.source, second.cloud.Addr(), second.port)); err != nil {
		return n, err
	}
	begin := time.Now()
	l.mu.Lock()
	l.sources[1] = first.source
	l.mu.Unlock()
	limit := withdrawal(second.interval, second.probes).max + 3*time.Second
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	e, err := l.cloud.waitAny(ctx, begin)
	if err != nil {
		n.Reason = fmt.Sprintf("the cloud kept both circuits for %s", limit)
		return n, nil
	}
	n.Caught = e.wrong
	n.Reason = fmt.Sprintf("the cloud left %s after %.1f s although it was whole: %s", l.model.circuits[e.circuit].name, e.at.Sub(begin).Seconds(), e.reason)
	return n, nil
}

// oneWay lets the gateway hash addresses only, with one pair of addresses.
func (l *Lab) oneWay(ctx context.Context) (Negative, error) {
	n := Negative{Mistake: "hash of addresses only, one pair of addresses", Check: "verify"}
	l.note("mistake: %s", n.Mistake)
	if err := l.sysctl(nsGateway, hashPolicy, "0"); err != nil {
		return n, err
	}
	time.Sleep(drained)
	s, err := l.verify(ctx, "one way", verifyFor, netflowExport)
	if err != nil {
		return n, err
	}
	n.Caught = s[0].Verdict == fail && s[0].found("few-addresses")
	n.Reason = s[0].Reason
	return n, nil
}

// tooLittle asks for a verdict when there is next to no traffic.
func (l *Lab) tooLittle(ctx context.Context) (Negative, error) {
	n := Negative{Mistake: "too little traffic: 5 flows of a packet a second", Check: "verify, which leaves it open"}
	l.note("mistake: %s", n.Mistake)
	p, err := l.startProber(ctx, 5, time.Second)
	if err != nil {
		return n, err
	}
	defer p.finish()
	s, err := l.verify(ctx, "too little", verifyFor, netflowExport)
	if err != nil {
		return n, err
	}
	n.Caught = s[0].Verdict == inconclusive && s[0].found("too-few-samples", "too-few-flows")
	n.Reason = s[0].Reason
	return n, nil
}
