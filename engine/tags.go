package engine

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/evenkeel/evenkeel/engine/imagepolicy"
	"github.com/evenkeel/evenkeel/registry"
)

// Candidates lists the tags that an image of an environment could be given, by
// what is known: no registry is asked.
func (e *Engine) Candidates(ctx context.Context, environment string, object ID, container string) (*Candidates, error) {
	env, err := e.find(environment)
	if err != nil {
		return nil, err
	}
	key := useKey{object, container}
	var u *use
	var k *known
	var shown *Image
	if err := e.ask(ctx, func() {
		if env.desired == nil {
			return
		}
		if u = env.desired.find(key); u != nil {
			k = e.images.known[u.ref.Repository]
			for _, image := range e.presentImages(env) {
				if image.Object == object && image.Container == container {
					shown = image
				}
			}
		}
	}); err != nil {
		return nil, err
	}
	if u == nil {
		return nil, fmt.Errorf("%s has no container %s in Git", object, container)
	}
	c := &Candidates{Image: *shown}
	if k == nil {
		return c, nil
	}
	c.Signatures, c.Invalid = k.Tags.Signatures, k.Tags.Invalid
	d := imagepolicy.Choose(u.rule.Policy, imagepolicy.Tag{Name: u.ref.Tag, Digest: u.ref.Digest}, k.tags())
	c.Tags = make([]Tag, len(d.Candidates))
	for i, candidate := range d.Candidates {
		t := Tag{Name: candidate.Name, Allowed: candidate.Allowed, Reason: candidate.Reason}
		t.Desired, t.Live = t.Name == u.ref.Tag, runsTag(shown.Live, t.Name)
		if image, looked := k.Images[t.Name]; looked {
			t.know(image)
		} else {
			t.Built, t.Known = candidate.Created, candidate.Undated
		}
		c.Tags[i] = t
	}
	return c, nil
}

// runsTag tells whether what runs is of a tag.
func runsTag(live, tag string) bool {
	return live == tag || len(live) > len(tag) && live[:len(tag)] == tag && live[len(tag)] == '@'
}

func (t *Tag) know(image registry.Image) {
	t.Known = true
	t.Built, t.Digest, t.Size = image.Created, image.Digest, image.Size
	t.Source, t.Revision, t.Version = image.Source, image.Revision, image.Version
	for _, p := range image.Platforms {
		t.Platforms = append(t.Platforms, p.String())
	}
}

// lookUpsAtOnce bounds the images that are asked for at the same time.
const lookUpsAtOnce = 4

// LookUp asks the registry for the images behind tags of a repository that an
// environment uses. A tag about which it could not be asked is not Known, and
// Reason says why.
func (e *Engine) LookUp(ctx context.Context, environment, repository string, tags []string) ([]Tag, error) {
	env, err := e.find(environment)
	if err != nil {
		return nil, err
	}
	var u *use
	if err := e.ask(ctx, func() {
		if env.desired == nil {
			return
		}
		if i := slices.IndexFunc(env.desired.uses, func(u *use) bool { return u.repository() == repository }); i >= 0 {
			u = env.desired.uses[i]
		}
	}); err != nil {
		return nil, err
	}
	if u == nil {
		return nil, fmt.Errorf("%s names no image of %s", environment, repository)
	}
	found := make([]Tag, len(tags))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(lookUpsAtOnce)
	for i, name := range tags {
		g.Go(func() error {
			found[i].Name = name
			image, err := e.imageOf(ctx, env, u, name)
			if err != nil {
				found[i].Reason = err.Error()
				return ctx.Err()
			}
			found[i].know(image)
			return nil
		})
	}
	return found, g.Wait()
}

// Rescan asks for the tags of repositories now; without any, for all.
func (e *Engine) Rescan(repositories ...string) {
	scanner := e.images.scanner.Load()
	if scanner == nil {
		return
	}
	var all []registry.Repository
	for _, name := range repositories {
		if r, err := registry.ParseRepository(name); err == nil {
			all = append(all, r)
		}
	}
	if len(all) > 0 || len(repositories) == 0 {
		scanner.Rescan(all...)
	}
}
