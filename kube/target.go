package kube

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// target is what one watch looks at: the members of the set, found by label,
// or, without selector, the wanted objects that are not members.
type target struct {
	gvk       schema.GroupVersionKind
	namespace string // "" is all of them, or a kind that has none
	name      string // one object alone
	labelled  bool
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
	needed := map[target]bool{}
	gvks := map[schema.GroupVersionKind]bool{}
	namespaces := map[string]bool{}
	for id, gvk := range v.want {
		gvks[gvk] = true
		if id.Namespace != "" {
			namespaces[id.Namespace] = true
		}
	}
	for _, gvk := range v.kinds {
		gvks[gvk] = true
	}
	for gvk := range gvks {
		if !v.narrow[gvk] {
			needed[target{gvk: gvk, labelled: true}] = true
			continue
		}
		for ns := range namespaces {
			needed[target{gvk: gvk, namespace: ns, labelled: true}] = true
		}
	}
	v.addUnlabelled(needed)
	return needed
}

// addUnlabelled adds the watches without selector.
func (v *View) addUnlabelled(needed map[target]bool) {
	type place struct {
		gvk       schema.GroupVersionKind
		namespace string
	}
	strangers := map[place][]string{}
	places := map[schema.GroupVersionKind]int{}
	for id, gvk := range v.want {
		if e := v.entries[id]; e != nil && e.labelled {
			continue
		}
		if w := v.covering(id, gvk, true); w == nil || !w.read || w.refused != nil {
			continue
		}
		at := place{gvk, id.Namespace}
		if strangers[at] == nil {
			places[gvk]++
		}
		strangers[at] = append(strangers[at], id.Name)
	}
	for at, names := range strangers {
		whole := target{gvk: at.gvk, namespace: at.namespace}
		switch {
		case places[at.gvk] > maxNamespaces && !v.narrow[at.gvk]:
			needed[target{gvk: at.gvk}] = true
		case len(names) > 1 || v.watches[whole] != nil:
			needed[whole] = true
		default:
			needed[target{gvk: at.gvk, namespace: at.namespace, name: names[0]}] = true
		}
	}
}

// covering finds the running watch that would bring an object.
func (v *View) covering(id ID, gvk schema.GroupVersionKind, labelled bool) *watch {
	t := target{gvk: gvk, labelled: labelled}
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
		}
	}
	for t := range needed {
		if v.watches[t] != nil {
			continue
		}
		watchCtx, cancel := context.WithCancel(ctx)
		w := &watch{view: v, target: t, cancel: cancel, good: time.Now()}
		v.watches[t] = w
		running.Go(func() {
			defer cancel()
			w.run(watchCtx)
		})
	}
	v.sweep()
}

// sweep lets go of what no watch covers any longer.
func (v *View) sweep() {
	for id, e := range v.entries {
		gvk, followed := v.version(id)
		_, wanted := v.want[id]
		e.labelled = e.labelled && followed && v.covering(id, gvk, true) != nil
		e.wide = e.wide && wanted && v.covering(id, gvk, false) != nil
		v.settle(id, e)
	}
	v.tell()
}
