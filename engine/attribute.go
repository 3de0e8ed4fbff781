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
	m, err := e.mirror()
	if err != nil {
		return err
	}
	open := openFields(p)
	if len(open) == 0 {
		return nil
	}
	env := p.fabric.env
	page, err := m.History(ctx, gitrepo.HistoryOptions{
		From:  gitrepo.Hash(p.BaseRevision),
		Paths: append([]string{env.spec.Path}, p.fabric.desired.closure...),
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

func openFields(p *Plan) []openField {
	var open []openField
	for i := range p.Changes {
		c := &p.Changes[i]
		var manifest *unstructured.Unstructured
		if w := p.fabric.desired.objects[c.ID]; w != nil {
			manifest = w.manifest()
		}
		for j := range c.Fields {
			f := openField{id: c.ID, change: &c.Fields[j]}
			f.now, f.exists = drift.Lookup(manifest, c.Fields[j].Path)
			open = append(open, f)
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
