package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/evenkeel/evenkeel/engine/drift"
	"github.com/evenkeel/evenkeel/kube"
)

// writesAtOnce bounds the objects that are written at the same time.
const writesAtOnce = 16

// execution is an action under way in one environment.
type execution struct {
	env     *environment
	link    *link
	desired *desired
	record  kube.Record // as it was when the execution began
	action  Action
	by      string
	items   []item
	whole   bool // everything that Git has changed is among the items
	// automatic executions were not asked for by anybody.
	automatic bool
	owns      bool // the record is another source's, and taken over
	exact     bool // ... and no object that Git does not name is kept
	stays     bool // whoever has asked waits for the rollout
	// outdone is set when another evenkeel has just brought the revision, so that
	// what differed is old.
	outdone bool
	started time.Time

	progress Progress // the engine's own

	// lost ends the execution early, because the cluster does not answer.
	lost func(error)

	mu     sync.Mutex
	steps  []Step
	report func(Step)
}

// begin makes an execution the one that runs in its environment.
func (e *Engine) begin(env *environment, action Action, by string, items []item) *execution {
	now := time.Now()
	left, spared := env.leftover(items)
	x := &execution{
		env: env, link: env.link.Load(), desired: env.desired, record: env.record,
		action: action, by: by, items: items, started: now,
		whole: left == 0 && env.broken == "", exact: left+spared == 0,
		progress: Progress{Action: action, By: by, Started: now, Total: len(items)},
	}
	env.running = x
	e.changed(env)
	return x
}

// leftover counts the objects that would still differ, not be evenkeel's, or
// not have been compared with what Git says now, after the items are done; and
// those that differ because an annotation keeps them.
func (env *environment) leftover(items []item) (left, spared int) {
	among := make(map[ID]bool, len(items))
	for _, it := range items {
		among[it.id] = true
	}
	for id, o := range env.objects {
		switch {
		case among[id] || o.shown == nil:
		case o.shown.Drift == DriftExtra && kept(o.live):
			spared++
		case o.shown.Drift != DriftSynced, !o.shown.Managed && !o.shown.Ignored, o.want != env.desired.objects[id]:
			left++
		}
	}
	for id := range env.desired.objects {
		if env.objects[id] == nil && !among[id] {
			left++
		}
	}
	return left, spared
}

// execute does what was planned, hands each step to report as it ends, and
// returns how it went.
func (e *Engine) execute(ctx context.Context, x *execution, report func(Step)) Outcome {
	x.report = report
	err := e.apply(ctx, x)
	outcome := Outcome{
		Action: x.action, Environment: x.env.spec.Name, Revision: string(x.desired.revision), By: x.by,
		Started: x.started, Ended: time.Now(), Steps: x.steps,
	}
	if err != nil {
		outcome.Err = err.Error()
	}
	if err == nil && !x.outdone || len(x.steps) > 0 {
		if err := e.finish(ctx, x, &outcome); err != nil && outcome.Err == "" {
			outcome.Err = err.Error()
		}
	}
	e.verifyAfter(ctx, x, &outcome)
	// The outcome comes before the snapshot that shows it: whoever listens only
	// after having seen that does not hear of this any more. It comes also when
	// the engine has ended meanwhile.
	tell := sync.OnceFunc(func() { e.listeners.send(outcome) })
	// Even when ctx has ended, the state has to say that nothing runs any more.
	_ = e.ask(context.WithoutCancel(ctx), func() {
		tell()
		e.concluded(x, &outcome)
	})
	tell()
	return outcome
}

// apply brings the objects to the cluster, in stages, and then deletes what
// has to go. One object's refusal does not keep the others from being tried.
func (e *Engine) apply(ctx context.Context, x *execution) error {
	home := x.homeFirst()
	kinds, namespaces := x.inventory()
	if x.owns {
		if _, err := x.link.set.Own(ctx); err != nil {
			return fmt.Errorf("the inventory could not be taken over, so nothing was applied: %w", err)
		}
	}
	if len(x.items) > 0 {
		if home != nil {
			e.do(ctx, x, *home)
		}
		record, err := x.link.set.Claim(ctx, kinds, namespaces)
		if err != nil {
			return fmt.Errorf("the inventory could not be written, so nothing was applied: %w", err)
		}
		if x.outdone = x.automatic && x.brings(x.record) && !x.brings(record); x.outdone {
			e.post(func() { e.recorded(x.env, record) })
			return nil
		}
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	x.lost = func(err error) { stop(err) }
	for stage := range stages {
		var g errgroup.Group
		g.SetLimit(writesAtOnce)
		for i := range x.items {
			it := &x.items[i]
			if stageOf(it) != stage || it == home {
				continue
			}
			g.Go(func() error {
				e.do(ctx, x, *it)
				return nil
			})
		}
		_ = g.Wait() // what went wrong is in the steps
		if ctx.Err() != nil {
			return fmt.Errorf("stopped: %w", context.Cause(ctx))
		}
	}
	return nil
}

// brings tells whether the cluster had another revision, by that record.
func (x *execution) brings(r kube.Record) bool { return r.Applied() != string(x.desired.revision) }

// homeFirst finds the namespace of the inventory among what is to be created:
// the inventory can be written only once it is there.
func (x *execution) homeFirst() *item {
	for i := range x.items {
		it := &x.items[i]
		if it.operation == Create && it.id.Kind == "Namespace" && it.id.Group == "" && it.id.Name == x.env.parentNamespace() {
			return it
		}
	}
	return nil
}

// inventory lists the kinds and namespaces that the ApplySet parent must name
// while this runs: all of Git's, and all that were there before.
func (x *execution) inventory() ([]schema.GroupKind, []string) {
	kinds, namespaces := x.desired.kinds()
	return union(kinds, x.record.Kinds), union(namespaces, x.record.Namespaces)
}

func union[T comparable](a, b []T) []T {
	seen := make(map[T]bool, len(a)+len(b))
	var all []T
	for _, list := range [][]T{a, b} {
		for _, v := range list {
			if !seen[v] {
				seen[v] = true
				all = append(all, v)
			}
		}
	}
	return all
}

// The stages of an execution, in order. What others need comes first; webhooks
// come late, because they may depend on what is applied with them; deletions
// last, what others depend on at the very end.
const (
	stageDefinitions = iota
	stageObjects
	stageWebhooks
	stageDeletions
	stageGuardedDeletions
	stages
)

func stageOf(it *item) int {
	gk := it.id.GroupKind()
	switch {
	case it.operation == Delete && guarded(gk) != "":
		return stageGuardedDeletions
	case it.operation == Delete:
		return stageDeletions
	case gk.Kind == "Namespace" && gk.Group == "", gk.Kind == "CustomResourceDefinition" && gk.Group == "apiextensions.k8s.io":
		return stageDefinitions
	case gk.Group == "admissionregistration.k8s.io", gk.Group == "apiregistration.k8s.io":
		return stageWebhooks
	}
	return stageObjects
}

// do applies or deletes one object and notes how it went.
func (e *Engine) do(ctx context.Context, x *execution, it item) {
	start := time.Now()
	var after *unstructured.Unstructured
	err := attempt(ctx, func() (err error) {
		if it.operation == Delete {
			return x.link.cluster.Delete(ctx, it.id, it.live.UID)
		}
		after, err = x.write(ctx, it)
		return err
	})
	if err != nil && ctx.Err() != nil {
		return // stopped, not refused: the outcome says so
	}
	if kube.ReasonOf(err) == kube.Unreachable && x.lost != nil {
		x.lost(err) // the others would wait as long for as little
	}
	step := Step{ID: it.id, Operation: it.operation, Took: time.Since(start)}
	if err != nil {
		step.Err = words(err)
	} else if after != nil && it.live != nil {
		step.Unchanged = after.GetResourceVersion() == it.live.ResourceVersion
	}
	var version string
	var j judgment
	if after != nil {
		version = after.GetResourceVersion()
		j = judgment{made: true, want: it.want.hash, fingerprint: fingerprint(after)}
	}
	if step.Err == "" && it.operation == Update && x.automatic {
		step.Replaced = replaced(it)
	}
	x.mu.Lock()
	x.steps = append(x.steps, step)
	if x.report != nil {
		x.report(step)
	}
	x.mu.Unlock()
	e.post(func() { e.stepped(x, it, step, version, j) })
}

// replaced lists the fields that others had set otherwise than Git says.
func replaced(it item) []drift.Field {
	live := it.live.Object()
	fields := drift.Fields(drift.Effective(it.want.manifest(), it.want.ignoreFields, live), live, nil)
	return slices.DeleteFunc(fields, func(f drift.Field) bool {
		// What evenkeel set itself is changed by a commit, not put right.
		return f.Op == drift.Add || f.Manager == kube.FieldManager
	})
}

// write applies one object, and waits for a definition to be served.
func (x *execution) write(ctx context.Context, it item) (*unstructured.Unstructured, error) {
	var live *unstructured.Unstructured
	if it.live != nil {
		live = it.live.Object()
	}
	effective := drift.Effective(it.want.manifest(), it.want.ignoreFields, live)
	x.link.set.Stamp(effective)
	after, err := x.link.cluster.Apply(ctx, effective, kube.ApplyOptions{Live: it.live})
	if err == nil && it.id.Kind == "CustomResourceDefinition" {
		err = x.link.cluster.Established(ctx, it.id.Name)
	}
	return after, err
}

// attempt tries again what failed for a reason that may pass, a few times.
func attempt(ctx context.Context, f func() error) error {
	const tries = 4
	wait := 200 * time.Millisecond
	for n := 1; ; n++ {
		err := f()
		var refusal *kube.ObjectError
		if err == nil || n == tries || !errors.As(err, &refusal) || !refusal.Retry {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
			wait *= 2
		}
	}
}

// words are what the server said, without what was being done: a step names
// its object by itself.
func words(err error) string {
	var refusal *kube.ObjectError
	if errors.As(err, &refusal) {
		return refusal.Message
	}
	return err.Error()
}

// stepped takes in that one object was written or refused.
func (e *Engine) stepped(x *execution, it item, step Step, version string, j judgment) {
	env := x.env
	x.progress.Done++
	if step.Err != "" {
		x.progress.Failed++
	}
	e.changed(env)
	o := env.objects[it.id]
	if o == nil {
		return
	}
	now := time.Now()
	if step.Err != "" {
		o.retry.failed(now, step.Err)
		env.wake(o.retry.at)
		e.show(env, o, o.shown.Drift, o.managed(), "")
		return
	}
	o.retry.corrected(now)
	o.expected = expectation{until: now.Add(expectFor)}
	env.behind[it.id] = struct{}{}
	env.wake(o.expected.until)
	if it.operation == Delete {
		o.expected.gone = it.live.UID
	} else {
		o.expected.version, o.judgment = version, j
		if o.want == it.want {
			o.judging = nil
			e.show(env, o, DriftSynced, true, "")
		}
	}
	// The view may have been faster than this message.
	env.stale[it.id] = struct{}{}
	e.assess(env)
}

// finish writes the record of the execution to the cluster.
func (e *Engine) finish(ctx context.Context, x *execution, outcome *Outcome) error {
	// Being stopped half way is a fact that the record has to keep.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	kinds, namespaces := x.inventory()
	sync := kube.Sync{
		Revision: outcome.Revision, Started: outcome.Started, Ended: outcome.Ended, By: outcome.By,
		Result: kube.Succeeded, Whole: x.whole && outcome.Succeeded(), Automatic: x.automatic,
		Unchanged: len(x.desired.objects),
	}
	for _, s := range outcome.Steps {
		switch {
		case s.Err != "":
			sync.Failed++
		case s.Operation == Delete:
			sync.Deleted++
			continue
		case s.Unchanged:
			continue
		case s.Operation == Create:
			sync.Created++
		default:
			sync.Changed++
		}
		sync.Unchanged--
	}
	if !outcome.Succeeded() {
		sync.Result, sync.Message = kube.Failed, summary(outcome)
	}
	if sync.Whole && x.exact {
		// All that Git names is there and nothing else is: the inventory can
		// be cut to it.
		kinds, namespaces = x.desired.kinds()
	}
	record, err := x.link.set.Finish(ctx, kinds, namespaces, sync)
	if err != nil {
		return fmt.Errorf("the record of the sync could not be written: %w", err)
	}
	e.post(func() { e.recorded(x.env, record) })
	return nil
}

// concluded takes in that the execution has ended.
func (e *Engine) concluded(x *execution, outcome *Outcome) {
	env := x.env
	env.running = nil
	if outcome.Err != "" {
		env.retry.failed(time.Now(), outcome.Err)
	} else {
		env.retry = retry{}
	}
	// That a commit elsewhere in the repository asks for nothing here is no news.
	if !x.automatic || outcome.Err != "" || len(outcome.Steps) > 0 {
		e.note(env.spec.Name, !outcome.Succeeded(), "%s", summary(outcome))
	}
	env.differences = nil // what it has put right need not be told again
	for _, s := range outcome.Steps {
		if text := s.undone(x.repeats()); text != "" && x.automatic {
			e.note(env.spec.Name, false, "%s", text)
		}
	}
	e.changed(env)
	// Whoever acted looks next at what came of it, and must not see what was.
	e.publishedAt = time.Time{}
	e.publish(time.Now())
}
