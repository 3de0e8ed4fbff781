package engine_test

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
)

func TestFailure(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	e := &engine.Environment{Health: engine.Degraded, Syncs: []engine.Sync{{Revision: "a", Ended: at, Succeeded: true, Whole: true}}}
	if f := e.Failure(); f == nil || *f != (engine.Failure{Revision: "a", Deployed: at}) {
		t.Errorf("got %+v", f)
	}
	e.Syncs[0].Health = engine.Healthy // something else is the matter
	if f := e.Failure(); f != nil {
		t.Errorf("got %+v", f)
	}
	if f := (&engine.Environment{Health: engine.Degraded}).Failure(); f != nil {
		t.Errorf("with no record: %+v", f)
	}
}

// TestSuffering: what has pods tells more of why than what depends on them.
func TestSuffering(t *testing.T) {
	object := func(name string, health engine.Health, containers ...engine.Container) *engine.Object {
		return &engine.Object{ID: engine.ID{Name: name}, Health: health, Containers: containers}
	}
	e := &engine.Environment{Objects: []*engine.Object{
		object("config", engine.Healthy), object("claim", engine.Degraded), object("well", engine.Healthy, engine.Container{}), object("api", engine.Degraded, engine.Container{}),
	}}
	if o := e.Suffering(); o == nil || o.Name != "api" {
		t.Errorf("got %+v", o)
	}
	e.Objects = e.Objects[:3]
	if o := e.Suffering(); o == nil || o.Name != "claim" {
		t.Errorf("got %+v", o)
	}
	e.Objects = e.Objects[:1]
	if o := e.Suffering(); o != nil {
		t.Errorf("got %+v", o)
	}
}
