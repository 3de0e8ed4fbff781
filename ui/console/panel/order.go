package panel

import (
	"maps"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
)

// grouping says by what objects are grouped.
type grouping int

const (
	byKind grouping = iota
	byApplication
	ungrouped
	groupings
)

// section is a part of the list: what needs a person comes before what is well.
type section uint8

const (
	differs section = iota
	pending
	unwell
	well
)

func sectionOf(o *engine.Object) section {
	switch {
	case o.Failed || o.Drift == engine.DriftModified || o.Drift == engine.DriftMissing || o.Drift == engine.DriftExtra:
		return differs
	case o.Ignored:
		return well
	case o.Drift == engine.DriftPending:
		return pending
	case o.Health == engine.Degraded || o.Health == engine.Progressing || o.Health == engine.Missing:
		return unwell
	}
	return well
}

// rankOf is where an object stands in its group, by drift and then by health.
func rankOf(o *engine.Object) uint8 {
	if o.Failed {
		return healthRank(o.Health)
	}
	return driftRank(o.Drift)<<4 | healthRank(o.Health)
}

func driftRank(d engine.Drift) uint8 {
	switch d {
	case engine.DriftModified:
		return 1
	case engine.DriftMissing:
		return 2
	case engine.DriftExtra:
		return 3
	case engine.DriftPending:
		return 4
	}
	return 5
}

func healthRank(h engine.Health) uint8 {
	switch h {
	case engine.Degraded:
		return 0
	case engine.Missing:
		return 1
	case engine.Progressing:
		return 2
	case engine.Unknown:
		return 3
	case engine.Suspended:
		return 4
	}
	return 5
}

// The parts of the number by which entries are sorted, from the lowest bit: the
// place in the order of identities, the rank, the group, the section.
const (
	rankAt    = 24
	groupAt   = 32
	sectionAt = 56

	identityMask = 1<<rankAt - 1
)

// sort puts the entries in order: by section, group, drift and health, and last
// by identity. An application stays together, in the section of what needs a
// person most in it.
func (v *inventory) sort() {
	for i, key := range slices.Sorted(maps.Keys(v.groups)) {
		v.groups[key].order, v.groups[key].section = i, well
	}
	for _, x := range v.made {
		x.group.section = min(x.group.section, x.section)
	}
	v.keys = v.keys[:0]
	for i, x := range v.made {
		v.keys = append(v.keys, uint64(v.place(x))<<sectionAt|uint64(x.group.order)<<groupAt|uint64(x.rank)<<rankAt|uint64(i))
	}
	slices.Sort(v.keys)
	v.ordered = v.ordered[:0]
	for _, key := range v.keys {
		v.ordered = append(v.ordered, v.made[key&identityMask])
	}
}

// place is the section in which an entry is shown.
func (v *inventory) place(x *entry) section {
	if v.grouping == byApplication {
		return x.group.section
	}
	return x.section
}

// groupOf is the group of an object.
func (v *inventory) groupOf(o *engine.Object) *group {
	var key, title, api string
	switch v.grouping {
	case byKind:
		key, title = kindOrder(o.Kind)+o.Kind+"."+o.Group, o.Kind
		if strings.Contains(o.Group, ".") && !strings.HasSuffix(o.Group, ".k8s.io") {
			api = "." + o.Group
		}
	case byApplication:
		key, title = "1"+o.Application, o.Application
		if o.Application == "" {
			key, title = "2", "no application"
		}
	}
	g := v.groups[key]
	if g == nil {
		g = &group{title: called(title), api: ui.Clean(api)}
		v.groups[key] = g
	}
	return g
}

// kindOrder puts what runs before what serves it, and that before the rest.
func kindOrder(kind string) string {
	switch kind {
	case "Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Pod":
		return "1"
	case "Service", "Ingress":
		return "2"
	case "ConfigMap", "Secret":
		return "3"
	}
	return "4"
}
