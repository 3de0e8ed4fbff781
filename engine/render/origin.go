package render

import (
	"encoding/json"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

const originAnnotation = "config.kubernetes.io/origin"

// askForOrigins returns a kustomization that also asks kustomize to note where
// each object came from, and whether it asked for that itself.
func askForOrigins(kustomization []byte) (data []byte, asked bool, err error) {
	var k map[string]any
	if err := yaml.Unmarshal(kustomization, &k); err != nil {
		return nil, false, err
	}
	options, _ := k["buildMetadata"].([]any)
	if slices.Contains(options, any(types.OriginAnnotations)) {
		return kustomization, true, nil
	}
	k["buildMetadata"] = append(options, types.OriginAnnotations)
	data, err = json.Marshal(k)
	return data, false, err
}

// locate reads the origin that kustomize noted, and takes the note away unless
// it was asked for.
func (v *vetter) locate(d *document, dir string, asked bool) {
	metadata, _ := d.value["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	note, _ := annotations[originAnnotation].(string)
	if !asked && annotations != nil {
		delete(annotations, originAnnotation)
		if len(annotations) == 0 {
			delete(metadata, "annotations")
		}
	}
	var origin struct {
		Path         string `json:"path"`
		ConfiguredIn string `json:"configuredIn"`
	}
	d.line = 0
	if err := yaml.Unmarshal([]byte(note), &origin); err != nil {
		return
	}
	switch {
	case origin.ConfiguredIn != "":
		d.file = path.Join(dir, filepath.ToSlash(origin.ConfiguredIn))
	case origin.Path != "":
		d.file = path.Join(dir, filepath.ToSlash(origin.Path))
		d.line = v.lineOf(*d)
	}
}

// lineOf finds an object in the file it came from. Kustomize may have given it
// another name since, in front of or behind the one in the file.
func (v *vetter) lineOf(d document) int {
	at, _, err := v.tree.resolve(d.file)
	if err != nil {
		return 0
	}
	name := nameOf(d.value)
	line, best := 0, -1
	for _, candidate := range v.documents[at] {
		known := nameOf(candidate.value)
		if candidate.value["kind"] != d.value["kind"] || !strings.Contains(name, known) {
			continue
		}
		if len(known) > best {
			line, best = candidate.line, len(known)
		}
	}
	return line
}

func nameOf(object map[string]any) string {
	metadata, _ := object["metadata"].(map[string]any)
	name, _ := metadata["name"].(string)
	return name
}
