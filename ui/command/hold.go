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

func (a *app) hold() *cobra.Command {
	var o consent
	var reason string
	c := &cobra.Command{
		Use:   "hold ENVIRONMENT [IMAGE...] --reason TEXT",
		Short: "Keep images as they are until they are released",
		Long: `Keep images of an environment at the tag that Git names until they are
released: neither automation nor an approval changes them meanwhile.

An image is a repository or the end of its name, or a workload with all its
images. Without any, the whole environment is held; on a terminal that has to be
agreed to, elsewhere it needs --yes.

Holds are kept in Git, in .evenkeel/holds: each is a commit that says who, why
and since when.`,
		Example: `  evenkeel hold production api --reason "1.9.0 leaks memory"
  evenkeel hold production registry.example.com/shop/api --reason "sale" --plan
  evenkeel hold production --reason "no changes over the holidays"`,
		Args:              environmentFirst(-1),
		ValidArgsFunction: a.completeImages,
	}
	o.addTo(c.Flags())
	c.Flags().StringVar(&reason, "reason", "", "why, for whoever finds the images held")
	c.RunE = a.run(func(ctx context.Context, args []string) (int, error) {
		if strings.TrimSpace(reason) == "" {
			return exitTrouble, errors.New("a hold needs --reason TEXT, for whoever finds the images held")
		}
		o.yes = o.yes || len(args) > 1 // who names an image and a reason has made up their mind
		return a.runHold(ctx, o, engine.Request{Action: engine.ActionHold, Environment: args[0], Reason: reason}, args[1:])
	})
	return c
}

func (a *app) release() *cobra.Command {
	var o consent
	c := &cobra.Command{
		Use:   "release ENVIRONMENT [IMAGE...]",
		Short: "End the hold of images",
		Long: `End the hold of images, named as for evenkeel hold. Without any, the hold of the
whole environment ends; those of single images stay.`,
		Example: `  evenkeel release production api
  evenkeel release production`,
		Args:              environmentFirst(-1),
		ValidArgsFunction: a.completeImages,
	}
	o.addTo(c.Flags())
	c.RunE = a.run(func(ctx context.Context, args []string) (int, error) {
		o.yes = true // automation or a person decides on what follows
		return a.runHold(ctx, o, engine.Request{Action: engine.ActionRelease, Environment: args[0]}, args[1:])
	})
	return c
}

// runHold holds or releases the images named, or the whole environment.
func (a *app) runHold(ctx context.Context, o consent, request engine.Request, images []string) (int, error) {
	s, err := a.open(ctx, false, request.Environment)
	if err != nil {
		return exitTrouble, err
	}
	defer s.close()
	e, err := s.environment(request.Environment)
	if err != nil {
		return exitTrouble, err
	}
	a.warnUnfetched(s)
	all, err := newCatalogue(e).find(images)
	if err != nil {
		return exitTrouble, err
	}
	for _, n := range all {
		for _, r := range n.repositories() {
			pick := engine.ImagePick{Repository: r}
			if !slices.Contains(request.Images, pick) {
				request.Images = append(request.Images, pick)
			}
		}
	}
	request.By = operator()
	if request.Action == engine.ActionRelease {
		if lines, err := releasable(e, &request); err != nil || len(lines) > 0 {
			return a.nothing(o, request, e, lines, err)
		}
	}
	plan, err := s.Plan(s.ctx, request)
	if errors.Is(err, engine.ErrNothing) {
		return a.nothing(o, request, e, []string{err.Error()}, nil)
	}
	if err != nil {
		return exitTrouble, err
	}
	return a.carryOut(ctx, s, o, following{}, plan, func(p *printer, _ *engine.Outcome) {
		if request.Action == engine.ActionHold {
			p.line(span{heldWhat(&request) + " held until: ", plain}, span{newCatalogue(e).releaseCommand(pickedRepositories(request.Images)), bold})
			return
		}
		p.line(span{heldWhat(&request) + " released", plain})
	})
}

// releasable narrows a release to what is held. When nothing of it is, it says
// so; what is held in another way than was named is an error.
func releasable(e *engine.Environment, request *engine.Request) (lines []string, err error) {
	if e.HoldsErr != "" {
		return nil, fmt.Errorf("the holds of %s cannot be read: %s", e.Name, e.HoldsErr)
	}
	held := func(image string) bool {
		return slices.ContainsFunc(e.Holds, func(h engine.Hold) bool { return h.Image == image })
	}
	whole := held("")
	if len(request.Images) == 0 {
		var single []string
		for _, h := range e.Holds {
			if h.Image != "" {
				single = append(single, h.Image)
			}
		}
		switch {
		case whole:
			return nil, nil
		case len(single) > 0:
			return nil, fmt.Errorf("%s is not held as a whole: name what to release, of %s", e.Name, strings.Join(single, ", "))
		}
		return []string{"nothing is held in " + e.Name}, nil
	}
	var some []engine.ImagePick
	for _, pick := range request.Images {
		switch {
		case held(pick.Repository):
			some = append(some, pick)
		case whole:
			return nil, fmt.Errorf("%s is held with all of %s: evenkeel release %s", pick.Repository, e.Name, e.Name)
		default:
			lines = append(lines, pick.Repository+" is not held in "+e.Name)
		}
	}
	if len(some) > 0 {
		request.Images, lines = some, nil
	}
	return lines, nil
}

// heldWhat is what a hold or a release is about, and the verb.
func heldWhat(r *engine.Request) string {
	switch names := pickedRepositories(r.Images); len(names) {
	case 0:
		return "all of " + r.Environment + " is"
	case 1:
		return names[0] + " in " + r.Environment + " is"
	default:
		return strings.Join(names, ", ") + " in " + r.Environment + " are"
	}
}

func pickedRepositories(picks []engine.ImagePick) []string {
	var names []string
	for _, p := range picks {
		names = append(names, p.Repository)
	}
	return names
}

// releaseCommand is the command that ends a hold.
func (c *catalogue) releaseCommand(repositories []string) string {
	words := []string{"evenkeel release", c.environment}
	for _, r := range repositories {
		words = append(words, c.shortest(r))
	}
	return strings.Join(words, " ")
}
