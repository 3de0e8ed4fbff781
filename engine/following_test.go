package engine_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// byHand is an environment that is synced by hand, at its first revision, with
// a second one that it has not taken.
func byHand(t *testing.T) (w *world, e *running, first gitrepo.Hash) {
	w = newWorld(t)
	first = w.commit("begin", map[string]string{
		"shop/a.yaml": configMap("a", "k", "1"), "shop/b.yaml": configMap("b", "k", "1"), "shop/gone.yaml": configMap("gone", "k", "1"),
	})
	e = w.start(w.options(w.environment("shop", config.SyncManual)))
	e.sync("shop")
	second := w.commit("go on", map[string]string{
		"shop/a.yaml": configMap("a", "k", "2"), "shop/gone.yaml": "", "shop/new.yaml": configMap("new", "k", "2"),
	})
	e.Refresh()
	e.until("it is to go on", func(s *engine.Snapshot) bool {
		return s.Environments[0].Revision == string(second) && s.Environments[0].Settled
	})
	e.do(engine.Request{Action: engine.ActionSync, Environment: "shop"})
	e.state("shop", engine.StateSynced)
	return w, e, first
}

func back(to gitrepo.Hash) engine.Request {
	return engine.Request{Action: engine.ActionRollback, Environment: "shop", Revision: string(to), Sync: true}
}

func TestARollbackIsSyncedWithItsCommit(t *testing.T) {
	w, e, first := byHand(t)
	w.edit(w.id("ConfigMap", "b"), `{"data":{"k":"by hand"}}`)
	e.drift("shop", w.id("ConfigMap", "b"), engine.DriftModified)
	p := e.plan(back(first))
	did := map[string]engine.Operation{}
	for _, c := range p.Changes {
		did[c.Name] = c.Operation
	}
	if len(did) != 4 || did["a"] != engine.Update || did["b"] != engine.Update || did["gone"] != engine.Create || did["new"] != engine.Delete || !p.Sync {
		t.Errorf("want what the cluster undergoes, what was changed by hand too: %v", did)
	}
	var steps []string
	o, err := e.Execute(t.Context(), p, func(s engine.Step) { steps = append(steps, s.Name) })
	w.must(err)
	if !o.Succeeded() || o.Commit == "" || len(o.Steps) != 4 || len(steps) != 4 {
		t.Errorf("want one commit and four steps: %+v", o)
	}
	env := e.state("shop", engine.StateSynced)
	if env.AppliedRevision != o.Commit {
		t.Errorf("the cluster took %.7s, not the commit %.7s", env.AppliedRevision, o.Commit)
	}
}

func TestACommitIsNotMadeWhenTheClusterIsNotWhatWasShown(t *testing.T) {
	w, e, first := byHand(t)
	p := e.plan(back(first))
	head := w.head().Hash
	w.edit(w.id("ConfigMap", "a"), `{"data":{"k":"by hand"}}`)
	e.drift("shop", w.id("ConfigMap", "a"), engine.DriftModified)
	if _, err := e.Execute(t.Context(), p, nil); !errors.Is(err, engine.ErrStale) {
		t.Errorf("want the plan to be stale, got %v", err)
	}
	if w.head().Hash != head {
		t.Error("something was committed")
	}
}

func TestASuspendedEnvironmentIsNotSyncedWithACommit(t *testing.T) {
	_, e, first := byHand(t)
	e.do(engine.Request{Action: engine.ActionSuspend, Environment: "shop", Reason: "a migration"})
	p := e.plan(back(first))
	_, err := e.Execute(t.Context(), p, nil)
	if !errors.Is(err, engine.ErrGate) || !strings.Contains(err.Error(), "a migration") {
		t.Errorf("want to be told that it is suspended, got %v", err)
	}
	r := back(first)
	r.Sync = false
	if o := e.do(r); o.Commit == "" || len(o.Steps) > 0 {
		t.Errorf("want a commit alone: %+v", o)
	}
}

func TestAnApprovalIsSyncedAloneWithItsCommit(t *testing.T) {
	w := newImageWorld(t)
	w.push("shop/api", "1.0.0", "1.1.0")
	w.commit("begin", map[string]string{
		"shop/api.yaml": w.policed("api", w.image("shop/api", "1.0.0"), "semver:^1"), "shop/b.yaml": configMap("b", "k", "1"),
	})
	e := w.looking(true, w.with(config.ImagesApprove, config.SyncManual, "shop"))
	e.sync("shop")
	e.imageIs("pending", "shop", "api", in(engine.ImagePending))
	w.edit(w.id("ConfigMap", "b"), `{"data":{"k":"by hand"}}`)
	e.drift("shop", w.id("ConfigMap", "b"), engine.DriftModified)
	o := e.do(engine.Request{
		Action: engine.ActionApprove, Environment: "shop", Sync: true,
		Images: []engine.ImagePick{{Object: w.id("Deployment", "api")}},
	})
	if o.Commit == "" || len(o.Steps) != 1 || o.Steps[0].Name != "api" {
		t.Errorf("want the commit and the Deployment alone: %+v", o)
	}
	e.imageIs("live", "shop", "api", in(engine.ImageLive))
	e.drift("shop", w.id("ConfigMap", "b"), engine.DriftModified)
	// What somebody has changed by hand keeps nobody from saying that the cluster
	// took the commit, and how it fared with it.
	e.until("it was well with the commit", func(s *engine.Snapshot) bool {
		env := s.Environments[0]
		return env.AppliedRevision == o.Commit && env.Syncs[0].Health == engine.Healthy && env.State == engine.StateOutOfSync
	})
}

func TestACommitIsNotTakenWholeWhileAnotherWaits(t *testing.T) {
	w := newImageWorld(t)
	w.push("shop/api", "1.0.0", "1.1.0")
	first := w.commit("begin", map[string]string{
		"shop/api.yaml": w.policed("api", w.image("shop/api", "1.0.0"), "semver:^1"), "shop/b.yaml": configMap("b", "k", "1"),
	})
	e := w.looking(true, w.with(config.ImagesApprove, config.SyncManual, "shop"))
	e.sync("shop")
	e.until("it was well", func(s *engine.Snapshot) bool {
		env := s.Environments[0]
		return len(env.Syncs) == 1 && env.Syncs[0].Health == engine.Healthy
	})
	w.commit("nobody has synced it", map[string]string{"shop/b.yaml": configMap("b", "k", "2")})
	e.Refresh()
	e.drift("shop", w.id("ConfigMap", "b"), engine.DriftModified)
	e.imageIs("pending", "shop", "api", in(engine.ImagePending))
	e.do(engine.Request{
		Action: engine.ActionApprove, Environment: "shop", Sync: true,
		Images: []engine.ImagePick{{Object: w.id("Deployment", "api")}},
	})
	e.imageIs("live", "shop", "api", in(engine.ImageLive))
	env := e.until("both syncs are known", func(s *engine.Snapshot) bool { return len(s.Environments[0].Syncs) == 2 }).Environments[0]
	if env.AppliedRevision != string(first) || env.Syncs[0].Whole {
		t.Errorf("the cluster is said to have taken %.7s whole: %+v", env.AppliedRevision, env.Syncs[0])
	}
}
