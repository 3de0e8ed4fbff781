package render_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"github.com/evenkeel/evenkeel/engine/render"
)

// shop is a kustomization with two environments of one base.
func shop() string { return filepath.Join("testdata", "shop") }

func TestKustomization(t *testing.T) {
	result := mustRender(t, os.DirFS(shop()), render.Options{Path: "environments/production"})
	sameLines(t, "objects", summary(result), []string{
		"ConfigMap shop/prod-api-settings-7gm9t2d757 base/kustomization.yaml:0",
		"Deployment.apps shop/prod-api base/api.yaml:2",
		"Deployment.apps shop/prod-web base/web.yaml:1",
		"Namespace shop environments/production/namespace.yaml:1",
		"PodDisruptionBudget.policy shop/prod-api components/available/budget.yaml:1",
		"Secret shop/prod-tls-tt2mdtt84b environments/production/kustomization.yaml:0",
		"Service shop/prod-api base/api.yaml:23",
		"Service shop/prod-web base/web.yaml:15",
	})
	sameLines(t, "closure", result.Closure, []string{
		"base/api.properties", "base/api.yaml", "base/kustomization.yaml", "base/web.yaml",
		"components/available/budget.yaml", "components/available/kustomization.yaml",
		"environments/production/kustomization.yaml", "environments/production/namespace.yaml",
		"environments/production/replicas.yaml", "environments/production/tls.crt",
	})
	staging := mustRender(t, os.DirFS(shop()), render.Options{Path: "environments/staging"})
	if !slices.Contains(staging.Closure, "base/api.yaml") || slices.Contains(staging.Closure, "environments/production/kustomization.yaml") {
		t.Errorf("closure of staging: %v", staging.Closure)
	}
}

// TestKustomizationEqualsKustomize compares with what kustomize itself makes of
// the same files on disk.
func TestKustomizationEqualsKustomize(t *testing.T) {
	for _, environment := range []string{"base", "environments/staging", "environments/production"} {
		options := krusty.MakeDefaultOptions()
		options.LoadRestrictions = 0
		resources, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), filepath.Join(shop(), environment))
		if err != nil {
			t.Fatal(err)
		}
		text, err := resources.AsYaml()
		if err != nil {
			t.Fatal(err)
		}
		want := mustRender(t, files(map[string]string{"all.yaml": string(text)}), render.Options{Path: "all.yaml", Namespace: "x"})
		got := mustRender(t, os.DirFS(shop()), render.Options{Path: environment, Namespace: "x"})
		if len(got.Objects) != len(want.Objects) {
			t.Fatalf("%s: %d objects, want %d", environment, len(got.Objects), len(want.Objects))
		}
		for i := range got.Objects {
			if got.Objects[i].Hash != want.Objects[i].Hash {
				g, _ := yaml.Marshal(got.Objects[i].Manifest.Object)
				w, _ := yaml.Marshal(want.Objects[i].Manifest.Object)
				t.Errorf("%s: got\n%s\nwant\n%s", environment, g, w)
			}
		}
	}
}

func TestOriginAnnotationStaysWhenAskedFor(t *testing.T) {
	for metadata, want := range map[string]bool{"": false, "buildMetadata: [originAnnotations]\n": true} {
		tree := files(map[string]string{"kustomization.yaml": metadata + "resources: [a.yaml]\n", "a.yaml": configMap("a")})
		o := mustRender(t, tree, render.Options{Path: "."}).Objects[0]
		if _, got := o.Manifest.GetAnnotations()["config.kubernetes.io/origin"]; got != want {
			t.Errorf("%q: %v", metadata, o.Manifest.Object)
		}
	}
}

func TestBasesMayLieAnywhereInTheRepository(t *testing.T) {
	tree := files(map[string]string{
		"a/b/env/kustomization.yaml": "resources: [../../../base, linked, file.yaml]\n",
		"a/b/env/linked@":            "../../../other",
		"a/b/env/file.yaml@":         "../../../x.yaml",
		"base/Kustomization":         "bases: [deep]\n",
		"base/deep/kustomization.yml": "resources: [c.yaml]\nconfigMapGenerator:\n" +
			"- {name: m, files: [k=../../x.yaml], options: {disableNameSuffixHash: true}}\n",
		"base/deep/c.yaml":         configMap("c"),
		"other/kustomization.yaml": "resources: [d.yaml]\n",
		"other/d.yaml":             "---\n" + configMap("d"),
		"x.yaml":                   configMap("x"),
	})
	sameLines(t, "objects", summary(mustRender(t, tree, render.Options{Path: "a/b/env"})), []string{
		"ConfigMap default/c base/deep/c.yaml:1",
		"ConfigMap default/d other/d.yaml:2",
		"ConfigMap default/m base/deep/kustomization.yml:0",
		"ConfigMap default/x a/b/env/file.yaml:1",
	})
}

func TestKustomizationProblems(t *testing.T) {
	for name, c := range map[string]struct {
		kustomization string
		want          []string
	}{
		"remote base":         {"resources:\n- a.yaml\n- https://github.com/acme/base?ref=v1\n", []string{"env/kustomization.yaml:3: https://github.com/acme/base?ref=v1 is remote"}},
		"short remote":        {"resources: [github.com/acme/base]", []string{"env/kustomization.yaml:1: github.com/acme/base is remote"}},
		"scp remote":          {"resources: ['git@example.com:acme/base']", []string{"env/kustomization.yaml:1: git@example.com:acme/base is remote"}},
		"go-getter remote":    {"components: ['git::ssh://example.com/acme/base']", []string{"env/kustomization.yaml:1: git::ssh://example.com/acme/base is remote"}},
		"remote patch":        {"resources: [a.yaml]\npatches: [{path: 'http://example.com/p'}]", []string{"env/kustomization.yaml:2: http://example.com/p is remote"}},
		"remote file":         {"configMapGenerator: [{name: x, files: ['a=https://example.com/p']}]", []string{"env/kustomization.yaml:1: https://example.com/p is remote"}},
		"remote schema":       {"resources: [a.yaml]\nopenapi: {path: 'https://example.com/p'}", []string{"env/kustomization.yaml:2: https://example.com/p is remote"}},
		"remote CRD":          {"resources: [a.yaml]\ncrds: ['https://example.com/p']", []string{"env/kustomization.yaml:2: https://example.com/p is remote"}},
		"helm":                {"resources: [a.yaml]\nhelmCharts: [{name: x}]", []string{"env/kustomization.yaml:2: helmCharts is refused"}},
		"old helm":            {"resources: [a.yaml]\nhelmChartInflationGenerator: [{chartName: x}]", []string{"env/kustomization.yaml:2: helmChartInflationGenerator is refused"}},
		"helm globals":        {"resources: [a.yaml]\nhelmGlobals: {chartHome: x}", []string{"env/kustomization.yaml:2: helmGlobals is refused"}},
		"exec plugin":         {"resources: [a.yaml]\ngenerators: [plugin.yaml]", []string{"env/plugin.yaml:1: the plugin example.com/v1 Exec is refused"}},
		"inline plugin":       {"transformers:\n- |-\n  apiVersion: x/v1\n  kind: Plug\n  metadata: {name: z}\n", []string{"env/kustomization.yaml:2: the plugin x/v1 Plug is refused"}},
		"helm plugin":         {"generators:\n- |-\n  {apiVersion: builtin, kind: HelmChartInflationGenerator, metadata: {name: z}}\n", []string{"env/kustomization.yaml:2: HelmChartInflationGenerator is refused"}},
		"remote in a plugin":  {"generators:\n- |-\n  {apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: z}, files: ['k=https://example.com/p']}\n", []string{"env/kustomization.yaml:2: files of the plugin is remote"}},
		"patched plugin":      {"transformers: [../plugins]", []string{"plugins/kustomization.yaml:2: patches is refused in a kustomization that is used for plugins"}},
		"out of the tree":     {"resources: [../../etc]", []string{"env/kustomization.yaml:1: the path ../etc leaves the repository"}},
		"out by name":         {"resources: [../../repository/env/a.yaml]", []string{"env/kustomization.yaml:1: the path ../repository/env/a.yaml leaves the repository"}},
		"absolute":            {"resources: [/etc/passwd]", []string{`env/kustomization.yaml:1: the path "/etc/passwd" must be relative`}},
		"file out of tree":    {"configMapGenerator: [{name: x, files: [../../etc/passwd]}]", []string{"env/kustomization.yaml:1: the path ../etc/passwd leaves the repository"}},
		"missing":             {"resources:\n- a.yaml\n- gone.yaml\n- gone2\n", []string{"env/kustomization.yaml:3: env/gone.yaml does not exist", "env/kustomization.yaml:4: env/gone2 does not exist"}},
		"no kustomization":    {"resources: [../plain]", []string{"env/kustomization.yaml:1: the directory plain has no kustomization.yaml"}},
		"circle":              {"resources: [../circle]", []string{"circle/kustomization.yaml:1: kustomizations refer to each other in a circle: env to circle to env"}},
		"unknown field":       {"resources: [a.yaml]\nresorces: []", []string{`env/kustomization.yaml:2: unknown field "resorces" in the kustomization`}},
		"wrong type":          {"resources: [a.yaml]\nnamePrefix: 3", []string{"env/kustomization.yaml:2: namePrefix cannot be a number"}},
		"empty":               {"# nothing\n", []string{"env/kustomization.yaml: a kustomization file must hold one document, not 0"}},
		"bad resource":        {"resources: [bad.yaml, a.yaml, worse.yaml]", []string{"env/bad.yaml:2: did not", "env/worse.yaml:1: ConfigMap: has no metadata.name"}},
		"bad patch":           {"resources: [a.yaml]\npatches:\n- patch: |\n    kind: A\n    x: [\n", []string{"env/kustomization.yaml:5: not valid YAML"}},
		"patch of nothing":    {"resources: [a.yaml]\npatches: [{patch: '{kind: Service, apiVersion: v1, metadata: {name: gone}}'}]", []string{"env/kustomization.yaml: no resource matches strategic merge patch"}},
		"same object twice":   {"resources: [a.yaml, same.yaml]", []string{"env/kustomization.yaml: "}},
		"same in a namespace": {"namespace: shop\nresources: [a.yaml, elsewhere.yaml]", []string{"env/kustomization.yaml: namespace transformation produces ID conflict: [ConfigMap shop/a ConfigMap shop/a]"}},
		"bad in the base":     {"resources: [../base]", []string{"base/kustomization.yaml: no resource matches strategic merge patch"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := problemsOf(t, map[string]string{
				"env/kustomization.yaml":     c.kustomization,
				"env/a.yaml":                 configMap("a"),
				"env/same.yaml":              configMap("a"),
				"env/elsewhere.yaml":         strings.Replace(configMap("a"), "metadata:\n", "metadata:\n  namespace: other\n", 1),
				"env/bad.yaml":               "a: b\nc: [\n",
				"env/worse.yaml":             "apiVersion: v1\nkind: ConfigMap\n",
				"env/plugin.yaml":            "apiVersion: example.com/v1\nkind: Exec\nmetadata: {name: x}\n",
				"plain/a.yaml":               configMap("a"),
				"circle/kustomization.yaml":  "resources: [../env]",
				"base/kustomization.yaml":    "resources: [a.yaml]\npatches: [{patch: '{kind: Service, apiVersion: v1, metadata: {name: gone}}'}]",
				"base/a.yaml":                configMap("b"),
				"plugins/kustomization.yaml": "resources: [t.yaml]\npatches: [{patch: '[]', target: {kind: x}}]",
				"plugins/t.yaml":             "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: x}\nprefix: p-\n",
			})
			if len(got) != len(c.want) {
				t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			for i := range got {
				if !strings.HasPrefix(got[i], c.want[i]) && !strings.Contains(got[i], strings.TrimPrefix(c.want[i], "env/bad.yaml:2: did not")) {
					t.Errorf("got  %s\nwant %s", got[i], c.want[i])
				}
			}
		})
	}
}

func TestBuiltinPluginsWork(t *testing.T) {
	tree := files(map[string]string{
		"kustomization.yaml":         "resources: [a.yaml]\ntransformers:\n- prefix.yaml\n- plugins\n",
		"a.yaml":                     configMap("a"),
		"prefix.yaml":                "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: x}\nprefix: p-\nfieldSpecs: [{path: metadata/name}]\n",
		"plugins/kustomization.yaml": "resources: [annotations.yaml]\n",
		"plugins/annotations.yaml":   "apiVersion: builtin\nkind: AnnotationsTransformer\nmetadata: {name: x}\nannotations: {runbook: 'https://example.com'}\nfieldSpecs: [{path: metadata/annotations, create: true}]\n",
	})
	result := mustRender(t, tree, render.Options{Path: "."})
	sameLines(t, "objects", summary(result), []string{"ConfigMap default/p-a a.yaml:1"})
	if got := result.Objects[0].Manifest.GetAnnotations()["runbook"]; got != "https://example.com" {
		t.Errorf("runbook is %q", got)
	}
}

// TestNothingIsFetchedOrRun puts a server and a git in the way of kustomize and
// sees that neither is asked.
func TestNothingIsFetchedOrRun(t *testing.T) {
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		_, _ = w.Write([]byte(configMap("fetched")))
	}))
	defer server.Close()
	bin := t.TempDir()
	ran := filepath.Join(bin, "ran")
	for _, program := range []string{"git", "helm", "docker", "sh"} {
		if err := os.WriteFile(filepath.Join(bin, program), []byte("#!/bin/sh\necho >> "+ran+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	url := "http://localhost:" + port + "/x"
	function := func(spec string) string {
		return "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: |\n      " + spec + "\nliterals: [a=b]\n"
	}
	for name, texts := range map[string]map[string]string{
		"resources":        {"env/kustomization.yaml": "resources: ['" + url + "']"},
		"upper case":       {"env/kustomization.yaml": "resources: ['" + strings.Replace(url, "http", "HTTP", 1) + "']"},
		"opaque":           {"env/kustomization.yaml": "resources: ['http:localhost:" + port + "']"},
		"spaces":           {"env/kustomization.yaml": "resources: [' " + url + " ']"},
		"newline":          {"env/kustomization.yaml": "generators: [\"" + url + "\\n\"]"},
		"bases":            {"env/kustomization.yaml": "bases: ['" + url + "']"},
		"odd case of keys": {"env/kustomization.yaml": "Resources: ['" + url + "']"},
		"in a base":        {"env/kustomization.yaml": "resources: [../base]", "base/kustomization.yaml": "components: ['" + url + "']"},
		"merged":           {"env/kustomization.yaml": "x: &x\n  resources: ['" + url + "']\n<<: *x\n"},
		"local directory":  {"env/kustomization.yaml": "resources: [github.com/acme/base]", "env/github.com/acme/base/kustomization.yaml": "resources: []"},
		"local scp":        {"env/kustomization.yaml": "resources: ['x@y:z/w/v']", "env/x@y:z/w/v/kustomization.yaml": "resources: []"},
		"local file url":   {"env/kustomization.yaml": "resources: ['file:///x/y//z']", "env/file:/x/y/z/kustomization.yaml": "resources: []"},
		"patches":          {"env/kustomization.yaml": "resources: [a.yaml]\npatches: [{path: '" + url + "'}]", "env/a.yaml": configMap("a")},
		"merge patches":    {"env/kustomization.yaml": "resources: [a.yaml]\npatchesStrategicMerge: ['" + url + "']", "env/a.yaml": configMap("a")},
		"JSON patches":     {"env/kustomization.yaml": "resources: [a.yaml]\npatchesJson6902: [{path: '" + url + "', target: {version: v1, kind: ConfigMap, name: a}}]", "env/a.yaml": configMap("a")},
		"replacements":     {"env/kustomization.yaml": "resources: [a.yaml]\nreplacements: [{path: '" + url + "'}]", "env/a.yaml": configMap("a")},
		"configurations":   {"env/kustomization.yaml": "resources: [a.yaml]\nconfigurations: ['" + url + "']", "env/a.yaml": configMap("a")},
		"environment":      {"env/kustomization.yaml": "configMapGenerator: [{name: x, env: '" + url + "'}]"},
		"environments":     {"env/kustomization.yaml": "secretGenerator: [{name: x, envs: ['" + url + "']}]"},
		"validators":       {"env/kustomization.yaml": "validators: ['" + url + "']"},
		"plugin path":      {"env/kustomization.yaml": "resources: [a.yaml]\ntransformers: [t.yaml]", "env/a.yaml": configMap("a"), "env/t.yaml": "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: x}\npath: " + url},
		"plugin value":     {"env/kustomization.yaml": "resources: [a.yaml]\ntransformers: [t.yaml]", "env/a.yaml": configMap("a"), "env/t.yaml": "apiVersion: builtin\nkind: ValueAddTransformer\nmetadata: {name: x}\ntargetFilePath: " + url},
		"plugin list":      {"env/kustomization.yaml": "transformers: [t.yaml]", "env/t.yaml": "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: builtin, kind: ReplacementTransformer, metadata: {name: x}, replacements: [{path: '" + url + "'}]}\n"},
		"container":        {"env/kustomization.yaml": "generators: [t.yaml]", "env/t.yaml": function("container: {image: x}")},
		"exec":             {"env/kustomization.yaml": "generators: [t.yaml]", "env/t.yaml": strings.Replace(function("exec: {path: /bin/sh}"), "builtin", "x/v1", 1)},
		"helm":             {"env/kustomization.yaml": "helmCharts: [{name: x, repo: '" + url + "'}]"},
	} {
		_, err := render.Render(context.Background(), files(texts), render.Options{Path: "env"})
		if err == nil && name != "container" {
			t.Errorf("%s: was rendered", name)
		}
		if n := requests.Swap(0); n != 0 {
			t.Errorf("%s: %d requests were made", name, n)
		}
		if _, err := os.Stat(ran); err == nil {
			t.Errorf("%s: a program was run", name)
			_ = os.Remove(ran)
		}
	}
}

func TestMessagesCarryNoSecrets(t *testing.T) {
	const secret = "hunter2hunter2"
	encoded, _ := json.Marshal([]byte(secret))
	manifest := "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
	for name, texts := range map[string]map[string]string{
		"syntax":            {"env/s.yaml": manifest + "stringData:\n  password: " + secret + ": x\n"},
		"anchor":            {"env/s.yaml": manifest + "stringData: {password: *" + secret + "}\n"},
		"tag":               {"env/s.yaml": manifest + "stringData: {password: !!int " + secret + "}\n"},
		"not text":          {"env/s.yaml": manifest + "stringData: [" + secret + "]\n"},
		"not a mapping":     {"env/s.yaml": manifest + "stringData: {x: {y: " + secret + "}}\n"},
		"merge":             {"env/s.yaml": manifest + "stringData: {<<: " + secret + "}\n"},
		"duplicate":         {"env/s.yaml": manifest + "stringData: {a: " + secret + ", a: " + secret + "}\n"},
		"tab":               {"env/s.yaml": manifest + "stringData:\n\ta: " + secret + "\n"},
		"broken JSON":       {"env/s.json": `{"kind": "Secret", "data": {"a": ` + string(encoded) + secret + `}}`},
		"literal":           {"env/kustomization.yaml": "secretGenerator: [{name: s, literals: [" + secret + "]}]"},
		"two literals":      {"env/kustomization.yaml": "secretGenerator: [{name: s, literals: [a=" + secret + ", a=" + secret + "]}]"},
		"env not UTF-8":     {"env/kustomization.yaml": "secretGenerator: [{name: s, envs: [e.env]}]", "env/e.env": "a=" + secret + "\xff\n"},
		"unmatched patch":   {"env/kustomization.yaml": "resources: []\npatches: [{patch: '" + `{"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "x"}, "stringData": {"a": "` + secret + `"}}'}]`},
		"untargeted patch":  {"env/kustomization.yaml": "resources: []\npatches: [{patch: '" + `[{"op": "add", "path": "/stringData/a", "value": "` + secret + `"}]'}]`},
		"wrong JSON patch":  {"env/kustomization.yaml": "resources: [s.yaml]\npatches: [{target: {kind: Secret}, patch: '" + `[{"op": "add", "path": "/stringData/a/b", "value": "` + secret + `"}]'}]`, "env/s.yaml": manifest + "stringData: {a: " + secret + "}"},
		"failing test":      {"env/kustomization.yaml": "resources: [s.yaml]\npatches: [{target: {kind: Secret}, patch: '" + `[{"op": "test", "path": "/stringData/a", "value": "x"}]'}]`, "env/s.yaml": manifest + "stringData: {a: " + secret + "}"},
		"patch of a type":   {"env/kustomization.yaml": "resources: [s.yaml]\npatches: [{patch: '{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: {b: c}}}'}]", "env/s.yaml": manifest + "data: {a: " + secret + "}"},
		"replacement":       {"env/kustomization.yaml": "resources: [s.yaml]\nreplacements: [{source: {kind: Secret, fieldPath: stringData.a.b}, targets: [{select: {kind: Secret}, fieldPaths: [stringData.b]}]}]", "env/s.yaml": manifest + "stringData: {a: " + secret + "}"},
		"same secret twice": {"env/kustomization.yaml": "resources: [s.yaml, t.yaml]", "env/s.yaml": manifest + "stringData: {a: " + secret + "}", "env/t.yaml": manifest + "stringData: {a: " + secret + "}"},
		"number":            {"env/kustomization.yaml": "secretGenerator: [{name: s, literals: [20242024]}]"},
	} {
		_, err := render.Render(context.Background(), files(texts), render.Options{Path: "env"})
		if err == nil {
			t.Errorf("%s: nothing was wrong", name)
			continue
		}
		for _, leak := range []string{secret, strings.Trim(string(encoded), `"`), "104 117 110 116", "20242024"} {
			if strings.Contains(err.Error(), leak) {
				t.Errorf("%s: the message tells the secret: %v", name, err)
			}
		}
	}
}

// TestBasesOfBasesAreBounded renders bases that double at every level.
func TestBasesOfBasesAreBounded(t *testing.T) {
	tree := fstest.MapFS{"0/a.yaml": {Data: []byte(configMap("a"))}, "0/kustomization.yaml": {Data: []byte("resources: [a.yaml]")}}
	for level := 1; level < 40; level++ {
		name := func(suffix string, n int) string { return strings.Repeat("x", n) + suffix }
		for _, side := range []string{"l", "r"} {
			below := "resources: [../" + name("l", level-1) + ", ../" + name("r", level-1) + "]\nnamePrefix: " + side + "-\n"
			if level == 1 {
				below = "resources: [../0]\nnamePrefix: " + side + "-\n"
			}
			tree[name(side, level)+"/kustomization.yaml"] = &fstest.MapFile{Data: []byte(below)}
		}
	}
	_, err := render.Render(context.Background(), tree, render.Options{Path: strings.Repeat("x", 39) + "l"})
	if err == nil || !strings.Contains(err.Error(), "takes in more than") {
		t.Errorf("got %v", err)
	}
}
