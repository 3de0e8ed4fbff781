package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/evenkeel/evenkeel/engine"
)

// syncOptions are the flags of sync.
type syncOptions struct {
	consent
	patience
	prune    bool
	takeOver bool
}

func (a *app) sync() *cobra.Command {
	var o syncOptions
	c := &cobra.Command{
		Use:   "sync ENVIRONMENT [OBJECT...]",
		Short: "Make an environment equal to Git",
		Long: `Make an environment equal to Git.

The plan is shown first: what is created, changed and deleted. On a terminal it
has to be agreed to; elsewhere it needs --yes. Deletions that wait for a person
are left out of it unless --prune is given.`,
		Example: `  evenkeel sync staging --plan
  evenkeel sync staging --yes --wait
  evenkeel sync staging deployment/api configmap/flags`,
		Args:              environmentFirst(-1),
		ValidArgsFunction: a.completeObjects,
	}
	flags := c.Flags()
	o.consent.addTo(flags)
	flags.StringVar(&o.confirm, "confirm", "", "with --yes: the name of a protected environment, to delete from it")
	flags.BoolVar(&o.prune, "prune", false, "approve the deletions that wait for a person")
	flags.BoolVar(&o.takeOver, "take-over", false, "take over the record in the cluster that is kept for another repository or path")
	o.patience.addTo(flags)
	c.RunE = a.run(func(ctx context.Context, args []string) (int, error) {
		return a.runSync(ctx, o, args[0], args[1:])
	})
	return c
}

func (a *app) runSync(ctx context.Context, o syncOptions, environment string, objects []string) (int, error) {
	selectors, err := parseSelectors(objects)
	if err != nil {
		return exitTrouble, err
	}
	s, err := a.open(ctx, false, environment)
	if err != nil {
		return exitTrouble, err
	}
	defer s.close()
	e, err := s.environment(environment)
	if err != nil {
		return exitTrouble, err
	}
	a.warnUnfetched(s)
	ids, err := findAll(selectors, environment, idsOf(e))
	if err != nil {
		return exitTrouble, err
	}
	plan, err := s.Plan(s.ctx, engine.Request{
		Action: engine.ActionSync, Environment: environment, Objects: ids, Prune: o.prune, TakeOver: o.takeOver, Wait: o.wait, By: operator(),
	})
	if err != nil {
		return exitTrouble, err
	}
	if o.planOnly {
		return pendingCode(plan), a.showPlan(plan)
	}
	if err := a.consider(ctx, s, o.consent, plan); err != nil {
		return exitTrouble, err
	}
	outcome, err := a.execute(s, plan, e)
	if err != nil {
		return exitTrouble, err
	}
	if outcome != nil && !outcome.Succeeded() {
		return exitTrouble, failure(outcome)
	}
	if o.wait {
		if err := a.awaitEnd(s, plan, outcome, o.timeout); err != nil {
			return exitTrouble, err
		}
	}
	if plan.BrokenRevision != "" {
		return exitTrouble, fmt.Errorf("%s is at %s: the newest commit, %s, cannot be rendered", environment, short(plan.BaseRevision), short(plan.BrokenRevision))
	}
	if len(plan.Waiting)+len(plan.Contested) > 0 {
		return exitDiffers, nil
	}
	return exitClean, nil
}

// unmet is the error of a plan that may not be executed.
func unmet(plan *engine.Plan) error {
	var reasons []string
	for _, g := range plan.Gates {
		if g.Met || g.Overridden {
			continue
		}
		if plan.Action == engine.ActionSync {
			return fmt.Errorf("%s is not synced: %s", plan.Environment, g.Reason)
		}
		reason := g.Reason
		switch {
		case g.Name == engine.GateApproved:
			reason += " (with --sign-off)"
		case plan.Action == engine.ActionPromote:
			reason += overrideHint(g.Name)
		}
		reasons = append(reasons, reason)
	}
	switch len(reasons) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("nothing is committed for %s: %s", plan.Environment, reasons[0])
	}
	return fmt.Errorf("nothing is committed for %s:\n%s", plan.Environment, strings.Join(reasons, "\n"))
}

// agree makes sure that somebody wants what the plan does.
func (a *app) agree(ctx context.Context, c consent, plan *engine.Plan) error {
	switch {
	case nothingToDo(plan):
		return nil
	case !c.yes:
		return a.confirm(ctx, plan)
	}
	if name, why := guarded(plan); name != "" && c.confirm != name {
		return fmt.Errorf("%s would be deleted: add --confirm %s", why, name)
	}
	return nil
}

// nothingToDo tells whether a plan neither changes objects nor writes to Git.
func nothingToDo(plan *engine.Plan) bool {
	return plan.Empty() || plan.Action != engine.ActionSync && plan.Commit == nil
}

// pendingCode tells whether there is anything to do, or to approve.
func pendingCode(plan *engine.Plan) int {
	if len(plan.Changes)+len(plan.Waiting)+len(plan.Contested)+len(plan.Left) > 0 || plan.Commit != nil {
		return exitDiffers
	}
	return exitClean
}

func (a *app) showPlan(plan *engine.Plan) error {
	if a.format == formatJSON {
		return writeJSON(a.Out, planDocument(plan))
	}
	p := a.printer(a.Out)
	if plan.Action == engine.ActionSync {
		printPlan(p, plan)
	} else {
		printCommitPlan(p, time.Now(), plan)
	}
	return p.err
}

// execute does what a sync has planned and reports each step. An empty plan is
// executed too when the cluster's record does not name its revision yet.
func (a *app) execute(s *session, plan *engine.Plan, e *engine.Environment) (*engine.Outcome, error) {
	if plan.Empty() && (e.AppliedRevision == plan.BaseRevision || len(plan.Objects)+len(plan.Waiting)+len(plan.Contested) > 0) {
		if a.format == formatJSON {
			return nil, writeJSON(a.Out, executedJSON{Plan: planDocument(plan)})
		}
		return nil, nil
	}
	report := a.reporter(plan)
	outcome, err := s.Execute(s.ctx, plan, report.step)
	report.end()
	if err != nil {
		return nil, planAgain(err, plan)
	}
	if a.format == formatJSON {
		return &outcome, writeJSON(a.Out, executedJSON{Plan: planDocument(plan), Outcome: outcomeDocument(&outcome)})
	}
	p := a.printer(a.Out)
	printOutcome(p, &outcome, isTerminal(a.Out))
	if outcome.Note != "" {
		p.line(span{outcome.Note, yellow})
	}
	return &outcome, p.err
}

// planAgain says what to do about a plan that was not executed.
func planAgain(err error, plan *engine.Plan) error {
	switch {
	case errors.Is(err, engine.ErrStale):
		return fmt.Errorf("%w: something has changed since it was made; run the command again", err)
	case errors.Is(err, engine.ErrBusy):
		return fmt.Errorf("%w in %s; try again when it has ended", err, plan.Environment)
	}
	return err
}

// failure sums up an outcome that was not a success.
func failure(o *engine.Outcome) error {
	failed := o.Failed()
	switch {
	case o.Err != "" && failed > 0:
		return fmt.Errorf("%s %s: it ended early, and %s failed: %s", o.Action, o.Environment, count(failed, "object"), o.Err)
	case o.Err != "":
		return fmt.Errorf("%s %s: %s", o.Action, o.Environment, o.Err)
	}
	return fmt.Errorf("%s failed in %s", count(failed, "object"), o.Environment)
}
