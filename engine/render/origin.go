package render

import (
	"maps"
	"slices"
	"strings"
)

// source is a place that an object made by kustomize may come from.
type source struct {
	file            string
	line            int
	kind            string
	namespace, name string
}

// sources lists what the kustomization's resource files and generators have,
// in the order of the files. Kustomize could tell where each object came from
// (originAnnotations), but then spends most of its time on noting it.
func (v *vetter) sources() []source {
	var all []source
	for _, at := range slices.Sorted(maps.Keys(v.documents)) {
		for _, d := range v.documents[at] {
			kind, _ := d.value["kind"].(string)
			namespace, name := nameOf(d.value)
			all = append(all, source{file: d.file, line: d.line, kind: kind, namespace: namespace, name: name})
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(v.files)) {
		f := v.files[dir]
		for _, g := range f.ConfigMapGenerator {
			all = append(all, source{file: f.name, kind: "ConfigMap", namespace: g.Namespace, name: g.Name})
		}
		for _, g := range f.SecretGenerator {
			all = append(all, source{file: f.name, kind: "Secret", namespace: g.Namespace, name: g.Name})
		}
	}
	return all
}

// locate finds where an object comes from. Kustomize may have put something in
// front of the name or behind it, and may have given it another namespace, so
// the source whose name covers most of it is the one.
func locate(d *document, sources []source) {
	kind, _ := d.value["kind"].(string)
	namespace, name := nameOf(d.value)
	best := -1
	for _, s := range sources {
		if s.kind != kind || !strings.Contains(name, s.name) {
			continue
		}
		likeness := 2 * len(s.name)
		if s.namespace == namespace {
			likeness++
		}
		if likeness > best {
			best, d.file, d.line = likeness, s.file, s.line
		}
	}
}

func nameOf(object map[string]any) (namespace, name string) {
	metadata, _ := object["metadata"].(map[string]any)
	namespace, _ = metadata["namespace"].(string)
	name, _ = metadata["name"].(string)
	return namespace, name
}
