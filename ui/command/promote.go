package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/evenkeel/evenkeel/engine"
)

// promoteOptions are the flags of promote.
type promoteOptions struct {
	consent
	following
	files    []string
	signOff  bool
	override []string
	reason   string
}

func (a *app) promote() *cobra.Command {
	var o promoteOptions
	c := &cobra.Command{
		Use:   "promote ENVIRONMENT [WORKLOAD...]",
		Short: "Bring what has proved itself where an environment promotes from",
		Long: `Give the workloads of an environment the images that run where it promotes from,
as one commit. What counts is what runs there and is healthy, and not only what
Git says.

Without workloads it is all that differs and is healthy there. A workload is
named as objects are, by its name alone, or by its image. A file of the source
that is another here is copied whole with --file; without workloads, it comes
alone.

The plan is shown first: what goes from which tag to which, how it fares in the
source, what is left out and why, the commit, the objects that change in every
environment, and the gates. On a terminal it has to be agreed to; elsewhere it
needs --yes. A gate that is not met keeps the commit from being made, unless it
is passed over with --override and a reason, which goes into the commit.

Where several people have to agree (gates.approvals), the others do so with
--sign-off: a commit that changes no file, and counts for just this change.`,
		Example: `  evenkeel promote production --plan
  evenkeel promote production api web
  evenkeel promote production --file settings.env
  evenkeel promote production --override soak --reason "fixes the checkout" --yes`,
		Args:              environmentFirst(-1),
		ValidArgsFunction: a.completeImages,
	}
	flags := c.Flags()
	o.consent.addTo(flags)
	o.following.addTo(flags)
	flags.StringArrayVar(&o.files, "file", nil, "copy this file whole, named as below the paths of both environments; may be repeated")
	flags.BoolVar(&o.signOff, "sign-off", false, "agree to it, and leave it to somebody else to do it")
	flags.StringSliceVar(&o.override, "override", nil, "pass over a gate that is not met: "+orList(gateFlags()))
	flags.StringVar(&o.reason, "reason", "", "why, for whoever reads the commit")
	completeFlag(c, "override", gateFlags())
	completeFlagBy(c, "file", a.completeFiles)
	c.RunE = a.run(func(ctx context.Context, args []string) (int, error) {
		if err := o.check(); err != nil {
			return exitTrouble, err
		}
		return a.runPromote(ctx, o, args[0], args[1:])
	})
	return c
}

func (a *app) runPromote(ctx context.Context, o promoteOptions, environment string, workloads []string) (int, error) {
	override, err := o.gates()
	if err != nil {
		return exitTrouble, err
	}
	s, err := a.openImages(ctx, environment)
	if err != nil {
		return exitTrouble, err
	}
	defer s.close()
	snapshot, err := s.settleImages(environment)
	if err != nil {
		return exitTrouble, err
	}
	a.warnUnfetched(s)
	a.warnRegistries(only(snapshot, []string{environment}))
	e := snapshot.Environment(environment)
	request := engine.Request{
		Action: engine.ActionPromote, Environment: environment, Files: o.files,
		Override: override, Reason: o.reason, SignOff: o.signOff, Sync: o.sync, Wait: o.wait, By: operator(),
	}
	source, err := s.sourceOf(e)
	if err != nil {
		return exitTrouble, err
	}
	if request.Images, err = promotable(e, source, workloads); err != nil {
		return exitTrouble, err
	}
	plan, err := s.Plan(s.ctx, request)
	nothing := errors.Is(err, engine.ErrNothing)
	if err != nil && !nothing {
		return exitTrouble, err
	}
	if nothing {
		plan = &engine.Plan{Request: request}
	}
	var lines []string
	var wrong error
	if len(workloads) > 0 || len(o.files) == 0 {
		lines, wrong = unmoved(plan, e, source)
	}
	switch {
	case nothing && (o.signOff || len(workloads) == 0):
		return a.nothing(o.consent, request, e, []string{err.Error()}, wrong)
	case nothing || wrong != nil || plan.Commit == nil && len(lines) == len(request.Images) && len(workloads) > 0:
		return a.nothing(o.consent, request, e, lines, wrong)
	}
	for _, line := range lines {
		a.printer(a.Err).line(span{"evenkeel: ", plain}, span{line, yellow})
	}
	return a.carryOut(ctx, s, o.consent, o.following, plan, func(p *printer, _ *engine.Outcome) {
		printNext(p, plan, e)
	})
}

func (o promoteOptions) check() error {
	if o.signOff && (len(o.override) > 0 || o.sync) {
		return errors.New("--sign-off only agrees: --override and --sync are for who does it")
	}
	return o.following.check()
}

// gates are those to pass over, by their own names.
func (o promoteOptions) gates() ([]string, error) {
	var names []string
	for _, written := range o.override {
		name, err := gateNamed(written)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) > 0 && strings.TrimSpace(o.reason) == "" {
		return nil, errors.New("--override needs --reason TEXT, which goes into the commit")
	}
	return names, nil
}

// passable are the gates that may be passed over: as evenkeel.yaml has them, and
// as plans do.
func passable() [][2]string {
	return [][2]string{
		{"healthy", engine.GateSourceHealthy},
		{"soak", engine.GateSoaked},
		{"verify", engine.GateVerified},
		{"windows", engine.GateWindow},
	}
}

// gateFlags are the values of --override.
func gateFlags() []string {
	var flags []string
	for _, g := range passable() {
		flags = append(flags, g[0])
	}
	return flags
}

// gateNamed is the gate that a value of --override means.
func gateNamed(written string) (string, error) {
	for _, g := range passable() {
		if strings.EqualFold(written, g[0]) || strings.EqualFold(written, g[1]) {
			return g[1], nil
		}
	}
	return "", fmt.Errorf("no gate %q can be passed over, only %s", written, orList(gateFlags()))
}

// overrideHint says how to pass over a gate; empty when it cannot be.
func overrideHint(gate string) string {
	for _, g := range passable() {
		if g[1] == gate {
			return fmt.Sprintf(" (--override %s --reason TEXT passes over it)", g[0])
		}
	}
	return ""
}

// sourceOf is the environment that another promotes from, once it is known what
// runs there. One that promotes from none has an empty source.
func (s *session) sourceOf(e *engine.Environment) (*engine.Environment, error) {
	if e.PromotesFrom == "" {
		return &engine.Environment{}, nil // planning says so
	}
	return s.environment(e.PromotesFrom)
}

// promotable are the images of the workloads that were named; none when none
// were, which is all of them. Who names an image by its repository means those
// workloads that the source has too.
func promotable(target, source *engine.Environment, workloads []string) ([]engine.ImagePick, error) {
	all, err := newCatalogue(target).find(workloads)
	if err != nil {
		return nil, err
	}
	for i, n := range all {
		there := slices.DeleteFunc(slices.Clone(n.images), func(i *engine.Image) bool { return counterpart(source, i) == nil })
		if n.repository != "" && len(there) > 0 {
			all[i].images = there
		}
	}
	return picksOf(target.Name, all)
}

// picksOf are the images that were named.
func picksOf(environment string, all []named) ([]engine.ImagePick, error) {
	var picks []engine.ImagePick
	for _, n := range all {
		if len(n.images) == 0 {
			return nil, fmt.Errorf("nothing in %s runs %s", environment, n.written)
		}
		for _, i := range n.images {
			if pick := (engine.ImagePick{Object: i.Object, Container: i.Container}); !slices.Contains(picks, pick) {
				picks = append(picks, pick)
			}
		}
	}
	return picks, nil
}

// unmoved says of each image that was asked for, and that a promotion neither
// brings nor leaves, that it is there already. When it cannot be it is an error:
// the source has nothing like it, or does not run it.
func unmoved(plan *engine.Plan, target, source *engine.Environment) (lines []string, err error) {
	told := func(updates []engine.ImageUpdate, i *engine.Image) bool {
		return slices.ContainsFunc(updates, func(u engine.ImageUpdate) bool { return u.Object == i.Object && u.Container == i.Container })
	}
	runs := 0
	for _, i := range target.Images {
		if told(plan.Updates, i) || told(plan.Left, i) {
			runs++
			continue
		}
		there := counterpart(source, i)
		if there != nil && there.Live != "" {
			runs++
		}
		if !slices.Contains(plan.Images, engine.ImagePick{Object: i.Object, Container: i.Container}) {
			continue
		}
		name := i.Object.String() + " " + i.Container
		switch {
		case there == nil:
			err = errors.Join(err, fmt.Errorf("%s has no counterpart in %s", name, source.Name))
		case there.Live == "":
			err = errors.Join(err, fmt.Errorf("%s does not run in %s", name, source.Name))
		case there.Repository != i.Repository:
			err = errors.Join(err, fmt.Errorf("%s has another image in %s, %s", name, source.Name, there.Repository))
		default:
			lines = append(lines, fmt.Sprintf("%s: %s runs %s, and Git names it for %s already", name, source.Name, shortTag(there.Live), target.Name))
		}
	}
	if err == nil && runs == 0 && len(target.Images) > 0 {
		err = fmt.Errorf("nothing that %s has runs in %s: evenkeel status %s", target.Name, source.Name, source.Name)
	}
	return lines, err
}

// counterpart is the image in another environment that one comes from: that of
// the same container, kind and name, whatever the namespace is called there.
func counterpart(source *engine.Environment, image *engine.Image) *engine.Image {
	var found *engine.Image
	for _, i := range source.Images {
		if i.Object.GroupKind() != image.Object.GroupKind() || i.Object.Name != image.Object.Name || i.Container != image.Container || i.Init != image.Init {
			continue
		}
		if found == nil || i.Object.Namespace == image.Object.Namespace {
			found = i
		}
	}
	return found
}
