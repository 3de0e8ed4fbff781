package config

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// checkEnvironments looks at what no single key can show: names given twice,
// promotions from nowhere or in a circle, and keys that contradict each other.
func checkEnvironments(r *reader, environments []Environment) {
	at := map[string]int{} // the first environment of each name
	var names []string
	for i := range environments {
		e := &environments[i]
		e.Path, e.Verify = cleanPath(e.Path), cleanPath(e.Verify)
		if e.Name == "" {
			continue
		}
		if first, ok := at[e.Name]; ok {
			r.problem(r.places[place(i, "name")], "the environment %q is already defined in line %d", e.Name, r.places[place(first, "name")].Line)
			continue
		}
		at[e.Name] = i
		names = append(names, e.Name)
	}
	circled := map[int]bool{}
	for i, e := range environments {
		if e.Images == ImagesAuto && e.Gates.Approvals > 0 {
			r.problem(r.places[place(i, "images")], "images is auto, which asks nobody, and gates.approvals asks for people who agree: make it images: approve")
		}
		if e.PromotesFrom == "" {
			if e.Promote == ActAuto {
				r.problem(r.places[place(i, "promote")], "promote is auto, but the environment promotes from none: name one with promotesFrom")
			}
			continue
		}
		node := r.places[place(i, "promotesFrom")]
		if _, ok := at[e.PromotesFrom]; !ok {
			others := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == e.Name })
			r.problem(node, "promotesFrom names the environment %q, which does not exist%s", e.PromotesFrom, didYouMean(e.PromotesFrom, others))
			continue
		}
		if circle := circleFrom(i, environments, at); circle != nil && !circled[i] {
			words := make([]string, 0, len(circle)+1)
			for _, member := range circle {
				circled[member] = true
				words = append(words, environments[member].Name)
			}
			r.problem(node, "promotesFrom goes round in a circle: %s", strings.Join(append(words, words[0]), " from "))
		}
	}
}

// circleFrom follows promotesFrom and returns the environments on the way back
// to the start, or nil when the way does not lead there.
func circleFrom(start int, environments []Environment, at map[string]int) []int {
	var way []int
	for i := start; !slices.Contains(way, i); {
		way = append(way, i)
		next, ok := at[environments[i].PromotesFrom]
		if !ok {
			return nil
		}
		if next == start {
			return way
		}
		i = next
	}
	return nil
}

func place(i int, key string) string { return fmt.Sprintf("environments[%d].%s", i, key) }

func cleanPath(p string) string {
	if p == "" {
		return ""
	}
	return path.Clean(p)
}
