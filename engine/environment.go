package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/engine/render"
	"github.com/evenkeel/evenkeel/gitrepo"
	"github.com/evenkeel/evenkeel/kube"
)

// link is an environment's connection to its cluster. It is immutable, and its
// parts may be used from any goroutine.
type link struct {
	cluster *kube.Cluster
	set     *kube.Set
	view    *kube.View
}

// environment is the engine's state of one environment. Everything but spec
// and link belongs to the engine's goroutine.
type environment struct {
	spec  config.Environment
	index int
	link  atomic.Pointer[link]

	linkErr   string // why there is no link
	record    kube.Record
	hasRecord bool
	live      kube.ViewState

	desired   *desired
	rendering gitrepo.Hash // the revision being rendered; empty when none is
	rendered  gitrepo.Hash // the last revision that was tried
	outdated  bool         // the same revision may render differently now
	broken    gitrepo.Hash // the head, when it cannot be rendered
	problems  []string

	objects   map[ID]*object
	claimed   map[ID]string // objects that an earlier environment also claims, with its name
	stale     map[ID]struct{}
	behind    map[ID]struct{} // objects of which the live view has not shown the last write
	assessing bool
	judging   int

	running *execution
	retry   retry // of executions that ended early

	undecided bool      // something happened that decide has not seen
	wakeAt    time.Time // when decide should look again by itself

	shown *Environment // what the last snapshot said; nil when it no longer holds
}

// object is the engine's state of one object.
type object struct {
	shown *Object // immutable; replaced when anything changes
	want  *wanted // nil when Extra
	live  *kube.Live
	// judging is the question that the server was asked and has not answered.
	judging  *question
	judgment judgment
	// unanswered is set when the server could not be asked.
	unanswered bool
	// expected is what evenkeel has just written; until the view has caught up
	// with it, what the view shows is old.
	expected expectation
	retry    retry
}

// expectation is a write that the live view has not shown yet.
type expectation struct {
	version string // resourceVersion that the write made
	gone    string // or: the uid of the object that was deleted
	until   time.Time
}

// expectFor is how long a write may take to show in the live view.
const expectFor = 5 * time.Second

// pending tells whether the view is behind the write.
func (x *expectation) pending(live *kube.Live, now time.Time) bool {
	switch {
	case x.until.IsZero() || now.After(x.until):
		return false
	case x.gone != "":
		return live != nil && live.UID == x.gone && !live.Deleting
	default:
		return live == nil || older(live.ResourceVersion, x.version)
	}
}

// older compares resource versions; those of one kind are ordered decimal
// numbers (KEP-5504), and what is not such a number is not older.
func older(a, b string) bool {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	return errX == nil && errY == nil && x < y
}

func newEnvironment(index int, spec config.Environment) *environment {
	return &environment{
		spec:    spec,
		index:   index,
		objects: map[ID]*object{},
		stale:   map[ID]struct{}{},
		behind:  map[ID]struct{}{},
	}
}

// changed marks the environment for the next snapshot and the next decision.
func (e *Engine) changed(env *environment) {
	env.shown, env.undecided, e.dirty = nil, true, true
}

// contextOf is the kubeconfig context of an environment on this machine.
func (e *Engine) contextOf(env *environment) string {
	if c := e.opts.Contexts[env.spec.Name]; c != "" {
		return c
	}
	return env.spec.Context
}

// parentNamespace is where the environment's ApplySet parent lies.
func (env *environment) parentNamespace() string {
	if env.spec.Namespace != "" {
		return env.spec.Namespace
	}
	return "default"
}

// sourceOf names the repository and the path of an environment, for the record
// in the cluster.
func (e *Engine) sourceOf(env *environment) string {
	return gitrepo.Identity(e.repo.spec.URL) + "//" + env.spec.Path
}

// foreign says whose record it is that the environment would write to, when
// another repository or path keeps an environment of the same name in the same
// place; it is empty when the record is its own.
func (e *Engine) foreign(env *environment) string {
	if s := env.record.Source; s == "" || s == e.sourceOf(env) {
		return ""
	}
	return fmt.Sprintf("its record in the cluster, evenkeel-%s in %s, is kept for %s: give one of the two another name, or take it over with --take-over",
		env.spec.Name, env.parentNamespace(), env.record.Source)
}

// attend connects an environment to its cluster and carries what the live view
// and the record say to the engine, until ctx ends.
func (e *Engine) attend(ctx context.Context, env *environment) {
	l := e.connect(ctx, env)
	if l == nil {
		return
	}
	wake := make(chan struct{}, 1)
	l.view = l.cluster.View(l.set, func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	env.link.Store(l)
	e.post(func() { e.linked(env, l) })
	e.start(func() {
		if err := l.view.Run(ctx); err != nil && ctx.Err() == nil {
			e.post(func() { env.linkErr = err.Error(); e.changed(env) })
		}
	})
	for {
		select {
		case <-ctx.Done():
			return
		case <-wake:
			e.post(func() { e.observe(env, l) })
		}
	}
}

// connect reads the kubeconfig until it says where the cluster is; it returns
// nil when ctx has ended.
func (e *Engine) connect(ctx context.Context, env *environment) *link {
	for wait := time.Second; ; wait = min(2*wait, 30*time.Second) {
		cluster, err := e.cluster(e.contextOf(env))
		if err == nil {
			set := cluster.Set(kube.SetOptions{Name: env.spec.Name, Namespace: env.parentNamespace(), Source: e.sourceOf(env)})
			return &link{cluster: cluster, set: set}
		}
		e.post(func() { env.linkErr = err.Error(); e.changed(env) })
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// recorded takes in what the record in the cluster says, unless that is older
// than what is known: a write of evenkeel's own is known before it is seen.
func (e *Engine) recorded(env *environment, record kube.Record) {
	if env.hasRecord && older(record.Version, env.record.Version) {
		return
	}
	kindsChanged := !slices.Equal(env.record.Kinds, record.Kinds)
	env.record, env.hasRecord = record, true
	e.changed(env)
	if kindsChanged {
		e.follows(env, env.link.Load())
	}
}

// linked takes in that the environment has a connection.
func (e *Engine) linked(env *environment, l *link) {
	env.linkErr = ""
	e.changed(env)
	if env.desired != nil {
		e.follows(env, l)
		e.reclaim()
		e.renderAgain(env, len(env.desired.guessed) > 0)
	}
}

// follows tells the live view what to watch. What was applied earlier can be
// read while Git is still being rendered.
func (e *Engine) follows(env *environment, l *link) {
	var want map[ID]schema.GroupVersionKind
	if env.desired != nil {
		want = env.desired.follow()
	}
	l.view.Follow(want, env.record.Kinds)
	e.observe(env, l)
}

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
}

// learned tells whether the cluster can say now what it could not when d was
// rendered: it has become readable, or serves a kind that it did not.
func (d *desired) learned(before, now kube.ViewState) bool {
	if d == nil || len(d.guessed) == 0 {
		return false
	}
	return now.Ready && !before.Ready || slices.ContainsFunc(d.guessed, func(gk schema.GroupKind) bool {
		return before.Kinds[gk] != nil && now.Kinds[gk] == nil
	})
}

// observe takes in what the live view has seen.
func (e *Engine) observe(env *environment, l *link) {
	changed, state := l.view.Take()
	before := env.live
	wasReady, hadErr := before.Ready, before.Err != nil
	env.live = state
	if state.Record != nil {
		e.recorded(env, *state.Record)
	}
	for _, id := range changed {
		env.stale[id] = struct{}{}
	}
	if len(before.Kinds)+len(state.Kinds) > 0 {
		for id := range env.objects {
			// What is said of an object depends on whether its kind can be read.
			if gk := id.GroupKind(); (before.Kinds[gk] == nil) != (state.Kinds[gk] == nil) {
				env.stale[id] = struct{}{}
			}
		}
	}
	if state.Ready && !wasReady && env.desired != nil {
		for id := range env.desired.objects {
			if env.objects[id] == nil {
				env.stale[id] = struct{}{}
			}
		}
	}
	if state.Err != nil && !hadErr {
		e.note(env.spec.Name, true, "the cluster cannot be read: %v", state.Err)
	}
	if state.Err == nil && hadErr {
		e.note(env.spec.Name, false, "the cluster can be read again")
	}
	e.changed(env)
	e.renderAgain(env, env.desired.learned(before, state))
	e.assess(env)
}

// claim is an object in a cluster that an environment names.
type claim struct {
	server string
	id     ID
}

// reclaim finds the objects that more than one environment claims. The
// environment that evenkeel.yaml names first has them.
func (e *Engine) reclaim() {
	owner := map[claim]string{}
	for _, env := range e.envs {
		l := env.link.Load()
		if l == nil || env.desired == nil {
			continue
		}
		claimed := map[ID]string{}
		for id, w := range env.desired.objects {
			if w.ignore {
				continue
			}
			c := claim{l.cluster.Server(), id}
			if first, taken := owner[c]; taken {
				claimed[id] = first
			} else {
				owner[c] = env.spec.Name
			}
		}
		for id := range maps.Keys(claimed) {
			if env.claimed[id] != claimed[id] {
				env.stale[id] = struct{}{}
			}
		}
		for id := range maps.Keys(env.claimed) {
			if claimed[id] == "" {
				env.stale[id] = struct{}{}
			}
		}
		env.claimed = claimed
		e.changed(env)
		e.assess(env)
	}
	e.owners = owner
}

// settled tells whether all that can be known of the environment is known.
func (e *Engine) settled(env *environment) bool {
	switch {
	case !e.repo.tried || e.repo.fetching && e.repo.fetchedAt.IsZero():
		return false
	case e.repo.head == "":
		return true // and it is known why
	case !e.allRendered():
		return false
	case env.desired == nil || env.linkErr != "":
		return true
	case env.live.Err != nil:
		return true
	case !env.live.Ready || !env.hasRecord && env.live.RecordErr == nil:
		return false
	}
	return len(env.stale)+len(env.behind) == 0 && !env.assessing && env.judging == 0
}
