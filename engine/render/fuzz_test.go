package render_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"github.com/evenkeel/evenkeel/engine/render"
)

// scalars are ways of writing a value on which YAML 1.1, YAML 1.2 and JSON do
// not agree.
var scalars = []string{
	"yes", "No", "on", "OFF", "y", "N", "true", "True", "tRUE", "~", "null", "Null", "", "''", `"yes"`, "'~'",
	"0", "-0", "+1", "007", "0755", "0o17", "08", "0x1F", "-0x1f", "0b101", "-0b11", "1_000", "0_7", "_1", "1__0",
	"9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616", "-9223372036854775809",
	"1.0", "1.5", "-1.25e3", "1e3", "1E+2", "1e400", ".5", ".", "..", "-.5", "+.5", "1.", "1.e2", "1e", "0.0", "-0.0", "1e21", "123456789012345678901.5", "0x1p4", "+-1", "--1",
	"2024-01-31", "2024-01-31T10:00:00Z", "2024-1-2 3:4:5", "2024-13-45", "12:30", "1:2:3", "190:20:30",
	"!!str 1", "!!str yes", "!!int 7", "!!float 7", "!!float 7.5", "!!bool on", "!!null ~", "!mine 1", "!!binary aGVsbG8=",
	"|\n    a\n    b", ">-\n    a\n    b", "{a: 1, 2: b, yes: c, 1.5: d}", "[1, two, ~]", "1.2.3.4", "1Gi", "100m", "0.5e", "Infinity", "NaN", "=", "<<",
}

// TestScalarsAreWhatKubectlMakesOfThem compares every one with sigs.k8s.io/yaml.
func TestScalarsAreWhatKubectlMakesOfThem(t *testing.T) {
	for _, scalar := range scalars {
		text := configMap("a") + "data:\n  x: " + scalar + "\n"
		sameAsKubectl(t, scalar, text)
		asKey := configMap("a") + "data:\n  " + scalar + ": x\n"
		if _, err := yaml.YAMLToJSON([]byte(asKey)); err == nil && scalar != "" {
			sameAsKubectl(t, scalar+" as a key", asKey)
		}
	}
}

func sameAsKubectl(t *testing.T, what, text string) {
	t.Helper()
	converted, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatalf("%s: kubectl refuses it: %v", what, err)
	}
	var want map[string]any
	if err := kjson.UnmarshalCaseSensitivePreserveInts(converted, &want); err != nil {
		t.Fatal(err)
	}
	withoutNulls(want)
	result, err := render.Render(context.Background(), files(map[string]string{"a.yaml": text}), render.Options{Path: "."})
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	// Through JSON with types kept: 1 and 1.0 must be told apart from "1".
	g, _ := json.Marshal(result.Objects[0].Manifest.Object["data"])
	w, _ := json.Marshal(want["data"])
	if !bytes.Equal(g, w) {
		t.Errorf("%s: got %s, want %s", what, g, w)
	}
}

func withoutNulls(value any) {
	if m, ok := value.(map[string]any); ok {
		for k, v := range m {
			if v == nil {
				delete(m, k)
			}
			withoutNulls(v)
		}
	}
}

func TestLargeIntegersKeepTheirDigits(t *testing.T) {
	for name, text := range map[string]string{
		"a.yaml": configMap("a") + "big: 9007199254740993\n",
		"a.json": `{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "big": 9007199254740993}`,
	} {
		o := mustRender(t, files(map[string]string{name: text}), render.Options{Path: "."}).Objects[0]
		if got := o.Manifest.Object["big"]; got != int64(9007199254740993) {
			t.Errorf("%s: got %T %v", name, got, got)
		}
	}
}

// FuzzRender reads a tree from text: a line "== name" begins a file, a line
// "=> target" makes it a symbolic link. Whatever the tree, rendering ends in a
// result or in problems with a file.
func FuzzRender(f *testing.F) {
	f.Add("== a.yaml\n" + configMap("a") + "---\n" + configMap("b"))
	f.Add("== kustomization.yaml\nresources: [a.yaml, ../b]\nnamePrefix: p-\npatches: [{patch: '[]'}]\n== a.yaml\n" + configMap("a"))
	f.Add("== kustomization.yaml\nresources: [b]\nconfigMapGenerator: [{name: x, literals: [a=b], files: [k=a.yaml]}]\n== b\n=> c\n== c/kustomization.yaml\nresources: []\n== a.yaml\nx\n")
	f.Add("== a.yaml\na: &a [*a]\nb: {<<: *a}\n? [x]\n: y\n")
	f.Add("== a.json\n{\"kind\": \"List\", \"items\": [{\"kind\": \"List\", \"items\": [null]}]}")
	f.Add("== a.yaml\r\nkind: Secret\r\napiVersion: v1\r\nmetadata: {name: s, annotations: {evenkeel.dev/ignore-fields: /a}}\r\nstringData: {a: b}\r\ndata: 1\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		result, err := render.Render(context.Background(), treeOf(text), render.Options{Path: "."})
		if err == nil {
			for _, o := range result.Objects {
				if o.ID.Name == "" || o.ID.Kind == "" || o.File == "" {
					t.Errorf("an object without identity: %+v", o)
				}
			}
			return
		}
		var problems render.Problems
		if !errors.As(err, &problems) || len(problems) == 0 {
			t.Fatalf("no problems: %v", err)
		}
		for _, p := range problems {
			if p.File == "" || p.Message == "" {
				t.Errorf("a problem without a place: %#v", p)
			}
		}
	})
}

func treeOf(text string) fstest.MapFS {
	tree := fstest.MapFS{}
	for i, part := range strings.Split(text, "== ") {
		name, body, ok := strings.Cut(part, "\n")
		name = strings.TrimSuffix(name, "\r")
		// The root of a repository is a directory, whatever is in it.
		if i == 0 || !ok || !fs.ValidPath(name) || name == "." {
			continue
		}
		file := &fstest.MapFile{Data: []byte(body), Mode: 0o644}
		if target, isLink := strings.CutPrefix(body, "=> "); isLink {
			file.Mode = fs.ModeSymlink | 0o777
			file.Data = []byte(strings.TrimSpace(target))
		}
		tree[name] = file
	}
	return tree
}
