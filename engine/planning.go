package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/evenkeel/evenkeel/engine/drift"
	"github.com/evenkeel/evenkeel/engine/internal/holds"
	"github.com/evenkeel/evenkeel/kube"
)

// fabric is what a plan is made of: the two sides it was computed from.
type fabric struct {
	env     *environment
	link    *link
	desired *desired
	items   []item

	// What a commit is made of: the images and their new tags, and the images to
	// hold or to release.
	orders  []order
	files   []copied // that a promotion copies whole
	hold    []holds.Hold
	release []string
	back    *comeback // what a rollback goes back to; nil for everything else
	// abreast is set when the sync that follows the commit brings all that Git has
	// changed since the cluster took it last.
	abreast bool
	agreed  agreement
}

// Plan computes what a request would do. Nothing is changed, neither in Git
// nor in a cluster.
func (e *Engine) Plan(ctx context.Context, r Request) (*Plan, error) {
	env, err := e.find(r.Environment)
	if err != nil {
		return nil, err
	}
	if r.By == "" {
		r.By = e.opts.By
	}
	p := &Plan{Request: r, Protected: env.spec.Protected, fabric: &fabric{env: env, link: env.link.Load()}}
	if err := p.maySignOff(); err != nil {
		return nil, err
	}
	switch r.Action {
	case ActionSync:
		err = e.planSync(ctx, p)
	case ActionApprove, ActionUpdate:
		err = e.planImages(ctx, p)
	case ActionHold, ActionRelease:
		err = e.planHolds(ctx, p)
	case ActionPromote:
		err = e.planPromotion(ctx, p)
	case ActionRollback:
		err = e.planRollback(ctx, p)
	case ActionSuspend, ActionResume:
		askErr := e.ask(ctx, func() {
			p.BaseRevision = string(e.repo.head)
			if p.fabric.link == nil {
				err = fmt.Errorf("%w: %s", ErrNotReady, env.linkErr)
			}
		})
		err = errors.Join(askErr, err)
	default:
		return nil, fmt.Errorf("there is no action %q", r.Action)
	}
	if err != nil {
		return nil, fmt.Errorf("plan to %s %s: %w", r.Action, r.Environment, err)
	}
	return p, nil
}

// planSync plans to make live equal to Git.
func (e *Engine) planSync(ctx context.Context, p *Plan) error {
	f := p.fabric
	var waiting []Change
	var doubts []*question
	err := e.whenSettled(ctx, f.env, func() {
		p.Gates = e.gates(f.env, p.TakeOver)
		p.BrokenRevision, p.Problems = string(f.env.broken), f.env.problems
		p.owns = e.foreign(f.env) != ""
		f.desired, f.link = f.env.desired, f.env.link.Load() // it may have come while this waited
		f.items, waiting = e.everything(f.env, p.Prune)
		p.Contested = f.env.contestants()
		p.Unchanged = len(f.desired.objects) - countApplied(f.items) - len(p.Contested)
	})
	if err != nil {
		return err
	}
	p.BaseRevision = string(f.desired.revision)
	if p.Revision != "" {
		if doubts, err = e.planRevision(ctx, p); err != nil {
			return err
		}
		waiting, p.Contested = nil, nil
	}
	if len(p.Objects) > 0 {
		p.Contested = slices.DeleteFunc(p.Contested, func(c Change) bool { return !slices.Contains(p.Objects, c.ID) })
		f.items = slices.DeleteFunc(f.items, func(it item) bool { return !slices.Contains(p.Objects, it.id) })
		waiting = slices.DeleteFunc(waiting, func(c Change) bool { return !slices.Contains(p.Objects, c.ID) })
	}
	if len(p.Objects) > 0 {
		p.Unchanged = len(p.Objects) - len(f.items) - len(waiting) - len(p.Contested)
	}
	p.Changes, err = f.describe(ctx)
	if err != nil {
		return err
	}
	p.settleDoubts(doubts)
	for i := range waiting {
		// What would go is shown as it is now.
		if live := f.link.view.Get(waiting[i].ID); live != nil {
			waiting[i].texts(nil, live.Object(), nil)
		}
	}
	p.Waiting = waiting
	return nil
}

// whenSettled runs f in the engine's goroutine once all that can be known of
// the environment is known, or returns ErrNotReady with the reason why it
// cannot be.
func (e *Engine) whenSettled(ctx context.Context, env *environment, f func()) error {
	return e.when(ctx, func() (done bool, reason string) {
		if reason = e.unreadable(env); reason == "" && e.settled(env) {
			f()
			return true, ""
		}
		return false, reason
	})
}

// when calls look in the engine's goroutine, whenever something has changed,
// until it is done. With a reason why that cannot come it returns ErrNotReady.
func (e *Engine) when(ctx context.Context, look func() (done bool, reason string)) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for range e.Subscribe(ctx) {
		done, reason := false, ""
		if err := e.ask(ctx, func() { done, reason = look() }); err != nil {
			return err
		}
		switch {
		case done:
			return nil
		case reason != "":
			return fmt.Errorf("%w: %s", ErrNotReady, reason)
		}
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: it is still being read: %w", ErrNotReady, err)
	}
	return errEnded
}

// unreadable says why an environment cannot be planned for, or "".
func (e *Engine) unreadable(env *environment) string {
	switch {
	case env.linkErr != "":
		return env.linkErr
	case e.repo.head == "" && e.repo.err != "":
		return e.repo.err
	case env.desired == nil && len(env.problems) > 0:
		return env.problems[0]
	case env.live.Err != nil:
		return env.live.Err.Error()
	case env.live.RecordErr != nil:
		return env.live.RecordErr.Error()
	}
	return ""
}

// everything lists what a sync without any narrowing would do; approved lets
// the deletions go that otherwise wait for a person.
func (e *Engine) everything(env *environment, approved bool) ([]item, []Change) {
	var items []item
	for id, o := range env.objects {
		if it, ok := env.correction(id, o); ok {
			items = append(items, it)
		}
	}
	deletions, waiting := e.deletions(env)
	items = append(items, deletions...)
	if approved && env.broken == "" {
		for _, c := range waiting {
			items = append(items, item{id: c.ID, operation: Delete, live: env.objects[c.ID].live, reason: c.Reason})
		}
		waiting = nil
	}
	slices.SortFunc(items, func(a, b item) int { return a.id.Compare(b.id) })
	return items, waiting
}

func countApplied(items []item) int {
	n := 0
	for _, it := range items {
		if it.operation != Delete {
			n++
		}
	}
	return n
}

// planRevision replaces what the plan is made of by what it would be at
// another revision. Objects about which only the server can say whether they
// differ are among the items, and returned.
func (e *Engine) planRevision(ctx context.Context, p *Plan) ([]*question, error) {
	f := p.fabric
	mirror, err := e.mirror()
	if err != nil {
		return nil, err
	}
	rev, err := mirror.Resolve(ctx, p.Revision)
	if err != nil {
		return nil, err
	}
	f.desired, err = e.renderEnvironment(ctx, f.env, rev)
	if err != nil {
		return nil, err
	}
	p.BaseRevision = string(rev)
	var doubts []*question
	f.items, doubts = f.differences(f.desired)
	p.Unchanged = len(f.desired.objects) - countApplied(f.items)
	return doubts, nil
}

// differences lists what would make live equal to another desired state. Objects
// about which only the server can say whether they differ are among the items,
// and returned.
func (f *fabric) differences(d *desired) ([]item, []*question) {
	var questions []*question
	for id, w := range d.objects {
		questions = append(questions, &question{id: id, want: w, live: f.link.view.Get(id)})
	}
	for _, id := range f.link.view.IDs() {
		if d.objects[id] == nil {
			questions = append(questions, &question{id: id, live: f.link.view.Get(id)})
		}
	}
	var items []item
	var doubts []*question
	for _, finding := range compareAll(questions) {
		it := item{id: finding.id, want: finding.want, live: finding.live, operation: Update}
		switch finding.drift {
		case DriftMissing:
			it.operation = Create
		case DriftExtra:
			it.operation = Delete
		case DriftModified:
			if finding.unsure {
				doubts = append(doubts, finding.question)
			}
		default:
			continue
		}
		if it.want == nil || !it.want.ignore {
			items = append(items, it)
		}
	}
	slices.SortFunc(items, func(a, b item) int { return a.id.Compare(b.id) })
	return items, doubts
}

// settleDoubts drops the changes that turned out to be none.
func (p *Plan) settleDoubts(doubts []*question) {
	unsure := make(map[ID]bool, len(doubts))
	for _, q := range doubts {
		unsure[q.id] = true
	}
	before := len(p.Changes)
	p.Changes = slices.DeleteFunc(p.Changes, func(c Change) bool {
		return unsure[c.ID] && !c.Refused && len(c.Fields) == 0
	})
	p.Unchanged += before - len(p.Changes)
}

// describe says what each item changes; the server is asked for what it would
// make of every update.
func (f *fabric) describe(ctx context.Context) ([]Change, error) {
	changes := make([]Change, len(f.items))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(judgesAtOnce)
	for i := range f.items {
		g.Go(func() (err error) {
			changes[i], err = f.change(ctx, &f.items[i])
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return changes, nil
}

// change describes one item.
func (f *fabric) change(ctx context.Context, it *item) (Change, error) {
	c := f.outline(it)
	if it.operation != Update {
		return c, nil
	}
	live := it.live.Object()
	answer, err := dryRun(ctx, f.link, it.want, live, it.live)
	var refusal *kube.ObjectError
	switch {
	case kube.ReasonOf(err) == kube.Unreachable:
		return c, fmt.Errorf("ask the server about %s: %w", it.id, err)
	case errors.As(err, &refusal):
		c.Refused, c.Reason = true, refusal.Message
	case err != nil:
		return c, fmt.Errorf("ask the server about %s: %w", it.id, err)
	}
	c.update(it, live, answer)
	return c, nil
}

// outline says of a change what takes no question.
func (f *fabric) outline(it *item) Change {
	c := Change{Environment: f.env.spec.Name, ID: it.id, Operation: it.operation}
	if it.want != nil {
		c.File, c.Line = it.want.file, it.want.line
	}
	switch it.operation {
	case Create:
		c.texts(it.want.manifest(), nil, nil)
	case Delete:
		c.Reason = it.reason
		c.texts(nil, it.live.Object(), nil)
	}
	return c
}

// update says what an update changes. The answer is what the server would make
// of it; without one, that is foretold.
func (c *Change) update(it *item, live, answer *unstructured.Unstructured) {
	effective := drift.Effective(it.want.manifest(), it.want.ignoreFields, live)
	for _, field := range drift.Fields(effective, live, answer) {
		c.Fields = append(c.Fields, FieldChange{Field: field})
	}
	c.texts(effective, live, answer)
	if len(c.Fields) == 0 && !c.Refused && !(it.live.Applied && it.live.Member) {
		c.Reason = "not applied by evenkeel before: it takes the object over"
	}
}

// texts shows the difference from live to desired; either may be nil.
func (c *Change) texts(desired, live, answer *unstructured.Unstructured) {
	c.Desired, c.Live = drift.Diff(desired, live, answer)
	c.Diff = drift.Unified(c.ID.String(), c.Live, c.Desired)
}

// Execute does exactly what the plan shows, or refuses: with ErrStale when what
// it was computed from has changed, with ErrBusy while something else runs in
// the environment. report, which may be nil, is called for each step, one at a
// time. An error says that nothing was done; what went wrong while doing is in
// the outcome.
func (e *Engine) Execute(ctx context.Context, p *Plan, report func(Step)) (Outcome, error) {
	var err error
	switch p.Action {
	case ActionSuspend, ActionResume:
		return e.suspend(ctx, p)
	case ActionApprove, ActionUpdate, ActionHold, ActionRelease, ActionPromote, ActionRollback:
		return e.commitAndSync(ctx, p, report)
	case ActionSync:
		if p.Revision != "" {
			return Outcome{}, fmt.Errorf("revision %s can be looked at, but not synced: the environment follows the branch", p.Revision)
		}
		for _, g := range p.Gates {
			if !g.Met {
				return Outcome{}, fmt.Errorf("%w: %s: %s", ErrGate, g.Name, g.Reason)
			}
		}
		if err = p.fabric.moved(); err != nil {
			return Outcome{}, err
		}
	}
	var x *execution
	if askErr := e.ask(ctx, func() { x, err = e.enter(p) }); askErr != nil {
		return Outcome{}, askErr
	}
	if err != nil {
		return Outcome{}, err
	}
	return e.execute(ctx, x, report), nil
}

// enter begins the execution of a plan if Git still says what it said.
func (e *Engine) enter(p *Plan) (*execution, error) {
	env := p.fabric.env
	if env.running != nil {
		return nil, fmt.Errorf("%w in %s since %s", ErrBusy, env.spec.Name, env.running.started.Format("15:04:05"))
	}
	if env.desired == nil {
		return nil, ErrNotReady
	}
	if e.repo.fetchedAt.IsZero() {
		return nil, fmt.Errorf("%w: what Git says now is not known: %s", ErrNotReady, e.repo.err)
	}
	for _, it := range p.fabric.items {
		if it.operation == Delete && env.broken != "" {
			return nil, fmt.Errorf("%w: the head cannot be rendered, so whether it names %s is not known", ErrStale, it.id)
		}
		now := env.desired.objects[it.id]
		if (now == nil) != (it.want == nil) || now != nil && now.hash != it.want.hash {
			return nil, fmt.Errorf("%w: %s has changed in Git since %.7s", ErrStale, it.id, p.BaseRevision)
		}
	}
	x := e.begin(env, p.Action, p.By, p.fabric.items)
	x.owns, x.stays = p.owns, p.Wait
	return x, nil
}

// moved returns ErrStale when an object in the cluster is no longer what the
// plan was computed from. A new status is not a change.
func (f *fabric) moved() error {
	for _, it := range f.items {
		now := f.link.view.Get(it.id)
		switch {
		case now == nil && it.live == nil:
		case now == nil || it.live == nil || now.UID != it.live.UID,
			now.ResourceVersion != it.live.ResourceVersion && fingerprint(now.Object()) != fingerprint(it.live.Object()):
			return fmt.Errorf("%w: %s has changed in the cluster", ErrStale, it.id)
		}
	}
	return nil
}
