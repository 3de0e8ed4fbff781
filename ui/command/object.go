package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel/engine"
)

// shortKinds are the abbreviations that kubectl accepts and fingers know.
var shortKinds = map[string]string{
	"cj": "cronjob", "cm": "configmap", "crd": "customresourcedefinition", "deploy": "deployment",
	"ds": "daemonset", "hpa": "horizontalpodautoscaler", "ing": "ingress", "netpol": "networkpolicy",
	"ns": "namespace", "pdb": "poddisruptionbudget", "pv": "persistentvolume",
	"pvc": "persistentvolumeclaim", "sa": "serviceaccount", "sts": "statefulset", "svc": "service",
}

// selector names an object as a person does: kind/name, kind.group/name,
// namespace/kind/name, or kind and name as two words.
type selector struct {
	written   string
	kind      string // lower case; may be plural or an abbreviation
	group     string // empty: any
	namespace string // empty: any
	name      string
}

// parseSelectors reads the OBJECT arguments of a command.
func parseSelectors(args []string) ([]selector, error) {
	// "Deployment.apps shop/api" is how objects are written on screens, so it
	// is welcome in one piece too.
	words := strings.Fields(strings.Join(args, " "))
	var selectors []selector
	for i := 0; i < len(words); i++ {
		parts := strings.Split(words[i], "/")
		s := selector{written: words[i]}
		switch len(parts) {
		case 1:
			if i++; i == len(words) {
				return nil, fmt.Errorf("%s is a kind without a name: write %s/NAME", parts[0], parts[0])
			}
			s.written += " " + words[i]
			namespace, name, found := strings.Cut(words[i], "/")
			if !found {
				namespace, name = "", words[i]
			}
			parts = []string{namespace, parts[0], name}
		case 2:
			parts = []string{"", parts[0], parts[1]}
		}
		if len(parts) != 3 || parts[1] == "" || parts[2] == "" {
			return nil, fmt.Errorf("%s does not name an object: write kind/name or namespace/kind/name", s.written)
		}
		s.namespace, s.name = parts[0], parts[2]
		kind, group, _ := strings.Cut(parts[1], ".")
		s.kind, s.group = strings.ToLower(kind), group
		selectors = append(selectors, s)
	}
	return selectors, nil
}

// matches tells whether the selector means this object.
func (s selector) matches(id engine.ID) bool {
	return s.name == id.Name &&
		(s.namespace == "" || s.namespace == id.Namespace) &&
		(s.group == "" || strings.EqualFold(s.group, id.Group)) &&
		s.ofKind(id.Kind)
}

// ofKind tells whether the selector's kind is this one, in the singular, the
// plural or short.
func (s selector) ofKind(kind string) bool {
	kind = strings.ToLower(kind)
	if s.kind == kind || shortKinds[s.kind] == kind {
		return true
	}
	switch {
	case strings.HasSuffix(kind, "y"):
		return s.kind == strings.TrimSuffix(kind, "y")+"ies"
	case strings.HasSuffix(kind, "s"):
		return s.kind == kind+"es"
	}
	return s.kind == kind+"s"
}

// find returns the one object among all that the selector means.
func (s selector) find(environment string, all []engine.ID) (engine.ID, error) {
	var found []engine.ID
	for _, id := range all {
		if s.matches(id) {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		hint := ""
		if near := s.near(all); len(near) > 0 {
			hint = "; did you mean " + orList(near) + "?"
		}
		return engine.ID{}, fmt.Errorf("there is no %s in %s%s", s.written, environment, hint)
	}
	return engine.ID{}, fmt.Errorf("%s is several objects in %s: write %s", s.written, environment, orList(spellings(found)))
}

// near returns the objects that were perhaps meant: of that name, or of that
// kind with a name like it.
func (s selector) near(all []engine.ID) []string {
	var near []engine.ID
	var names []string
	for _, id := range all {
		if id.Name == s.name {
			near = append(near, id)
		} else if s.ofKind(id.Kind) {
			names = append(names, id.Name)
		}
	}
	close := nearest(s.name, names)
	for _, id := range all {
		if s.ofKind(id.Kind) && slices.Contains(close, id.Name) {
			near = append(near, id)
		}
	}
	return spellings(near[:min(len(near), 4)])
}

// findAll resolves all selectors.
func findAll(selectors []selector, environment string, all []engine.ID) ([]engine.ID, error) {
	var ids []engine.ID
	for _, s := range selectors {
		id, err := s.find(environment, all)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// spelling is how an object can be named in an argument.
func spelling(id engine.ID) string {
	s := strings.ToLower(id.Kind)
	if id.Group != "" {
		s += "." + id.Group
	}
	if id.Namespace != "" {
		s = id.Namespace + "/" + s
	}
	return s + "/" + id.Name
}

func spellings(ids []engine.ID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = spelling(id)
	}
	return out
}

func orList(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// nearest returns the names that a person may have meant, the likeliest first.
func nearest(word string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var candidates []candidate
	for _, name := range names {
		d := distance(word, name)
		if strings.Contains(name, word) || strings.Contains(word, name) {
			d = min(d, 1)
		}
		if d <= max(2, len(word)/3) && d < len(word) {
			candidates = append(candidates, candidate{name, d})
		}
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int { return a.distance - b.distance })
	out := make([]string, len(candidates))
	for i, c := range candidates {
		out[i] = c.name
	}
	return out
}

// distance is how many letters have to be added, dropped or changed to make one
// word of the other.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(y)]
}
