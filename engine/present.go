package engine

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/kube"
)

// snapshot makes the state as readers see it. What has not changed since the
// last one is shared with it.
func (e *Engine) snapshot() *Snapshot {
	s := &Snapshot{
		At:         time.Now(),
		Activity:   e.activity,
		Automation: e.opts.Automation,
		Registries: e.hosts(),
		Repository: Repository{
			URL:       e.repo.shown,
			Branch:    e.repo.branch,
			Head:      string(e.repo.head),
			FetchedAt: e.repo.fetchedAt,
			Fetching:  e.repo.fetching,
			Err:       e.repo.err,
		},
	}
	for _, env := range e.envs {
		if env.shown == nil || env.unshown || e.allShown(env) != env.shown.Settled || e.imagesSettled(env) != env.shown.ImagesSettled {
			if v := e.present(env); env.shown == nil || !v.same(env.shown) {
				env.shown = v
			}
			env.unshown = false
		}
		s.Environments = append(s.Environments, env.shown)
	}
	return s
}

// present makes one environment as readers see it.
func (e *Engine) present(env *environment) *Environment {
	v := &Environment{
		Name:      env.spec.Name,
		Context:   e.contextOf(env),
		Path:      env.spec.Path,
		Namespace: env.spec.Namespace,
		Auto:      env.spec.Sync == config.SyncAuto,
		Protected: env.spec.Protected,

		AppliedRevision: env.appliedRevision(),
		BrokenRevision:  string(env.broken),
		Problems:        env.problems,
		Current:         !env.live.AsOf.IsZero() && env.live.Err == nil,
		AsOf:            env.live.AsOf,
		Settled:         e.allShown(env),
		Counts:          map[Drift]int{},
		ImageMode:       env.spec.Images,
		PromotesFrom:    env.spec.PromotesFrom,
		ImagesSettled:   e.imagesSettled(env),
		Verification:    env.verification(),
		RollsBack:       env.goesBack(),
		Pipeline:        env.pipeline(),
		Syncs:           syncsOf(env.record.Syncs),
		Changes:         env.spec.Changes,
		PullRequests:    env.presentProposals(),
	}
	if l := env.link.Load(); l != nil {
		v.Context, v.Server = l.cluster.Context(), l.cluster.Server()
	}
	if env.desired != nil {
		v.Revision = string(env.desired.revision)
		v.Holds, v.HoldsErr = env.desired.allHolds(), env.desired.holdsErr
	}
	if s := env.record.Suspended; s != nil {
		v.Suspension = &Suspension{By: s.By, Reason: s.Reason, At: s.At}
	}
	if x := env.running; x != nil {
		progress := x.progress
		v.Running = &progress
	}
	v.Objects = make([]*Object, 0, len(env.objects))
	for _, o := range env.objects {
		if o.shown != nil {
			v.Objects = append(v.Objects, o.shown)
			v.Counts[o.shown.Drift]++
		}
	}
	slices.SortFunc(v.Objects, func(a, b *Object) int { return a.ID.Compare(b.ID) })
	v.Health = healthOf(v.Objects)
	v.Images = e.presentImages(env)
	if env.desired != nil {
		_, v.Waiting = e.deletions(env)
	}
	v.State, v.Message = e.standing(env, v)
	return v
}

// same tells whether a reader would see no difference. While the live side is
// being watched it is as of now, whatever AsOf says.
func (v *Environment) same(old *Environment) bool {
	if !slices.Equal(v.Objects, old.Objects) || !slices.Equal(v.Images, old.Images) {
		return false
	}
	a, b := *v, *old
	a.Objects, b.Objects = nil, nil
	a.Images, b.Images = nil, nil
	if a.Current && b.Current {
		a.AsOf, b.AsOf = time.Time{}, time.Time{}
	}
	return reflect.DeepEqual(a, b)
}

// standing is the sync state, with what a person should know first.
func (e *Engine) standing(env *environment, v *Environment) (SyncState, string) {
	switch {
	case env.linkErr != "":
		return StateUnknown, env.linkErr
	case e.repo.head == "" && e.repo.err != "":
		return StateUnknown, e.repo.err
	case env.live.Err != nil:
		return StateUnknown, "the cluster cannot be read: " + env.live.Err.Error()
	case env.desired == nil && env.broken != "":
		return StateBlocked, fmt.Sprintf("%s cannot be rendered: %s", env.broken.Short(), env.problems[0])
	case env.desired == nil || !env.live.Ready:
		return StateUnknown, "being read"
	case env.running != nil:
		return StateSyncing, fmt.Sprintf("%d of %d", v.Running.Done, v.Running.Total)
	case env.record.Suspended != nil:
		return StateSuspended, fmt.Sprintf("by %s%s", env.record.Suspended.By, because(env.record.Suspended.Reason))
	case e.foreign(env) != "":
		return StateBlocked, e.foreign(env)
	case env.broken != "":
		return StateBlocked, fmt.Sprintf("%s cannot be rendered, %s goes on: %s", env.broken.Short(), env.desired.revision.Short(), env.problems[0])
	}
	if len(v.Waiting) > 0 {
		return StateBlocked, fmt.Sprintf("%s for approval: %s", wait(len(v.Waiting)), v.Waiting[0].Reason)
	}
	if failed := firstFailed(v.Objects); failed != nil {
		return StateBlocked, fmt.Sprintf("%s: %s", failed.ID, failed.Message)
	}
	if env.retry.refused != "" {
		return StateBlocked, env.retry.refused
	}
	if env.live.RecordErr != nil {
		return StateUnknown, env.live.RecordErr.Error()
	}
	if v.Counts[DriftPending] > 0 || !v.Settled && len(v.Objects) == 0 {
		return StateUnknown, "being compared"
	}
	if _, kept := env.leftover(nil); env.differing() > kept {
		n := env.differing() - kept
		return StateOutOfSync, plural(n, "object") + verb(n)
	}
	if v.Health == Degraded {
		return StateSynced, v.degraded() + env.rescue.leaves(v)
	}
	return StateSynced, ""
}

func verb(n int) string {
	if n == 1 {
		return " differs"
	}
	return " differ"
}

func wait(n int) string {
	if n == 1 {
		return "1 deletion waits"
	}
	return fmt.Sprintf("%d deletions wait", n)
}

// firstFailed returns the first object that the server would not take.
func firstFailed(objects []*Object) *Object {
	for _, o := range objects {
		if o.Failed {
			return o
		}
	}
	return nil
}

// healthOf is the health of an environment: that of its worst object. Extra and
// ignored objects do not count.
func healthOf(objects []*Object) Health {
	rank := map[Health]int{
		kube.Healthy: 1, kube.Suspended: 2, kube.Unknown: 3, kube.Progressing: 4, kube.Missing: 5, kube.Degraded: 6,
	}
	worst := Health("")
	for _, o := range objects {
		if o.Ignored || o.Drift == DriftExtra {
			continue
		}
		if rank[o.Health] > rank[worst] {
			worst = o.Health
		}
	}
	switch worst {
	case "":
		return kube.Unknown
	case kube.Suspended:
		return kube.Healthy // a suspended CronJob is as it should be
	}
	return worst
}

func syncsOf(records []kube.Sync) []Sync {
	syncs := make([]Sync, len(records))
	for i, r := range records {
		syncs[i] = Sync{
			Revision: r.Revision, Started: r.Started, Ended: r.Ended, By: r.By,
			Succeeded: r.Result == kube.Succeeded, Whole: r.Whole, Message: r.Message,
			Created: r.Created, Changed: r.Changed, Deleted: r.Deleted, Unchanged: r.Unchanged, Failed: r.Failed,
			Through: r.Through, Corrected: r.Corrected, Health: r.Health, Proven: r.Proven,
		}
	}
	return syncs
}
