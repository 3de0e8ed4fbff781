package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// key describes one key of an object that is read into a T.
type key[T any] struct {
	name     string
	doc      string
	required bool
	value    value[T]
}

// value says how the value of a key is written down: to the parser as read, to
// the schema as a JSON Schema.
type value[T any] struct {
	schema map[string]any
	read   func(r *reader, n *yaml.Node, what string, into *T)
}

// or tells the schema's readers what holds when the key is left out.
func (v value[T]) or(fallback any) value[T] {
	v.schema["default"] = fallback
	return v
}

// rule is a check on text: what is wrong with it, or "", for the parser; the
// words for it in JSON Schema.
type rule struct {
	check  func(string) string
	schema map[string]any
	// secret text is not repeated when it is wrong.
	secret bool
}

func text[T any](field func(*T) *string, is rule) value[T] {
	return value[T]{
		schema: is.textSchema(),
		read: func(r *reader, n *yaml.Node, what string, into *T) {
			if s, ok := r.text(n, what, is); ok {
				*field(into) = s
			}
		},
	}
}

func texts[T any](field func(*T) *[]string, is rule) value[T] {
	return value[T]{
		schema: map[string]any{"type": "array", "items": is.textSchema()},
		read: func(r *reader, n *yaml.Node, what string, into *T) {
			for i, item := range r.items(n, what) {
				if s, ok := r.text(item, fmt.Sprintf("%s[%d]", what, i), is); ok {
					*field(into) = append(*field(into), s)
				}
			}
		},
	}
}

func oneOf[T any, E ~string](field func(*T) *E, allowed ...E) value[T] {
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	is := rule{
		check: func(s string) string {
			for _, name := range names {
				if s == name {
					return ""
				}
			}
			return fmt.Sprintf("is %q, but must be %s%s", s, alternatives(names), didYouMean(s, names))
		},
		schema: map[string]any{"enum": names},
	}
	return value[T]{
		schema: is.textSchema(),
		read: func(r *reader, n *yaml.Node, what string, into *T) {
			if s, ok := r.text(n, what, is); ok {
				*field(into) = E(s)
			}
		},
	}
}

func boolean[T any](field func(*T) *bool) value[T] {
	return value[T]{
		schema: map[string]any{"type": "boolean"},
		read: func(r *reader, n *yaml.Node, what string, into *T) {
			n = r.follow(n)
			if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" {
				r.wrongType(n, what, "true or false")
				return
			}
			*field(into) = strings.EqualFold(n.Value, "true")
		},
	}
}

func share[T any](field func(*T) *float64) value[T] {
	return value[T]{
		schema: map[string]any{"type": "number", "minimum": 0, "maximum": 1},
		read: func(r *reader, n *yaml.Node, what string, into *T) {
			n = r.follow(n)
			f, err := strconv.ParseFloat(n.Value, 64)
			tag := n.ShortTag()
			switch {
			case n.Kind != yaml.ScalarNode || err != nil || tag != "!!float" && tag != "!!int":
				r.wrongType(n, what, "a number between 0 and 1, such as 0.3")
			case math.IsNaN(f) || f < 0 || f > 1:
				r.problem(n, "%s is %s, but must be between 0 and 1", what, n.Value)
			default:
				*field(into) = f
			}
		},
	}
}

func count[T any](field func(*T) *int, most int) value[T] {
	return value[T]{
		schema: map[string]any{"type": "integer", "minimum": 0, "maximum": most},
		read: func(r *reader, n *yaml.Node, what string, into *T) {
			n = r.follow(n)
			i, err := strconv.Atoi(n.Value)
			switch {
			case n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" || err != nil:
				r.wrongType(n, what, "a whole number, such as 2")
			case i < 0 || i > most:
				r.problem(n, "%s is %d, but must be between 0 and %d", what, i, most)
			default:
				*field(into) = i
			}
		},
	}
}

// durationPattern is the syntax of time.ParseDuration without a sign.
const durationPattern = `^([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h))*$`

func duration[T any](field func(*T) *time.Duration, least time.Duration) value[T] {
	is := rule{
		check: func(s string) string {
			d, err := time.ParseDuration(s)
			switch {
			case err != nil:
				return fmt.Sprintf("is %q, which is not a duration: write it as 30s, 5m or 1h30m", s)
			case d < 0:
				return fmt.Sprintf("is %s, but a duration cannot be negative", s)
			case d < least:
				return fmt.Sprintf("is %s, but must be at least %s", s, least)
			}
			return ""
		},
		schema: map[string]any{"pattern": durationPattern},
	}
	return value[T]{
		schema: is.textSchema(),
		read: func(r *reader, n *yaml.Node, what string, into *T) {
			if s, ok := r.text(n, what, is); ok {
				// is has parsed it already.
				*field(into), _ = time.ParseDuration(s)
			}
		},
	}
}

func object[T, U any](field func(*T) *U, keys []key[U]) value[T] {
	return value[T]{
		schema: objectSchema(keys),
		read: func(r *reader, n *yaml.Node, what string, into *T) {
			readObject(r, n, what, keys, field(into))
		},
	}
}

func list[T, U any](field func(*T) *[]U, fresh func() U, keys []key[U]) value[T] {
	return value[T]{
		schema: map[string]any{"type": "array", "minItems": 1, "items": objectSchema(keys)},
		read: func(r *reader, n *yaml.Node, what string, into *T) {
			items := r.items(n, what)
			if items != nil && len(items) == 0 {
				r.problem(n, "%s is empty: name at least one", what)
			}
			for i, item := range items {
				u := fresh()
				readObject(r, item, fmt.Sprintf("%s[%d]", what, i), keys, &u)
				*field(into) = append(*field(into), u)
			}
		},
	}
}

// mapping is an object whose keys are the user's own.
func mapping[T, V any](field func(*T) *map[string]V, of func(r *reader, n *yaml.Node, what string) (V, bool), schema map[string]any) value[T] {
	return value[T]{
		schema: map[string]any{"type": "object", "additionalProperties": schema},
		read: func(r *reader, n *yaml.Node, what string, into *T) {
			m := map[string]V{}
			for _, p := range r.pairs(n, what) {
				if v, ok := of(r, p.value, what+"."+p.name); ok {
					m[p.name] = v
				}
			}
			*field(into) = m
		},
	}
}

// readObject reads a mapping by its table. The root of a file is called "".
func readObject[T any](r *reader, n *yaml.Node, what string, keys []key[T], into *T) {
	pairs := r.pairs(n, what)
	if pairs == nil {
		return
	}
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	given := map[string]bool{}
	for _, p := range pairs {
		given[p.name] = true
		k, ok := find(keys, p.name)
		if !ok {
			r.problem(p.key, "unknown key %q%s", under(what, p.name), didYouMean(p.name, names))
			continue
		}
		k.value.read(r, p.value, under(what, k.name), into)
	}
	for _, k := range keys {
		if k.required && !given[k.name] {
			r.problem(n, "%s is missing", under(what, k.name))
		}
	}
}

func under(what, name string) string {
	if what == "" {
		return name
	}
	return what + "." + name
}

func find[T any](keys []key[T], name string) (key[T], bool) {
	for _, k := range keys {
		if k.name == name {
			return k, true
		}
	}
	return key[T]{}, false
}

func alternatives(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}
