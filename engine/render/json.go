package render

import (
	"bytes"

	"sigs.k8s.io/json"
)

// parseJSON is the fast way for a file that holds one JSON object. Whatever is
// wrong with it is left to the YAML parser, which knows the line.
func parseJSON(file string, data []byte) (document, bool) {
	body := bytes.TrimLeft(data, " \t\r\n")
	if len(body) == 0 || body[0] != '{' {
		return document{}, false
	}
	var value map[string]any
	duplicates, err := json.UnmarshalStrict(body, &value)
	if err != nil || len(duplicates) > 0 {
		return document{}, false
	}
	line := 1 + bytes.Count(data[:len(data)-len(body)], []byte("\n"))
	dropNulls(value)
	return document{file: file, line: line, value: value}, true
}

// dropNulls takes out fields that are not set.
func dropNulls(value any) {
	switch value := value.(type) {
	case map[string]any:
		for name, v := range value {
			if v == nil {
				delete(value, name)
				continue
			}
			dropNulls(v)
		}
	case []any:
		for _, v := range value {
			dropNulls(v)
		}
	}
}
