package engine

import (
	"context"
	"slices"

	"github.com/evenkeel/evenkeel/gitrepo"
)

// concernedBy tells whether any of the files concerns the environment: it has read it,
// or it lies in its own directory.
func (r reader) concernedBy(files []string) bool {
	return slices.ContainsFunc(files, func(file string) bool {
		return slices.Contains(r.reads, file) || within(r.spec.Path, file)
	})
}

// effects lists what a commit changes in the other environments. One of them
// that would not render any more is not to be had.
func (c *composition) effects(ctx context.Context, changed []gitrepo.Change, hash gitrepo.Hash) ([]Change, error) {
	files := make([]string, len(changed))
	for i, change := range changed {
		files[i] = change.Path
	}
	tree, err := c.mirror.Tree(hash)
	if err != nil {
		return nil, err
	}
	var effects []Change
	for _, r := range c.others {
		if r.desired == nil || !r.concernedBy(files) {
			continue // what does not render now cannot be compared
		}
		after, err := renderWith(ctx, tree, hash, r.spec, r.desired.scope())
		if err != nil {
			instead := ""
			if c.restores() && !c.plan.Overlay {
				instead = "; by an overlay, or with the images alone, it can go back without that"
			}
			return nil, refused("", "%s, which shares files with it, would not render any more: %v%s", r.spec.Name, err, instead)
		}
		compared := comparison{spec: r.spec, now: r.desired, mirror: c.mirror}
		compared.before = side{hash: c.base, desired: r.desired}
		compared.after = side{hash: hash, desired: after}
		effects = append(effects, compared.changes()...)
	}
	return effects, nil
}
