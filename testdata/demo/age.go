package demo

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// age is a duration before the world was made, spelled with days: "152d4h10m".
type age time.Duration

// UnmarshalYAML reads the spelling.
func (a *age) UnmarshalYAML(node *yaml.Node) error {
	days, rest, found := strings.Cut(node.Value, "d")
	if !found {
		days, rest = "0", node.Value
	}
	count, err := strconv.Atoi(days)
	if err != nil {
		return fmt.Errorf("line %d: %q is not an age like 12d4h30m", node.Line, node.Value)
	}
	var within time.Duration
	if rest != "" {
		if within, err = time.ParseDuration(rest); err != nil {
			return fmt.Errorf("line %d: %q is not an age like 12d4h30m", node.Line, node.Value)
		}
	}
	*a = age(time.Duration(count)*24*time.Hour + within)
	return nil
}

// before is the moment that long before another, to the second: Git keeps no
// more.
func (a age) before(t time.Time) time.Time {
	return t.Add(-time.Duration(a)).UTC().Truncate(time.Second)
}
