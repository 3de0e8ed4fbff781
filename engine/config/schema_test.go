package config_test

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/evenkeel/evenkeel/engine/config"
)

func schema(t *testing.T) map[string]any {
	t.Helper()
	var s map[string]any
	if err := json.Unmarshal(config.Schema(), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// check is as much of JSON Schema as the schema uses; a keyword it does not
// know is an error, so that it cannot fall behind.
func check(schema map[string]any, value any, at string) []string {
	var wrong []string
	for keyword, want := range schema {
		ok := true
		switch keyword {
		case "$schema", "title", "description", "default":
		case "type":
			ok = isType(want.(string), value)
		case "enum":
			ok = slices.Contains(want.([]any), value)
		case "pattern":
			ok = regexp.MustCompile(want.(string)).MatchString(value.(string))
		case "maxLength":
			ok = len(value.(string)) <= int(want.(float64))
		case "minimum":
			ok = value.(float64) >= want.(float64)
		case "maximum":
			ok = value.(float64) <= want.(float64)
		case "minItems":
			ok = len(value.([]any)) >= int(want.(float64))
		case "items":
			for i, item := range value.([]any) {
				wrong = append(wrong, check(want.(map[string]any), item, fmt.Sprintf("%s[%d]", at, i))...)
			}
		case "required":
			for _, name := range want.([]any) {
				_, has := value.(map[string]any)[name.(string)]
				ok = ok && has
			}
		case "properties", "additionalProperties":
			if keyword == "properties" {
				properties := want.(map[string]any)
				for name, v := range value.(map[string]any) {
					property, known := properties[name].(map[string]any)
					if !known {
						wrong = append(wrong, at+": unknown "+name)
						continue
					}
					wrong = append(wrong, check(property, v, at+"."+name)...)
				}
			} else {
				ok = want == false
			}
		default:
			ok = false
		}
		if !ok {
			wrong = append(wrong, at+": "+keyword)
		}
	}
	return wrong
}

func isType(name string, value any) bool {
	switch value := value.(type) {
	case string:
		return name == "string"
	case bool:
		return name == "boolean"
	case float64:
		return name == "number" || name == "integer" && value == math.Trunc(value)
	case []any:
		return name == "array"
	case map[string]any:
		return name == "object"
	}
	return false
}

func TestSchemaAcceptsWhatTheParserAccepts(t *testing.T) {
	for _, text := range []string{example, "environments: [{name: a, path: .}]", "environments: [{name: a, path: ../x, }]"} {
		var value any
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		if _, err := config.Parse("f", []byte(text)); err != nil {
			continue
		}
		if wrong := check(schema(t), value, ""); wrong != nil {
			t.Errorf("%s\nthe schema refuses %v", text, wrong)
		}
	}
}

func TestSchemaRefusesWhatTheParserRefuses(t *testing.T) {
	for _, keys := range []string{
		"pinDigests: 1", "name: A", "path: /x", "path: ''", "context: ''", "sync: x", "images: x", "pruneLimit: 2", "namespace: a.b", "other: x",
		"gates: {soak: x}", "gates: {soak: -1s}", "gates: {windows: [x]}", "gates: {windows: [Mon 8-16 UTC]}", "gates: {freezes: [tomorrow]}", "gates: {approvals: 21}", "changes: merge", "promote: yes", "rollback: never", "gates: {other: x}", "protected: 1",
	} {
		text := "environments: [{name: a, path: a}, {" + keys + "}]"
		for _, key := range []string{"name", "path"} {
			if !strings.Contains(keys, key+":") {
				text = strings.TrimSuffix(text, "}]") + ", " + key + ": b}]"
			}
		}
		var value any
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		_, err := config.Parse("f", []byte(text))
		if safe(func() []string { return check(schema(t), value, "") }) == nil || err == nil {
			t.Errorf("%s: the parser says %v, the schema lets it pass or not", text, err)
		}
	}
}

// safe takes a value of a type that a keyword cannot be applied to as wrong.
func safe(check func() []string) (wrong []string) {
	defer func() {
		if recover() != nil {
			wrong = []string{"type"}
		}
	}()
	return check()
}

// TestEveryKeyOfTheSchemaIsKnownToTheParser offers each key of the schema, with
// nothing as its value: the parser must not call it unknown. The example, which
// the schema accepts, shows the other direction together with this: it uses
// every key.
func TestEveryKeyOfTheSchemaIsKnownToTheParser(t *testing.T) {
	var example_ any
	if err := yaml.Unmarshal([]byte(example), &example_); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	keysOf(example_, "", used)
	var walk func(schema map[string]any, at string, wrap func(string) string)
	walk = func(schema map[string]any, at string, wrap func(string) string) {
		if items, ok := schema["items"].(map[string]any); ok {
			walk(items, at, func(s string) string { return wrap("[" + s + "]") })
		}
		properties, _ := schema["properties"].(map[string]any)
		for name, property := range properties {
			key := strings.TrimPrefix(at+"."+name, ".")
			if !used[key] {
				t.Errorf("the example does not use %s", key)
			}
			_, err := config.Parse("f", []byte(wrap("{"+name+": }")))
			if err != nil && strings.Contains(err.Error(), "unknown key") {
				t.Errorf("%s: %v", key, err)
			}
			walk(property.(map[string]any), key, func(s string) string { return wrap("{" + name + ": " + s + "}") })
		}
	}
	walk(schema(t), "", func(s string) string { return s })
}

func keysOf(value any, at string, into map[string]bool) {
	switch value := value.(type) {
	case map[string]any:
		for name, v := range value {
			key := strings.TrimPrefix(at+"."+name, ".")
			into[key] = true
			keysOf(v, key, into)
		}
	case []any:
		for _, v := range value {
			keysOf(v, at, into)
		}
	}
}
