package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/evenkeel/evenkeel/gitrepo"
)

// Deployment is a revision that an environment's cluster took, by the record
// that is kept there.
type Deployment struct {
	// Commit is the newest one at the revision that touches the environment.
	Commit
	// Revision is what the cluster took.
	Revision string
	Deployed time.Time
	// Until is when the next one replaced it; zero for the one that is there now.
	Until time.Time
	// Health is how it went while it was the newest: Healthy, Degraded, or empty
	// when that was not seen.
	Health Health
	// Current is the one that the cluster has, and LastHealthy the newest before
	// it that was Healthy.
	Current, LastHealthy bool
	// Partly is set when it took only a part: chosen objects, or all but a
	// deletion that waits.
	Partly bool
	// Images are those that would change if the environment went back to it, from
	// what Git names now to what it named then.
	Images []ImageUpdate
	// Problem says why it cannot be gone back to; empty when it can.
	Problem string
}

// Deployments lists what an environment's cluster took, the newest first. A
// revision that was taken again, because somebody had changed the cluster by
// hand, is listed once for each time.
func (e *Engine) Deployments(ctx context.Context, environment string) ([]Deployment, error) {
	env, err := e.find(environment)
	if err != nil {
		return nil, err
	}
	m, err := e.mirror()
	if err != nil {
		return nil, err
	}
	var syncs []Sync
	var now *desired
	var paths []string
	if err := e.ask(ctx, func() {
		syncs, now, paths = syncsOf(env.record.Syncs), env.desired, env.reads()
	}); err != nil {
		return nil, err
	}
	if now == nil {
		return nil, fmt.Errorf("deployments of %s: %w: nothing has been rendered yet", environment, ErrNotReady)
	}
	all := deploymentsOf(syncs)
	for i := range all {
		d := &all[i]
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d.Commit.Hash = d.Revision
		if newest := newestAt(ctx, m, gitrepo.Hash(d.Revision), paths); newest != "" {
			if c, err := m.Commit(newest); err == nil {
				d.Commit = commitOf(c)
			}
		}
		d.Images, err = e.imagesThen(ctx, env, m, now, gitrepo.Hash(d.Revision))
		if err != nil {
			d.Problem = err.Error()
		}
	}
	return all, nil
}

// imagesThen lists the images that differ from those of an earlier revision.
func (e *Engine) imagesThen(ctx context.Context, env *environment, m *gitrepo.Mirror, now *desired, revision gitrepo.Hash) ([]ImageUpdate, error) {
	tree, err := m.Tree(revision)
	if err != nil {
		return nil, fmt.Errorf("the branch has lost it: %w", err)
	}
	if _, there := tree.HashOf(env.spec.Path); !there {
		return nil, fmt.Errorf("there was no %s", env.spec.Path)
	}
	then, err := renderWith(ctx, tree, revision, env.spec, now.scope())
	if err != nil {
		return nil, fmt.Errorf("it does not render: %w", err)
	}
	return changedImages(now, then), nil
}

// deploymentsOf reads a record, which has the newest sync first.
func deploymentsOf(syncs []Sync) []Deployment {
	var all []Deployment
	var until time.Time
	found := false
	for _, s := range syncs {
		if !s.Succeeded {
			continue
		}
		d := Deployment{Revision: s.Revision, Deployed: s.Ended, Until: until, Health: s.Health, Current: until.IsZero(), Partly: !s.Whole}
		if !d.Current && !found && d.Health == Healthy {
			d.LastHealthy, found = true, true
		}
		until = s.Ended
		all = append(all, d)
	}
	return all
}
