package drift

// place is where a walk stands in an object: field names from the root, with
// anItem for every list item passed. It lives on the stack of the walk.
type place struct {
	up   *place
	name string
}

const anItem = "[]"

// is tells whether the place ends with these names.
func (p *place) is(names ...string) bool {
	for i := len(names) - 1; i >= 0; i-- {
		if p == nil || p.name != names[i] {
			return false
		}
		p = p.up
	}
	return true
}

// at tells whether the place is exactly this one, counted from the root.
func (p *place) at(names ...string) bool {
	for i := len(names) - 1; i >= 0; i-- {
		if p == nil || p.name != names[i] {
			return false
		}
		p = p.up
	}
	return p == nil
}

// within tells whether one of the names above the place, or its own, is this one.
func (p *place) within(name string) bool {
	for ; p != nil; p = p.up {
		if p.name == name {
			return true
		}
	}
	return false
}
