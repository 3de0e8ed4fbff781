package edit

import (
	"path"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// patch applies the patches of a kustomization, as far as they set the image.
func (t *tracer) patch(k *kustomization, f *found) error {
	for _, entry := range items(get(k.root, "patchesStrategicMerge")) {
		if err := t.onePatch(k, f, nil, textOf(entry), strings.ContainsRune(textOf(entry), '\n')); err != nil {
			return err
		}
	}
	for _, list := range []string{"patches", "patchesJson6902"} {
		for _, entry := range items(get(k.root, list)) {
			patch, inline := textOf(get(entry, "path")), false
			if patch == "" {
				patch, inline = textOf(get(entry, "patch")), true
			}
			if err := t.onePatch(k, f, get(entry, "target"), patch, inline); err != nil {
				return err
			}
		}
	}
	return nil
}

// onePatch applies a patch: the text of it, or its path.
func (t *tracer) onePatch(k *kustomization, f *found, target *yaml.Node, patch string, inline bool) error {
	var body *text
	var err error
	if inline {
		body, err = parse(k.file, []byte(patch))
	} else {
		body, err = t.read(path.Join(k.dir, patch))
	}
	if err != nil {
		return err
	}
	for _, document := range body.documents {
		switch {
		case document.Kind == yaml.SequenceNode:
			t.jsonPatch(f, body, document, target, inline)
		case document.Kind == yaml.MappingNode && t.selects(f, target, document):
			image, err := body.image(document, t.change.Object.Kind, t.change.Container)
			if err != nil {
				return err
			}
			if image == nil {
				continue
			}
			f.text, f.document, f.node, f.entry, f.opaque = body, document, image, nil, ""
			f.image = parseReference(textOf(image))
			if inline {
				f.node, f.opaque = nil, "the image is set by a patch that is written inside the kustomization"
			}
		}
	}
	return nil
}

// jsonPatch applies the operations of a JSON patch on an image. They count the
// containers, and evenkeel does not: which one is meant shows when the result
// is compared with what is rendered.
func (t *tracer) jsonPatch(f *found, body *text, operations, target *yaml.Node, inline bool) {
	if target != nil && !t.selects(f, target, nil) {
		return
	}
	for _, operation := range items(operations) {
		value := textOf(get(operation, "value"))
		if !strings.HasSuffix(textOf(get(operation, "path")), "/image") || value == "" {
			continue
		}
		image := parseReference(value)
		if image.name != parseReference(t.change.From).name && image.name != f.image.name {
			continue
		}
		f.text, f.document, f.node, f.entry = body, nil, operation, nil
		f.image, f.opaque = image, "the image is set by a JSON patch"
		if inline {
			f.node = nil
		}
	}
}

// selects tells whether a patch may be meant for the object: by its target, or
// by the kind and name in the patch itself. Selectors of labels may match.
func (t *tracer) selects(f *found, target, patch *yaml.Node) bool {
	if target == nil {
		return textOf(get(patch, "kind")) == t.change.Object.Kind && f.knows(textOf(get(patch, "metadata", "name")))
	}
	if kind := textOf(get(target, "kind")); kind != "" && !selectedBy(kind, t.change.Object.Kind) {
		return false
	}
	name := textOf(get(target, "name"))
	if name == "" {
		return true
	}
	for _, known := range f.names {
		if selectedBy(name, known) {
			return true
		}
	}
	return false
}

// selectedBy matches as kustomize does: an anchored regular expression.
func selectedBy(pattern, s string) bool {
	re, err := regexp.Compile("^(?:" + pattern + ")$")
	return err == nil && re.MatchString(s)
}
