package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// sever makes a circuit dead in both directions without a sign: both ends keep
// their carrier. It returns the moment just before, so that a time measured
// from there is never too short.
func (l *Lab) sever(ctx context.Context, i int) (time.Time, error) {
	at, _, err := l.bothEnds(ctx, i, silence)
	return at, err
}

// heal repairs the circuit, and returns the span within which it became whole:
// nft returns some time after its rules are in force.
func (l *Lab) heal(ctx context.Context, i int) (mark, error) {
	before, after, err := l.bothEnds(ctx, i, restore)
	return mark{before, after}, err
}

// bothEnds runs a ruleset for the device at each end, and returns the moments
// just before and after. Both programs are started first and wait for their
// rules: on a busy machine a start takes longer than what is measured.
func (l *Lab) bothEnds(ctx context.Context, i int, rules func(string) string) (before, after time.Time, err error) {
	c := l.model.circuits[i]
	path, err := lookPath("nft")
	if err != nil {
		return before, after, err
	}
	type end struct {
		ns, dev string
		cmd     *exec.Cmd
		in      io.WriteCloser
	}
	ends := []*end{{ns: nsGateway, dev: c.port}, {ns: c.border, dev: "gw0"}}
	for _, e := range ends {
		e.cmd = exec.CommandContext(ctx, path, "-f", "-") //nolint:gosec // the lab's own program
		if e.in, err = e.cmd.StdinPipe(); err != nil {
			return before, after, err
		}
		if err = l.in(e.ns, e.cmd.Start); err != nil {
			return before, after, fmt.Errorf("start nft in %s: %w", e.ns, err)
		}
	}
	time.Sleep(100 * time.Millisecond)
	before = time.Now()
	for _, e := range ends {
		_, werr := io.WriteString(e.in, rules(e.dev))
		if werr = errors.Join(werr, e.in.Close()); werr != nil && err == nil {
			err = fmt.Errorf("give nft its rules in %s: %w", e.ns, werr)
		}
	}
	for _, e := range ends {
		if werr := e.cmd.Wait(); werr != nil && err == nil {
			err = fmt.Errorf("run nft in %s: %w", e.ns, werr)
		}
	}
	return before, time.Now(), err
}
