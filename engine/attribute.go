package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"runtime"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/evenkeel/evenkeel/engine/drift"
	"github.com/evenkeel/evenkeel/engine/internal/archive"
	"github.com/evenkeel/evenkeel/engine/render"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// attributeDepth is how many commits are searched for the one that gave a
// field its value.
const attributeDepth = 200

// Attribute finds, for each differing field of a plan, the commit since which
// Git has the value it has. What lies further back than a few hundred commits
// stays unknown. It renders old revisions that it has not seen before, so it
// may take its time; ctx ends it early, and what was found until then is kept.
func (e *Engine) Attribute(ctx context.Context, p *Plan) error {
	return e.attribute(ctx, p.fabric, p.BaseRevision, p.Changes)
}

// attribute fills in the commits of the changes' fields.
func (e *Engine) attribute(ctx context.Context, f *fabric, revision string, changes []Change) error {
	m, err := e.mirror()
	if err != nil {
		return err
	}
	open := f.openObjects(m, changes)
	if len(open) == 0 {
		return nil
	}
	page, err := m.History(ctx, gitrepo.HistoryOptions{
		From:  gitrepo.Hash(revision),
		Paths: append([]string{f.env.spec.Path}, f.desired.closure...),
		Limit: attributeDepth,
	})
	if err != nil {
		return fmt.Errorf("find who wrote what differs in %s: %w", f.env.spec.Name, err)
	}
	s := search{path: f.env.spec.Path, mirror: m, open: open, flights: make([]*archive.Flight, len(page.Commits)), start: e.recall(f, m)}
	return s.run(ctx, page.Commits, page.Next == "")
}

// search goes back through the history for the commits that gave fields the
// values they have.
type search struct {
	path   string // of the environment
	mirror *gitrepo.Mirror
	open   []*openObject
	// start begins to fetch what the environment was at a commit.
	start func(gitrepo.Commit) *archive.Flight
	// flights are the commits that were begun to be fetched; one that is not
	// there need not be.
	flights []*archive.Flight
	ahead   int // how far they go
}

// run searches commits, which are newest first; whole tells that they go back
// to the beginning. A field that is not yet in an older rendering as it is now
// was given its value by the commit after that one.
func (s *search) run(ctx context.Context, commits []gitrepo.Commit, whole bool) error {
	for i, c := range commits {
		if err := ctx.Err(); err != nil {
			return err
		}
		var older *archive.Revision // nil before the environment existed
		if i+1 < len(commits) {
			s.lookAhead(commits, i+1)
			if s.flights[i+1] == nil {
				continue
			}
			var err error
			older, err = s.flights[i+1].Wait(ctx)
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case errors.Is(err, archive.ErrClosed):
				return errEnded
			case err != nil || older.Broken:
				continue // a broken revision says nothing; the one before it will
			}
		} else if !whole {
			return nil
		}
		commit := commitOf(c)
		s.open = slices.DeleteFunc(s.open, func(o *openObject) bool {
			o.compare(older, &commit)
			return len(o.fields) == 0
		})
		if len(s.open) == 0 {
			return nil
		}
	}
	return nil
}

// lookAhead begins to fetch the commit that is needed now, and as many of those
// that may be needed after it as there are processors.
func (s *search) lookAhead(commits []gitrepo.Commit, now int) {
	s.ahead = max(s.ahead, now)
	for s.ahead < len(commits) && s.ahead < now+runtime.GOMAXPROCS(0) {
		if !s.untouched(commits[s.ahead].Hash) {
			s.flights[s.ahead] = s.start(commits[s.ahead])
		}
		s.ahead++
	}
}

// untouched tells whether an earlier revision certainly has every open object
// as it is now, or does not render and says nothing: in a plain directory an
// object comes from its own file alone.
func (s *search) untouched(rev gitrepo.Hash) bool {
	if slices.ContainsFunc(s.open, func(o *openObject) bool { return o.source == "" }) {
		return false
	}
	tree, err := s.mirror.Tree(rev)
	if err != nil || !render.IsPlain(tree, s.path) {
		return false
	}
	return !slices.ContainsFunc(s.open, func(o *openObject) bool { return fileAt(tree, o.want.file) != o.source })
}

// openObject is an object with fields whose commit is not known yet.
type openObject struct {
	id   ID
	want *wanted // nil when Git does not name it
	// source is the hash of the file that alone makes the object what it is;
	// empty when that cannot be said of a file.
	source gitrepo.Hash
	fields []openField
	seen   *archive.Object // the last that was looked at
}

type openField struct {
	now    any
	exists bool
	change *FieldChange
}

func (f *fabric) openObjects(m *gitrepo.Mirror, changes []Change) []*openObject {
	tree, err := m.Tree(f.desired.revision)
	plain := err == nil && render.IsPlain(tree, f.env.spec.Path)
	var open []*openObject
	for i := range changes {
		c := &changes[i]
		if len(c.Fields) == 0 {
			continue
		}
		o := &openObject{id: c.ID, want: f.desired.objects[c.ID]}
		var manifest *unstructured.Unstructured
		if o.want != nil {
			manifest = o.want.manifest()
			// A definition in another file may say where a guessed kind lives.
			if plain && !slices.Contains(f.desired.guessed, c.GroupKind()) {
				o.source = fileAt(tree, o.want.file)
			}
		}
		for j := range c.Fields {
			field := openField{change: &c.Fields[j]}
			field.now, field.exists = drift.Lookup(manifest, c.Fields[j].Path)
			o.fields = append(o.fields, field)
		}
		open = append(open, o)
	}
	return open
}

// fileAt is the hash of a file; empty when there is none, or a link to one.
func fileAt(tree *gitrepo.Tree, name string) gitrepo.Hash {
	info, err := fs.Lstat(tree, name)
	if err != nil || !info.Mode().IsRegular() {
		return ""
	}
	hash, _ := tree.HashOf(name)
	return hash
}

// compare closes the fields that an older revision does not have as they are
// now: they are the work of the commit after it.
func (o *openObject) compare(older *archive.Revision, after *Commit) {
	var then *archive.Object
	if older != nil {
		then = older.Object(o.id)
	}
	if then != nil && (then == o.seen || o.want != nil && then.Hash == o.want.hash) {
		return
	}
	o.seen = then
	var manifest *unstructured.Unstructured
	if then != nil {
		manifest = &unstructured.Unstructured{}
		// The bytes come from encoding a rendered object, so they decode.
		_ = manifest.UnmarshalJSON(then.JSON)
	}
	o.fields = slices.DeleteFunc(o.fields, func(f openField) bool {
		value, existed := drift.Lookup(manifest, f.change.Path)
		if then != nil && existed == f.exists && reflect.DeepEqual(value, f.now) {
			return false
		}
		f.change.Commit = after
		return true
	})
}
