package lab

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// The jobs of a bubble.
const (
	JobDrill    = "drill"
	JobNegative = "negative"
	JobServe    = "serve"
)

// Inside does one job in a bubble that Enter made.
func Inside(ctx context.Context, job string, o Options, log io.Writer) (*Report, error) {
	l, r, err := boot(ctx, job, o, log)
	if err != nil {
		return nil, err
	}
	defer l.watch.stop()
	if job == JobNegative {
		r.Negatives, err = l.runNegatives(ctx, o)
	} else {
		r.Drill, err = l.runDrill(ctx, 0, o)
	}
	if err != nil {
		return nil, err
	}
	r.TotalSeconds = time.Since(l.start).Seconds()
	return r, l.cloud.stop()
}

// boot builds a lab and configures its gateway.
func boot(ctx context.Context, job string, o Options, log io.Writer) (*Lab, *Report, error) {
	l, err := newLab(ctx, o, log)
	if err != nil {
		return nil, nil, err
	}
	r := &Report{Scenario: l.sc.Name.Val, Machine: machine(l.root), Untested: l.untested}
	if err := l.up(ctx); err != nil {
		return nil, nil, err
	}
	r.UpSeconds = time.Since(l.start).Seconds()
	l.note("up: the gateway has its site side and SSH")
	if l.watch, err = l.startWatch(); err != nil {
		return nil, nil, err
	}
	if !o.Bare {
		if err := l.deploy(ctx, job != JobNegative); err != nil {
			return nil, nil, err
		}
	}
	r.ConfigureSeconds = time.Since(l.start).Seconds() - r.UpSeconds
	if err := l.startExport(ctx); err != nil {
		return nil, nil, err
	}
	if job != JobNegative { // the mistakes are looked at by one export
		if err := l.startSwitch(ctx); err != nil {
			return nil, nil, fmt.Errorf("start the switch that samples: %w", err)
		}
	}
	return l, r, nil
}

// deploy configures the gateway and checks what must follow: both next hops in
// the kernel and, with tracking, both sessions up.
func (l *Lab) deploy(ctx context.Context, tracked bool) error {
	file := l.scenarioFile
	if !tracked {
		file = l.untrackedFile
	}
	if err := l.configure(ctx, file); err != nil {
		return err
	}
	limit, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if _, err := l.watch.settled(limit, 0); err != nil {
		return fmt.Errorf("waited for both circuits in the gateway's route: %w", err)
	}
	if tracked {
		if err := l.checkSessions(ctx); err != nil {
			return err
		}
	}
	l.note("configured: both circuits are in the gateway's route")
	return nil
}

// machine describes where the lab runs.
func machine(root string) Machine {
	m := Machine{CPUs: runtime.NumCPU()}
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		m.Kernel = unix.ByteSliceToString(u.Release[:])
	}
	if data, err := os.ReadFile(filepath.Join(root, ".twinpath-lab")); err == nil {
		m.Router, _, _ = strings.Cut(string(data), " ")
	}
	if data, err := os.ReadFile("/proc/loadavg"); err == nil {
		_, _ = fmt.Sscanf(string(data), "%f", &m.Load) // 0 says as much as an error would
	}
	return m
}
