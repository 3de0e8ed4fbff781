package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel/gitrepo"
)

// followWait bounds how long a commit's own sync waits for the environment to be
// read at the commit.
const followWait = time.Minute

// planFollowing plans the sync that follows a commit: what is shown then is what
// the cluster undergoes, by the server's own answer, and not what lies between
// two renderings. A whole rollback brings back all of the environment, everything
// else only what the commit changes.
func (e *Engine) planFollowing(ctx context.Context, p *Plan, d *draft) error {
	f := p.fabric
	f.link = f.env.link.Load()
	var contested []Change
	err := e.whenSettled(ctx, f.env, func() {
		p.Gates = append(p.Gates, e.gates(f.env, false)...)
		contested = f.env.contestants()
	})
	if err != nil {
		return err
	}
	mine := map[ID]bool{}
	var effects []Change // on the other environments
	for _, c := range p.Changes {
		if c.Environment == p.Environment {
			mine[c.ID] = true
		} else {
			effects = append(effects, c)
		}
	}
	items, doubts := f.differences(d.after)
	var left []ID
	for _, it := range items {
		i := slices.IndexFunc(contested, func(c Change) bool { return c.ID == it.id })
		switch why := guarded(it.id.GroupKind()); {
		case !mine[it.id] && !f.syncsAll():
			left = append(left, it.id)
		case i >= 0:
			p.Contested = append(p.Contested, contested[i])
		case it.operation == Delete && kept(it.live):
		case it.operation == Delete && why != "" && !p.Prune:
			c := Change{Environment: p.Environment, ID: it.id, Operation: Delete, Reason: why}
			c.texts(nil, it.live.Object(), nil)
			p.Waiting = append(p.Waiting, c)
		default:
			f.items = append(f.items, it)
		}
	}
	if p.Changes, err = f.describe(ctx); err != nil {
		return err
	}
	p.Unchanged = len(d.after.objects) - countApplied(f.items) - len(p.Contested)
	p.settleDoubts(doubts)
	p.Changes = append(p.Changes, effects...)
	if len(p.Waiting)+len(p.Contested) == 0 {
		f.abreast, err = e.abreast(ctx, f.env, d.after, left)
	}
	return err
}

// abreast tells whether objects that a sync leaves out differ by the doing of
// others alone: Git says of them what the cluster took last. With the sync the
// cluster has then taken all that Git says.
func (e *Engine) abreast(ctx context.Context, env *environment, after *desired, left []ID) (bool, error) {
	if len(left) == 0 {
		return true, nil
	}
	var applied gitrepo.Hash
	if err := e.ask(ctx, func() { applied = gitrepo.Hash(env.appliedRevision()) }); err != nil || applied == "" {
		return false, err
	}
	m, err := e.mirror()
	if err != nil {
		return false, err
	}
	tree, err := m.Tree(applied)
	if errors.Is(err, gitrepo.ErrNoRevision) {
		return false, nil // the branch has lost it
	}
	if err != nil {
		return false, err
	}
	then, err := renderWith(ctx, tree, applied, env.spec, after.scope())
	if err != nil {
		return false, ctx.Err() // what the cluster took cannot be told any more
	}
	for _, id := range left {
		was, is := then.objects[id], after.objects[id]
		if (was == nil) != (is == nil) || is != nil && is.hash != was.hash {
			return false, nil
		}
	}
	return true, nil
}

// syncsAll tells whether the sync that follows is of all of the environment.
func (f *fabric) syncsAll() bool { return f.back != nil && f.back.mode == RollbackWhole }

// commitAndSync executes a plan that changes Git, and the sync that it shows.
// Each has an outcome of its own for whoever listens; both are returned as one.
func (e *Engine) commitAndSync(ctx context.Context, p *Plan, report func(Step)) (Outcome, error) {
	if p.Sync {
		if err := p.fabric.moved(); err != nil {
			return Outcome{}, err
		}
	}
	outcome, err := e.commit(ctx, p)
	if err != nil || !p.Sync || outcome.Commit == "" || outcome.PullRequest != nil || len(p.fabric.items) == 0 {
		return outcome, err
	}
	x, err := e.enterFollowing(ctx, p, gitrepo.Hash(outcome.Commit))
	switch {
	case err != nil:
		outcome.Err = fmt.Sprintf("it could not be synced: %v", err)
	case x != nil:
		synced := e.execute(ctx, x, report)
		outcome.Steps, outcome.Ended, outcome.Err = synced.Steps, synced.Ended, synced.Err
		outcome.Note = cmp.Or(synced.Note, outcome.Note)
	}
	return outcome, nil
}

// enterFollowing begins the sync that follows a commit, once the environment has
// been read at it. It is nil when somebody else has synced meanwhile.
func (e *Engine) enterFollowing(ctx context.Context, p *Plan, commit gitrepo.Hash) (*execution, error) {
	ctx, cancel := context.WithTimeout(ctx, followWait)
	defer cancel()
	m, err := e.mirror()
	if err != nil {
		return nil, err
	}
	env := p.fabric.env
	var x *execution
	waitErr := e.when(ctx, func() (done bool, reason string) {
		if reason := e.unreadable(env); reason != "" {
			return false, reason
		}
		if there, err := m.Contains(env.desired.revision, commit); err != nil || !there || !e.settled(env) {
			return false, ""
		}
		x, err = e.beginFollowing(p, commit)
		return true, ""
	})
	if waitErr != nil {
		return nil, waitErr
	}
	return x, err
}

// beginFollowing begins the sync of the objects that a plan shows, if they are to
// become what it shows.
func (e *Engine) beginFollowing(p *Plan, commit gitrepo.Hash) (*execution, error) {
	env := p.fabric.env
	if env.running != nil {
		return nil, fmt.Errorf("%w in %s since %s", ErrBusy, env.spec.Name, env.running.started.Format("15:04:05"))
	}
	for _, g := range e.gates(env, false) {
		if !g.Met {
			return nil, fmt.Errorf("%w: %s: %s", ErrGate, g.Name, g.Reason)
		}
	}
	var items []item
	all, _ := e.everything(env, true)
	for _, it := range all {
		i := slices.IndexFunc(p.fabric.items, func(planned item) bool { return planned.id == it.id })
		if i < 0 {
			continue
		}
		planned := p.fabric.items[i]
		if it.operation != planned.operation || it.want != nil && it.want.hash != planned.want.hash {
			return nil, fmt.Errorf("%w: %s is not what was planned any more", ErrStale, it.id)
		}
		items = append(items, it)
	}
	if len(items) == 0 {
		return nil, nil
	}
	x := e.begin(env, ActionSync, p.By, items)
	x.stays = p.Wait
	x.whole = x.whole || p.fabric.abreast && env.desired.revision == commit && env.broken == ""
	return x, nil
}
