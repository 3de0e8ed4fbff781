package engine

import (
	"fmt"
	"slices"
	"strings"
)

// namedDifferences is how many objects an event names.
const namedDifferences = 4

// tellDifferences logs which objects differ where a person has to do something
// about it, whenever that has become others. What the engine puts right by
// itself is logged when it has been.
func (e *Engine) tellDifferences(env *environment) {
	var differing []ID
	for id, o := range env.objects {
		if o.shown == nil || o.shown.Ignored {
			continue
		}
		switch o.shown.Drift {
		case DriftModified, DriftMissing, DriftExtra:
			differing = append(differing, id)
		}
	}
	slices.SortFunc(differing, ID.Compare)
	told := env.differences
	env.differences = differing
	switch {
	case slices.Equal(differing, told):
	case len(differing) == 0:
		e.note(env.spec.Name, false, "nothing differs any more")
	default:
		e.note(env.spec.Name, false, "%s%s: %s", plural(len(differing), "object"), verb(len(differing)), nameSome(differing))
	}
}

// nameSome lists objects for a sentence, the first of them by name.
func nameSome(ids []ID) string {
	names := make([]string, 0, namedDifferences+1)
	for i, id := range ids {
		if i == namedDifferences {
			names = append(names, fmt.Sprintf("%d more", len(ids)-i))
			break
		}
		if !slices.Contains(names, id.Name) {
			names = append(names, id.Name)
		}
	}
	return strings.Join(names, ", ")
}
