package edit_test

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/evenkeel/evenkeel/engine/edit"
	"github.com/evenkeel/evenkeel/engine/render"
)

// site is a repository with environments, as it is rendered.
type site struct {
	tree     fs.FS
	paths    []string
	rendered map[string]*render.Result
}

func newSite(t *testing.T, tree fs.FS, paths ...string) site {
	t.Helper()
	return site{tree, paths, rendered(t, tree, paths)}
}

// rendered renders environments.
func rendered(t *testing.T, tree fs.FS, paths []string) map[string]*render.Result {
	t.Helper()
	all := map[string]*render.Result{}
	for _, path := range paths {
		r, err := render.Render(context.Background(), tree, render.Options{Path: path})
		if err != nil {
			t.Fatalf("render %s:\n%v", path, err)
		}
		all[path] = r
	}
	return all
}

// environment is what the engine would say of one.
func (s site) environment(own string) edit.Environment {
	shared := map[string][]string{}
	for _, other := range s.paths {
		if other != own {
			for _, file := range s.rendered[other].Closure {
				shared[file] = append(shared[file], path.Base(other))
			}
		}
	}
	return edit.Environment{Files: s.tree, Path: own, Shared: shared}
}

// containers are the images of all containers: "path Kind name/container".
func containers(rendered map[string]*render.Result) map[string]string {
	all := map[string]string{}
	for env, r := range rendered {
		for _, o := range r.Objects {
			eachContainer(o.Manifest.Object, func(name, image string) {
				all[fmt.Sprintf("%s %s %s/%s", env, o.ID.Kind, o.ID.Name, name)] = image
			})
		}
	}
	return all
}

func eachContainer(value any, call func(name, image string)) {
	switch value := value.(type) {
	case map[string]any:
		for key, v := range value {
			list, ok := v.([]any)
			if !ok || key != "containers" && key != "initContainers" {
				eachContainer(v, call)
				continue
			}
			for _, item := range list {
				container, _ := item.(map[string]any)
				name, _ := container["name"].(string)
				image, _ := container["image"].(string)
				call(name, image)
			}
		}
	case []any:
		for _, v := range value {
			eachContainer(v, call)
		}
	}
}

// change finds a container, "Kind name/container", in an environment.
func (s site) change(t *testing.T, env, where, tag string) edit.Change {
	t.Helper()
	kind, rest, _ := strings.Cut(where, " ")
	name, container, _ := strings.Cut(rest, "/")
	for _, o := range s.rendered[env].Objects {
		if o.ID.Kind == kind && o.ID.Name == name {
			c := edit.Change{Object: o.ID, File: o.File, Line: o.Line, Container: container, Tag: tag}
			eachContainer(o.Manifest.Object, func(name, image string) {
				if name == container {
					c.From = image
				}
			})
			return c
		}
	}
	t.Fatalf("%s has no %s", env, where)
	return edit.Change{}
}

// with is the tree with changed files.
func with(tree fs.FS, changed map[string][]byte) fs.FS {
	all := fstest.MapFS{}
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(tree, name)
		all[name] = &fstest.MapFile{Data: data, Mode: 0o644}
		return err
	})
	if err != nil {
		panic(err)
	}
	for name, data := range changed {
		all[name] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
	return all
}

// moved lists the containers whose image is another after the edit.
func (s site) moved(t *testing.T, r *edit.Result) []string {
	t.Helper()
	before, after := containers(s.rendered), containers(rendered(t, with(s.tree, r.Files), s.paths))
	if len(before) != len(after) {
		t.Errorf("%d containers became %d", len(before), len(after))
	}
	var moved []string
	for _, at := range slices.Sorted(maps.Keys(before)) {
		if before[at] != after[at] {
			moved = append(moved, at+" "+after[at])
		}
	}
	return moved
}

// lines are the lines that differ: "-" and "+", without those in common.
func lines(before, after string) string {
	a, b := strings.SplitAfter(before, "\n"), strings.SplitAfter(after, "\n")
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	var out strings.Builder
	for _, l := range a {
		if l != "" {
			out.WriteString("-" + l)
		}
	}
	for _, l := range b {
		if l != "" {
			out.WriteString("+" + l)
		}
	}
	return out.String()
}

// TestShop changes every image in the production of the demo's shop: one by one,
// and all of them, each to a tag of its own, to see what runs where in the end.
func TestShop(t *testing.T) {
	s := newSite(t, os.DirFS("../../testdata/demo/shop"), "environments/staging", "environments/production")
	const env, top = "environments/production", "environments/production/kustomization.yaml"
	before := containers(s.rendered)
	data, err := fs.ReadFile(s.tree, top)
	if err != nil {
		t.Fatal(err)
	}
	environment := s.environment(env)
	tags := map[string]string{}
	var all []edit.Change
	var want []string
	for _, at := range slices.Sorted(maps.Keys(before)) {
		where, ok := strings.CutPrefix(at, env+" ")
		if !ok {
			continue
		}
		name := before[at][:strings.LastIndexByte(before[at], ':')]
		if tags[name] == "" {
			tags[name] = fmt.Sprintf("99.%d", len(tags))
		}
		change := s.change(t, env, where, tags[name])
		all = append(all, change)
		want = append(want, at+" "+name+":"+tags[name])
		r, err := edit.Images(environment, []edit.Change{change})
		if err != nil {
			t.Fatal(err)
		}
		// 99.1 is a number unless it is quoted.
		if got := lines(string(data), string(r.Files[top])); len(r.Files) != 1 || !strings.HasSuffix(got, "+    newTag: \""+tags[name]+"\"\n") || strings.Count(got, "\n") != 2 {
			t.Errorf("%s: changed %d files:\n%s", at, len(r.Files), got)
		}
	}
	r, err := edit.Images(environment, all)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.moved(t, r); !slices.Equal(got, want) || len(r.Edits) != len(tags) {
		t.Errorf("moved %v, want %v", got, want)
	}
}

func deployment(name, image string) string {
	return "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: " + name + "\nspec:\n  template:\n    spec:\n      containers:\n        - name: app\n          image: " + image + "\n"
}

// TestKustomize has production in env/production and, as long as nothing else is
// said, staging in env/staging. The change is to Deployment web, container app.
func TestKustomize(t *testing.T) {
	const resources = "resources: [../../base]\n"
	base := map[string]string{
		"base/kustomization.yaml": "resources: [web.yaml, api.yaml]\n",
		"base/web.yaml":           deployment("web", "acme/web:1.0.0"),
		"base/api.yaml":           deployment("api", "acme/api:1.0.0"),
	}
	const top = "env/production/kustomization.yaml"
	for _, c := range []struct {
		name string
		// files are added to the base and to env/staging.
		files   map[string]string
		tag     string
		digest  string
		file    string
		diff    string
		moved   string
		where   string
		refused string
	}{
		{
			name:  "the environment's own entry",
			files: map[string]string{top: resources + "images:\n  # keep\n  - name: acme/web # here\n    newTag: \"1.0.5\" # there\n\n# end\n"},
			diff:  "-    newTag: \"1.0.5\" # there\n+    newTag: \"1.1.0\" # there\n",
		},
		{
			name:  "two entries, the last one wins",
			files: map[string]string{top: resources + "images:\n- name: acme/web\n  newTag: 1.0.5\n- name: acme/web\n  newTag: 1.0.6\n"},
			diff:  "-  newTag: 1.0.6\n+  newTag: 1.1.0\n",
		},
		{
			name:  "a new name",
			files: map[string]string{top: resources + "images:\n- {name: acme/web, newName: ghcr.io/acme/web, newTag: 1.0.5}\n"},
			diff:  "-- {name: acme/web, newName: ghcr.io/acme/web, newTag: 1.0.5}\n+- {name: acme/web, newName: ghcr.io/acme/web, newTag: 1.1.0}\n",
			moved: "ghcr.io/acme/web:1.1.0",
		},
		{
			name:  "renamed and then tagged",
			files: map[string]string{top: resources + "images:\n- name: acme/web\n  newName: ghcr.io/acme/web\n- name: ghcr.io/acme/web\n  newTag: 1.0.5\n"},
			diff:  "-  newTag: 1.0.5\n+  newTag: 1.1.0\n",
			moved: "ghcr.io/acme/web:1.1.0",
		},
		{
			name:  "an entry without a tag gets one",
			files: map[string]string{top: resources + "images:\n- name: acme/api\n  newTag: 1.0.5\n- name: acme/web\n  newName: ghcr.io/acme/web # moved\n# end\n"},
			diff:  "+  newTag: 1.1.0\n",
			moved: "ghcr.io/acme/web:1.1.0",
		},
		{
			name:  "an entry in braces without a tag gets one",
			files: map[string]string{top: resources + "images: [{name: acme/web, newName: ghcr.io/acme/web}]\n"},
			diff:  "-images: [{name: acme/web, newName: ghcr.io/acme/web}]\n+images: [{name: acme/web, newName: ghcr.io/acme/web, newTag: 1.1.0}]\n",
			moved: "ghcr.io/acme/web:1.1.0",
		},
		{
			name:   "digest",
			files:  map[string]string{top: resources + "images:\n- name: acme/web\n  newTag: 1.0.5\n  digest: " + digestA + "\n"},
			digest: digestB,
			diff:   "-  newTag: 1.0.5\n-  digest: " + digestA + "\n+  newTag: 1.1.0\n+  digest: " + digestB + "\n",
			moved:  "acme/web:1.1.0@" + digestB,
		},
		{
			name:   "pin a tag",
			files:  map[string]string{top: resources + "images:\n- newTag: 1.0.5\n  name: acme/web\n"},
			digest: digestB,
			diff:   "-- newTag: 1.0.5\n-  name: acme/web\n+- newTag: 1.1.0\n+  name: acme/web\n+  digest: " + digestB + "\n",
			moved:  "acme/web:1.1.0@" + digestB,
		},
		{
			name:   "digest alone",
			files:  map[string]string{top: resources + "images:\n- name: acme/web\n  digest: " + digestA + "\n"},
			digest: digestB,
			diff:   "-  digest: " + digestA + "\n+  digest: " + digestB + "\n",
			moved:  "acme/web@" + digestB,
		},
		{
			name:    "pinned, digest not known",
			files:   map[string]string{top: resources + "images:\n- name: acme/web\n  digest: " + digestA + "\n"},
			refused: "production/kustomization.yaml:3: the image is pinned to a digest",
		},
		{
			name:  "only the shared base says it: a first entry",
			files: map[string]string{top: "# production\nresources:\n  - ../../base\n# end\n"},
			diff:  "+images:\n+  - name: acme/web\n+    newTag: 1.1.0\n",
		},
		{
			name:  "in the style of the file",
			files: map[string]string{top: "resources:\n- ../../base\nnamePrefix: \"\""},
			diff:  "-namePrefix: \"\"+namePrefix: \"\"\n+images:\n+- name: acme/web\n+  newTag: 1.1.0",
		},
		{
			name:  "CRLF",
			files: map[string]string{top: "resources:\r\n- ../../base\r\n"},
			diff:  "+images:\r\n+- name: acme/web\r\n+  newTag: 1.1.0\r\n",
		},
		{
			name:  "CRLF and a list",
			files: map[string]string{top: "resources:\r\n- ../../base\r\nimages:\r\n- name: acme/api\r\n  newTag: 2.0.0\r\nnamePrefix: ''\r\n"},
			diff:  "+- name: acme/web\r\n+  newTag: 1.1.0\r\n",
		},
		{
			name:  "a further entry",
			files: map[string]string{top: "images:\n    -   name: acme/api # a\n        newTag: 2.0.0 # b\n# c\n" + resources},
			tag:   "1.10",
			diff:  "+    -   name: acme/web\n+        newTag: \"1.10\"\n",
			moved: "acme/web:1.10",
		},
		{
			name:  "a further entry in braces",
			files: map[string]string{top: "images:\n- {name: acme/api, newTag: 2.0.0}\n" + resources},
			diff:  "+- {name: acme/web, newTag: 1.1.0}\n",
		},
		{
			name:  "a further entry in brackets",
			files: map[string]string{top: "images: [\n  {name: acme/api, newTag: 2.0.0}, # a\n]\n" + resources},
			diff:  "-  {name: acme/api, newTag: 2.0.0}, # a\n+  {name: acme/api, newTag: 2.0.0}, {name: acme/web, newTag: 1.1.0}, # a\n",
		},
		{
			name:  "an empty list",
			files: map[string]string{top: "images: []\n" + resources},
			diff:  "-images: []\n+images: [{name: acme/web, newTag: 1.1.0}]\n",
		},
		{
			name:  "nothing in the list",
			files: map[string]string{top: "images: # none yet\nresources:\n- ../../base\n"},
			diff:  "+- name: acme/web\n+  newTag: 1.1.0\n",
		},
		{
			name:  "JSON",
			files: map[string]string{top: "{\"resources\": [\"../../base\"]}\n"},
			diff:  "-{\"resources\": [\"../../base\"]}\n+{\"resources\": [\"../../base\"], \"images\": [{\"name\": \"acme/web\", \"newTag\": \"1.1.0\"}]}\n",
		},
		{
			name:    "a document end",
			files:   map[string]string{top: resources + "...\n"},
			refused: "the file could not be read after the change",
		},
		{
			name: "the base renames and tags",
			files: map[string]string{
				top:                       resources,
				"base/kustomization.yaml": "resources: [web.yaml, api.yaml]\nimages:\n- name: acme/web\n  newName: ghcr.io/web\n  newTag: 3.0.0\n",
			},
			diff:  "+images:\n+  - name: ghcr.io/web\n+    newTag: 1.1.0\n",
			moved: "ghcr.io/web:1.1.0",
		},
		{
			name:  "a file of its own",
			files: map[string]string{top: "resources:\n- web.yaml\n", "env/production/web.yaml": deployment("web", "acme/web:1.0.0 # mine")},
			file:  "env/production/web.yaml",
			diff:  "-          image: acme/web:1.0.0 # mine\n+          image: acme/web:1.1.0 # mine\n",
		},
		{
			name:  "a directory of its own",
			files: map[string]string{top: "resources:\n- web\n", "env/production/web/kustomization.yaml": "resources: [web.yaml]\nimages: [{name: acme/web, newTag: 1.0.3}]\n", "env/production/web/web.yaml": deployment("web", "acme/web:1.0.0")},
			file:  "env/production/web/kustomization.yaml",
			diff:  "-images: [{name: acme/web, newTag: 1.0.3}]\n+images: [{name: acme/web, newTag: 1.1.0}]\n",
		},
		{
			name:  "a patch of its own",
			files: map[string]string{top: resources + "patches:\n- path: patch.yaml\n", "env/production/patch.yaml": deployment("web", "'acme/web:1.0.9'")},
			file:  "env/production/patch.yaml",
			diff:  "-          image: 'acme/web:1.0.9'\n+          image: 'acme/web:1.1.0'\n",
		},
		{
			name:  "a patch of its own, old style",
			files: map[string]string{top: resources + "patchesStrategicMerge:\n- patch.yaml\n", "env/production/patch.yaml": deployment("web", "acme/web:1.0.9")},
			file:  "env/production/patch.yaml",
			diff:  "-          image: acme/web:1.0.9\n+          image: acme/web:1.1.0\n",
		},
		{
			name:  "an entry above a patch",
			files: map[string]string{top: resources + "patches:\n- path: patch.yaml\nimages:\n- name: acme/web\n  newTag: 1.0.5\n", "env/production/patch.yaml": deployment("web", "acme/web:1.0.9")},
			diff:  "-  newTag: 1.0.5\n+  newTag: 1.1.0\n",
		},
		{
			name:  "a patch of another",
			files: map[string]string{top: resources + "patches:\n- path: patch.yaml\nimages:\n- name: acme/web\n  newTag: 1.0.5\n", "env/production/patch.yaml": deployment("api", "acme/web:1.0.9")},
			diff:  "-  newTag: 1.0.5\n+  newTag: 1.1.0\n",
			moved: "acme/web:1.1.0",
			where: "api and web",
		},
		{
			name:    "a patch inside the kustomization",
			files:   map[string]string{top: resources + "patches:\n- patch: |-\n    " + strings.ReplaceAll(deployment("web", "acme/web:1.0.9"), "\n", "\n    ") + "\n"},
			refused: "written inside the kustomization",
		},
		{
			name:    "a JSON patch",
			files:   map[string]string{top: resources + "patches:\n- target: {kind: Deployment, name: web}\n  patch: |-\n    - op: replace\n      path: /spec/template/spec/containers/0/image\n      value: acme/web:1.0.9\n"},
			refused: "set by a JSON patch",
		},
		{
			name:  "a JSON patch of something else",
			files: map[string]string{top: resources + "patches:\n- target: {kind: Deployment}\n  patch: |-\n    - op: add\n      path: /spec/replicas\n      value: 3\n"},
			diff:  "+images:\n+- name: acme/web\n+  newTag: 1.1.0\n",
		},
		{
			name:    "a replacement",
			files:   map[string]string{top: resources + "replacements:\n- source: {kind: Deployment, name: api, fieldPath: 'spec.template.spec.containers.0.image'}\n  targets:\n  - select: {kind: Deployment, name: web}\n    fieldPaths: ['spec.template.spec.containers.0.image']\n"},
			refused: "something changes it that evenkeel does not follow",
		},
		{
			name: "a component of its own",
			files: map[string]string{
				top:                                      resources + "components:\n- part\n",
				"env/production/part/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nimages:\n- name: acme/web\n  newTag: 1.0.5\n",
			},
			file: "env/production/part/kustomization.yaml",
			diff: "-  newTag: 1.0.5\n+  newTag: 1.1.0\n",
		},
		{
			name: "a shared component",
			files: map[string]string{
				top:                              resources + "components:\n- ../../part\n",
				"env/staging/kustomization.yaml": resources + "components:\n- ../../part\n",
				"part/kustomization.yaml":        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nimages:\n- name: acme/web\n  newTag: 1.0.5\n",
			},
			diff: "+images:\n+- name: acme/web\n+  newTag: 1.1.0\n",
		},
		{
			name:    "the environment is a base of another",
			files:   map[string]string{top: resources, "env/staging/kustomization.yaml": "resources: [../production]\n"},
			refused: "also read by staging",
		},
		{
			name:    "anchors",
			files:   map[string]string{top: resources + "images:\n- name: acme/web\n  newTag: &v 1.0.5\n- name: acme/api\n  newTag: *v\n"},
			refused: "used again in line 6, under the anchor &v",
		},
		{
			name:    "through an anchor",
			files:   map[string]string{top: resources + "images:\n- name: acme/api\n  newTag: &v 1.0.5\n- name: acme/web\n  newTag: *v\n"},
			refused: "stands in line 4, under the anchor &v",
		},
		{
			name:  "a tag in a block that is like a number",
			files: map[string]string{top: resources + "images:\n- name: acme/web\n  newTag: |-\n    1.0.5\n"},
			tag:   "1.10",
			diff:  "-    1.0.5\n+    1.10\n",
			moved: "acme/web:1.10",
		},
		{
			name:    "tagSuffix",
			files:   map[string]string{top: resources + "images:\n- name: acme/web\n  tagSuffix: -alpine\n"},
			refused: "made of another one and a tagSuffix",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			texts := maps.Clone(base)
			texts["env/staging/kustomization.yaml"] = resources
			maps.Copy(texts, c.files)
			s := newSite(t, files(texts), "env/staging", "env/production")
			if c.tag == "" {
				c.tag = "1.1.0"
			}
			change := s.change(t, "env/production", "Deployment web/app", c.tag)
			change.Digest = c.digest
			r, err := edit.Images(s.environment("env/production"), []edit.Change{change})
			if c.refused != "" {
				refused(t, c.refused)(r, err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.file == "" {
				c.file = top
			}
			if len(r.Files) != 1 || r.Files[c.file] == nil {
				t.Fatalf("changed %v", slices.Collect(maps.Keys(r.Files)))
			}
			if got := lines(texts[c.file], string(r.Files[c.file])); got != c.diff {
				t.Errorf("changed:\n%s\nwant:\n%s", got, c.diff)
			}
			if c.moved == "" {
				c.moved = "acme/web:1.1.0"
			}
			want := []string{"env/production Deployment web/app " + c.moved}
			if c.where == "api and web" {
				want = append([]string{"env/production Deployment api/app " + c.moved}, want...)
			}
			if got := s.moved(t, r); !slices.Equal(got, want) {
				t.Errorf("moved %v, want %v", got, want)
			}
			for _, e := range r.Edits {
				if e.File != c.file || e.Line == 0 || e.What == "" || e.To == "" {
					t.Errorf("an edit is not told well: %+v", e)
				}
			}
		})
	}
}

// TestNamesThatKustomizeGrows finds objects under the name they have in the end.
func TestNamesThatKustomizeGrows(t *testing.T) {
	s := newSite(t, files(map[string]string{
		"base/kustomization.yaml":           "resources: [all.yaml]\n",
		"base/all.yaml":                     deployment("web", "acme/web:1.0.0") + "---\n" + deployment("web-admin", "acme/admin:1.0.0"),
		"env/production/kustomization.yaml": "namePrefix: eu-\nnameSuffix: -v2\nresources: [../../base]\n",
	}), "env/production")
	for where, image := range map[string]string{"eu-web-v2": "acme/web", "eu-web-admin-v2": "acme/admin"} {
		r, err := edit.Images(s.environment("env/production"), []edit.Change{s.change(t, "env/production", "Deployment "+where+"/app", "1.1.0")})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := s.moved(t, r), []string{"env/production Deployment " + where + "/app " + image + ":1.1.0"}; !slices.Equal(got, want) {
			t.Errorf("moved %v, want %v", got, want)
		}
	}
}

// TestOneEntryForTwo: a second container that an entry serves is done already.
func TestOneEntryForTwo(t *testing.T) {
	s := newSite(t, os.DirFS("../../testdata/demo/shop"), "environments/staging", "environments/production")
	env := "environments/production"
	changes := []edit.Change{
		s.change(t, env, "Deployment web/main", "1.26.0"),
		s.change(t, env, "CronJob sitemap/main", "1.26.0"),
		s.change(t, env, "Deployment api/main", "1.9.0"),
	}
	r, err := edit.Images(s.environment(env), changes)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.moved(t, r); len(got) != 3 || len(r.Edits) != 2 {
		t.Errorf("moved %v with %+v", got, r.Edits)
	}
	changes[1].Tag = "1.27.0"
	refused(t, "another of the changes has made it 127.0.0.1:5050/shop/web:1.26.0 already")(edit.Images(s.environment(env), changes))
}

// TestTwoNewEntries adds them one below the other.
func TestTwoNewEntries(t *testing.T) {
	s := newSite(t, files(map[string]string{
		"base/kustomization.yaml":           "resources: [all.yaml]\n",
		"base/all.yaml":                     deployment("web", "acme/web:1.0.0") + "---\n" + deployment("api", "acme/api:1.0.0"),
		"env/staging/kustomization.yaml":    "resources: [../../base]\n",
		"env/production/kustomization.yaml": "resources:\n- ../../base\n",
	}), "env/staging", "env/production")
	env := "env/production"
	r, err := edit.Images(s.environment(env), []edit.Change{s.change(t, env, "Deployment web/app", "2.0"), s.change(t, env, "Deployment api/app", "2.0.1")})
	if err != nil {
		t.Fatal(err)
	}
	const want = "resources:\n- ../../base\nimages:\n- name: acme/web\n  newTag: \"2.0\"\n- name: acme/api\n  newTag: 2.0.1\n"
	if got := string(r.Files[env+"/kustomization.yaml"]); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if got := s.moved(t, r); len(got) != 2 {
		t.Errorf("moved %v", got)
	}
}

// TestPlainDirectory has no kustomization that could take an entry.
func TestPlainDirectory(t *testing.T) {
	tree := files(map[string]string{"all/web.yaml": deployment("web", "acme/web:1.0.0"), "all/deep/api.yaml": deployment("api", "acme/web:1.0.0")})
	s := newSite(t, tree, "all")
	r, err := edit.Images(s.environment("all"), []edit.Change{s.change(t, "all", "Deployment api/app", "1.1.0")})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.moved(t, r), []string{"all Deployment api/app acme/web:1.1.0"}; !slices.Equal(got, want) {
		t.Errorf("moved %v, want %v", got, want)
	}
	s = newSite(t, tree, "all", "all/deep")
	refused(t, "api.yaml: the file is also read by deep")(edit.Images(s.environment("all"), []edit.Change{s.change(t, "all", "Deployment api/app", "1.1.0")}))
}
