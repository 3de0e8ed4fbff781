package panel

import "github.com/evenkeel/evenkeel/engine"

// tracked is what was made of each object of an environment. It follows the
// environment from snapshot to snapshot: an object that has not changed costs the
// comparison of two pointers, since snapshots share what is the same.
type tracked[T any] struct {
	objects []*engine.Object // in the order of their identities
	made    []*T             // of each of them; next may have made nothing
}

// follow goes on to the next list of objects. It calls next for those that are
// new or have changed, with what was made of the older version, or nil. It
// returns what was made of objects that are no longer there.
func (t *tracked[T]) follow(objects []*engine.Object, next func(was *T, o *engine.Object) *T) (gone []*T) {
	if t.alike(objects) {
		for i, o := range objects {
			if t.objects[i] != o {
				t.made[i] = next(t.made[i], o)
			}
		}
		t.objects = objects
		return nil
	}
	made := make([]*T, 0, len(objects))
	i := 0
	for _, o := range objects {
		for i < len(t.objects) && t.objects[i] != o && t.objects[i].ID.Compare(o.ID) < 0 {
			gone = append(gone, t.made[i])
			i++
		}
		switch {
		case i < len(t.objects) && t.objects[i] == o:
			made = append(made, t.made[i])
			i++
		case i < len(t.objects) && t.objects[i].ID == o.ID:
			made = append(made, next(t.made[i], o))
			i++
		default:
			made = append(made, next(nil, o))
		}
	}
	gone = append(gone, t.made[i:]...)
	t.objects, t.made = objects, made
	return gone
}

// alike tells whether none came and none went.
func (t *tracked[T]) alike(objects []*engine.Object) bool {
	if len(objects) != len(t.objects) {
		return false
	}
	for i, o := range objects {
		if t.objects[i] != o && t.objects[i].ID != o.ID {
			return false
		}
	}
	return true
}
