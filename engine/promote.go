package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/evenkeel/evenkeel/registry"
)

// planPromotion plans to give images the tags that run where the environment
// promotes from: what is live and healthy there, not only what Git says.
func (e *Engine) planPromotion(ctx context.Context, p *Plan) error {
	verdicts, err := e.survey(ctx, p)
	if err != nil || len(p.fabric.orders)+len(p.fabric.files) == 0 {
		return err // or what is left says why
	}
	return e.composePlan(ctx, p, verdicts)
}

// survey finds what can be promoted, and which gates there are before it is asked
// what the server would say.
func (e *Engine) survey(ctx context.Context, p *Plan) (map[*use]verdict, error) {
	f := p.fabric
	if f.env.spec.PromotesFrom == "" {
		return nil, fmt.Errorf("%s promotes from no environment: name one with promotesFrom in evenkeel.yaml", f.env.spec.Name)
	}
	source, err := e.find(f.env.spec.PromotesFrom)
	if err != nil {
		return nil, err
	}
	var s sourceState
	var verdicts map[*use]verdict
	if err := e.whenSettled(ctx, source, func() { s = sourceOf(source) }); err != nil {
		return nil, fmt.Errorf("%s: %w", source.spec.Name, err)
	}
	if err := e.whenRendered(ctx, f.env, func() bool { f.desired, verdicts = f.env.desired, f.env.verdicts; return true }); err != nil {
		return nil, err
	}
	p.Source, p.SourceRevision = source.spec.Name, s.applied
	memory := e.remembering(ctx, p)
	for _, u := range f.desired.uses {
		c, there := s.candidate(f.desired, u)
		if !there {
			continue
		}
		if c.reason == "" && p.automatic {
			c.reason = memory.refrains(&s, u, c.order.to)
		}
		update := c.order.update()
		if picked := p.picks(u); c.reason == "" && !picked {
			c.reason = "not picked"
		} else if picked && len(p.Images) > 0 && !c.impossible {
			c.reason, c.order.chosen = "", true // a person wants it: the gates say what speaks against it
		}
		if c.reason != "" {
			update.Reason = c.reason
			p.Left = append(p.Left, update)
			continue
		}
		f.orders = append(f.orders, c.order)
		if image, err := e.imageOf(ctx, f.env, u, c.order.to.Tag); err == nil {
			update.know(image)
		}
		if v := verdicts[u]; v.allowed == c.order.to.Tag {
			update.Behind = v.behind
		}
		update.Differs = s.differs(u)
		p.Updates = append(p.Updates, update)
	}
	if len(p.Images) == 0 {
		p.leaveTogether()
	}
	e.askSource(ctx, f.env, p.Updates)
	e.askSource(ctx, f.env, p.Left)
	p.OnlyInSource = s.only(f.desired)
	if err := e.planFiles(ctx, p, source, &s); err != nil {
		return nil, err
	}
	if len(f.orders)+len(f.files) == 0 {
		if len(p.Left) > 0 || p.copyable() {
			p.BaseRevision = string(f.desired.revision)
			return nil, nil
		}
		return nil, fmt.Errorf("%w: %s", ErrNothing, s.nothing(p.Environment, p.OnlyInSource))
	}
	p.Gates = append(e.promotionGates(f, &s, p.Updates), f.fileGates(p, s.desired)...)
	return verdicts, nil
}

// picks tells whether a promotion is to bring an image. Without picks it brings
// all that it can, unless it is asked for files alone.
func (p *Plan) picks(u *use) bool {
	return len(p.Images)+len(p.Request.Files) == 0 || slices.ContainsFunc(p.Images, func(pick ImagePick) bool {
		if pick.Repository != "" {
			return pick.Repository == u.repository()
		}
		return pick.Object == u.object && (pick.Container == "" || pick.Container == u.container)
	})
}

// sourceState is how the environment that a promotion comes from stands.
type sourceState struct {
	name    string
	applied string
	health  Health
	syncing bool
	desired *desired
	objects []*Object
	// verification is nil when the environment names none.
	verification *Verification
}

func sourceOf(env *environment) sourceState {
	s := sourceState{name: env.spec.Name, applied: env.appliedRevision(), health: env.health(), syncing: env.running != nil, desired: env.desired, verification: env.verification()}
	for _, o := range env.objects {
		if o.shown != nil && len(o.shown.Containers) > 0 {
			s.objects = append(s.objects, o.shown)
		}
	}
	slices.SortFunc(s.objects, func(a, b *Object) int { return a.ID.Compare(b.ID) })
	return s
}

// counterpart is the workload of the source that one of the target comes from:
// that of the same kind and name, whatever its namespace is called there.
func (s *sourceState) counterpart(id ID) *Object {
	var found *Object
	for _, o := range s.objects {
		if o.GroupKind() != id.GroupKind() || o.Name != id.Name {
			continue
		}
		if o.Namespace == id.Namespace {
			return o
		}
		if found != nil {
			return nil // two of that name: nobody can tell which
		}
		found = o
	}
	return found
}

// only lists the workloads of the source that the target lacks.
func (s *sourceState) only(target *desired) []ID {
	var only []ID
	for _, o := range s.objects {
		here := false
		for id := range target.objects {
			here = here || id.GroupKind() == o.GroupKind() && id.Name == o.Name
		}
		if !here {
			only = append(only, o.ID)
		}
	}
	return only
}

// nothing says why there is no image to promote.
func (s *sourceState) nothing(target string, only []ID) string {
	text := fmt.Sprintf("%s names what runs in %s already", target, s.name)
	if len(s.objects) == len(only) {
		text = fmt.Sprintf("nothing runs in %s that %s has too", s.name, target)
	}
	if len(only) > 0 {
		text += fmt.Sprintf("; only %s has %s", s.name, nameSome(only))
	}
	return text
}

// candidate is an image that could be promoted.
type candidate struct {
	order      order
	reason     string // why it is not, unless a person picks it
	impossible bool
}

// candidate compares an image of the target with what runs in the source. It is
// false when there is nothing to promote.
func (s *sourceState) candidate(target *desired, u *use) (candidate, bool) {
	o := s.counterpart(u.object)
	if o == nil || u.wrong != "" {
		return candidate{}, false
	}
	i := slices.IndexFunc(o.Containers, func(c Container) bool { return c.Name == u.container && c.Init == u.init })
	if i < 0 || o.Containers[i].Live == "" {
		return candidate{}, false
	}
	live, err := registry.ParseReference(o.Containers[i].Live)
	if err != nil || live.Repository != u.ref.Repository {
		return candidate{}, false
	}
	if live.Tag == u.ref.Tag && (live.Digest == u.ref.Digest || live.Digest == "" || u.ref.Digest == "") {
		return candidate{}, false
	}
	c := candidate{order: order{useKey: u.useKey, from: u.image, to: live}}
	if u.ref.Digest == "" {
		c.order.to.Digest = ""
	}
	switch hold := target.holdOn(u); {
	case u.ref.Digest != "" && live.Digest == "":
		c.reason, c.impossible = "it is pinned to a digest here, and not in "+s.name, true
	case hold != nil:
		c.reason = "held" + hold.text()
	case o.Health != Healthy:
		c.reason = fmt.Sprintf("it is %s in %s%s", o.Health, s.name, because(o.Message))
	case o.Containers[i].Desired != o.Containers[i].Live:
		c.reason = fmt.Sprintf("%s runs it, but Git names %s there", s.name, writtenTag(o.Containers[i].Desired))
	}
	return c, true
}

func writtenTag(image string) string {
	if ref, err := registry.ParseReference(image); err == nil {
		return tagOf(ref)
	}
	return image
}

// maxDiffers is how many differences between two environments are told of one
// workload.
const maxDiffers = 12

// differs tells in which fields, besides their images, a workload differs from
// its counterpart.
func (s *sourceState) differs(u *use) []string {
	o := s.counterpart(u.object)
	if o == nil || s.desired.objects[o.ID] == nil {
		return nil
	}
	var l leaves
	l.compare(s.desired.objects[o.ID].manifest().Object["spec"], u.want.manifest().Object["spec"], "spec")
	var told []string
	for _, leaf := range l {
		if strings.HasSuffix(leaf.path, ".image") {
			continue
		}
		told = append(told, fmt.Sprintf("%s: %s there, %s here", leaf.path, brief(leaf.before), brief(leaf.after)))
	}
	slices.Sort(told)
	if more := len(told) - maxDiffers; more > 0 {
		told = append(told[:maxDiffers], plural(more, "more field"))
	}
	return told
}

// outrun says why a promotion is no longer what was shown: the source runs
// something else by now.
func (e *Engine) outrun(ctx context.Context, p *Plan) error {
	source, err := e.find(p.Source)
	if err != nil {
		return err
	}
	var s sourceState
	if err := e.ask(ctx, func() {
		if source.desired == nil {
			err = fmt.Errorf("%w: %s cannot be read", ErrStale, p.Source)
			return
		}
		s = sourceOf(source)
	}); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	if err := p.stillGood(s); err != nil {
		return err
	}
	for _, order := range p.fabric.orders {
		o := s.counterpart(order.object)
		runs := o != nil && slices.ContainsFunc(o.Containers, func(c Container) bool {
			return c.Name == order.container && sameImage(c.Live, order.to.Repository.String()+":"+order.to.Tag)
		})
		if !runs {
			return fmt.Errorf("%w: %s does not run %s of %s any more", ErrStale, p.Source, tagOf(order.to), order.object.Name)
		}
	}
	return e.outrunFiles(p, s.applied)
}

// stillGood says which gate the source does not meet any more that it met when it
// was planned. Every commit has it synced for a moment, which says nothing of it.
func (p *Plan) stillGood(s sourceState) error {
	s.syncing = false
	for _, g := range p.Gates {
		now := g
		switch {
		case g.Name == GateSourceHealthy:
			now = healthyGate(&s)
		case g.Name == GateVerified && s.verification != nil:
			now = verifiedGate(s.name, s.verification, time.Now())
		}
		if g.Met && !now.Met {
			return fmt.Errorf("%w: %s: %s", ErrGate, now.Name, now.Reason)
		}
	}
	return nil
}

// composePlan makes the commit of a plan and says what it would do.
func (e *Engine) composePlan(ctx context.Context, p *Plan, verdicts map[*use]verdict) error {
	f := p.fabric
	if err := p.override(); err != nil { // what is passed over stands in the message
		return err
	}
	d, err := e.compose(ctx, p, f.desired.revision)
	if err != nil {
		return err
	}
	p.BaseRevision = string(f.desired.revision)
	p.Commit, p.Changes, p.Shared, p.Branch = d.commit, d.changes, d.shared, d.branch
	p.Gates = append(p.Gates, p.pullRequestGate(d)...)
	if err := e.agreed(p, d); err != nil {
		return err
	}
	for _, o := range d.along {
		p.Updates = append(p.Updates, e.describeUpdate(ctx, f, o, verdicts))
		p.Left = slices.DeleteFunc(p.Left, func(u ImageUpdate) bool { return u.Object == o.object && u.Container == o.container })
	}
	p.Sync = p.Sync && p.Commit != nil && !p.SignOff && f.env.spec.Changes != ChangePullRequest && !e.auto(f.env)
	if p.Sync {
		err = e.planFollowing(ctx, p, d)
	}
	if err == nil {
		err = e.askServer(ctx, p, d)
	}
	if err == nil {
		p.accepted()
	}
	if p.SignOff {
		p.Gates = nil // they are asked of whoever makes the change
	}
	return err
}

// askServer has the server of the environment judge what the commit would bring,
// before it is made: admission, quota and schema. Of what a sync changes it was
// asked already.
func (e *Engine) askServer(ctx context.Context, p *Plan, d *draft) error {
	env := p.fabric.env
	l := env.link.Load()
	readable := false
	if err := e.ask(ctx, func() { readable = e.readable(env) }); err != nil {
		return err
	}
	if l == nil || !readable || d.after == nil {
		return nil
	}
	var g errgroup.Group
	g.SetLimit(judgesAtOnce)
	for i := range p.Changes {
		c := &p.Changes[i]
		w := d.after.objects[c.ID]
		if c.Environment != env.spec.Name || c.Operation == Delete || w == nil || w.ignore || p.Sync && c.Operation == Update {
			continue
		}
		g.Go(func() error {
			c.Reason = d.after.foretell(ctx, l, w, p.fabric.desired.objects[c.ID] == nil)
			c.Refused = c.Reason != ""
			return nil
		})
	}
	_ = g.Wait() // nothing returns an error
	return ctx.Err()
}

// accepted adds the gate that is met when the server would take every object.
func (p *Plan) accepted() {
	if len(p.Changes) == 0 {
		return
	}
	refusals, first := 0, ""
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Refused {
			if refusals++; refusals == 1 {
				first = fmt.Sprintf("%s: %s", c.ID, c.Reason)
			}
		}
	}
	g := Gate{Name: GateAccepted, Met: refusals == 0}
	if refusals > 0 {
		g.Reason = fmt.Sprintf("the server refuses %s; %s", plural(refusals, "object"), first)
	}
	p.Gates = append(p.Gates, g)
}

// override marks the gates that the request passes over.
func (p *Plan) override() error {
	for _, name := range p.Override {
		i := slices.IndexFunc(p.Gates, func(g Gate) bool { return g.Name == name })
		switch {
		case i < 0 || p.Gates[i].Met:
			continue // nothing to pass over
		case !slices.Contains(overridable, name):
			return fmt.Errorf("%w: %s cannot be overridden: %s", ErrGate, name, p.Gates[i].Reason)
		case strings.TrimSpace(p.Reason) == "":
			return errors.New("overriding a gate needs a reason, which goes into the commit")
		}
		p.Gates[i].Overridden = true
	}
	return nil
}
