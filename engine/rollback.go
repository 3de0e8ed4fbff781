package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// comeback is what a rollback goes back to.
type comeback struct {
	mode     RollbackMode
	revision gitrepo.Hash
	// then is what the environment rendered to at the revision; nil for the
	// revert of one commit.
	then *desired
	// reverted is the commit that is taken back, and before its parent.
	reverted gitrepo.Commit
}

// planRollback plans to bring back what Git said at an earlier revision. History
// is never rewritten: it is a new commit.
func (e *Engine) planRollback(ctx context.Context, p *Plan) error {
	f := p.fabric
	p.Mode = cmp.Or(p.Mode, RollbackWhole)
	if p.Revision == "" {
		return fmt.Errorf("name the revision to go back to: evenkeel history %s lists them", p.Environment)
	}
	if len(p.Objects) > 0 && p.Mode != RollbackImages {
		return fmt.Errorf("chosen workloads can be given their images back, with the mode %s", RollbackImages)
	}
	if p.Overlay && p.Mode != RollbackWhole {
		return fmt.Errorf("an overlay is for the whole environment, and not for the mode %s", p.Mode)
	}
	var verdicts map[*use]verdict
	if err := e.whenRendered(ctx, f.env, func() bool {
		// Git as it was before the release that is to be taken back would say that
		// there is nothing to take back.
		if e.repo.err == "" && e.readable(f.env) && e.overtaken(f.env) {
			e.repo.poke()
			return false
		}
		f.desired, verdicts = f.env.desired, f.env.verdicts
		return true
	}); err != nil {
		return err
	}
	back, err := e.comeback(ctx, p)
	if err != nil {
		return err
	}
	f.back = back
	switch back.mode {
	case RollbackImages:
		if err := f.imageOrders(p); err != nil {
			return err
		}
	case RollbackWhole:
		p.Updates = changedImages(f.desired, back.then)
	}
	if back.mode == RollbackRevert {
		// Which images go back shows only once it is rendered.
		d, err := e.compose(ctx, p, f.desired.revision)
		switch {
		case err != nil:
			return err
		case d.after == nil:
			return fmt.Errorf("%w: %s is taken back already", ErrNothing, back.revision.Short())
		}
		p.Updates = changedImages(f.desired, d.after)
	}
	f.holdWhatGoesBack(p, e.holder(p), verdicts)
	if err := e.composePlan(ctx, p, verdicts); err != nil {
		return err
	}
	if p.Commit == nil {
		return fmt.Errorf("%w: Git says of %s what it said at %s", ErrNothing, p.Environment, back.revision.Short())
	}
	return nil
}

// comeback finds the revision, which has to be one of the branch and to render.
func (e *Engine) comeback(ctx context.Context, p *Plan) (*comeback, error) {
	m, err := e.mirror()
	if err != nil {
		return nil, err
	}
	f := p.fabric
	revision, err := resolveIn(ctx, m, f.desired.revision, p.Revision)
	if err != nil {
		return nil, err
	}
	p.Revision = string(revision)
	back := &comeback{mode: p.Mode, revision: revision}
	if p.Mode == RollbackRevert {
		if back.reverted, err = m.Commit(revision); err != nil {
			return nil, err
		}
		switch len(back.reverted.Parents) {
		case 1:
			return back, nil
		case 0:
			return nil, fmt.Errorf("%s is the first commit: there is nothing before it", revision.Short())
		}
		return nil, fmt.Errorf("%s is a merge: which of its sides to keep is for Git to ask", revision.Short())
	}
	tree, err := m.Tree(revision)
	if err != nil {
		return nil, err
	}
	if _, there := tree.HashOf(f.env.spec.Path); !there {
		return nil, fmt.Errorf("at %s there was no %s: the environment is younger", revision.Short(), f.env.spec.Path)
	}
	if back.then, err = renderWith(ctx, tree, revision, f.env.spec, f.desired.scope()); err != nil {
		return nil, fmt.Errorf("%s does not render, so nobody can say what it would bring: %w", revision.Short(), err)
	}
	return back, nil
}

// imageOrders gives images the tags that they had.
func (f *fabric) imageOrders(p *Plan) error {
	for _, then := range f.back.then.uses {
		now := f.desired.find(then.useKey)
		if now == nil || now.wrong != "" || then.wrong != "" || then.ref == now.ref {
			continue
		}
		if len(p.Objects) > 0 && !slices.Contains(p.Objects, then.object) {
			continue
		}
		if then.ref.Repository != now.ref.Repository {
			return fmt.Errorf("%s of %s was %s then and is %s now: go back with the whole environment", then.container, then.object, then.image, now.image)
		}
		to := then.ref
		if now.ref.Digest == "" {
			to.Digest = ""
		}
		o := order{useKey: now.useKey, from: now.image, to: to}
		f.orders = append(f.orders, o)
		p.Updates = append(p.Updates, o.update())
	}
	if len(f.orders) == 0 {
		return fmt.Errorf("%w: the images are those of %s", ErrNothing, f.back.revision.Short())
	}
	return nil
}

// changedImages lists the images that are others in one rendering than in
// another.
func changedImages(now, then *desired) []ImageUpdate {
	var updates []ImageUpdate
	for _, old := range then.uses {
		if u := now.find(old.useKey); u != nil && u.image != old.image {
			updates = append(updates, ImageUpdate{
				Object: u.object, Container: u.container, Repository: old.repository(), From: tagOf(u.ref), To: tagOf(old.ref),
			})
		}
	}
	return updates
}

// broughtForward tells whether automation may bring an image forward again that
// goes back to a tag. What went back by itself waits for a person in any case.
func (f *fabric) broughtForward(p *Plan, u *use, to string, v verdict) bool {
	if f.env.spec.Promote == config.ActAuto || p.automatic {
		return true
	}
	// What a person had brought against the policy does not come again by it.
	against := u.forbids(u.ref.Tag) != "" && v.allowed == to
	return u.covered() && u.rule.Automated && !against
}

// holdWhatGoesBack holds the images that would be brought forward again.
func (f *fabric) holdWhatGoesBack(p *Plan, by string, verdicts map[*use]verdict) {
	var images []string
	for _, update := range p.Updates {
		u := f.desired.find(useKey{update.Object, update.Container})
		if u == nil || f.desired.holdOn(u) != nil || slices.Contains(images, update.Repository) {
			continue
		}
		if to, _, _ := strings.Cut(update.To, "@"); !f.broughtForward(p, u, to, verdicts[u]) {
			continue
		}
		images = append(images, update.Repository)
	}
	f.hold = p.holdsOn(by, images)
	for i := range f.hold {
		what := "rolled back to "
		if f.back.mode == RollbackRevert {
			what = "taken back with "
		}
		f.hold[i].Reason = what + f.back.revision.Short() + because(p.Reason)
	}
}

// restores tells whether whole files come back, and not single images.
func (c *composition) restores() bool {
	back := c.plan.fabric.back
	return back != nil && back.mode != RollbackImages
}

// overlaid tells whether files that others share stay as they are.
func (c *composition) overlaid() bool { return c.plan.Overlay && len(c.draft.shared) > 0 }

// overtaken says that what a rollback brings back was changed by somebody after
// it was planned: it would undo what nobody has seen.
func (p *Plan) overtaken(m *gitrepo.Mirror, planned, head gitrepo.Hash) error {
	back := p.fabric.back
	if back == nil || back.mode == RollbackImages || head == planned {
		return nil
	}
	changed, err := m.Changed(planned, head)
	if err != nil {
		return err
	}
	mine := reader{spec: p.fabric.env.spec, reads: p.fabric.desired.closure}
	if mine.concernedBy(changed) {
		return fmt.Errorf("%w: %s has changed %s meanwhile", ErrStale, head.Short(), p.Environment)
	}
	return nil
}

// restore lists the files that a rollback changes.
func (c *composition) restore(ctx context.Context) ([]gitrepo.Change, error) {
	back := c.plan.fabric.back
	switch {
	case back == nil || back.mode == RollbackImages:
		return nil, nil
	case back.mode == RollbackRevert:
		return c.revert()
	}
	then, err := c.mirror.Tree(back.revision)
	if err != nil {
		return nil, err
	}
	var changed []gitrepo.Change
	for _, name := range c.read(back.then) {
		change, err := restoreFile(name, c.tree, then, c.owns(name) || slices.Contains(back.then.closure, name))
		if others := c.shared[name]; len(others) > 0 && (change != nil || err != nil) {
			c.draft.shared = append(c.draft.shared, SharedFile{Path: name, Environments: others})
			if c.plan.Overlay {
				continue
			}
		}
		if err != nil {
			return nil, err
		}
		if change != nil {
			changed = append(changed, *change)
		}
	}
	if c.overlaid() {
		return c.overlay(ctx, changed)
	}
	return changed, ctx.Err()
}

// read lists the files that the environment reads now or read then.
func (c *composition) read(then *desired) []string {
	files := slices.Concat(c.before.closure, then.closure)
	slices.Sort(files)
	return slices.Compact(files)
}

// restoreFile is what makes a file what it was, or nil when it is so already. A
// file that was not there then goes only where the directory is the
// environment's own: elsewhere nothing will name it.
func restoreFile(name string, now, then *gitrepo.Tree, mayGo bool) (*gitrepo.Change, error) {
	old, existed := then.HashOf(name)
	current, exists := now.HashOf(name)
	switch {
	case old == current && existed == exists:
		return nil, nil
	case !existed && !exists, !existed && !mayGo:
		return nil, nil
	case !existed:
		return &gitrepo.Change{Path: name, Delete: true}, nil
	}
	info, err := then.Lstat(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, refused(name, "it was a symbolic link, which is not brought back by itself")
	}
	data, err := then.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return &gitrepo.Change{Path: name, Content: data, Executable: info.Mode()&0o111 != 0}, nil
}

// owns tells whether a file lies in the environment's own directory.
func (c *composition) owns(name string) bool { return within(c.env.spec.Path, name) }

// verifyRestored compares what the environment renders to with what it did:
// object by object it has to be the same.
func (c *composition) verifyRestored(after *desired) error {
	back := c.plan.fabric.back
	if back.then == nil {
		return nil // a revert is shown, and has nothing to be equal to
	}
	for id, w := range back.then.objects {
		now := after.objects[id]
		switch {
		case now == nil:
			return refused(w.file, "%s would not come back", id)
		case now.hash != w.hash:
			return refused(w.file, "%s would not be what it was at %s", id, back.revision.Short())
		}
	}
	for id, w := range after.objects {
		if back.then.objects[id] == nil {
			return refused(w.file, "%s was not there at %s and would stay", id, back.revision.Short())
		}
	}
	return nil
}

// revert takes back what one commit has changed, where nobody has changed the
// same lines since.
func (c *composition) revert() ([]gitrepo.Change, error) {
	back := c.plan.fabric.back
	parent := back.reverted.Parents[0]
	names, err := c.mirror.Changed(parent, back.revision)
	if err != nil {
		return nil, err
	}
	before, err := c.mirror.Tree(parent)
	if err != nil {
		return nil, err
	}
	after, err := c.mirror.Tree(back.revision)
	if err != nil {
		return nil, err
	}
	var changed []gitrepo.Change
	for _, name := range names {
		change, err := revertFile(name, before, after, c.tree)
		if err != nil {
			return nil, err
		}
		if change != nil {
			changed = append(changed, *change)
		}
	}
	return changed, nil
}

func revertFile(name string, before, after, now *gitrepo.Tree) (*gitrepo.Change, error) {
	was, existed := before.HashOf(name)
	became, stayed := after.HashOf(name)
	is, exists := now.HashOf(name)
	switch {
	case is == was && exists == existed:
		return nil, nil // it is taken back already
	case is == became && exists == stayed:
		return restoreFile(name, now, before, true)
	case !existed || !stayed || !exists:
		return nil, refused(name, "the commit made or removed it, and it was changed since")
	}
	texts := make([]string, 3)
	for i, tree := range []*gitrepo.Tree{after, before, now} {
		data, err := tree.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		texts[i] = string(data)
	}
	merged, line, ok := merge(texts[0], texts[1], texts[2])
	if !ok {
		return nil, refused(name, "line %d was changed since by a later commit: take that one back first, or go back with the whole environment", line)
	}
	return &gitrepo.Change{Path: name, Content: []byte(merged)}, nil
}
