package engine_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// automated is an environment whose images are updated by automation, with the
// workloads api and web. Nothing is synced.
type automated struct {
	*imageWorld
	*running
	begun gitrepo.Hash
	web   int // the minor version of web
}

func newAutomated(t *testing.T, files map[string]string, environments ...config.Environment) *automated {
	t.Helper()
	a := &automated{imageWorld: newImageWorld(t)}
	a.push("shop/api", "1.0.0")
	a.push("shop/web", "2.0.0")
	all := map[string]string{
		"staging/api.yaml": a.policed("api", a.image("shop/api", "1.0.0"), "semver:^1"),
		"staging/web.yaml": a.policed("web", a.image("shop/web", "2.0.0"), "semver:^2"),
	}
	for name, content := range files {
		all[name] = strings.ReplaceAll(content, "REGISTRY", a.registry.Host())
	}
	a.begun = a.commit("begin", all)
	for i := range environments {
		environments[i].Namespace = a.ns
	}
	a.running = a.looking(true, append([]config.Environment{a.with(config.ImagesAuto, config.SyncManual, "staging")}, environments...)...)
	return a
}

// named waits until Git names a tag of a workload.
func (a *automated) named(workload, tag string) *engine.Image {
	a.Helper()
	return a.imageIs("named "+tag, "staging", workload, func(i *engine.Image) bool { return i.Desired == tag })
}

// round waits until automation has come round once more, and returns what it
// committed.
func (a *automated) round() gitrepo.Commit {
	a.Helper()
	a.web++
	a.push("shop/web", fmt.Sprintf("2.%d.0", a.web))
	a.named("web", fmt.Sprintf("2.%d.0", a.web))
	return a.head()
}

// commits lists the subjects since the first commit, the newest first.
func (a *automated) commits() (subjects []string) {
	a.Helper()
	page, err := a.mirror.History(a.Context(), gitrepo.HistoryOptions{From: a.head().Hash})
	a.must(err)
	for _, c := range page.Commits {
		if c.Hash != a.begun {
			subjects = append(subjects, c.Subject)
		}
	}
	return subjects
}

func (a *automated) only(want ...string) {
	a.Helper()
	if got := a.commits(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		a.Errorf("want the commits\n%s\ngot\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
}

func (a *automated) remove(repository, tag string) {
	a.Helper()
	r, err := http.NewRequestWithContext(a.Context(), http.MethodDelete, a.registry.URL()+"/v2/"+repository+"/manifests/"+tag, nil)
	a.must(err)
	answer, err := http.DefaultClient.Do(r)
	a.must(err)
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusAccepted {
		a.Fatalf("the tag could not be removed: %s", answer.Status)
	}
}

func TestATagIsCommittedOnce(t *testing.T) {
	const update = "staging: api: 1.0.0 -> 1.1.0"
	tests := []struct {
		name string
		back func(a *automated)
		want []string
	}{
		{"the branch loses the commit", func(a *automated) {
			a.must(os.WriteFile(filepath.Join(a.remote, "refs", "heads", "main"), []byte(string(a.begun)+"\n"), 0o644))
		}, nil},
		{"a person takes it back, with the tag gone and come again", func(a *automated) {
			a.remove("shop/api", "1.1.0")
			a.commit("back", map[string]string{"staging/api.yaml": a.files["staging/api.yaml"]})
			a.Refresh()
			a.imageIs("the newest", "staging", "api", func(i *engine.Image) bool { return i.Allowed == "1.0.0" })
			a.push("shop/api", "1.1.0")
		}, []string{"back", update}},
		{"a policy goes to and fro", func(a *automated) {
			api := a.image("shop/api", "1.0.0")
			a.commit("narrow", map[string]string{"staging/api.yaml": a.policed("api", api, "semver:~1.0")})
			a.Refresh()
			a.imageIs("the newest", "staging", "api", func(i *engine.Image) bool { return i.Allowed == "1.0.0" && i.Policy == "semver:~1.0" })
			a.commit("wide", map[string]string{"staging/api.yaml": a.policed("api", api, "semver:^1")})
		}, []string{"wide", "narrow", update}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := newAutomated(t, nil)
			a.push("shop/api", "1.1.0")
			a.named("api", "1.1.0")
			made := a.head().Hash
			test.back(a)
			a.Refresh()
			i := a.imageIs("taken back", "staging", "api", func(i *engine.Image) bool { return i.State == engine.ImagePending && i.Allowed == "1.1.0" })
			if i.Reverted != string(made) {
				t.Errorf("want the commit %s that was taken back, got %q", made, i.Reverted)
			}
			a.round()
			a.only(append([]string{"staging: web: 2.0.0 -> 2.1.0"}, test.want...)...)
		})
	}
}

func TestWhatOneContainerWasGivenAnotherMayHave(t *testing.T) {
	worker := strings.Replace(deployment("worker", "REGISTRY/shop/api:1.0.0", 1), "metadata:\n",
		"metadata:\n  annotations: {evenkeel.dev/automated: \"%s\", evenkeel.dev/tag.main: \"semver:^1\"}\n", 1)
	a := newAutomated(t, map[string]string{"staging/worker.yaml": fmt.Sprintf(worker, "false")})
	a.push("shop/api", "1.1.0")
	a.named("api", "1.1.0")
	a.commit("automate", map[string]string{"staging/worker.yaml": strings.ReplaceAll(fmt.Sprintf(worker, "true"), "REGISTRY", a.registry.Host())})
	a.Refresh()
	a.named("worker", "1.1.0")
}

func TestTwoEnginesCommitAnUpdateOnce(t *testing.T) {
	a := newAutomated(t, nil)
	other := &automated{imageWorld: a.imageWorld, running: a.looking(true, a.with(config.ImagesAuto, config.SyncManual, "staging"))}
	other.named("api", "1.0.0")
	for i := range 3 {
		a.push("shop/api", fmt.Sprintf("1.%d.0", i+1))
		a.named("api", fmt.Sprintf("1.%d.0", i+1))
		other.Rescan()
		other.named("api", fmt.Sprintf("1.%d.0", i+1)) // it learns by losing, as nothing else makes it fetch
	}
	a.only("staging: api: 1.2.0 -> 1.3.0", "staging: api: 1.1.0 -> 1.2.0", "staging: api: 1.0.0 -> 1.1.0")
}

func TestAutomationLeavesAnEnvironmentAlone(t *testing.T) {
	// Suspensions are kept in the record, which a first sync makes.
	a := newAutomated(t, nil)
	a.running.sync("staging")
	a.do(engine.Request{Action: engine.ActionSuspend, Environment: "staging", Reason: "a fire"})
	a.until("suspended", func(s *engine.Snapshot) bool { return s.Environment("staging").Suspension != nil })
	a.push("shop/api", "1.1.0")
	api := a.imageIs("pending", "staging", "api", in(engine.ImagePending))
	if _, err := a.Plan(t.Context(), engine.Request{
		Action: engine.ActionUpdate, Environment: "staging", Images: []engine.ImagePick{{Object: api.Object, Container: "main"}},
	}); !errors.Is(err, engine.ErrStale) {
		t.Errorf("automation planned for a suspended environment: %v", err)
	}
	a.do(engine.Request{Action: engine.ActionResume, Environment: "staging"})
	a.named("api", "1.1.0")
	a.only("staging: api: 1.0.0 -> 1.1.0")
}

func TestARefusedImageKeepsBackNoOther(t *testing.T) {
	other := config.Environment{Name: "other", Path: "other", Sync: config.SyncManual, Images: config.ImagesOff}
	a := newAutomated(t, map[string]string{"other/kustomization.yaml": "resources: [../staging/api.yaml]\nnamePrefix: other-\n"}, other)
	a.push("shop/api", "1.1.0")
	i := a.imageIs("refused", "staging", "api", func(i *engine.Image) bool { return i.Trouble })
	if i.State != engine.ImagePending || !strings.Contains(i.Reason, "also read by other") {
		t.Errorf("want the reason, got %s: %s", i.State, i.Reason)
	}
	a.round()
	a.round()
	told := 0
	for _, event := range a.Snapshot().Activity {
		if strings.Contains(event.Text, "is not updated") {
			told++
		}
	}
	if told != 1 {
		t.Errorf("want the refusal told once, not %d times\n%s", told, describe(a.Snapshot()))
	}
	a.commit("none", map[string]string{"other/kustomization.yaml": "resources: []\n"})
	a.Refresh()
	a.named("api", "1.1.0")
}

func TestAnUpdateThatTheServerRefusesKeepsBackNoOther(t *testing.T) {
	worker := strings.Replace(deployment("worker", "REGISTRY/shop/api:1.0.0", -1), "metadata:\n",
		"metadata:\n  annotations: {evenkeel.dev/automated: \"true\", evenkeel.dev/tag.main: \"semver:^1\"}\n", 1)
	a := newAutomated(t, map[string]string{"staging/worker.yaml": worker})
	a.push("shop/api", "1.1.0")
	a.round()
	i := a.imageIs("refused", "staging", "worker", func(i *engine.Image) bool { return i.Trouble })
	if !strings.Contains(i.Reason, "spec.replicas") {
		t.Errorf("want the server's words: %s", i.Reason)
	}
}

func TestAMarkedFieldIsUpdated(t *testing.T) {
	a := newAutomated(t, map[string]string{
		"staging/shop.yaml": "apiVersion: shop.acme.dev/v1\nkind: Shop\nmetadata:\n  name: shop\nspec:\n" +
			"  image: REGISTRY/shop/site:1.0.0 # {\"$imagepolicy\": \"flux-system:site\"}\n",
		"flux/site.yaml": "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageRepository\nmetadata: {name: site, namespace: flux-system}\n" +
			"spec: {image: REGISTRY/shop/site, interval: 1m}\n---\n" +
			"apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImagePolicy\nmetadata: {name: site, namespace: flux-system}\n" +
			"spec: {imageRepositoryRef: {name: site}, policy: {semver: {range: 1.x}}}\n",
	})
	a.push("shop/site", "1.0.0", "1.1.0")
	a.Rescan()
	a.named("shop", "1.1.0")
	if got := a.text("staging/shop.yaml"); !strings.Contains(got, "site:1.1.0 # {") {
		t.Errorf("the mark is lost:\n%s", got)
	}
}

func TestAHookRefusesEveryPush(t *testing.T) {
	a := newAutomated(t, nil)
	hook := filepath.Join(a.remote, "hooks", "pre-receive")
	pushes := filepath.Join(t.TempDir(), "pushes")
	a.must(os.MkdirAll(filepath.Dir(hook), 0o755))
	a.must(os.WriteFile(hook, []byte("#!/bin/sh\necho push >>"+pushes+"\necho main is protected >&2\nexit 1\n"), 0o755))
	ended := a.Outcomes(t.Context())
	a.push("shop/api", "1.1.0")
	began := time.Now()
	for range 2 {
		if o := <-ended; o.Commit != "" || !strings.Contains(o.Err, "push rejected") {
			t.Errorf("want the server's words, got %+v", o)
		}
	}
	if took := time.Since(began); took < 2*time.Second {
		t.Errorf("it was tried again after %s", took)
	}
	s := a.until("it is told", func(s *engine.Snapshot) bool { return strings.Contains(describe(s), "could not be updated") })
	if n := strings.Count(describe(s), "push rejected"); n != 1 {
		t.Errorf("want it told once, not %d times\n%s", n, describe(s))
	}
	a.must(os.Remove(hook))
	a.named("api", "1.1.0")
	a.only("staging: api: 1.0.0 -> 1.1.0")
}

func TestAMovedHeadIsLookedAtAgain(t *testing.T) {
	w := newImageWorld(t)
	w.push("shop/api", "1.0.0", "1.1.0")
	manifest := func(policy string) string { return w.policed("api", w.image("shop/api", "1.0.0"), policy) }
	w.commit("begin", map[string]string{"production/api.yaml": manifest("semver:^1"), "other/kustomization.yaml": "resources: []\n"})
	production := w.with(config.ImagesApprove, config.SyncManual, "production")
	e := w.looking(false, production, w.with(config.ImagesOff, config.SyncManual, "other"))
	api := e.imageIs("pending", "production", "api", in(engine.ImagePending))
	hold := fmt.Sprintf("holds:\n  - image: %s/shop/api\n    by: Ada\n    reason: the sale\n", w.registry.Host())
	tests := []struct {
		name   string
		change map[string]string
		pick   engine.ImagePick
		pin    bool
		want   string
	}{
		{"held", map[string]string{".evenkeel/holds/production.yaml": hold}, engine.ImagePick{}, false, "held by now by Ada: the sale"},
		{"another policy", map[string]string{"production/api.yaml": manifest("semver:~1.0")}, engine.ImagePick{}, false, "lies outside the range"},
		{"read by another", map[string]string{"other/kustomization.yaml": "resources: [../production/api.yaml]\n"}, engine.ImagePick{}, false, "also read by other"},
		{"gone", map[string]string{"production/api.yaml": configMap("none", "a", "b")}, engine.ImagePick{}, false, "no container main any more"},
		{"another policy, with a chosen tag", map[string]string{"production/api.yaml": manifest("semver:~1.0")}, engine.ImagePick{Tag: "1.1.0"}, false, ""},
		{"held, and pinned", map[string]string{".evenkeel/holds/production.yaml": hold}, engine.ImagePick{}, true, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			begun := w.head().Hash
			e.Refresh()
			e.until("fetched", func(s *engine.Snapshot) bool {
				return s.Repository.Head == string(begun) && s.Environments[0].ImagesSettled
			})
			test.pick.Object, test.pick.Container = api.Object, "main"
			p, err := e.Plan(t.Context(), engine.Request{Action: engine.ActionApprove, Environment: "production", Images: []engine.ImagePick{test.pick}, Hold: test.pin})
			w.must(err)
			before := map[string]string{}
			for name := range test.change {
				before[name] = w.files[name]
			}
			moved := w.commit(test.name, test.change)
			o, err := e.Execute(t.Context(), p, nil)
			if test.want == "" {
				if err != nil || o.Err != "" || w.head().Parents[0] != moved {
					t.Fatalf("want it committed: %v %+v", err, o)
				}
				before["production/api.yaml"] = manifest("semver:^1")
			} else if text := fmt.Sprint(err, o.Err); !strings.Contains(text, test.want) || w.head().Hash != moved {
				t.Errorf("want it refused because %s: %s", test.want, text)
			}
			if head := e.Snapshot().Repository.Head; errors.Is(err, engine.ErrStale) && head != string(moved) {
				t.Errorf("the next plan would be stale as well: the head is %.7s", head)
			}
			if before[".evenkeel/holds/production.yaml"] == "" && test.pin {
				before[".evenkeel/holds/production.yaml"] = ""
			}
			w.commit("back", before)
		})
	}
}
