package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/kafka"
	"github.com/twinpath/twinpath/internal/report"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/split"
)

type verifyOptions struct {
	scenario  string
	inventory string
	listen    string
	pcap      string
	window    time.Duration
	format    string
	// untilSettled ends the window at the first verdict.
	untilSettled bool
	html         string
	// kafka is the address of a topic, counts a file to write, merge are such files.
	kafka, counts string
	merge         []string

	pinging
}

func newVerify(st Streams) *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:   "verify SCENARIO -i INVENTORY (--listen ADDRESS | --pcap FILE | --kafka URL | --merge FILE…)",
		Short: "Tell from flow samples whether every circuit carries its share",
		Long: `Receives the gateways' flow export (NetFlow v5 and v9, IPFIX, sFlow v5) or reads
it from a capture, attributes every sample to a circuit, and says whether the
circuits share the traffic as the scenario asks (split.min_share, or
split.standby_max_share in mode active-standby). Packets in the direction from
the site to the cloud decide.

Datagrams are taken from the gateways of the inventory only: from
flow_source.address, and from address. A circuit is told by its if_index, else
by its next hop, its VLAN, or its gateway.

The verdict is inconclusive, with the reason, when too little was seen, too much
was lost, or it is not known how the exporter samples. With --listen, a window
that is shorter than the exporters' active timeout allows is lengthened; Ctrl-C
ends it early, with a result from what was seen.

With --kafka, the messages of goflow2 are read from a topic, in protobuf or JSON.
Several verifications that name the same group= share the topic: each writes its
--counts, and --merge makes one verdict of them.

With --ping, each circuit's far end (and every --ping-target) is pinged and traced
first, from the gateway over SSH, by the circuit's own address, and from this machine
by each --ping-from. What answers no ping stands in the way of a pass.

Exit codes: 0 pass · 8 fail · 9 inconclusive · 3 invalid input.`,
		Example: `  twinpath verify inventory/shanghai/scenario.yaml -i INVENTORY --listen :2055 --for 5m
  twinpath verify inventory/shanghai/scenario.yaml -i INVENTORY --pcap export.pcap --format json
  twinpath verify inventory/shanghai/scenario.yaml -i INVENTORY --kafka kafka://kafka1:9092/flow-messages`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			o.scenario = args[0]
			return runVerify(st, &o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.inventory, "inventory", "i", "", "inventory `FILE` that binds the gateways to devices")
	f.StringVar(&o.listen, "listen", "", "`ADDRESS` to receive flow export on, such as :2055")
	f.StringVar(&o.pcap, "pcap", "", "capture `FILE` (pcap or pcapng) with flow export")
	f.DurationVar(&o.window, "for", 0, "how long to listen (default 5m), or how much of a capture to read (default all)")
	f.BoolVar(&o.untilSettled, "until-settled", false, "with --listen, end as soon as the verdict is settled; --for is then the longest")
	f.StringVar(&o.format, "format", "text", "text, json, markdown or junit")
	f.StringVar(&o.kafka, "kafka", "", "`URL` of a topic that goflow2 fills: "+kafka.Form)
	f.StringVar(&o.counts, "counts", "", "write what was counted to `FILE`, to be merged with that of others")
	f.StringArrayVar(&o.merge, "merge", nil, "count nothing, judge what --counts wrote to `FILE`; may be repeated")
	f.BoolVar(&o.ping, "ping", false, "ping and trace each circuit from its gateway, over SSH, by the circuit's own address")
	f.StringArrayVar(&o.targets, "ping-target", nil, "with --ping, an `ADDRESS` in the cloud to ping too (repeatable)")
	f.StringArrayVar(&o.from, "ping-from", nil, "with --ping, an `ADDRESS` of this machine to ping from, one for each circuit where its routes tell them apart (repeatable)")
	o.flags(f)
	f.StringVar(&o.html, "html", "", "write a report for a browser to `FILE`, beside what --format prints")
	return cmd
}

// printers are the formats of a result.
var printers = map[string]func(io.Writer, *split.Result) error{
	"text": report.Text, "json": report.JSON, "markdown": report.Markdown, "junit": report.JUnit,
}

func (o *verifyOptions) check() error {
	switch {
	case printers[o.format] == nil:
		return usageError("--format is text, json, markdown or junit, not %q", o.format)
	case o.inputs() != 1:
		return usageError("verify needs one of --listen, --pcap, --kafka and --merge")
	case o.untilSettled && o.listen == "" && o.kafka == "":
		return usageError("--until-settled is for --listen and --kafka: what was recorded is judged as a whole")
	case o.inventory == "":
		return usageError("verify needs -i INVENTORY: it says which addresses the gateways export from")
	case o.listen != "" && !hasPort(o.listen):
		return usageError("--listen is an address with a UDP port, such as :2055 or 172.16.255.10:2055, not %q", o.listen)
	case o.window < 0:
		return usageError("--for is a length of time such as 5m")
	}
	return nil
}

// hasPort reports whether an address names a port, and perhaps a host.
func hasPort(addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	return err == nil && port != ""
}

// spare keeps a run of hours small: what it holds is collected at half as much
// garbage as usual, which costs a tenth of its processor time. GOGC says
// otherwise. It returns what undoes it.
func spare() func() {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(50)
	return func() { debug.SetGCPercent(before) }
}

func runVerify(st Streams, o *verifyOptions) error {
	if err := errors.Join(o.check(), o.pinging.usage()); err != nil {
		return err
	}
	in, err := newInput()
	if err != nil {
		return err
	}
	scenarios, inv := in.load([]string{o.scenario}, o.inventory)
	var v *verification
	if len(scenarios) == 1 && inv != nil && !in.list.HasErrors() {
		if v, err = in.verification(st, scenarios[0], inv); err != nil {
			return err
		}
	}
	if v == nil { // what warns of the configuration is for validate and render
		return st.printDiagnostics(in)
	}
	page, err := newHTMLFile(o.html)
	if err != nil {
		return err
	}
	defer spare()()
	defer page.discard()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var pinged []split.Finding
	if o.ping {
		if pinged, err = o.tests(ctx, in, scenarios[0], inv); err != nil {
			return err
		}
		if in.list.HasErrors() {
			return st.printDiagnostics(in)
		}
	}
	r, err := v.run(ctx, *o)
	if err != nil {
		return err
	}
	r.Pinged(pinged, pingLost)
	if err := printers[o.format](st.Out, r); err != nil {
		return err
	}
	if err := page.write(r); err != nil {
		return err
	}
	switch r.Verdict {
	case split.Pass:
		return nil
	case split.Fail:
		return &exitError{code: exitUnverified}
	case split.Inconclusive:
	}
	return &exitError{code: exitInconclusive}
}

// verification is one run.
type verification struct {
	st       Streams
	scenario *scenario.Scenario
	m        *split.Map
	from     []netip.Addr
	// slack is how much later records come than from the exporters themselves.
	slack time.Duration

	mu         sync.Mutex
	tallies    []*split.Shared
	byExporter map[netip.Addr]*split.Shared
	// watched is true when the shares were shown while the window was open.
	watched bool
	// counted and evidence are what the last verdict was given of.
	counted  *split.Tally
	evidence split.Evidence
}

// verification finds out which addresses export and how samples are attributed.
func (in *input) verification(st Streams, s *scenario.Scenario, inv *inventory.Inventory) (*verification, error) {
	gateways, err := in.gateways(&in.list, s, target{name: targetName(inv.File), inv: inv}, "")
	if err != nil {
		return nil, err
	}
	exporters := in.exporters(s, inv)
	if in.list.HasErrors() {
		return nil, nil //nolint:nilnil // the diagnostics say why there is none
	}
	m, err := split.NewMap(s, inv, exporters)
	if err != nil {
		return nil, &exitError{code: exitInvalid, err: err}
	}
	for _, g := range gateways {
		m.Distrust(g.name, g.profile.FlowOf(g.inv.Platform.Val).Traps)
	}
	v := &verification{st: st, scenario: s, m: m}
	for a := range exporters {
		v.from = append(v.from, a)
	}
	slices.SortFunc(v.from, netip.Addr.Compare)
	return v, nil
}

// exporters maps the addresses that the gateways export from to their names.
func (in *input) exporters(s *scenario.Scenario, inv *inventory.Inventory) map[netip.Addr]string {
	out := map[netip.Addr]string{}
	for _, name := range s.Gateways() {
		g := inv.Gateway(name)
		if g == nil {
			continue // reported already
		}
		var own []netip.Addr
		if g.FlowSource != nil && g.FlowSource.Address.Set {
			own = append(own, g.FlowSource.Address.Val)
		}
		if a, err := netip.ParseAddr(g.Address.Val); err == nil {
			own = append(own, a)
		}
		if len(own) == 0 {
			in.list.Add(diag.CodeFlowSource, g.Pos, "gateway %s has neither flow_source.address nor an IP address, so its flow export cannot be told from others'", diag.Quote(name)).
				WithHelp("add flow_source: {address: …}, the address that the gateway exports from")
		}
		for _, a := range own {
			a = a.Unmap()
			if other, taken := out[a]; taken && other != name {
				in.list.Add(diag.CodeFlowSource, g.Pos, "gateways %s and %s export from the same address %s", diag.Quote(other), diag.Quote(name), a).
					WithHelp("give each gateway its own flow_source.address")
			}
			out[a] = name
		}
	}
	return out
}

func (v *verification) say(format string, args ...any) {
	fmt.Fprintf(v.st.Err, format+"\n", args...)
}

// capture reads a file.
func (v *verification) capture(ctx context.Context, o verifyOptions) (*split.Result, error) {
	config := v.config(time.Time{})
	config.For = o.window
	st, err := flow.ReadFile(ctx, o.pcap, config)
	if err != nil {
		return nil, &exitError{code: exitInvalid, err: err}
	}
	return v.result(split.Evidence{Stats: st, Window: st.Last.Sub(st.First), Ended: ctx.Err() != nil, File: true}), nil
}

// The parts of a window. A cache exports a flow when its packets have stopped
// for the inactive timeout (15 s where it is not rendered), and otherwise after
// the active timeout.
const (
	defaultWindow   = 5 * time.Minute
	inactiveTimeout = 15 * time.Second
	exportSlack     = 5 * time.Second
	sampleSlack     = 10 * time.Second
	progressEvery   = 15 * time.Second
)

// shortest returns the shortest window that can give a verdict, and why.
func shortest(s *scenario.Scenario) (time.Duration, string) {
	f := s.FlowExport
	switch {
	case f == nil:
		return settle(s) + time.Minute, "the scenario has no flow_export; an active timeout of 60s is assumed"
	case f.Protocol.Val == scenario.SFlow:
		return sampleSlack, "sFlow sends every sample within a second or so"
	}
	return settle(s) + max(f.ActiveTimeout.Val, leastSpan),
		fmt.Sprintf("the exporters' active timeout is %s, a flow is reported when it ends or that time is over, and what is still held then is not judged", f.ActiveTimeout.Val)
}

// live listens for the window and reports how it goes.
func (v *verification) live(ctx context.Context, o verifyOptions) (*split.Result, error) {
	window, start := v.windowOf(o), time.Now()
	r, err := flow.Listen(ctx, o.listen, v.config(start))
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // nothing waits in a UDP socket
	if st := r.Stats(); st.Buffer > 0 && st.Buffer < 1<<20 {
		v.say("note: the kernel grants a receive buffer of %d KiB only; raise net.core.rmem_max if datagrams are lost", st.Buffer>>10)
	}
	v.say("listening on %s for %s, until %s; flow export is taken from %s", r.Addr(), window,
		start.Add(window).Format("15:04:05"), addresses(v.from))
	v.sayWhen(start, window)
	return v.watch(ctx, r, start, window, o)
}

// watch reads a source until the window is over, and judges what came.
func (v *verification) watch(ctx context.Context, r source, start time.Time, window time.Duration, o verifyOptions) (*split.Result, error) {
	inner, cancel := context.WithDeadline(ctx, start.Add(window))
	defer cancel()
	var done sync.WaitGroup
	done.Go(func() {
		if f, ok := v.st.terminal(); ok {
			v.showLive(inner, f, r, start, window)
		} else {
			v.progress(inner, r, start, window)
		}
	})
	var settled *split.Result
	if o.untilSettled {
		done.Go(func() { settled = v.untilSettled(inner, cancel, r.Stats, start) })
	}
	err := r.Run(inner)
	cancel()
	done.Wait()
	if err != nil || settled != nil {
		return settled, err
	}
	ev := v.judged(r.Stats(), start, earlier(time.Now(), start.Add(window)))
	ev.Ended = ctx.Err() != nil
	// Who was shown the shares and then ended the window chose the moment.
	ev.Watching = o.untilSettled || v.watched && ev.Ended
	if ev.Ended {
		v.say("ended by hand; the result is from what was seen")
	}
	return v.result(ev), nil
}

func addresses(as []netip.Addr) string {
	const most = 6
	var out []string
	for _, a := range as[:min(len(as), most)] {
		out = append(out, a.String())
	}
	if len(as) > most {
		out = append(out, fmt.Sprintf("%d more", len(as)-most))
	}
	return strings.Join(out, ", ")
}
