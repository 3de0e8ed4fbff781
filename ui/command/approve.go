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

// approveOptions are the flags of approve.
type approveOptions struct {
	consent
	following
	all       bool
	container string
	tag       string
	hold      bool
	signOff   bool
	reason    string
}

func (a *app) approve() *cobra.Command {
	var o approveOptions
	c := &cobra.Command{
		Use:   "approve ENVIRONMENT WORKLOAD...",
		Short: "Write newer images into Git",
		Long: `Write newer images into Git, as one commit.

A workload is named as objects are, by its name alone, or by its image: the
repository, or the end of it. Its containers get the newest tag that their
policies allow, or the one given with --tag, which may be any.

The plan is shown first: what goes from which tag to which, the commit, and the
objects that change in every environment. On a terminal it has to be agreed to;
elsewhere it needs --yes. An environment that syncs by itself follows the
commit; another one is synced by --sync with the commit, or later with evenkeel
sync.

Where several people have to agree (gates.approvals), the others do so with
--sign-off: a commit that changes no file, and counts for just these tags.`,
		Example: `  evenkeel approve production api --plan
  evenkeel approve production deployment/api web
  evenkeel approve production --all --yes
  evenkeel approve production api --tag 1.8.2 --hold --reason "1.9.0 leaks memory"`,
		Args:              environmentFirst(-1),
		ValidArgsFunction: a.completeImages,
	}
	flags := c.Flags()
	o.consent.addTo(flags)
	o.following.addTo(flags)
	flags.BoolVar(&o.all, "all", false, "everything that is pending")
	flags.StringVar(&o.container, "container", "", "only this container of the workloads")
	flags.StringVar(&o.tag, "tag", "", "this tag, and not the newest allowed")
	flags.BoolVar(&o.hold, "hold", false, "and keep the images at it until they are released")
	flags.BoolVar(&o.signOff, "sign-off", false, "agree to it, and leave it to somebody else to do it")
	flags.StringVar(&o.reason, "reason", "", "why, for whoever reads the commit or finds the hold")
	c.RunE = a.run(func(ctx context.Context, args []string) (int, error) {
		if err := o.check(args[1:]); err != nil {
			return exitTrouble, err
		}
		return a.runApprove(ctx, o, args[0], args[1:])
	})
	return c
}

func (o approveOptions) check(workloads []string) error {
	switch {
	case !o.all && len(workloads) == 0:
		return errors.New("which workload? Name some, or pass --all for everything that is pending")
	case o.all && (len(workloads) > 0 || o.tag != "" || o.container != ""):
		return errors.New("--all is everything that is pending: it goes with no workload, --container or --tag")
	case o.hold && o.reason == "":
		return errors.New("--hold needs --reason TEXT, for whoever finds the images held")
	case o.signOff && (o.hold || o.sync):
		return errors.New("--sign-off only agrees: --hold and --sync are for who does it")
	}
	return o.following.check()
}

func (a *app) runApprove(ctx context.Context, o approveOptions, environment string, workloads []string) (int, error) {
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
	chosen, err := o.choose(e, workloads)
	if err != nil {
		return exitTrouble, err
	}
	request := engine.Request{
		Action: engine.ActionApprove, Environment: environment, Images: o.picks(chosen),
		Hold: o.hold, Reason: o.reason, SignOff: o.signOff, Sync: o.sync, Wait: o.wait, By: operator(),
	}
	if len(request.Images) == 0 {
		lines, err := nothingPending(e, chosen)
		return a.nothing(o.consent, request, e, lines, err)
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
		if o.hold {
			p.line(span{"held until: ", plain}, span{newCatalogue(e).releaseCommand(repositoriesOf(plan.Updates)), bold})
		}
	})
}

// choose is the images that were named, or all that are pending.
func (o approveOptions) choose(e *engine.Environment, workloads []string) ([]*engine.Image, error) {
	if o.all {
		return slices.DeleteFunc(slices.Clone(e.Images), func(i *engine.Image) bool { return !i.Pending() }), nil
	}
	all, err := newCatalogue(e).find(workloads)
	if err != nil {
		return nil, err
	}
	var chosen []*engine.Image
	for _, n := range all {
		images, err := o.ofContainer(n, e.Name)
		if err != nil {
			return nil, err
		}
		for _, i := range images {
			if !slices.Contains(chosen, i) {
				chosen = append(chosen, i)
			}
		}
	}
	if o.tag == "" {
		return chosen, nil
	}
	chosen = covered(chosen)
	for _, i := range chosen {
		if i.Repository != chosen[0].Repository {
			return nil, fmt.Errorf("--tag is for one image, and these are several: add --container %s", orList(containersOf(chosen)))
		}
	}
	return chosen, nil
}

func (o approveOptions) ofContainer(n named, environment string) ([]*engine.Image, error) {
	if o.container == "" {
		return n.images, nil
	}
	images := slices.DeleteFunc(slices.Clone(n.images), func(i *engine.Image) bool { return i.Container != o.container })
	if len(images) == 0 {
		return nil, fmt.Errorf("%s has no container %s in %s, it has %s", n.written, o.container, environment,
			strings.Join(containersOf(n.images), ", "))
	}
	return images, nil
}

func containersOf(images []*engine.Image) []string {
	var names []string
	for _, i := range images {
		if !slices.Contains(names, i.Container) {
			names = append(names, i.Container)
		}
	}
	return names
}

// picks are the images chosen that there is something to do for. One that is
// held is among them: the plan says that it is, and by whom.
func (o approveOptions) picks(chosen []*engine.Image) []engine.ImagePick {
	var picks []engine.ImagePick
	for _, i := range chosen {
		if o.tag != "" || newer(i) {
			picks = append(picks, engine.ImagePick{Object: i.Object, Container: i.Container, Tag: o.tag})
		}
	}
	return picks
}

// nothingPending says why there is nothing to approve. It is an error when that
// is not certain.
func nothingPending(e *engine.Environment, chosen []*engine.Image) (lines []string, err error) {
	if len(chosen) == 0 {
		troubled := 0
		for _, i := range e.Images {
			if i.Trouble {
				troubled++
			}
		}
		if troubled > 0 {
			return nil, fmt.Errorf("nothing is known to be pending in %s, but for %s it cannot be told: evenkeel images %s says why",
				e.Name, count(troubled, "image"), e.Name)
		}
		return []string{"nothing is pending in " + e.Name}, nil
	}
	for _, i := range chosen {
		name := i.Object.String() + " " + i.Container
		switch {
		case i.Trouble:
			err = errors.Join(err, fmt.Errorf("%s: %s", name, i.Reason))
		case i.Policy == "":
			lines = append(lines, fmt.Sprintf("%s: no policy says which tag is next; name one with --tag", name))
		default:
			lines = append(lines, fmt.Sprintf("%s: nothing is pending: Git has %s, and %s allows nothing newer", name, shortTag(i.Desired), i.Policy))
		}
	}
	return lines, err
}

// printNext says how a commit gets into the cluster that was not synced with it.
func printNext(p *printer, plan *engine.Plan, e *engine.Environment) {
	switch {
	case plan.Sync:
	case plan.SignOff:
		p.line(span{"it counts for just this change, until another commit changes " + e.Name, plain})
	case e.Auto:
		p.line(span{e.Name + " is synced by the evenkeel that follows it; to do it now: evenkeel sync " + e.Name, plain})
	default:
		p.line(span{"next: evenkeel sync " + e.Name, plain})
	}
}

func repositoriesOf(updates []engine.ImageUpdate) []string {
	var all []string
	for _, u := range updates {
		if !slices.Contains(all, u.Repository) {
			all = append(all, u.Repository)
		}
	}
	return all
}
