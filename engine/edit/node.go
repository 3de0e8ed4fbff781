package edit

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// deref follows an alias.
func deref(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// get returns the value of a key, with aliases followed, or nil. Use
// [text.field] where the value is to be changed.
func get(n *yaml.Node, path ...string) *yaml.Node {
	for _, key := range path {
		if n = deref(n); n == nil || n.Kind != yaml.MappingNode {
			return nil
		}
		i := slices.IndexFunc(keys(n), func(k *yaml.Node) bool { return k.Value == key })
		if i < 0 {
			return nil
		}
		n = n.Content[2*i+1]
	}
	return deref(n)
}

// keys are the keys of a mapping.
func keys(n *yaml.Node) []*yaml.Node {
	var all []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		all = append(all, n.Content[i])
	}
	return all
}

// textOf is the text of a scalar, or "".
func textOf(n *yaml.Node) string {
	if n = deref(n); n == nil || n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return ""
	}
	return n.Value
}

// items are the elements of a list, with aliases followed.
func items(n *yaml.Node) []*yaml.Node {
	if n = deref(n); n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	var all []*yaml.Node
	for _, item := range n.Content {
		all = append(all, deref(item))
	}
	return all
}

// field returns the value of a key of a mapping, nil when it is not there. It
// refuses a key that is given twice, and one that is merged in (<<).
func (t *text) field(n *yaml.Node, key string) (*yaml.Node, error) {
	var found *yaml.Node
	merged := false
	for i, k := range keys(n) {
		switch value := n.Content[2*i+1]; {
		case k.Kind == yaml.ScalarNode && k.Tag == "!!merge":
			merged = merged || merges(value, key, map[*yaml.Node]bool{})
		case k.Value != key:
		case found != nil:
			return nil, t.refuse(k, "the key %q is given twice", key)
		default:
			found = value
		}
	}
	if found == nil && merged {
		return nil, t.refuse(n, "%q is merged in from elsewhere (<<)", key)
	}
	return found, nil
}

// merges tells whether a merge brings a key. Merges may lead in circles.
func merges(n *yaml.Node, key string, seen map[*yaml.Node]bool) bool {
	n = deref(n)
	if n == nil || seen[n] {
		return false
	}
	seen[n] = true
	if n.Kind == yaml.SequenceNode {
		return slices.ContainsFunc(n.Content, func(item *yaml.Node) bool { return merges(item, key, seen) })
	}
	if n.Kind != yaml.MappingNode {
		return false
	}
	for i, k := range keys(n) {
		if k.Value == key || k.Tag == "!!merge" && merges(n.Content[2*i+1], key, seen) {
			return true
		}
	}
	return false
}

// at follows a JSON pointer from a document; nil when it leads nowhere.
func (t *text) at(n *yaml.Node, pointer string) (*yaml.Node, error) {
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		switch n.Kind {
		case yaml.MappingNode:
			value, err := t.field(n, step)
			if err != nil || value == nil {
				return nil, err
			}
			n = value
		case yaml.SequenceNode:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(n.Content) {
				return nil, nil
			}
			n = n.Content[i]
		default:
			return nil, nil
		}
	}
	return n, nil
}
