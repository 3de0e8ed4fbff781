package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

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
	switch w.target.role {
	case members:
		q.Set("labelSelector", partOfLabel+"="+w.view.set.ID())
	case jobs:
		q.Set("labelSelector", verifiesLabel+"="+w.view.set.environment)
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
	e := w.view.entries[id]
	return err == nil && e != nil && e.wanted
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
	switch w.target.role {
	case pods:
		v.replacePods(w.target, objects)
		return
	case record:
		v.replaceRecord(objects, w.version)
		return
	case jobs:
		v.replaceJobs(w.target, objects)
		return
	}
	v.round++
	for _, live := range objects {
		v.accept(w.target, live)
	}
	for id, e := range v.entries {
		if e.alone != nil && e.round != v.round && e.gvk == w.target.gvk && w.target.covers(id) {
			e.heldAs[w.target.role] = false
			v.settle(e)
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
	case w.target.role == record && gone:
		v.acceptRecord(nil, live.ResourceVersion)
	case w.target.role == record:
		v.acceptRecord(live, live.ResourceVersion)
	case w.target.role == jobs:
		v.acceptJob(w.target, live, gone)
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
