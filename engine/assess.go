package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"reflect"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/evenkeel/evenkeel/engine/drift"
	"github.com/evenkeel/evenkeel/kube"
)

// judgesAtOnce bounds the dry-runs under way in one environment.
const judgesAtOnce = 16

// question is one object to be compared: what Git says and what is live. It is
// immutable, and carried with the answer so that a late one can be told.
type question struct {
	id       ID
	want     *wanted    // nil: Git does not name it
	live     *kube.Live // nil: it is not live
	judgment judgment
}

// judgment is the server's answer to an earlier question about an object, and
// what it was about.
type judgment struct {
	made        bool
	want        uint64 // hash of what was wanted
	fingerprint uint64 // of what was live
	differs     bool
	change      change // whose doing it is that it differs
	refused     string // the server's words when it would not take the object
}

// finding is the answer to a question, as far as it could be had locally.
type finding struct {
	*question
	drift       Drift
	unsure      bool // the server has to judge
	managed     bool // evenkeel has applied it to this set
	refused     string
	fingerprint uint64
	traits      traits
	change      change // whose doing it is that it is Modified
}

// assess compares the objects about which something changed. Comparing happens
// elsewhere; there is one round at a time in each environment.
func (e *Engine) assess(env *environment) {
	if env.assessing || env.desired == nil || !env.live.Ready || len(env.stale) == 0 {
		return
	}
	l := env.link.Load()
	questions := make([]*question, 0, len(env.stale))
	for id := range env.stale {
		q := &question{id: id, want: env.desired.objects[id], live: l.view.Get(id)}
		if o := env.objects[id]; o != nil {
			q.judgment = o.judgment
		}
		questions = append(questions, q)
	}
	clear(env.stale)
	env.assessing = true
	e.start(func() {
		findings := compareAll(questions)
		e.post(func() {
			env.assessing = false
			e.conclude(env, findings)
			e.assess(env)
		})
	})
}

// compareAll answers the questions on all processors.
func compareAll(questions []*question) []finding {
	findings := make([]finding, len(questions))
	var g errgroup.Group
	workers := min(runtime.GOMAXPROCS(0), len(questions)/32+1)
	for w := range workers {
		g.Go(func() error {
			for i := w; i < len(questions); i += workers {
				findings[i] = compare(questions[i])
			}
			return nil
		})
	}
	_ = g.Wait() // nothing returns an error
	return findings
}

// compare answers one question without asking anybody.
func compare(q *question) finding {
	f := finding{question: q}
	var want, live *unstructured.Unstructured
	if q.want != nil {
		want = q.want.manifest()
	}
	if q.live != nil {
		live = q.live.Object()
	}
	f.traits = traitsOf(want, live)
	switch {
	case q.want != nil && q.want.ignore:
		f.drift = DriftSynced // there or not
		return f
	case q.live == nil && q.want == nil:
		return f
	case q.live == nil:
		f.drift = DriftMissing
		return f
	}
	// Without the label it would not be found once Git no longer names it.
	f.managed = q.live.Applied && q.live.Member
	if q.want == nil {
		// The label alone does not make an object ours: controllers copy labels
		// from a Service to its Endpoints, for one.
		if f.managed && !controlled(live) {
			f.drift = DriftExtra
		}
		return f
	}
	effective := drift.Effective(want, q.want.ignoreFields, live)
	switch drift.Compare(effective, live) {
	case drift.Same:
		f.drift = DriftSynced
	case drift.Differs:
		f.drift = DriftModified
		f.change = lastChange(drift.Fields(effective, live, nil))
	default:
		f.fingerprint = fingerprint(live)
		f.drift, f.unsure = DriftModified, true
		if j := q.judgment; j.made && j.want == q.want.hash && j.fingerprint == f.fingerprint {
			f.unsure, f.refused, f.change = false, j.refused, j.change
			if !j.differs {
				f.drift = DriftSynced
			}
		}
	}
	return f
}

// controlled tells whether another object's controller owns the object.
func controlled(o *unstructured.Unstructured) bool {
	for _, ref := range o.GetOwnerReferences() {
		if ref.Controller != nil && *ref.Controller {
			return true
		}
	}
	return false
}

// fingerprint identifies what a dry-run's answer depends on: everything but
// the status and the server's bookkeeping.
func fingerprint(o *unstructured.Unstructured) uint64 {
	pruned := make(map[string]any, len(o.Object))
	for k, v := range o.Object {
		if k != "status" {
			pruned[k] = v
		}
	}
	if meta, ok := o.Object["metadata"].(map[string]any); ok {
		kept := make(map[string]any, len(meta))
		for k, v := range meta {
			if k != "resourceVersion" && k != "generation" && k != "managedFields" {
				kept[k] = v
			}
		}
		kept["managedFields"] = ownership(o)
		pruned["metadata"] = kept
	}
	h := fnv.New64a()
	// What was decoded from JSON encodes again, with its keys sorted.
	_ = json.NewEncoder(h).Encode(pruned)
	return h.Sum64()
}

// ownership is who owns which fields, without the times and without the status.
func ownership(o *unstructured.Unstructured) []any {
	var owners []any
	for _, m := range o.GetManagedFields() {
		if m.Subresource != "status" && m.FieldsV1 != nil {
			owners = append(owners, m.Manager, string(m.Operation), m.Subresource, m.FieldsV1.GetRawString())
		}
	}
	return owners
}

// conclude takes in what a round of comparing found, and sends what is not
// certain to the server.
func (e *Engine) conclude(env *environment, findings []finding) {
	l := env.link.Load()
	now := time.Now()
	var doubts []*question
	for i := range findings {
		f := &findings[i]
		if env.desired.objects[f.id] != f.want {
			env.stale[f.id] = struct{}{} // Git has moved on meanwhile
			continue
		}
		o := env.objects[f.id]
		if o != nil && o.expected.pending(f.live, now) {
			env.wake(o.expected.until)
			continue
		}
		delete(env.behind, f.id)
		if f.drift == "" {
			delete(env.objects, f.id)
			continue
		}
		if o == nil {
			o = &object{}
			env.objects[f.id] = o
		}
		o.expected = expectation{}
		o.want, o.live, o.judging, o.unanswered = f.want, f.live, nil, false
		if !o.traits.same(f.traits) {
			o.traits = f.traits
		}
		o.change = f.change
		if f.unsure {
			o.judging = f.question
			doubts = append(doubts, f.question)
			if o.shown != nil && (o.shown.Drift == DriftSynced || o.shown.Drift == DriftModified) {
				// What was true until now, until the answer is there.
				f.drift, o.change = o.shown.Drift, change{o.shown.ChangedBy, o.shown.ChangedAt}
			} else {
				f.drift = DriftPending
			}
		}
		e.show(env, o, f.drift, f.managed, f.refused)
	}
	e.changed(env)
	if len(doubts) > 0 {
		env.judging += len(doubts)
		e.start(func() { e.judge(env, l, doubts) })
	}
}

// judge asks the server what an apply would change, object by object.
func (e *Engine) judge(env *environment, l *link, doubts []*question) {
	var g errgroup.Group
	g.SetLimit(judgesAtOnce)
	for _, q := range doubts {
		g.Go(func() error {
			j, err := putToServer(e.ctx, l, q)
			e.post(func() { e.judged(env, q, j, err) })
			return nil
		})
	}
	_ = g.Wait() // nothing returns an error
}

// putToServer has the server answer one question.
func putToServer(ctx context.Context, l *link, q *question) (judgment, error) {
	live := q.live.Object()
	j := judgment{made: true, want: q.want.hash, fingerprint: fingerprint(live)}
	answer, err := dryRun(ctx, l, q.want, live, q.live)
	var refusal *kube.ObjectError
	switch {
	case errors.As(err, &refusal) && !refusal.Retry:
		j.differs, j.refused = true, refusal.Message
		return j, nil
	case err != nil:
		return j, err
	}
	if j.differs = drift.Judge(live, answer) == drift.Differs; j.differs {
		effective := drift.Effective(q.want.manifest(), q.want.ignoreFields, live)
		j.change = lastChange(drift.Fields(effective, live, answer))
	}
	return j, nil
}

// dryRun asks the server what the object would be after an apply.
func dryRun(ctx context.Context, l *link, w *wanted, live *unstructured.Unstructured, known *kube.Live) (*unstructured.Unstructured, error) {
	effective := drift.Effective(w.manifest(), w.ignoreFields, live)
	l.set.Stamp(effective)
	return l.cluster.Apply(ctx, effective, kube.ApplyOptions{DryRun: true, Live: known})
}

// judged takes in the server's answer, unless the question is no longer asked.
func (e *Engine) judged(env *environment, q *question, j judgment, err error) {
	env.judging--
	e.changed(env)
	o := env.objects[q.id]
	if o == nil || o.judging != q {
		return
	}
	o.judging = nil
	state := DriftSynced
	switch {
	case err != nil:
		// Not known is shown as a difference, and asked again later.
		state = DriftModified
		o.unanswered = true
		o.retry.later(time.Now())
		env.wake(o.retry.at)
		e.show(env, o, state, o.managed(), fmt.Sprintf("the server could not be asked: %v", err))
		return
	case j.differs:
		state = DriftModified
	}
	o.judgment, o.change = j, j.change
	e.show(env, o, state, o.managed(), j.refused)
}

// managed is what the last comparison found about who applied the object.
func (o *object) managed() bool { return o.shown != nil && o.shown.Managed }

// show makes what readers see of an object. What says the same as before stays
// the same, so that readers can tell by the pointer.
func (e *Engine) show(env *environment, o *object, d Drift, managed bool, refused string) {
	if s := e.describe(env, o, d, managed, refused); o.shown == nil || !reflect.DeepEqual(o.shown, s) {
		o.shown = s
	}
}

func (e *Engine) describe(env *environment, o *object, d Drift, managed bool, refused string) *Object {
	s := &Object{Drift: d, Managed: managed, Application: o.traits.application, Containers: o.traits.containers}
	if d == DriftModified {
		s.ChangedBy, s.ChangedAt = o.change.by, o.change.at
	}
	if o.want != nil {
		s.ID, s.Version = o.want.id, o.want.gvk.Version
		s.File, s.Line, s.Ignored = o.want.file, o.want.line, o.want.ignore
	}
	if o.live != nil {
		s.ID, s.Version = o.live.ID, o.live.GVK.Version
		s.Health, s.Message = o.live.Health, o.live.Message
	} else {
		s.Health = kube.Missing
	}
	if s.Health == kube.Healthy && len(s.Containers) > 0 && o.expected.pending(o.live, time.Now()) {
		s.Health = kube.Progressing // it was well before it was written
	}
	if s.Ignored {
		return s
	}
	switch {
	case env.claimed[s.ID] != "":
		s.Failed = true
		s.Message = fmt.Sprintf("environment %s claims it too: name it in one of them only", env.claimed[s.ID])
	case o.live != nil && o.live.OtherSet != "" && o.want != nil:
		s.Failed = true
		s.Message = fmt.Sprintf("it belongs to %s: remove it there before it can be applied here", o.live.OtherSet)
	case env.live.Kinds[s.ID.GroupKind()] != nil && o.live == nil:
		s.Failed, s.Message = o.retry.refused != "", env.live.Kinds[s.ID.GroupKind()].Error()
	case refused != "":
		s.Failed, s.Message = true, refused
	case o.retry.refused != "" && d != DriftSynced:
		s.Failed, s.Message = true, o.retry.refused
	}
	return s
}
