package drift

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// view is the two sides of one object, cut down to what people want to see of
// them: what Git names, and what a sync would remove.
type view struct {
	kind   kind
	secret bool
	owners []owner // of the live object, as far as their field sets can be read
	own    int     // the index of what evenkeel applied last; -1 for none
	roots  sets    // of the owners, and of those of the dry-run
	live   map[string]any
	want   map[string]any
}

// look cuts both sides down. dryRun is the server's word on what would come of
// an apply; without it, it is foretold. Effective and live may each be nil.
func look(effective, live, dryRun *unstructured.Unstructured) *view {
	v := &view{own: -1}
	for _, o := range []*unstructured.Unstructured{effective, live} {
		if o != nil {
			v.kind = kindOf(o.GroupVersionKind().GroupKind())
			v.secret = v.secret || isSecret(o.Object)
		}
	}
	if live != nil {
		v.owners = v.read(live)
		v.own = slices.IndexFunc(v.owners, owner.ours)
	}
	if dryRun != nil {
		v.read(dryRun)
	}
	switch {
	case effective == nil && live == nil:
	case effective == nil:
		v.live = v.applied(clean(live.Object))
	case live == nil && dryRun == nil:
		v.want = clean(effective.Object)
	case live == nil:
		v.want, _ = v.project(clean(dryRun.Object), effective.Object, nil, nil, v.roots, false).(map[string]any)
	default:
		have, named := clean(live.Object), clean(effective.Object)
		if v.kind.secret() {
			named = foldStringData(named)
		}
		var after map[string]any
		if dryRun != nil {
			after = clean(dryRun.Object)
		} else {
			after = clean(merge(effective, live).result)
		}
		v.live, _ = v.project(have, named, after, nil, v.roots, true).(map[string]any)
		v.want, _ = v.project(after, named, have, nil, v.roots, false).(map[string]any)
		if dryRun != nil && equal(v.live, v.want) {
			// The server would change something that Git does not name.
			v.live, v.want = have, after
		}
	}
	return v
}

func (v *view) read(o *unstructured.Unstructured) (list []owner) {
	all, _ := owners(o)
	for _, owner := range all {
		if owner.version == o.GetAPIVersion() {
			list = append(list, owner)
			v.roots = append(v.roots, owner.fields)
		}
	}
	return list
}

// clean copies what is neither status nor bookkeeping.
func clean(o map[string]any) map[string]any {
	out := copyMap(o)
	delete(out, "status")
	if metadata := child(out, "metadata"); metadata != nil {
		metadata = copyMap(metadata)
		for _, key := range []string{"managedFields", "resourceVersion", "generation", "creationTimestamp", "selfLink", "uid"} {
			delete(metadata, key)
		}
		if labels := child(metadata, "labels"); labels != nil {
			labels = copyMap(labels)
			delete(labels, partOf)
			metadata["labels"] = labels
			if len(labels) == 0 {
				delete(metadata, "labels")
			}
		}
		out["metadata"] = metadata
	}
	return out
}

// project cuts a value down to what is named. With removals it keeps what the
// other side lacks, too.
func (v *view) project(value, named, other any, p place, s sets, removals bool) any {
	switch x := value.(type) {
	case map[string]any:
		names, isMap := named.(map[string]any)
		if !isMap {
			return value
		}
		others, _ := other.(map[string]any)
		out := make(map[string]any, len(names))
		for key, item := range x {
			here := p.in(key)
			counterpart, stays := others[key]
			if name, has := names[key]; has {
				out[key] = v.project(item, name, counterpart, here, s.field(key), removals)
			} else if removals && !stays && item != nil {
				out[key] = item
			} else if removals && stays {
				if gone := v.removed(item, counterpart, here, s.field(key)); !empty(gone) {
					out[key] = gone
				}
			}
		}
		return out
	case []any:
		names, isList := named.([]any)
		if !isList {
			return value
		}
		others, _ := other.([]any)
		return v.projectList(x, names, others, p, s, removals)
	}
	return value
}

// removed cuts a value that Git does not name down to what the other side lacks.
func (v *view) removed(value, other any, p place, s sets) any {
	if equal(value, other) {
		return nil
	}
	switch x := value.(type) {
	case map[string]any:
		if _, isMap := other.(map[string]any); isMap {
			return v.project(x, map[string]any{}, other, p, s, true)
		}
	case []any:
		if shape := s.shape(); shape == keyed || shape == set {
			return v.project(x, []any{}, other, p, s, true)
		}
	}
	return nil
}

func (v *view) projectList(list, named, other []any, p place, s sets, removals bool) any {
	here := p.in(anItem)
	out := make([]any, 0, len(list))
	values, names, others, ok := v.pair(list, named, other, p, s)
	if !ok {
		// Replaced as a whole: all of it is named.
		for i, item := range list {
			if i < len(named) {
				var counterpart any
				if i < len(other) {
					counterpart = other[i]
				}
				item = v.project(item, named[i], counterpart, here, nil, removals)
			}
			out = append(out, item)
		}
		return out
	}
	for i, element := range values.elements {
		at, isNamed := names.find(element)
		otherAt, stays := others.find(element)
		switch {
		case isNamed:
			var counterpart any
			if stays {
				counterpart = other[otherAt]
			}
			out = append(out, v.project(list[i], named[at], counterpart, here, s.item(element), removals))
		case removals && !stays:
			out = append(out, list[i])
		}
	}
	return out
}

// pair indexes three versions of a list that is merged by key or by value.
func (v *view) pair(a, b, c []any, p place, s sets) (x, y, z index, ok bool) {
	switch s.shape() {
	case keyed, set:
	default:
		return x, y, z, false
	}
	x, okX := v.kind.index(a, p, s, v.own)
	y, okY := v.kind.index(b, p, s, v.own)
	z, okZ := v.kind.index(c, p, s, v.own)
	return x, y, z, okX && okY && okZ
}

// applied cuts a live object down to what evenkeel applied, as far as that is known.
func (v *view) applied(live map[string]any) map[string]any {
	for _, o := range v.owners {
		if !o.ours() {
			continue
		}
		out, _ := v.owned(live, nil, sets{o.fields}).(map[string]any)
		for _, key := range []string{"apiVersion", "kind"} {
			out[key] = live[key]
		}
		metadata := copyMap(child(out, "metadata"))
		for _, key := range []string{"name", "namespace"} {
			if value, has := child(live, "metadata")[key]; has {
				metadata[key] = value
			}
		}
		out["metadata"] = metadata
		return out
	}
	return live
}

func (v *view) owned(value any, p place, s sets) any {
	switch x := value.(type) {
	case map[string]any:
		if len(p) > 0 && s.shape() != granular {
			return value
		}
		out := make(map[string]any, len(x))
		for key, item := range x {
			if below := s.field(key); below[0] != nil {
				out[key] = v.owned(item, p.in(key), below)
			}
		}
		return out
	case []any:
		items, _, _, ok := v.pair(x, nil, nil, p, s)
		if !ok {
			return value
		}
		out := make([]any, 0, len(x))
		for i, element := range items.elements {
			if below := s.item(element); below[0] != nil {
				out = append(out, v.owned(x[i], p.in(anItem), below))
			}
		}
		return out
	}
	return value
}

// field descends without an arena, which a view is not worth.
func (s sets) field(name string) sets { return s.item("f:" + name) }

func (s sets) item(element string) sets {
	below := make(sets, len(s))
	for i, n := range s {
		below[i], _ = n[element].(map[string]any)
	}
	return below
}
