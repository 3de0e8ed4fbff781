package kube

import "k8s.io/apimachinery/pkg/runtime/schema"

// entry is an object that is wanted, or live, or both, and the watches that
// have it. An object that left the watch by label may be gone or may have lost
// its label: it stays, held by none, until a watch without selector was read.
type entry struct {
	id     ID
	gvk    schema.GroupVersionKind // the version in which it is followed
	wanted bool
	live   *Live // as shown: its pods may have made the health worse
	alone  *Live // as read; nil when it is not there
	heldAs [roles]bool
	round  int // of the last list that had it
}

// accept takes an object from a watch. All methods here are called with the
// view locked.
func (v *View) accept(t target, live *Live) {
	e := v.entryFor(live)
	if e == nil || e.gvk != t.gvk || t.role == strangers && !e.wanted {
		return
	}
	e.heldAs[t.role] = true
	e.round = v.round
	if t.role == members && e.wanted {
		poke(v.lazy)
	}
	// Two watches bring the same object at different times: old news is left out.
	if e.alone == nil || e.alone.GVK != live.GVK || newer(live.ResourceVersion, e.alone.ResourceVersion) {
		e.alone = live
		v.diagnose(e)
		v.touch(e.id)
	}
}

// entryFor finds or makes the entry of an object, or none when nobody follows its kind.
func (v *View) entryFor(live *Live) *entry {
	if e := v.entries[live.ID]; e != nil {
		live.ID = e.id
		return e
	}
	gvk, followed := v.kinds[live.ID.GroupKind()]
	if !followed {
		return nil
	}
	live.ID.Namespace = v.intern(live.ID.Namespace)
	e := &entry{id: live.ID, gvk: gvk}
	v.entries[e.id] = e
	return e
}

// lose takes the news that an object left a watch.
func (v *View) lose(t target, id ID) {
	e := v.entries[id]
	if e == nil || e.gvk != t.gvk {
		return
	}
	e.heldAs[t.role] = false
	v.settle(e)
	if t.role == members {
		poke(v.urgent)
	}
}

// settle drops an object when it is certain that no watch will bring it again.
func (v *View) settle(e *entry) {
	if e.heldAs[members] || e.heldAs[strangers] {
		return
	}
	if e.wanted {
		if m := v.covering(e.id, e.gvk, members); m != nil && m.refused == nil {
			if s := v.covering(e.id, e.gvk, strangers); s == nil || !s.read && s.refused == nil {
				return
			}
		}
	}
	v.drop(e)
}

// drop notes that an object is not there, and forgets it unless it is wanted.
func (v *View) drop(e *entry) {
	if e.alone != nil {
		v.touch(e.id)
	}
	e.live, e.alone, e.heldAs = nil, nil, [roles]bool{}
	delete(v.pods, e.id)
	if !e.wanted {
		delete(v.entries, e.id)
	}
}

// intern makes all objects of a namespace share its name.
func (v *View) intern(namespace string) string {
	known, ok := v.names[namespace]
	if !ok {
		known = namespace
		v.names[namespace] = known
	}
	return known
}

// newer compares resource versions of the same object: numbers of any length.
func newer(a, b string) bool {
	if len(a) != len(b) {
		return len(a) > len(b)
	}
	return a > b
}
