package engine

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/engine/internal/holds"
	"github.com/evenkeel/evenkeel/engine/render"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// copied is a file that a promotion copies whole.
type copied struct {
	name, from, to string
	content        []byte
	executable     bool
	// is names the content, and was what the target had when it was planned;
	// empty for a file that it has not.
	is, was gitrepo.Hash
}

func (f *copied) change() gitrepo.Change {
	return gitrepo.Change{Path: f.to, Content: f.content, Executable: f.executable}
}

// planFiles lists what a promotion can copy whole, as the cluster of the source
// took it, and marks what the request picks.
func (e *Engine) planFiles(ctx context.Context, p *Plan, source *environment, s *sourceState) error {
	o, err := e.offer(ctx, p.fabric, source, s)
	if err != nil {
		return err
	}
	var files []copied
	for _, name := range o.names() {
		f, reason, err := o.file(name)
		if err != nil {
			return err
		}
		if f == nil {
			continue
		}
		files = append(files, *f)
		p.Files = append(p.Files, PromotableFile{FileChange: FileChange{Path: f.to}, Name: f.name, From: f.from, Reason: reason})
	}
	if err := o.show(ctx, p.Files, files, e.author(p)); err != nil {
		return err
	}
	for _, name := range p.Request.Files {
		i := slices.IndexFunc(p.Files, func(f PromotableFile) bool { return f.Name == name })
		switch {
		case i < 0:
			return fmt.Errorf("%s is no file that %s reads in %s and that is another in %s", name, p.Source, source.spec.Path, p.Environment)
		case p.Files[i].Reason != "":
			return fmt.Errorf("%s is not copied: %s", name, p.Files[i].Reason)
		case !p.Files[i].Picked:
			p.Files[i].Picked = true
			p.fabric.files = append(p.fabric.files, files[i])
		}
	}
	return nil
}

// copyable tells whether any of the files could be copied.
func (p *Plan) copyable() bool {
	return slices.ContainsFunc(p.Files, func(f PromotableFile) bool { return f.Reason == "" })
}

// offer is what the files of two environments are compared with.
type offer struct {
	mirror       *gitrepo.Mirror
	source       config.Environment
	target       config.Environment
	base         gitrepo.Hash
	now          *gitrepo.Tree // at the base
	then         *gitrepo.Tree // at the revision that the source's cluster took
	closure      []string      // what the source read there
	read         []string      // what the target reads now
	kustomized   bool          // the target reads what its kustomization names
	foreign      map[string]bool
	nothingTaken bool // nobody knows what the source's cluster took
}

func (e *Engine) offer(ctx context.Context, f *fabric, source *environment, s *sourceState) (*offer, error) {
	m, err := e.mirror()
	if err != nil {
		return nil, err
	}
	o := &offer{
		mirror: m, source: source.spec, target: f.env.spec, base: f.desired.revision, read: f.desired.closure,
		foreign: foreignNamespaces(source.spec, f.env.spec, s.desired, f.desired),
	}
	if o.now, err = m.Tree(o.base); err != nil {
		return nil, err
	}
	info, err := o.now.Stat(o.target.Path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", o.target.Path, err)
	}
	applied := gitrepo.Hash(s.applied)
	if o.nothingTaken = applied == "" || !info.IsDir(); o.nothingTaken {
		return o, nil
	}
	if o.then, err = m.Tree(applied); err != nil {
		if o.nothingTaken = errors.Is(err, gitrepo.ErrNoRevision); o.nothingTaken { // the history was written anew
			err = nil
		}
		return o, err
	}
	taken := s.desired
	if taken.revision != applied {
		if taken, err = renderWith(ctx, o.then, applied, source.spec, s.desired.scope()); err != nil {
			return nil, fmt.Errorf("read what %s runs: %w", source.spec.Name, err)
		}
	}
	o.closure = taken.closure
	o.kustomized = kustomizationIn(o.now, o.target.Path) != ""
	return o, nil
}

// foreignNamespaces are those of the source that the target has no part in.
func foreignNamespaces(source, target config.Environment, theirs, ours *desired) map[string]bool {
	foreign := map[string]bool{}
	for id := range theirs.objects {
		foreign[id.Namespace] = true
	}
	foreign[source.Namespace] = true
	for id := range ours.objects {
		delete(foreign, id.Namespace)
	}
	delete(foreign, target.Namespace)
	delete(foreign, "")
	return foreign
}

// names are the files of the source below its path, relative to that.
func (o *offer) names() []string {
	if o.nothingTaken {
		return nil
	}
	var names []string
	for _, file := range o.closure {
		name, below := relative(o.source.Path, file)
		if below && !within(o.target.Path, file) {
			names = append(names, name)
		}
	}
	return names
}

// relative is the name of a file below a directory.
func relative(dir, file string) (string, bool) {
	if dir = path.Clean(dir); dir == "." {
		return file, true
	}
	return strings.CutPrefix(file, dir+"/")
}

// file compares a file of the source with the target's, and says why it cannot
// be copied; nil when they are the same.
func (o *offer) file(name string) (f *copied, reason string, err error) {
	f = &copied{name: name, from: path.Join(o.source.Path, name), to: path.Join(o.target.Path, name)}
	f.is, _ = o.then.HashOf(f.from)
	f.was, _ = o.now.HashOf(f.to)
	if f.is == f.was {
		return nil, "", nil
	}
	info, err := o.then.Lstat(f.from)
	if err != nil {
		return nil, "", fmt.Errorf("read %s: %w", f.from, err)
	}
	if !info.Mode().IsRegular() {
		return f, "it is a symbolic link", nil
	}
	if f.content, err = o.then.ReadFile(f.from); err != nil {
		return nil, "", fmt.Errorf("read %s: %w", f.from, err)
	}
	f.executable = info.Mode()&0o111 != 0
	reason, err = o.reason(f)
	return f, reason, err
}

// reason says why a file is not to be copied.
func (o *offer) reason(f *copied) (string, error) {
	if render.IsKustomization(path.Base(f.name)) {
		return "it says what the environment is made of, with its own tags and namespace: edit it by hand", nil
	}
	if head, _ := o.now.HashOf(f.from); head != f.is {
		return fmt.Sprintf("Git says something else there by now than what %s took: sync that first", o.source.Name), nil
	}
	if o.kustomized && !slices.Contains(o.read, f.to) {
		return unread(f.to, o.target.Name), nil
	}
	info, err := o.now.Lstat(f.to)
	var theirs []byte
	switch {
	case isNotExist(err):
	case err != nil:
		return "", fmt.Errorf("read %s: %w", f.to, err)
	case !info.Mode().IsRegular():
		return f.to + " is no file: edit it by hand", nil
	default:
		if theirs, err = o.now.ReadFile(f.to); err != nil {
			return "", fmt.Errorf("read %s: %w", f.to, err)
		}
	}
	return tied(f.name, f.content, theirs, o.foreign), nil
}

// unread says that a copy would lie about without anybody reading it.
func unread(file, target string) string {
	return fmt.Sprintf("%s would be read by nothing: the layout of %s is another; name it in its kustomization first", file, target)
}

// show fills in what the copies would change.
func (o *offer) show(ctx context.Context, files []PromotableFile, copies []copied, author gitrepo.Signature) error {
	spec := gitrepo.CommitSpec{Base: o.base, Message: "evenkeel: a draft", Author: author}
	for i := range copies {
		f := &copies[i]
		files[i].Operation = Update
		if f.was == "" {
			files[i].Operation = Create
		}
		if f.content == nil {
			files[i].Hidden = files[i].Reason
			continue
		}
		if info, err := o.now.Stat(f.to); err == nil && info.IsDir() {
			files[i].Hidden = f.to + " is a directory"
			continue
		}
		spec.Changes = append(spec.Changes, f.change())
	}
	if len(spec.Changes) == 0 {
		return nil
	}
	hash, err := o.mirror.Write(ctx, spec)
	if err != nil {
		return err
	}
	tree, err := o.mirror.Tree(hash)
	if err != nil {
		return err
	}
	compared := comparison{spec: o.target, mirror: o.mirror, now: &desired{closure: o.read}}
	compared.before, compared.after = side{hash: o.base, tree: o.now}, side{hash: hash, tree: tree}
	shown, err := compared.files(ctx)
	if err != nil {
		return err
	}
	// What the source makes a Secret from is one wherever it is copied to.
	survey, err := render.Survey(ctx, o.then)
	if err != nil {
		return err
	}
	for i := range files {
		at := slices.IndexFunc(shown, func(c FileChange) bool { return c.Path == files[i].Path })
		if at < 0 {
			continue
		}
		files[i].FileChange = shown[at]
		if why := survey.Withholds(files[i].From, copies[i].content); why != "" && files[i].Hidden == "" {
			files[i].Hidden, files[i].Before, files[i].After = why, "", ""
		}
	}
	return nil
}

// fileGates are the conditions for files that are copied: those of the images
// speak for themselves.
func (f *fabric) fileGates(p *Plan, source *desired) []Gate {
	var gates []Gate
	if len(f.files) == 0 {
		return nil
	}
	for _, held := range []struct {
		name string
		by   *desired
	}{{p.Environment, f.desired}, {p.Source, source}} {
		if h := held.by.heldWhole(); h != nil {
			gates = append(gates, Gate{Name: GateNoHold, Reason: fmt.Sprintf("%s is held%s", held.name, h.text())})
		}
	}
	return gates
}

// heldWhole is the hold on all of an environment, or nil.
func (d *desired) heldWhole() *Hold {
	if d.holdsErr != "" {
		return &Hold{By: "evenkeel", Reason: "the holds cannot be read: " + d.holdsErr}
	}
	i := slices.IndexFunc(d.holds, func(h holds.Hold) bool { return h.Image == holds.Everything })
	if i < 0 {
		return nil
	}
	return holdOf(d.holds[i])
}

// copyFiles copies the files of a promotion. What the composition goes on from is
// the environment with them.
func (c *composition) copyFiles(ctx context.Context) (map[string][]byte, error) {
	files := map[string][]byte{}
	var changed []gitrepo.Change
	for i := range c.plan.fabric.files {
		f := &c.plan.fabric.files[i]
		from, _ := c.tree.HashOf(f.from)
		to, _ := c.tree.HashOf(f.to)
		switch {
		case to == f.is:
			continue
		case from != f.is:
			return nil, fmt.Errorf("%w: %s has changed in %s", ErrStale, f.from, c.base.Short())
		case to != f.was:
			return nil, fmt.Errorf("%w: %s has changed in %s", ErrStale, f.to, c.base.Short())
		}
		changed = append(changed, f.change())
		files[f.to] = f.content
		c.copied = append(c.copied, f)
	}
	if len(changed) == 0 {
		return files, nil
	}
	if h := c.before.heldWhole(); h != nil && c.base != c.plan.fabric.desired.revision {
		return nil, fmt.Errorf("%w: %s is held by now%s", ErrStale, c.env.spec.Name, h.text())
	}
	hash, after, err := c.write(ctx, changed, "evenkeel: a draft")
	if err != nil {
		return nil, err
	}
	for _, f := range c.copied {
		if !slices.Contains(after.closure, f.to) {
			return nil, refused(f.to, "%s", unread(f.to, c.env.spec.Name))
		}
	}
	if c.tree, err = c.mirror.Tree(hash); err != nil {
		return nil, err
	}
	after.readHolds(c.tree, c.env.spec.Name)
	after.locateLocks(c.tree)
	c.before = after
	return files, nil
}

// filesSubject is the first line of a promotion that brings files and no image.
func (c *composition) filesSubject() string {
	if len(c.copied) == 0 {
		return ""
	}
	what := c.copied[0].name
	if n := len(c.copied); n > 1 {
		what = plural(n, "file")
	}
	verb := "promote"
	if c.plan.SignOff {
		verb = "agree"
	}
	return fmt.Sprintf("%s to %s: %s", verb, c.env.spec.Name, what)
}

// outrunFiles says that the cluster of the source took something else than what
// the plan copies.
func (e *Engine) outrunFiles(p *Plan, applied string) error {
	if len(p.fabric.files) == 0 || applied == p.SourceRevision {
		return nil
	}
	m, err := e.mirror()
	if err != nil {
		return err
	}
	tree, err := m.Tree(gitrepo.Hash(applied))
	if err != nil {
		return err
	}
	for _, f := range p.fabric.files {
		if now, _ := tree.HashOf(f.from); now != f.is {
			return fmt.Errorf("%w: %s took another %s with %.7s", ErrStale, p.Source, f.name, applied)
		}
	}
	return nil
}
