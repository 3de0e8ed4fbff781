package kube

import (
	"context"
	"encoding/json"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Delete deletes an object, and nothing but the object that was seen: one of
// the same name with another uid stays. What depends on it follows in the
// background. That it is gone already is no error.
func (c *Cluster) Delete(ctx context.Context, id ID, uid string) error {
	const op = "delete"
	r, err := c.discovery.find(ctx, id.GroupKind().WithVersion(""))
	if err != nil {
		return objectError(id, op, err)
	}
	background := metav1.DeletePropagationBackground
	options := metav1.DeleteOptions{
		TypeMeta:          metav1.TypeMeta{APIVersion: "v1", Kind: "DeleteOptions"},
		PropagationPolicy: &background,
	}
	if uid != "" {
		options.Preconditions = metav1.NewUIDPreconditions(uid)
	}
	body, err := json.Marshal(options)
	if err != nil {
		return objectError(id, op, err)
	}
	path := r.path(id.Namespace, id.Name)
	_, err = c.fetch(ctx, request{method: http.MethodDelete, path: path, contentType: mimeJSON, body: body})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if apierrors.IsConflict(err) && uid != "" && c.replaced(ctx, path, types.UID(uid)) {
		return nil
	}
	return objectError(id, op, err)
}

// replaced tells whether the object with this uid is no longer there.
func (c *Cluster) replaced(ctx context.Context, path string, uid types.UID) bool {
	body, err := c.fetch(ctx, request{method: http.MethodGet, path: path})
	if apierrors.IsNotFound(err) {
		return true
	}
	if err != nil {
		return false
	}
	found := metav1.PartialObjectMetadata{}
	return json.Unmarshal(body, &found) == nil && found.UID != uid
}
