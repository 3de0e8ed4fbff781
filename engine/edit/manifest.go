package edit

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// object finds the object that begins in a line, in a document or in a list.
// In what kustomize makes, the name may have grown.
func (t *text) object(c Change, grown bool) (document, object *yaml.Node, err error) {
	for _, root := range t.documents {
		for _, n := range objectsAt(root, c.Line) {
			name := textOf(get(n, "metadata", "name"))
			if textOf(get(n, "kind")) != c.Object.Kind || name != c.Object.Name && !(grown && name != "" && strings.Contains(c.Object.Name, name)) {
				continue
			}
			if object != nil {
				return nil, nil, refuse(t.file, c.Line, "two objects begin in this line")
			}
			document, object = root, n
		}
	}
	if object == nil {
		return nil, nil, refuse(t.file, c.Line, "%s does not begin here", c.Object)
	}
	return document, object, nil
}

// objectsAt are the mappings that begin in a line and are a document or an item
// of a list of objects. Aliases are not followed: an object that stands under
// one begins elsewhere.
func objectsAt(n *yaml.Node, line int) []*yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	i := slices.IndexFunc(keys(n), func(k *yaml.Node) bool { return k.Value == "items" })
	if strings.HasSuffix(textOf(get(n, "kind")), "List") && i >= 0 && n.Content[2*i+1].Kind == yaml.SequenceNode {
		var found []*yaml.Node
		for _, item := range n.Content[2*i+1].Content {
			found = append(found, objectsAt(item, line)...)
		}
		return found
	}
	if n.Line == line {
		return []*yaml.Node{n}
	}
	return nil
}

// podSpecs are the ways to the pod spec in the kinds of Kubernetes itself.
var podSpecs = map[string][]string{
	"Pod":                   {"spec"},
	"Deployment":            {"spec", "template", "spec"},
	"StatefulSet":           {"spec", "template", "spec"},
	"DaemonSet":             {"spec", "template", "spec"},
	"ReplicaSet":            {"spec", "template", "spec"},
	"ReplicationController": {"spec", "template", "spec"},
	"Job":                   {"spec", "template", "spec"},
	"CronJob":               {"spec", "jobTemplate", "spec", "template", "spec"},
	"PodTemplate":           {"template", "spec"},
}

// containerLists are the fields of a pod spec, or of a custom resource, that
// kustomize looks for images in too.
var containerLists = []string{"containers", "initContainers"}

// image finds the image of a container in an object, nil when there is none.
func (t *text) image(object *yaml.Node, kind, container string) (*yaml.Node, error) {
	root := object
	for _, key := range podSpecs[kind] {
		if root.Kind != yaml.MappingNode {
			return nil, nil
		}
		value, err := t.field(root, key)
		if err != nil || value == nil {
			return nil, err
		}
		if root = deref(value); root == nil {
			return nil, nil
		}
	}
	s := containerSearch{text: t, name: container, deep: podSpecs[kind] == nil}
	if err := s.in(root); err != nil {
		return nil, err
	}
	return s.found, nil
}

// containerSearch looks for one container by name.
type containerSearch struct {
	*text
	name string
	// deep: the lists may be anywhere below.
	deep  bool
	found *yaml.Node
}

// in looks through the lists of a mapping and, if that is wanted, through all
// that is below without following aliases.
func (s *containerSearch) in(n *yaml.Node) error {
	if n.Kind == yaml.MappingNode {
		for _, key := range containerLists {
			list, err := s.field(n, key)
			if err != nil {
				return err
			}
			for _, item := range items(list) {
				if err := s.container(item); err != nil {
					return err
				}
			}
		}
	}
	if !s.deep {
		return nil
	}
	for _, child := range n.Content {
		if err := s.in(child); err != nil {
			return err
		}
	}
	return nil
}

func (s *containerSearch) container(item *yaml.Node) error {
	if item == nil || item.Kind != yaml.MappingNode {
		return nil
	}
	name, err := s.field(item, "name")
	if err != nil || textOf(name) != s.name {
		return err
	}
	image, err := s.field(item, "image")
	switch {
	case err != nil:
		return err
	case image == nil, image == s.found:
		return nil
	case s.found != nil:
		return s.refuse(item, "the container %s is there twice", s.name)
	}
	s.found = image
	return nil
}
