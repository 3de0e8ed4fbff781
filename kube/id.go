package kube

import (
	"cmp"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// ID is the identity of one Kubernetes object inside one environment. The
// version is left out on purpose: the same object is served in several.
// Namespace is empty for cluster-scoped objects.
type ID struct {
	Group     string
	Kind      string
	Namespace string
	Name      string
}

// IDOf returns the identity that an object carries.
func IDOf(o *unstructured.Unstructured) ID {
	gvk := o.GroupVersionKind()
	return ID{Group: gvk.Group, Kind: gvk.Kind, Namespace: o.GetNamespace(), Name: o.GetName()}
}

// GroupKind returns the group and kind alone.
func (id ID) GroupKind() schema.GroupKind {
	return schema.GroupKind{Group: id.Group, Kind: id.Kind}
}

// String spells the identity for messages: "Deployment.apps shop/api", or
// without the namespace for cluster-scoped objects.
func (id ID) String() string {
	name := id.Name
	if id.Namespace != "" {
		name = id.Namespace + "/" + id.Name
	}
	return id.GroupKind().String() + " " + name
}

// Compare orders identities by kind, group, namespace and name, the order in
// which people look for them.
func (id ID) Compare(other ID) int {
	return cmp.Or(
		strings.Compare(id.Kind, other.Kind),
		strings.Compare(id.Group, other.Group),
		strings.Compare(id.Namespace, other.Namespace),
		strings.Compare(id.Name, other.Name),
	)
}
