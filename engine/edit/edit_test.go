package edit_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/evenkeel/evenkeel/engine/edit"
	"github.com/evenkeel/evenkeel/kube"
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

const (
	digestA = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	digestB = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// pod is a pod whose containers are written as given.
func pod(containers string) string {
	return "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n" + containers
}

var web = kube.ID{Kind: "Pod", Name: "web"}

// inPlace are manifests with the image acme/web:1.0.0, or the one given, in the
// container app, and what is expected once it is 1.1.0: «» marks what goes.
var inPlace = []struct {
	name, text string
	object     kube.ID
	line       int
	from, want string
}{
	{name: "plain", text: pod("  containers:\n  - name: app\n    image: acme/web:«1.0.0»\n")},
	{name: "a comment behind it", text: pod("  containers:\n  - name: app\n    image: acme/web:«1.0.0»   # acme/web:1.0.0\n")},
	{name: "tabs behind it", text: pod("  containers:\n  - name: app\n    image: acme/web:«1.0.0»\t\t# here\n    args: [a]\t\n")},
	{name: "single quotes", text: pod("  containers:\n  - name: app\n    image: 'acme/web:«1.0.0»'\n")},
	{name: "double quotes", text: pod("  containers:\n  - name: app\n    image: \"acme/web:«1.0.0»\" # x\n")},
	{name: "flow", text: pod("  containers: [{name: app, image: \"acme/web:«1.0.0»\"}, {name: b, image: acme/web:1.0.0}]\n")},
	{name: "flow without quotes", text: pod("  containers: [{image: acme/web:«1.0.0», name: app}]\n")},
	{name: "JSON", text: "{\"kind\": \"Pod\", \"metadata\": {\"name\": \"web\"},\n \"spec\": {\"containers\": [{\"name\": \"app\", \"image\": \"acme/web:«1.0.0»\"}]}}", line: 1},
	{name: "key quoted", text: pod("  containers:\n  - \"name\": \"app\"\n    \"image\": acme/web:«1.0.0»\n")},
	{name: "value on the next line", text: pod("  containers:\n  - name: app\n    image:\n      acme/web:«1.0.0»\n    args: []\n")},
	{name: "value on the next line in quotes", text: pod("  containers:\n  - name: app\n    image: # why\n\n      'acme/web:«1.0.0»'\n")},
	{name: "the same in comments, texts and other containers", text: pod("  # image: acme/web:1.0.0\n  containers:\n  - name: b\n    image: acme/web:1.0.0\n  - name: app\n    command: [acme/web:1.0.0]\n    env:\n    - name: image\n      value: acme/web:1.0.0\n    - name: doc\n      value: |\n        containers:\n        - name: app\n          image: acme/web:1.0.0\n    # image: acme/web:1.0.0\n    image: acme/web:«1.0.0»\n")},
	{name: "init container", text: pod("  initContainers:\n  - name: app\n    image: acme/web:«1.0.0»\n  containers:\n  - name: b\n    image: acme/web:1.0.0\n")},
	{name: "without a tag", text: pod("  containers:\n  - name: app\n    image: acme/web«»\n"), from: "acme/web", want: ":1.1.0"},
	{name: "a registry with a port", text: pod("  containers:\n  - name: app\n    image: 127.0.0.1:5050/web:«1.0.0»\n"), from: "127.0.0.1:5050/web:1.0.0"},
	{name: "a registry with a port, without a tag", text: pod("  containers:\n  - name: app\n    image: 127.0.0.1:5050/web«»\n"), from: "127.0.0.1:5050/web", want: ":1.1.0"},
	{name: "CRLF", text: strings.ReplaceAll(pod("  containers:\n  - name: app\n    image: acme/web:«1.0.0» # x\n    args: [a]\n"), "\n", "\r\n")},
	{name: "BOM", text: "\ufeff" + pod("  containers:\n  - name: app\n    image: acme/web:«1.0.0»\n")},
	{name: "BOM and all on one line", text: "\ufeff{kind: Pod, metadata: {name: web}, spec: {containers: [{name: app, image: acme/web:«1.0.0»}]}}", line: 1},
	{name: "other letters before it", text: "# größer 船\n{kind: Pod, metadata: {name: web, labels: {größe: 船}}, spec: {containers: [{name: app, image: acme/web:«1.0.0»}]}}", line: 2},
	{name: "no newline at the end", text: pod("  containers:\n  - name: app\n    image: acme/web:«1.0.0»")},
	{name: "an anchor that nobody uses", text: pod("  containers:\n  - name: app\n    image: &i acme/web:«1.0.0»\n")},
	{name: "a tag of YAML", text: pod("  containers:\n  - name: app\n    image: !!str acme/web:«1.0.0»\n")},
	{name: "an anchor in another place", text: pod("  nodeSelector: &n {a: b}\n  other: *n\n  containers:\n  - name: app\n    image: acme/web:«1.0.0»\n")},
	{name: "second document", text: pod("  containers:\n  - name: app\n    image: acme/web:1.0.0\n") + "---\n" + strings.Replace(pod("  containers:\n  - name: app\n    image: acme/web:«1.0.0»\n"), "name: web", "name: two", 1) + "---\n# end\n", object: kube.ID{Kind: "Pod", Name: "two"}, line: 10},
	{name: "list", text: "apiVersion: v1\nkind: List\nitems:\n- kind: Pod\n  metadata: {name: one}\n  spec:\n    containers: [{name: app, image: acme/web:1.0.0}]\n- kind: Pod\n  metadata: {name: web}\n  spec:\n    containers: [{name: app, image: acme/web:«1.0.0»}]\n", line: 8},
	{name: "list in a list", text: "kind: List\nitems:\n- kind: PodList\n  items:\n  - kind: Pod\n    metadata: {name: web}\n    spec:\n      containers: [{name: app, image: acme/web:«1.0.0»}]\n", line: 5},
	{name: "deployment", text: "kind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n      - name: app\n        image: acme/web:«1.0.0»\n", object: kube.ID{Kind: "Deployment", Name: "web"}, line: 1},
	{name: "cron job", text: "kind: CronJob\nmetadata: {name: web}\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n          - name: app\n            image: acme/web:«1.0.0»\n", object: kube.ID{Kind: "CronJob", Name: "web"}, line: 1},
	{name: "custom resource", text: "kind: Rollout\nmetadata: {name: web}\nspec:\n  strategy: {a: b}\n  pod:\n    containers:\n    - name: app\n      image: acme/web:«1.0.0»\n", object: kube.ID{Kind: "Rollout", Name: "web"}, line: 1},
	{name: "folded block of one line", text: pod("  containers:\n  - image: >- # x\n      acme/web:«1.0.0»\n    name: app\n")},
	{name: "block of one line, the last of the file", text: pod("  containers:\n  - name: app\n    image: |-\n      acme/web:«1.0.0»")},
	{name: "block under a key and an anchor, with empty lines and CRLF", text: strings.ReplaceAll(pod("  containers:\n  - image: &i !!str |2-\n      acme/web:«1.0.0»\n\n\n    # acme/web:1.0.0\n    name: app\n"), "\n", "\r\n")},
	{name: "line separators of YAML", text: pod("  note: \"a\u2028b\"\n  more: 'c\u0085d'\n  containers:\n  - name: app\n    image: acme/web:«1.0.0»\n")},
	{name: "pinned", text: pod("  containers:\n  - name: app\n    image: acme/web:«1.0.0@" + digestA + "»\n"), from: "acme/web:1.0.0@" + digestA, want: "1.1.0@" + digestB},
	{name: "pinned without a tag", text: pod("  containers:\n  - name: app\n    image: acme/web@«" + digestA + "»\n"), from: "acme/web@" + digestA, want: digestB},
}

// unmark takes the marks out of a text and returns it before and after.
func unmark(text, want string) (before, after string) {
	head, rest, _ := strings.Cut(text, "«")
	old, tail, _ := strings.Cut(rest, "»")
	if want == "" {
		want = "1.1.0"
	}
	return head + old + tail, head + want + tail
}

func TestInPlace(t *testing.T) {
	for _, c := range inPlace {
		t.Run(c.name, func(t *testing.T) {
			before, after := unmark(c.text, c.want)
			change := edit.Change{Object: c.object, File: "env/web.yaml", Line: max(c.line, 1), Container: "app", From: c.from, Tag: "1.1.0"}
			if change.Object.Kind == "" {
				change.Object = web
			}
			if change.From == "" {
				change.From = "acme/web:1.0.0"
			}
			if strings.Contains(change.From, "@") {
				change.Digest = digestB
			}
			env := edit.Environment{Files: files(map[string]string{"env/web.yaml": before}), Path: "env"}
			r, err := edit.Images(env, []edit.Change{change})
			if err != nil {
				t.Fatal(err)
			}
			if got := string(r.Files["env/web.yaml"]); got != after || len(r.Files) != 1 {
				t.Errorf("got:\n%s\nwant:\n%s", got, after)
			}
			if len(r.Edits) != 1 || r.Edits[0].From != change.From {
				t.Errorf("edits: %+v", r.Edits)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	const good = "  containers:\n  - name: app\n    image: acme/web:1.0.0\n"
	for _, c := range []struct {
		name, text string
		change     edit.Change
		shared     bool
		want       string
	}{
		{name: "block that keeps its line break", text: pod("  containers:\n  - name: app\n    image: |\n      acme/web:1.0.0\n"), change: edit.Change{From: "acme/web:1.0.0\n"}, want: "web.yaml:8: the value is a block of text"},
		{name: "block with a line before it", text: pod("  containers:\n  - name: app\n    image: |-\n\n      acme/web:1.0.0\n"), change: edit.Change{From: "\nacme/web:1.0.0"}, want: "not the name of an image"},
		{name: "several lines", text: pod("  containers:\n  - name: app\n    image: \"acme/web:\\\n      1.0.0\"\n"), want: "over several lines"},
		{name: "anchor used again", text: pod("  x: 1\n  containers:\n  - name: app\n    image: &i acme/web:1.0.0\n  - name: b\n    image: *i\n"), want: "web.yaml:9: the value is used again in line 11, under the anchor &i"},
		{name: "alias", text: pod("  x: &i acme/web:1.0.0\n  containers:\n  - name: app\n    image: *i\n"), want: "the value stands in line 6, under the anchor &i"},
		{name: "container under an anchor", text: pod("  containers:\n  - &c\n    name: app\n    image: acme/web:1.0.0\n  initContainers:\n  - <<: *c\n    name: b\n"), want: "under the anchor &c"},
		{name: "container by alias", text: pod("  x: &c\n    name: app\n    image: acme/web:1.0.0\n  containers:\n  - *c\n"), want: "under the anchor &c"},
		{name: "image merged in", text: pod("  x: &c\n    image: acme/web:1.0.0\n  containers:\n  - <<: *c\n    name: app\n"), want: `"image" is merged in`},
		{name: "image given twice", text: pod("  containers:\n  - name: app\n    image: acme/web:1.0.0\n    image: acme/web:1.0.0\n"), want: `the key "image" is given twice`},
		{name: "spec given twice", text: pod(good) + "spec:\n" + good, want: `the key "spec" is given twice`},
		{name: "container twice", text: pod(good + "  - name: app\n    image: acme/web:1.0.0\n"), want: "is there twice"},
		{name: "no such container", text: pod("  containers: [{name: b, image: acme/web:1.0.0}]\n"), want: "the image is not written here"},
		{name: "image of the cluster's own", text: pod("  containers: [{name: app}]\n"), want: "the image is not written here"},
		{name: "a variable", text: pod("  containers: [{name: app, image: \"${IMAGE}:1.0.0\"}]\n"), want: `"${IMAGE}" is not the name of an image`},
		{name: "another object", text: strings.Replace(pod(good), "name: web", "name: webs", 1), want: "Pod web does not begin here"},
		{name: "another line", text: pod(good), change: edit.Change{Line: 2}, want: "does not begin here"},
		{name: "generated", text: pod(good), change: edit.Change{Line: -1}, want: "made by a generator"},
		{name: "two in one line", text: "{kind: List, items: [{kind: Pod, metadata: {name: web}}, {kind: Pod, metadata: {name: web}}]}", want: "two objects begin in this line"},
		{name: "another image than rendered", text: pod(good), change: edit.Change{From: "acme/web:0.9.0"}, want: "makes the image acme/web:1.0.0, but it is acme/web:0.9.0"},
		{name: "shared", text: pod(good), shared: true, want: "also read by staging, test"},
		{name: "not a tag", text: pod(good), change: edit.Change{Tag: "1.0 # x"}, want: "is not a valid tag"},
		{name: "an empty tag", text: pod(good), change: edit.Change{Tag: "-"}, want: "is not a valid tag"},
		{name: "not a digest", text: pod(good), change: edit.Change{Digest: "sha256:xyz"}, want: "is not a valid digest"},
		{name: "pinned, and no digest", text: pod("  containers:\n  - name: app\n    image: acme/web:1.0.0@" + digestA + "\n"), change: edit.Change{From: "acme/web:1.0.0@" + digestA}, want: "pinned to a digest"},
		{name: "not YAML", text: pod(good) + "  x: [\n", want: "not valid YAML"},
		{name: "not UTF-8", text: pod(good) + "# \xff\n", want: "not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			change := edit.Change{Object: web, File: "env/web.yaml", Line: 1, Container: "app", From: "acme/web:1.0.0", Tag: "1.1.0"}
			if c.change.Line != 0 {
				change.Line = max(c.change.Line, 0)
			}
			if c.change.From != "" {
				change.From = c.change.From
			}
			if c.change.Tag != "" {
				change.Tag = c.change.Tag
			}
			change.Digest = c.change.Digest
			env := edit.Environment{Files: files(map[string]string{"env/web.yaml": c.text}), Path: "env"}
			if c.shared {
				env.Shared = map[string][]string{"env/web.yaml": {"staging", "test"}}
			}
			refused(t, c.want)(edit.Images(env, []edit.Change{change}))
		})
	}
}

// refused checks that an edit is refused with a reason.
func refused(t *testing.T, want string) func(*edit.Result, error) {
	return func(r *edit.Result, err error) {
		t.Helper()
		switch {
		case err == nil:
			for file, data := range r.Files {
				t.Errorf("%s was changed:\n%s", file, data)
			}
			t.Fatalf("not refused, want %q", want)
		case !errors.Is(err, edit.ErrRefused), !strings.Contains(err.Error(), want):
			t.Errorf("%v, want a refusal with %q", err, want)
		}
	}
}

func TestSymbolicLink(t *testing.T) {
	text := pod("  containers: [{name: app, image: acme/web:1.0.0}]\n")
	change := edit.Change{Object: web, File: "env/web.yaml", Line: 1, Container: "app", From: "acme/web:1.0.0", Tag: "1.1.0"}
	for name, tree := range map[string]map[string]string{
		"file":      {"base/web.yaml": text, "env/web.yaml@": "../base/web.yaml"},
		"directory": {"base/web.yaml": text, "env@": "base"},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, "is a symbolic link")(edit.Images(edit.Environment{Files: files(tree), Path: "env"}, []edit.Change{change}))
		})
	}
}

func TestSeveralChanges(t *testing.T) {
	text := pod("  containers:\n  - name: a\n    image: acme/a:1.0.0\n  - name: b\n    image: \"acme/b:1\"\n")
	env := edit.Environment{Files: files(map[string]string{"env/web.yaml": text}), Path: "env"}
	change := func(container, from, tag string) edit.Change {
		return edit.Change{Object: web, File: "env/web.yaml", Line: 1, Container: container, From: from, Tag: tag}
	}
	r, err := edit.Images(env, []edit.Change{change("a", "acme/a:1.0.0", "1.0.10"), change("b", "acme/b:1", "2"), change("a", "acme/a:1.0.0", "1.0.10")})
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.NewReplacer("1.0.0", "1.0.10", "b:1", "b:2").Replace(text); string(r.Files["env/web.yaml"]) != want || len(r.Edits) != 2 {
		t.Errorf("got:\n%s\nwant:\n%s", r.Files["env/web.yaml"], want)
	}
	refused(t, "another of the changes has made it acme/a:1.0.10 already")(edit.Images(env, []edit.Change{change("a", "acme/a:1.0.0", "1.0.10"), change("a", "acme/a:1.0.0", "1.0.11")}))
	if string(env.Files.(fstest.MapFS)["env/web.yaml"].Data) != text {
		t.Error("the tree was changed")
	}
}

// TestHelmValues: a tag of its own is quoted where it would be a number.
func TestHelmValues(t *testing.T) {
	release := func(values string) string {
		return "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: web\nspec:\n  values:\n" + values
	}
	for _, c := range []struct{ name, values, field, from, tag, digest, want, refused string }{
		{name: "repository and tag", values: "    image:\n      repository: acme/web # where\n      tag: 1.0.0 # which\n", field: "/spec/values/image", from: "acme/web:1.0.0", tag: "1.1.0", want: "    image:\n      repository: acme/web # where\n      tag: 1.1.0 # which\n"},
		{name: "a tag like a number", values: "    image: {repository: acme/web, tag: 1.0.0}\n", field: "/spec/values/image", from: "acme/web:1.0.0", tag: "1.1", want: "    image: {repository: acme/web, tag: \"1.1\"}\n"},
		{name: "a tag in quotes", values: "    image: {repository: acme/web, tag: '1.0'}\n", field: "/spec/values/image", from: "acme/web:1.0", tag: "1.1.0", want: "    image: {repository: acme/web, tag: '1.1.0'}\n"},
		{name: "a commit like a number", values: "    image: {repository: acme/web, tag: abc}\n", field: "/spec/values/image", from: "acme/web:abc", tag: "123e456", want: "    image: {repository: acme/web, tag: \"123e456\"}\n"},
		{name: "registry", values: "    image: {registry: ghcr.io, repository: acme/web, tag: v1}\n", field: "/spec/values/image", from: "ghcr.io/acme/web:v1", tag: "v2", want: "    image: {registry: ghcr.io, repository: acme/web, tag: v2}\n"},
		{name: "digest", values: "    image: {repository: acme/web, tag: v1, digest: " + digestA + "}\n", field: "/spec/values/image", from: "acme/web:v1@" + digestA, tag: "v2", digest: digestB, want: "    image: {repository: acme/web, tag: v2, digest: " + digestB + "}\n"},
		{name: "one text", values: "    job.d/x:\n      image: acme/web:v1\n", field: "/spec/values/job.d~1x/image", from: "acme/web:v1", tag: "v2", want: "    job.d/x:\n      image: acme/web:v2\n"},
		{name: "no digest", values: "    image: {repository: acme/web, tag: v1}\n", field: "/spec/values/image", from: "acme/web:v1", tag: "v2", digest: digestB, refused: "no digest beside the tag"},
		{name: "digest unknown", values: "    image: {repository: acme/web, tag: v1, digest: " + digestA + "}\n", field: "/spec/values/image", from: "acme/web:v1@" + digestA, tag: "v2", refused: "pinned to a digest"},
		{name: "no tag", values: "    image: {repository: acme/web}\n", field: "/spec/values/image", from: "acme/web", tag: "v2", refused: "no tag beside"},
		{name: "no repository", values: "    image: {name: acme/web, tag: v1}\n", field: "/spec/values/image", from: "acme/web:v1", tag: "v2", refused: "no repository here"},
		{name: "nothing", values: "    image: {}\n", field: "/spec/values/images", from: "acme/web:v1", tag: "v2", refused: "not written here"},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := edit.Environment{Files: files(map[string]string{"env/web.yaml": release(c.values)}), Path: "env"}
			change := edit.Change{Object: kube.ID{Group: "helm.toolkit.fluxcd.io", Kind: "HelmRelease", Name: "web"}, File: "env/web.yaml", Line: 1, Field: c.field, From: c.from, Tag: c.tag, Digest: c.digest}
			r, err := edit.Images(env, []edit.Change{change})
			if c.refused != "" {
				refused(t, c.refused)(r, err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := string(r.Files["env/web.yaml"]); got != release(c.want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, release(c.want))
			}
		})
	}
}
