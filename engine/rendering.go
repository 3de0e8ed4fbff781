package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/evenkeel/evenkeel/engine/render"
	"github.com/evenkeel/evenkeel/gitrepo"
	"github.com/evenkeel/evenkeel/kube"
)

// render brings the environment to the head of the repository.
func (e *Engine) render(env *environment) {
	rev := e.repo.head
	if env.rendering != "" || rev == "" || rev == env.rendered && !env.outdated {
		return
	}
	env.rendering, env.outdated = rev, false
	e.changed(env)
	e.start(func() {
		d, err := e.renderEnvironment(e.ctx, env, rev)
		e.post(func() {
			env.rendering, env.rendered = "", rev
			e.changed(env)
			if err != nil {
				e.broke(env, rev, err)
			} else {
				e.take(env, d)
			}
			e.render(env) // the head may have moved meanwhile
			for _, other := range e.envs {
				e.changed(other) // whose objects are whose may be another question now
			}
		})
	})
}

// allRendered tells whether every environment is at the head, as far as it can
// be: what one names is no other's to delete.
func (e *Engine) allRendered() bool {
	for _, env := range e.envs {
		if env.rendered != e.repo.head || env.rendering != "" {
			return false
		}
	}
	return true
}

// renderAgain renders the head once more when what it renders to may have
// become something else.
func (e *Engine) renderAgain(env *environment, needed bool) {
	if needed {
		env.outdated = true
		e.changed(env)
		e.render(env)
	}
}

func (e *Engine) renderEnvironment(ctx context.Context, env *environment, rev gitrepo.Hash) (*desired, error) {
	mirror, err := e.mirror()
	if err != nil {
		return nil, err
	}
	tree, err := mirror.Tree(rev)
	if err != nil {
		return nil, err
	}
	var cluster *kube.Cluster
	if l := env.link.Load(); l != nil {
		cluster = l.cluster
	}
	return renderAt(ctx, tree, rev, env.spec, cluster)
}

// broke takes in a revision that cannot be rendered. The last good one goes on.
func (e *Engine) broke(env *environment, rev gitrepo.Hash, err error) {
	problems := problemsOf(err)
	known := env.broken == rev && slices.Equal(env.problems, problems)
	env.broken, env.problems = rev, problems
	if !known {
		e.note(env.spec.Name, true, "%s cannot be rendered: %s", rev.Short(), problems[0])
	}
}

// problemsOf lists what is wrong, one place a line.
func problemsOf(err error) []string {
	var problems render.Problems
	if !errors.As(err, &problems) || len(problems) == 0 {
		return []string{err.Error()}
	}
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = p.Error()
	}
	return lines
}

// take makes d what the environment should be.
func (e *Engine) take(env *environment, d *desired) {
	if env.broken != "" {
		e.note(env.spec.Name, false, "%s renders again", d.revision.Short())
	}
	env.broken, env.problems = "", nil
	old := env.desired
	env.desired = d
	if d.verifyErr != "" && (old == nil || old.verifyErr != d.verifyErr) {
		e.note(env.spec.Name, true, "it cannot be verified: %s", d.verifyErr)
	}
	env.verifying.retry, env.verifying.trouble = retry{}, ""
	if old == nil {
		for id := range d.objects {
			env.stale[id] = struct{}{}
		}
	} else {
		env.retry = retry{}
		for _, id := range d.changeFrom(old) {
			env.stale[id] = struct{}{}
			if o := env.objects[id]; o != nil {
				o.retry = retry{} // what was refused before may be taken now
			}
		}
	}
	if l := env.link.Load(); l != nil {
		e.reclaim()
		e.follows(env, l)
	}
	e.covered(env)
}
