package kube

import (
	"encoding/json"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// The record of a set is watched like everything else: other processes suspend
// and sync too, and whoever only looks has to see it.

var recordKind = schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}

// recordTarget is the watch of the set's parent.
func (v *View) recordTarget() target {
	parent := v.set.parent
	return target{gvk: recordKind, namespace: parent.Namespace, name: parent.Name, role: record}
}

// acceptRecord takes the set's parent as it is at a resourceVersion; nil when
// there is none. It is called with the view locked.
func (v *View) acceptRecord(parent *Live, version string) {
	r, err := Record{Version: version}, error(nil)
	if parent != nil {
		r, err = v.set.recordOf(parent)
	}
	v.record, v.recordErr = nil, err
	if err == nil {
		v.record = &r
	}
	v.tell()
}

func (s *Set) recordOf(live *Live) (Record, error) {
	parent := &corev1.ConfigMap{}
	if err := json.Unmarshal(live.raw, parent); err != nil {
		return Record{}, objectError(s.parent, "read the set", err)
	}
	return s.record(parent)
}

// replaceRecord takes the list of what has the parent's name: one or none.
func (v *View) replaceRecord(objects []*Live, version string) {
	var parent *Live
	if i := slices.IndexFunc(objects, func(l *Live) bool { return l.ID == v.set.parent }); i >= 0 {
		parent = objects[i]
	}
	v.acceptRecord(parent, version)
}
