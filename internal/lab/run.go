package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Args are the arguments with which this program runs one job inside a bubble;
// the command tree hands them to Inside.
func (o Options) Args(job string) []string {
	args := []string{
		"lab", "inside", job, "--scenario", o.Scenario, "--inventory", o.Inventory,
		"--flows", strconv.Itoa(o.Flows), "--cuts", strconv.Itoa(o.Cuts),
	}
	if o.Bare {
		args = append(args, "--bare")
	}
	return args
}

// Run builds two labs side by side, each in a bubble of its own: one drills a
// circuit, the other makes the mistakes that must be caught.
func Run(ctx context.Context, o Options, log io.Writer) (*Report, error) {
	if err := Ready(); err != nil {
		return nil, err
	}
	start := time.Now()
	log = &lines{to: log}
	jobs := []string{JobDrill, JobNegative}
	parts := make([]Report, len(jobs))
	g, ctx := errgroup.WithContext(ctx)
	for i, job := range jobs {
		g.Go(func() error {
			var out bytes.Buffer
			if err := Enter(ctx, o.Args(job), Stdio{Out: &out, Err: log}); err != nil {
				return fmt.Errorf("the lab's part %q did not come to its end: %w", job, err)
			}
			if err := json.Unmarshal(out.Bytes(), &parts[i]); err != nil {
				return fmt.Errorf("read the result of the lab's part %q: %w", job, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	r := &parts[0]
	r.Negatives = parts[1].Negatives
	r.TotalSeconds = time.Since(start).Seconds()
	r.OK = r.Drill != nil && r.Drill.OK && len(r.Negatives) > 0
	for _, n := range r.Negatives {
		r.OK = r.OK && n.Caught
	}
	return r, nil
}

// Stdio is what a process reads and writes.
type Stdio struct {
	In       io.Reader
	Out, Err io.Writer
	// Started, where set, is told the id of the process.
	Started func(pid int)
}

// lines lets several processes write to one stream without cutting into each
// other's writes.
type lines struct {
	mu sync.Mutex
	to io.Writer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(p)
}
