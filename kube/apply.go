package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/util/csaupgrade"
)

// ApplyOptions say how to apply an object.
type ApplyOptions struct {
	// DryRun asks what the server would make of it, and changes nothing.
	DryRun bool
	// Live is the object as it is known to be; nil when it is not there. Fields
	// that `kubectl apply` manages in it are taken over first.
	Live *Live
}

// Apply makes the fields of an object what it says, with server-side apply: as
// evenkeel, taking the fields over from whoever has them. It returns what the
// server made of it, without kubectl's last-applied annotation, as a Live has
// it. Fields that the kind does not have are refused, as
// kubectl refuses them. An error is an *ObjectError.
func (c *Cluster) Apply(ctx context.Context, o *unstructured.Unstructured, opts ApplyOptions) (*unstructured.Unstructured, error) {
	id, op := IDOf(o), "apply"
	if opts.DryRun {
		op = "dry run"
	}
	r, err := c.discovery.find(ctx, o.GroupVersionKind())
	if err != nil {
		return nil, objectError(id, op, err)
	}
	if r.namespaced && id.Namespace == "" {
		return nil, &ObjectError{ID: id, Op: op, Reason: Invalid,
			Message: "objects of this kind live in a namespace: name one in the manifest, or for the environment"}
	}
	if opts.Live != nil && opts.Live.Legacy && !opts.DryRun {
		if err := c.takeOver(ctx, r, opts.Live); err != nil {
			return nil, objectError(id, "take over from kubectl apply", err)
		}
	}
	body, err := json.Marshal(o.Object)
	if err != nil {
		return nil, objectError(id, op, fmt.Errorf("writing it as JSON: %w", err))
	}
	query := url.Values{"fieldManager": {FieldManager}, "force": {"true"}, "fieldValidation": {"Strict"}}
	if opts.DryRun {
		query.Set("dryRun", "All")
	}
	answer, err := c.fetch(ctx, request{
		method: http.MethodPatch, path: r.path(id.Namespace, id.Name), query: query, contentType: mimeApply, body: body,
	})
	if err != nil {
		return nil, objectError(id, op, err)
	}
	applied, err := decode(answer)
	if err != nil {
		return nil, objectError(id, op, err)
	}
	unstructured.RemoveNestedField(applied.Object, "metadata", "annotations", lastAppliedAnnotation)
	return applied, nil
}

func decode(body []byte) (*unstructured.Unstructured, error) {
	content := map[string]any{}
	if err := utiljson.Unmarshal(body, &content); err != nil {
		return nil, fmt.Errorf("reading the answer: %w", errJSON)
	}
	return &unstructured.Unstructured{Object: content}, nil
}

// takeOver makes evenkeel the owner of the fields that `kubectl apply` set, so
// that what is no longer in Git goes away, as it would have with kubectl. When
// the object has changed meanwhile it is read again.
func (c *Cluster) takeOver(ctx context.Context, r resource, live *Live) error {
	path := r.path(live.ID.Namespace, live.ID.Name)
	object := live.Object()
	for try := 0; ; try++ {
		patch, err := csaupgrade.UpgradeManagedFieldsPatch(object, sets.New(legacyManagers...), FieldManager)
		if err != nil || patch == nil {
			return err
		}
		_, err = c.fetch(ctx, request{
			method: http.MethodPatch, path: path, query: url.Values{"fieldManager": {FieldManager}},
			contentType: mimeJSONPatch, body: patch,
		})
		if err == nil || apierrors.IsNotFound(err) {
			return nil
		}
		if !apierrors.IsConflict(err) || try == maxConflicts {
			return err
		}
		body, err := c.fetch(ctx, request{method: http.MethodGet, path: path})
		if apierrors.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if object, err = decode(body); err != nil {
			return err
		}
	}
}
