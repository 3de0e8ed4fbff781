package engine_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/engine/edit"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// shifting makes a history of two environments on a base that they share: what
// the base has, what is in it, and what the environments make of it changes.
func (w *world) shifting(random *rand.Rand, commits int) []gitrepo.Hash {
	w.Helper()
	names := []string{"a", "b", "c", "d"}
	there := map[string]bool{"a": true, "b": true}
	base := func() string {
		text := "resources:\n"
		for _, name := range slices.Sorted(maps.Keys(there)) {
			text += "  - " + name + ".yaml\n"
		}
		return text + fmt.Sprintf("configMapGenerator:\n- name: settings\n  literals: [n=%d]\n", random.IntN(3))
	}
	object := func(name string) string {
		if name == "a" || random.IntN(3) == 0 {
			text := deployment(name, fmt.Sprintf("example.com/%s:%d", name, random.IntN(3)), random.IntN(3))
			if random.IntN(2) == 0 {
				text += fmt.Sprintf("        env: [{name: N, value: \"%d\"}]\n", random.IntN(3))
			}
			if random.IntN(2) == 0 {
				text += "        envFrom: [{configMapRef: {name: settings}}]\n"
			}
			return text
		}
		text := configMap(name, "k"+fmt.Sprint(random.IntN(3)), fmt.Sprint(random.IntN(3)))
		return strings.Replace(text, "metadata:\n", fmt.Sprintf("metadata:\n  annotations: {example.com/n%d: \"1\"}\n", random.IntN(3)), 1)
	}
	own := func() string {
		text := "# what it is made of\nresources: [../base, own.yaml] # both\n"
		for _, line := range []string{
			"namePrefix: p-\n", "nameSuffix: -x\n", "commonAnnotations: {round: \"1\"}\n",
			"labels:\n- pairs: {part: of}\n  includeSelectors: true\n",
			fmt.Sprintf("images:\n- name: example.com/a\n  newTag: v%d\n", random.IntN(3)),
			fmt.Sprintf("replicas:\n- {name: a, count: %d}\n", random.IntN(3)),
		} {
			if random.IntN(3) > 0 {
				text += line
			}
		}
		return text
	}
	begin := map[string]string{"base/kustomization.yaml": base()}
	for name := range there {
		begin["base/"+name+".yaml"] = object(name)
	}
	for _, env := range []string{"staging", "production"} {
		begin[env+"/kustomization.yaml"] = own()
		begin[env+"/own.yaml"] = configMap("own", "n", "0")
	}
	history := []gitrepo.Hash{w.commit("begin", begin)}
	for i := range commits {
		changes := map[string]string{}
		switch name := names[random.IntN(len(names))]; random.IntN(6) {
		case 0:
			changes["production/kustomization.yaml"] = own()
		case 1:
			changes["production/own.yaml"] = configMap("own", "n", fmt.Sprint(i))
		case 2:
			changes["staging/kustomization.yaml"] = own()
		case 3:
			if name != "a" && there[name] {
				delete(there, name)
				changes["base/"+name+".yaml"] = ""
			} else {
				there[name] = true
				changes["base/"+name+".yaml"] = object(name)
			}
			changes["base/kustomization.yaml"] = base()
		default:
			if there[name] {
				changes["base/"+name+".yaml"] = object(name)
			}
			changes["base/kustomization.yaml"] = base()
		}
		maps.DeleteFunc(changes, func(file, text string) bool { return text == w.files[file] })
		if len(changes) > 0 {
			history = append(history, w.commit(fmt.Sprint("round ", i), changes))
		}
	}
	return history
}

// TestOverlayRestoresAndLeavesOthersAlone goes back to every revision of a
// history, one on top of the other, and takes back what it did now and then.
func TestOverlayRestoresAndLeavesOthersAlone(t *testing.T) {
	w := newWorld(t)
	random := rand.New(rand.NewPCG(7, 11))
	history := w.shifting(random, 12)
	e := w.shopping()
	overlaid, refusals := 0, 0
	for round, revision := range history {
		head := w.head().Hash
		before := w.rendered(head, "production")
		want := w.rendered(revision, "production")
		p, err := e.Plan(t.Context(), engine.Request{Action: engine.ActionRollback, Environment: "production", Revision: string(revision), Overlay: true})
		if errors.Is(err, engine.ErrNothing) {
			if !maps.Equal(before, want) {
				t.Fatalf("production was said to be as at %s, and is not", revision.Short())
			}
			continue
		}
		if errors.Is(err, edit.ErrRefused) {
			t.Logf("%d: %v", round, err)
			refusals++
			continue
		}
		w.must(err)
		o, err := e.Execute(t.Context(), p, nil)
		w.must(err)
		if o.Err != "" {
			t.Fatal(o.Err)
		}
		made := gitrepo.Hash(o.Commit)
		if !maps.Equal(w.rendered(made, "production"), want) {
			t.Fatalf("production is not as at %s", revision.Short())
		}
		if !maps.Equal(w.rendered(head, "staging"), w.rendered(made, "staging")) {
			t.Fatalf("going back to %s changed staging", revision.Short())
		}
		for _, f := range p.Commit.Files {
			if !strings.HasPrefix(f.Path, "production/") {
				t.Errorf("%s was changed", f.Path)
			}
		}
		if len(p.Shared) > 0 {
			overlaid++
		}
		if random.IntN(3) == 0 {
			u := e.do(engine.Request{Action: engine.ActionRollback, Mode: engine.RollbackRevert, Environment: "production", Revision: o.Commit})
			if !maps.Equal(w.rendered(gitrepo.Hash(u.Commit), "production"), before) {
				t.Fatalf("what was done for %s was not taken back", revision.Short())
			}
		}
	}
	if overlaid < len(history)/3 {
		t.Errorf("only %d of %d went by an overlay, %d were refused", overlaid, len(history), refusals)
	}
}

// shop is production and staging on a base with an api of one tag.
func (w *world) shop() gitrepo.Hash {
	w.Helper()
	return w.commit("begin", map[string]string{
		"base/kustomization.yaml":       "resources: [api.yaml, web.yaml]\n",
		"base/api.yaml":                 deployment("api", "example.com/api:1.0.0", 1),
		"base/web.yaml":                 configMap("web", "color", "blue"),
		"staging/kustomization.yaml":    "resources: [../base]\n",
		"production/kustomization.yaml": "# production\nresources:\n  - ../base # what all have\n  - own.yaml\nnamePrefix: p-\n",
		"production/own.yaml":           configMap("own", "n", "1"),
	})
}

// shopping runs an engine on its environments, and others at the path of their
// name.
func (w *world) shopping(others ...string) *running {
	w.Helper()
	var environments []config.Environment
	for _, name := range append([]string{"production", "staging"}, others...) {
		environments = append(environments, w.environment(name, config.SyncManual))
	}
	return w.start(w.options(environments...))
}

func TestOverlayIsWrittenAsAPersonWould(t *testing.T) {
	w := newWorld(t)
	first := w.shop()
	w.commit("all goes on", map[string]string{
		"base/kustomization.yaml": "resources: [api.yaml, new.yaml]\n",
		"base/api.yaml":           strings.Replace(deployment("api", "example.com/api:2.0.0", 1), "cpu: 1000m", "cpu: 2000m", 1),
		"base/web.yaml":           "",
		"base/new.yaml":           configMap("new", "n", "1"),
		"production/own.yaml":     configMap("own", "n", "2"),
	})
	e := w.shopping()
	r := engine.Request{Action: engine.ActionRollback, Environment: "production", Revision: string(first)}
	p := e.plan(r)
	want := []string{"base/api.yaml", "base/kustomization.yaml"}
	var shared []string
	for _, f := range p.Shared {
		shared = append(shared, f.Path)
		if !slices.Equal(f.Environments, []string{"staging"}) {
			t.Errorf("want with whom %s is shared: %v", f.Path, f.Environments)
		}
	}
	if !slices.Equal(shared, want) || !slices.ContainsFunc(p.Changes, func(c engine.Change) bool { return c.Environment == "staging" }) {
		t.Errorf("want the shared files %v, and what going back does to staging: %v", want, shared)
	}
	r.Overlay = true
	p = e.plan(r)
	if slices.ContainsFunc(p.Changes, func(c engine.Change) bool { return c.Environment != "production" }) || len(p.Shared) != 2 {
		t.Errorf("want staging left alone: %+v", p.Changes)
	}
	e.do(r)
	name := "rollback-" + first.Short()
	wantTop := "# production\nresources:\n  - ../base # what all have\n  - own.yaml\n  - " + name + "-objects.yaml\nnamePrefix: p-\n" +
		"images:\n  - name: example.com/api\n    newTag: 1.0.0\ntransformers:\n  - " + name + ".yaml\n"
	if got := w.text("production/kustomization.yaml"); got != wantTop {
		t.Errorf("want\n%s\ngot\n%s", wantTop, got)
	}
	if got := w.text("production/" + name + ".yaml"); !strings.Contains(got, "$patch: delete") || !strings.Contains(got, "value: 1000m") || strings.Contains(got, "1.0.0") {
		t.Errorf("want a patch of the request and no new.yaml, and no image:\n%s", got)
	}
	// An image that was given back can be changed like any other.
	api := w.id("Deployment", "p-api")
	a := e.plan(engine.Request{Action: engine.ActionApprove, Environment: "production", Images: []engine.ImagePick{{Object: api, Tag: "3.0.0"}}})
	if len(a.Updates) != 1 || a.Updates[0].To != "3.0.0" {
		t.Errorf("want it changed: %+v", a.Updates)
	}
	// Once the base is as it was, there is nothing to be put right.
	again := e.plan(engine.Request{Action: engine.ActionRollback, Environment: "production", Revision: string(first)})
	if !slices.ContainsFunc(again.Commit.Files, func(f engine.FileChange) bool {
		return f.Path == "production/"+name+".yaml" && f.Operation == engine.Delete
	}) {
		t.Errorf("want the patch to go with a rollback of all: %+v", again.Commit.Files)
	}
}

func TestOverlaysThatCannotBe(t *testing.T) {
	secret := func(value string) string {
		return "apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\nstringData: {key: " + value + "}\n"
	}
	for name, c := range map[string]struct {
		before, after map[string]string
		want          string
	}{
		"a plain directory": {
			before: map[string]string{"production/kustomization.yaml": "", "production/link.yaml": configMap("x", "n", "1"), "canary/kustomization.yaml": "resources: [../production/own.yaml]\n"},
			after:  map[string]string{"production/own.yaml": configMap("own", "n", "7")},
			want:   "has no kustomization",
		},
		"a Secret that has another value": {
			before: map[string]string{"base/web.yaml": secret("hunter2hunter2")},
			after:  map[string]string{"base/web.yaml": secret("correcthorse")},
			want:   "would have to be patched with its values",
		},
		"a Secret that is gone": {
			before: map[string]string{"base/web.yaml": secret("hunter2hunter2")},
			after:  map[string]string{"base/web.yaml": configMap("web", "color", "red")},
			want:   "would have to be written out with its values",
		},
		"a generated Secret": {
			before: map[string]string{"base/kustomization.yaml": "resources: [api.yaml]\nsecretGenerator: [{name: keys, literals: [key=hunter2hunter2]}]\n"},
			after:  map[string]string{"base/kustomization.yaml": "resources: [api.yaml]\nsecretGenerator: [{name: keys, literals: [key=correcthorse]}]\n"},
			want:   "would have to be patched with its values",
		},
		"patches of what is gone": {
			before: map[string]string{"production/kustomization.yaml": "resources: [../base]\npatches: [{patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: web}, data: {a: b}}'}]\n"},
			after:  map[string]string{"production/kustomization.yaml": "resources: [../base]\n", "base/kustomization.yaml": "resources: [api.yaml]\n"},
			want:   "would not render",
		},
		"a kustomization that others read": {
			before: map[string]string{"canary/kustomization.yaml": "resources: [../production]\nnamePrefix: c-\n"},
			after:  map[string]string{"base/web.yaml": configMap("web", "color", "red")},
			want:   "is also read by canary",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.shop()
			first := w.commit("before", c.before)
			w.commit("after", c.after)
			var others []string
			if w.files["canary/kustomization.yaml"] != "" {
				others = append(others, "canary")
			}
			e := w.shopping(others...)
			_, err := e.Plan(t.Context(), engine.Request{Action: engine.ActionRollback, Environment: "production", Revision: string(first), Overlay: true})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("want %q, got %v", c.want, err)
			}
		})
	}
	w := newWorld(t)
	first := w.shop()
	w.commit("more", map[string]string{"base/web.yaml": configMap("web", "color", "red")})
	_, err := w.shopping().Plan(t.Context(), engine.Request{Action: engine.ActionRollback, Environment: "production", Revision: string(first), Mode: engine.RollbackImages, Overlay: true})
	if err == nil || !strings.Contains(err.Error(), "whole environment") {
		t.Errorf("an overlay was made of images: %v", err)
	}
}

func TestAnOverlayGoesBackWhereOthersWouldBreak(t *testing.T) {
	w := newWorld(t)
	first := w.commit("begin", map[string]string{
		"base/kustomization.yaml": "resources: [a.yaml]\n", "base/a.yaml": configMap("a", "n", "1"),
		"production/kustomization.yaml": "resources: [../base]\nnamePrefix: p-\n", "staging/kustomization.yaml": "resources: [../base]\n",
	})
	w.commit("staging builds on what is new", map[string]string{
		"base/kustomization.yaml": "resources: [a.yaml, b.yaml]\n", "base/b.yaml": configMap("b", "n", "1"),
		"staging/kustomization.yaml": "resources: [../base]\npatches:\n- patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: b}, data: {n: \"2\"}}'\n",
	})
	e := w.shopping()
	r := engine.Request{Action: engine.ActionRollback, Environment: "production", Revision: string(first)}
	_, err := e.Plan(t.Context(), r)
	if !errors.Is(err, edit.ErrRefused) || !strings.Contains(err.Error(), "staging, which shares files with it, would not render any more") || !strings.Contains(err.Error(), "by an overlay") {
		t.Fatalf("want it refused, and what can be done: %v", err)
	}
	r.Overlay = true
	o := e.do(r)
	if !maps.Equal(w.rendered(gitrepo.Hash(o.Commit), "production"), w.rendered(first, "production")) {
		t.Error("production is not as it was")
	}
}
