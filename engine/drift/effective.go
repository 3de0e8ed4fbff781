package drift

import (
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Effective returns what to apply of a desired object when some of its fields,
// named by JSON pointers, are left to others. An ignored field that evenkeel
// owns is applied with its live value, because leaving it out would remove it;
// one that evenkeel does not own is left out. Without a live object the field
// is applied as Git has it, once, when the object is created. A pointer to
// something that Git does not name changes nothing.
//
// The arguments are not changed.
func Effective(desired *unstructured.Unstructured, ignore []string, live *unstructured.Unstructured) *unstructured.Unstructured {
	if live == nil || len(ignore) == 0 {
		return desired
	}
	out := desired.DeepCopy()
	all, _ := owners(live)
	e := ignorer{kind: kindOf(desired.GroupVersionKind().GroupKind())}
	e.own = -1
	for _, o := range all {
		if o.version != desired.GetAPIVersion() {
			continue
		}
		if o.ours() {
			e.own = len(e.roots)
		}
		e.roots = append(e.roots, o.fields)
	}
	for _, pointer := range ignore {
		if steps, ok := parsePointer(pointer); ok {
			e.ignore(out.Object, live.Object, steps)
		}
	}
	return out
}

// parsePointer splits a JSON pointer. Pointers to the object as a whole or to
// what identifies it are refused.
func parsePointer(pointer string) ([]string, bool) {
	rest, ok := strings.CutPrefix(pointer, "/")
	if !ok || rest == "" {
		return nil, false
	}
	steps := strings.Split(rest, "/")
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	for i := range steps {
		steps[i] = unescape.Replace(steps[i])
	}
	switch steps[0] {
	case "apiVersion", "kind":
		return nil, false
	case "metadata":
		if len(steps) == 1 || steps[1] == "name" || steps[1] == "namespace" {
			return nil, false
		}
	}
	return steps, true
}

// ignorer takes ignored fields out of an object that is its own.
type ignorer struct {
	kind  kind
	roots sets
	own   int
	arena arena
}

func (e *ignorer) ignore(desired, live map[string]any, steps []string) {
	e.field(desired, live, steps, nil, e.roots, false)
}

// field follows the pointer through a map. whole says that the map is part of a
// value that is replaced as one, so that nothing in it can be left out alone.
// It reports whether the map has become empty by leaving the field out.
func (e *ignorer) field(desired, live map[string]any, steps []string, p place, s sets, whole bool) (emptied bool) {
	key := steps[0]
	here := p.in(key)
	value, named := desired[key]
	if !named {
		return false
	}
	below := e.arena.field(s, key)
	defer e.arena.release(below)
	if len(steps) == 1 {
		current, has := live[key]
		inner, isMap := value.(map[string]any)
		if isMap && len(inner) > 0 && !whole && (below.shape() == granular || e.kind.mergesFields(here)) {
			// Each of the fields that Git names is somebody's, or not.
			for name := range inner {
				e.field(inner, child(live, key), []string{name}, here, below, false)
			}
			if len(inner) == 0 {
				delete(desired, key)
			}
			return len(desired) == 0
		}
		if has && (whole || e.owns(below)) {
			desired[key] = copyValue(current)
			return false
		}
		delete(desired, key)
		return len(desired) == 0
	}
	switch v := value.(type) {
	case map[string]any:
		whole = whole || below.shape() == unknown && !e.kind.mergesFields(here)
		if e.field(v, child(live, key), steps[1:], here, below, whole) && !whole {
			delete(desired, key)
			return len(desired) == 0
		}
	case []any:
		current, _ := live[key].([]any)
		if rest := e.item(v, current, steps[1:], here, below, whole); rest != nil {
			desired[key] = rest
		}
	}
	return false
}

// item follows the pointer through a list, whose live counterpart may have its
// items elsewhere. It returns the list when it has become another one.
func (e *ignorer) item(desired, live []any, steps []string, p place, s sets, whole bool) []any {
	i, err := strconv.Atoi(steps[0])
	if err != nil || i < 0 || i >= len(desired) {
		return nil
	}
	var current any
	if i < len(live) {
		current = live[i]
	}
	var below sets
	if shape := s.shape(); shape == keyed || shape == set {
		wants, ok := e.kind.index(desired, p, s, e.own)
		haves, alsoOK := e.kind.index(live, p, s, e.own)
		if ok && alsoOK {
			below = e.arena.item(s, wants.elements[i])
			defer e.arena.release(below)
			current = nil
			if at, has := haves.find(wants.elements[i]); has {
				current = live[at]
			}
		}
	} else {
		whole = true
	}
	if len(steps) > 1 {
		fields, isMap := desired[i].(map[string]any)
		if !isMap {
			return nil
		}
		counterpart, _ := current.(map[string]any)
		here := p.in(anItem)
		e.field(fields, counterpart, steps[1:], here, below, whole)
		return nil
	}
	if current != nil && (whole || e.owns(below)) {
		desired[i] = copyValue(current)
		return nil
	}
	return append(desired[:i:i], desired[i+1:]...)
}

func (e *ignorer) owns(s sets) bool { return e.own >= 0 && e.own < len(s) && s[e.own] != nil }

func copyValue(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for key, value := range x {
			out[key] = copyValue(value)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = copyValue(x[i])
		}
		return out
	}
	return v
}
