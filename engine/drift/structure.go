package drift

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/kube"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// partOf is the label by which an object says which set it belongs to. It is
// written beside what Git says, so it is never drift.
const partOf = "applyset.kubernetes.io/part-of"

// node is one level of a FieldsV1 tree: "f:name", `k:{"name":"main"}`, `v:"x"`
// and "." for the level itself. A node without children is a leaf: a scalar, an
// atomic map or list, or an empty one.
type node = map[string]any

// owner is one entry of metadata.managedFields.
type owner struct {
	manager     string
	operation   string
	subresource string
	version     string
	time        time.Time
	fields      node
}

// owners reads metadata.managedFields. ok is false when an entry cannot be read.
func owners(live *unstructured.Unstructured) (list []owner, ok bool) {
	metadata, _ := live.Object["metadata"].(map[string]any)
	entries, _ := metadata["managedFields"].([]any)
	list = make([]owner, 0, len(entries))
	for _, e := range entries {
		entry, _ := e.(map[string]any)
		fields, isMap := entry["fieldsV1"].(map[string]any)
		if !isMap {
			return nil, false
		}
		o := owner{fields: fields}
		o.manager, _ = entry["manager"].(string)
		o.operation, _ = entry["operation"].(string)
		o.subresource, _ = entry["subresource"].(string)
		o.version, _ = entry["apiVersion"].(string)
		if at, isString := entry["time"].(string); isString {
			o.time, _ = time.Parse(time.RFC3339, at)
		}
		list = append(list, o)
	}
	return list, true
}

// ours tells whether the entry is what evenkeel applied last.
func (o owner) ours() bool {
	return o.manager == kube.FieldManager && o.operation == "Apply" && o.subresource == ""
}

// clientSide tells whether the entry stems from a kubectl apply without
// --server-side, which evenkeel takes over.
func (o owner) clientSide() bool {
	return o.operation == "Update" && o.subresource == "" &&
		(o.manager == "kubectl-client-side-apply" || o.manager == "before-first-apply")
}

// sets holds the nodes of all managers at one place of the object, by the index
// of the manager; nil where a manager names nothing there.
type sets []node

// arena hands out sets for a walk down and takes them back on the way up, so
// that a comparison does not allocate one per field.
type arena struct{ buf []node }

// field descends into a map's field.
func (a *arena) field(s sets, name string) sets {
	return a.item(s, "f:"+name)
}

// item descends into a list's item by its path element.
func (a *arena) item(s sets, element string) sets {
	start := len(a.buf)
	for _, n := range s {
		child, _ := n[element].(map[string]any)
		a.buf = append(a.buf, child)
	}
	return a.buf[start:len(a.buf):len(a.buf)]
}

func (a *arena) release(s sets) { a.buf = a.buf[:len(a.buf)-len(s)] }

// shape is how a map or a list is merged, as far as field sets can tell.
type shape int

const (
	unknown  shape = iota // no manager names anything below: atomic, or empty
	granular              // a map, merged field by field
	keyed                 // a list, merged by key
	set                   // a list, merged by value
)

func (s sets) shape() shape {
	for _, n := range s {
		for element := range n {
			switch {
			case strings.HasPrefix(element, "f:"):
				return granular
			case strings.HasPrefix(element, "k:"):
				return keyed
			case strings.HasPrefix(element, "v:"):
				return set
			}
		}
	}
	return unknown
}

// keyNames returns the names of the fields by which a list's items are told
// apart, sorted as in a path element.
func (s sets) keyNames() []string {
	for _, n := range s {
		for element := range n {
			key, isKey := strings.CutPrefix(element, "k:")
			if !isKey {
				continue
			}
			return keyNamesOf(key)
		}
	}
	return nil
}

// keyNamesOf returns the names in a flat JSON object, which the server writes
// sorted. It reads the plain ones itself: there is one for every list.
func keyNamesOf(key string) []string {
	names := make([]string, 0, 2)
	rest, plain := strings.CutPrefix(key, "{")
	for plain && !strings.Contains(rest, `\`) {
		var name string
		if rest, plain = strings.CutPrefix(rest, `"`); !plain {
			break
		}
		if name, rest, plain = strings.Cut(rest, `":`); !plain {
			break
		}
		names = append(names, name)
		if text, isString := strings.CutPrefix(rest, `"`); isString {
			_, rest, plain = strings.Cut(text, `"`)
		} else {
			rest = rest[max(0, strings.IndexAny(rest, ",}")):]
		}
		if rest == "}" {
			return names
		}
		if !plain {
			break
		}
		rest, plain = strings.CutPrefix(rest, ",")
	}
	var fields map[string]any
	if json.Unmarshal([]byte(key), &fields) != nil || len(fields) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(fields))
}

// learnDefault finds out which value the server gives to a key field that an
// item does not name: whoever applied an item without it owns the item, but not
// that field of it.
func (s sets) learnDefault(name string) (value any, ok bool) {
	for _, n := range s {
		for element, child := range n {
			key, isKey := strings.CutPrefix(element, "k:")
			fields, isMap := child.(map[string]any)
			if !isKey || !isMap || fields["."] == nil || fields["f:"+name] != nil {
				continue
			}
			var keys map[string]any
			if json.Unmarshal([]byte(key), &keys) == nil && keys[name] != nil {
				return keys[name], true
			}
		}
	}
	return nil, false
}

// index is a list's items by path element.
type index struct {
	elements []string       // of each item, in order
	places   map[string]int // the position of an element, in a long list
}

// shortList is how many items are looked through faster than looked up.
const shortList = 8

func newIndex(length int) index {
	ix := index{elements: make([]string, 0, length)}
	if length > shortList {
		ix.places = make(map[string]int, length)
	}
	return ix
}

// find returns the position of an element.
func (ix index) find(element string) (at int, has bool) {
	if ix.places != nil {
		at, has = ix.places[element]
		return at, has
	}
	at = slices.Index(ix.elements, element)
	return at, at >= 0
}

// add takes the next item in; not when it is there already.
func (ix *index) add(element string) bool {
	if _, twice := ix.find(element); twice {
		return false
	}
	if ix.places != nil {
		ix.places[element] = len(ix.elements)
	}
	ix.elements = append(ix.elements, element)
	return true
}

// index indexes a list that is merged by key or by value. own is the index of
// what evenkeel applied last, or -1.
func (k kind) index(list []any, p place, s sets, own int) (index, bool) {
	if s.shape() == set {
		return indexSet(list)
	}
	return indexKeyed(list, s.keyNames(), func(key string) (any, bool) {
		if value, known := k.keyDefault(p, key); known {
			return value, true
		}
		if own < 0 || own >= len(s) {
			return nil, false
		}
		return s[own : own+1].learnDefault(key)
	})
}

// indexKeyed indexes the items of a list merged by key. It fails when an item
// lacks a key that has no known default, or when two items have the same key.
func indexKeyed(list []any, names []string, defaults func(key string) (any, bool)) (index, bool) {
	ix := newIndex(len(list))
	var buf []byte
	for _, item := range list {
		fields, isMap := item.(map[string]any)
		if !isMap || len(names) == 0 {
			return ix, false
		}
		buf = append(buf[:0], "k:{"...)
		for j, name := range names {
			value, has := fields[name]
			if !has {
				if value, has = defaults(name); !has {
					return ix, false
				}
			}
			if j > 0 {
				buf = append(buf, ',')
			}
			buf = appendJSONString(buf, name)
			buf = append(buf, ':')
			if buf, has = appendScalar(buf, value); !has {
				return ix, false
			}
		}
		buf = append(buf, '}')
		if !ix.add(string(buf)) {
			return ix, false
		}
	}
	return ix, true
}

// indexSet indexes the items of a list merged by value.
func indexSet(list []any) (index, bool) {
	ix := newIndex(len(list))
	for _, item := range list {
		buf, isScalar := appendScalar([]byte("v:"), item)
		if !isScalar || !ix.add(string(buf)) {
			return ix, false
		}
	}
	return ix, true
}

// sameOrder tells whether the items that both lists have stand in the same
// order: a merge puts them into the order of what is applied.
func sameOrder(applied, live index) bool {
	last := -1
	for _, element := range applied.elements {
		at, shared := live.find(element)
		if !shared {
			continue
		}
		if at < last {
			return false
		}
		last = at
	}
	return true
}

// appendScalar writes a scalar as path elements spell it.
func appendScalar(buf []byte, value any) ([]byte, bool) {
	switch v := value.(type) {
	case string:
		return appendJSONString(buf, v), true
	case bool:
		return strconv.AppendBool(buf, v), true
	case int64:
		return strconv.AppendInt(buf, v, 10), true
	case int:
		return strconv.AppendInt(buf, int64(v), 10), true
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return strconv.AppendInt(buf, int64(v), 10), true
		}
	}
	return buf, false
}

func appendJSONString(buf []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, err := json.Marshal(s)
			if err != nil {
				return append(buf, `""`...)
			}
			return append(buf, quoted...)
		}
	}
	buf = append(buf, '"')
	buf = append(buf, s...)
	return append(buf, '"')
}
