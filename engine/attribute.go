package engine

import (
	"context"
	"fmt"
	"reflect"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/evenkeel/evenkeel/engine/drift"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// attributeDepth is how many commits are searched for the one that gave a
// field its value.
const attributeDepth = 200

// Attribute finds, for each differing field of a plan, the commit since which
// Git has the value it has. What lies further back than a few hundred commits
// stays unknown. It renders old revisions, so it takes its time; ctx ends it
// early, and what was found until then is kept.
func (e *Engine) Attribute(ctx context.Context, p *Plan) error {
	return e.attribute(ctx, p.fabric, p.BaseRevision, p.Changes)
}

// attribute fills in the commits of the changes' fields.
func (e *Engine) attribute(ctx context.Context, f *fabric, revision string, changes []Change) error {
	m, err := e.mirror()
	if err != nil {
		return err
	}
	open := f.openFields(changes)
	if len(open) == 0 {
		return nil
	}
	env := f.env
	page, err := m.History(ctx, gitrepo.HistoryOptions{
		From:  gitrepo.Hash(revision),
		Paths: append([]string{env.spec.Path}, f.desired.closure...),
		Limit: attributeDepth,
	})
	if err != nil {
		return fmt.Errorf("find who wrote what differs in %s: %w", env.spec.Name, err)
	}
	// Commits are newest first. A field that is not yet in an older rendering as
	// it is now was given its value by the commit after that one.
	for i, c := range page.Commits {
		if len(open) == 0 {
			return nil
		}
		var older *desired
		if i+1 < len(page.Commits) {
			older, err = e.renderEnvironment(ctx, env, page.Commits[i+1].Hash)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				continue // a broken revision says nothing; the one before it will
			}
		} else if page.Next != "" {
			return nil
		}
		commit := commitOf(c)
		kept := open[:0]
		for _, f := range open {
			if f.same(older) {
				kept = append(kept, f)
			} else {
				f.change.Commit = &commit
			}
		}
		open = kept
	}
	return nil
}

// openField is a differing field whose commit is not known yet.
type openField struct {
	id     ID
	now    any
	exists bool
	change *FieldChange
}

func (f *fabric) openFields(changes []Change) []openField {
	var open []openField
	for i := range changes {
		c := &changes[i]
		var manifest *unstructured.Unstructured
		if w := f.desired.objects[c.ID]; w != nil {
			manifest = w.manifest()
		}
		for j := range c.Fields {
			field := openField{id: c.ID, change: &c.Fields[j]}
			field.now, field.exists = drift.Lookup(manifest, c.Fields[j].Path)
			open = append(open, field)
		}
	}
	return open
}

// same tells whether an older rendering has the field as it is now. A nil one
// is from before the environment existed, and has nothing.
func (f *openField) same(older *desired) bool {
	if older == nil {
		return false
	}
	w := older.objects[f.id]
	if w == nil {
		return false
	}
	then, existed := drift.Lookup(w.manifest(), f.change.Path)
	return existed == f.exists && reflect.DeepEqual(then, f.now)
}
