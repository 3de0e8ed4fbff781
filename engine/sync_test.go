package engine_test

import (
	"errors"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/kube"
)

func shop() map[string]string {
	return map[string]string{
		"shop/api.yaml":    deployment("api", "registry.example.com/api:1.8.2", 2) + "---\n" + service("api"),
		"shop/config.yaml": configMap("api", "level", "info"),
	}
}

func TestSyncMakesTheClusterEqualToGit(t *testing.T) {
	w := newWorld(t)
	head := w.commit("begin", shop())
	e := w.start(w.options(w.environment("shop", config.SyncManual)))

	env := e.state("shop", engine.StateOutOfSync)
	if env.Counts[engine.DriftMissing] != 3 || len(env.Objects) != 3 {
		t.Fatalf("want three missing objects:\n%s", describe(e.Snapshot()))
	}
	plan := e.plan(engine.Request{Action: engine.ActionSync, Environment: "shop"})
	if plan.Count(engine.Create) != 3 || len(plan.Changes) != 3 {
		t.Fatalf("want three creations, got %+v", plan.Changes)
	}
	outcome, err := e.Execute(t.Context(), plan, nil)
	w.must(err)
	if !outcome.Succeeded() || len(outcome.Steps) != 3 {
		t.Fatalf("want three steps that went well, got %+v", outcome)
	}
	env = e.at("shop", head)
	if env.Counts[engine.DriftSynced] != 3 || len(env.Syncs) != 1 || env.Syncs[0].Created != 3 {
		t.Errorf("the record of the sync is wrong: %+v\n%s", env.Syncs, describe(e.Snapshot()))
	}
	if again := e.plan(engine.Request{Action: engine.ActionSync, Environment: "shop"}); !again.Empty() || again.Unchanged != 3 {
		t.Errorf("a second sync has something to do: %+v", again.Changes)
	}
	e.until("the pods run", func(s *engine.Snapshot) bool { return s.Environment("shop").Health == kube.Healthy })
}

func TestAHandMadeChangeIsShownAndPutRight(t *testing.T) {
	w := newWorld(t)
	head := w.commit("begin", shop())
	manual := w.start(w.options(w.environment("shop", config.SyncManual)))
	manual.sync("shop")
	manual.at("shop", head)

	cm := w.id("ConfigMap", "api")
	w.edit(cm, `{"data":{"level":"debug"}}`)
	manual.drift("shop", cm, engine.DriftModified)
	plan := manual.plan(engine.Request{Action: engine.ActionSync, Environment: "shop"})
	if len(plan.Changes) != 1 || len(plan.Changes[0].Fields) != 1 {
		t.Fatalf("want one field to change, got %+v", plan.Changes)
	}
	field := plan.Changes[0].Fields[0]
	if field.Path != "data.level" || field.Live != "debug" || field.Desired != "info" || field.Manager != "kubectl-edit" {
		t.Errorf("the field is told wrongly: %+v", field)
	}
	w.must(manual.Attribute(t.Context(), plan))
	if c := plan.Changes[0].Fields[0].Commit; c == nil || c.Hash != string(head) || c.Author != "Ada" {
		t.Errorf("want the commit that wrote the field, got %+v", c)
	}

	o := w.options(w.environment("shop", config.SyncAuto))
	o.Automation = true
	auto := w.start(o)
	auto.state("shop", engine.StateSynced)
	manual.drift("shop", cm, engine.DriftSynced)

	outcomes := auto.Outcomes(t.Context())
	corrects := func(id engine.ID, operation engine.Operation) {
		t.Helper()
		o := <-outcomes
		if !o.Succeeded() || len(o.Steps) != 1 || o.Steps[0].ID != id || o.Steps[0].Operation != operation {
			t.Errorf("want one step, %s %s, got %+v", operation, id, o)
		}
	}
	w.edit(cm, `{"data":{"level":"trace"}}`)
	corrects(cm, engine.Update)
	w.edit(cm, `{"data":{"level":null}}`)
	corrects(cm, engine.Update)
	w.must(w.kube.Delete(t.Context(), w.id("Service", "api"), ""))
	corrects(w.id("Service", "api"), engine.Create)
	auto.state("shop", engine.StateSynced)
}

func TestFieldsThatGitDoesNotNameAreNotDrift(t *testing.T) {
	w := newWorld(t)
	head := w.commit("begin", shop())
	e := w.start(w.options(w.environment("shop", config.SyncManual)))
	e.sync("shop")
	e.at("shop", head)
	cm := w.id("ConfigMap", "api")
	w.edit(cm, `{"metadata":{"annotations":{"note":"mine"}},"data":{"other":"mine"}}`)
	w.edit(w.id("Service", "api"), `{"spec":{"selector":{"app":"other"}}}`)
	// The change that is drift comes later than the one that is not.
	e.drift("shop", w.id("Service", "api"), engine.DriftModified)
	if o := e.Snapshot().Environment("shop").Object(cm); o.Drift != engine.DriftSynced {
		t.Errorf("%s is %s", cm, o.Drift)
	}
}

func TestStalePlansAreRefused(t *testing.T) {
	w := newWorld(t)
	head := w.commit("begin", shop())
	e := w.start(w.options(w.environment("shop", config.SyncManual)))
	e.sync("shop")
	e.at("shop", head)
	cm := w.id("ConfigMap", "api")
	w.edit(cm, `{"data":{"level":"debug"}}`)
	e.drift("shop", cm, engine.DriftModified)

	inCluster := e.plan(engine.Request{Action: engine.ActionSync, Environment: "shop"})
	w.edit(cm, `{"data":{"level":"trace"}}`)
	inGit := e.plan(engine.Request{Action: engine.ActionSync, Environment: "shop"})
	for inGit.Changes[0].Fields[0].Live != "trace" { // until the second edit is seen
		inGit = e.plan(engine.Request{Action: engine.ActionSync, Environment: "shop"})
	}
	if _, err := e.Execute(t.Context(), inCluster, nil); !errors.Is(err, engine.ErrStale) {
		t.Errorf("want a stale plan, got %v", err)
	}

	next := w.commit("quieter", map[string]string{"shop/config.yaml": configMap("api", "level", "warn")})
	e.Refresh()
	e.until("the commit is seen", func(s *engine.Snapshot) bool { return s.Environment("shop").Revision == string(next) })
	if _, err := e.Execute(t.Context(), inGit, nil); !errors.Is(err, engine.ErrStale) {
		t.Errorf("want a stale plan, got %v", err)
	}
}

func TestSuspendedEnvironmentsAreLeftAlone(t *testing.T) {
	w := newWorld(t)
	head := w.commit("begin", shop())
	e := w.auto(w.environment("shop", config.SyncAuto))
	e.at("shop", head)

	do := func(action engine.Action, reason string) {
		t.Helper()
		_, err := e.Execute(t.Context(), e.plan(engine.Request{Action: action, Environment: "shop", Reason: reason, By: "ops"}), nil)
		w.must(err)
	}
	do(engine.ActionSuspend, "incident 42")
	env := e.state("shop", engine.StateSuspended)
	if s := env.Suspension; s == nil || s.By != "ops" || s.Reason != "incident 42" {
		t.Errorf("the suspension is told wrongly: %+v", s)
	}
	cm := w.id("ConfigMap", "api")
	w.edit(cm, `{"data":{"level":"debug"}}`)
	e.drift("shop", cm, engine.DriftModified)
	do(engine.ActionResume, "")
	e.drift("shop", cm, engine.DriftSynced)
	e.state("shop", engine.StateSynced)
}
