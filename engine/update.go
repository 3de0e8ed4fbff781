package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel/registry"
)

// settleUpdates is how long automation waits after it has found an update, so
// that the others of the same scan come into the same commit.
const settleUpdates = time.Second

// decideUpdates commits what policies allow in an environment whose images are
// automatic. It is called with every decision, and costs nothing when there is
// nothing new.
func (e *Engine) decideUpdates(env *environment, now time.Time) {
	if !env.unupdated || !e.opts.Automation || env.spec.Images != ImagesAuto || env.updating {
		return
	}
	env.unupdated = false
	if !e.imagesSettled(env) || env.broken != "" || env.record.Suspended != nil || e.foreign(env) != "" || !e.readable(env) {
		return
	}
	var due []*use
	for _, u := range env.desired.uses {
		if env.mayUpdate(u) {
			due = append(due, u)
		}
	}
	if len(due) == 0 {
		return
	}
	if at := env.updatesSince.Add(settleUpdates); now.Before(at) {
		env.wake(at)
		return
	}
	if !env.commitRetry.due(now) {
		env.wake(env.commitRetry.at)
		return
	}
	env.updating = true
	e.start(func() {
		refusals, err := e.update(e.ctx, env, due)
		e.post(func() {
			env.updating = false
			env.refusals = refusals
			if err != nil {
				e.note(env.spec.Name, true, "the images could not be updated: %v", err)
				env.commitRetry.later(time.Now())
			} else {
				env.commitRetry = retry{}
			}
			e.changed(env)
		})
	})
}

// mayUpdate tells whether automation may give an image the newest allowed tag:
// nobody holds it, nobody took just this tag back, and it can be edited.
func (env *environment) mayUpdate(u *use) bool {
	v := env.verdicts[u]
	return v.update && !v.trouble && u.rule.Automated && v.reverted == "" &&
		env.desired.holdOn(u) == nil && env.refusals[u.useKey] == ""
}

// update commits the images, all at once. When that is refused, each repository
// is tried by itself, so that one which cannot be edited keeps back no other;
// why is returned for each image.
func (e *Engine) update(ctx context.Context, env *environment, due []*use) (refusals map[useKey]string, err error) {
	plan, err := e.planUpdate(ctx, env, due)
	if err != nil && final(err) {
		refusals = map[useKey]string{}
		var good []*use
		for repository, group := range byRepository(due) {
			if _, err := e.planUpdate(ctx, env, group); err == nil {
				good = append(good, group...)
				continue
			} else if !final(err) {
				return nil, err
			} else {
				for _, u := range group {
					refusals[u.useKey] = err.Error()
				}
				_ = e.ask(ctx, func() { e.note(env.spec.Name, true, "%s is not updated: %v", repository, err) })
			}
		}
		if len(good) == 0 {
			return refusals, nil
		}
		plan, err = e.planUpdate(ctx, env, good)
	}
	if err != nil {
		return refusals, passing(err)
	}
	outcome, err := e.Execute(ctx, plan, nil)
	if err == nil && outcome.Err != "" {
		err = errors.New(outcome.Err)
	}
	return refusals, passing(err)
}

// final tells whether an error stays until somebody changes Git or the registry.
func final(err error) bool {
	return !errors.Is(err, ErrStale) && !errors.Is(err, ErrNotReady) && !errors.Is(err, ErrNothing) &&
		!errors.Is(err, context.Canceled) && !errors.Is(err, errEnded) &&
		!errors.Is(err, registry.ErrUnavailable) && !errors.Is(err, registry.ErrLimited)
}

// passing drops the errors of having come too late: the next decision sees what
// is left to do.
func passing(err error) error {
	if errors.Is(err, ErrStale) || errors.Is(err, ErrNothing) || errors.Is(err, context.Canceled) || errors.Is(err, errEnded) {
		return nil
	}
	return err
}

func (e *Engine) planUpdate(ctx context.Context, env *environment, due []*use) (*Plan, error) {
	r := Request{Action: ActionUpdate, Environment: env.spec.Name, By: automationName}
	for _, u := range due {
		r.Images = append(r.Images, ImagePick{Object: u.object, Container: u.container})
	}
	return e.Plan(ctx, r)
}

func byRepository(uses []*use) map[string][]*use {
	groups := map[string][]*use{}
	for _, u := range uses {
		name := u.repository()
		groups[name] = append(groups[name], u)
	}
	for _, group := range groups {
		slices.SortFunc(group, func(a, b *use) int { return a.compare(b.useKey) })
	}
	return groups
}
