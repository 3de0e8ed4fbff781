package panel

import (
	"cmp"
	"math"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// inventory is all objects of one environment in the order in which they are
// shown. It follows the environment from snapshot to snapshot, and looks only at
// the objects that have changed.
type inventory struct {
	environment *engine.Environment
	grouping    grouping
	tracked[entry]
	ordered    []*entry // as they are shown
	keys       []uint64 // by which they are sorted
	groups     map[string]*group
	namespaces map[string]int // how many objects are in each
	usual      string         // the namespace that goes without saying
	marked     map[engine.ID]bool
	chosen     *entry // when another environment was shown last
}

// entry is an object that is shown. It stays the same while the object does,
// whatever happens to it, so that its address stands for the object. Its texts
// are clean.
type entry struct {
	*engine.Object
	// What is needed of every entry to make the rows.
	group      *group
	generation int // of the filter, when the entry was last matched
	hit        bool
	section    section
	rank       uint8
	noted      bool   // there is something to say about it
	healthy    uint8  // the width of its health
	stands     uint8  // the width of its word
	kindWidth  uint16 // of the kind
	label      int    // the width of the name, and the namespace where it is not the usual one

	kind, name, namespace string
	word                  string // how it stands
	message, changedBy    string
	waits                 string // why its deletion waits for a person
}

// group is what entries are shown below: a kind or an application.
type group struct {
	title, api string // the name, and the API group where it is not a usual one; clean
	order      int
	section    section // of what needs a person most
}

func newInventory(g grouping) *inventory {
	return &inventory{grouping: g, groups: map[string]*group{}, namespaces: map[string]int{}, marked: map[engine.ID]bool{}}
}

// follow takes over the next version of the environment.
func (v *inventory) follow(e *engine.Environment) {
	moved := false
	gone := v.tracked.follow(e.Objects, func(x *entry, o *engine.Object) *entry {
		if x == nil {
			moved = true
			return v.enter(o)
		}
		section, rank, group := x.section, x.rank, x.group
		v.update(x, o)
		moved = moved || section != x.section || rank != x.rank || group != x.group
		return x
	})
	for _, x := range gone {
		v.namespaces[x.namespace]--
		delete(v.marked, x.ID)
	}
	if len(e.Waiting) > 0 || v.environment != nil && len(v.environment.Waiting) > 0 {
		v.wait(e.Waiting)
	}
	v.environment = e
	v.use(cmp.Or(ui.Clean(e.Namespace), v.mostCommonNamespace()))
	if moved || len(gone) > 0 {
		v.sort()
	}
}

// wait notes which deletions wait for a person, and why.
func (v *inventory) wait(waiting []engine.Change) {
	why := make(map[engine.ID]string, len(waiting))
	for _, w := range waiting {
		why[w.ID] = cmp.Or(ui.Clean(w.Reason), "it needs a person")
	}
	for _, x := range v.made {
		waits := ""
		if x.Drift == engine.DriftExtra {
			waits = why[x.ID]
		}
		if x.waits != waits {
			x.waits = waits
			x.stand()
		}
	}
}

// enter makes the entry of an object that is new.
func (v *inventory) enter(o *engine.Object) *entry {
	x := &entry{kind: called(o.Kind), name: called(o.Name), namespace: ui.Clean(o.Namespace)}
	x.kindWidth = uint16(min(widget.Width(x.kind), math.MaxUint16))
	x.measure(v.usual)
	v.namespaces[x.namespace]++
	v.update(x, o)
	return x
}

// update takes over the next version of an object.
func (v *inventory) update(x *entry, o *engine.Object) {
	x.Object = o
	x.message, x.changedBy = ui.Clean(o.Message), ui.Clean(o.ChangedBy)
	x.section, x.rank = sectionOf(o), rankOf(o)
	x.group = v.groupOf(o)
	x.stand()
}

// regroup groups by something else.
func (v *inventory) regroup(g grouping) {
	if v.grouping == g {
		return
	}
	v.grouping = g
	v.groups = map[string]*group{}
	for _, x := range v.made {
		x.group = v.groupOf(x.Object)
	}
	v.sort()
}

// use makes a namespace the usual one, which need not be said.
func (v *inventory) use(usual string) {
	if v.usual == usual {
		return
	}
	v.usual = usual
	for _, x := range v.made {
		x.measure(usual)
	}
}

// mostCommonNamespace is the namespace that most objects are in.
func (v *inventory) mostCommonNamespace() string {
	usual, most := "", 0
	for ns, n := range v.namespaces {
		if ns != "" && (n > most || n == most && ns < usual) {
			usual, most = ns, n
		}
	}
	return usual
}
