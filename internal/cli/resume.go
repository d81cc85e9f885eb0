package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/twinpath/twinpath/internal/change"
)

func newResume(st Streams) *cobra.Command {
	var o goingOn
	cmd := &cobra.Command{
		Use:   "resume JOURNAL -i INVENTORY",
		Short: "Settle a push that ended in the middle",
		Long: `Goes on with a push, or a rollback, whose program ended in the middle: the machine
crashed, the connection was lost, or somebody left at once. It asks each gateway
where it is (does a confirm timer run? is the running configuration the one
before the step, or after it?) and brings it to one of two right ends: a step that
was not complete is taken back and that is proven; one that was confirmed stands,
and the steps after it follow while the window is open. A gateway that takes the
step back by itself is waited for. Half a rollback is carried on with.

A step that was to be verified (push --verify-listen) and was not yet is taken back,
and does not begin, unless the flags of the verification are given here too.

Exit codes: as 'push'. 1 also when there is nothing to resume.`,
		Example: "  twinpath resume lab.plan.journal -i INVENTORY",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.signalled(cmd.Context(), func(ctx context.Context) error { return runJournal(ctx, st, &o, args[0], change.NewResume) })
		},
	}
	o.carrying.flags(cmd.Flags())
	o.witnessing.flags(cmd.Flags())
	return cmd
}

func newRollback(st Streams) *cobra.Command {
	o := goingOn{witnessing: witnessing{span: time.Second, inconclusive: inconclusiveBack}} // A way back is not verified.
	cmd := &cobra.Command{
		Use:   "rollback JOURNAL -i INVENTORY",
		Short: "Take a whole push back",
		Long: `Takes all steps of a push back that stand, the last one first, by the way back that
was planned and reviewed with them, and with the same care as a push: window,
locks, confirm timers, checks over a new connection. It may be long after the
push; a gateway that is not as the push has left it is refused, with the
difference. A push that ended in the middle must be settled first ('resume').

Exit codes: as 'push', 0 meaning that the configuration is the one from before
the push.`,
		Example: "  twinpath rollback lab.plan.journal -i INVENTORY --window '2026-12-01 22:00/23:30 Europe/Berlin'",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.signalled(cmd.Context(), func(ctx context.Context) error { return runJournal(ctx, st, &o, args[0], change.NewRollback) })
		},
	}
	o.carrying.flags(cmd.Flags())
	return cmd
}

// goingOn holds the flags of commands that go on with a journal.
type goingOn struct {
	carrying
	witnessing
}

// runJournal goes on with what a journal speaks of.
func runJournal(ctx context.Context, st Streams, o *goingOn, name string, job func(*change.Run, change.Options) (*change.Job, error)) error {
	if err := errors.Join(o.carrying.usage(), o.witnessing.usage()); err != nil {
		return err
	}
	runs, err := change.ReadJournal(name)
	if err != nil {
		return &exitError{code: exitInvalid, err: err}
	}
	in, inv, err := o.input(st)
	if err != nil {
		return err
	}
	w, err := o.witness(ctx, st, in, inv, func(name, _ string) error { return ofRuns(runs, name) })
	if err != nil {
		return err
	}
	defer w.close()
	journal, err := o.open(name)
	if err != nil {
		return err
	}
	defer o.close()
	var works []work
	for _, r := range runs {
		co, err := o.options(in, inv, r.Gateway, r.Plan.OS)
		if err != nil {
			return err
		}
		if co == nil {
			continue
		}
		co.Journal = journal
		o.watch(w, co)
		j, err := job(r, *co)
		if errors.Is(err, change.ErrNothing) {
			fmt.Fprintf(st.Err, "%v\n", err)
			continue
		}
		if err != nil {
			return refusedError("%w; nothing was typed on any gateway", err)
		}
		works = append(works, work{r.Gateway, j})
	}
	in.list.DropInfo()
	if err := st.printDiagnostics(in); err != nil {
		return err
	}
	if len(works) == 0 {
		return errors.New("there is nothing left to do for this journal")
	}
	return o.carry(ctx, st, works)
}

// ofRuns makes sure that all runs are of a scenario.
func ofRuns(runs []*change.Run, name string) error {
	for _, r := range runs {
		if r.Scenario != name {
			return refusedError("the journal is of scenario %s, --verify names %s", r.Scenario, name)
		}
	}
	return nil
}
