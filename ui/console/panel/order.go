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
type section int

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

// rankOf is the section of an object and its rank in a group there, where the
// number by which entries are sorted has them.
func rankOf(o *engine.Object) uint64 {
	rank := healthRank(o.Health)
	if !o.Failed {
		rank |= driftRank(o.Drift) << 4
	}
	return uint64(sectionOf(o))<<sectionAt | rank<<rankAt
}

func driftRank(d engine.Drift) uint64 {
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

func healthRank(h engine.Health) uint64 {
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

// The parts of the number by which entries are sorted, from the lowest: the
// place in the order of identities, the rank in the group, the group, the section.
const (
	rankAt    = 24
	groupAt   = 32
	sectionAt = 56

	placeMask   = 1<<rankAt - 1
	rankMask    = 1<<groupAt - 1<<rankAt
	sectionMask = 0xff << sectionAt
)

// sort puts the entries in order: by section, group, drift and health, and last
// by identity.
func (v *inventory) sort() {
	for i, key := range slices.Sorted(maps.Keys(v.groups)) {
		v.groups[key].order = i
	}
	keys := make([]uint64, len(v.byID))
	for i, x := range v.byID {
		keys[i] = x.rank&sectionMask | uint64(x.group.order)<<groupAt | x.rank&rankMask | uint64(i)
	}
	slices.Sort(keys)
	v.ordered = make([]*entry, len(keys))
	for i, key := range keys {
		v.ordered[i] = v.byID[key&placeMask]
	}
}

// groupOf is the group of an object.
func (v *inventory) groupOf(o *engine.Object) *group {
	var key, title string
	switch v.grouping {
	case byKind:
		title = o.Kind
		if strings.Contains(o.Group, ".") && !strings.HasSuffix(o.Group, ".k8s.io") {
			title += "." + o.Group
		}
		key = kindOrder(o.Kind) + title
	case byApplication:
		key, title = "1"+o.Application, o.Application
		if o.Application == "" {
			key, title = "2", "no application"
		}
	}
	g := v.groups[key]
	if g == nil {
		g = &group{title: ui.Clean(title)}
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
