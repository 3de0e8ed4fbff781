package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/engine/internal/holds"
	"github.com/evenkeel/evenkeel/gitrepo"
	"github.com/evenkeel/evenkeel/kube"
)

// waits are how long something has to stand before it is believed.
type waits struct {
	// proof is how long what a cluster took has to be Healthy until it has proved
	// itself: what crashes after its start was Healthy for a moment.
	proof time.Duration
	// grace is how long an environment has to be Degraded until it is taken for
	// that, and rolled back.
	grace time.Duration
}

// usualWaits are those of every engine.
func usualWaits() waits { return waits{proof: 2 * time.Minute, grace: 30 * time.Second} }

// rescueWithin is how old a deployment may be that is rolled back without asking:
// by then people know of it, and may have their reasons.
const rescueWithin = time.Hour

// rescue is what an engine knows of rolling back by itself what an environment's
// cluster took last.
type rescue struct {
	took  time.Time // when the cluster took it
	busy  bool
	done  bool
	left  string // why it was left to a person; empty when it was not
	retry retry
	// trouble is why the last attempt came to nothing, as it was told.
	trouble string
}

// leaves says that it was left to a person, and why.
func (r *rescue) leaves(v *Environment) string {
	if r.left == "" || v.Failure() == nil {
		return ""
	}
	return "; not rolled back by itself: " + r.left
}

// goesBack tells whether the environment rolls back by itself.
func (env *environment) goesBack() bool {
	return env.spec.Rollback == config.ActAuto && env.spec.Changes != ChangePullRequest && env.rescue.left == ""
}

// decideRescue rolls an environment back to what was Healthy before, when what
// its cluster took last has made it Degraded. It is done once for each: where
// there is any doubt, it is left to a person.
func (e *Engine) decideRescue(env *environment, now time.Time) {
	r := &env.rescue
	if env.spec.Rollback != config.ActAuto || !e.opts.Automation || r.busy || len(env.record.Syncs) == 0 {
		return
	}
	bad := env.record.Syncs[0]
	if !bad.Ended.Equal(r.took) {
		*r = rescue{took: bad.Ended}
		env.unshown, e.dirty = true, true
	}
	if r.done || r.left != "" || env.running != nil || env.health() != Degraded || e.barred(env) != "" || !e.settled(env) || bad.At() != string(env.desired.revision) {
		return
	}
	if left, _ := env.leftover(nil); left > 0 || bad.Health != Degraded {
		return // it is not as Git says, or not judged yet
	}
	for _, at := range []time.Time{env.faring.since.Add(e.waits.grace), r.retry.at} {
		if now.Before(at) {
			env.wake(at)
			return
		}
	}
	failure, why := env.rescuable(now)
	if why != "" {
		e.leave(env, why)
		return
	}
	r.busy = true
	reason := fmt.Sprintf("%.7s made it Degraded%s", failure.Revision, because(env.suffering()))
	rescue := rescuing{env: env, bad: env.desired.revision, back: failure.Back, reason: reason, closure: env.desired.closure}
	e.start(func() {
		why, err := e.rescue(e.ctx, rescue)
		e.post(func() {
			r.busy = false
			e.rescued(env, bad, failure.Back, why, err)
		})
	})
}

// rescuable is what is to be rolled back, or why it is not without asking.
func (env *environment) rescuable(now time.Time) (f *Failure, why string) {
	bad := env.record.Syncs[0]
	f, plain := failureOf(Degraded, syncsOf(env.record.Syncs))
	switch {
	case f == nil:
		return nil, fmt.Sprintf("%.7s has been Healthy, so something else is the matter", bad.At())
	case f.Back == "":
		return nil, "no earlier revision is known that was Healthy"
	case !plain:
		return nil, "it was Degraded before, and with a revision that has been Healthy"
	case now.Sub(bad.Ended) > rescueWithin:
		return nil, fmt.Sprintf("%.7s has been there for more than %s", bad.At(), rescueWithin)
	case env.spec.Changes == ChangePullRequest:
		return nil, "its changes wait in pull requests"
	}
	return f, ""
}

// suffering names what makes the environment Degraded, and why it does.
func (env *environment) suffering() string {
	v := Environment{}
	for _, o := range env.objects {
		if o.shown != nil {
			v.Objects = append(v.Objects, o.shown)
		}
	}
	slices.SortFunc(v.Objects, func(a, b *Object) int { return a.ID.Compare(b.ID) })
	return v.suffers()
}

// leave leaves it to a person to roll back.
func (e *Engine) leave(env *environment, why string) {
	env.rescue.left = why
	e.note(env.spec.Name, true, "not rolled back by itself: %s", why)
	e.changed(env)
}

// rescued takes in how it went.
func (e *Engine) rescued(env *environment, bad kube.Sync, back, why string, err error) {
	r := &env.rescue
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, errEnded):
	case err != nil:
		// It may have come too late, or the remote cannot be reached: what there is
		// left to do shows once Git has been fetched.
		r.retry.later(time.Now())
		e.repo.poke()
		if text := err.Error(); !errors.Is(err, ErrStale) && text != r.trouble {
			r.trouble = text
			e.note(env.spec.Name, true, "could not be rolled back by itself: %s", text)
		}
	case why != "" && bad.Ended.Equal(r.took):
		e.leave(env, why)
	case why == "":
		r.done = true
		e.note(env.spec.Name, true, "rolled back by itself to %.7s, as %.7s made it Degraded", back, bad.At())
	}
	e.changed(env)
}

// rescuing is a rollback that nobody asked for.
type rescuing struct {
	env     *environment
	bad     gitrepo.Hash // what made the environment Degraded
	back    string
	reason  string
	closure []string // what the environment reads
}

// rescue rolls an environment back, or says why that is left to a person. An
// error says that it is worth another try.
func (e *Engine) rescue(ctx context.Context, r rescuing) (why string, err error) {
	m, err := e.mirror()
	if err != nil {
		return "", err
	}
	if why, err = r.precedent(ctx, m); why != "" || err != nil {
		return why, err
	}
	p, err := e.Plan(ctx, Request{
		Action: ActionRollback, Environment: r.env.spec.Name, Revision: r.back, Mode: RollbackWhole,
		Reason: r.reason, Sync: true, By: automationName, automatic: true, failed: string(r.bad),
	})
	switch {
	case errors.Is(err, ErrNothing):
		return e.nothingToBringBack(ctx, r)
	case worthAnotherTry(err):
		return "", err
	case err != nil:
		return err.Error(), nil
	case p.BaseRevision != string(r.bad):
		return "", fmt.Errorf("%w: there is %.7s by now", ErrStale, p.BaseRevision)
	}
	if why := p.doubtful(); why != "" {
		return why, nil
	}
	o, err := e.Execute(ctx, p, nil)
	switch {
	case errors.Is(err, ErrGate):
		return err.Error(), nil
	case err == nil && o.Commit == "":
		err = errors.New(cmp.Or(o.Err, o.Note))
	case err == nil && o.Err != "":
		return o.Err, nil // it is in Git, and a person has to bring it to the cluster
	}
	return "", err
}

// nothingToBringBack says that Git has not changed since all was well, unless
// somebody has just been quicker to take back what it had.
func (e *Engine) nothingToBringBack(ctx context.Context, r rescuing) (why string, err error) {
	taken := false
	if err := e.ask(ctx, func() { taken = r.env.desired.revision != r.bad }); err != nil {
		return "", err
	}
	if taken {
		return "", fmt.Errorf("%w: somebody has taken %s back", ErrStale, r.bad.Short())
	}
	return fmt.Sprintf("Git says what it said at %.7s, so something else is the matter", r.back), nil
}

// worthAnotherTry tells the errors that pass.
func worthAnotherTry(err error) bool {
	for _, passing := range []error{ErrStale, ErrBusy, ErrNotReady, context.Canceled, context.DeadlineExceeded, errEnded} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return kube.ReasonOf(err) == kube.Unreachable
}

// precedent says what speaks against it in the history: what is rolled back is a
// rollback itself, or just this was rolled back before, and somebody wanted it
// all the same.
func (r *rescuing) precedent(ctx context.Context, m *gitrepo.Mirror) (why string, err error) {
	env := r.env.spec
	paths := append([]string{env.Path}, r.closure...)
	page, err := m.History(ctx, gitrepo.HistoryOptions{From: r.bad, Paths: paths, Limit: searchedCommits})
	if err != nil {
		return "", err
	}
	for i, c := range page.Commits {
		if trailerOf(c, trailerEnvironment) != env.Name || trailerOf(c, trailerAction) != string(ActionRollback) {
			continue
		}
		if i == 0 {
			return fmt.Sprintf("%s is a rollback itself", c.Hash.Short()), nil
		}
		failed := trailerOf(c, trailerFailed)
		if failed == "" {
			continue
		}
		changed, err := m.Changed(gitrepo.Hash(failed), r.bad)
		if err != nil {
			continue // the branch has lost it
		}
		changed = slices.DeleteFunc(changed, func(name string) bool { return name == holds.File(env.Name) })
		if !(reader{spec: env, reads: r.closure}).concernedBy(changed) {
			return fmt.Sprintf("%s rolled just this back before, and somebody has brought it again", c.Hash.Short()), nil
		}
	}
	return "", nil
}

// doubtful says what of a rollback only a person may decide.
func (p *Plan) doubtful() string {
	if len(p.Shared) > 0 {
		return fmt.Sprintf("%s, which %s reads too, would change", p.Shared[0].Path, join(p.Shared[0].Environments))
	}
	for _, c := range slices.Concat(p.Changes, p.Waiting) {
		switch {
		case c.Environment != p.Environment:
			return fmt.Sprintf("%s of %s would change as well", c.ID, c.Environment)
		case c.Operation == Delete:
			return fmt.Sprintf("%s would be deleted", c.ID)
		}
	}
	for _, g := range p.Gates {
		if !g.Met {
			return g.Name + because(g.Reason)
		}
	}
	return ""
}
