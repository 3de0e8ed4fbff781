package config

import (
	"encoding/json"
	"maps"
)

// Schema returns the JSON Schema (2020-12) of evenkeel.yaml, for editors.
func Schema() []byte {
	schema := objectSchema(configKeys())
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = FileName
	schema["description"] = "The config repository and the environments that evenkeel keeps from it."
	// Maps, slices, text and numbers of our own: there is nothing to fail on.
	out, _ := json.MarshalIndent(schema, "", "  ")
	return append(out, '\n')
}

func objectSchema[T any](keys []key[T]) map[string]any {
	properties := map[string]any{}
	var required []string
	for _, k := range keys {
		property := maps.Clone(k.value.schema)
		property["description"] = k.doc
		properties[k.name] = property
		if k.required {
			required = append(required, k.name)
		}
	}
	schema := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if required != nil {
		schema["required"] = required
	}
	return schema
}

func (is rule) textSchema() map[string]any {
	schema := map[string]any{"type": "string"}
	maps.Copy(schema, is.schema)
	return schema
}
