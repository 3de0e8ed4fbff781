package engine

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// operation is one of a JSON patch (RFC 6902).
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// operations are what makes one value another.
type operations []operation

// jsonPatch is the text of a JSON patch that makes an object another, whose name
// it is not about. It never holds the value of a Secret.
func jsonPatch(from, to *wanted) (string, error) {
	var all operations
	all.maps(from.manifest().Object, to.manifest().Object, "")
	all = slices.DeleteFunc(all, func(o operation) bool { return o.Path == "/metadata/name" })
	for _, o := range all {
		if from.id.Kind == "Secret" && (o.Path == "/data" || strings.HasPrefix(o.Path, "/data/")) {
			return "", refused(to.file, "%s would have to be patched with its values", to.id)
		}
	}
	text, err := yaml.Marshal(all)
	if err != nil {
		return "", fmt.Errorf("write a patch of %s: %w", to.id, err)
	}
	return string(text), nil
}

// compare goes down as far as both are of one shape. op is what puts the value
// into what is around it.
func (all *operations) compare(from, to any, pointer, op string) {
	if reflect.DeepEqual(from, to) {
		return
	}
	switch f := from.(type) {
	case map[string]any:
		if t, same := to.(map[string]any); same {
			all.maps(f, t, pointer)
			return
		}
	case []any:
		if t, same := to.([]any); same && len(t) == len(f) {
			for i := range f {
				all.compare(f[i], t[i], fmt.Sprintf("%s/%d", pointer, i), "replace")
			}
			return
		}
	}
	*all = append(*all, operation{op, pointer, to})
}

// maps sets a key with add, which does not mind whether it is there, also before
// it removes one: when others take it out of a file that is shared, the patch
// still applies.
func (all *operations) maps(from, to map[string]any, pointer string) {
	for _, key := range slices.Sorted(maps.Keys(from)) {
		at := pointer + "/" + escapePointer(key)
		if value, stays := to[key]; stays {
			all.compare(from[key], value, at, "add")
		} else {
			*all = append(*all, operation{"add", at, ""}, operation{"remove", at, nil})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(to)) {
		if _, known := from[key]; !known {
			*all = append(*all, operation{"add", pointer + "/" + escapePointer(key), to[key]})
		}
	}
}

// escapePointer writes a key as a step of a JSON pointer.
func escapePointer(key string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(key) }
