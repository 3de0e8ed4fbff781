package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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

// once lists where need be, and watches until the watch ends.
func (w *watch) once(ctx context.Context) error {
	r, err := w.view.cluster.discovery.find(ctx, w.target.gvk)
	if err != nil {
		return err
	}
	if w.version == "" {
		if err := w.list(ctx, r); err != nil {
			return w.reconsider(ctx, err)
		}
	}
	return w.reconsider(ctx, w.stream(ctx, r))
}

// reconsider asks for the server's kinds again when an address was not there.
func (w *watch) reconsider(ctx context.Context, err error) error {
	if err == nil || ReasonOf(err) != UnknownKind {
		return err
	}
	if again := w.view.cluster.discovery.refresh(ctx, time.Now()); again != nil {
		return again
	}
	if _, lookup := w.view.cluster.discovery.lookup(w.target.gvk); lookup != nil {
		return lookup
	}
	return err
}

func (w *watch) query() url.Values {
	q := url.Values{}
	if w.target.role == members {
		q.Set("labelSelector", partOfLabel+"="+w.view.set.ID())
	}
	if w.target.name != "" {
		q.Set("fieldSelector", "metadata.name="+w.target.name)
	}
	return q
}

// list reads everything there is now.
func (w *watch) list(ctx context.Context, r resource) error {
	resp, err := w.view.cluster.send(ctx, request{method: http.MethodGet, path: r.path(w.target.namespace, ""), query: w.query()})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var objects []*Live
	version := ""
	reader := newJSONReader(resp.Body)
	err = reader.members(func(key string) error {
		switch key {
		case "items":
			return reader.elements(func(raw []byte) error {
				if w.target.role == strangers && !w.wants(raw) {
					return nil
				}
				live, err := parseLive(r, raw, w.view.set.ID())
				objects = append(objects, live)
				return err
			})
		case "metadata":
			raw, err := reader.value()
			if err != nil {
				return err
			}
			version, err = resourceVersionOf(raw)
			return err
		}
		_, err := reader.value()
		return err
	})
	if err != nil {
		return unreachable(fmt.Errorf("reading the list of %s: %w", r.gvk.GroupKind(), noEOF(err)))
	}
	if version == "" {
		return fmt.Errorf("the list of %s has no resourceVersion", r.gvk.GroupKind())
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	w.version = version
	w.replace(objects)
	return nil
}

// wants tells whether a view wants an object, before any of it is copied.
func (w *watch) wants(raw []byte) bool {
	id := ID{Group: w.target.gvk.Group, Kind: w.target.gvk.Kind}
	err := fieldsOf(raw, func(key, value []byte) error {
		if string(key) != "metadata" {
			return nil
		}
		return fieldsOf(value, func(key, value []byte) (err error) {
			switch string(key) {
			case "name":
				id.Name, err = unquote(value)
			case "namespace":
				id.Namespace, err = unquote(value)
			}
			return err
		})
	})
	w.view.mu.Lock()
	defer w.view.mu.Unlock()
	_, wanted := w.view.want[id]
	return err == nil && wanted
}

// replace takes a whole list: what is not in it is not there any longer.
func (w *watch) replace(objects []*Live) {
	v := w.view
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.watches[w.target] != w {
		return
	}
	w.read = true
	w.well()
	poke(v.urgent)
	if w.target.role == pods {
		v.replacePods(w.target, objects)
		return
	}
	seen := make(map[ID]bool, len(objects))
	for _, live := range objects {
		seen[live.ID] = true
		v.accept(w.target, live)
	}
	for id, e := range v.entries {
		gvk, _ := v.version(id)
		if gvk == w.target.gvk && w.target.covers(id) && !seen[id] {
			e.heldAs[w.target.role] = false
			v.settle(id, e)
		}
	}
}

// stream watches until the server ends it or something breaks.
func (w *watch) stream(ctx context.Context, r resource) error {
	q := w.query()
	q.Set("watch", "true")
	q.Set("allowWatchBookmarks", "true")
	q.Set("resourceVersion", w.version)
	resp, err := w.view.cluster.send(ctx, request{method: http.MethodGet, path: r.path(w.target.namespace, ""), query: q})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	w.connected()
	reader := newJSONReader(resp.Body)
	for {
		raw, err := reader.value()
		if err == nil {
			err = w.event(r, raw)
		}
		switch {
		case err == io.EOF:
			w.disconnected(time.Now())
			return nil
		case err != nil:
			// A dead connection was dead for a while before it was noticed.
			w.disconnected(time.Now().Add(-pingAfter - pingTimeout))
			return brokenStream(err)
		}
		w.heard()
	}
}

// brokenStream keeps what the server said and calls the rest a lost connection.
func brokenStream(err error) error {
	var answer *apierrors.StatusError
	if errors.As(err, &answer) || errors.Is(err, errJSON) {
		return err
	}
	return unreachable(fmt.Errorf("the watch broke off: %w", err))
}

// event takes one event of the stream.
func (w *watch) event(r resource, raw []byte) error {
	var kind string
	var object []byte
	err := fieldsOf(raw, func(key, value []byte) (err error) {
		switch string(key) {
		case "type":
			kind, err = unquote(value)
		case "object":
			object = value
		}
		return err
	})
	if err != nil {
		return err
	}
	switch kind {
	case "BOOKMARK":
		return fieldsOf(object, func(key, value []byte) error {
			if string(key) != "metadata" {
				return nil
			}
			return w.advance(resourceVersionOf(value))
		})
	case "ERROR":
		return watchError(object)
	case "ADDED", "MODIFIED", "DELETED":
	default:
		return nil
	}
	if w.target.role == strangers && !w.wants(object) {
		return nil
	}
	live, err := parseLive(r, object, w.view.set.ID())
	if err != nil {
		return err
	}
	v := w.view
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.watches[w.target] != w {
		return context.Canceled
	}
	gone := kind == "DELETED"
	switch {
	case w.target.role == pods:
		v.acceptPod(live, gone)
	case gone:
		v.lose(w.target, live.ID)
	default:
		v.accept(w.target, live)
	}
	return w.advance(live.ResourceVersion, nil)
}

func (w *watch) advance(version string, err error) error {
	if err == nil && version != "" {
		w.version = version
	}
	return err
}

// watchError reads the Status that ends a watch.
func watchError(raw []byte) error {
	status := metav1.Status{}
	if err := json.Unmarshal(raw, &status); err != nil {
		return err
	}
	return &apierrors.StatusError{ErrStatus: status}
}

func resourceVersionOf(metadata []byte) (version string, err error) {
	err = fieldsOf(metadata, func(key, value []byte) (err error) {
		if string(key) == "resourceVersion" {
			version, err = unquote(value)
		}
		return err
	})
	return version, err
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
	if ReasonOf(err) == Forbidden && w.target.role == members && w.target.namespace == "" && lookupErr == nil && r.namespaced && v.hasNamespaces() {
		v.narrow[w.target.gvk] = true
		poke(v.urgent)
		return true
	}
	w.refused, w.trouble, w.standing = err, nil, false
	if ReasonOf(err) == UnknownKind && w.target.role != pods {
		// The objects of a kind that is gone are gone with it.
		v.forget(w.target)
	}
	poke(v.urgent)
	v.tell()
	return false
}

func (v *View) hasNamespaces() bool {
	for id := range v.want {
		if id.Namespace != "" {
			return true
		}
	}
	return false
}

// forget drops what a watch held.
func (v *View) forget(t target) {
	for id, e := range v.entries {
		if gvk, _ := v.version(id); gvk == t.gvk && t.covers(id) {
			e.heldAs[t.role] = false
			v.settle(id, e)
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
