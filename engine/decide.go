package engine

import (
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
	"github.com/evenkeel/evenkeel/kube"
)

// item is one object that an execution touches, with the two sides that it
// was decided on. It is immutable.
type item struct {
	id        ID
	operation Operation
	want      *wanted    // nil for Delete
	live      *kube.Live // nil for Create
	reason    string     // why a deletion that was approved had to be
}

// auto tells whether the engine syncs the environment by itself.
func (e *Engine) auto(env *environment) bool {
	return e.opts.Automation && env.spec.Sync == config.SyncAuto
}

// decide starts what has to be done in an environment without being asked. It
// is called after every message, and costs nothing when nothing has happened.
func (e *Engine) decide(env *environment, now time.Time) {
	if !env.wakeAt.IsZero() && !now.Before(env.wakeAt) {
		env.wakeAt = time.Time{}
		env.reconsider()
		e.forget(env, now)
	}
	if !env.undecided {
		return
	}
	env.undecided = false
	e.recordHealth(env, now)
	e.decideRescue(env, now)
	if env.running != nil || !e.readable(env) || !e.settled(env) {
		return
	}
	if !e.auto(env) || env.record.Suspended != nil || e.foreign(env) != "" {
		e.tellDifferences(env)
		return
	}
	if !env.retry.due(now) {
		env.wake(env.retry.at)
		return
	}
	items := env.corrections(now)
	deletions, _ := e.deletions(env)
	for _, d := range deletions {
		if o := env.objects[d.id]; o.retry.due(now) {
			items = append(items, d)
		} else {
			env.wake(o.retry.at)
		}
	}
	if len(items) == 0 && env.appliedRevision() == string(env.desired.revision) {
		env.doubtedAt = time.Time{}
		return
	}
	if left, _ := env.leftover(nil); len(items) == 0 && (left > 0 || env.broken != "") {
		return // what differs waits for its time or for a person
	}
	if at := env.recordedAt.Add(viewLag); now.Before(at) && env.appliedRevision() == string(env.desired.revision) {
		env.wake(at)
		return
	}
	if e.overtaken(env) || e.doubts(env, now) {
		e.repo.poke()
		return
	}
	x := e.begin(env, ActionSync, e.opts.By, items)
	x.automatic = true
	env.doubtedAt = time.Time{}
	e.start(func() { e.execute(e.ctx, x, nil) })
}

// viewLag is how long after the record the objects may show that were written
// before it: what differs meanwhile may be what another evenkeel has put right.
const viewLag = 500 * time.Millisecond

// overtaken tells whether the cluster has taken a revision that is not in the
// history of the one to be applied: another evenkeel has fetched since, and
// syncing now would take the cluster back. After a fetch of our own it is, or the
// branch has lost it.
func (e *Engine) overtaken(env *environment) bool {
	applied := env.appliedRevision()
	if applied == "" || e.repo.fetchedAt.After(env.recordedAt) {
		return false
	}
	behind, err := e.repo.mirror.Load().Contains(env.desired.revision, gitrepo.Hash(applied))
	return err != nil || !behind
}

// doubtFor bounds how long a fetch is waited for before what differs is put
// right: a remote that hangs must not keep a cluster from being healed.
const doubtFor = 5 * time.Second

// doubts tells whether what differs may be the work of another evenkeel, which
// has fetched a newer revision and applies it just now: its record comes last.
// That shows once Git was asked again.
func (e *Engine) doubts(env *environment, now time.Time) bool {
	if env.appliedRevision() != string(env.desired.revision) {
		env.doubtedAt = time.Time{}
		return false // the cluster is to be brought to another revision anyway
	}
	if env.doubtedAt.IsZero() {
		env.doubtedAt = now
	}
	until := env.doubtedAt.Add(doubtFor)
	if e.repo.answeredAt.After(env.doubtedAt) || !now.Before(until) {
		return false
	}
	env.wake(until)
	return true
}

// readable tells whether enough is known of both sides to act on it. Acting on
// a mirror that has not been fetched could take a cluster back.
func (e *Engine) readable(env *environment) bool {
	return !e.repo.fetchedAt.IsZero() && env.desired != nil && env.live.Ready && env.live.Err == nil && env.hasRecord
}

// forget looks again at what was written a while ago and has not shown, and at
// what the server could not be asked about.
func (e *Engine) forget(env *environment, now time.Time) {
	for id := range env.behind {
		if o := env.objects[id]; o != nil && now.Before(o.expected.until) {
			env.wake(o.expected.until)
		} else {
			env.stale[id] = struct{}{}
		}
	}
	for id, o := range env.objects {
		switch {
		case !o.unanswered:
		case o.retry.due(now):
			env.stale[id] = struct{}{}
		default:
			env.wake(o.retry.at)
		}
	}
	e.assess(env)
}

// wake asks for a decision at that time, if none comes earlier; zero is never.
func (env *environment) wake(at time.Time) {
	if at.IsZero() {
		return
	}
	if env.wakeAt.IsZero() || at.Before(env.wakeAt) {
		env.wakeAt = at
	}
}

// corrections lists the objects to be applied now: those that differ, and those
// that are as Git says but were never applied by evenkeel.
func (env *environment) corrections(now time.Time) []item {
	var items []item
	for id, o := range env.objects {
		it, ok := env.correction(id, o)
		if !ok {
			continue
		}
		if !o.retry.due(now) {
			env.wake(o.retry.at)
			continue
		}
		items = append(items, it)
	}
	slices.SortFunc(items, func(a, b item) int { return a.id.Compare(b.id) })
	return items
}

// correction is what a sync would do to an object that Git names, if anything.
func (env *environment) correction(id ID, o *object) (item, bool) {
	if o.want == nil || o.want.ignore || o.shown == nil || env.contested(o) != "" {
		return item{}, false
	}
	switch {
	case o.shown.Drift == DriftMissing:
		return item{id: id, operation: Create, want: o.want}, true
	case o.shown.Drift == DriftModified, o.shown.Drift == DriftSynced && !o.shown.Managed:
		return item{id: id, operation: Update, want: o.want, live: o.live}, true
	}
	return item{}, false
}

// contested says who else has an object, so that it cannot be applied here.
func (env *environment) contested(o *object) string {
	if first := env.claimed[o.shown.ID]; first != "" {
		return "environment " + first
	}
	if o.live != nil && o.live.OtherSet != "" {
		return "ApplySet " + o.live.OtherSet
	}
	return ""
}

// prunable says whether objects that Git no longer names may be deleted
// without asking, and if not, why. It returns "" when they may.
func (e *Engine) prunable(env *environment) (reason string) {
	total, extra := 0, 0
	for _, o := range env.objects {
		switch {
		case o.live == nil || o.shown == nil || o.shown.Ignored:
		case o.shown.Drift == DriftExtra && !o.live.Deleting && !kept(o.live):
			total++
			extra++
		default:
			total++
		}
	}
	switch {
	case extra == 0:
		return ""
	case len(env.desired.objects) == 0:
		return "Git names no object at all in " + env.spec.Path
	case !env.spec.MayPrune(extra, total):
		return fmt.Sprintf("%d of %d objects would be deleted, which is more than the limit of %.0f%%", extra, total, env.spec.PruneLimit*100)
	}
	return ""
}

// deletions lists the objects that Git no longer names: those that may go now,
// and those that wait for a person. Nothing is deleted while the head cannot be
// rendered.
func (e *Engine) deletions(env *environment) (now []item, waiting []Change) {
	if e.foreign(env) != "" {
		return nil, nil // what the record lists is another's
	}
	if !e.allRendered() {
		return nil, nil // another environment may be about to name what is Extra here
	}
	brake := e.prunable(env)
	if env.broken != "" {
		brake = "the head cannot be rendered, so what it names is not known"
	}
	server := ""
	if l := env.link.Load(); l != nil {
		server = l.cluster.Server()
	}
	named := env.otherNames()
	for id, o := range env.objects {
		if o.shown == nil || o.shown.Drift != DriftExtra || o.live.Deleting || kept(o.live) || named(o.live) {
			continue
		}
		reason := brake
		if why := guarded(id.GroupKind()); why != "" {
			reason = why
		}
		if next := e.owners[claim{server, id}]; next != "" {
			reason = fmt.Sprintf("environment %s names it now, and can have it once it is deleted here", next)
		}
		if reason != "" {
			waiting = append(waiting, Change{Environment: env.spec.Name, ID: id, Operation: Delete, Reason: reason})
			continue
		}
		now = append(now, item{id: id, operation: Delete, live: o.live})
	}
	slices.SortFunc(now, func(a, b item) int { return a.id.Compare(b.id) })
	slices.SortFunc(waiting, func(a, b Change) int { return a.ID.Compare(b.ID) })
	return now, waiting
}

// otherNames returns a function that tells whether Git names a live object by
// another identity than the one under which it seems to be Extra: an object
// may be served in two groups, and one of a kind that was not known when Git
// was rendered was taken to live in a namespace.
func (env *environment) otherNames() func(*kube.Live) bool {
	var uids map[string]bool
	var clusterWide map[ID]bool
	return func(live *kube.Live) bool {
		if uids == nil {
			uids, clusterWide = map[string]bool{}, map[ID]bool{}
			for id := range env.desired.objects {
				if o := env.objects[id]; o != nil && o.live != nil {
					uids[o.live.UID] = true
				}
				id.Namespace = ""
				clusterWide[id] = true
			}
		}
		_, again := env.desired.objects[live.ID]
		return again || uids[live.UID] || clusterWide[live.ID]
	}
}

// pruneAnnotation on an object, live or in Git, keeps it from being deleted
// when its value is "disabled".
const pruneAnnotation = "evenkeel.dev/prune"

// kept tells whether a live object must never be deleted.
func kept(live *kube.Live) bool {
	return live.Object().GetAnnotations()[pruneAnnotation] == "disabled"
}

// guarded says why the deletion of an object of this kind always waits for a
// person: it takes other objects, or data, with it. It is empty for the rest.
func guarded(gk schema.GroupKind) string {
	switch gk {
	case schema.GroupKind{Kind: "Namespace"}:
		return "deleting a Namespace deletes everything in it"
	case schema.GroupKind{Kind: "PersistentVolumeClaim"}, schema.GroupKind{Kind: "PersistentVolume"}:
		return "deleting a " + gk.Kind + " may delete its data"
	case schema.GroupKind{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}:
		return "deleting a CustomResourceDefinition deletes all its objects"
	}
	return ""
}

// differing counts the objects that are not as Git says.
func (env *environment) differing() int {
	n := 0
	for _, o := range env.objects {
		if o.shown != nil && (o.shown.Drift == DriftModified || o.shown.Drift == DriftMissing || o.shown.Drift == DriftExtra) {
			n++
		}
	}
	return n
}

// appliedRevision is the revision that the cluster last took whole.
func (env *environment) appliedRevision() string { return env.record.Applied() }
