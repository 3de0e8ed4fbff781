package drift

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// Whole writes an object as YAML, all of it: only managedFields and kubectl's
// copy of what was applied last, which nobody reads, are left out. The values of
// Secrets are masked.
func Whole(o *unstructured.Unstructured) string {
	if o == nil {
		return ""
	}
	content := copyMap(MaskSecrets(o).Object)
	if metadata := child(content, "metadata"); metadata != nil {
		metadata = copyMap(metadata)
		delete(metadata, "managedFields")
		if annotations := child(metadata, "annotations"); annotations != nil {
			annotations = copyMap(annotations)
			delete(annotations, lastApplied)
			metadata["annotations"] = annotations
			if len(annotations) == 0 {
				delete(metadata, "annotations")
			}
		}
		content["metadata"] = metadata
	}
	return toYAML(content)
}
