package drift

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// merger foretells what an apply makes of a live object, and how certain that is.
type merger struct {
	kind    kind
	owners  []owner
	own     int // the index of what evenkeel applied last; -1 for none
	arena   arena
	fixed   bool // a ConfigMap or Secret that is immutable
	unsure  bool
	differs bool

	result map[string]any // the object after the apply, without the server's defaults
}

// merge never changes its arguments; the result shares what is unchanged with live.
func merge(effective, live *unstructured.Unstructured) *merger {
	m := &merger{kind: kindOf(live.GroupVersionKind().GroupKind()), own: -1, result: live.Object}
	all, readable := owners(live)
	if !readable || len(all) == 0 && names(effective.Object) || effective.GetAPIVersion() != live.GetAPIVersion() || effective.GetKind() != live.GetKind() ||
		effective.GetName() != live.GetName() {
		m.unsure = true
	}
	var roots sets
	for _, o := range all {
		if o.version != live.GetAPIVersion() {
			// Another version may name other fields. What evenkeel itself applied
			// in another version, only the server can convert.
			m.unsure = m.unsure || o.ours()
			continue
		}
		if o.ours() {
			m.own = len(m.owners)
		}
		m.owners = append(m.owners, o)
		roots = append(roots, o.fields)
	}
	m.fixed = live.Object["immutable"] == true
	desired := effective.Object
	if m.kind.secret() {
		desired = foldStringData(desired)
	}
	m.arena.buf = make([]node, 0, 32*(len(roots)+1))
	m.result, _ = m.fields(desired, live.Object, make(place, 0, 32), roots)
	m.leftovers(desired, live.Object, all)
	return m
}

// names tells whether an object says anything beside which one it is. If it
// does not, an apply leaves no entry in managedFields either.
func names(o map[string]any) bool {
	for key := range o {
		if key != "apiVersion" && key != "kind" && key != "metadata" {
			return true
		}
	}
	for key := range child(o, "metadata") {
		if key != "name" && key != "namespace" {
			return true
		}
	}
	return false
}

// fields merges a map field by field and then removes what evenkeel named
// before and does not name now.
func (m *merger) fields(applied, live map[string]any, p place, s sets) (merged map[string]any, changed bool) {
	merged = live
	writable := func() map[string]any {
		if !changed {
			merged, changed = copyMap(live), true
		}
		return merged
	}
	for key, want := range applied {
		here := p.in(key)
		if len(here) <= 3 && m.skips(here, want, live[key]) {
			continue
		}
		below := m.arena.field(s, key)
		have, has := live[key]
		if !has {
			if !m.absent(want, here, below) {
				writable()[key] = want
			}
		} else if value, differs := m.value(want, have, here, below); differs {
			writable()[key] = value
		}
		m.arena.release(below)
	}
	if m.own < 0 {
		return merged, changed
	}
	for element, child := range s[m.own] {
		if element == "." {
			continue
		}
		if len(element) < 2 || element[:2] != "f:" {
			m.unsure = true
			continue
		}
		key := element[2:]
		here := p.in(key)
		if _, named := applied[key]; named || here.at("status") || here.at("metadata", "labels", partOf) {
			continue
		}
		have, has := live[key]
		if !has {
			continue
		}
		// A map of free entries that Git no longer names is one that Git wants
		// to have no entries in.
		entries, isMap := have.(map[string]any)
		if names, _ := child.(map[string]any); isMap && len(names) > 0 && m.kind.mergesFields(here) {
			below := m.arena.field(s, key)
			rest, differs := m.fields(nil, entries, here, below)
			m.arena.release(below)
			if differs && len(rest) > 0 {
				writable()[key] = rest
			} else if differs {
				delete(writable(), key)
			}
			continue
		}
		below := m.arena.field(s, key)
		shared := below.others(m.own)
		m.arena.release(below)
		if shared {
			m.unsure = true
			continue
		}
		if m.kind.plain(here) && !m.fixed {
			m.differs = true
		} else {
			m.unsure = true
		}
		delete(writable(), key)
	}
	return merged, changed
}

// others tells whether a manager beside this one names the place.
func (s sets) others(own int) bool {
	for i, n := range s {
		if i != own && n != nil {
			return true
		}
	}
	return false
}

// skips tells whether a field is none that Git can want: identity, bookkeeping
// and status.
func (m *merger) skips(p place, want, have any) bool {
	switch {
	case p.at("apiVersion"), p.at("kind"), p.at("status"), p.at("metadata", "labels", partOf):
		return true
	case p.at("metadata", "namespace"), p.at("metadata", "name"):
		m.unsure = m.unsure || !equal(want, have)
		return true
	case p.at("metadata", "creationTimestamp"):
		m.unsure = m.unsure || want != nil && !equal(want, have)
		return true
	case p.at("metadata", "managedFields"), p.at("metadata", "deletionTimestamp"):
		m.unsure = true
		return true
	}
	return false
}

// absent judges a field that Git names and the live object lacks; true means
// that the server would leave it out, and the object as it is.
func (m *merger) absent(want any, p place, s sets) bool {
	if entries, isMap := want.(map[string]any); isMap && len(entries) > 0 {
		if !m.kind.mergesFields(p) {
			m.unsure = true
			return false
		}
		_, changed := m.fields(entries, nil, p, s)
		return !changed
	}
	// What evenkeel applied and the server did not keep was dropped for being
	// empty: had someone removed it, evenkeel would not own it any more.
	dropped := m.own >= 0 && s[m.own] != nil && len(s[m.own]) == 0
	if m.kind.plain(p) && !m.fixed && m.kind.accepts(p, want) {
		m.differs = true
		return false
	}
	dropped = dropped && empty(want) || m.dropped(want, p)
	m.unsure = m.unsure || !dropped
	return dropped
}

// value merges one value that both sides have.
func (m *merger) value(want, have any, p place, s sets) (merged any, changed bool) {
	switch w := want.(type) {
	case map[string]any:
		h, isMap := have.(map[string]any)
		if !isMap {
			break
		}
		if s.shape() == granular || m.kind.mergesFields(p) {
			return m.fields(w, h, p, s)
		}
		if len(w) == 0 && len(h) > 0 {
			// Replaces an atomic map, leaves a granular one alone.
			m.unsure = true
			return have, false
		}
		return m.atomic(want, have, p)
	case []any:
		h, isList := have.([]any)
		if !isList {
			break
		}
		switch s.shape() {
		case keyed, set:
			return m.items(w, h, p, s)
		}
		return m.atomic(want, have, p)
	default:
		if isScalar(have) {
			return m.scalar(want, have, p, s)
		}
	}
	m.unsure = true
	return want, true
}

func (m *merger) scalar(want, have any, p place, s sets) (merged any, changed bool) {
	if equalScalar(want, have) || m.respelled(want, have, p) {
		return have, false
	}
	_, comparable := want.(string)
	_, both := have.(string)
	sameType := comparable == both && want != nil && have != nil
	lost := (m.own < 0 || s[m.own] == nil) && s.others(m.own)
	switch {
	case m.fixed:
		m.unsure = true
	case m.kind.plain(p) && m.kind.accepts(p, want) && m.kind.accepts(p, have):
		m.differs = true
	case lost && sameType && m.kind.firm(p):
		m.differs = true
	default:
		m.unsure = true
	}
	return want, true
}

// respelled tells whether the live value is the server's spelling of the
// applied one.
func (m *merger) respelled(want, have any, p place) bool {
	if m.kind.isQuantity(p) {
		return sameQuantity(want, have)
	}
	if m.kind.secret() && p.up().at("data") {
		a, _ := want.(string)
		b, isString := have.(string)
		same, ok := sameBytes(a, b)
		return isString && ok && same
	}
	return false
}

// dropped tells whether the server leaves out a value for being empty.
func (m *merger) dropped(value any, p place) bool {
	switch v := value.(type) {
	case nil:
		return p.name() == "creationTimestamp"
	case []any:
		return len(v) == 0 && m.kind.dropsEmpty(p)
	case map[string]any:
		return len(v) == 0 && m.kind.dropsEmpty(p)
	}
	return zero(value) && m.kind.dropsZero(p)
}

// foldStringData does what the server does with a Secret's stringData.
func foldStringData(secret map[string]any) map[string]any {
	plain, has := secret["stringData"]
	if !has {
		return secret
	}
	out := copyMap(secret)
	delete(out, "stringData")
	entries, _ := plain.(map[string]any)
	data, _ := secret["data"].(map[string]any)
	data = copyMap(data)
	for key, value := range entries {
		if text, isString := value.(string); isString {
			data[key] = encode(text)
		} else {
			data[key] = value
		}
	}
	out["data"] = data
	return out
}
