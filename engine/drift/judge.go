package drift

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// Judge reads the server's answer to a dry-run apply: does it differ from the
// live object in more than bookkeeping and status? It never answers Unsure.
func Judge(live, dryRun *unstructured.Unstructured) Answer {
	if sameBut(live.Object, dryRun.Object, "metadata", "status") &&
		sameMetadata(child(live.Object, "metadata"), child(dryRun.Object, "metadata")) {
		return Same
	}
	return Differs
}

func sameMetadata(a, b map[string]any) bool {
	return sameBut(a, b, "labels", "managedFields", "resourceVersion", "generation", "creationTimestamp", "selfLink") &&
		sameBut(child(a, "labels"), child(b, "labels"), partOf)
}

// sameBut compares two maps without some of their keys. A null is as good as
// nothing.
func sameBut(a, b map[string]any, but ...string) bool {
	within := func(x, y map[string]any) bool {
	keys:
		for key, value := range x {
			for _, skipped := range but {
				if key == skipped {
					continue keys
				}
			}
			if !equal(value, y[key]) {
				return false
			}
		}
		return true
	}
	return within(a, b) && within(b, a)
}

func child(m map[string]any, key string) map[string]any {
	c, _ := m[key].(map[string]any)
	return c
}
