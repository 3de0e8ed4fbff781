package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel/engine/edit"
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
	if e.barred(env) != "" || !e.allRendered() || !env.allWeighed() {
		return
	}
	var due []*use
	for _, u := range env.desired.uses {
		if !env.mayUpdate(u) {
			continue
		}
		if r := env.refusals[u.useKey]; r.stands(env.desired, env.verdicts[u].allowed, now) {
			if !r.until.IsZero() {
				env.wake(r.until)
			}
			continue
		}
		due = append(due, u)
	}
	if due = e.unproposed(env, due); len(due) == 0 {
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
	for _, g := range windowGates(env.spec, now) {
		if !g.Met {
			env.wake(g.MetAt)
			return
		}
	}
	env.updating = true
	d := env.desired
	e.start(func() {
		refused := map[*use]error{}
		err := e.update(e.ctx, env, due, refused)
		e.post(func() {
			env.updating = false
			e.refuse(env, d, refused)
			e.updated(env, err)
			e.changed(env)
		})
	})
}

// barred says why automation commits nothing in an environment as it is now, or
// "".
func (e *Engine) barred(env *environment) string {
	switch {
	case !e.readable(env):
		return "it cannot be read"
	case env.broken != "":
		return "the head cannot be rendered"
	case env.record.Suspended != nil:
		return "it is suspended"
	}
	return e.foreign(env)
}

// mayUpdate tells whether automation may give an image the newest allowed tag:
// nobody holds it, and nobody took just this tag back.
func (env *environment) mayUpdate(u *use) bool {
	v := env.verdicts[u]
	return v.update && !v.trouble && u.rule.Automated && v.reverted == "" && env.given[u.given(v.allowed)] == "" && env.desired.holdOn(u) == nil
}

// updated takes in how a round of automation ended.
func (e *Engine) updated(env *environment, err error) {
	now := time.Now()
	switch {
	case err == nil:
		env.commitRetry, env.commitTrouble = retry{}, ""
	case errors.Is(err, ErrStale), errors.Is(err, ErrNothing), errors.Is(err, ErrNotReady):
		// It came too late. What is left to do shows once Git has been fetched.
		e.repo.poke()
		env.commitRetry.later(now)
	case errors.Is(err, context.Canceled), errors.Is(err, errEnded):
	default:
		env.commitRetry.later(now)
		if text := err.Error(); text != env.commitTrouble {
			env.commitTrouble = text
			e.note(env.spec.Name, true, "the images could not be updated: %s", text)
		}
	}
}

// update commits the images, all at once. Those that cannot be committed keep
// back no others: they are put among the refused, with why.
func (e *Engine) update(ctx context.Context, env *environment, due []*use, refused map[*use]error) error {
	plan, err := e.planUpdates(ctx, env, byRepository(due), refused)
	if err != nil || plan == nil {
		return err
	}
	outcome, err := e.Execute(ctx, plan, nil)
	if err == nil && outcome.Err != "" {
		err = errors.New(outcome.Err)
	}
	if err == nil && outcome.PullRequest != nil {
		e.replaces(ctx, env, outcome.PullRequest)
	}
	return err
}

// planUpdates plans to commit groups of images together. A group that lies in
// the way is found by halves; the plan is nil when that is all of them.
func (e *Engine) planUpdates(ctx context.Context, env *environment, groups [][]*use, refused map[*use]error) (*Plan, error) {
	r := Request{Action: ActionUpdate, Environment: env.spec.Name, By: automationName}
	for _, u := range slices.Concat(groups...) {
		r.Images = append(r.Images, ImagePick{Object: u.object, Container: u.container})
	}
	plan, err := e.planUpdate(ctx, r)
	switch {
	case err == nil || !liesInImage(err):
		return plan, err
	case len(groups) == 1:
		for _, u := range groups[0] {
			refused[u] = err
		}
		return nil, nil
	}
	half := len(groups) / 2
	first, err := e.planPart(ctx, env, groups[:half], refused)
	if err != nil {
		return nil, err
	}
	second, err := e.planPart(ctx, env, groups[half:], refused)
	if err != nil || first == nil || second == nil {
		return cmp.Or(first, second), err
	}
	r.Images = slices.Concat(first.Images, second.Images)
	if plan, err = e.planUpdate(ctx, r); err != nil && liesInImage(err) {
		return first, nil // they lie in each other's way: the others come next
	}
	return plan, err
}

// planPart is planUpdates for a part, of which there may be nothing left to do.
func (e *Engine) planPart(ctx context.Context, env *environment, groups [][]*use, refused map[*use]error) (*Plan, error) {
	plan, err := e.planUpdates(ctx, env, groups, refused)
	if errors.Is(err, ErrNothing) {
		return nil, nil
	}
	return plan, err
}

// errServerRefuses is returned for updates that the server would not take.
var errServerRefuses = errors.New("it would not be accepted")

// planUpdate plans an update, and refuses what the server would refuse.
func (e *Engine) planUpdate(ctx context.Context, r Request) (*Plan, error) {
	plan, err := e.Plan(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, g := range plan.Gates {
		if g.Name == GateAccepted && !g.Met {
			return nil, fmt.Errorf("%w: %s", errServerRefuses, g.Reason)
		}
	}
	return plan, nil
}

// liesInImage tells the errors that concern one image and not the others.
func liesInImage(err error) bool {
	var asked *registry.Error
	return errors.Is(err, edit.ErrRefused) || errors.Is(err, errServerRefuses) || errors.As(err, &asked)
}

// byRepository groups images by their repository, in the order of its name.
func byRepository(uses []*use) [][]*use {
	groups := map[string][]*use{}
	for _, u := range uses {
		name := u.repository()
		groups[name] = append(groups[name], u)
	}
	sorted := make([][]*use, 0, len(groups))
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		sorted = append(sorted, groups[name])
	}
	return sorted
}

// refusal is why automation could not commit an image.
type refusal struct {
	of  *desired
	tag string
	why string
	// until is set when a registry or the cluster refused. Otherwise it stands
	// until Git says something else.
	until time.Time
}

// stands tells whether the refusal holds for a tag that Git is to name.
func (r refusal) stands(d *desired, tag string, now time.Time) bool {
	return r.why != "" && r.of == d && r.tag == tag && (r.until.IsZero() || now.Before(r.until))
}

// refusalOf is why automation cannot commit the newest allowed tag of an image,
// or "".
func (env *environment) refusalOf(u *use) string {
	if r := env.refusals[u.useKey]; r.of == env.desired && r.tag == env.verdicts[u].allowed {
		return r.why
	}
	return ""
}

// refuse takes in which images could not be committed, and tells what was not
// told before.
func (e *Engine) refuse(env *environment, d *desired, refused map[*use]error) {
	maps.DeleteFunc(env.refusals, func(key useKey, _ refusal) bool { return env.desired.find(key) == nil })
	told := map[string]bool{}
	for _, u := range slices.SortedFunc(maps.Keys(refused), func(a, b *use) int { return a.compare(b.useKey) }) {
		err := refused[u]
		r := refusal{of: d, tag: env.verdicts[u].allowed, why: err.Error()}
		if !errors.Is(err, edit.ErrRefused) {
			r.until = time.Now().Add(longest)
		}
		if env.refusals[u.useKey].why != r.why && !told[r.why] {
			told[r.why] = true
			e.note(env.spec.Name, true, "%s is not updated: %s", u.repository(), r.why)
		}
		if env.refusals == nil {
			env.refusals = map[useKey]refusal{}
		}
		env.refusals[u.useKey] = r
	}
}
