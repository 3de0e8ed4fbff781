package panel

import (
	"cmp"

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
	byID        []*entry // as the environment has them
	ordered     []*entry // as they are shown
	groups      map[string]*group
	namespaces  map[string]int // how many objects are in each
	usual       string         // the namespace that goes without saying
	marked      map[engine.ID]bool
	chosen      *entry // when another environment was shown last
}

// entry is an object that is shown. It stays the same while the object does,
// whatever happens to it, so that its address stands for the object.
type entry struct {
	*engine.Object
	kind, name, namespace string // clean, as are the other texts
	message, changedBy    string
	waits                 string // why its deletion waits for a person
	width                 int    // of the name
	group                 *group
	rank                  uint64
	generation            int // of the filter, when the entry was last matched
	hit                   bool
}

// group is what entries are shown below: a kind or an application.
type group struct {
	title string // clean
	order int
}

func newInventory(g grouping) *inventory {
	return &inventory{grouping: g, groups: map[string]*group{}, namespaces: map[string]int{}, marked: map[engine.ID]bool{}}
}

// follow takes over the next version of the environment.
func (v *inventory) follow(e *engine.Environment) {
	moved := false
	var gone []*entry
	v.byID, gone = track(v.byID, e.Objects, (*entry).version, func(x *entry, o *engine.Object) *entry {
		if x == nil {
			moved = true
			return v.enter(o)
		}
		rank, group := x.rank, x.group
		v.update(x, o)
		moved = moved || rank != x.rank || group != x.group
		return x
	})
	for _, x := range gone {
		v.namespaces[x.Namespace]--
		delete(v.marked, x.ID)
	}
	if len(e.Waiting) > 0 || v.environment != nil && len(v.environment.Waiting) > 0 {
		v.wait(e.Waiting)
	}
	v.environment = e
	v.usual = ui.Clean(e.Namespace)
	if v.usual == "" {
		v.usual = v.mostCommonNamespace()
	}
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
	for _, x := range v.byID {
		waits := ""
		if x.Drift == engine.DriftExtra {
			waits = why[x.ID]
		}
		if x.waits != waits {
			x.waits, x.generation = waits, 0
		}
	}
}

func (x *entry) version() *engine.Object { return x.Object }

// enter makes the entry of an object that is new.
func (v *inventory) enter(o *engine.Object) *entry {
	x := &entry{kind: ui.Clean(o.Kind), name: ui.Clean(o.Name), namespace: ui.Clean(o.Namespace)}
	x.width = widget.Width(x.name)
	v.namespaces[o.Namespace]++
	v.update(x, o)
	return x
}

// update takes over the next version of an object.
func (v *inventory) update(x *entry, o *engine.Object) {
	x.Object = o
	x.message, x.changedBy = ui.Clean(o.Message), ui.Clean(o.ChangedBy)
	x.generation = 0
	x.rank = rankOf(o)
	x.group = v.groupOf(o)
}

// regroup groups by something else.
func (v *inventory) regroup(g grouping) {
	if v.grouping == g {
		return
	}
	v.grouping = g
	v.groups = map[string]*group{}
	for _, x := range v.byID {
		x.group = v.groupOf(x.Object)
	}
	v.sort()
}

// mostCommonNamespace is the namespace that most objects are in.
func (v *inventory) mostCommonNamespace() string {
	usual, most := "", 0
	for ns, n := range v.namespaces {
		if ns != "" && (n > most || n == most && ns < usual) {
			usual, most = ns, n
		}
	}
	return ui.Clean(usual)
}

// track takes what was made of a list of objects over to the next version of the
// list. Both are in the order of identities. An object that has not changed costs
// one comparison; for the others next is called, with what was made of the older
// version, or nil. What belongs to objects that are no longer there is returned.
func track[T any](old []*T, objects []*engine.Object, object func(*T) *engine.Object, next func(was *T, o *engine.Object) *T) (now, gone []*T) {
	now = make([]*T, 0, len(objects))
	i := 0
	for _, o := range objects {
		for i < len(old) && object(old[i]) != o && object(old[i]).ID.Compare(o.ID) < 0 {
			gone = append(gone, old[i])
			i++
		}
		switch {
		case i < len(old) && object(old[i]) == o:
			now = append(now, old[i])
			i++
		case i < len(old) && object(old[i]).ID == o.ID:
			now = append(now, next(old[i], o))
			i++
		default:
			now = append(now, next(nil, o))
		}
	}
	return now, append(gone, old[i:]...)
}
