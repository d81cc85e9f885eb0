package cli

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"github.com/twinpath/twinpath/internal/change"
	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/show"
)

// carrying holds what push, resume and rollback have in common.
type carrying struct {
	connection

	inventory     string
	window        string
	confirmWithin time.Duration
	waitLimit     time.Duration
	parallel      int
	noWait        bool
	backups       string

	parsed change.Window
	// parsers are those of each system that was met; no gateway changes them.
	parsers  map[string]show.Parsers
	journals []*change.Journal
	// abandon is closed by the second interrupt.
	abandon chan struct{}
	tell    func(change.Event)
}

func (o *carrying) flags(f *pflag.FlagSet) {
	f.StringVarP(&o.inventory, "inventory", "i", "", "inventory `FILE` that binds the gateways to devices")
	f.StringVar(&o.window, "window", "", "`START/END` in RFC 3339, or 'DATE TIME/TIME ZONE' in local time; outside of it no step begins, and its end takes back")
	f.DurationVar(&o.confirmWithin, "confirm-within", 0, "let the gateways' confirm timers run longer than each step needs")
	f.DurationVar(&o.waitLimit, "wait-limit", time.Minute, "how long the checks of a step may take to come true")
	f.IntVar(&o.parallel, "parallel", 8, "how many gateways are worked at at once")
	f.BoolVar(&o.noWait, "no-wait", false, "do not wait for a gateway that takes a step back by itself; end with exit code 7 and its time")
	f.StringVar(&o.backups, "backups", "", "`FOLDER` for the running configurations that were found (default: the journal's)")
	o.connection.flags(f)
}

// usage looks at the flags.
func (o *carrying) usage() error {
	if o.inventory == "" {
		return usageError("name an inventory with -i FILE")
	}
	if o.parallel < 1 {
		return usageError("--parallel is 1 or more")
	}
	if o.confirmWithin < 0 || o.waitLimit <= 0 {
		return usageError("--confirm-within and --wait-limit are positive")
	}
	if o.window == "" {
		return nil
	}
	var err error
	if o.parsed, err = change.ParseWindow(o.window); err != nil {
		return usageError("--window: %w", err)
	}
	return nil
}

// input reads the inventory.
func (o *carrying) input(st Streams) (*input, *inventory.Inventory, error) {
	in, err := newInput()
	if err != nil {
		return nil, nil, err
	}
	_, inv := in.load(nil, o.inventory)
	if in.list.HasErrors() {
		return nil, nil, st.printDiagnostics(in)
	}
	return in, inv, nil
}

// open opens a journal, once.
func (o *carrying) open(name string) (*change.Journal, error) {
	for _, j := range o.journals {
		if j.Name() == name {
			return j, nil
		}
	}
	j, err := change.OpenJournal(name, time.Now)
	if err == nil {
		o.journals = append(o.journals, j)
	}
	return j, err
}

// close closes the journals.
func (o *carrying) close() {
	for _, j := range o.journals {
		_ = j.Close() // Every entry that matters was synced when it was written.
	}
}

// options returns how the work on one gateway is done; nil when the inventory
// lacks something, which the diagnostics then say.
func (o *carrying) options(in *input, inv *inventory.Inventory, gateway, system string) (*change.Options, error) {
	dev, err := in.device(inv, gateway, system)
	if dev == nil || err != nil {
		return nil, err
	}
	profile, err := in.registry.Profile(system)
	if err != nil {
		return nil, err
	}
	if profile == nil {
		in.list.Add(diag.CodeUnknownOS, dev.OS.Pos, "the operating system %s is not known", diag.Quote(system))
		return nil, nil
	}
	if profile.Manage == nil || profile.Manage.Session == nil {
		return nil, refusedError("%s can be rendered, but pushing to it is not built yet", profile.Title)
	}
	t, err := o.target(in, dev, profile, &in.list)
	if err != nil {
		return nil, err
	}
	parsers, err := o.parse(in, system)
	if err != nil {
		return nil, err
	}
	return &change.Options{
		Profile: profile, Parsers: parsers, Address: net.JoinHostPort(t.Address, strconv.Itoa(t.Port)), Username: t.Username,
		Dial: dialer(t), Now: time.Now, Pause: pause, Window: o.parsed, WaitLimit: o.waitLimit, Timeout: o.timeout,
		Confirm: o.confirmWithin, Leave: o.noWait, Folder: o.folder(), Abandon: o.abandon,
		Tell: func(e change.Event) { o.tell(e) },
	}, nil
}

// parse returns the parsers of a system, which hundreds of gateways may share.
func (o *carrying) parse(in *input, system string) (show.Parsers, error) {
	if p, ok := o.parsers[system]; ok {
		return p, nil
	}
	p, err := show.Load(in.registry, system)
	if err != nil {
		return nil, err
	}
	if o.parsers == nil {
		o.parsers = map[string]show.Parsers{}
	}
	o.parsers[system] = p
	return p, nil
}

// folder is where backups are kept.
func (o *carrying) folder() string {
	if o.backups != "" || len(o.journals) == 0 {
		return o.backups
	}
	return filepath.Dir(o.journals[len(o.journals)-1].Name())
}

// work is one gateway to work at.
type work struct {
	gateway string
	job     *change.Job
}

// signalled runs f with a context that the first interrupt ends; the second
// closes abandon, and the third ends the program.
func (o *carrying) signalled(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	o.abandon = make(chan struct{})
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	done := make(chan struct{})
	defer close(done)
	// A terminal that is closed counts as the first interrupt, however often it is
	// told: by the kernel, and by the shell again. With nohup it is not told.
	closed := make(chan os.Signal, 1)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(closed, syscall.SIGHUP)
		defer signal.Stop(closed)
	}
	go func() {
		for {
			select {
			case <-done:
				return
			case <-closed:
				cancel()
			}
		}
	}()
	go func() {
		for _, end := range []func(){cancel, func() { close(o.abandon) }} {
			select {
			case <-done:
				return
			case <-signals:
				end()
			}
		}
		signal.Stop(signals)
	}()
	return f(ctx)
}

// carry does the work and prints how each gateway ended.
func (o *carrying) carry(ctx context.Context, st Streams, works []work) error {
	var jobs []*change.Job
	for _, w := range works {
		jobs = append(jobs, w.job)
	}
	show := newProgress(st.Err)
	o.tell = show.tell
	outcomes := change.Carry(ctx, jobs, o.parallel)
	show.end()
	code := exitOK
	for i, w := range works {
		out := outcomes[i]
		printOutcome(st, w.gateway, out)
		if c := exitCode(out.Ending); graver[c] > graver[code] {
			code = c
		}
	}
	if code == exitOK {
		return nil
	}
	return &exitError{code: code}
}

// pause sleeps, or until the context ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// printOutcome prints how the work on one gateway ended.
func printOutcome(st Streams, gateway string, out change.Outcome) {
	fmt.Fprintf(st.Out, "%s: %s: %s\n", gateway, out.Ending, plan.Safe(out.Reason))
	for _, l := range out.Detail {
		fmt.Fprintf(st.Out, "  %s\n", plan.Safe(l))
	}
}

// exitCode returns the exit code of an ending.
func exitCode(e change.Ending) int {
	switch e {
	case change.Done:
		return exitOK
	case change.NotBegun:
		return exitFailed
	case change.Refused:
		return exitRefused
	case change.RolledBack, change.Stopped:
		return exitRolledBack
	case change.Unknown:
	}
	return exitUnknown
}

// graver orders the exit codes of several gateways.
var graver = map[int]int{exitOK: 0, exitFailed: 1, exitRefused: 2, exitRolledBack: 3, exitUnknown: 4}
