// Package archive remembers what environments rendered to at earlier revisions.
// What a revision renders to never changes, so it need be found out but once.
package archive

import (
	"iter"
	"slices"

	"github.com/evenkeel/evenkeel/kube"
)

// Object is an object as an environment had it. It is immutable, and revisions
// that have the same object share it.
type Object struct {
	ID   kube.ID
	Hash uint64 // taken over the JSON
	JSON []byte
}

// Revision is an environment as it was at one revision. It is immutable.
type Revision struct {
	// Broken tells that the revision does not render, and never will.
	Broken bool

	objects []*Object // by identity
}

// Object returns the object of an identity, or nil if the revision has none.
func (r *Revision) Object(id kube.ID) *Object {
	i, found := slices.BinarySearchFunc(r.objects, id, func(o *Object, id kube.ID) int { return o.ID.Compare(id) })
	if !found {
		return nil
	}
	return r.objects[i]
}

// Changes lists the objects that two revisions do not have alike, each as it was
// before and after; nil where it was not. Before may be nil for what had nothing.
func Changes(before, after *Revision) iter.Seq2[*Object, *Object] {
	return func(yield func(before, after *Object) bool) {
		var old []*Object
		if before != nil {
			old = before.objects
		}
		current := after.objects
		for len(old) > 0 || len(current) > 0 {
			var was, is *Object
			order := 0
			switch {
			case len(old) == 0:
				order = 1
			case len(current) == 0:
				order = -1
			default:
				order = old[0].ID.Compare(current[0].ID)
			}
			if order <= 0 {
				was, old = old[0], old[1:]
			}
			if order >= 0 {
				is, current = current[0], current[1:]
			}
			if was != nil && is != nil && was.Hash == is.Hash {
				continue
			}
			if !yield(was, is) {
				return
			}
		}
	}
}
