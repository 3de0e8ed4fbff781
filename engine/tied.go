package engine

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/evenkeel/evenkeel/engine/internal/yamltext"
	"github.com/evenkeel/evenkeel/registry"
)

// tied says what ties a file to the environment that it lies in, so that a copy
// would bring what belongs there: a namespace, or the tag of an image. theirs is
// what the copy would replace.
func tied(name string, ours, theirs []byte, foreign map[string]bool) string {
	switch path.Ext(name) {
	case ".yaml", ".yml", ".json":
	default:
		return ""
	}
	from, to := mentionsOf(ours), mentionsOf(theirs)
	for _, namespace := range slices.Sorted(maps.Keys(from.namespaces)) {
		if foreign[namespace] {
			return fmt.Sprintf("it names the namespace %s", namespace)
		}
	}
	for _, repository := range slices.Sorted(maps.Keys(from.tags)) {
		there, here := from.tags[repository], to.tags[repository]
		if len(here) > 0 && !maps.Equal(there, here) {
			return fmt.Sprintf("it names %s with another tag: images are promoted by themselves", lastPart(repository))
		}
	}
	return ""
}

// mentions are the namespaces and the images that a file names.
type mentions struct {
	namespaces map[string]bool
	tags       map[string]map[string]bool // by repository
}

// mentionsOf reads a file. One that is no YAML mentions nothing.
func mentionsOf(data []byte) mentions {
	m := mentions{namespaces: map[string]bool{}, tags: map[string]map[string]bool{}}
	decoder := yaml.NewDecoder(bytes.NewReader(yamltext.TrimBOM(data)))
	for {
		var document yaml.Node
		if err := yamltext.Decode(decoder, &document); errors.Is(err, io.EOF) || err != nil {
			return m
		}
		var value any
		if document.Decode(&value) == nil {
			m.read(value)
		}
	}
}

func (m *mentions) read(value any) {
	switch v := value.(type) {
	case map[string]any:
		m.object(v)
		for _, child := range v {
			m.read(child)
		}
	case []any:
		for _, child := range v {
			m.read(child)
		}
	}
}

func (m *mentions) object(o map[string]any) {
	text := func(key string) string {
		s, _ := o[key].(string)
		return s
	}
	m.namespaces[text("namespace")] = true
	if metadata, ok := o["metadata"].(map[string]any); ok && text("kind") == "Namespace" {
		name, _ := metadata["name"].(string)
		m.namespaces[name] = true
	}
	if ref, err := registry.ParseReference(text("image")); err == nil {
		m.image(ref.Repository.String(), tagOf(ref))
	}
	if repository := text("repository"); repository != "" {
		m.image(repository, text("tag"))
	}
	if text("newTag") != "" || text("digest") != "" {
		m.image(text("name"), text("newTag")+"@"+text("digest"))
	}
}

func (m *mentions) image(repository, tag string) {
	if m.tags[repository] == nil {
		m.tags[repository] = map[string]bool{}
	}
	m.tags[repository][tag] = true
}
