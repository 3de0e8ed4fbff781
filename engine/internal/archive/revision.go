// Package archive remembers what environments rendered to at earlier revisions.
// What a revision renders to never changes, so it need be found out but once.
package archive

import (
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
