package kube

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// role is what a watch is for.
type role uint8

const (
	members   role = iota // the set's objects, found by label
	strangers             // wanted objects that are not members, looked for without selector
	pods                  // the pods of workloads that make no progress
	record                // the set's parent
	jobs                  // those that verify what the set brought
	roles
)

// target is what one watch looks at.
type target struct {
	gvk       schema.GroupVersionKind
	namespace string // "" is all of them, or a kind that has none
	name      string // one object alone
	role      role
}

func (t target) covers(id ID) bool {
	return (t.namespace == "" || t.namespace == id.Namespace) && (t.name == "" || t.name == id.Name)
}

// maxNamespaces is how many namespaces of one kind are watched one by one.
const maxNamespaces = 16

// targets computes the watches that are needed now.
//
// The members of the set are watched by label across the cluster, or in the
// namespaces that are wanted where access rules allow no more. Whether
// a wanted object that is not among them exists can only be seen without the
// label: such a watch runs in its namespace for as long as there is one.
func (v *View) targets() map[target]bool {
	needed := map[target]bool{v.recordTarget(): true}
	for gvk := range v.versions {
		if !v.narrow[gvk] {
			needed[target{gvk: gvk, role: members}] = true
			continue
		}
		for _, ns := range v.namespaces {
			needed[target{gvk: gvk, namespace: ns, role: members}] = true
		}
	}
	v.addStrangers(needed)
	v.addPods(needed)
	v.addJobs(needed)
	return needed
}

// place is where the objects of a kind are.
type place struct {
	gvk       schema.GroupVersionKind
	namespace string
}

// addStrangers adds the watches without selector.
func (v *View) addStrangers(needed map[target]bool) {
	found := map[place][]string{}
	places := map[schema.GroupVersionKind]int{}
	for id, e := range v.entries {
		if !e.wanted || e.heldAs[members] {
			continue
		}
		if m := v.covering(id, e.gvk, members); m == nil || !m.read || m.refused != nil {
			continue
		}
		at := place{e.gvk, id.Namespace}
		if found[at] == nil {
			places[e.gvk]++
		}
		found[at] = append(found[at], id.Name)
	}
	for at, names := range found {
		whole := target{gvk: at.gvk, namespace: at.namespace, role: strangers}
		switch {
		case places[at.gvk] > maxNamespaces && !v.narrow[at.gvk]:
			needed[target{gvk: at.gvk, role: strangers}] = true
		case len(names) > 1 || v.watches[whole] != nil:
			needed[whole] = true
		default:
			whole.name = names[0]
			needed[whole] = true
		}
	}
}

// covering finds the running watch that would bring an object.
func (v *View) covering(id ID, gvk schema.GroupVersionKind, as role) *watch {
	t := target{gvk: gvk, role: as}
	if w := v.watches[t]; w != nil {
		return w
	}
	t.namespace = id.Namespace
	if w := v.watches[t]; w != nil {
		return w
	}
	t.name = id.Name
	return v.watches[t]
}

// arrange starts the watches that are missing and ends those not needed.
func (v *View) arrange(ctx context.Context, running *sync.WaitGroup) {
	v.mu.Lock()
	defer v.mu.Unlock()
	needed := v.targets()
	for t, w := range v.watches {
		if !needed[t] || w.outdated {
			w.cancel()
			delete(v.watches, t)
			v.unswept = true
		}
	}
	for t := range needed {
		if v.watches[t] != nil {
			continue
		}
		watchCtx, cancel := context.WithCancel(ctx)
		w := &watch{view: v, target: t, cancel: cancel}
		v.watches[t] = w
		running.Go(func() {
			defer cancel()
			w.run(watchCtx)
		})
	}
	if v.unswept {
		v.sweep()
	}
	v.checkRead(needed)
}

// sweep lets go of what no watch covers any longer.
func (v *View) sweep() {
	v.unswept = false
	for id, e := range v.entries {
		if e.alone == nil {
			continue
		}
		e.heldAs[members] = e.heldAs[members] && v.covering(id, e.gvk, members) != nil
		e.heldAs[strangers] = e.heldAs[strangers] && e.wanted && v.covering(id, e.gvk, strangers) != nil
		v.settle(e)
	}
}

// checkRead notes which kinds have been looked at completely. A kind stays
// read when one of its watches has to begin anew.
func (v *View) checkRead(needed map[target]bool) {
	if len(v.unread) == 0 {
		return
	}
	waiting := map[schema.GroupVersionKind]bool{}
	for t := range needed {
		if w := v.watches[t]; !w.read && w.refused == nil {
			waiting[t.gvk] = true
			if t.role == pods { // the health of others depends on it
				return
			}
		}
	}
	for gvk := range v.unread {
		if !waiting[gvk] {
			delete(v.unread, gvk)
		}
	}
	if len(v.unread) == 0 {
		v.tell()
	}
}
