package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/engine/drift"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// Revision is a commit looked at closely, for one environment.
type Revision struct {
	Commit
	Environment string
	Message     string              // all of it
	Trailers    map[string][]string // the "Key: value" lines that end it
	Parent      string              // the first one; empty for the first commit
	// Files are those that the commit changed against its first parent; those
	// that the environment reads come first.
	Files []FileChange
	// Changes are what the commit changed in what the environment renders to:
	// Live is before, Desired after. No cluster is asked.
	Changes []Change
	// Problems say why Changes cannot be told: one of the two does not render.
	Problems []string
}

// comparison is a commit and its first parent, as one environment sees them.
type comparison struct {
	spec          config.Environment
	now           *desired // what the environment is compared with; may be nil
	mirror        *gitrepo.Mirror
	before, after side
}

// side is one of the two. That of before the first commit has nothing.
type side struct {
	hash    gitrepo.Hash
	label   string // what a diff calls it; empty is the hash
	tree    *gitrepo.Tree
	desired *desired // nil when it does not render
	err     error
}

// Revision looks at a commit: what it changed in the files, and what that
// changed in the objects of an environment.
func (e *Engine) Revision(ctx context.Context, environment, hash string) (*Revision, error) {
	r, err := e.revision(ctx, environment, gitrepo.Hash(hash))
	if err != nil {
		return nil, fmt.Errorf("look at %.7s in %s: %w", hash, environment, err)
	}
	return r, nil
}

func (e *Engine) revision(ctx context.Context, environment string, hash gitrepo.Hash) (*Revision, error) {
	env, err := e.find(environment)
	if err != nil {
		return nil, err
	}
	m, err := e.mirror()
	if err != nil {
		return nil, err
	}
	commit, err := m.Commit(hash)
	if err != nil {
		return nil, err
	}
	r := &Revision{Commit: commitOf(commit), Environment: environment, Message: commit.Subject, Trailers: commit.Trailers}
	if commit.Body != "" {
		r.Message += "\n\n" + commit.Body
	}
	c := comparison{spec: env.spec, mirror: m, after: side{hash: hash}}
	if len(commit.Parents) > 0 {
		c.before.hash = commit.Parents[0]
		r.Parent = string(commit.Parents[0])
	}
	if err := e.ask(ctx, func() { c.now = env.desired }); err != nil {
		return nil, err
	}
	for _, s := range []*side{&c.before, &c.after} {
		if err := c.render(ctx, s); err != nil {
			return nil, err
		}
	}
	if r.Files, err = c.files(ctx); err != nil {
		return nil, err
	}
	if r.Problems = c.problems(); len(r.Problems) == 0 {
		r.Changes = c.changes()
	}
	return r, ctx.Err()
}

// render fills in a side. The error is one of reading the repository.
func (c *comparison) render(ctx context.Context, s *side) (err error) {
	if s.hash == "" {
		s.desired = &desired{}
		return nil
	}
	if s.tree, err = c.mirror.Tree(s.hash); err != nil {
		return err
	}
	if c.now != nil && c.now.revision == s.hash {
		s.desired = c.now
		return nil
	}
	s.desired, s.err = renderWith(ctx, s.tree, s.hash, c.spec, c.now.scope())
	if s.err != nil && ctx.Err() == nil {
		if _, there := s.tree.HashOf(c.spec.Path); !there {
			s.desired, s.err = &desired{}, nil // the environment did not exist
		}
	}
	return ctx.Err()
}

// scope tells the scopes of custom kinds as far as they are known by now.
func (d *desired) scope() func(schema.GroupKind) (namespaced, known bool) {
	scopes := map[schema.GroupKind]bool{}
	if d != nil {
		for id := range d.objects {
			scopes[id.GroupKind()] = id.Namespace != ""
		}
		for _, gk := range d.guessed {
			delete(scopes, gk)
		}
	}
	return func(gk schema.GroupKind) (namespaced, known bool) {
		namespaced, known = scopes[gk]
		return namespaced, known
	}
}

// problems says what keeps the sides from being compared.
func (c *comparison) problems() []string {
	var lines []string
	if c.after.err != nil {
		lines = problemsOf(c.after.err)
	}
	if c.before.err != nil {
		for _, line := range problemsOf(c.before.err) {
			lines = append(lines, fmt.Sprintf("%s (in the commit before, %s)", line, c.before.hash.Short()))
		}
	}
	return lines
}

// changes compares what the two sides render to.
func (c *comparison) changes() []Change {
	var pairs []pair
	for id, w := range c.after.desired.objects {
		if old := c.before.desired.objects[id]; old == nil || old.hash != w.hash {
			pairs = append(pairs, pair{old, w})
		}
	}
	for id, old := range c.before.desired.objects {
		if c.after.desired.objects[id] == nil {
			pairs = append(pairs, pair{before: old})
		}
	}
	slices.SortFunc(pairs, pair.compare)
	changes := make([]Change, len(pairs))
	for i, p := range pairs {
		changes[i] = c.change(p, pair.manifests)
	}
	return changes
}

// pair is one object on both sides; nil where it is not.
type pair struct{ before, after *wanted }

// id is what the object is called, where it is called two things on the side of
// after.
func (p pair) id() ID {
	if p.after == nil {
		return p.before.id
	}
	return p.after.id
}

func (p pair) compare(other pair) int { return p.id().Compare(other.id()) }

// manifests are both sides of the object. The caller owns them.
func (p pair) manifests() (before, after *unstructured.Unstructured) {
	if p.before != nil {
		before = p.before.manifest()
	}
	if p.after != nil {
		after = p.after.manifest()
	}
	return before, after
}

// change tells how the two sides of an object differ, as the manifests say it.
func (c *comparison) change(p pair, manifests func(pair) (before, after *unstructured.Unstructured)) Change {
	change := Change{Environment: c.spec.Name, ID: p.id(), Operation: Update}
	switch {
	case p.before == nil:
		change.Operation = Create
	case p.after == nil:
		change.Operation = Delete
	}
	for _, w := range []*wanted{p.before, p.after} {
		if w != nil {
			change.File, change.Line = w.file, w.line
		}
	}
	before, after := manifests(p)
	var fields []drift.Field
	fields, change.Live, change.Desired = drift.Between(before, after)
	for _, f := range fields {
		change.Fields = append(change.Fields, FieldChange{Field: f})
	}
	change.Diff = drift.UnifiedNamed(c.before.name()+" "+change.ID.String(), c.after.name()+" "+change.ID.String(), change.Live, change.Desired)
	return change
}

func (s *side) name() string { return cmp.Or(s.label, s.hash.Short()) }
