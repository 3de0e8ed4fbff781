package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
	"github.com/evenkeel/evenkeel/kube"
)

// TestRevisionsThatCannotBeGoneBackTo: each is refused in words that say what is
// the matter with it.
func TestRevisionsThatCannotBeGoneBackTo(t *testing.T) {
	w := newWorld(t)
	before := w.commit("before the shop", map[string]string{"README.md": "hello\n"})
	first := w.commit("begin", map[string]string{"shop/web.yaml": configMap("web", "n", "1")})
	broken := w.commit("a slip", map[string]string{"shop/web.yaml": "kind: [ConfigMap\n"})
	last := w.commit("mended", map[string]string{"shop/web.yaml": configMap("web", "n", "2")})
	other, err := gitrepo.Open(t.Context(), gitrepo.Options{URL: w.remote, Branch: "other", CacheDir: t.TempDir()})
	w.must(err)
	defer other.Close()
	spec := gitrepo.CommitSpec{
		Message: "elsewhere", Author: gitrepo.Signature{Name: "Ada", Email: "ada@example.com", When: time.Now()},
		Changes: []gitrepo.Change{{Path: "shop/web.yaml", Content: []byte(configMap("web", "n", "3"))}},
	}
	elsewhere, err := other.CommitAndPush(t.Context(), spec)
	w.must(err)

	e := w.start(w.options(w.environment("shop", config.SyncManual)))
	e.until("it is read", func(s *engine.Snapshot) bool {
		return s.Environments[0].Revision == string(last) && s.Environments[0].Settled
	})
	for name, c := range map[string]struct{ revision, want string }{
		"none":                     {"", "name the revision to go back to"},
		"not there":                {strings.Repeat("12", 20), "revision not found"},
		"no name of anything":      {"v9", "is no branch, tag or commit"},
		"before the history":       {"HEAD~9", "goes back before the first commit"},
		"another branch":           {string(elsewhere), "is not in the history of the branch"},
		"before the environment":   {string(before), "there was no shop: the environment is younger"},
		"one that does not render": {string(broken), broken.Short() + " does not render, so nobody can say what it would bring: shop/web.yaml"},
		"what is there":            {string(last), "nothing to do"},
	} {
		for _, mode := range []engine.RollbackMode{engine.RollbackWhole, engine.RollbackImages} {
			want := c.want
			if mode == engine.RollbackImages && name == "what is there" {
				want = "the images are those of"
			}
			_, err := e.Plan(t.Context(), engine.Request{Action: engine.ActionRollback, Environment: "shop", Mode: mode, Revision: c.revision})
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s, %s: want %q, got %v", name, mode, want, err)
			}
		}
	}
	// What is wrong with a commit is no reason not to take it back: it is so by now.
	if _, err := e.Plan(t.Context(), engine.Request{Action: engine.ActionRollback, Environment: "shop", Mode: engine.RollbackRevert, Revision: string(broken)}); err == nil {
		t.Error("a line that was changed since was taken back")
	}
	if p := e.plan(engine.Request{Action: engine.ActionRollback, Environment: "shop", Revision: string(first)}); len(p.Changes) != 1 {
		t.Errorf("got %+v", p.Changes)
	}
}

// TestTheServerIsAskedBeforeTheCommit: what it would refuse of a rollback keeps
// the commit from being made, whether it would be synced with it or not.
func TestTheServerIsAskedBeforeTheCommit(t *testing.T) {
	w := newWorld(t)
	group := w.definition()
	policy := w.ns + "-no-flags"
	w.create(w.kube, "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "", policy, map[string]any{"spec": map[string]any{
		"matchConstraints": map[string]any{"resourceRules": []any{map[string]any{
			"apiGroups": []any{""}, "apiVersions": []any{"v1"}, "operations": []any{"CREATE", "UPDATE"}, "resources": []any{"configmaps"},
		}}},
		"validations": []any{map[string]any{"expression": "object.metadata.name != 'flags'", "message": "no flags here"}},
	}})
	w.create(w.kube, "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", "", policy, map[string]any{"spec": map[string]any{
		"policyName": policy, "validationActions": []any{"Deny"},
		"matchResources": map[string]any{"namespaceSelector": map[string]any{"matchLabels": map[string]any{"kubernetes.io/metadata.name": w.ns}}},
	}})
	for _, kind := range []string{"ValidatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy"} {
		w.Cleanup(func() {
			_ = w.kube.Delete(context.Background(), kube.ID{Group: "admissionregistration.k8s.io", Kind: kind, Name: policy}, "")
		})
	}
	w.create(w.kube, "v1", "ResourceQuota", w.ns, "few", map[string]any{"spec": map[string]any{"hard": map[string]any{"count/services": "0"}}})

	selecting := func(label string) string {
		return strings.ReplaceAll(deployment("web", "registry.acme.dev/shop/web:1", 0), "app: web", "app: "+label)
	}
	now := map[string]string{"shop/web.yaml": selecting("new"), "shop/kept.yaml": configMap("kept", "n", "1")}
	cases := map[string]struct {
		files map[string]string
		want  string // empty: it is accepted
	}{
		"admission":         {map[string]string{"shop/flags.yaml": configMap("flags", "n", "1")}, "no flags here"},
		"quota":             {map[string]string{"shop/service.yaml": service("web")}, "exceeded quota: few"},
		"immutable field":   {map[string]string{"shop/web.yaml": selecting("old")}, "field is immutable"},
		"a kind that went":  {map[string]string{"shop/lane.yaml": lane("gone." + group)}, "does not know the kind Lane.gone." + group},
		"with its kind":     {map[string]string{"shop/lane.yaml": laneKind("back."+group) + "---\n" + lane("back."+group)}, ""},
		"no such namespace": {map[string]string{"shop/away.yaml": strings.Replace(configMap("away", "n", "1"), "metadata:\n", "metadata:\n  namespace: "+w.ns+"-not\n", 1)}, "not found"},
		"with its namespace": {map[string]string{"shop/away.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: " + w.ns + "-new}\n---\n" +
			strings.Replace(configMap("away", "n", "1"), "metadata:\n", "metadata:\n  namespace: "+w.ns+"-new\n", 1)}, ""},
		"nothing in the way": {map[string]string{"shop/kept.yaml": configMap("kept", "n", "0")}, ""},
	}
	revisions := map[string]gitrepo.Hash{}
	w.commit("begin", now)
	for name, c := range cases {
		revisions[name] = w.commit(name, c.files)
		without := map[string]string{}
		for file := range c.files {
			without[file] = now[file]
		}
		w.commit("without "+name, without)
	}
	e := w.start(w.options(w.environment("shop", config.SyncManual)))
	e.sync("shop")
	head := w.head().Hash
	e.at("shop", head)
	// The policy takes a moment to be heeded, and the quota to be counted.
	refuses := func(name string, sync bool) (engine.Gate, *engine.Plan) {
		p := e.plan(engine.Request{Action: engine.ActionRollback, Environment: "shop", Revision: string(revisions[name]), Sync: sync})
		i := slices.IndexFunc(p.Gates, func(g engine.Gate) bool { return g.Name == engine.GateAccepted })
		if i < 0 {
			t.Fatalf("%s: the server was not asked: %+v", name, p.Gates)
		}
		return p.Gates[i], p
	}
	for _, name := range []string{"admission", "quota"} {
		for until := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
			if g, _ := refuses(name, false); !g.Met || time.Now().After(until) {
				break
			}
		}
	}
	for name, c := range cases {
		for _, sync := range []bool{false, true} {
			g, p := refuses(name, sync)
			if g.Met != (c.want == "") || !strings.Contains(g.Reason, c.want) {
				t.Errorf("%s, synced %v: want %q, got %+v", name, sync, c.want, g)
				continue
			}
			if g.Met {
				continue
			}
			if refused := slices.ContainsFunc(p.Changes, func(c engine.Change) bool { return c.Refused && c.Reason != "" }); !refused {
				t.Errorf("%s: want it told which: %+v", name, p.Changes)
			}
			if _, err := e.Execute(t.Context(), p, nil); !errors.Is(err, engine.ErrGate) {
				t.Errorf("%s: it was committed: %v", name, err)
			}
		}
	}
	if got := w.head().Hash; got != head {
		t.Errorf("%s was committed", got.Short())
	}
}

// laneKind is the definition of a kind, as Git would have it.
func laneKind(group string) string {
	return fmt.Sprintf(`apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: lanes.%[1]s
  annotations: {api-approved.kubernetes.io: "unapproved, for a test"}
spec:
  group: %[1]s
  scope: Cluster
  names: {kind: Lane, plural: lanes}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`, group)
}

// TestPromotionBetweenLayouts: what a workload is called is what counts, and not
// how Git is laid out; what only one side has is told, and stays.
func TestPromotionBetweenLayouts(t *testing.T) {
	image := func(name, tag string) string { return deployment(name, "registry.acme.dev/shop/"+name+":"+tag, 1) }
	plain := func(dir, tag, only string) map[string]string {
		return map[string]string{dir + "/all.yaml": "# kept\n" + image("api", tag) + "---\n" + image(only, tag)}
	}
	layered := func(dir, tag, only string) map[string]string {
		return map[string]string{
			dir + "/kustomization.yaml":       "resources: [parts]\nimages:\n  - name: registry.acme.dev/shop/api\n    newTag: " + tag + " # kept\n",
			dir + "/parts/kustomization.yaml": "resources: [api.yaml, only.yaml]\n", dir + "/parts/api.yaml": image("api", "0.0.1"), dir + "/parts/only.yaml": image(only, tag),
		}
	}
	for name, c := range map[string]struct {
		source, target func(dir, tag, only string) map[string]string
		file, text     string
	}{
		"from plain YAML to a kustomization": {plain, layered, "production/kustomization.yaml", "newTag: 2.0.0 # kept\n"},
		"from a kustomization to plain YAML": {layered, plain, "production/all.yaml", "# kept\n" + image("api", "2.0.0") + "---\n" + image("old", "1.0.0")},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			files := c.source("staging", "2.0.0", "new")
			for file, text := range c.target("production", "1.0.0", "old") {
				files[file] = text
			}
			w.commit("begin", files)
			staging, production := w.environment("staging", config.SyncAuto), w.environment("production", config.SyncManual)
			production.Namespace, production.PromotesFrom = w.ns+"-b", "staging"
			w.namespace(production.Namespace)
			e := w.auto(staging, production)
			e.until("staging is well", func(s *engine.Snapshot) bool { return s.Environments[0].Health == engine.Healthy })
			p := e.plan(engine.Request{Action: engine.ActionPromote, Environment: "production"})
			if len(p.Updates) != 1 || p.Updates[0].Object.Name != "api" || len(p.OnlyInSource) != 1 || p.OnlyInSource[0].Name != "new" {
				t.Errorf("want api to go, and new told to be in staging alone: %+v, %+v", p.Updates, p.OnlyInSource)
			}
			// Where the other layout would read a file, it would name api twice.
			for _, f := range p.Files {
				_, err := e.Plan(t.Context(), engine.Request{Action: engine.ActionPromote, Environment: "production", Files: []string{f.Name}})
				if err == nil && f.Name != "parts/only.yaml" {
					t.Errorf("a file of another layout could be copied: %+v", f)
				}
			}
			_, err := e.Execute(t.Context(), p, nil)
			w.must(err)
			if got := w.text(c.file); !strings.HasSuffix(got, c.text) {
				t.Errorf("got\n%s", got)
			}
			// What only one of them has cannot be asked for.
			for only, ns := range map[string]string{"new": w.ns, "old": production.Namespace} {
				pick := engine.ImagePick{Object: engine.ID{Group: "apps", Kind: "Deployment", Namespace: ns, Name: only}}
				p, err := e.Plan(t.Context(), engine.Request{Action: engine.ActionPromote, Environment: "production", Images: []engine.ImagePick{pick}})
				if err == nil && p.Commit != nil {
					t.Errorf("%s was promoted", only)
				}
			}
		})
	}
}
