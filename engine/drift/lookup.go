package drift

import (
	"fmt"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Lookup returns what an object, as Git writes it, has at the path of a
// [Field]. List items are found by the label in brackets alone, as a person
// would find them, since a manifest does not tell which fields are its keys.
func Lookup(o *unstructured.Unstructured, path string) (value any, found bool) {
	if o == nil {
		return nil, false
	}
	return lookup(o.Object, "", path)
}

func lookup(value any, at, path string) (any, bool) {
	if at == path {
		return value, true
	}
	switch v := value.(type) {
	case map[string]any:
		for key, item := range v {
			if below := join(at, key); below == path || strings.HasPrefix(path, below+".") || strings.HasPrefix(path, below+"[") {
				if found, ok := lookup(item, below, path); ok {
					return found, true
				}
			}
		}
	case []any:
		label, _, ok := strings.Cut(strings.TrimPrefix(path, at+"["), "]")
		if !ok || !strings.HasPrefix(path, at+"[") {
			return nil, false
		}
		for i, item := range v {
			if isItem(item, i, label) {
				return lookup(item, at+"["+label+"]", path)
			}
		}
	}
	return nil, false
}

// isItem tells whether a label in brackets means this item of a list.
func isItem(item any, index int, label string) bool {
	fields, isMap := item.(map[string]any)
	if !isMap {
		return fmt.Sprint(item) == label
	}
	if label == strconv.Itoa(index) {
		return true
	}
	for part := range strings.SplitSeq(label, "/") {
		if !hasScalar(fields, part) {
			return false
		}
	}
	return true
}

func hasScalar(fields map[string]any, text string) bool {
	for _, v := range fields {
		switch v.(type) {
		case map[string]any, []any:
		default:
			if fmt.Sprint(v) == text {
				return true
			}
		}
	}
	// The only key that manifests leave to the server.
	_, given := fields["protocol"]
	return text == "TCP" && !given
}
