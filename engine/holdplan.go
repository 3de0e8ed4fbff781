package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel/engine/internal/holds"
)

func isNotExist(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// planHolds plans to hold images, or to release them.
func (e *Engine) planHolds(ctx context.Context, p *Plan) error {
	f := p.fabric
	if err := e.whenRendered(ctx, f.env, func() bool { f.desired = f.env.desired; return true }); err != nil {
		return err
	}
	if f.desired.holdsErr != "" {
		return fmt.Errorf("mend the file in Git first: %s", f.desired.holdsErr)
	}
	images, err := f.desired.heldImages(p)
	if err != nil {
		return err
	}
	if p.Action == ActionHold {
		f.hold = p.holdsOn(e.holder(p), images)
	} else {
		f.release = images
	}
	d, err := e.compose(ctx, p, f.desired.revision)
	if err != nil {
		return err
	}
	p.BaseRevision = string(f.desired.revision)
	p.Commit, p.Changes, p.Branch = d.commit, d.changes, d.branch
	return nil
}

// heldImages are the images that a hold or a release is about.
func (d *desired) heldImages(p *Plan) ([]string, error) {
	var images []string
	for _, pick := range p.Images {
		image := pick.Repository
		if image == "" {
			uses := d.of(pick.Object)
			i := slices.IndexFunc(uses, func(u *use) bool { return pick.Container == "" || u.container == pick.Container })
			if i < 0 {
				return nil, fmt.Errorf("%s has no container %s in Git", pick.Object, pick.Container)
			}
			image = uses[i].repository()
		}
		if !slices.Contains(images, image) {
			images = append(images, image)
		}
	}
	if len(p.Images) == 0 {
		images = []string{holds.Everything}
	}
	if p.Action == ActionHold {
		return images, nil
	}
	for _, image := range images {
		if !slices.ContainsFunc(d.holds, func(h holds.Hold) bool { return h.Image == image }) {
			return nil, d.notReleasable(image, p.Environment)
		}
	}
	return images, nil
}

// notReleasable says why an image cannot be released.
func (d *desired) notReleasable(image, environment string) error {
	what := lastPart(image)
	if image == holds.Everything {
		what = environment + " as a whole"
	}
	for _, u := range d.uses {
		if u.repository() == image && u.rule.Hold != nil {
			return fmt.Errorf("%s is held by the annotation %s of %s: take it away in %s", what, u.rule.Hold.From, u.object, cmp.Or(u.locked, "Git"))
		}
	}
	if i := slices.IndexFunc(d.holds, func(h holds.Hold) bool { return h.Image == holds.Everything }); i >= 0 {
		return fmt.Errorf("%s is held with all of %s: release the environment", what, environment)
	}
	return fmt.Errorf("%w: %s is not held", ErrNothing, what)
}

// holder is who holds what a plan holds: who commits it.
func (e *Engine) holder(p *Plan) string {
	a := e.author(p)
	return fmt.Sprintf("%s <%s>", a.Name, a.Email)
}

func (p *Plan) holdsOn(by string, images []string) []holds.Hold {
	all := make([]holds.Hold, len(images))
	for i, image := range images {
		all[i] = holds.Hold{Image: image, By: by, Reason: p.Reason, Since: time.Now().UTC().Truncate(time.Second)}
	}
	return all
}

// holdAlso holds the images that an approval is about.
func (f *fabric) holdAlso(p *Plan, by string, chosen []choice) {
	var images []string
	for _, c := range chosen {
		if image := c.use.repository(); !slices.Contains(images, image) {
			images = append(images, image)
		}
	}
	f.hold = p.holdsOn(by, images)
}
