package drift

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Between compares two versions of a manifest, neither of which is live: the
// fields that differ, seen as if before were made to be after, and both sides
// as YAML. Either may be nil. The values of Secrets are masked.
func Between(before, after *unstructured.Unstructured) (fields []Field, beforeYAML, afterYAML string) {
	v := &view{own: -1}
	var have, want map[string]any
	for _, side := range []struct {
		o    *unstructured.Unstructured
		into *map[string]any
	}{{before, &have}, {after, &want}} {
		if side.o != nil {
			*side.into = clean(side.o.Object)
			v.kind = kindOf(side.o.GroupVersionKind().GroupKind())
			v.secret = v.secret || isSecret(side.o.Object)
		}
	}
	if before != nil && after != nil {
		root, _ := likeness(want, have).(node)
		d := differ{view: v}
		d.maps(want, have, "", nil, sets{root})
		fields = d.fields
		slices.SortFunc(fields, func(a, b Field) int { return strings.Compare(a.Path, b.Path) })
	}
	if v.secret {
		have, want = maskPair(have, want)
	}
	return fields, toYAML(have), toYAML(want)
}

// likeness guesses the field set of two manifests, which no server has seen:
// what it is for is that the items of lists are paired by what people tell them
// apart by, and not by where they stand.
func likeness(a, b any) any {
	out := node{}
	switch x := a.(type) {
	case map[string]any:
		y, _ := b.(map[string]any)
		for key, value := range x {
			out["f:"+key] = likeness(value, y[key])
		}
	case []any:
		y, _ := b.([]any)
		key := keyOf(x, y)
		if key == "" {
			return out
		}
		ours, _ := indexKeyed(x, []string{key}, noDefault)
		theirs, _ := indexKeyed(y, []string{key}, noDefault)
		for i, element := range ours.elements {
			if at, has := theirs.find(element); has {
				out[element] = likeness(x[i], y[at])
			} else {
				out[element] = node{}
			}
		}
	}
	return out
}

func noDefault(string) (any, bool) { return nil, false }

// keys are the fields by which items of lists are told apart, the surest first.
var keys = [...]string{"name", "mountPath", "devicePath", "containerPort", "port", "key", "host", "ip", "topologyKey"}

// keyOf returns the field by which the items of two versions of a list are told
// apart, or "".
func keyOf(a, b []any) string {
	if len(a) == 0 || len(b) == 0 {
		return ""
	}
	for _, key := range keys {
		_, inA := indexKeyed(a, []string{key}, noDefault)
		_, inB := indexKeyed(b, []string{key}, noDefault)
		if inA && inB {
			return key
		}
	}
	return ""
}
