package render_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/evenkeel/evenkeel/engine/render"
)

// files makes a tree of text. A name that ends in "@" is a symbolic link.
func files(texts map[string]string) fstest.MapFS {
	tree := fstest.MapFS{}
	for name, text := range texts {
		file := &fstest.MapFile{Data: []byte(text), Mode: 0o644}
		if link, ok := strings.CutSuffix(name, "@"); ok {
			name, file.Mode = link, fs.ModeSymlink|0o777
		}
		tree[name] = file
	}
	return tree
}

func mustRender(t *testing.T, tree fs.FS, o render.Options) *render.Result {
	t.Helper()
	result, err := render.Render(context.Background(), tree, o)
	if err != nil {
		t.Fatalf("render %s:\n%v", o.Path, err)
	}
	return result
}

// summary is one line for each object: what it is and where it came from.
func summary(r *render.Result) []string {
	var lines []string
	for _, o := range r.Objects {
		lines = append(lines, fmt.Sprintf("%s %s:%d", o.ID, o.File, o.Line))
	}
	return lines
}

func configMap(name string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + name + "\n"
}

func sameLines(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant:\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestDirectoryIsReadRecursively(t *testing.T) {
	tree := files(map[string]string{
		"env/a.yaml":                 "# the first\n" + configMap("a") + "---\n\n---\n# nothing here\n---\n" + configMap("b"),
		"env/deep/er/c.yml":          configMap("c"),
		"env/d.json":                 "\n{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"d\"}}",
		"env/e.yaml":                 "--- # on the line of the dashes\n{apiVersion: v1, kind: ConfigMap, metadata: {name: e}}\n...\n",
		"env/.hidden/x.yaml":         "not: an object",
		"env/.x.yaml":                "not: an object",
		"env/README.md":              "# text",
		"env/sub/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [f.yaml]\n",
		"env/sub/f.yaml":             configMap("f"),
		"env/flux.yaml":              "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: g}\n",
		"env/list.yaml":              "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: h}}\n- apiVersion: v1\n  kind: ConfigMapList\n  items:\n  - {apiVersion: v1, kind: ConfigMap, metadata: {name: i}}\n",
		"env/link.yaml@":             "../shared/linked.yaml",
		"env/linkdir@":               "../shared/dir",
		"shared/linked.yaml":         configMap("linked"),
		"shared/dir/m.yaml":          configMap("m"),
		"other/n.yaml":               configMap("n"),
	})
	result := mustRender(t, tree, render.Options{Path: "env", Namespace: "shop"})
	sameLines(t, "objects", summary(result), []string{
		"ConfigMap shop/a env/a.yaml:2",
		"ConfigMap shop/b env/a.yaml:11",
		"ConfigMap shop/c env/deep/er/c.yml:1",
		"ConfigMap shop/d env/d.json:2",
		"ConfigMap shop/e env/e.yaml:2",
		"ConfigMap shop/f env/sub/f.yaml:1",
		"ConfigMap shop/h env/list.yaml:4",
		"ConfigMap shop/i env/list.yaml:8",
		"ConfigMap shop/linked env/link.yaml:1",
		"ConfigMap shop/m env/linkdir/m.yaml:1",
		"Kustomization.kustomize.toolkit.fluxcd.io shop/g env/flux.yaml:1",
	})
	sameLines(t, "closure", result.Closure, []string{
		"env/a.yaml", "env/d.json", "env/deep/er/c.yml", "env/e.yaml", "env/flux.yaml", "env/link.yaml", "env/linkdir", "env/list.yaml",
		"env/sub/f.yaml", "env/sub/kustomization.yaml", "shared/dir/m.yaml", "shared/linked.yaml",
	})
}

func TestPathMayBeOneFile(t *testing.T) {
	tree := files(map[string]string{"all.yaml": configMap("a"), "other.yaml": configMap("b")})
	sameLines(t, "objects", summary(mustRender(t, tree, render.Options{Path: "all.yaml"})), []string{"ConfigMap default/a all.yaml:1"})
}

func TestEmptyDirectoryHasNoObjects(t *testing.T) {
	tree := files(map[string]string{"env/README.md": "nothing yet", "env/empty.yaml": "", "env/comment.yaml": "# nothing\n---\n---\n"})
	if result := mustRender(t, tree, render.Options{Path: "env"}); len(result.Objects) != 0 {
		t.Errorf("got %v", summary(result))
	}
}

func TestNamespaces(t *testing.T) {
	object := func(apiVersion, kind, namespace string) string {
		return fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: x%s}\n", apiVersion, kind, namespace)
	}
	crd := "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: fleets.example.com}\nspec: {group: example.com, scope: Cluster, names: {kind: Fleet}}\n"
	tree := files(map[string]string{
		"env/1.yaml": object("v1", "Service", ""),
		"env/2.yaml": object("v1", "ConfigMap", ", namespace: other"),
		"env/3.yaml": object("rbac.authorization.k8s.io/v1", "ClusterRole", ", namespace: stray"),
		"env/4.yaml": object("example.com/v1", "Fleet", ""),
		"env/5.yaml": object("example.com/v1", "Ship", ""),
		"env/6.yaml": object("example.com/v1", "Port", ", namespace: stray"),
		"env/7.yaml": crd,
		"env/8.yaml": object("v1", "Namespace", ""),
	})
	port := schema.GroupKind{Group: "example.com", Kind: "Port"}
	result := mustRender(t, tree, render.Options{Path: "env", Namespace: "shop", Scope: func(gk schema.GroupKind) (bool, bool) {
		return false, gk == port
	}})
	var ids []string
	for _, o := range result.Objects {
		ids = append(ids, o.ID.String())
		if o.Manifest.GetNamespace() != o.ID.Namespace {
			t.Errorf("%s: the manifest says %q", o.ID, o.Manifest.GetNamespace())
		}
	}
	sameLines(t, "objects", ids, []string{
		"ClusterRole.rbac.authorization.k8s.io x", "ConfigMap other/x", "CustomResourceDefinition.apiextensions.k8s.io fleets.example.com",
		"Fleet.example.com x", "Namespace x", "Port.example.com x", "Service shop/x", "Ship.example.com shop/x",
	})
}

func TestManifestsAreNormalised(t *testing.T) {
	tree := files(map[string]string{
		"a.yaml": `apiVersion: v1
kind: Secret
metadata: {name: s, creationTimestamp: null, labels: {}}
type: Opaque
data: {kept: a2VwdA==, replaced: b2xk}
stringData: {replaced: new, added: "yes"}
immutable: null
status: {phase: Bound}
`,
		"b.json": `{"apiVersion":"v1","kind":"Secret","type":"Opaque","metadata":{"name":"s","labels":{}},
			"data":{"kept":"a2VwdA==","added":"eWVz","replaced":"bmV3"}}`,
	})
	a := mustRender(t, tree, render.Options{Path: "a.yaml"}).Objects[0]
	b := mustRender(t, tree, render.Options{Path: "b.json"}).Objects[0]
	if a.Hash != b.Hash {
		t.Errorf("two spellings of one Secret differ:\n%v\n%v", a.Manifest.Object, b.Manifest.Object)
	}
}

func TestAnnotations(t *testing.T) {
	annotated := func(annotations string) fstest.MapFS {
		return files(map[string]string{"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations: " + annotations + "\n"})
	}
	for _, c := range []struct {
		annotations           string
		ignore, pruneDisabled bool
		fields                []string
	}{
		{`{}`, false, false, nil},
		{`{evenkeel.dev/ignore: "true"}`, true, false, nil},
		{`{evenkeel.dev/ignore: "false"}`, false, false, nil},
		{`{fluxcd.io/ignore: "true"}`, true, false, nil},
		{`{fluxcd.io/ignore: sync_only}`, true, false, nil},
		{`{evenkeel.dev/prune: disabled}`, false, true, nil},
		{`{evenkeel.dev/ignore-fields: "/spec/replicas, /metadata/labels/a~1b"}`, false, false, []string{"/spec/replicas", "/metadata/labels/a~1b"}},
	} {
		o := mustRender(t, annotated(c.annotations), render.Options{Path: "."}).Objects[0]
		if o.Ignore != c.ignore || o.PruneDisabled != c.pruneDisabled || !slices.Equal(o.IgnoreFields, c.fields) {
			t.Errorf("%s: got %v %v %v", c.annotations, o.Ignore, o.PruneDisabled, o.IgnoreFields)
		}
	}
	for _, c := range []struct{ annotations, want string }{
		{`{evenkeel.dev/ignore: "ture"}`, `must be "true" or "false"`},
		{`{evenkeel.dev/ignore: true}`, "quote it"},
		{`{evenkeel.dev/prune: never}`, `must be "disabled"`},
		{`{evenkeel.dev/ignore-fields: spec.replicas}`, "not a JSON pointer"},
		{`{evenkeel.dev/ignore-fields: /a~2b}`, "not a JSON pointer"},
		{`{evenkeel.dev/ignore-fields: /}`, "not a JSON pointer"},
	} {
		_, err := render.Render(context.Background(), annotated(c.annotations), render.Options{Path: "."})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "ConfigMap") {
			t.Errorf("%s: got %v, want %q", c.annotations, err, c.want)
		}
	}
}

func TestContextEndsRendering(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := render.Render(ctx, files(map[string]string{"a.yaml": configMap("a")}), render.Options{Path: "."}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
