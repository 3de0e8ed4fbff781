package drift

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// toYAML writes an object as people write manifests: what it is first, then
// alphabetically; in the items of a list, the name first. Nothing is no text.
func toYAML(o map[string]any) string {
	if len(o) == 0 {
		return ""
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	encoder.CompactSeqIndent()
	err := encoder.Encode(yamlMap(o, "apiVersion", "kind", "metadata", "type", "spec"))
	if err == nil {
		err = encoder.Close()
	}
	if err != nil {
		// Nodes built here are always well-formed; say so rather than show half a text.
		return "# cannot be shown as YAML: " + err.Error() + "\n"
	}
	return out.String()
}

func yamlMap(m map[string]any, first ...string) *yaml.Node {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	rank := func(key string) int {
		if i := slices.Index(first, key); i >= 0 {
			return i
		}
		return len(first)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, key := range keys {
		n.Content = append(n.Content, yamlString(key), yamlValue(m[key]))
	}
	return n
}

func yamlValue(value any) *yaml.Node {
	switch v := value.(type) {
	case map[string]any:
		return yamlMap(v)
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range v {
			if fields, isMap := item.(map[string]any); isMap {
				n.Content = append(n.Content, yamlMap(fields, "name"))
			} else {
				n.Content = append(n.Content, yamlValue(item))
			}
		}
		return n
	case string:
		return yamlString(v)
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(v)}
	case int64:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.FormatInt(v, 10)}
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return yamlValue(int64(v))
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!float", Value: strconv.FormatFloat(v, 'g', -1, 64)}
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
}

func yamlString(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(strings.ToValidUTF8(s, "\uFFFD"))
	return n
}
