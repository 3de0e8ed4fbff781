package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/gitrepo"
)

// whenRendered runs f in the engine's goroutine once the environment is rendered
// at the head, again and again until it returns true. It returns ErrNotReady
// with the reason when the head cannot be rendered.
func (e *Engine) whenRendered(ctx context.Context, env *environment, f func() bool) error {
	return e.when(ctx, func() (done bool, reason string) {
		switch {
		case e.repo.head == "" && e.repo.err != "":
			return false, e.repo.err
		case e.repo.fetchedAt.IsZero() && e.repo.err == "", env.rendering != "", env.rendered != e.repo.head, e.repo.head == "":
			return false, ""
		case env.broken != "":
			return false, fmt.Sprintf("%s cannot be rendered: %s", env.broken.Short(), env.problems[0])
		}
		return f(), ""
	})
}

// commit executes a plan that changes Git. An error says that nothing was done.
func (e *Engine) commit(ctx context.Context, p *Plan) (Outcome, error) {
	if err := e.mayCommit(ctx, p); err != nil {
		return Outcome{}, err
	}
	env := p.fabric.env
	// One at a time: two pushes of one engine would only get into each other's way.
	select {
	case e.pushing <- struct{}{}:
		defer func() { <-e.pushing }()
	case <-ctx.Done():
		return Outcome{}, ctx.Err()
	case <-e.ended:
		return Outcome{}, errEnded
	}
	outcome := Outcome{Action: p.Action, Environment: env.spec.Name, By: p.By, Started: time.Now()}
	if err := e.ask(ctx, func() { env.commits(p, true); e.changed(env) }); err != nil {
		return Outcome{}, err
	}
	var hash gitrepo.Hash
	var d *draft
	var err error
	if env.proposes() {
		var made proposed
		made, err = e.propose(ctx, p)
		hash, d, outcome.PullRequest, outcome.Note = made.commit, made.draft, made.request, made.note
	} else {
		hash, d, err = e.push(ctx, p)
	}
	outcome.Ended = time.Now()
	switch {
	case errors.Is(err, ErrStale), errors.Is(err, errDeclined):
		e.committed(ctx, p, &outcome)
		return Outcome{}, err
	case err != nil && outcome.PullRequest == nil:
		outcome.Err = fmt.Sprintf("nothing was committed: %v%s", err, env.wayRound(err))
	case err != nil:
		outcome.Commit, outcome.Revision, outcome.Err = string(hash), string(hash), err.Error()
	case hash == "":
		outcome.Note = "nothing was committed: Git says it already"
	default:
		outcome.Commit, outcome.Revision = string(hash), string(hash)
		if len(d.done) > 0 {
			outcome.Note = fmt.Sprintf("%s had been committed by somebody else meanwhile", plural(len(d.done), "image"))
		}
	}
	e.committed(ctx, p, &outcome)
	e.listeners.send(outcome)
	return outcome, nil
}

// mayCommit says why a plan must not be executed, as far as that can be said
// before it is composed on the newest head.
func (e *Engine) mayCommit(ctx context.Context, p *Plan) error {
	for _, g := range p.Gates {
		if !g.Met && !g.Overridden {
			return fmt.Errorf("%w: %s: %s", ErrGate, g.Name, g.Reason)
		}
		if g.Name != GateWindow || g.Overridden {
			continue
		}
		for _, now := range windowGates(p.fabric.env.spec, time.Now()) {
			if !now.Met {
				return fmt.Errorf("%w: %s: %s", ErrGate, now.Name, now.Reason)
			}
		}
	}
	if p.Action == ActionPromote {
		return e.outrun(ctx, p)
	}
	return nil
}

// committed takes in how a commit ended, once the engine has fetched it.
func (e *Engine) committed(ctx context.Context, p *Plan, o *Outcome) {
	env := p.fabric.env
	if o.Err == "" && o.PullRequest == nil {
		// Also whoever came too late did so against a head that is not known here.
		e.awaitHead(ctx, gitrepo.Hash(o.Commit))
	}
	_ = e.ask(context.WithoutCancel(ctx), func() {
		env.commits(p, false)
		switch {
		case o.PullRequest != nil:
			e.proposed(p, o)
		case o.Commit != "":
			if !p.SignOff {
				env.gave(p, o.Commit)
			}
			e.note(env.spec.Name, false, "committed %.7s %q", o.Commit, subjectOf(p.Commit))
		case o.Err != "" && !p.byItself(): // automation tells by itself
			e.note(env.spec.Name, true, "%s", o.Err)
		}
		e.changed(env)
		e.publishedAt = time.Time{}
		e.publish(time.Now())
	})
}

// fetchWait is how long a commit's own fetch is waited for: whoever acted looks
// next at what came of it.
const fetchWait = 10 * time.Second

// awaitHead waits until the environments have been rendered at a commit, or at
// a later one; without a commit, at what Git says now.
func (e *Engine) awaitHead(ctx context.Context, commit gitrepo.Hash) {
	ctx, cancel := context.WithTimeout(ctx, fetchWait)
	defer cancel()
	pushed := time.Now()
	e.repo.poke()
	for range e.Subscribe(ctx) {
		there := false
		if e.ask(ctx, func() {
			there = e.repo.head == commit || e.repo.fetchedAt.After(pushed) && !e.repo.fetching
			there = there && e.allRendered()
		}) != nil || there {
			return
		}
	}
}

func subjectOf(c *PlannedCommit) string {
	if c == nil {
		return ""
	}
	for i, r := range c.Message {
		if r == '\n' {
			return c.Message[:i]
		}
	}
	return c.Message
}

// commits notes which images are being committed, or are not any more.
func (env *environment) commits(p *Plan, now bool) {
	if !now {
		env.committing = nil
		return
	}
	env.committing = make(map[useKey]bool, len(p.Updates))
	if p.SignOff {
		return // it gives no image anything
	}
	for _, u := range p.Updates {
		env.committing[useKey{u.Object, u.Container}] = true
	}
}

// gave notes what a commit gave which containers. Even where the branch loses the
// commit, automation does not make it again.
func (env *environment) gave(p *Plan, commit string) {
	env.given = maps.Clone(env.given)
	if env.given == nil {
		env.given = map[madeKey]string{}
	}
	for _, key := range p.gives() {
		env.given[key] = commit
	}
}

// gives lists what a plan gives which containers.
func (p *Plan) gives() []madeKey {
	var keys []madeKey
	for _, o := range p.Updates {
		tag, _, _ := strings.Cut(o.To, "@")
		keys = append(keys, madeKey{useKey{o.Object, o.Container}.text(), o.Repository, tag})
	}
	return keys
}

// wayRound says what helps where the branch is not to be pushed to.
func (env *environment) wayRound(err error) string {
	if !errors.Is(err, gitrepo.ErrProtected) || env.proposes() {
		return ""
	}
	return "; with changes: pull-request in evenkeel.yaml the commit goes to a branch of its own"
}

// pause waits a little longer each time, and never as long as another engine
// that lost the same race.
func pause(ctx context.Context, try int) error {
	most := min(2*time.Second, 50*time.Millisecond<<min(try, 6))
	select {
	case <-time.After(most/2 + rand.N(most/2)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sameAlong tells whether no image moves along that the plan did not show.
func (p *Plan) sameAlong(d *draft) bool {
	var planned []useKey
	for _, u := range p.Updates {
		if u.Along {
			planned = append(planned, useKey{u.Object, u.Container})
		}
	}
	for _, o := range d.along {
		if !slices.Contains(planned, o.useKey) {
			return false
		}
	}
	return true
}
