package render

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/evenkeel/evenkeel/kube"
)

// flatten replaces lists by their items and leaves out the files of kustomize
// itself.
func flatten(documents []document, problems Problems) ([]document, Problems) {
	var flat []document
	for _, d := range documents {
		switch {
		case isKustomization(d.value):
		case isList(d.value):
			var items []document
			items, problems = itemsOf(d, problems)
			items, problems = flatten(items, problems)
			flat = append(flat, items...)
		default:
			flat = append(flat, d)
		}
	}
	return flat, problems
}

func itemsOf(list document, problems Problems) ([]document, Problems) {
	var items []document
	for i, value := range list.value["items"].([]any) {
		item := document{file: list.file, line: list.line}
		if i < len(list.itemLines) {
			item.line, item.itemLines = list.itemLines[i].line, list.itemLines[i].items
		}
		object, ok := value.(map[string]any)
		if !ok {
			problems = append(problems, Problem{File: item.file, Line: item.line, Message: fmt.Sprintf("item %d of the %s is %s, not an object", i+1, list.value["kind"], describe(value))})
			continue
		}
		item.value = object
		items = append(items, item)
	}
	return items, problems
}

// isList tells "kind: List", "kind: ConfigMapList" and their like, by their
// items; a kind of one's own that merely ends in List has none.
func isList(value map[string]any) bool {
	kind, _ := value["kind"].(string)
	_, hasItems := value["items"].([]any)
	return strings.HasSuffix(kind, "List") && hasItems
}

func isKustomization(value map[string]any) bool {
	apiVersion, _ := value["apiVersion"].(string)
	kind, _ := value["kind"].(string)
	return strings.HasPrefix(apiVersion, "kustomize.config.k8s.io/") && (kind == "Kustomization" || kind == "Component")
}

// makeObjects gives documents their identity and their normal form.
func makeObjects(ctx context.Context, documents []document, o Options) ([]Object, Problems) {
	namespaced := scopesOf(documents, o.Scope)
	made := make([]Object, len(documents))
	found := make([]Problems, len(documents))
	inParallel(ctx, len(documents), func(i int) {
		made[i], found[i] = makeObject(documents[i], namespaced, o.Namespace)
	})
	objects := make([]Object, 0, len(documents))
	var problems Problems
	for i := range made {
		problems = append(problems, found[i]...)
		if len(found[i]) == 0 {
			objects = append(objects, made[i])
		}
	}
	slices.SortStableFunc(objects, func(a, b Object) int { return a.ID.Compare(b.ID) })
	for i := 1; i < len(objects); i++ {
		if a, b := objects[i-1], objects[i]; a.ID == b.ID {
			problems = append(problems, Problem{File: b.File, Line: b.Line, Object: b.ID, Message: fmt.Sprintf("is already defined in %s", place(a.File, a.Line))})
		}
	}
	return objects, problems
}

func place(file string, line int) string {
	if line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d", file, line)
}

// identityProblems is what keeps a document from being an object at all.
func identityProblems(d document) Problems {
	var problems Problems
	identify(d.value, func(id kube.ID, format string, args ...any) {
		problems = append(problems, Problem{File: d.file, Line: d.line, Object: id, Message: fmt.Sprintf(format, args...)})
	})
	return problems
}

func makeObject(d document, namespaced scopes, namespace string) (Object, Problems) {
	problems := identityProblems(d)
	if len(problems) > 0 {
		return Object{}, problems
	}
	manifest := &unstructured.Unstructured{Object: d.value}
	gvk := manifest.GroupVersionKind()
	if namespaced[gvk.GroupKind()] {
		if manifest.GetNamespace() == "" {
			manifest.SetNamespace(orDefault(namespace))
		}
	} else {
		manifest.SetNamespace("")
	}
	object := Object{ID: kube.IDOf(manifest), GVK: gvk, Manifest: manifest, File: d.file, Line: d.line}
	complain := func(format string, args ...any) {
		problems = append(problems, Problem{File: d.file, Line: d.line, Object: object.ID, Message: fmt.Sprintf(format, args...)})
	}
	normalise(d.value, gvk, complain)
	object.readAnnotations(complain)
	// A manifest holds nothing that JSON cannot say.
	object.JSON, _ = json.Marshal(d.value)
	object.Hash = hash(object.JSON)
	return object, problems
}

func orDefault(namespace string) string {
	if namespace == "" {
		return "default"
	}
	return namespace
}

// identify checks that an object says what it is, in the types that everything
// after this relies on.
func identify(value map[string]any, complain func(id kube.ID, format string, args ...any)) {
	apiVersion, hasVersion := value["apiVersion"].(string)
	kind, hasKind := value["kind"].(string)
	gv, err := schema.ParseGroupVersion(apiVersion)
	metadata, hasMetadata := value["metadata"].(map[string]any)
	name, hasName := metadata["name"].(string)
	id := kube.ID{Group: gv.Group, Kind: kind, Name: name}
	switch {
	case !hasKind || kind == "":
		complain(kube.ID{}, "the document has no kind")
	case !hasVersion || apiVersion == "":
		complain(id, "has no apiVersion")
	case err != nil || gv.Version == "":
		complain(id, "has the apiVersion %q, which is none", apiVersion)
	case value["metadata"] != nil && !hasMetadata:
		complain(id, "has %s as its metadata", describe(value["metadata"]))
	case metadata["name"] != nil && !hasName:
		complain(id, "has %s as its metadata.name; quote it", describe(metadata["name"]))
	case name == "" && metadata["generateName"] != nil:
		complain(id, "has generateName instead of a name; an object in Git needs a name of its own")
	case name == "":
		complain(id, "has no metadata.name")
	}
	if namespace, ok := metadata["namespace"]; ok {
		if _, ok := namespace.(string); !ok {
			complain(id, "has %s as its metadata.namespace; quote it", describe(namespace))
		}
	}
	for _, field := range []string{"labels", "annotations"} {
		checkTexts(metadata[field], func(format string, args ...any) {
			complain(id, "metadata."+field+format, args...)
		})
	}
}

// checkTexts checks that a value is a mapping of text to text, if anything.
func checkTexts(value any, complain func(format string, args ...any)) {
	if value == nil {
		return
	}
	texts, ok := value.(map[string]any)
	if !ok {
		complain(" is %s, not a mapping", describe(value))
		return
	}
	for key, text := range texts {
		if _, ok := text.(string); !ok {
			complain("[%q] is %s, not text; quote it", key, describe(text))
		}
	}
}

// normalise takes out what is not desired state, so that two spellings of an
// object are one.
func normalise(value map[string]any, gvk schema.GroupVersionKind, complain func(format string, args ...any)) {
	delete(value, "status")
	if metadata, ok := value["metadata"].(map[string]any); ok {
		for _, field := range []string{"creationTimestamp", "managedFields", "resourceVersion", "uid", "generation", "selfLink"} {
			delete(metadata, field)
		}
	}
	if gvk.Group == "" && gvk.Kind == "Secret" {
		foldStringData(value, complain)
	}
}

// foldStringData does to a Secret what the API server would do.
func foldStringData(secret map[string]any, complain func(format string, args ...any)) {
	given, ok := secret["stringData"]
	if !ok {
		return
	}
	before := true
	checkTexts(given, func(format string, args ...any) {
		before = false
		complain("stringData"+format, args...)
	})
	data, isMap := secret["data"].(map[string]any)
	if secret["data"] != nil && !isMap {
		complain("data is %s, not a mapping", describe(secret["data"]))
		return
	}
	if !before {
		return
	}
	if data == nil {
		data = map[string]any{}
	}
	for key, text := range given.(map[string]any) {
		data[key] = base64.StdEncoding.EncodeToString([]byte(text.(string)))
	}
	delete(secret, "stringData")
	if len(data) > 0 {
		secret["data"] = data
	}
}

func hash(data []byte) uint64 {
	sum := sha256.Sum256(data)
	return binary.BigEndian.Uint64(sum[:])
}
