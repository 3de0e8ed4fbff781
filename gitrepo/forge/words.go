package forge

import (
	"fmt"
	"slices"
	"strings"
)

// mostPages bounds how far a list of pull requests is read.
const mostPages = 10

func conflicts(onto string) string { return fmt.Sprintf("it conflicts with %s", onto) }

// checksFail names the checks that fail, the first of them.
func checksFail(names []string) string {
	slices.Sort(names)
	names = slices.Compact(names)
	const most = 3
	more := ""
	if len(names) > most {
		more = fmt.Sprintf(" and %d more", len(names)-most)
		names = names[:most]
	}
	return "checks fail: " + strings.Join(names, ", ") + more
}
