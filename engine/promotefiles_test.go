package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// twoOverlays are staging and production, each with files of its own beside a
// base that they share.
func twoOverlays(w *world) (staging, production config.Environment) {
	w.Helper()
	list := "resources: [../base, own.yaml, roles.yaml]\nconfigMapGenerator:\n- name: settings\n  envs: [settings.env]\nsecretGenerator:\n- name: keys\n  envs: [keys.env]\n"
	w.commit("begin", map[string]string{
		"base/kustomization.yaml":       "resources: [shared.yaml]\n",
		"base/shared.yaml":              configMap("shared", "n", "0"),
		"staging/kustomization.yaml":    list + "namePrefix: s-\n",
		"staging/own.yaml":              configMap("own", "n", "2"),
		"staging/roles.yaml":            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: roles}\ndata: {a: b}\n---\n" + strings.Replace(configMap("there", "n", "0"), "metadata:\n", "metadata:\n  namespace: "+w.ns+"\n", 1),
		"staging/settings.env":          "level=debug\n",
		"staging/keys.env":              "key=hunter2hunter2\n",
		"production/kustomization.yaml": list,
		"production/own.yaml":           configMap("own", "n", "1"),
		"production/roles.yaml":         configMap("roles", "a", "b"),
		"production/settings.env":       "level=info\n",
		"production/keys.env":           "key=correcthorse\n",
	})
	other := w.ns + "-b"
	w.namespace(other)
	staging, production = w.environment("staging", config.SyncAuto), w.environment("production", config.SyncManual)
	production.Namespace, production.PromotesFrom = other, "staging"
	return staging, production
}

func fileNamed(t *testing.T, p *engine.Plan, name string) engine.PromotableFile {
	t.Helper()
	i := slices.IndexFunc(p.Files, func(f engine.PromotableFile) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("%s is not among the files: %+v", name, p.Files)
	}
	return p.Files[i]
}

func TestPromotionCopiesFilesWhole(t *testing.T) {
	w := newWorld(t)
	staging, production := twoOverlays(w)
	e := w.auto(staging, production)
	e.at("staging", w.head().Hash)
	r := engine.Request{Action: engine.ActionPromote, Environment: "production"}
	p := e.plan(r)
	if p.Commit != nil || len(p.Files) != 5 {
		t.Errorf("want five files to choose from, and nothing to be done: %+v", p.Files)
	}
	if own := fileNamed(t, p, "own.yaml"); own.Path != "production/own.yaml" || own.From != "staging/own.yaml" || own.Reason != "" || own.Picked ||
		!strings.Contains(own.Before, `"1"`) || !strings.Contains(own.After, `"2"`) || own.Operation != engine.Update {
		t.Errorf("want what the copy changes: %+v", own)
	}
	if keys := fileNamed(t, p, "keys.env"); keys.Hidden == "" || keys.Before+keys.After != "" {
		t.Errorf("the values of a Secret are shown: %+v", keys)
	}
	for name, want := range map[string]string{"kustomization.yaml": "by hand", "roles.yaml": "names the namespace " + w.ns} {
		if got := fileNamed(t, p, name).Reason; !strings.Contains(got, want) {
			t.Errorf("%s: want %q, got %q", name, want, got)
		}
		r.Files = []string{name}
		if _, err := e.Plan(t.Context(), r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s was to be copied: %v", name, err)
		}
	}
	r.Files = []string{"gone.yaml"}
	if _, err := e.Plan(t.Context(), r); err == nil || !strings.Contains(err.Error(), "gone.yaml") {
		t.Errorf("a file was copied that is not there: %v", err)
	}

	r.Files = []string{"own.yaml", "settings.env"}
	p = e.plan(r)
	if len(p.Commit.Files) != 2 || !slices.ContainsFunc(p.Changes, func(c engine.Change) bool { return c.Name == "own" && c.Operation == engine.Update }) {
		t.Errorf("want what it does to production: %+v", p.Changes)
	}
	before := w.rendered(w.head().Hash, "staging")
	o := e.do(r)
	c := w.head()
	if string(c.Hash) != o.Commit || !slices.Equal(c.Trailers["Evenkeel-File"], []string{"production/own.yaml", "production/settings.env"}) {
		t.Errorf("the commit does not tell: %+v", c)
	}
	if w.text("production/own.yaml") != w.text("staging/own.yaml") || w.text("production/settings.env") != "level=debug\n" || w.text("production/keys.env") != "key=correcthorse\n" {
		t.Error("want those two files as in staging, and no other")
	}
	if after := w.rendered(c.Hash, "staging"); len(after) != len(before) {
		t.Error("staging was changed")
	}
}

func TestWhatTheSourceDoesNotRunIsNotCopied(t *testing.T) {
	w := newWorld(t)
	staging, production := twoOverlays(w)
	e := w.auto(staging, production)
	begun := w.head().Hash
	e.at("staging", begun)
	r := engine.Request{Action: engine.ActionPromote, Environment: "production", Files: []string{"own.yaml"}}
	p := e.plan(r)

	changed := w.commit("staging goes on", map[string]string{"staging/own.yaml": configMap("own", "n", "3")})
	if _, err := e.Execute(t.Context(), p, nil); !errors.Is(err, engine.ErrStale) {
		t.Errorf("want it stale, as staging has another file: %v", err)
	}
	if got := w.head().Hash; got != changed {
		t.Errorf("%s was committed", got)
	}
	e.Refresh()
	e.at("staging", changed)
	p = e.plan(r)
	w.commit("production too", map[string]string{"production/own.yaml": configMap("own", "n", "9")})
	if _, err := e.Execute(t.Context(), p, nil); !errors.Is(err, engine.ErrStale) {
		t.Errorf("want it stale, as production has another file: %v", err)
	}

	// Staging is synced by hand now, and Git is ahead of it.
	staging.Sync = config.SyncManual
	ahead := w.commit("not synced", map[string]string{"staging/own.yaml": configMap("own", "n", "4")})
	e = w.auto(staging, production)
	e.until("it is read", func(s *engine.Snapshot) bool {
		return s.Environment("staging").Revision == string(ahead) && s.Environment("staging").Settled
	})
	p = e.plan(engine.Request{Action: engine.ActionPromote, Environment: "production"})
	if own := fileNamed(t, p, "own.yaml"); !strings.Contains(own.Reason, "sync that first") || !strings.Contains(own.After, `"3"`) {
		t.Errorf("want what runs, and why it is not copied: %+v", own)
	}
}

func TestTheLayoutOfTheTargetIsAnother(t *testing.T) {
	w := newWorld(t)
	staging, production := twoOverlays(w)
	w.commit("a file more", map[string]string{
		"staging/kustomization.yaml": strings.Replace(w.files["staging/kustomization.yaml"], "roles.yaml", "roles.yaml, more/new.yaml", 1),
		"staging/more/new.yaml":      configMap("new", "n", "1"),
		"flat/own.yaml":              configMap("own", "n", "1"),
		"staging/app.yaml":           deployment("app", "example.com/app:1", 1),
	})
	w.commit("a workload", map[string]string{
		"staging/kustomization.yaml": strings.Replace(w.files["staging/kustomization.yaml"], "own.yaml", "own.yaml, app.yaml", 1),
	})
	flat := w.environment("flat", config.SyncManual)
	flat.PromotesFrom, flat.Namespace = "staging", production.Namespace
	e := w.auto(staging, production, flat)
	e.at("staging", w.head().Hash)
	p := e.plan(engine.Request{Action: engine.ActionPromote, Environment: "production"})
	if got := fileNamed(t, p, "more/new.yaml"); !strings.Contains(got.Reason, "production/more/new.yaml would be read by nothing") || got.Operation != engine.Create {
		t.Errorf("want that nothing would read it: %+v", got)
	}
	if len(p.OnlyInSource) != 1 || p.OnlyInSource[0].Name != "s-app" {
		t.Errorf("want the workload that only staging has: %v", p.OnlyInSource)
	}
	// A directory without a kustomization reads whatever lies in it, but no file
	// that is no manifest.
	r := engine.Request{Action: engine.ActionPromote, Environment: "flat", Files: []string{"more/new.yaml"}}
	if p = e.plan(r); len(p.Changes) != 1 || p.Changes[0].Operation != engine.Create || p.Changes[0].Name != "new" {
		t.Errorf("want the new object: %+v", p.Changes)
	}
	r.Files = []string{"settings.env"}
	if _, err := e.Plan(t.Context(), r); err == nil || !strings.Contains(err.Error(), "flat/settings.env would be read by nothing") {
		t.Errorf("a file was copied that nothing reads: %v", err)
	}
}

func TestCopiesShowWhatTheyDoElsewhere(t *testing.T) {
	w := newWorld(t)
	staging, production := twoOverlays(w)
	canary := w.environment("canary", config.SyncManual)
	w.commit("canary reads production's", map[string]string{"canary/kustomization.yaml": "resources: [../production]\nnameSuffix: -c\n"})
	e := w.auto(staging, production, canary)
	e.at("staging", w.head().Hash)
	r := engine.Request{Action: engine.ActionPromote, Environment: "production", Files: []string{"own.yaml"}}
	p := e.plan(r)
	if !slices.ContainsFunc(p.Changes, func(c engine.Change) bool { return c.Environment == "canary" && c.Name == "own-c" }) {
		t.Errorf("want what it changes in canary: %+v", p.Changes)
	}
	o := e.do(r)
	if got := w.rendered(gitrepo.Hash(o.Commit), "canary"); !strings.Contains(got[w.id("ConfigMap", "own-c")], `"2"`) {
		t.Errorf("canary has %v", got)
	}
}
