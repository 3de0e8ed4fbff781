package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/evenkeel/evenkeel/engine"
)

// consent is what the flags say of a plan: only to show it, or that it is agreed
// to.
type consent struct {
	planOnly bool
	yes      bool
	confirm  string // the name of a protected environment, to delete from it
}

func (c *consent) addTo(flags *pflag.FlagSet) {
	flags.BoolVar(&c.planOnly, "plan", false, "only show what would be done")
	flags.BoolVarP(&c.yes, "yes", "y", false, "do it without asking")
}

// consider shows a plan, and makes sure that it may be executed and that
// somebody wants it.
func (a *app) consider(ctx context.Context, s *session, c consent, plan *engine.Plan) error {
	if a.format == formatText {
		if err := a.showPlan(plan); err != nil {
			return err
		}
	}
	if err := errors.Join(s.mayChange(), unmet(plan)); err != nil {
		return err
	}
	return a.agree(ctx, c, plan)
}

// carryOut shows a plan that writes to Git and executes it. What comes next is
// told by then.
func (a *app) carryOut(ctx context.Context, s *session, c consent, f following, plan *engine.Plan, then func(*printer, *engine.Outcome)) (int, error) {
	if err := f.heeds(plan); err != nil {
		return exitTrouble, err
	}
	if c.planOnly {
		return pendingCode(plan), a.showPlan(plan)
	}
	if err := a.consider(ctx, s, c, plan); err != nil {
		return exitTrouble, err
	}
	if plan.Commit == nil {
		if a.format == formatJSON {
			return pendingCode(plan), writeJSON(a.Out, executedJSON{Plan: planDocument(plan)})
		}
		return pendingCode(plan), nil
	}
	report := a.reporter(plan)
	outcome, err := s.Execute(s.ctx, plan, report.step)
	report.end()
	if err != nil {
		return exitTrouble, planAgain(err, plan)
	}
	if a.format == formatJSON {
		err = writeJSON(a.Out, executedJSON{Plan: planDocument(plan), Outcome: outcomeDocument(&outcome)})
	}
	switch {
	case err != nil:
		return exitTrouble, err
	case !outcome.Succeeded():
		return exitTrouble, failedAfterCommit(plan, &outcome)
	case a.format == formatText:
		p := a.printer(a.Out)
		p.blank()
		if outcome.PullRequest != nil {
			printProposed(p, plan, &outcome)
			return exitClean, p.err
		}
		printCommitted(p, plan, &outcome)
		if plan.Sync {
			printFollowed(p, plan, &outcome, isTerminal(a.Out))
		}
		if then(p, &outcome); p.err != nil {
			return exitTrouble, p.err
		}
	}
	if plan.Sync {
		return a.finish(s, f, plan, &outcome)
	}
	return exitClean, nil
}

// failedAfterCommit is failure for a plan whose commit was made and whose sync
// went wrong: what is in Git is there to stay.
func failedAfterCommit(plan *engine.Plan, o *engine.Outcome) error {
	err := failure(o)
	if o.Commit == "" || o.PullRequest != nil {
		return err
	}
	return fmt.Errorf("%w\n%s is committed: evenkeel sync %s tries again", err, short(o.Commit), plan.Environment)
}

// nothing ends a command for which there is nothing to do, and says why.
func (a *app) nothing(c consent, request engine.Request, e *engine.Environment, lines []string, err error) (int, error) {
	if err != nil {
		return exitTrouble, err
	}
	if a.format == formatJSON {
		plan := planDocument(&engine.Plan{Request: request, BaseRevision: e.Revision, Protected: e.Protected})
		if c.planOnly {
			return exitClean, writeJSON(a.Out, plan)
		}
		return exitClean, writeJSON(a.Out, executedJSON{Plan: plan})
	}
	p := a.printer(a.Out)
	for _, line := range lines {
		p.line(span{line, plain})
	}
	return exitClean, p.err
}
