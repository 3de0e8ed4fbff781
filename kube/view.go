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

	mu         sync.Mutex
	following  bool
	entries    map[ID]*entry
	kinds      map[schema.GroupKind]schema.GroupVersionKind // followed; the version for what is not wanted
	versions   map[schema.GroupVersionKind]bool             // followed
	namespaces []string                                     // of what is wanted
	unread     map[schema.GroupVersionKind]bool             // followed, and not looked at completely yet
	narrow     map[schema.GroupVersionKind]bool             // may not be listed across namespaces
	watches    map[target]*watch
	unswept    bool // entries may be held by watches that are no more
	round      int  // numbers the lists that were read
	pods       map[ID]map[string]podSign
	record     *Record // nil until it was read, and while it cannot be
	recordErr  error
	jobsAt     string // the namespace of the Jobs that verify the set
	jobs       map[ID]Job
	changed    map[ID]struct{}
	told       bool // notified since the last Take
	recovered  chan struct{}
	names      map[string]string // namespaces, so that each is kept once
}

// ViewState tells how good a View is.
type ViewState struct {
	Ready bool                       // everything followed has been read once
	AsOf  time.Time                  // the last moment at which every watch was known to be good
	Err   error                      // the connection or the credentials fail now, in the server's words
	Kinds map[schema.GroupKind]error // kinds that are unknown, or that may not be read

	Record    *Record // what the set's parent says; nil until it was read
	RecordErr error   // why it cannot be read

	Jobs     []Job // that verify the set, the newest first
	JobsRead bool  // they have been read once
	JobsErr  error // why they cannot be
}

// View makes the live view of a set. Run fills it. notify is called when Take
// would return something new; it must not block, nor call the view.
func (c *Cluster) View(set *Set, notify func()) *View {
	return &View{
		cluster:   c,
		set:       set,
		notify:    notify,
		urgent:    make(chan struct{}, 1),
		lazy:      make(chan struct{}, 1),
		entries:   map[ID]*entry{},
		unread:    map[schema.GroupVersionKind]bool{},
		narrow:    map[schema.GroupVersionKind]bool{},
		watches:   map[target]*watch{},
		pods:      map[ID]map[string]podSign{},
		changed:   map[ID]struct{}{},
		recovered: make(chan struct{}),
		names:     map[string]string{},
	}
}

// lazyDelay gathers changes that make watches superfluous: adoption comes in bursts.
const lazyDelay = 100 * time.Millisecond

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
			return ctx.Err()
		case <-v.urgent:
		case <-v.lazy:
			timer := time.NewTimer(lazyDelay)
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
	for _, e := range v.entries {
		e.wanted = false
	}
	kinds := map[schema.GroupKind]schema.GroupVersionKind{}
	versions := map[schema.GroupVersionKind]bool{}
	namespaces := map[string]bool{}
	for _, gk := range extra {
		kinds[gk] = gk.WithVersion("")
		// Where it is known, the version keeps the watch when Git names it later.
		if r, err := v.cluster.discovery.lookup(kinds[gk]); err == nil {
			kinds[gk] = r.gvk
		}
	}
	for id, gvk := range want {
		v.wantEntry(id, gvk)
		versions[gvk] = true
		if id.Namespace != "" {
			namespaces[id.Namespace] = true
		}
		// Of several versions of one kind any will do, as long as it is always the same.
		if known := kinds[id.GroupKind()]; !versions[known] || known.Version < gvk.Version {
			kinds[id.GroupKind()] = gvk
		}
	}
	for gk, gvk := range kinds {
		versions[gvk] = true
		if v.kinds[gk] != gvk {
			v.unread[gvk] = true
		}
	}
	maps.DeleteFunc(v.unread, func(gvk schema.GroupVersionKind, _ bool) bool { return !versions[gvk] })
	for id, e := range v.entries {
		gvk, followed := kinds[id.GroupKind()]
		switch {
		case e.wanted:
		case e.alone == nil || !followed:
			v.drop(e)
		default:
			e.gvk = gvk
		}
	}
	v.kinds, v.versions, v.namespaces = kinds, versions, slices.Sorted(maps.Keys(namespaces))
	v.following, v.unswept = true, true
	poke(v.urgent)
}

// wantEntry notes that Git names an object.
func (v *View) wantEntry(id ID, gvk schema.GroupVersionKind) {
	e := v.entries[id]
	if e == nil {
		e = &entry{id: id}
		v.entries[id] = e
	}
	if e.alone == nil && e.gvk != gvk {
		v.unread[gvk] = true
		// A watch that looked for others let this object pass: read it again.
		if w := v.covering(id, gvk, strangers); w != nil {
			w.outdated = true
		}
	}
	e.gvk, e.wanted = gvk, true
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
	ids := make([]ID, 0, len(v.entries))
	for id, e := range v.entries {
		if e.live != nil {
			ids = append(ids, id)
		}
	}
	v.mu.Unlock()
	slices.SortFunc(ids, ID.Compare)
	return ids
}

func (v *View) state() ViewState {
	s := ViewState{Ready: v.following && len(v.unread) == 0, Record: v.record, RecordErr: v.recordErr, Jobs: v.jobsNow(), JobsRead: v.jobs != nil}
	for t, w := range v.watches {
		switch {
		case w.refused != nil && t.role == record:
			s.RecordErr = w.refused
		case w.refused != nil && t.role == jobs:
			s.JobsErr = w.refused
		case w.refused != nil && t.role != pods:
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

// tell notifies the owner, once until it takes.
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

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
