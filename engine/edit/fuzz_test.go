package edit_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/evenkeel/evenkeel/engine/edit"
	"github.com/evenkeel/evenkeel/kube"
)

// FuzzImages gives every container that it can find in a file another image. It
// looks with its own eyes: at decoded values, not at nodes.
func FuzzImages(f *testing.F) {
	for _, c := range inPlace {
		before, _ := unmark(c.text, c.want)
		f.Add([]byte(before))
	}
	f.Add([]byte(pod("  containers:\n  - name: app\n    image: &i acme/web:1\n  - {name: b, image: *i}\n")))
	f.Add([]byte(pod("  containers:\n  - name: app\n    image: >-\n      acme/web:1\n")))
	f.Add([]byte(pod("  containers:\n  - {<<: {image: acme/web:1}, name: app}\n")))
	f.Add([]byte(pod("  containers: &c\n  - &d {<<: *d, name: app, image: acme/web:1}\n  more: *c\n")))
	f.Add([]byte("kind: AList\nitems: &a [{kind: BList, items: *a}, {kind: BList, items: *a}]\n"))
	f.Add([]byte(pod("  containers:\n  - name: app\n    image: acme/web\n      # x\n    ? image\n    : y\n")))
	manifests, err := filepath.Glob("../../testdata/demo/shop/base/*/*.yaml")
	if err != nil || len(manifests) == 0 {
		f.Fatalf("no manifests: %v", err)
	}
	for _, name := range manifests {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(checkEveryImage)
}

// checkEveryImage changes every image of a file in turn: the result differs in
// that value alone, or the change is refused.
func checkEveryImage(t *testing.T, data []byte) {
	lines, values, ok := decodeAll(data)
	if !ok {
		return
	}
	for i := range values {
		object, _ := values[i].(map[string]any)
		kind, _ := object["kind"].(string)
		metadata, _ := object["metadata"].(map[string]any)
		name, _ := metadata["name"].(string)
		eachContainer(object, func(container, image string) {
			change := edit.Change{Object: kube.ID{Kind: kind, Name: name}, File: "a.yaml", Line: lines[i], Container: container, From: image, Tag: "fuzzed.1"}
			if strings.Contains(image, "@") {
				change.Digest = digestB
			}
			env := edit.Environment{Files: files(map[string]string{"a.yaml": string(data)}), Path: "a.yaml"}
			r, err := edit.Images(env, []edit.Change{change})
			if err != nil {
				if !errors.Is(err, edit.ErrRefused) {
					t.Errorf("%s: %v is no refusal", change, err)
				}
				return
			}
			checkOne(t, data, r.Files["a.yaml"], values, image)
		})
	}
}

// checkOne checks that one value, which was the image, is another, and that all
// bytes but those of one stretch in one line are as they were.
func checkOne(t *testing.T, before, after []byte, values []any, image string) {
	t.Helper()
	_, changed, ok := decodeAll(after)
	if !ok {
		t.Fatalf("not to be read any more:\n%s", after)
	}
	differences := 0
	compare(values, changed, func(a, b any) {
		differences++
		was, _ := a.(string)
		is, _ := b.(string)
		if was != image || !strings.Contains(is+"@", ":fuzzed.1@") && !strings.Contains(is, digestB) {
			t.Errorf("%v became %v", a, b)
		}
	})
	if differences != 1 {
		t.Errorf("%d values differ:\n%s", differences, after)
	}
	prefix := 0
	for prefix < len(before) && prefix < len(after) && before[prefix] == after[prefix] {
		prefix++
	}
	suffix := 0
	for suffix < len(before)-prefix && suffix < len(after)-prefix && before[len(before)-1-suffix] == after[len(after)-1-suffix] {
		suffix++
	}
	if gone := before[prefix : len(before)-suffix]; !strings.Contains(image, string(gone)) {
		t.Errorf("%q is gone, which is more than the image %q", gone, image)
	}
}

// compare calls back with every pair of values that differ.
func compare(a, b any, differ func(a, b any)) {
	switch left := a.(type) {
	case map[string]any:
		if right, ok := b.(map[string]any); ok && len(left) == len(right) {
			for key := range left {
				compare(left[key], right[key], differ)
			}
			return
		}
	case []any:
		if right, ok := b.([]any); ok && len(left) == len(right) {
			for i := range left {
				compare(left[i], right[i], differ)
			}
			return
		}
	default:
		// Maps with keys that are no texts are compared whole, and by their
		// text, in which not-a-number is what it is.
		if fmt.Sprint(a) == fmt.Sprint(b) && reflect.TypeOf(a) == reflect.TypeOf(b) {
			return
		}
	}
	differ(a, b)
}

// decodeAll decodes the documents of a file, and the lines where they begin.
func decodeAll(data []byte) (lines []int, values []any, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	for {
		var n yaml.Node
		err := decoder.Decode(&n)
		if errors.Is(err, io.EOF) {
			return lines, values, true
		}
		var value any
		if err != nil || n.Decode(&value) != nil {
			return nil, nil, false
		}
		lines, values = append(lines, n.Content[0].Line), append(values, value)
	}
}

// FuzzOverride adds an entry to a kustomization written in any way: what was
// there stays, byte for byte, and the list has one entry more.
func FuzzOverride(f *testing.F) {
	for _, s := range []string{
		"resources:\n- ../base\n",
		"resources:\n  - ../base # x\n\n# end",
		"resources: [../base]\r\nimages:\r\n- name: acme/api\r\n  newTag: \"1\" # y\r\n# z\r\nnamePrefix: ''\r\n",
		"\ufeffresources: [../base]\nimages: [] # none\n",
		"images: [{name: a, newTag: b},\n # c\n]\nresources: [../base]\n",
		"{\"resources\": [\"../base\"], \"images\": [{\"name\": \"a\", \"newTag\": \"b\"}]}",
		"images:\nresources: [../base]\n",
		"  resources:\n  - ../base\n  images: &i\n  -   name: a\n      newTag: |\n        b\n  more: *i\n",
		"resources: [../base]\nimages:\n- *x\n- &x {name: a}\n...\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, top []byte) {
		if bytes.Contains(top, []byte("acme/web")) {
			t.Skip("there may be an entry already")
		}
		tree := files(map[string]string{"base/kustomization.yaml": "resources: [web.yaml]\n", "base/web.yaml": deployment("web", "acme/web:1.0.0"), "env/kustomization.yaml": string(top)})
		env := edit.Environment{Files: tree, Path: "env", Shared: map[string][]string{"base/web.yaml": {"staging"}}}
		change := edit.Change{Object: kube.ID{Group: "apps", Kind: "Deployment", Name: "web"}, File: "base/web.yaml", Line: 1, Container: "app", From: "acme/web:1.0.0", Tag: "fuzzed.1"}
		r, err := edit.Images(env, []edit.Change{change})
		if err != nil {
			if !errors.Is(err, edit.ErrRefused) {
				t.Errorf("%v is no refusal", err)
			}
			return
		}
		after := r.Files["env/kustomization.yaml"]
		checkInserted(t, top, after)
		_, before, _ := decodeAll(top)
		_, values, ok := decodeAll(after)
		if !ok || len(before) != 1 || len(values) != 1 {
			t.Fatalf("not one document any more:\n%s", after)
		}
		root, _ := values[0].(map[string]any)
		images, _ := root["images"].([]any)
		was, _ := before[0].(map[string]any)
		if list, _ := was["images"].([]any); len(list)+1 != len(images) {
			t.Fatalf("%d images became %d:\n%s", len(list), len(images), after)
		}
		delete(root, "images")
		delete(was, "images")
		compare(was, root, func(a, b any) { t.Errorf("%v became %v", a, b) })
	})
}

// checkInserted checks that bytes were put in at one place and none taken away.
func checkInserted(t *testing.T, before, after []byte) {
	t.Helper()
	prefix := 0
	for prefix < len(before) && prefix < len(after) && before[prefix] == after[prefix] {
		prefix++
	}
	if !bytes.HasSuffix(after, before[prefix:]) || !bytes.Contains(after, []byte("fuzzed.1")) {
		t.Errorf("more than one place was changed:\n%s", after)
	}
}
