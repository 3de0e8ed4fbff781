package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/evenkeel/evenkeel/engine/edit"
	"github.com/evenkeel/evenkeel/engine/internal/holds"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// draft is the commit that a plan makes, on one base. It lies in the mirror and
// is nobody's before it is pushed.
type draft struct {
	hash    gitrepo.Hash // empty when the base says all of it already
	commit  *PlannedCommit
	changes []Change
	after   *desired // what the environment renders to with it
	along   []order
	done    []order      // those that the base has already
	shared  []SharedFile // that a rollback would bring back, or leaves to an overlay
	agreed  agreement
	branch  string // where it waits for a pull request; empty when it does not
	// passesBy is an environment whose changes wait in pull requests, and that the
	// commit would change without one; empty when it would not.
	passesBy string
}

// compose makes the commit of a plan on a base: it edits the files, renders them
// again, and lets nothing pass but what was meant.
func (e *Engine) compose(ctx context.Context, p *Plan, base gitrepo.Hash) (*draft, error) {
	env := p.fabric.env
	m, err := e.mirror()
	if err != nil {
		return nil, err
	}
	tree, err := m.Tree(base)
	if err != nil {
		return nil, err
	}
	var before *desired
	var others []reader
	bar := ""
	if err := e.ask(ctx, func() {
		if env.desired != nil && env.desired.revision == base {
			before = env.desired
		}
		if p.byItself() {
			bar = e.barred(env)
		}
		for _, other := range e.envs {
			if other != env {
				others = append(others, reader{other.spec, other.desired, other.reads()})
			}
		}
	}); err != nil {
		return nil, err
	}
	if bar != "" {
		return nil, fmt.Errorf("%w: automation leaves %s alone by now: %s", ErrStale, env.spec.Name, bar)
	}
	if before == nil {
		if before, err = e.renderEnvironment(ctx, env, base); err != nil {
			return nil, err
		}
	}
	c := &composition{env: env, plan: p, mirror: m, tree: tree, base: base, before: before, author: e.author(p)}
	if err := c.share(ctx, others); err != nil {
		return nil, err
	}
	if p.byItself() && base != p.fabric.desired.revision {
		if c.made = readMade(ctx, m, env.spec.Name, base, env.readsOf(before)); c.made.err != nil {
			return nil, c.made.err
		}
	}
	return c.make(ctx)
}

// composition is a commit being made.
type composition struct {
	env    *environment
	plan   *Plan
	mirror *gitrepo.Mirror
	tree   *gitrepo.Tree
	base   gitrepo.Hash
	before *desired
	others []reader            // the other environments, as they are at the base
	shared map[string][]string // which of them read a file
	made   made                // what automation must not do again on a head that has moved
	author gitrepo.Signature

	draft  draft
	orders []order   // that are not done yet
	copied []*copied // likewise
}

func (c *composition) make(ctx context.Context) (*draft, error) {
	begun := side{hash: c.base, tree: c.tree, desired: c.before}
	copies, err := c.copyFiles(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.sift(); err != nil {
		return nil, err
	}
	files, err := c.edit(ctx)
	if err != nil {
		return nil, err
	}
	changed, err := c.restore(ctx)
	if err != nil {
		return nil, err
	}
	if changed, err = c.holdsFile(changed); err != nil {
		return nil, err
	}
	maps.Copy(copies, files) // an image may stand in a file that was copied
	for _, name := range slices.Sorted(maps.Keys(copies)) {
		changed = append(changed, gitrepo.Change{Path: name, Content: copies[name]})
	}
	if len(changed) == 0 {
		return &c.draft, nil
	}
	drafted, after, err := c.write(ctx, changed, "evenkeel: a draft")
	if err != nil {
		return nil, err
	}
	if c.restores() {
		err = c.verifyRestored(after)
	} else {
		err = c.verify(after)
	}
	if err != nil {
		return nil, err
	}
	if err := c.agree(ctx); err != nil {
		return nil, err
	}
	if c.plan.SignOff && c.draft.agreed.of(c.author) != nil {
		return &c.draft, nil
	}
	// The message names those that move along too.
	message := c.message()
	spec := c.spec(changed, message)
	if c.plan.SignOff {
		spec.Changes, spec.AllowEmpty = nil, true
	}
	hash, err := c.mirror.Write(ctx, spec)
	if err != nil {
		return nil, err
	}
	if err := c.describe(ctx, begun, hash, message, after); err != nil {
		return nil, err
	}
	effects, err := c.effects(ctx, changed, drafted)
	if len(effects) > 0 && (!c.restores() || c.overlaid()) && len(c.copied) == 0 {
		return nil, refused("", "%s of %s would change as well", effects[0].ID, effects[0].Environment)
	}
	c.draft.changes = append(c.draft.changes, effects...)
	if c.draft.branch = c.branchFor(changed); c.draft.branch == "" {
		c.draft.passesBy = c.waitsElsewhere(effects)
	}
	return &c.draft, err
}

func (c *composition) spec(changed []gitrepo.Change, message string) gitrepo.CommitSpec {
	return gitrepo.CommitSpec{Base: c.base, Changes: changed, Message: message, Author: c.author}
}

// write makes a commit in the mirror and renders it.
func (c *composition) write(ctx context.Context, changed []gitrepo.Change, message string) (gitrepo.Hash, *desired, error) {
	hash, err := c.mirror.Write(ctx, c.spec(changed, message))
	if err != nil {
		return "", nil, err
	}
	tree, err := c.mirror.Tree(hash)
	if err != nil {
		return "", nil, err
	}
	after, err := renderWith(ctx, tree, hash, c.env.spec, c.before.scope())
	switch {
	case ctx.Err() != nil:
		return "", nil, ctx.Err()
	case err != nil:
		return "", nil, refused("", "after the edit the environment would not render: %v", err)
	}
	if len(after.marked) > 0 {
		after.followFlux(ctx, tree)
	}
	return hash, after, nil
}

// sift compares what is to be done with what the base says by now.
func (c *composition) sift() error {
	for _, o := range c.plan.fabric.orders {
		u := c.before.find(o.useKey)
		switch {
		case u == nil:
			return fmt.Errorf("%w: %s has no container %s any more", ErrStale, o.object, o.container)
		case u.ref == o.to:
			c.draft.done = append(c.draft.done, o)
		case u.image != o.from:
			return fmt.Errorf("%w: %s of %s is %s by now, and was %s", ErrStale, o.container, o.object, tagOf(u.ref), o.update().From)
		default:
			if reason := c.forbids(u, o); reason != "" {
				return fmt.Errorf("%w: %s of %s %s", ErrStale, o.container, o.object, reason)
			}
			c.orders = append(c.orders, o)
		}
	}
	return nil
}

// forbids says what the base has against an order, which was planned on another
// one perhaps. On its own base an approval is held up by a gate.
func (c *composition) forbids(u *use, o order) string {
	moved := c.base != c.plan.fabric.desired.revision
	if !moved {
		return ""
	}
	if h := c.before.holdOn(u); h != nil && !c.plan.Hold {
		return "is held by now" + h.text()
	}
	if h := c.heldInSource(u); h != nil {
		return fmt.Sprintf("is held in %s by now%s", c.plan.Source, h.text())
	}
	if reason := u.forbids(o.to.Tag); reason != "" && !o.chosen {
		return fmt.Sprintf("must not be %s any more: %s", o.to.Tag, reason)
	}
	if !c.plan.byItself() {
		return ""
	}
	if c.plan.Action == ActionUpdate && !u.rule.Automated {
		return "is not automated any more"
	}
	if commit := c.made.by(u.given(o.to.Tag)); commit != "" && u.ref.Tag != o.to.Tag {
		return fmt.Sprintf("was given %s by %.7s, and somebody took it back", o.to.Tag, commit)
	}
	return ""
}

// heldInSource is what the base holds where a promotion comes from, or nil.
func (c *composition) heldInSource(u *use) *Hold {
	if c.plan.Source == "" {
		return nil
	}
	source := &desired{}
	source.readHolds(c.tree, c.plan.Source)
	return source.holdOn(u)
}

// edit changes the images where they are written.
func (c *composition) edit(ctx context.Context) (map[string][]byte, error) {
	var changes []edit.Change
	marks := map[string]edit.Mark{}
	for _, o := range c.orders {
		u := c.before.find(o.useKey)
		if u.mark != "" {
			marks[u.mark] = edit.Mark{Policy: u.mark, Image: writtenName(u.image), Tag: o.to.Tag, Digest: o.to.Digest}
			continue
		}
		changes = append(changes, edit.Change{
			Object: o.object, File: u.want.file, Line: u.want.line, Container: o.container, Field: u.field,
			From: o.from, Tag: o.to.Tag, Digest: o.to.Digest,
		})
	}
	at := edit.Environment{Files: c.tree, Path: c.env.spec.Path, Shared: c.shared}
	files := map[string][]byte{}
	if len(changes) > 0 {
		result, err := edit.Images(at, changes)
		if err != nil {
			return nil, err
		}
		files = result.Files
	}
	if len(marks) == 0 {
		return files, nil
	}
	if len(files) > 0 {
		// What is marked may lie in the same files.
		var changed []gitrepo.Change
		for name, content := range files {
			changed = append(changed, gitrepo.Change{Path: name, Content: content})
		}
		hash, err := c.mirror.Write(ctx, c.spec(changed, "evenkeel: a draft"))
		if err != nil {
			return nil, err
		}
		if at.Files, err = c.mirror.Tree(hash); err != nil {
			return nil, err
		}
	}
	result, err := edit.Marked(at, c.before.closure, slices.Collect(maps.Values(marks)))
	if err != nil {
		return nil, err
	}
	maps.Copy(files, result.Files)
	return files, nil
}

// holdsFile adds what becomes of the holds of the environment to the other
// changes, which may have changed them already.
func (c *composition) holdsFile(changed []gitrepo.Change) ([]gitrepo.Change, error) {
	f := c.plan.fabric
	if len(f.hold) == 0 && len(f.release) == 0 {
		return changed, nil
	}
	name := holds.File(c.env.spec.Name)
	data, err := c.tree.ReadFile(name)
	if err != nil && !isNotExist(err) {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	exists, original := err == nil, data
	if i := slices.IndexFunc(changed, func(other gitrepo.Change) bool { return other.Path == name }); i >= 0 {
		data = changed[i].Content
		changed = slices.Delete(changed, i, i+1)
	}
	if len(f.hold) > 0 {
		data, err = holds.Add(name, data, c.env.spec.Name, f.hold...)
	} else {
		data, err = holds.Remove(name, data, f.release...)
	}
	switch {
	case err != nil:
		return nil, err
	case exists && bytes.Equal(data, original):
		return changed, nil
	case len(data) > 0:
		return append(changed, gitrepo.Change{Path: name, Content: data}), nil
	case exists:
		return append(changed, gitrepo.Change{Path: name, Delete: true}), nil
	}
	return changed, nil
}

// describe fills in what people see of the draft.
func (c *composition) describe(ctx context.Context, before side, hash gitrepo.Hash, message string, after *desired) error {
	compared := comparison{spec: c.env.spec, now: before.desired, mirror: c.mirror}
	compared.before = before
	tree, err := c.mirror.Tree(hash)
	if err != nil {
		return err
	}
	compared.after = side{hash: hash, tree: tree, desired: after}
	files, err := compared.files(ctx)
	if err != nil {
		return err
	}
	c.draft.hash, c.draft.after = hash, after
	c.draft.changes = compared.changes()
	c.draft.commit = &PlannedCommit{Message: message, Author: fmt.Sprintf("%s <%s>", c.author.Name, c.author.Email), Files: files}
	return nil
}

// commitTries bounds how often a commit follows a branch that keeps moving.
const commitTries = 20

// push composes a plan's commit on the newest head until a push of it is taken.
// It returns no commit when the head says all of it already.
func (e *Engine) push(ctx context.Context, p *Plan) (gitrepo.Hash, *draft, error) {
	m, err := e.mirror()
	if err != nil {
		return "", nil, err
	}
	head := gitrepo.Hash(p.BaseRevision)
	planned := head
	for try := range commitTries {
		if try > 0 {
			if err := pause(ctx, try); err != nil {
				return "", nil, err
			}
			if head, err = m.Fetch(ctx); err != nil {
				return "", nil, err
			}
		}
		if err := p.overtaken(m, planned, head); err != nil {
			return "", nil, err
		}
		d, err := e.compose(ctx, p, head)
		if err != nil || d.hash == "" {
			return "", d, err
		}
		if !p.sameAlong(d) {
			return "", nil, fmt.Errorf("%w: by now more images are written in the same place", ErrStale)
		}
		if err := e.stillAgreed(p, d); err != nil {
			return "", nil, err
		}
		if d.passesBy != "" {
			return "", nil, fmt.Errorf("%w: by now it would change %s, whose changes wait in pull requests", ErrStale, d.passesBy)
		}
		err = m.Push(ctx, d.hash, head)
		if err == nil {
			return d.hash, d, nil
		}
		if !errors.Is(err, gitrepo.ErrStale) {
			return "", nil, err
		}
	}
	return "", nil, fmt.Errorf("%w: the branch moved %d times while the commit was pushed", ErrStale, commitTries)
}
