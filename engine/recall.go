package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/engine/internal/archive"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// archiveSize is what past revisions may take of the memory. An environment of
// 1,000 objects takes about 4 MB for the commits that are searched.
const archiveSize = 10 << 20

// recall returns what fetches the environment as it was at a commit. No cluster
// is asked: what desired knows of the scopes of custom kinds holds for its own
// objects, which are the ones to be compared.
func (e *Engine) recall(f *fabric, m *gitrepo.Mirror) func(gitrepo.Commit) *archive.Flight {
	spec, now, scopes := f.env.spec, f.desired, f.desired.scopes()
	return func(c gitrepo.Commit) *archive.Flight {
		key := archive.Key{Environment: spec.Name, Revision: string(c.Hash), Scopes: scopes}
		return e.archive.Start(key, c.Committer.When, func(ctx context.Context) (archive.Rendering, error) {
			return renderPast(ctx, m, c.Hash, spec, now)
		})
	}
}

func renderPast(ctx context.Context, m *gitrepo.Mirror, rev gitrepo.Hash, spec config.Environment, now *desired) (archive.Rendering, error) {
	tree, err := m.Tree(rev)
	if err != nil {
		return archive.Rendering{}, err
	}
	watched := &watchedTree{Tree: tree}
	d, err := renderWith(ctx, watched, rev, spec, now.scope())
	switch {
	case err != nil && watched.unread.Load():
		return archive.Rendering{}, fmt.Errorf("render %s at %s: %w", spec.Name, rev.Short(), err)
	case err != nil:
		return archive.Rendering{Broken: true}, nil
	}
	r := archive.Rendering{Objects: make([]archive.Object, 0, len(d.objects))}
	for id, w := range d.objects {
		r.Objects = append(r.Objects, archive.Object{ID: id, Hash: w.hash, JSON: w.json})
	}
	return r, nil
}

// scopes says which custom kinds are known to live in namespaces, and which are
// known not to.
func (d *desired) scopes() string {
	scope := d.scope()
	var known []string
	for id := range d.objects {
		gk := id.GroupKind()
		if namespaced, ok := scope(gk); ok && custom(gk.Group) {
			known = append(known, fmt.Sprint(gk, namespaced))
		}
	}
	slices.Sort(known)
	return strings.Join(slices.Compact(known), " ")
}

// watchedTree notices that the repository could not be read, so that this is
// not taken for a fault of the revision.
type watchedTree struct {
	*gitrepo.Tree
	unread atomic.Bool
}

func (t *watchedTree) notice(err error) {
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid) {
		t.unread.Store(true)
	}
}

func (t *watchedTree) Open(name string) (fs.File, error) {
	f, err := t.Tree.Open(name)
	t.notice(err)
	return f, err
}

func (t *watchedTree) ReadFile(name string) ([]byte, error) {
	data, err := t.Tree.ReadFile(name)
	t.notice(err)
	return data, err
}

func (t *watchedTree) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := t.Tree.ReadDir(name)
	t.notice(err)
	return entries, err
}

func (t *watchedTree) Stat(name string) (fs.FileInfo, error) {
	info, err := t.Tree.Stat(name)
	t.notice(err)
	return info, err
}

func (t *watchedTree) Lstat(name string) (fs.FileInfo, error) { return t.Stat(name) }

func (t *watchedTree) ReadLink(name string) (string, error) {
	target, err := t.Tree.ReadLink(name)
	t.notice(err)
	return target, err
}
