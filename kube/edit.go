package kube

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// EditOptions say as whom an object is edited, and through which door.
type EditOptions struct {
	Manager     string // the field manager, "kubectl-edit"
	Subresource string // "scale", or "" for the object itself
}

// Edit changes an object with a JSON merge patch, as somebody with kubectl
// would. The demo plays that part; evenkeel itself writes with Apply alone.
func (c *Cluster) Edit(ctx context.Context, id ID, patch []byte, o EditOptions) error {
	const op = "edit"
	r, err := c.discovery.find(ctx, id.GroupKind().WithVersion(""))
	if err != nil {
		return objectError(id, op, err)
	}
	path := r.path(id.Namespace, id.Name)
	if o.Subresource != "" {
		path += "/" + o.Subresource
	}
	_, err = c.fetch(ctx, request{
		method:      http.MethodPatch,
		path:        path,
		query:       url.Values{"fieldManager": {o.Manager}},
		contentType: "application/merge-patch+json",
		body:        patch,
	})
	return objectError(id, op, err)
}

// Read asks the server for an object as it is now, and gives nil when there is
// none. Whoever wants to know for longer follows a View.
func (c *Cluster) Read(ctx context.Context, id ID) (*unstructured.Unstructured, error) {
	const op = "read"
	r, err := c.discovery.find(ctx, id.GroupKind().WithVersion(""))
	if err != nil {
		return nil, unlessMissing(id, op, err)
	}
	body, err := c.fetch(ctx, request{method: http.MethodGet, path: r.path(id.Namespace, id.Name)})
	if err != nil {
		return nil, unlessMissing(id, op, err)
	}
	o := &unstructured.Unstructured{}
	if err := json.Unmarshal(body, o); err != nil {
		return nil, objectError(id, op, err)
	}
	return o, nil
}

// unlessMissing is the error, or none where it says that the object, or
// anything of its kind, is not there.
func unlessMissing(id ID, op string, err error) error {
	switch ReasonOf(err) {
	case NotFound, UnknownKind:
		return nil
	}
	return objectError(id, op, err)
}
