package drift

// atomic replaces a value as a whole. Where the two differ only by what the
// server fills in or spells its own way, it stays.
func (m *merger) atomic(want, have any, p place) (merged any, changed bool) {
	merged, changed = m.overlay(want, have, p)
	m.unsure = m.unsure || changed
	return merged, changed
}

func (m *merger) overlay(want, have any, p place) (merged any, changed bool) {
	switch w := want.(type) {
	case map[string]any:
		h, isMap := have.(map[string]any)
		if !isMap {
			return want, true
		}
		return m.overlayMap(w, h, p)
	case []any:
		h, isList := have.([]any)
		if !isList {
			return want, true
		}
		out := make([]any, len(w))
		changed = len(w) != len(h)
		for i := range w {
			out[i] = w[i]
			if i < len(h) {
				here := p.in(anItem)
				item, differs := m.overlay(w[i], h[i], here)
				out[i], changed = item, changed || differs
			}
		}
		if !changed {
			return have, false
		}
		return out, true
	default:
		if isScalar(have) && (equalScalar(want, have) || m.respelled(want, have, p)) {
			return have, false
		}
		return want, true
	}
}

func (m *merger) overlayMap(want, have map[string]any, p place) (merged any, changed bool) {
	out := make(map[string]any, len(have))
	for key, w := range want {
		here := p.in(key)
		h, has := have[key]
		if !has {
			if m.dropped(w, here) {
				continue
			}
			out[key], changed = w, true
			continue
		}
		value, differs := m.overlay(w, h, here)
		out[key], changed = value, changed || differs
	}
	for key, h := range have {
		if _, named := want[key]; named {
			continue
		}
		here := p.in(key)
		if m.kind.isDefault(here, h, have) {
			out[key] = h
		} else {
			changed = true
		}
	}
	if !changed {
		return have, false
	}
	return out, true
}
