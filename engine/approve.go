package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/evenkeel/evenkeel/engine/imagepolicy"
	"github.com/evenkeel/evenkeel/registry"
)

// The names of the gates of an approval.
const (
	// GateNoHold is met by an image that nobody holds.
	GateNoHold = "no hold"
	// GateImageExists is met when the registry has the image, or had it when it
	// was last asked.
	GateImageExists = "image exists"
)

// order is an image that a plan gives another tag.
type order struct {
	useKey
	from   string // the image as it is rendered before
	to     registry.Reference
	chosen bool // a person asked for exactly this
	along  bool // written in the same place as one that was asked for
}

func (o order) update() ImageUpdate {
	from, _ := registry.ParseReference(o.from) // it was parsed before
	return ImageUpdate{
		Object: o.object, Container: o.container, Repository: o.to.Repository.String(),
		From: tagOf(from), To: tagOf(o.to), Along: o.along,
	}
}

// planImages plans to give images other tags.
func (e *Engine) planImages(ctx context.Context, p *Plan) error {
	f := p.fabric
	var verdicts map[*use]verdict
	var chosen []choice
	var wrong error
	err := e.whenRendered(ctx, f.env, func() bool {
		f.desired, verdicts = f.env.desired, f.env.verdicts
		chosen, wrong = choose(f.desired, p.Images, verdicts)
		if p.Action == ActionUpdate {
			// Something may have changed since it was decided.
			chosen = slices.DeleteFunc(chosen, func(c choice) bool { return !f.env.mayUpdate(c.use) })
			return true
		}
		return !slices.ContainsFunc(chosen, func(c choice) bool { return c.tag == "" && e.opts.Images && !verdicts[c.use].tried })
	})
	if err = errors.Join(err, wrong); err != nil {
		return err
	}
	if err := e.placeAll(ctx, p, chosen, verdicts); err != nil {
		return err
	}
	if len(f.orders) == 0 && !p.Hold {
		return fmt.Errorf("%w: Git names %s already", ErrNothing, plural(len(chosen), "image")+" as asked for")
	}
	if p.Hold {
		f.holdAlso(p, e.holder(p), chosen)
	}
	e.askSource(ctx, f.env, p.Updates)
	p.Gates = append(p.Gates, windowGates(f.env.spec, time.Now())...)
	return e.composePlan(ctx, p, verdicts)
}

// choice is an image that was picked, and the tag it is to have; empty is the
// newest allowed.
type choice struct {
	use *use
	tag string
}

// choose finds the images that were picked.
func choose(d *desired, picks []ImagePick, verdicts map[*use]verdict) ([]choice, error) {
	if len(picks) == 0 {
		return nil, fmt.Errorf("no image was picked")
	}
	var chosen []choice
	picked := map[*use]bool{}
	for _, pick := range picks {
		uses := d.uses
		if pick.Repository == "" {
			uses = d.of(pick.Object)
		}
		if pick.Tag != "" && pick.Container == "" && pick.Repository == "" && len(uses) > 1 {
			return nil, fmt.Errorf("%s has several containers: say for which one %s is", pick.Object, pick.Tag)
		}
		found := false
		for _, u := range uses {
			if pick.Repository != "" && u.repository() != pick.Repository || pick.Repository == "" && pick.Container != "" && u.container != pick.Container {
				continue
			}
			found = true
			if v := verdicts[u]; pick.Container == "" && pick.Tag == "" && v.tried && !v.update {
				continue // the others of the workload have nothing newer
			}
			if !picked[u] {
				picked[u] = true
				chosen = append(chosen, choice{u, pick.Tag})
			}
		}
		if !found {
			return nil, fmt.Errorf("%s has no image %s in Git", cmp.Or(pick.Repository, pick.Object.String()), pick.Container)
		}
	}
	return chosen, nil
}

// placesAtOnce bounds the images about which the registry is asked at the same
// time.
const placesAtOnce = 8

// placeAll says what the images are to be. It tells the first error in their
// order.
func (e *Engine) placeAll(ctx context.Context, p *Plan, chosen []choice, verdicts map[*use]verdict) error {
	placed := make([]placing, len(chosen))
	var g errgroup.Group
	g.SetLimit(placesAtOnce)
	for i, c := range chosen {
		g.Go(func() error {
			placed[i] = e.place(ctx, p.fabric, c, verdicts[c.use])
			return nil
		})
	}
	_ = g.Wait() // the errors are in the places
	for i, at := range placed {
		if at.err != nil {
			return at.err
		}
		p.Gates = append(p.Gates, at.gates...)
		if at.order.to == chosen[i].use.ref {
			continue // Git names it already
		}
		p.fabric.orders = append(p.fabric.orders, at.order)
		p.Updates = append(p.Updates, at.update)
	}
	return nil
}

// placing is what an image is to be, with what is known of it.
type placing struct {
	order  order
	update ImageUpdate
	gates  []Gate // that are not met
	err    error
}

func (e *Engine) place(ctx context.Context, f *fabric, c choice, v verdict) placing {
	u := c.use
	wrong := func(format string, args ...any) placing {
		return placing{err: fmt.Errorf("%s container %s: "+format, append([]any{u.object, u.container}, args...)...)}
	}
	if u.wrong != "" {
		return wrong("%s", u.wrong)
	}
	tag := c.tag
	if tag == "" {
		switch {
		case v.update:
			tag = v.allowed
		case v.reason != "":
			return wrong("there is no newer tag: %s", v.reason)
		default:
			return wrong("%w: nothing newer than %s is allowed", ErrNothing, tagOf(u.ref))
		}
	}
	if !imagepolicy.ValidTag(tag) {
		return wrong("%q is not a valid tag", tag)
	}
	at := placing{order: order{useKey: u.useKey, from: u.image, to: registry.Reference{Repository: u.ref.Repository, Tag: tag}, chosen: c.tag != ""}}
	if h := f.desired.holdOn(u); h != nil {
		at.gates = append(at.gates, Gate{Name: GateNoHold, Reason: fmt.Sprintf("%s of %s is held%s", u.container, u.object, h.text())})
	}
	pinned := u.ref.Digest != "" || u.pinDigest || f.env.spec.PinDigests
	image, err := e.imageOf(ctx, f.env, u, tag)
	switch {
	case refusedByRegistry(err):
		return wrong("%s has no tag %s: %w", u.repository(), tag, err)
	case err != nil && pinned:
		return wrong("the digest of %s:%s has to be known: %w", u.repository(), tag, err)
	case err != nil && image.Digest == "":
		at.gates = append(at.gates, Gate{Name: GateImageExists, Reason: err.Error()})
	}
	if pinned {
		at.order.to.Digest = image.Digest
	}
	at.update = at.order.update()
	at.update.know(image)
	if tag == v.allowed {
		at.update.Behind = v.behind
	}
	return at
}

func (u *ImageUpdate) know(image registry.Image) {
	u.Built, u.Source, u.Revision, u.Version, u.Size = image.Created, image.Source, image.Revision, image.Version, image.Size
	for _, p := range image.Platforms {
		u.Platforms = append(u.Platforms, p.String())
	}
}

// describeUpdate is what is known of an image that moves along.
func (e *Engine) describeUpdate(ctx context.Context, f *fabric, o order, verdicts map[*use]verdict) ImageUpdate {
	update := o.update()
	u := f.desired.find(o.useKey)
	if u == nil {
		return update // it is known by another identity since
	}
	if image, err := e.imageOf(ctx, f.env, u, o.to.Tag); err == nil {
		update.know(image)
	}
	if v := verdicts[u]; v.allowed == o.to.Tag {
		update.Behind = v.behind
	}
	return update
}

// imageOf asks the registry what a tag is. When it cannot be asked, what it said
// before comes with the error.
func (e *Engine) imageOf(ctx context.Context, env *environment, u *use, tag string) (registry.Image, error) {
	client := e.images.client.Load()
	if client == nil {
		return registry.Image{}, fmt.Errorf("registries are not asked")
	}
	ref := registry.Reference{Repository: u.ref.Repository, Tag: tag}
	var credentials []registry.Credentials
	if l := env.link.Load(); l != nil {
		// What is wrong with them shows when the registry refuses.
		credentials, _ = e.images.keyring.credentials(ctx, l.cluster, []pullSource{u.pull})
	}
	image, err := client.Image(ctx, ref, registry.Platform{}, credentials...)
	if err != nil {
		if last, known := client.LastImage(ref, registry.Platform{}); known && !refusedByRegistry(err) {
			return last, err
		}
	}
	return image, err
}

// text says who holds, and why.
func (h *Hold) text() string {
	text := ""
	if h.By != "" {
		text += " by " + h.By
	}
	if !h.Since.IsZero() {
		text += " since " + h.Since.Format("2006-01-02 15:04")
	}
	return text + because(h.Reason)
}

// askSource asks how new images fare where the environment's come from.
func (e *Engine) askSource(ctx context.Context, env *environment, updates []ImageUpdate) {
	source, err := e.find(env.spec.PromotesFrom)
	l := (*link)(nil)
	if err == nil {
		l = source.link.Load()
	}
	if l == nil {
		return
	}
	var running []*Object
	if e.ask(ctx, func() {
		for _, o := range source.objects {
			if o.shown != nil && len(o.shown.Containers) > 0 {
				running = append(running, o.shown)
			}
		}
	}) != nil {
		return
	}
	slices.SortFunc(running, func(a, b *Object) int { return a.ID.Compare(b.ID) })
	for i := range updates {
		u := &updates[i]
		want := u.Repository + ":" + u.To
		for _, o := range running {
			if o.Kind == u.Object.Kind && o.Name == u.Object.Name && runs(o, want) {
				u.Ran = ran(ctx, l, source, o, want)
			}
		}
	}
}

// runs tells whether a live workload has a container with that image.
func runs(o *Object, image string) bool {
	return slices.ContainsFunc(o.Containers, func(c Container) bool { return sameImage(c.Live, image) })
}

// sameImage compares two references that may be written in different ways.
func sameImage(a, b string) bool {
	x, errX := registry.ParseReference(a)
	y, errY := registry.ParseReference(b)
	return errX == nil && errY == nil && x.Repository == y.Repository && x.Tag == y.Tag
}

// ran looks at the pods that run an image.
func ran(ctx context.Context, l *link, source *environment, o *Object, image string) *Ran {
	pods, err := l.cluster.Pods(ctx, o.ID)
	if err != nil {
		return nil // the plan can do without
	}
	r := &Ran{Environment: source.spec.Name, Health: o.Health}
	for _, pod := range pods {
		has := false
		for _, c := range pod.Containers {
			if sameImage(c.Image, image) {
				has = true
				r.Restarts += c.Restarts
			}
		}
		if !has || pod.Deleting {
			continue
		}
		r.Pods++
		if pod.Ready {
			r.Ready++
		}
		if r.Since.IsZero() || pod.Created.Before(r.Since) {
			r.Since = pod.Created
		}
	}
	if r.Pods == 0 {
		return nil
	}
	return r
}
