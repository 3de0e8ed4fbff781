package archive

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel/kube"
)

// ErrClosed is returned by an archive that has been closed.
var ErrClosed = errors.New("the archive is closed")

// Key says which rendering is meant.
type Key struct {
	Environment string
	Revision    string
	// Scopes is what else the rendering depends on: which custom kinds are known
	// to live in namespaces, and which are known not to.
	Scopes string
}

// Rendering is what a revision renders to.
type Rendering struct {
	Objects []Object // in any order, no identity twice
	// Broken tells that the revision does not render. One that could not be read
	// is an error instead, and not remembered.
	Broken bool
}

// Archive remembers revisions, as many as there is room for, and renders those
// that it does not know. It may be used from any goroutine.
type Archive struct {
	limit int
	slots chan struct{} // each holds a rendering that is under way
	ctx   context.Context
	stop  context.CancelFunc
	work  sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	rendered int
	flights  map[Key]*Flight
	shelf    map[Key]shelved
	objects  map[identity]*shared
	size     int
}

// shelved is a revision and when it was committed.
type shelved struct {
	*Revision
	when time.Time
}

// identity tells objects apart that are not the same in every field.
type identity struct {
	id   kube.ID
	hash uint64
}

// shared is an object and the number of revisions that have it.
type shared struct {
	*Object
	uses int
}

// What is kept takes this many bytes, about.
const (
	revisionSize = 256 // a revision without objects
	objectSize   = 256 // an object beside its JSON
	useSize      = 8   // one more revision with the same object
)

// New makes an archive that takes limit bytes at most, about. Close it.
func New(limit int) *Archive {
	ctx, stop := context.WithCancel(context.Background())
	return &Archive{
		limit:   limit,
		slots:   make(chan struct{}, runtime.GOMAXPROCS(0)),
		ctx:     ctx,
		stop:    stop,
		flights: map[Key]*Flight{},
		shelf:   map[Key]shelved{},
		objects: map[identity]*shared{},
	}
}

// Close ends what is under way, waits until it has ended, and lets nothing
// begin any more.
func (a *Archive) Close() {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.stop()
	a.work.Wait()
}

// Rendered counts the renderings that were begun so far.
func (a *Archive) Rendered() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.rendered
}

// Flight is a revision on its way.
type Flight struct {
	done     chan struct{}
	revision *Revision
	err      error
}

// Wait returns the revision once it is there. A rendering goes on when nobody
// waits for it any more: it is remembered, and its time is not lost.
func (f *Flight) Wait(ctx context.Context) (*Revision, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-f.done:
		return f.revision, f.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Start begins to fetch a revision that was committed at a time; it does not
// block. The revision is rendered only when it is neither remembered nor under
// way, and no more revisions at once than there are processors.
func (a *Archive) Start(key Key, when time.Time, render func(context.Context) (Rendering, error)) *Flight {
	a.mu.Lock()
	defer a.mu.Unlock()
	if known, ok := a.shelf[key]; ok {
		return landed(known.Revision, nil)
	}
	if f := a.flights[key]; f != nil {
		return f
	}
	if a.closed {
		return landed(nil, ErrClosed)
	}
	f := &Flight{done: make(chan struct{})}
	a.flights[key] = f
	a.work.Go(func() {
		defer close(f.done)
		rendering, err := a.render(render)
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.flights, key)
		if err != nil {
			f.err = err
			return
		}
		f.revision = a.put(key, when, rendering)
	})
	return f
}

func landed(r *Revision, err error) *Flight {
	f := &Flight{done: make(chan struct{}), revision: r, err: err}
	close(f.done)
	return f
}

// render waits for a free slot and renders.
func (a *Archive) render(render func(context.Context) (Rendering, error)) (Rendering, error) {
	select {
	case a.slots <- struct{}{}:
	case <-a.ctx.Done():
		return Rendering{}, ErrClosed
	}
	defer func() { <-a.slots }()
	a.mu.Lock()
	a.rendered++
	a.mu.Unlock()
	rendering, err := render(a.ctx)
	if a.ctx.Err() != nil {
		return Rendering{}, ErrClosed
	}
	return rendering, err
}

// put remembers a rendering, and forgets others when there is no room.
func (a *Archive) put(key Key, when time.Time, rendering Rendering) *Revision {
	r := &Revision{Broken: rendering.Broken, objects: make([]*Object, len(rendering.Objects))}
	for i, o := range rendering.Objects {
		r.objects[i] = a.share(o)
	}
	slices.SortFunc(r.objects, func(a, b *Object) int { return a.ID.Compare(b.ID) })
	a.shelf[key] = shelved{r, when}
	a.size += revisionSize
	for a.size > a.limit && len(a.shelf) > 0 {
		a.drop(a.oldest())
	}
	return r
}

func (a *Archive) share(o Object) *Object {
	as := identity{o.ID, o.Hash}
	s := a.objects[as]
	if s == nil {
		// The JSON may be a small part of what it was cut from.
		o.JSON = bytes.Clone(o.JSON)
		s = &shared{Object: &o}
		a.objects[as] = s
		a.size += objectSize + len(o.JSON)
	}
	s.uses++
	a.size += useSize
	return s.Object
}

// oldest finds the revision committed first. Searches begin at the newest, so
// it is the one that is needed least; dropping the one used longest ago would
// drop each just before a second search came to it.
func (a *Archive) oldest() Key {
	var oldest Key
	var since time.Time
	for key, r := range a.shelf {
		if oldest == (Key{}) || r.when.Before(since) {
			oldest, since = key, r.when
		}
	}
	return oldest
}

func (a *Archive) drop(key Key) {
	for _, o := range a.shelf[key].objects {
		as := identity{o.ID, o.Hash}
		s := a.objects[as]
		s.uses--
		a.size -= useSize
		if s.uses == 0 {
			delete(a.objects, as)
			a.size -= objectSize + len(o.JSON)
		}
	}
	a.size -= revisionSize
	delete(a.shelf, key)
}
