package kube

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// watch keeps one target of a view up to date: list, watch, and again
// whenever that ends. Its fields below the line belong to the view's lock.
type watch struct {
	view   *View
	target target
	cancel context.CancelFunc

	version string // the resourceVersion to go on from; "" means to list anew

	// Guarded by view.mu.
	read     bool      // listed at least once
	outdated bool      // the view wants more than was kept: to be replaced
	refused  error     // unknown kind, or not allowed
	trouble  error     // no connection, or credentials not accepted
	standing bool      // connected right now
	good     time.Time // when it was last known to be right
}

const (
	firstBackoff = 200 * time.Millisecond
	maxBackoff   = 10 * time.Second
	// refusedInterval is how often a kind that is unknown or not allowed is tried.
	refusedInterval = 30 * time.Second
)

// run ends with the context.
func (w *watch) run(ctx context.Context) {
	backoff := firstBackoff
	for ctx.Err() == nil {
		news := w.view.cluster.discovery.news()
		began := time.Now()
		err := w.once(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > maxBackoff {
			backoff = firstBackoff
		}
		wait := time.Duration(0)
		switch {
		case err == nil && time.Since(began) > time.Second:
			// The server ends watches now and then; that is no news.
		case isExpired(err):
			w.version = ""
			wait, backoff = backoff/4, next(backoff)
		case isRefusal(err) && !w.mayBeStarting(err, backoff):
			if w.refuse(err) {
				return
			}
			w.version = ""
			wait = refusedInterval
		default:
			w.fail(err)
			wait, backoff = backoff, next(backoff)
		}
		if !w.pause(ctx, wait, news) {
			return
		}
	}
}

func next(backoff time.Duration) time.Duration { return min(2*backoff, maxBackoff) }

// pause waits, with jitter, but not longer than until the connection is seen
// to be good again by another watch, or the server serves other kinds.
func (w *watch) pause(ctx context.Context, d time.Duration, news <-chan struct{}) bool {
	if d == 0 {
		return ctx.Err() == nil
	}
	w.view.mu.Lock()
	recovered := w.view.recovered
	unknown := ReasonOf(w.refused) == UnknownKind
	w.view.mu.Unlock()
	timer := time.NewTimer(d/2 + rand.N(d/2+1))
	defer timer.Stop()
	poll := time.NewTicker(missInterval + missInterval/2)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return true
		case <-recovered:
			return true
		case <-news:
			return true
		case <-poll.C:
			if unknown {
				return true // asking for the kinds again is cheap: mostly "not modified"
			}
		}
	}
}

func isExpired(err error) bool {
	return apierrors.IsResourceExpired(err) || apierrors.IsGone(err)
}

// isRefusal tells apart what waiting for the connection will not cure.
func isRefusal(err error) bool {
	switch ReasonOf(err) {
	case UnknownKind, Forbidden:
		return true
	}
	return false
}

// mayBeStarting tells whether a kind that could be read before is refused only
// because the server has just started and does not know its own rules yet.
func (w *watch) mayBeStarting(err error, backoff time.Duration) bool {
	w.view.mu.Lock()
	defer w.view.mu.Unlock()
	return ReasonOf(err) == Forbidden && w.read && w.refused == nil && backoff < maxBackoff/2
}

// refuse notes that a kind cannot be read, and reports whether the watch is to
// be replaced by narrower ones.
func (w *watch) refuse(err error) (replaced bool) {
	v := w.view
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.watches[w.target] != w {
		return true
	}
	r, lookupErr := v.cluster.discovery.lookup(w.target.gvk)
	if ReasonOf(err) == Forbidden && w.target.role == members && w.target.namespace == "" && lookupErr == nil && r.namespaced && len(v.namespaces) > 0 {
		v.narrow[w.target.gvk] = true
		poke(v.urgent)
		return true
	}
	w.refused, w.trouble, w.standing = err, nil, false
	if ReasonOf(err) == UnknownKind && (w.target.role == members || w.target.role == strangers) {
		// The objects of a kind that is gone are gone with it.
		v.forget(w.target)
	}
	poke(v.urgent)
	v.tell()
	return false
}

// forget drops what a watch held.
func (v *View) forget(t target) {
	for id, e := range v.entries {
		if e.alone != nil && e.gvk == t.gvk && t.covers(id) {
			e.heldAs[t.role] = false
			v.settle(e)
		}
	}
}

// fail notes that the server does not answer, or not as it should.
func (w *watch) fail(err error) {
	v := w.view
	v.mu.Lock()
	defer v.mu.Unlock()
	if err == nil { // ended at once, without a word
		return
	}
	w.trouble = fmt.Errorf("%s: %w", v.cluster.Server(), err)
	v.tell()
}

// well notes that the server answers. It is called with the view locked.
func (w *watch) well() {
	if w.trouble != nil {
		close(w.view.recovered)
		w.view.recovered = make(chan struct{})
	}
	if w.trouble != nil || w.refused != nil {
		w.view.tell()
	}
	w.trouble, w.refused, w.good = nil, nil, time.Now()
}

func (w *watch) connected() {
	w.view.mu.Lock()
	defer w.view.mu.Unlock()
	w.well()
	w.standing = true
}

func (w *watch) heard() {
	w.view.mu.Lock()
	defer w.view.mu.Unlock()
	w.good = time.Now()
}

// disconnected notes that the watch ended, and until when it was surely good.
func (w *watch) disconnected(at time.Time) {
	w.view.mu.Lock()
	defer w.view.mu.Unlock()
	w.standing = false
	if at.After(w.good) {
		w.good = at
	}
}

// knownGood is the last moment at which what the watch brought was surely
// right. It is called with the view locked.
func (w *watch) knownGood() time.Time {
	if w.standing {
		return time.Now()
	}
	return w.good
}
