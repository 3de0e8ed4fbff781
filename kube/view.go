package kube

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// View holds the live objects of one environment: the members of its set, and
// the objects that Git names but that do not belong to the set yet. Watches
// keep it up to date. What was read is kept when the connection is lost; the
// state says how old it is.
type View struct {
	cluster *Cluster
	set     *Set
	notify  func()
	urgent  chan struct{} // the watches no longer fit what is followed
	lazy    chan struct{} // there may be watches that are no longer needed

	mu        sync.Mutex
	following bool
	unread    map[schema.GroupVersionKind]bool // followed, and not looked at completely yet
	want      map[ID]schema.GroupVersionKind
	kinds     map[schema.GroupKind]schema.GroupVersionKind // the version for IDs that are not wanted
	entries   map[ID]*entry
	watches   map[target]*watch
	narrow    map[schema.GroupVersionKind]bool // may not be listed across namespaces
	pods      map[ID]map[string]podSign        // of the workloads that make no progress
	changed   map[ID]struct{}
	told      bool // notified since the last Take
	recovered chan struct{}
	names     map[string]string // namespaces, so that each is kept once
}

// entry is one object and the watches that have it. An object that left the
// watch by label may be gone or may have lost its label: it stays, held by
// none, until a watch without selector has been read.
type entry struct {
	live   *Live // as shown: its pods may have made the health worse
	alone  *Live // as read
	heldAs [roles]bool
}

// ViewState tells how good a View is.
type ViewState struct {
	Ready bool                       // everything followed has been read once
	AsOf  time.Time                  // the last moment at which every watch was known to be good
	Err   error                      // the connection or the credentials fail now, in the server's words
	Kinds map[schema.GroupKind]error // kinds that are unknown, or that may not be read
}

// View makes the live view of a set. Run fills it. notify is called when Take
// would return something new; it must not block.
func (c *Cluster) View(set *Set, notify func()) *View {
	return &View{
		cluster:   c,
		set:       set,
		notify:    notify,
		urgent:    make(chan struct{}, 1),
		lazy:      make(chan struct{}, 1),
		unread:    map[schema.GroupVersionKind]bool{},
		entries:   map[ID]*entry{},
		pods:      map[ID]map[string]podSign{},
		watches:   map[target]*watch{},
		narrow:    map[schema.GroupVersionKind]bool{},
		changed:   map[ID]struct{}{},
		recovered: make(chan struct{}),
		names:     map[string]string{},
	}
}

// Run keeps the view up to date until the context ends. Every goroutine of the
// view ends before it returns.
func (v *View) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var running sync.WaitGroup
	defer running.Wait()
	for {
		v.arrange(ctx, &running)
		select {
		case <-ctx.Done():
			v.mu.Lock()
			clear(v.watches)
			v.mu.Unlock()
			return ctx.Err()
		case <-v.urgent:
		case <-v.lazy:
			// Adoption comes in bursts: look once for many objects.
			timer := time.NewTimer(100 * time.Millisecond)
			select {
			case <-ctx.Done():
			case <-v.urgent:
			case <-timer.C:
			}
			timer.Stop()
		}
	}
}

// Follow says what is desired, and which kinds were applied earlier. It
// replaces what was said before.
func (v *View) Follow(want map[ID]schema.GroupVersionKind, extra []schema.GroupKind) {
	v.mu.Lock()
	defer v.mu.Unlock()
	kinds := map[schema.GroupKind]schema.GroupVersionKind{}
	for _, gk := range extra {
		kinds[gk] = gk.WithVersion("")
	}
	for id, gvk := range want {
		gk := id.GroupKind()
		// Of several versions of one kind any will do, as long as it is always the same.
		if known, ok := kinds[gk]; !ok || known.Version < gvk.Version {
			kinds[gk] = gvk
		}
	}
	for id, gvk := range want {
		if _, before := v.want[id]; before || v.entries[id] != nil {
			continue
		}
		v.unread[gvk] = true
		// A watch without selector let this object pass: read it again.
		if w := v.covering(id, gvk, strangers); w != nil {
			w.outdated = true
		}
	}
	for gk, gvk := range kinds {
		if v.kinds[gk] != gvk {
			v.unread[gvk] = true
		}
	}
	v.want, v.kinds, v.following = maps.Clone(want), kinds, true
	poke(v.urgent)
}

// Take returns what changed since the last Take: the objects that appeared,
// changed or went, and the state now.
func (v *View) Take() (changed []ID, state ViewState) {
	v.mu.Lock()
	defer v.mu.Unlock()
	changed = slices.Collect(maps.Keys(v.changed))
	clear(v.changed)
	v.told = false
	return changed, v.state()
}

// Get returns an object, or nil when it is not live.
func (v *View) Get(id ID) *Live {
	v.mu.Lock()
	defer v.mu.Unlock()
	if e := v.entries[id]; e != nil {
		return e.live
	}
	return nil
}

// IDs lists all live objects that the view holds, in order.
func (v *View) IDs() []ID {
	v.mu.Lock()
	ids := slices.Collect(maps.Keys(v.entries))
	v.mu.Unlock()
	slices.SortFunc(ids, ID.Compare)
	return ids
}

func (v *View) state() ViewState {
	s := ViewState{Ready: v.following && len(v.unread) == 0}
	for t, w := range v.watches {
		if w.refused != nil && t.role != pods {
			if s.Kinds == nil {
				s.Kinds = map[schema.GroupKind]error{}
			}
			s.Kinds[t.gvk.GroupKind()] = w.refused
		}
		if w.trouble != nil && s.Err == nil {
			s.Err = w.trouble
		}
		if w.refused != nil || !w.read {
			continue
		}
		if good := w.knownGood(); s.AsOf.IsZero() || good.Before(s.AsOf) {
			s.AsOf = good
		}
	}
	return s
}

// tell notifies the owner once until it takes.
func (v *View) tell() {
	if v.told {
		return
	}
	v.told = true
	v.notify()
}

func (v *View) touch(id ID) {
	v.changed[id] = struct{}{}
	v.tell()
}

// version is the version in which an object is followed.
func (v *View) version(id ID) (schema.GroupVersionKind, bool) {
	if gvk, ok := v.want[id]; ok {
		return gvk, true
	}
	gvk, ok := v.kinds[id.GroupKind()]
	return gvk, ok
}

// accept takes an object from a watch.
func (v *View) accept(t target, live *Live) {
	id := v.intern(live)
	gvk, followed := v.version(id)
	_, wanted := v.want[id]
	if !followed || gvk != t.gvk || t.role == strangers && !wanted {
		return
	}
	e := v.entries[id]
	if e == nil {
		e = &entry{}
		v.entries[id] = e
	}
	e.heldAs[t.role] = true
	if t.role == members && wanted {
		poke(v.lazy)
	}
	// Two watches bring the same object at different times: old news is left out.
	if e.alone == nil || e.alone.GVK != live.GVK || newer(live.ResourceVersion, e.alone.ResourceVersion) {
		e.alone = live
		v.diagnose(id, e)
		v.touch(id)
	}
}

// lose takes the news that an object left a watch.
func (v *View) lose(t target, id ID) {
	e := v.entries[id]
	if e == nil {
		return
	}
	if gvk, _ := v.version(id); gvk != t.gvk {
		return
	}
	e.heldAs[t.role] = false
	v.settle(id, e)
	if t.role == members {
		poke(v.urgent)
	}
}

// settle drops an object when it is certain that no watch will bring it again.
func (v *View) settle(id ID, e *entry) {
	if e.heldAs[members] || e.heldAs[strangers] {
		return
	}
	if gvk, wanted := v.want[id]; wanted {
		if m := v.covering(id, gvk, members); m != nil && m.refused == nil {
			if s := v.covering(id, gvk, strangers); s == nil || !s.read && s.refused == nil {
				return
			}
		}
	}
	delete(v.entries, id)
	delete(v.pods, id)
	v.touch(id)
}

// intern makes all objects of a namespace share its name.
func (v *View) intern(live *Live) ID {
	ns, ok := v.names[live.ID.Namespace]
	if !ok {
		ns = live.ID.Namespace
		v.names[ns] = ns
	}
	live.ID.Namespace = ns
	return live.ID
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// newer compares resource versions of the same object: numbers of any length.
func newer(a, b string) bool {
	if len(a) != len(b) {
		return len(a) > len(b)
	}
	return a > b
}
