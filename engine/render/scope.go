package render

import "k8s.io/apimachinery/pkg/runtime/schema"

// clusterScoped are the kinds of Kubernetes itself that live in no namespace.
func clusterScoped(gk schema.GroupKind) bool {
	switch gk.Group {
	case "":
		return gk.Kind == "Namespace" || gk.Kind == "Node" || gk.Kind == "PersistentVolume" || gk.Kind == "ComponentStatus"
	case "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "flowcontrol.apiserver.k8s.io",
		"internal.apiserver.k8s.io", "node.k8s.io", "storagemigration.k8s.io":
		return true
	case "authentication.k8s.io":
		return gk.Kind == "TokenReview" || gk.Kind == "SelfSubjectReview"
	case "authorization.k8s.io":
		return gk.Kind != "LocalSubjectAccessReview"
	case "certificates.k8s.io":
		return gk.Kind == "CertificateSigningRequest" || gk.Kind == "ClusterTrustBundle"
	case "networking.k8s.io":
		return gk.Kind == "IngressClass" || gk.Kind == "IPAddress" || gk.Kind == "ServiceCIDR"
	case "policy":
		return gk.Kind == "PodSecurityPolicy"
	case "rbac.authorization.k8s.io":
		return gk.Kind == "ClusterRole" || gk.Kind == "ClusterRoleBinding"
	case "resource.k8s.io":
		return gk.Kind == "DeviceClass" || gk.Kind == "ResourceSlice" || gk.Kind == "DeviceTaintRule"
	case "scheduling.k8s.io":
		return gk.Kind == "PriorityClass"
	case "storage.k8s.io":
		return gk.Kind != "CSIStorageCapacity"
	}
	return false
}

// scopes knows which kinds live in namespaces: the cluster's word goes first,
// then the definitions in the tree, then the kinds of Kubernetes itself. A kind
// that nobody knows is taken to be namespaced, as most are.
type scopes struct {
	cluster func(schema.GroupKind) (namespaced, known bool)
	tree    map[schema.GroupKind]bool
}

func newScopes(cluster func(schema.GroupKind) (namespaced, known bool), documents []document) scopes {
	s := scopes{cluster: cluster, tree: map[schema.GroupKind]bool{}}
	for _, d := range documents {
		if d.value["kind"] != "CustomResourceDefinition" {
			continue
		}
		spec, _ := d.value["spec"].(map[string]any)
		names, _ := spec["names"].(map[string]any)
		group, _ := spec["group"].(string)
		kind, _ := names["kind"].(string)
		s.tree[schema.GroupKind{Group: group, Kind: kind}] = spec["scope"] != "Cluster"
	}
	return s
}

func (s scopes) namespaced(gk schema.GroupKind) bool {
	if s.cluster != nil {
		if namespaced, known := s.cluster(gk); known {
			return namespaced
		}
	}
	if namespaced, known := s.tree[gk]; known {
		return namespaced
	}
	return !clusterScoped(gk)
}
