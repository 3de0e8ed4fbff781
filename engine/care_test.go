package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/kube"
	"github.com/evenkeel/evenkeel/testdata/controlplane/controlplanetest"
)

// definition makes a kind of the test's own that lives in no namespace, in a
// group that looks like one of Kubernetes itself.
func (w *world) definition() (group string) {
	w.Helper()
	group = w.ns + ".networking.k8s.io"
	name := "lanes." + group
	w.create(w.kube, "apiextensions.k8s.io/v1", "CustomResourceDefinition", "", name, map[string]any{
		"metadata": map[string]any{"annotations": map[string]any{"api-approved.kubernetes.io": "unapproved, for a test"}},
		"spec": map[string]any{
			"group": group, "scope": "Cluster",
			"names": map[string]any{"kind": "Lane", "plural": "lanes"},
			"versions": []any{map[string]any{
				"name": "v1", "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{
					"type": "object", "x-kubernetes-preserve-unknown-fields": true,
				}},
			}},
		},
	})
	w.Cleanup(func() {
		_ = w.kube.Delete(context.Background(), kube.ID{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition", Name: name}, "")
	})
	w.must(w.kube.Established(w.Context(), name))
	return group
}

func lane(group string) string {
	return fmt.Sprintf("apiVersion: %s/v1\nkind: Lane\nmetadata: {name: fast}\n", group)
}

func TestCustomKindsWithoutNamespaceAreKnownByTheirRealIdentity(t *testing.T) {
	w := newWorld(t)
	group := w.definition()
	files := shop()
	files["shop/lane.yaml"] = lane(group)
	head := w.commit("begin", files)
	e := w.auto(w.environment("shop", config.SyncAuto))
	env := e.at("shop", head)
	if o := env.Object(engine.ID{Group: group, Kind: "Lane", Name: "fast"}); o == nil || o.Drift != engine.DriftSynced {
		t.Errorf("want the lane to be Synced: %s", describe(e.Snapshot()))
	}
	if len(env.Objects) != len(files)+1 || len(env.Syncs) != 1 {
		t.Errorf("want one sync of all objects: %s", describe(e.Snapshot()))
	}
}

func TestIgnoredObjectsDoNotKeepAnEnvironmentFromBeingSynced(t *testing.T) {
	w := newWorld(t)
	files := shop()
	files["shop/ignored.yaml"] = strings.Replace(configMap("ignored", "k", "v"), "metadata:\n", "metadata:\n  annotations: {evenkeel.dev/ignore: \"true\"}\n", 1)
	head := w.commit("begin", files)
	e := w.auto(w.environment("shop", config.SyncAuto))
	env := e.at("shop", head)
	if o := env.Object(w.id("ConfigMap", "ignored")); o == nil || !o.Ignored || env.Differing() != 0 {
		t.Errorf("want it to be listed, and no difference: %s", describe(e.Snapshot()))
	}
}

func TestWhatGitSaysNowIsAwaitedBeforeActing(t *testing.T) {
	w := newWorld(t)
	head := w.commit("begin", shop())
	o := w.options(w.environment("shop", config.SyncAuto))
	manual := w.start(o)
	manual.sync("shop")
	manual.at("shop", head)

	// Another engine has the mirror of the first, but not the repository.
	hidden := w.remote + ".hidden"
	w.must(os.Rename(w.remote, hidden))
	o.Automation = true
	e := w.start(o)
	cm := w.id("ConfigMap", "api")
	w.edit(cm, `{"data":{"level":"debug"}}`)
	e.drift("shop", cm, engine.DriftModified)
	e.until("the repository is missed", func(s *engine.Snapshot) bool { return s.Repository.Err != "" })
	plan := e.plan(engine.Request{Action: engine.ActionSync, Environment: "shop"})
	if _, err := e.Execute(t.Context(), plan, nil); err == nil {
		t.Error("a sync went ahead though what Git says is not known")
	}
	w.must(os.Rename(hidden, w.remote))
	e.Refresh()
	e.drift("shop", cm, engine.DriftSynced)
}

func TestAnObjectThatLostItsLabelIsTakenBack(t *testing.T) {
	w := newWorld(t)
	head := w.commit("begin", shop())
	e := w.auto(w.environment("shop", config.SyncAuto))
	e.at("shop", head)
	outcomes := e.Outcomes(t.Context())
	cm := w.id("ConfigMap", "api")
	w.edit(cm, `{"metadata":{"labels":{"applyset.kubernetes.io/part-of":null}}}`)
	if o := <-outcomes; !o.Succeeded() || len(o.Steps) != 1 || o.Steps[0].ID != cm {
		t.Errorf("want one step for %s, got %+v", cm, o)
	}
	live, err := w.kube.Read(t.Context(), cm)
	w.must(err)
	if live.GetLabels()["applyset.kubernetes.io/part-of"] == "" {
		t.Error("it has no label, so it would stay when Git no longer names it")
	}
}

func TestWhatTakesItsTimeToGoIsDeletedOnce(t *testing.T) {
	w := newWorld(t)
	files := many(4)
	head := w.commit("begin", files)
	e := w.auto(w.environment("shop", config.SyncAuto))
	e.at("shop", head)
	id := w.id("ConfigMap", "c00")
	w.edit(id, `{"metadata":{"finalizers":["example.com/wait"]}}`)
	head = w.commit("drop one", gone(files, "c00"))
	e.Refresh()
	e.until("its deletion is recorded", func(s *engine.Snapshot) bool {
		return s.Environment("shop").AppliedRevision == string(head) && s.Environment("shop").Settled
	})
	w.edit(id, `{"metadata":{"finalizers":null}}`)
	env := e.until("it is gone", func(s *engine.Snapshot) bool {
		return s.Environment("shop").Object(id) == nil && s.Environment("shop").Settled
	}).Environment("shop")
	if len(env.Syncs) != 2 {
		t.Errorf("want one sync to begin and one to delete: %s", describe(e.Snapshot()))
	}
}

func TestPlacesFollowCommitsThatOnlyMoveObjects(t *testing.T) {
	w := newWorld(t)
	w.commit("begin", map[string]string{"shop/all.yaml": configMap("a", "k", "v")})
	e := w.start(w.options(w.environment("shop", config.SyncManual)))
	e.sync("shop")
	w.commit("move it", map[string]string{"shop/all.yaml": "# a comment\n" + configMap("a", "k", "v")})
	e.Refresh()
	e.until("the line is the new one", func(s *engine.Snapshot) bool {
		o := s.Environment("shop").Object(w.id("ConfigMap", "a"))
		return o != nil && o.Line == 2
	})
}

// Two environments of one name, from different paths, share a record: the
// second must not take what the first applied for its own leftovers.
func TestARecordOfAnotherSourceIsNotTakenOver(t *testing.T) {
	w := newWorld(t)
	head := w.commit("begin", map[string]string{
		"a/x.yaml": configMap("from-a", "k", "v"),
		"b/x.yaml": configMap("from-b", "k", "v"),
	})
	first := w.environment("shop", config.SyncAuto)
	first.Path = "a"
	o := w.options(first)
	o.Automation = true
	a := w.start(o)
	a.at("shop", head)

	second := first
	second.Path = "b"
	o = w.options(second)
	o.Automation = true
	b := w.start(o)
	env := b.state("shop", engine.StateBlocked)
	if env.Object(w.id("ConfigMap", "from-a")) == nil {
		t.Errorf("want it still there: %s", describe(b.Snapshot()))
	}
	plan := b.plan(engine.Request{Action: engine.ActionSync, Environment: "shop"})
	if _, err := b.Execute(t.Context(), plan, nil); !errors.Is(err, engine.ErrGate) {
		t.Errorf("want it refused, got %v", err)
	}
	plan = b.plan(engine.Request{Action: engine.ActionSync, Environment: "shop", TakeOver: true})
	if plan.Count(engine.Delete) != 0 {
		t.Errorf("taking over deletes: %+v", plan.Changes)
	}
	outcome, err := b.Execute(t.Context(), plan, nil)
	w.must(err)
	if !outcome.Succeeded() {
		t.Errorf("want it taken over: %+v", outcome)
	}
	b.until("the record is its own", func(s *engine.Snapshot) bool {
		return s.Environment("shop").State != engine.StateBlocked
	})
	a.state("shop", engine.StateBlocked)
}

func TestAnObjectThatMovedToAnotherEnvironmentWaits(t *testing.T) {
	w := newWorld(t)
	w.commit("begin", map[string]string{
		"first/x.yaml":  configMap("moves", "k", "v"),
		"first/y.yaml":  configMap("stays", "k", "v"),
		"second/z.yaml": configMap("other", "k", "v"),
	})
	e := w.auto(w.environment("first", config.SyncAuto), w.environment("second", config.SyncAuto))
	e.state("first", engine.StateSynced)
	e.state("second", engine.StateSynced)
	w.commit("move", map[string]string{"first/x.yaml": "", "second/x.yaml": configMap("moves", "k", "v")})
	e.Refresh()
	e.state("second", engine.StateBlocked)
	env := e.state("first", engine.StateBlocked)
	if len(env.Waiting) != 1 || !strings.Contains(env.Waiting[0].Reason, "second") {
		t.Errorf("want the deletion to wait: %s", describe(e.Snapshot()))
	}
	plan := e.plan(engine.Request{Action: engine.ActionSync, Environment: "first", Prune: true})
	_, err := e.Execute(t.Context(), plan, nil)
	w.must(err)
	e.state("first", engine.StateSynced)
	e.state("second", engine.StateSynced)
}

func TestASuspendedEnvironmentIsNotSyncedByHandEither(t *testing.T) {
	w := newWorld(t)
	w.commit("begin", shop())
	e := w.start(w.options(w.environment("shop", config.SyncManual)))
	_, err := e.Execute(t.Context(), e.plan(engine.Request{Action: engine.ActionSuspend, Environment: "shop", Reason: "freeze"}), nil)
	w.must(err)
	plan := e.plan(engine.Request{Action: engine.ActionSync, Environment: "shop"})
	if _, err := e.Execute(t.Context(), plan, nil); !errors.Is(err, engine.ErrGate) || !strings.Contains(err.Error(), "freeze") {
		t.Errorf("want it refused with the reason, got %v", err)
	}
}

// What kubectl apply has made differs from Git in nothing, and is taken over
// without a change that anybody would notice.
func TestWhatKubectlApplyMadeIsNoDrift(t *testing.T) {
	w := newWorld(t)
	// The quantity is spelled otherwise than the server spells it, and the
	// volume is one that the server fills in: the server has to be asked.
	manifest := strings.Replace(deployment("api", "registry.example.com/api:1", 0), "        resources:", "        volumeMounts: [{name: c, mountPath: /c}]\n        resources:", 1) +
		"      volumes: [{name: c, configMap: {name: c}}]\n"
	w.commit("begin", map[string]string{"shop/api.yaml": manifest})
	live := &unstructured.Unstructured{}
	w.must(yaml.Unmarshal([]byte(manifest), &live.Object))
	live.SetNamespace(w.ns)
	text, err := live.MarshalJSON()
	w.must(err)
	live.SetAnnotations(map[string]string{"kubectl.kubernetes.io/last-applied-configuration": string(text)})
	w.post("kubectl-client-side-apply", "/apis/apps/v1/namespaces/"+w.ns+"/deployments", live)

	e := w.start(w.options(w.environment("shop", config.SyncManual)))
	e.state("shop", engine.StateSynced)
	plan := e.plan(engine.Request{Action: engine.ActionSync, Environment: "shop"})
	if len(plan.Changes) != 1 || len(plan.Changes[0].Fields) != 0 || plan.Changes[0].Diff != "" {
		t.Fatalf("want it taken over and nothing else, got %+v", plan.Changes)
	}
	before, err := w.kube.Read(t.Context(), w.id("Deployment", "api"))
	w.must(err)
	outcome, err := e.Execute(t.Context(), plan, nil)
	w.must(err)
	after, err := w.kube.Read(t.Context(), w.id("Deployment", "api"))
	w.must(err)
	if !outcome.Succeeded() || !reflect.DeepEqual(before.Object["spec"], after.Object["spec"]) {
		t.Errorf("want it as it was, got %v: %+v", after.Object["spec"], outcome)
	}
}

// post creates an object as another client than evenkeel would.
func (w *world) post(manager, path string, o *unstructured.Unstructured) {
	w.Helper()
	client, server, err := controlplanetest.Client(w.plane.Kubeconfig())
	w.must(err)
	defer client.CloseIdleConnections()
	body, err := o.MarshalJSON()
	w.must(err)
	answer, err := client.Post(server+path+"?fieldManager="+manager, "application/json", bytes.NewReader(body))
	w.must(err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		w.Fatalf("%s: %s", path, answer.Status)
	}
}

// Whoever waits for health after an action begins with the snapshot at hand.
func TestTheSnapshotAfterAnActionIsNotFromBefore(t *testing.T) {
	w := newWorld(t)
	w.commit("begin", shop())
	e := w.start(w.options(w.environment("shop", config.SyncManual)))
	e.sync("shop")
	e.until("the pods run", func(s *engine.Snapshot) bool { return s.Environment("shop").Health == kube.Healthy })
	for _, image := range []string{"a", "b", "c"} {
		w.commit("roll out "+image, map[string]string{"shop/api.yaml": deployment("api", "registry.example.com/api:"+image, 2) + "---\n" + service("api")})
		e.Refresh()
		e.state("shop", engine.StateOutOfSync)
		before := e.Snapshot().Number
		e.sync("shop")
		if s := e.Snapshot(); s.Number == before || s.Environment("shop").State == engine.StateOutOfSync {
			t.Errorf("the snapshot is that from before: %s", describe(s))
		}
		e.until("the pods run", func(s *engine.Snapshot) bool {
			env := s.Environment("shop")
			return env.Settled && env.Health == kube.Healthy
		})
	}
}

func TestALogLineSaysWhatWasPutRight(t *testing.T) {
	w := newWorld(t)
	head := w.commit("begin", shop())
	e := w.auto(w.environment("shop", config.SyncAuto))
	e.at("shop", head)
	w.edit(w.id("ConfigMap", "api"), `{"data":{"level":"debug"}}`)
	e.until("it is told", func(s *engine.Snapshot) bool {
		for _, event := range s.Activity {
			if strings.Contains(event.Text, "put right ConfigMap") && strings.Contains(event.Text, "data.level debug → info, set by kubectl-edit") {
				return true
			}
		}
		return false
	})
}
