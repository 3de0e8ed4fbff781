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

// scopes tells which of the kinds at hand live in namespaces.
type scopes map[schema.GroupKind]bool

// scopesOf asks once for every kind: the cluster's word goes first, then the
// definitions in the tree, then the kinds of Kubernetes itself. A kind that
// nobody knows is taken to be namespaced, as most are.
func scopesOf(documents []document, cluster func(schema.GroupKind) (namespaced, known bool)) scopes {
	defined := scopes{}
	for _, d := range documents {
		if d.value["kind"] == "CustomResourceDefinition" {
			defined.define(d.value)
		}
	}
	namespaced := scopes{}
	for _, d := range documents {
		gk := groupKindOf(d.value)
		if _, known := namespaced[gk]; known {
			continue
		}
		namespaced[gk] = !clusterScoped(gk)
		if answer, known := defined[gk]; known {
			namespaced[gk] = answer
		}
		if cluster == nil {
			continue
		}
		if answer, known := cluster(gk); known {
			namespaced[gk] = answer
		}
	}
	return namespaced
}

func (s scopes) define(crd map[string]any) {
	spec, _ := crd["spec"].(map[string]any)
	names, _ := spec["names"].(map[string]any)
	group, _ := spec["group"].(string)
	kind, _ := names["kind"].(string)
	s[schema.GroupKind{Group: group, Kind: kind}] = spec["scope"] != "Cluster"
}

func groupKindOf(object map[string]any) schema.GroupKind {
	apiVersion, _ := object["apiVersion"].(string)
	kind, _ := object["kind"].(string)
	return schema.FromAPIVersionAndKind(apiVersion, kind).GroupKind()
}
