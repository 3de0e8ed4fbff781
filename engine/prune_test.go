package engine_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
)

// many are n ConfigMaps in a file each.
func many(n int) map[string]string {
	files := map[string]string{}
	for i := range n {
		name := fmt.Sprintf("c%02d", i)
		files["shop/"+name+".yaml"] = configMap(name, "k", "v")
	}
	return files
}

func gone(files map[string]string, names ...string) map[string]string {
	changes := map[string]string{}
	for path := range files {
		for _, name := range names {
			if strings.Contains(path, name) {
				changes[path] = ""
			}
		}
	}
	return changes
}

func TestWhatGitNoLongerNamesIsPruned(t *testing.T) {
	w := newWorld(t)
	files := many(10)
	claim := "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: data\nspec:\n  accessModes: [ReadWriteOnce]\n  storageClassName: none\n  resources: {requests: {storage: 1Gi}}\n"
	maps.Copy(files, map[string]string{
		"shop/keep.yaml": strings.Replace(configMap("keep", "k", "v"), "metadata:\n", "metadata:\n  annotations: {evenkeel.dev/prune: disabled}\n", 1),
		"shop/data.yaml": claim,
	})
	head := w.commit("begin", files)
	e := w.auto(w.environment("shop", config.SyncAuto))
	e.at("shop", head)

	// Not evenkeel's: nobody may be deleted for a label that was copied.
	w.create(w.kube, "v1", "ConfigMap", w.ns, "stranger", nil)

	t.Run("a few go by themselves", func(t *testing.T) {
		head := w.commit("drop two", gone(files, "c00", "c01"))
		e.Refresh()
		env := e.at("shop", head)
		if env.Object(w.id("ConfigMap", "c00")) != nil || env.Syncs[0].Deleted != 2 {
			t.Errorf("want two deleted: %s", describe(e.Snapshot()))
		}
	})
	t.Run("an annotation keeps one", func(t *testing.T) {
		head := w.commit("drop the kept one", gone(files, "keep"))
		e.Refresh()
		env := e.at("shop", head)
		if o := env.Object(w.id("ConfigMap", "keep")); o == nil || o.Drift != engine.DriftExtra {
			t.Errorf("want it to stay as Extra: %s", describe(e.Snapshot()))
		}
	})
	t.Run("a volume claim waits for a person", func(t *testing.T) {
		w.commit("drop the claim", gone(files, "data"))
		e.Refresh()
		env := e.state("shop", engine.StateBlocked)
		if env.Object(w.id("PersistentVolumeClaim", "data")) == nil {
			t.Fatal("it is gone")
		}
		approve(t, e, w.id("PersistentVolumeClaim", "data"))
	})
	t.Run("many wait for a person", func(t *testing.T) {
		w.commit("drop half", gone(files, "c02", "c03", "c04", "c05"))
		e.Refresh()
		env := e.state("shop", engine.StateBlocked)
		if env.Counts[engine.DriftExtra] != 5 || !strings.Contains(env.Message, "limit") {
			t.Errorf("want them all to wait: %s", describe(e.Snapshot()))
		}
		approve(t, e, w.id("ConfigMap", "c02"), w.id("ConfigMap", "c03"), w.id("ConfigMap", "c04"), w.id("ConfigMap", "c05"))
	})
	t.Run("an empty directory deletes nothing", func(t *testing.T) {
		changes := gone(files, "c06", "c07", "c08", "c09")
		changes["shop/README"] = "nothing here"
		w.commit("drop all", changes)
		e.Refresh()
		env := e.state("shop", engine.StateBlocked)
		if env.Counts[engine.DriftExtra] != 5 || !strings.Contains(env.Message, "no object at all") {
			t.Errorf("want them all to wait: %s", describe(e.Snapshot()))
		}
	})
	o2, err := w.kube.Read(t.Context(), w.id("ConfigMap", "stranger"))
	if err != nil || o2 == nil {
		t.Errorf("an object that evenkeel never applied is gone: %v", err)
	}
}

// approve plans a sync that may prune, and checks that it deletes just these.
func approve(t *testing.T, e *running, ids ...engine.ID) {
	t.Helper()
	asked := e.plan(engine.Request{Action: engine.ActionSync, Environment: "shop"})
	if len(asked.Changes) != 0 || len(asked.Waiting) != len(ids) {
		t.Fatalf("want %d deletions to wait, got %+v and %+v", len(ids), asked.Changes, asked.Waiting)
	}
	approved := e.plan(engine.Request{Action: engine.ActionSync, Environment: "shop", Prune: true})
	if approved.Count(engine.Delete) != len(ids) || len(approved.Changes) != len(ids) {
		t.Fatalf("want %d deletions, got %+v", len(ids), approved.Changes)
	}
	outcome, err := e.Execute(t.Context(), approved, nil)
	if err != nil || !outcome.Succeeded() {
		t.Fatalf("want them deleted: %v %+v", err, outcome)
	}
	e.until("they are gone", func(s *engine.Snapshot) bool {
		for _, id := range ids {
			// Kubernetes keeps a claim for a moment to protect who uses it.
			if o := s.Environment("shop").Object(id); o != nil {
				return false
			}
		}
		return s.Environment("shop").State == engine.StateSynced
	})
}
