package engine

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/evenkeel/evenkeel/engine/config"
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
	spec config.Environment
	link atomic.Pointer[link]

	linkErr   string // why there is no link
	record    kube.Record
	hasRecord bool
	// recordedAt is when the record was last seen to be another one.
	recordedAt time.Time
	live       kube.ViewState

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
	// judgingHealth: how the environment fares is being written to its record.
	judgingHealth bool
	faring        faring
	rescue        rescue
	retry         retry // of executions that ended early
	// doubtedAt is when the cluster was first seen to differ from the revision
	// that it had taken whole; zero while it does not.
	doubtedAt time.Time

	verdicts      map[*use]verdict
	chosen        map[matter]verdict // what they were made of; immutable
	agedAt        time.Time          // when it was last shown that registries were asked again
	weighing      bool
	unweighed     bool      // something is known that was not weighed
	updatesSince  time.Time // when another update was last found
	committing    map[useKey]bool
	unupdated     bool // something happened that decideUpdates has not seen
	updating      bool // automation plans or commits now
	refusals      map[useKey]refusal
	commitRetry   retry              // of automation's commits
	commitTrouble string             // why the last one failed, as it was told
	given         map[madeKey]string // what was committed since the engine began; immutable
	made          made
	shownImages   []shownImage // one for each use of shownOf
	shownOf       *desired

	verifying verifying
	promoting promoting
	proposals []proposal // that wait for being merged, and that ended lately; immutable

	differences []ID // which objects were last told to differ

	undecided bool      // something happened that decide has not seen
	wakeAt    time.Time // when decide should look again by itself

	shown   *Environment // what the last snapshot said
	unshown bool         // it may no longer hold
}

func newEnvironment(spec config.Environment) *environment {
	return &environment{
		spec:    spec,
		objects: map[ID]*object{},
		stale:   map[ID]struct{}{},
		behind:  map[ID]struct{}{},
	}
}

// changed marks the environment for the next snapshot and the next decision.
func (e *Engine) changed(env *environment) {
	env.unshown, e.dirty = true, true
	env.reconsider()
	for _, other := range e.envs {
		if other.spec.PromotesFrom == env.spec.Name {
			other.promoting.undecided = true
		}
	}
}

// reconsider asks for all decisions about the environment.
func (env *environment) reconsider() {
	env.undecided, env.unupdated, env.verifying.undecided, env.promoting.undecided = true, true, true, true
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
	if record.Version != env.record.Version {
		env.recordedAt = time.Now()
	}
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
	env.followVerification(l)
	e.observe(env, l)
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
	case !env.live.Ready || !env.hasRecord && env.live.RecordErr == nil || !env.verificationRead():
		return false
	}
	return len(env.stale)+len(env.behind) == 0 && !env.assessing && env.judging == 0
}
