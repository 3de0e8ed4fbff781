package engine

import (
	"cmp"
	"maps"
	"reflect"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/evenkeel/evenkeel/engine/config"
)

// matching says which objects of one rendering are which of another one.
type matching struct {
	pairs     []pair // sorted; also those that only one side has
	ambiguous []Ambiguity
	// namespaces are what the other side calls those of before, where it calls
	// them otherwise.
	namespaces map[string]string
}

// matchByIdentity matches two renderings of one environment.
func matchByIdentity(before, after *desired) *matching {
	m := &matching{}
	for id, w := range after.objects {
		m.pairs = append(m.pairs, pair{before.objects[id], w})
	}
	for id, w := range before.objects {
		if after.objects[id] == nil {
			m.pairs = append(m.pairs, pair{before: w})
		}
	}
	slices.SortFunc(m.pairs, pair.compare)
	return m
}

// namesake are the objects of one kind and name in both renderings that have no
// counterpart yet.
type namesake struct{ before, after []*wanted }

// matchByName matches the renderings of two environments: objects of the same
// kind and name, as people gave it, belong together, in the same namespace before
// any other. Where several could be meant, those belong together whose namespaces
// do, as far as the other objects say.
func matchByName(from, to config.Environment, before, after *desired) *matching {
	m := &matching{}
	open := namesakes(before, after)
	votes := map[NamespacePair]int{}
	if from.Namespace != "" && to.Namespace != "" {
		votes[NamespacePair{from.Namespace, to.Namespace}]++
	}
	for _, n := range open {
		n.before = slices.DeleteFunc(n.before, func(w *wanted) bool {
			i := slices.IndexFunc(n.after, func(other *wanted) bool { return other.id == w.id })
			if i >= 0 {
				m.join(w, n.after[i])
				n.after = slices.Delete(n.after, i, i+1)
			}
			return i >= 0
		})
		if len(n.before) == 1 && len(n.after) == 1 {
			votes[NamespacePair{n.before[0].id.Namespace, n.after[0].id.Namespace}]++
		}
	}
	for _, p := range m.pairs { // a namespace that both have may well be the same
		votes[NamespacePair{p.before.id.Namespace, p.after.id.Namespace}]++
	}
	m.namespaces = mutual(votes)
	m.joinNamespaces(open)
	for _, n := range open {
		m.close(n)
	}
	slices.SortFunc(m.pairs, pair.compare)
	slices.SortFunc(m.ambiguous, func(a, b Ambiguity) int { return a.From[0].Compare(b.From[0]) })
	return m
}

// namesakes sorts the objects of two renderings by kind and name.
func namesakes(before, after *desired) map[ID]*namesake {
	all := map[ID]*namesake{}
	of := func(id ID) *namesake {
		id.Namespace, id.Name = "", givenName(id)
		if all[id] == nil {
			all[id] = &namesake{}
		}
		return all[id]
	}
	for _, w := range before.sorted() {
		n := of(w.id)
		n.before = append(n.before, w)
	}
	for _, w := range after.sorted() {
		n := of(w.id)
		n.after = append(n.after, w)
	}
	return all
}

// givenName is the name of an object without the hash of its content that
// kustomize puts behind the names of those that it generates.
func givenName(id ID) string {
	m := generatedName.FindStringSubmatch(id.Name)
	if m == nil || id.Group != "" || id.Kind != "ConfigMap" && id.Kind != "Secret" {
		return id.Name
	}
	return m[1]
}

// mutual are the namespaces that belong together: each has more objects in
// common with the other than with any else. Those of one name need no mapping.
func mutual(votes map[NamespacePair]int) map[string]string {
	there, back := map[string][]NamespacePair{}, map[string][]NamespacePair{}
	for p := range votes {
		if p.From != "" && p.To != "" {
			there[p.From] = append(there[p.From], p)
			back[p.To] = append(back[p.To], p)
		}
	}
	most := func(pairs []NamespacePair) NamespacePair {
		slices.SortFunc(pairs, func(a, b NamespacePair) int { return cmp.Compare(votes[b], votes[a]) })
		if len(pairs) > 1 && votes[pairs[0]] == votes[pairs[1]] {
			return NamespacePair{}
		}
		return pairs[0]
	}
	namespaces := map[string]string{}
	for from, pairs := range there {
		if p := most(pairs); p.From != p.To && most(back[p.To]) == p {
			namespaces[from] = p.To
		}
	}
	return namespaces
}

func (m *matching) join(before, after *wanted) { m.pairs = append(m.pairs, pair{before, after}) }

// joinNamespaces matches the Namespace objects of namespaces that belong
// together, although they have two names.
func (m *matching) joinNamespaces(open map[ID]*namesake) {
	for from, to := range m.namespaces {
		before, after := open[namespaceID(from)], open[namespaceID(to)]
		if before != nil && after != nil && len(before.before) == 1 && len(after.after) == 1 {
			m.join(before.before[0], after.after[0])
			before.before, after.after = nil, nil
		}
	}
}

func namespaceID(name string) ID { return ID{Kind: "Namespace", Name: name} }

// close matches what is left of one kind and name, and tells what cannot be.
func (m *matching) close(n *namesake) {
	n.before = slices.DeleteFunc(n.before, func(w *wanted) bool {
		to, mapped := m.namespaces[w.id.Namespace]
		i := slices.IndexFunc(n.after, func(other *wanted) bool { return mapped && other.id.Namespace == to })
		if i >= 0 {
			m.join(w, n.after[i])
			n.after = slices.Delete(n.after, i, i+1)
		}
		return i >= 0
	})
	switch {
	case len(n.before) == 1 && len(n.after) == 1:
		m.join(n.before[0], n.after[0])
	case len(n.before) > 0 && len(n.after) > 0:
		m.ambiguous = append(m.ambiguous, Ambiguity{From: identities(n.before), To: identities(n.after)})
	default:
		for _, w := range n.before {
			m.join(w, nil)
		}
		for _, w := range n.after {
			m.join(nil, w)
		}
	}
}

func identities(all []*wanted) []ID {
	ids := make([]ID, len(all))
	for i, w := range all {
		ids[i] = w.id
	}
	return ids
}

// namespacePairs lists the namespaces that are mapped.
func (m *matching) namespacePairs() []NamespacePair {
	var pairs []NamespacePair
	for _, from := range slices.Sorted(maps.Keys(m.namespaces)) {
		pairs = append(pairs, NamespacePair{from, m.namespaces[from]})
	}
	return pairs
}

// same tells whether both sides have the object, and but for its namespace have
// the same.
func (m *matching) same(p pair) bool {
	if p.before == nil || p.after == nil || p.before.hash == p.after.hash {
		return p.before != nil && p.after != nil
	}
	if len(m.namespaces) == 0 {
		return false
	}
	before, after := m.manifests(p)
	return reflect.DeepEqual(before.Object, after.Object)
}

// manifests are both sides of an object, that of before in the namespaces of the
// other side where that has it too.
func (m *matching) manifests(p pair) (before, after *unstructured.Unstructured) {
	before, after = p.manifests()
	if before != nil && after != nil && len(m.namespaces) > 0 {
		m.rename(before)
	}
	return before, after
}

// namespaceLabel is the label that every namespace has its own name in.
const namespaceLabel = "kubernetes.io/metadata.name"

// rename gives the namespaces that an object names those of the other side:
// where it lives, and in fields that are called namespace.
func (m *matching) rename(o *unstructured.Unstructured) {
	if o.GetKind() == "Namespace" && o.GroupVersionKind().Group == "" {
		if to, mapped := m.namespaces[o.GetName()]; mapped {
			o.SetName(to)
		}
	}
	m.renameIn(o.Object)
}

func (m *matching) renameIn(value any) {
	switch v := value.(type) {
	case map[string]any:
		for key, member := range v {
			name, isText := member.(string)
			to, mapped := m.namespaces[name]
			switch {
			case !isText:
				m.renameIn(member)
			case mapped && (key == "namespace" || key == namespaceLabel):
				v[key] = to
			}
		}
	case []any:
		for _, item := range v {
			m.renameIn(item)
		}
	}
}
