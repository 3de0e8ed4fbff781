package engine

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/evenkeel/evenkeel/kube"
)

// foretell asks the server what an apply of one of the objects would say. It is
// empty when the server would take the object, or when nobody can know: what it
// needs may come with the same commit, and whoever asks may not have the rights
// of whoever applies it. What a new object lacks in the cluster is told; one that
// Git has already is no worse off than before.
func (d *desired) foretell(ctx context.Context, l *link, w *wanted, isNew bool) string {
	live := l.view.Get(w.id)
	var err error
	if live == nil {
		_, err = dryRun(ctx, l, w, nil, nil)
	} else {
		_, err = dryRun(ctx, l, w, live.Object(), live)
	}
	var refusal *kube.ObjectError
	if !errors.As(err, &refusal) {
		return ""
	}
	lacks := false
	switch refusal.Reason {
	case kube.Invalid, kube.Immutable, kube.Denied:
		return refusal.Message
	case kube.UnknownKind:
		lacks = isNew && !d.defines(w.id.GroupKind())
	case kube.NotFound:
		lacks = isNew && d.objects[ID{Kind: "Namespace", Name: w.id.Namespace}] == nil
	}
	if lacks {
		return refusal.Message
	}
	return ""
}

// defines tells whether the definition of a kind is among the objects.
func (d *desired) defines(gk schema.GroupKind) bool {
	for id, w := range d.objects {
		if id.Group != "apiextensions.k8s.io" || id.Kind != "CustomResourceDefinition" {
			continue
		}
		spec := w.manifest().Object
		group, _, _ := unstructured.NestedString(spec, "spec", "group")
		kind, _, _ := unstructured.NestedString(spec, "spec", "names", "kind")
		if group == gk.Group && kind == gk.Kind {
			return true
		}
	}
	return false
}
