package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/evenkeel/evenkeel/engine"
)

// rollbackOptions are the flags of rollback.
type rollbackOptions struct {
	consent
	following
	mode          rollbackMode
	workloads     []string
	toLastHealthy bool
	overlay       bool
	reason        string
}

func (a *app) rollback() *cobra.Command {
	var o rollbackOptions
	c := &cobra.Command{
		Use:   "rollback ENVIRONMENT [REVISION]",
		Short: "Go back to what Git said at an earlier revision",
		Long: `Go back to what Git said of an environment at an earlier revision, by a new
commit: history is never rewritten. Images that go back are put on hold, so that
nothing brings them forward again before they are released.

Without a revision it lists those that the cluster took, and how they went;
nothing is changed.

How much comes back is the mode. whole: the environment is what it was, object
by object. images: the tags alone, of all workloads or of those named with
--workload. revert: what that one commit changed is taken back, and what came
after it stays.

A file that other environments read too changes there as well, and the plan
shows what; --overlay leaves such files alone.

The plan is shown first. On a terminal it has to be agreed to; elsewhere it
needs --yes.`,
		Example: `  evenkeel rollback production
  evenkeel rollback production --to-last-healthy
  evenkeel rollback production 4c64658 --plan
  evenkeel rollback production 4c64658 --workload api --reason "1.9.0 leaks memory"
  evenkeel rollback production 4c64658 --mode revert
  evenkeel rollback production --to-last-healthy --overlay --sync --wait`,
		Args:              environmentFirst(1),
		ValidArgsFunction: a.completeRevisions,
	}
	flags := c.Flags()
	o.consent.addTo(flags)
	o.following.addTo(flags)
	flags.StringVar(&o.confirm, "confirm", "", "with --yes: the name of a protected environment, or of another, to delete from it")
	flags.Var(&o.mode, "mode", "whole, images or revert (default whole, with --workload images)")
	flags.StringSliceVar(&o.workloads, "workload", nil, "only the images of this workload; may be repeated")
	flags.BoolVar(&o.toLastHealthy, "to-last-healthy", false, "go back to the last revision that was Healthy")
	flags.BoolVar(&o.overlay, "overlay", false, "leave files that other environments read too alone, and say beside the environment's own what differs")
	flags.StringVar(&o.reason, "reason", "", "why, for whoever reads the commit or finds the images held")
	completeFlag(c, "mode", rollbackModes())
	completeFlagBy(c, "workload", a.completeImages)
	c.RunE = a.run(func(ctx context.Context, args []string) (int, error) {
		if err := o.check(args[1:]); err != nil {
			return exitTrouble, err
		}
		if len(args) == 1 && !o.toLastHealthy {
			return a.runDeployments(ctx, args[0])
		}
		return a.runRollback(ctx, o, args[0], args[1:])
	})
	return c
}

func (o rollbackOptions) check(revision []string) error {
	switch {
	case o.toLastHealthy && len(revision) > 0:
		return fmt.Errorf("--to-last-healthy says where to go back to, and so does %s: only one of them", revision[0])
	case len(revision) == 0 && !o.toLastHealthy && o.asksForMore():
		return errors.New("go back to which revision? Name one, or pass --to-last-healthy; without any flag they are listed")
	case len(o.workloads) > 0 && o.mode.or(engine.RollbackImages) != engine.RollbackImages:
		return fmt.Errorf("--workload goes with --mode %s: chosen workloads can only be given their images back", engine.RollbackImages)
	case o.toLastHealthy && o.mode.or("") == engine.RollbackRevert:
		return fmt.Errorf("--mode %s takes back one commit: name it, in the place of --to-last-healthy", engine.RollbackRevert)
	case o.overlay && (len(o.workloads) > 0 || o.mode.or(engine.RollbackWhole) != engine.RollbackWhole):
		return fmt.Errorf("--overlay goes with --mode %s", engine.RollbackWhole)
	}
	return o.following.check()
}

// asksForMore tells whether there is a flag that is of no use to a list.
func (o rollbackOptions) asksForMore() bool {
	return o.planOnly || o.yes || o.confirm != "" || o.mode != "" || len(o.workloads) > 0 || o.reason != "" || o.overlay || o.sync
}

// runRollback goes back to a revision, or to the last one that was Healthy when
// none is given.
func (a *app) runRollback(ctx context.Context, o rollbackOptions, environment string, revision []string) (int, error) {
	s, err := a.openImages(ctx, environment)
	if err != nil {
		return exitTrouble, err
	}
	defer s.close()
	// Registries are asked, but not waited for: who goes back is in a hurry.
	e, err := s.environment(environment)
	if err != nil {
		return exitTrouble, err
	}
	a.warnUnfetched(s)
	request := engine.Request{
		Action: engine.ActionRollback, Environment: environment, Mode: o.mode.or(engine.RollbackWhole), Reason: o.reason,
		Overlay: o.overlay, Sync: o.sync, Wait: o.wait, By: operator(),
	}
	if len(o.workloads) > 0 {
		request.Mode = engine.RollbackImages
		if request.Objects, err = workloadsOf(e, o.workloads); err != nil {
			return exitTrouble, err
		}
	}
	if o.toLastHealthy {
		deployments, err := s.Deployments(s.ctx, environment)
		if err == nil {
			request.Revision, err = lastHealthy(environment, deployments)
		}
		if err != nil {
			return exitTrouble, err
		}
	} else {
		request.Revision = revision[0]
	}
	plan, err := s.Plan(s.ctx, request)
	if errors.Is(err, engine.ErrNothing) {
		return a.nothing(o.consent, request, e, []string{err.Error()}, nil)
	}
	if err != nil {
		return exitTrouble, err
	}
	return a.carryOut(ctx, s, o.consent, o.following, plan, func(p *printer, _ *engine.Outcome) {
		printNext(p, plan, e)
		if held := heldByRollback(e, plan); len(held) > 0 {
			p.line(span{"held until: ", plain}, span{newCatalogue(e).releaseCommand(held), bold})
		}
	})
}

// lastHealthy is the revision that the list of deployments marks.
func lastHealthy(environment string, deployments []engine.Deployment) (string, error) {
	i := slices.IndexFunc(deployments, func(d engine.Deployment) bool { return d.LastHealthy })
	switch {
	case i < 0:
		return "", fmt.Errorf("of no earlier deployment of %s is known that it was Healthy: evenkeel rollback %s lists them", environment, environment)
	case deployments[i].Problem != "":
		return "", fmt.Errorf("the last deployment of %s that was Healthy, %s, cannot be gone back to: %s",
			environment, short(deployments[i].Revision), deployments[i].Problem)
	}
	return deployments[i].Revision, nil
}

// workloadsOf are the workloads that were named.
func workloadsOf(e *engine.Environment, names []string) ([]engine.ID, error) {
	all, err := newCatalogue(e).find(names)
	if err != nil {
		return nil, err
	}
	picks, err := picksOf(e.Name, all)
	if err != nil {
		return nil, err
	}
	var ids []engine.ID
	for _, pick := range picks {
		if !slices.Contains(ids, pick.Object) {
			ids = append(ids, pick.Object)
		}
	}
	return ids, nil
}

// heldByRollback are the images that a rollback has put on hold.
func heldByRollback(e *engine.Environment, plan *engine.Plan) []string {
	if !writesHolds(plan) {
		return nil
	}
	var held []string
	for _, i := range e.Images {
		goesBack := slices.ContainsFunc(plan.Updates, func(u engine.ImageUpdate) bool { return u.Object == i.Object && u.Container == i.Container })
		if goesBack && i.Policy != "" && i.Automated && i.Hold == nil && !slices.Contains(held, i.Repository) {
			held = append(held, i.Repository)
		}
	}
	return held
}

// writesHolds tells whether the commit of a plan changes the holds.
func writesHolds(plan *engine.Plan) bool {
	return plan.Commit != nil && slices.ContainsFunc(plan.Commit.Files, func(f engine.FileChange) bool {
		return f.Path == ".evenkeel/holds/"+plan.Environment+".yaml" && f.Operation != engine.Delete
	})
}

// rollbackMode is the value of --mode; empty when it was not given.
type rollbackMode engine.RollbackMode

func (m *rollbackMode) String() string { return string(*m) }
func (m *rollbackMode) Type() string   { return "mode" }

func (m *rollbackMode) Set(s string) error {
	if !slices.Contains(rollbackModes(), s) {
		return fmt.Errorf("it is %s", orList(rollbackModes()))
	}
	*m = rollbackMode(s)
	return nil
}

// or is the mode that was given, or else another.
func (m rollbackMode) or(other engine.RollbackMode) engine.RollbackMode {
	return cmp.Or(engine.RollbackMode(m), other)
}

func rollbackModes() []string {
	return []string{string(engine.RollbackWhole), string(engine.RollbackImages), string(engine.RollbackRevert)}
}
