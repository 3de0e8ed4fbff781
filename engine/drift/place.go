package drift

import "slices"

// place is where a walk stands in an object: field names from the root, with
// anItem for every list item passed. The places of a walk share their memory:
// one is good until the walk goes on to the next on the same level.
type place []string

const anItem = "[]"

// in returns the place of a field or an item of this one.
func (p place) in(name string) place { return append(p, name) }

// up returns the place that holds this one; that of the root is the root.
func (p place) up() place { return p[:max(0, len(p)-1)] }

// name is the last name, empty at the root.
func (p place) name() string {
	if len(p) == 0 {
		return ""
	}
	return p[len(p)-1]
}

// is tells whether the place ends with these names.
func (p place) is(names ...string) bool {
	return len(p) >= len(names) && slices.Equal(p[len(p)-len(names):], names)
}

// at tells whether the place is exactly this one, counted from the root.
func (p place) at(names ...string) bool { return slices.Equal(p, names) }

// within tells whether one of the names up to here is this one.
func (p place) within(name string) bool { return slices.Contains(p, name) }
