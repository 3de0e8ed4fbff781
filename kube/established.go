package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var crdResource = resource{
	gvk:    schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"},
	plural: "customresourcedefinitions",
}

// definition is what matters here of a CustomResourceDefinition.
type definition struct {
	Spec struct {
		Group    string
		Names    struct{ Kind string }
		Versions []struct {
			Name   string
			Served bool
		}
	}
	Status struct{ Conditions []metav1.Condition }
}

func (d definition) condition(name string) metav1.Condition {
	for _, c := range d.Status.Conditions {
		if c.Type == name {
			return c
		}
	}
	return metav1.Condition{}
}

// establishedWithin is how long a server may take to serve a new definition.
const establishedWithin = time.Minute

// Established waits until a CRD is established and the server serves its
// kinds, so that instances can be applied. It gives up when the server says
// that the definition's names are taken, after establishedWithin, and when the
// context ends.
func (c *Cluster) Established(ctx context.Context, crd string) error {
	id := ID{Group: crdResource.gvk.Group, Kind: crdResource.gvk.Kind, Name: crd}
	const op = "wait until it is established"
	began := time.Now()
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, 500*time.Millisecond) {
		served, err := c.served(ctx, crd)
		if served || err != nil {
			return objectError(id, op, err)
		}
		if time.Since(began) > establishedWithin {
			return objectError(id, op, fmt.Errorf("the server does not serve it after %s", establishedWithin))
		}
		if !sleep(ctx, wait) {
			return objectError(id, op, ctx.Err())
		}
	}
}

func (c *Cluster) served(ctx context.Context, crd string) (bool, error) {
	body, err := c.fetch(ctx, request{method: http.MethodGet, path: crdResource.path("", crd)})
	if err != nil {
		return false, err
	}
	var d definition
	if err := json.Unmarshal(body, &d); err != nil {
		return false, fmt.Errorf("reading the definition: %w", err)
	}
	if accepted := d.condition("NamesAccepted"); accepted.Status == metav1.ConditionFalse {
		return false, fmt.Errorf("its names are not accepted: %s", accepted.Message)
	}
	if d.condition("Established").Status != metav1.ConditionTrue {
		return false, nil
	}
	asked := time.Now()
	for _, version := range d.Spec.Versions {
		gvk := schema.GroupVersionKind{Group: d.Spec.Group, Version: version.Name, Kind: d.Spec.Names.Kind}
		if !version.Served {
			continue
		}
		if _, err := c.discovery.lookup(gvk); err == nil {
			continue
		}
		if err := c.discovery.refresh(ctx, asked); err != nil {
			return false, err
		}
		if _, err := c.discovery.lookup(gvk); err != nil {
			return false, nil
		}
	}
	return true, nil
}
