package drift

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Op is what a sync would do to a field of the live object.
type Op string

// The three things that can happen to a field.
const (
	Add    Op = "Add"
	Change Op = "Change"
	Remove Op = "Remove"
)

// Field is one difference between what Git says and what the cluster has.
type Field struct {
	Path      string    // spec.template.spec.containers[main].image
	Op        Op        // seen from a sync
	Desired   any       // decoded JSON; nil where there is none
	Live      any       // decoded JSON; nil where there is none
	Manager   string    // who owns the live value, "kubectl (scale)" through a subresource; empty when unknown
	ChangedAt time.Time // when that manager last wrote; zero when unknown
	Masked    bool      // a Secret's: both values are kept back
}

// Fields lists the fields in which the live object differs from what an apply
// of effective would make of it, sorted by path. dryRun is what the server says
// would come of it, and may be nil. Fields that Git does not name are left out,
// unless nothing else would change.
//
// Who removed a field cannot be known from the object: the manager of a field
// to be added is empty.
func Fields(effective, live, dryRun *unstructured.Unstructured) []Field {
	v := look(effective, live, dryRun)
	d := differ{view: v}
	d.maps(v.want, v.live, "", nil, v.roots)
	slices.SortFunc(d.fields, func(a, b Field) int { return strings.Compare(a.Path, b.Path) })
	return d.fields
}

type differ struct {
	*view
	fields []Field
}

func (d *differ) report(op Op, want, have any, path string, p place, s sets) {
	f := Field{Path: path, Op: op, Desired: want, Live: have}
	if op != Add {
		f.Manager, f.ChangedAt = d.lastOwner(s)
	}
	if d.secret && masked(p) {
		f.Masked, f.Desired, f.Live = true, nil, nil
	}
	d.fields = append(d.fields, f)
}

// lastOwner returns the manager that wrote last of those that own a place.
func (d *differ) lastOwner(s sets) (name string, at time.Time) {
	var last *owner
	for i := range d.owners {
		if o := &d.owners[i]; i < len(s) && s[i] != nil && (last == nil || o.time.After(last.time)) {
			last = o
		}
	}
	if last == nil {
		return "", time.Time{}
	}
	name = last.manager
	if last.subresource != "" {
		name += " (" + last.subresource + ")"
	}
	return name, last.time
}

func (d *differ) maps(want, have map[string]any, path string, p place, s sets) {
	for key, w := range want {
		here := p.in(key)
		if h, has := have[key]; has {
			d.values(w, h, join(path, key), here, s.covering("f:"+key))
		} else {
			d.lonely(Add, w, join(path, key), here, s.covering("f:"+key))
		}
	}
	for key, h := range have {
		if _, has := want[key]; !has {
			here := p.in(key)
			d.lonely(Remove, h, join(path, key), here, s.covering("f:"+key))
		}
	}
}

// lonely reports what only one side has: a map field by field, anything else as
// it is.
func (d *differ) lonely(op Op, value any, path string, p place, s sets) {
	entries, isMap := value.(map[string]any)
	switch {
	case isMap && len(entries) > 0 && op == Add:
		d.maps(entries, nil, path, p, s)
	case isMap && len(entries) > 0:
		d.maps(nil, entries, path, p, s)
	case op == Add:
		d.report(Add, value, nil, path, p, s)
	default:
		d.report(Remove, nil, value, path, p, s)
	}
}

func (d *differ) values(want, have any, path string, p place, s sets) {
	if equal(want, have) {
		return
	}
	switch w := want.(type) {
	case map[string]any:
		if h, isMap := have.(map[string]any); isMap {
			d.maps(w, h, path, p, s)
			return
		}
	case []any:
		if h, isList := have.([]any); isList {
			d.lists(w, h, path, p, s)
			return
		}
	}
	if d.secret && p.at("data", p.name()) && sameSecret(want, have) {
		return
	}
	d.report(Change, want, have, path, p, s)
}

func (d *differ) lists(want, have []any, path string, p place, s sets) {
	here := p.in(anItem)
	wants, haves, _, ok := d.pair(want, have, nil, p, s)
	if !ok {
		if len(want) != len(have) || !allMaps(want) || !allMaps(have) {
			d.report(Change, want, have, path, p, s)
			return
		}
		for i := range want {
			d.values(want[i], have[i], path+"["+strconv.Itoa(i)+"]", here, s.covering(""))
		}
		return
	}
	before := len(d.fields)
	for i, element := range wants.elements {
		itemPath := path + "[" + elementLabel(element) + "]"
		if at, has := haves.find(element); has {
			d.values(want[i], have[at], itemPath, here, s.covering(element))
		} else {
			d.report(Add, want[i], nil, itemPath, here, s.covering(element))
		}
	}
	for i, element := range haves.elements {
		if _, has := wants.find(element); !has {
			d.report(Remove, nil, have[i], path+"["+elementLabel(element)+"]", here, s.covering(element))
		}
	}
	if len(d.fields) == before {
		d.report(Change, want, have, path, p, s) // the order
	}
}

// covering descends like item, but a manager that owns a value as a whole keeps
// owning what is inside.
func (s sets) covering(element string) sets {
	below := s.item(element)
	for i, n := range s {
		_, self := n["."]
		if n != nil && (len(n) == 0 || self && len(n) == 1) {
			below[i] = n
		}
	}
	return below
}

func allMaps(list []any) bool {
	for _, item := range list {
		if _, isMap := item.(map[string]any); !isMap {
			return false
		}
	}
	return true
}

// Diff writes both sides as YAML: what Git names, and what a sync would remove.
// The desired side is the server's spelling where dryRun is given. A side that
// does not exist is empty. The values of Secrets are masked.
func Diff(effective, live, dryRun *unstructured.Unstructured) (desiredYAML, liveYAML string) {
	v := look(effective, live, dryRun)
	want, have := v.want, v.live
	if v.secret {
		have, want = maskPair(have, want)
	}
	return toYAML(want), toYAML(have)
}
