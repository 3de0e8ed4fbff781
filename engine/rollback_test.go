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
	"github.com/evenkeel/evenkeel/engine/render"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// rendered is what an environment's path renders to at a revision, by object.
func (w *world) rendered(revision gitrepo.Hash, path string) map[engine.ID]string {
	w.Helper()
	_, err := w.mirror.Fetch(w.Context())
	w.must(err)
	tree, err := w.mirror.Tree(revision)
	w.must(err)
	result, err := render.Render(w.Context(), tree, render.Options{Path: path, Namespace: w.ns})
	w.must(err)
	objects := map[engine.ID]string{}
	for _, o := range result.Objects {
		objects[o.ID] = string(o.JSON)
	}
	return objects
}

// eventful makes a history in which files of a shared base, of two environments
// and of nobody come, change and go.
func (w *world) eventful(commits int) []gitrepo.Hash {
	w.Helper()
	random := rand.New(rand.NewPCG(3, 5))
	base := map[string]bool{"a": true}
	list := func(names map[string]bool) string {
		text := "resources:\n"
		for _, name := range slices.Sorted(maps.Keys(names)) {
			text += "  - " + name + ".yaml\n"
		}
		return text
	}
	own := func(round int) string {
		return fmt.Sprintf("resources: [../base, own.yaml]\nnameSuffix: -x\ncommonAnnotations: {round: %q}\n", fmt.Sprint(round))
	}
	history := []gitrepo.Hash{w.commit("begin", map[string]string{
		"base/kustomization.yaml": list(base), "base/a.yaml": configMap("a", "n", "0"),
		"staging/kustomization.yaml": own(0), "staging/own.yaml": configMap("own", "n", "0"),
		"production/kustomization.yaml": own(0), "production/own.yaml": configMap("own", "n", "0"),
		"plain/one.yaml": configMap("one", "n", "0"),
	})}
	for i := range commits {
		n := fmt.Sprint(i + 1)
		changes := map[string]string{}
		switch random.IntN(8) {
		case 0: // something new in the base, or it goes again
			name := string(rune('b' + random.IntN(4)))
			if base[name] {
				delete(base, name)
				changes["base/"+name+".yaml"] = ""
			} else {
				base[name] = true
				changes["base/"+name+".yaml"] = configMap(name, "n", n)
			}
			changes["base/kustomization.yaml"] = list(base)
		case 1:
			changes["base/a.yaml"] = configMap("a", "n", n)
		case 2:
			changes["staging/own.yaml"] = configMap("own", "n", n)
		case 3:
			changes["production/kustomization.yaml"] = own(i)
			changes["production/own.yaml"] = configMap("own", "n", n)
		case 4:
			changes["README.md"] = n
		case 5:
			changes["plain/one.yaml"] = configMap("one", "n", n)
		default:
			name := fmt.Sprintf("plain/x%d.yaml", random.IntN(5))
			if w.files[name] != "" {
				changes[name] = ""
			} else {
				changes[name] = configMap(fmt.Sprintf("x%d", random.IntN(3)+10*i), "n", n)
			}
		}
		history = append(history, w.commit("round "+n, changes))
	}
	return history
}

func TestRollbackRestoresAnyRevisionObjectByObject(t *testing.T) {
	w := newWorld(t)
	history := w.eventful(40)
	for _, name := range []string{"production", "plain"} {
		t.Run(name, func(t *testing.T) {
			e := w.start(w.options(w.environment("production", config.SyncManual), w.environment("staging", config.SyncManual), w.environment("plain", config.SyncManual)))
			elsewhere, shared := 0, 0
			for _, revision := range history {
				head := w.head().Hash
				p, err := e.Plan(t.Context(), engine.Request{Action: engine.ActionRollback, Environment: name, Revision: string(revision)})
				if errors.Is(err, engine.ErrNothing) {
					if !maps.Equal(w.rendered(head, name), w.rendered(revision, name)) {
						t.Fatalf("%s was said to be as at %s, and is not", name, revision.Short())
					}
					continue
				}
				w.must(err)
				o, err := e.Execute(t.Context(), p, nil)
				w.must(err)
				if o.Err != "" {
					t.Fatal(o.Err)
				}
				if !maps.Equal(w.rendered(gitrepo.Hash(o.Commit), name), w.rendered(revision, name)) {
					t.Fatalf("%s is not as at %s", name, revision.Short())
				}
				for _, other := range []string{"production", "staging", "plain"} {
					if other == name {
						continue
					}
					told := slices.ContainsFunc(p.Changes, func(c engine.Change) bool { return c.Environment == other })
					same := maps.Equal(w.rendered(head, other), w.rendered(gitrepo.Hash(o.Commit), other))
					if told == same {
						t.Fatalf("going back to %s changes %s: %v, but the plan says %v", revision.Short(), other, !same, told)
					}
					if elsewhere++; told {
						shared++
					}
				}
			}
			if name == "production" && shared == 0 || elsewhere == 0 {
				t.Errorf("nothing was shared: %d of %d", shared, elsewhere)
			}
		})
	}
}

func TestRollbackHoldsWhatGoesBack(t *testing.T) {
	w := newImageWorld(t)
	w.push("shop/api", "1.0.0", "1.1.0")
	w.push("shop/web", "1.0.0")
	staging, production := twoStages(w, map[string]string{"api": "1.1.0", "web": "1.0.0"}, map[string]string{"api": "1.0.0", "web": "1.0.0"})
	production.Images = config.ImagesAuto
	good := w.head().Hash
	e := w.looking(true, staging, production)
	e.imageIs("updated", "production", "api", func(i *engine.Image) bool { return i.State == engine.ImageLive && i.Live == "1.1.0" })
	e.until("that is recorded to be well", func(s *engine.Snapshot) bool {
		syncs := s.Environment("production").Syncs
		return len(syncs) == 2 && syncs[0].Health == engine.Healthy
	})
	deployments, err := e.Deployments(t.Context(), "production")
	w.must(err)
	if len(deployments) != 2 || !deployments[0].Current || len(deployments[1].Images) != 1 || deployments[1].Images[0].To != "1.0.0" {
		t.Errorf("want the two deployments, and what going back to the first would bring: %+v", deployments)
	}

	o := e.do(engine.Request{Action: engine.ActionRollback, Environment: "production", Revision: string(good), Reason: "1.1.0 loses orders"})
	i := e.imageIs("back", "production", "api", func(i *engine.Image) bool { return i.State == engine.ImageHeld && i.Live == "1.0.0" })
	if i.Hold == nil || !strings.Contains(i.Hold.Reason, "1.1.0 loses orders") {
		t.Errorf("want it held, and why: %+v", i.Hold)
	}
	c := w.head()
	if string(c.Hash) != o.Commit || c.Subject != "roll back production to "+good.Short() || c.Trailers["Evenkeel-Revision"][0] != string(good) {
		t.Errorf("the commit does not tell: %+v", c)
	}
	// What was undone is undone by a plan of its own.
	p, err := e.Plan(t.Context(), engine.Request{Action: engine.ActionRollback, Mode: engine.RollbackRevert, Environment: "production", Revision: o.Commit})
	w.must(err)
	if len(p.Updates) != 1 || p.Updates[0].To != "1.1.0" {
		t.Errorf("want the update back: %+v", p.Updates)
	}
}

func TestRollbackHoldsNothingThatNoPolicyBringsAgain(t *testing.T) {
	w := newImageWorld(t)
	w.push("shop/api", "1.0.0", "1.0.1-crash")
	w.push("shop/web", "1.0.0")
	staging, production := twoStages(w, map[string]string{"api": "1.0.0", "web": "1.0.0"}, map[string]string{"api": "1.0.0", "web": "1.0.0"})
	good := w.head().Hash
	w.commit("by hand, against the policy", map[string]string{"production/kustomization.yaml": strings.Replace(w.files["production/kustomization.yaml"], "1.0.0", "1.0.1-crash", 1)})
	e := w.looking(false, staging, production)
	e.imageIs("known", "production", "api", func(i *engine.Image) bool { return i.Desired == "1.0.1-crash" && i.Allowed == "1.0.0" })
	o := e.do(engine.Request{Action: engine.ActionRollback, Environment: "production", Revision: string(good)})
	if held := w.head().Trailers["Evenkeel-Hold"]; o.Commit == "" || len(held) > 0 {
		t.Errorf("want it back, and nothing held: %v", held)
	}
}

func TestRollbackOfImagesAndOfOneCommit(t *testing.T) {
	w := newImageWorld(t)
	w.push("shop/api", "1.0.0", "1.1.0")
	w.push("shop/web", "1.0.0", "1.1.0")
	staging, production := twoStages(w, map[string]string{"api": "1.0.0", "web": "1.0.0"}, map[string]string{"api": "1.0.0", "web": "1.0.0"})
	first := w.head().Hash
	text := w.files["production/kustomization.yaml"]
	both := strings.ReplaceAll(text, "newTag: 1.0.0", "newTag: 1.1.0")
	second := w.commit("both", map[string]string{"production/kustomization.yaml": both})
	third := w.commit("more replicas", map[string]string{"production/kustomization.yaml": strings.Replace(both, "count: 2", "count: 3", 1)})
	e := w.looking(false, staging, production)
	e.until("it is read", func(s *engine.Snapshot) bool {
		return s.Environment("production").Revision == string(third) && s.Environment("production").Settled
	})

	api := engine.ID{Group: "apps", Kind: "Deployment", Namespace: production.Namespace, Name: "api"}
	p, err := e.Plan(t.Context(), engine.Request{Action: engine.ActionRollback, Mode: engine.RollbackImages, Environment: "production", Revision: string(first), Objects: []engine.ID{api}})
	w.must(err)
	if len(p.Updates) != 1 || p.Updates[0].Object != api || p.Updates[0].To != "1.0.0" || len(p.Changes) != 1 {
		t.Errorf("want the image of api alone: %+v", p.Updates)
	}
	p, err = e.Plan(t.Context(), engine.Request{Action: engine.ActionRollback, Mode: engine.RollbackRevert, Environment: "production", Revision: string(second)})
	w.must(err)
	if after := p.Commit.Files; len(p.Updates) != 2 || strings.Contains(after[0].After, "1.1.0") || !strings.Contains(after[0].After, "count: 3") {
		t.Errorf("want both images back and the replicas kept: %+v", after)
	}
	for name, c := range map[string]struct {
		request engine.Request
		want    string
	}{
		"not there":          {engine.Request{Revision: "feedfeed"}, "feedfeed"},
		"none":               {engine.Request{}, "name the revision"},
		"the first commit":   {engine.Request{Mode: engine.RollbackRevert, Revision: string(first)}, "first commit"},
		"nothing to go back": {engine.Request{Revision: string(third)}, "nothing to do"},
		"objects as a whole": {engine.Request{Revision: string(first), Objects: []engine.ID{api}}, "mode images"},
	} {
		c.request.Action, c.request.Environment = engine.ActionRollback, "production"
		if _, err := e.Plan(t.Context(), c.request); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want %q, got %v", name, c.want, err)
		}
	}
	// Somebody changes what would be restored, after it was shown.
	p, err = e.Plan(t.Context(), engine.Request{Action: engine.ActionRollback, Environment: "production", Revision: string(first)})
	w.must(err)
	w.commit("meanwhile", map[string]string{"production/kustomization.yaml": both})
	if _, err := e.Execute(t.Context(), p, nil); !errors.Is(err, engine.ErrStale) {
		t.Errorf("it undid what nobody has seen: %v", err)
	}
}
