package cli

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/twinpath/twinpath/internal/change"
	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/split"
)

// witnessing holds the flags of a push that is verified.
type witnessing struct {
	scenario     string
	listen       string
	span         time.Duration
	each         bool
	noBaseline   bool
	inconclusive string
}

func (o *witnessing) flags(f *pflag.FlagSet) {
	f.StringVar(&o.listen, "verify-listen", "", "`ADDRESS` to receive flow export on, such as :2055: the last step is confirmed only when the circuits share the traffic")
	f.StringVar(&o.scenario, "verify", "", "the `SCENARIO` that the plan was made from, for --verify-listen")
	f.DurationVar(&o.span, "verify-for", time.Minute, "how long is judged, beside what the exporters' timeouts take")
	f.BoolVar(&o.each, "verify-each", false, "verify after every step, not the last alone")
	f.BoolVar(&o.noBaseline, "no-baseline", false, "do not verify before the first step: flow export may be what the push brings")
	f.StringVar(&o.inconclusive, "verify-inconclusive", inconclusiveBack, "what an inconclusive verdict does: take-back or accept")
}

// What an inconclusive verdict does to a step.
const (
	inconclusiveBack   = "take-back"
	inconclusiveAccept = "accept"
)

// usage looks at the flags.
func (o *witnessing) usage() error {
	switch {
	case (o.listen == "") != (o.scenario == ""):
		return usageError("--verify SCENARIO and --verify-listen ADDRESS go together")
	case o.span < time.Second:
		return usageError("--verify-for is at least 1s")
	case o.inconclusive != inconclusiveBack && o.inconclusive != inconclusiveAccept:
		return usageError("--verify-inconclusive is %s or %s, not %q", inconclusiveBack, inconclusiveAccept, o.inconclusive)
	case o.listen == "" && (o.each || o.noBaseline):
		return usageError("--verify-each and --no-baseline are for --verify-listen")
	}
	return nil
}

// witness listens to the flow export of a scenario's gateways while they are
// changed.
type witness struct {
	v      *verification
	r      *flow.Receiver
	span   time.Duration
	accept bool

	mu     sync.Mutex
	before *split.Result
	stop   context.CancelFunc
	// failed is how the listening ended, once done is closed.
	done   chan struct{}
	failed error
}

// witness begins to listen; nil when no verification is asked for. The scenario
// must be the one that the plans were made from.
func (o *witnessing) witness(ctx context.Context, st Streams, in *input, inv *inventory.Inventory, of func(name, hash string) error) (*witness, error) {
	if o.listen == "" {
		return nil, nil //nolint:nilnil // a push need not be verified
	}
	scenarios, _ := in.load([]string{o.scenario}, "")
	if len(scenarios) != 1 || in.list.HasErrors() {
		return nil, st.printDiagnostics(in)
	}
	if err := of(scenarios[0].Name.Val, plan.Hash(in.sources[scenarios[0].File])); err != nil {
		return nil, err
	}
	v, err := in.verification(st, scenarios[0], inv)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, st.printDiagnostics(in)
	}
	w := &witness{v: v, span: o.span, accept: o.inconclusive == inconclusiveAccept, done: make(chan struct{})}
	// What was under way is taken back after an interrupt; the witness stays.
	ctx, w.stop = context.WithCancel(context.WithoutCancel(ctx))
	if w.r, err = flow.Listen(ctx, o.listen, v.config(time.Now())); err != nil {
		w.stop()
		return nil, err
	}
	v.say("listening on %s; a verification takes %s, and flow export is taken from %s", w.r.Addr(), w.Takes(false), addresses(v.from))
	go func() {
		w.failed = w.r.Run(ctx)
		close(w.done)
	}()
	return w, nil
}

// close ends the listening.
func (w *witness) close() {
	if w == nil {
		return
	}
	w.stop()
	<-w.done
	if w.failed != nil {
		w.v.say("warning: listening for flow export ended early: %v", w.failed)
	}
	_ = w.r.Close() // Nothing waits in a UDP socket.
}

// Takes is the judged span, and as long as the exporters may hold a record. One
// that holds none sends its samples within a second.
func (w *witness) Takes(bool) time.Duration {
	return w.span + max(settle(w.v.scenario), time.Second) + w.v.slack
}

// Judge gives the verdict of what was sent in the span that began then.
func (w *witness) Judge(m change.Moment) change.Judgement {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.v.result(split.Evidence{Stats: w.r.Stats(), Window: w.Takes(false), From: m.Since, Until: m.Since.Add(w.span)})
	if m.Before {
		w.before = r
		// A push may be what mends a split that fails.
		return change.Judgement{Verdict: string(r.Verdict), Reason: r.Reason, Accepted: r.Verdict != split.Inconclusive || w.accept}
	}
	verdict, reason := r.Verdict, r.Reason
	if w.before != nil && w.before.Verdict != split.Inconclusive && verdict == split.Pass {
		kept, why := split.Kept(w.before, r)
		verdict, reason = kept, fmt.Sprintf("%s; %s", reason, why)
	}
	return change.Judgement{Verdict: string(verdict), Reason: reason, Accepted: verdict == split.Pass || verdict == split.Inconclusive && w.accept}
}

// watch lets the witness judge the work on a gateway.
func (o *witnessing) watch(w *witness, co *change.Options) {
	if w != nil {
		co.Witness, co.Each, co.Baseline = w, o.each, !o.noBaseline
	}
}
