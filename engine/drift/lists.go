package drift

// items merges a list by key or by value.
func (m *merger) items(applied, live []any, p place, s sets) (merged any, changed bool) {
	if len(applied) == 0 && len(live) == 0 {
		return live, false
	}
	wants, wantsOK := m.kind.index(applied, p, s, m.own)
	haves, havesOK := m.kind.index(live, p, s, m.own)
	if !wantsOK || !havesOK {
		if equal(applied, live) {
			// Duplicates, or keys we cannot tell: equal lists merge into
			// themselves, unless evenkeel named an item before that is in neither.
			return live, false
		}
		m.unsure = true
		return applied, true
	}
	out := make([]any, 0, len(live))
	if !sameOrder(wants, haves) {
		m.unsure, changed = true, true
	}
	gone := m.gone(wants, haves, s)
	for i, element := range haves.elements {
		at, named := wants.find(element)
		switch {
		case gone[element]:
			m.unsure, changed = true, true
		case named:
			here := p.in(anItem)
			below := m.arena.item(s, element)
			item, differs := m.value(applied[at], live[i], here, below)
			m.arena.release(below)
			changed = changed || differs
			out = append(out, item)
		default:
			out = append(out, live[i])
		}
	}
	for i, element := range wants.elements {
		if _, has := haves.find(element); !has {
			m.unsure, changed = true, true
			out = append(out, applied[i])
		}
	}
	if !changed {
		return live, false
	}
	return out, true
}

// gone returns the live items that evenkeel named before and does not name now.
// Items that others own too stay, but only the server knows what stays of them.
func (m *merger) gone(wants, haves index, s sets) map[string]bool {
	if m.own < 0 {
		return nil
	}
	var gone map[string]bool
	for element := range s[m.own] {
		if element == "." {
			continue
		}
		if _, named := wants.find(element); named {
			continue
		}
		if _, live := haves.find(element); !live {
			// Either gone already, or spelled in a way we do not know.
			m.unsure = m.unsure || !plainElement(element)
			continue
		}
		m.unsure = true
		below := m.arena.item(s, element)
		shared := below.others(m.own)
		m.arena.release(below)
		if !shared {
			if gone == nil {
				gone = map[string]bool{}
			}
			gone[element] = true
		}
	}
	return gone
}

// plainElement tells whether a path element of a list is spelled the one way
// in which we spell it, so that not finding it means that it is not there.
func plainElement(element string) bool {
	if len(element) < 2 || element[:2] != "k:" && element[:2] != "v:" {
		return false
	}
	for i := range len(element) {
		if c := element[i]; c < 0x20 || c >= 0x7f || c == '\\' {
			return false
		}
	}
	return true
}
