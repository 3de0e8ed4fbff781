package drift

import (
	"encoding/base64"
	"math"
)

// equal compares two decoded JSON values; numbers by value.
func equal(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, isMap := b.(map[string]any)
		if !isMap || len(x) != len(y) {
			return false
		}
		for key, v := range x {
			w, has := y[key]
			if !has || !equal(v, w) {
				return false
			}
		}
		return true
	case []any:
		y, isList := b.([]any)
		if !isList || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !equal(x[i], y[i]) {
				return false
			}
		}
		return true
	default:
		return equalScalar(a, b)
	}
}

func equalScalar(a, b any) bool {
	switch x := a.(type) {
	case nil:
		return b == nil
	case string:
		y, same := b.(string)
		return same && x == y
	case bool:
		y, same := b.(bool)
		return same && x == y
	case int64:
		switch y := b.(type) {
		case int64:
			return x == y
		case float64:
			return sameNumber(x, y)
		}
	case float64:
		switch y := b.(type) {
		case int64:
			return sameNumber(y, x)
		case float64:
			return x == y
		}
	}
	return false
}

// sameNumber compares without rounding: beyond 53 bits a float is not the integer.
func sameNumber(i int64, f float64) bool {
	return math.Abs(f) <= 1<<53 && float64(i) == f
}

func isScalar(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

// zero tells whether a scalar is the zero value of its type.
func zero(v any) bool {
	switch x := v.(type) {
	case string:
		return x == ""
	case bool:
		return !x
	case int64:
		return x == 0
	case float64:
		return x == 0
	}
	return false
}

// empty tells whether a value is one that a server may leave out.
func empty(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case map[string]any:
		return len(x) == 0
	case []any:
		return len(x) == 0
	}
	return zero(v)
}

func copyMap(m map[string]any) map[string]any {
	out := make(map[string]any, len(m)+1)
	for k, v := range m {
		out[k] = v
	}
	return out
}

func encode(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
