package drift

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// What stands in place of a Secret's value.
const (
	Hidden       = "(hidden)"
	HiddenBefore = "(hidden, before)"
	HiddenAfter  = "(hidden, after)"
)

// isSecret is decided on the object, never on the text of a manifest, and
// whatever the group: a wrong apiVersion must not uncover anything.
func isSecret(o map[string]any) bool { return o["kind"] == "Secret" }

// openly tells whether a field of a Secret may be shown. All else is masked,
// misspelled keys included; of the metadata, too, because tools like to keep
// copies of the whole object in annotations.
func openly(field string) bool {
	switch field {
	case "apiVersion", "kind", "type", "immutable":
		return true
	}
	return false
}

func openlyInMetadata(field string) bool {
	switch field {
	case "name", "namespace", "labels", "finalizers", "ownerReferences", "uid", "generation", "resourceVersion",
		"creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generateName", "managedFields":
		return true
	}
	return false
}

// masked tells whether the value at a place of a Secret must not be shown.
func masked(p place) bool {
	if p[0] == "metadata" && len(p) > 1 {
		return !openlyInMetadata(p[1])
	}
	return !openly(p[0])
}

// MaskSecrets returns an object that is safe to show: in a Secret, whatever
// could be or hold a secret value is replaced by [Hidden], annotations
// included. Anything else is returned as it is.
func MaskSecrets(o *unstructured.Unstructured) *unstructured.Unstructured {
	if o == nil || !isSecret(o.Object) {
		return o
	}
	_, masked := maskPair(nil, o.Object)
	return &unstructured.Unstructured{Object: masked}
}

// MaskSecretPair masks two versions of an object so that it can be seen which
// values differ: those read [HiddenBefore] and [HiddenAfter]. Either may be nil.
func MaskSecretPair(before, after *unstructured.Unstructured) (maskedBefore, maskedAfter *unstructured.Unstructured) {
	var a, b map[string]any
	if before != nil {
		a = before.Object
	}
	if after != nil {
		b = after.Object
	}
	if !isSecret(a) && !isSecret(b) {
		return before, after
	}
	a, b = maskPair(a, b)
	if before != nil {
		maskedBefore = &unstructured.Unstructured{Object: a}
	}
	if after != nil {
		maskedAfter = &unstructured.Unstructured{Object: b}
	}
	return maskedBefore, maskedAfter
}

func maskPair(before, after map[string]any) (a, b map[string]any) {
	a, b = maskMembers(before, after, func(field string) bool { return openly(field) || field == "metadata" })
	metaA, metaB := maskMembers(child(before, "metadata"), child(after, "metadata"), openlyInMetadata)
	for o, metadata := range map[*map[string]any]map[string]any{&a: metaA, &b: metaB} {
		if metadata != nil {
			(*o)["metadata"] = metadata
		} else if _, malformed := (*o)["metadata"]; malformed {
			(*o)["metadata"] = Hidden
		}
	}
	return a, b
}

// maskMembers copies two maps with everything masked that is not open.
func maskMembers(before, after map[string]any, open func(field string) bool) (a, b map[string]any) {
	mask := func(m, other map[string]any, differs string) map[string]any {
		if m == nil {
			return nil
		}
		out := copyMap(m)
		for key, value := range m {
			if !open(key) {
				counterpart, paired := other[key]
				out[key] = maskValue(value, counterpart, paired, differs)
			}
		}
		return out
	}
	return mask(before, after, HiddenBefore), mask(after, before, HiddenAfter)
}

// maskValue masks a map value by value, and anything malformed as a whole.
func maskValue(value, other any, paired bool, differs string) any {
	entries, isMap := value.(map[string]any)
	if !isMap {
		if paired && !equal(value, other) {
			return differs
		}
		return Hidden
	}
	others, _ := other.(map[string]any)
	out := make(map[string]any, len(entries))
	for key, v := range entries {
		if w, has := others[key]; has && !sameSecret(v, w) {
			out[key] = differs
		} else {
			out[key] = Hidden
		}
	}
	return out
}

func sameSecret(a, b any) bool {
	x, xOK := a.(string)
	y, yOK := b.(string)
	if xOK && yOK && x != y {
		same, ok := sameBytes(x, y)
		return ok && same
	}
	return equal(a, b)
}
