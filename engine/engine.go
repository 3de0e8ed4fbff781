package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/engine/internal/archive"
	"github.com/evenkeel/evenkeel/gitrepo"
	"github.com/evenkeel/evenkeel/kube"
	"github.com/evenkeel/evenkeel/registry"
)

// Options say what an engine works on and as whom.
type Options struct {
	Config     config.Config
	Kubeconfig string            // empty: KUBECONFIG, ~/.kube/config, in-cluster
	Contexts   map[string]string // environment → kubeconfig context on this machine
	CacheDir   string            // empty: the user's cache directory
	// Automation lets the engine sync by itself the environments that are auto.
	Automation bool
	By         string // who acts, for the record
	// Author is who commits what this person decides: "Name <email>". Empty is
	// whom Git is configured for, or By.
	Author string
	// Images lets the engine ask image registries. Logins open them, before
	// pull secrets of the cluster and docker's configuration do.
	Images bool
	Logins map[string]config.Login // by host, or by host and path
	// Forges has the tokens that open forges, by host.
	Forges map[string]config.Login
	// Markdown writes a plan for the people who are asked to merge it. Without it
	// a pull request says what its commit does.
	Markdown func(*Plan) string `json:"-"`
	Version  string             // of evenkeel, for the user agent
}

// publishEvery is the least time between two snapshots.
const publishEvery = 100 * time.Millisecond

// Engine keeps environments equal to the config repository. Make one with New
// and let it run with Run; every other method may be called from any goroutine.
type Engine struct {
	opts      Options
	repo      repository
	images    registries
	proposals proposals
	envs      []*environment
	inbox     chan func()
	ended     chan struct{} // nothing is decided any more
	finished  chan struct{} // and nothing is under way
	started   atomic.Bool
	work      sync.WaitGroup // every goroutine that Run owns

	latest    atomic.Pointer[Snapshot]
	readers   readers[*Snapshot]
	listeners listeners

	// Owned by the goroutine of Run.
	owners      map[claim]string // the environment that has each object
	ctx         context.Context
	fail        context.CancelCauseFunc // ends the engine; may be called from anywhere
	activity    activity
	dirty       bool
	publishedAt time.Time
	alarm       *time.Timer

	waits   waits
	archive *archive.Archive
	pushing chan struct{} // holds a token while a commit is being pushed

	clustersMu sync.Mutex
	clusters   map[string]*kube.Cluster
}

// New makes an engine. It opens nothing and connects to nothing yet.
func New(o Options) (*Engine, error) {
	if len(o.Config.Environments) == 0 {
		return nil, fmt.Errorf("evenkeel.yaml names no environment: add one under environments")
	}
	if o.Config.Repository.URL == "" {
		return nil, fmt.Errorf("evenkeel.yaml names no repository: set repository.url or pass --repo")
	}
	if o.By == "" {
		o.By = "evenkeel"
	}
	e := &Engine{
		opts:     o,
		inbox:    make(chan func(), 64),
		ended:    make(chan struct{}),
		finished: make(chan struct{}),
		waits:    usualWaits(),
		archive:  archive.New(archiveSize),
		pushing:  make(chan struct{}, 1),
		clusters: map[string]*kube.Cluster{},
	}
	e.repo = newRepository(o.Config.Repository)
	e.images.keyring = newKeyring()
	e.images.known, e.images.trouble = map[registry.Repository]*known{}, map[string]string{}
	for _, spec := range o.Config.Environments {
		e.envs = append(e.envs, newEnvironment(spec))
	}
	var err error
	if e.proposals, err = newProposals(o); err != nil {
		return nil, err
	}
	e.latest.Store(e.snapshot())
	return e, nil
}

// Run works until ctx ends, and returns once everything it started has ended.
// It may be called once. A mistake of evenkeel's own ends it with an error: a
// panic would leave whoever looks at a screen with a terminal that is broken.
func (e *Engine) Run(ctx context.Context) (err error) {
	if !e.started.CompareAndSwap(false, true) {
		return fmt.Errorf("the engine has been started before")
	}
	ctx, e.fail = context.WithCancelCause(ctx)
	e.ctx = ctx
	defer func() {
		e.fail(nil)
		close(e.ended)
		e.work.Wait()
		e.archive.Close()
		close(e.finished)
		e.repo.close()
		var mistake *mistakeError
		if errors.As(context.Cause(ctx), &mistake) {
			err = mistake
		}
	}()
	defer e.confess()

	e.alarm = time.NewTimer(time.Hour)
	defer e.alarm.Stop()
	e.start(func() { e.follow(ctx) })
	if e.opts.Images {
		e.start(func() { e.watchRegistries(ctx) })
	}
	e.start(func() { e.watchProposals(ctx) })
	for _, env := range e.envs {
		e.start(func() { e.attend(ctx, env) })
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case f := <-e.inbox:
			f()
			e.drain()
		case <-e.alarm.C:
		}
		now := time.Now()
		for _, env := range e.envs {
			e.decide(env, now)
			e.decideUpdates(env, now)
			e.decideVerification(env, now)
			e.decidePromotion(env, now)
		}
		e.publish(now)
		e.setAlarm(now)
	}
}

// start runs f in a goroutine that Run waits for.
func (e *Engine) start(f func()) {
	e.work.Add(1)
	go func() {
		defer e.work.Done()
		defer e.confess()
		f()
	}()
}

// confess ends the engine when a goroutine of its own panics.
func (e *Engine) confess() {
	if r := recover(); r != nil {
		e.fail(&mistakeError{what: r, stack: debug.Stack()})
	}
}

// mistakeError is a mistake of evenkeel's own.
type mistakeError struct {
	what  any
	stack []byte
}

func (e *mistakeError) Error() string {
	return fmt.Sprintf("a mistake in evenkeel: %v\n%s", e.what, e.stack)
}

// drain handles what has queued up meanwhile, so that a burst of messages
// costs one round of decisions.
func (e *Engine) drain() {
	for range cap(e.inbox) {
		select {
		case f := <-e.inbox:
			f()
		default:
			return
		}
	}
}

// post hands f to the engine's goroutine. It reports false when the engine has
// ended and f will not run.
func (e *Engine) post(f func()) bool {
	select {
	case <-e.ended:
		return false
	case e.inbox <- f:
		return true
	}
}

// ask runs f in the engine's goroutine and waits for it.
func (e *Engine) ask(ctx context.Context, f func()) error {
	done := make(chan struct{})
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-e.ended:
		return errEnded
	case e.inbox <- func() { f(); close(done) }:
	}
	select {
	case <-done:
		return nil
	case <-e.ended:
		return errEnded
	}
}

var errEnded = fmt.Errorf("the engine has ended")

// publish makes and hands out a snapshot, when something has changed and the
// last one is old enough.
func (e *Engine) publish(now time.Time) {
	if !e.dirty || now.Sub(e.publishedAt) < publishEvery {
		return
	}
	e.dirty = false
	e.publishedAt = now
	s := e.snapshot()
	s.Number = e.latest.Load().Number + 1
	e.latest.Store(s)
	e.readers.send(s)
}

// setAlarm arms the timer for the next thing that is due without a message.
func (e *Engine) setAlarm(now time.Time) {
	next := now.Add(time.Hour)
	if e.dirty {
		next = e.publishedAt.Add(publishEvery)
	}
	for _, env := range e.envs {
		if at := env.wakeAt; !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	e.alarm.Reset(max(time.Millisecond, next.Sub(now)))
}

// Snapshot returns the latest snapshot. It is never nil.
func (e *Engine) Snapshot() *Snapshot { return e.latest.Load() }

// Subscribe returns a channel that holds the latest snapshot that was not yet
// read: older ones are dropped, and a slow reader never holds up the engine.
// The channel is closed when ctx or the engine ends.
func (e *Engine) Subscribe(ctx context.Context) <-chan *Snapshot {
	return e.readers.add(ctx, e.ended, e.latest.Load)
}

// Outcomes returns a channel that gets every outcome from now on, in order.
// None is dropped, however slowly they are read: the channel is closed when ctx
// ends, or when the engine has ended and all have been read.
func (e *Engine) Outcomes(ctx context.Context) <-chan Outcome {
	return e.listeners.add(ctx, e.finished)
}

// Refresh fetches the config repository now.
func (e *Engine) Refresh() { e.repo.poke() }

// Settle waits until the environments named (all, when none is) are settled,
// and returns the snapshot that says so. When ctx ends first, it returns the
// latest snapshot with the error of ctx.
func (e *Engine) Settle(ctx context.Context, names ...string) (*Snapshot, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for s := range e.Subscribe(ctx) {
		if settled(s, names) {
			return s, nil
		}
	}
	if err := ctx.Err(); err != nil {
		return e.Snapshot(), err
	}
	return e.Snapshot(), errEnded
}

func settled(s *Snapshot, names []string) bool {
	if len(names) == 0 {
		return s.Settled()
	}
	for _, name := range names {
		if env := s.Environment(name); env != nil && !env.Settled {
			return false
		}
	}
	return true
}

// cluster returns the connection for a kubeconfig context, one for all the
// environments that share it.
func (e *Engine) cluster(context string) (*kube.Cluster, error) {
	e.clustersMu.Lock()
	defer e.clustersMu.Unlock()
	if c := e.clusters[context]; c != nil {
		return c, nil
	}
	c, err := kube.Connect(kube.Options{
		Kubeconfig: e.opts.Kubeconfig,
		Context:    context,
		UserAgent:  "evenkeel/" + e.opts.Version,
	})
	if err != nil {
		return nil, err
	}
	e.clusters[context] = c
	return c, nil
}

// Requests counts the requests sent so far to an environment's cluster, by
// verb. Environments that share a connection share the count.
func (e *Engine) Requests(environment string) map[string]int64 {
	env, err := e.find(environment)
	if err != nil {
		return nil
	}
	l := env.link.Load()
	if l == nil {
		return nil
	}
	return l.cluster.Requests()
}

// find returns the environment of that name; it is read only by the engine's
// goroutine, except for what never changes.
func (e *Engine) find(name string) (*environment, error) {
	for _, env := range e.envs {
		if env.spec.Name == name {
			return env, nil
		}
	}
	names := make([]string, len(e.envs))
	for i, env := range e.envs {
		names[i] = env.spec.Name
	}
	return nil, fmt.Errorf("there is no environment %q: evenkeel.yaml has %s", name, join(names))
}

// mirrorOptions says where the mirror of the config repository is kept.
func (e *Engine) mirrorOptions() gitrepo.Options {
	return gitrepo.Options{
		URL:      e.opts.Config.Repository.URL,
		Branch:   e.opts.Config.Repository.Branch,
		Branches: branchRoot,
		CacheDir: e.opts.CacheDir,
	}
}
