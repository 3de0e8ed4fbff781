package render

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// plainFloat is what a YAML 1.1 number may look like in kubectl's eyes.
var plainFloat = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)

// plain gives an unquoted scalar the value that kubectl gives it, which is that
// of YAML 1.1: yes and on are true, 0755 is 493, a date is text.
func plain(s string) any {
	if s == "" {
		return nil
	}
	switch c := s[0]; {
	case c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.':
		return number(s)
	case strings.IndexByte("yYnNtTfFoO~", c) < 0 || len(s) > len("false"):
		return s
	}
	switch s {
	case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON":
		return true
	case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF":
		return false
	case "~", "null", "Null", "NULL":
		return nil
	}
	return s
}

func number(s string) any {
	switch strings.TrimLeft(s, "+-") {
	case ".inf", ".Inf", ".INF":
		if len(s) <= len("-.inf") {
			return math.Inf(1)
		}
	case ".nan", ".NaN", ".NAN":
		if s[0] == '.' {
			return math.NaN()
		}
	}
	if s[0] == '.' {
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return f
		}
		return s
	}
	if isDate(s) {
		return s
	}
	digits := strings.ReplaceAll(s, "_", "")
	if i, err := strconv.ParseInt(digits, 0, 64); err == nil {
		return i
	}
	if u, err := strconv.ParseUint(digits, 0, 64); err == nil {
		return float64(u)
	}
	if plainFloat.MatchString(digits) {
		if f, err := strconv.ParseFloat(digits, 64); err == nil {
			return f
		}
	}
	return s
}

// exact is the number up to which every integer is a float64.
const exact = 1 << 53

// throughJSON turns a number without a fraction into an integer: what the API
// server reads is JSON, which knows no difference.
func throughJSON(value any) any {
	f, ok := value.(float64)
	switch {
	case !ok || f != math.Trunc(f) || math.Abs(f) >= 1e21:
		return value
	case math.Abs(f) < exact:
		return int64(f)
	}
	// JSON spells it with the fewest digits that tell it from its neighbours.
	if i, err := strconv.ParseInt(strconv.FormatFloat(f, 'f', -1, 64), 10, 64); err == nil {
		return i
	}
	return f
}

// isDate tells dates such as 2024-01-31 from numbers, which never have a dash
// after four digits.
func isDate(s string) bool {
	return len(s) > 4 && s[4] == '-' && strings.Trim(s[:4], "0123456789") == ""
}
