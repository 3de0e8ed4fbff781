package kube

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Event is something that the cluster reported about an object.
type Event struct {
	Object  ID // the object itself, or one of its ReplicaSets or Pods
	Type    string
	Reason  string
	Message string
	Count   int
	First   time.Time
	Last    time.Time
	Source  string
}

const (
	maxEvents      = 200
	maxListed      = 500
	maxEventOwners = 20
)

var (
	eventResource = resource{gvk: schema.GroupVersionKind{Version: "v1", Kind: "Event"}, plural: "events", namespaced: true}
	podResource   = resource{gvk: schema.GroupVersionKind{Version: "v1", Kind: "Pod"}, plural: "pods", namespaced: true}
)

// Events returns what was reported about an object, and for a workload about
// its ReplicaSets and Pods: the newest last, at most 200.
func (c *Cluster) Events(ctx context.Context, id ID) ([]Event, error) {
	events, err := c.eventsAbout(ctx, id)
	if err != nil {
		return nil, objectError(id, "list its events", err)
	}
	if hasPods(id) {
		dependents, err := c.dependents(ctx, id)
		if err != nil {
			return nil, objectError(id, "list its events", err)
		}
		for _, dependent := range dependents[:min(len(dependents), maxEventOwners)] {
			more, err := c.eventsAbout(ctx, dependent)
			if err != nil {
				return nil, objectError(id, "list its events", err)
			}
			events = append(events, more...)
		}
	}
	slices.SortStableFunc(events, func(a, b Event) int {
		return cmp.Or(a.Last.Compare(b.Last), a.First.Compare(b.First))
	})
	return events[max(0, len(events)-maxEvents):], nil
}

// eventsAbout asks for the events of one object. An event about a
// cluster-scoped object lies in the default namespace, or in any.
func (c *Cluster) eventsAbout(ctx context.Context, id ID) ([]Event, error) {
	selector := "involvedObject.kind=" + id.Kind + ",involvedObject.name=" + id.Name
	list := corev1.EventList{}
	if err := c.listInto(ctx, eventResource, id.Namespace, url.Values{"fieldSelector": {selector}}, &list); err != nil {
		return nil, err
	}
	events := make([]Event, 0, len(list.Items))
	for i := range list.Items {
		if group := schema.FromAPIVersionAndKind(list.Items[i].InvolvedObject.APIVersion, "").Group; group != id.Group {
			continue
		}
		events = append(events, eventOf(id, &list.Items[i]))
	}
	return events, nil
}

// eventOf reads the several ways in which events say when and how often.
func eventOf(id ID, e *corev1.Event) Event {
	event := Event{
		Object: id, Type: e.Type, Reason: e.Reason, Message: e.Message, Count: max(int(e.Count), 1),
		First: e.FirstTimestamp.Time, Last: e.LastTimestamp.Time,
		Source: cmp.Or(e.ReportingController, e.Source.Component),
	}
	if event.First.IsZero() {
		event.First = cmp.Or(e.EventTime.Time, e.CreationTimestamp.Time)
	}
	if e.Series != nil {
		event.Count, event.Last = int(e.Series.Count), e.Series.LastObservedTime.Time
	}
	if event.Last.IsZero() {
		event.Last = event.First
	}
	return event
}

// listInto lists a kind, bounded, into a typed list.
func (c *Cluster) listInto(ctx context.Context, r resource, namespace string, query url.Values, list any) error {
	query.Set("limit", strconv.Itoa(maxListed))
	body, err := c.fetch(ctx, request{method: http.MethodGet, path: r.path(namespace, ""), query: query})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, list); err != nil {
		return fmt.Errorf("reading the list of %s: %w", r.plural, err)
	}
	return nil
}
