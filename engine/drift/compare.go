package drift

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// Compare tells whether a forced server-side apply of effective by evenkeel
// would change the live object. Bookkeeping does not count: who owns a field,
// and the label that names the object's set. Status is never compared.
//
// Same and Differs are given only where they are certain; otherwise the answer
// is Unsure, and the server has to be asked.
func Compare(effective, live *unstructured.Unstructured) Answer {
	if effective == nil || live == nil {
		return Unsure
	}
	m := merge(effective, live)
	switch {
	case m.differs:
		return Differs
	case m.unsure:
		return Unsure
	default:
		return Same
	}
}
