package drift

import (
	"encoding/json"
	"slices"
	"strings"
)

// join writes a path for people: spec.containers[main].env[LOG_LEVEL].value,
// metadata.labels["app.kubernetes.io/name"].
func join(path, name string) string {
	if name == "" || strings.ContainsAny(name, ".[]\" ") {
		quoted, err := json.Marshal(name)
		if err == nil {
			return path + "[" + string(quoted) + "]"
		}
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// Name is what people call the field: the last part of its path, or of what it is
// the value of. That is env[LOG_LEVEL] for spec.containers[main].env[LOG_LEVEL].value,
// and app.kubernetes.io/name for a label of that name.
func (f Field) Name() string {
	path := strings.TrimSuffix(f.Path, ".value")
	if quoted, ok := strings.CutSuffix(path, `"]`); ok {
		if at := strings.LastIndex(quoted, `["`); at >= 0 {
			return quoted[at+len(`["`):]
		}
	}
	for i, inside := len(path)-1, false; i >= 0; i-- {
		switch path[i] {
		case ']':
			inside = true
		case '[':
			inside = false
		case '.':
			if !inside {
				return path[i+1:]
			}
		}
	}
	return path
}

// elementLabel writes what tells a list item apart: its key, 80/TCP for a key of
// several fields, or its value.
func elementLabel(element string) string {
	kind, text, _ := strings.Cut(element, ":")
	if kind != "k" {
		return strings.Trim(text, `"`)
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var fields map[string]any
	if decoder.Decode(&fields) != nil {
		return text
	}
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	values := make([]string, len(names))
	for i, name := range names {
		switch v := fields[name].(type) {
		case string:
			values[i] = v
		case json.Number:
			values[i] = v.String()
		case bool:
			values[i] = map[bool]string{true: "true", false: "false"}[v]
		}
	}
	// Service ports sort as port, protocol and container ports as containerPort,
	// protocol: the order in which people say them.
	return strings.Join(values, "/")
}
