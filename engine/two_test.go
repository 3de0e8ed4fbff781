package engine_test

import (
	"fmt"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
)

// Two engines keep the same environment. The one that hears of a commit later
// sees what the other has applied as a difference, and must not take it back.
func TestAnEngineThatIsBehindTakesNothingBack(t *testing.T) {
	w := newWorld(t)
	head := w.commit("begin", map[string]string{"shop/config.yaml": configMap("api", "round", "0")})
	first := w.auto(w.environment("shop", config.SyncAuto))
	first.at("shop", head)
	second := w.auto(w.environment("shop", config.SyncAuto))
	second.at("shop", head)
	for round := range 5 {
		changes := map[string]string{
			"shop/config.yaml": configMap("api", "round", fmt.Sprint(round+1)),
			// One more comes and goes: it would be pruned, or be made again.
			"shop/more.yaml": configMap("more", "round", "0"),
		}
		if round%2 == 1 {
			changes["shop/more.yaml"] = ""
		}
		head = w.commit(fmt.Sprint("round ", round), changes)
		first.Refresh()
		first.at("shop", head)
		second.at("shop", head)
	}
	for _, e := range []*running{first, second} {
		for _, s := range e.Snapshot().Environment("shop").Syncs {
			if s.Corrected > 0 {
				t.Errorf("something was put right that nobody had done: %+v\n%s", s, describe(e.Snapshot()))
			}
		}
		o := e.Snapshot().Environment("shop").Object(w.id("ConfigMap", "api"))
		if o == nil || o.Drift != engine.DriftSynced {
			t.Errorf("it is not as Git says: %+v", o)
		}
	}
}

// A release comes by another engine, and is to be taken back before this one has
// looked at the remote again by itself.
func TestRollbackOfWhatAnotherEngineBrought(t *testing.T) {
	w := newWorld(t)
	good := w.commit("good", map[string]string{"shop/config.yaml": configMap("api", "release", "good")})
	first := w.start(w.options(w.environment("shop", config.SyncManual)))
	second := w.start(w.options(w.environment("shop", config.SyncManual)))
	first.do(engine.Request{Action: engine.ActionSync, Environment: "shop"})
	second.at("shop", good)
	bad := w.commit("bad", map[string]string{"shop/config.yaml": configMap("api", "release", "bad")})
	first.Refresh()
	first.until("the commit is there", func(s *engine.Snapshot) bool { return s.Environment("shop").Differing() > 0 })
	first.do(engine.Request{Action: engine.ActionSync, Environment: "shop"})
	second.until("it is applied", func(s *engine.Snapshot) bool { return s.Environment("shop").AppliedRevision == string(bad) })
	p, err := second.Plan(t.Context(), engine.Request{Action: engine.ActionRollback, Environment: "shop", Revision: string(good)})
	w.must(err)
	if p.BaseRevision != string(bad) || len(p.Changes) != 1 {
		t.Errorf("want what the other brought to go back: %+v", p)
	}
}
